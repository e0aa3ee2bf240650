"""Parameters as the command line has them, in SI units."""

import pytest

from analysis.continuum.characterize.parameters import Space
from mdtools.errors import SettingsError
from workflow.fitting.parameters import ranges, water_permeability


def test_symbols_and_names_with_units_become_bounds_in_si():
    found = ranges(["r_p=0.5nm", "pore_permittivity=42"], ["d=0.5:3um", "X=-0.1:0.05mol/L"])
    assert found == {
        "pore_radius": pytest.approx(0.5e-9),
        "pore_permittivity": 42.0,
        "effective_thickness": pytest.approx((0.5e-6, 3e-6)),
        "charge_density": pytest.approx((-100.0, 50.0)),
    }
    assert Space.of(found).labels == ("effective_thickness", "charge_density")


def test_a_charge_of_a_series_keeps_its_name():
    found = ranges([], ["X of pH 2=0:100"])
    space = Space.of(found, ("pH 2", "pH 7"))
    assert [p.high for p in space.free][-2:] == [100.0, 500.0]


def test_permeability_of_water_has_its_unit():
    found = water_permeability("11:0.5lmh/bar")
    assert found.value == pytest.approx(11 / 3600 / 1000 / 1e5)
    assert found.sd == pytest.approx(found.value * 0.5 / 11)


@pytest.mark.parametrize(
    ("fix", "bounds", "words"),
    [
        (["r_p=0.5"], [], "--fix 'r_p=0.5': allowed is r_p=one number with nm or um"),
        (["r_p=0.5bar"], [], "as r_p=0.5nm"),
        (["r=0.5nm"], [], "no parameter 'r', allowed is one of r_p, d, eps_p, X"),
        (["eps_p"], [], "allowed is eps_p=one number without a unit, as eps_p=42"),
        (["X=-60:0"], [], "allowed is X=one number"),
        ([], ["X=-60"], "--bounds 'X=-60': allowed is X=two numbers as low:high"),
        (["d=1um"], ["d=1:2um"], "effective_thickness was given before"),
    ],
)
def test_what_cannot_be_read_is_refused_with_an_example(fix, bounds, words):
    with pytest.raises(SettingsError) as error:
        ranges(fix, bounds)
    assert words in str(error.value)


@pytest.mark.parametrize("text", ["11", "11lmh/bar", "11:0.5", "11:0.5bar", "11:-1lmh/bar"])
def test_a_permeability_without_sd_or_unit_is_refused(text):
    with pytest.raises(SettingsError, match="--permeability"):
        water_permeability(text)
