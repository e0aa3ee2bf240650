import pytest

from analysis.continuum.acidity import Variant, observations
from analysis.continuum.characterize import Measurements, MeasurementsError, dataset

PORE = {"pore_radius": 0.49e-9, "effective_thickness": 0.79e-6, "pore_permittivity": 44.0}


def rows(**changes):
    base = {"membrane": "M", "flux_um_s": 20, "series": "pH 7", "feed_Cl-_mol_m3": 100}
    sodium = base | {"feed": "NaCl", "ion": "Na+", "feed_Na+_mol_m3": 100, "rejection": 0.3}
    calcium = base | {"feed": "CaCl2", "ion": "Ca2+", "feed_Ca2+_mol_m3": 50, "rejection": 0.6}
    return [row | changes for row in (sodium, calcium)]


def test_published_permeations_are_those_of_the_text():
    found = observations(dataset("liu-2025-nf270-ph-15bar"), 0.03)
    assert {(one.salt, one.pH): round(one.permeation, 3) for one in found} == {
        ("NaCl", 2.0): 0.501,
        ("NaCl", 7.0): 0.791,
        ("NaCl", 10.0): 0.701,
        ("CaCl2", 2.0): 0.074,
        ("CaCl2", 10.0): 0.578,
    }
    assert {(one.by_pressure, one.drive) for one in found} == {(True, 15e5)}


def test_acid_is_that_of_the_pH_and_neutral():
    found = observations(Measurements.from_rows(rows(series="pH 3")), 0.03, acid=True)
    for one in found:
        amounts = {ion.name: c for ion, c in one.composition}
        assert amounts["H+"] == pytest.approx(1.0)
        assert sum(ion.charge * c for ion, c in one.composition) == pytest.approx(0.0)


def test_a_flux_is_preferred_to_a_pressure():
    found = observations(Measurements.from_rows(rows(pressure_bar=10)), 0.03)
    assert not any(one.by_pressure for one in found)
    assert [one.drive for one in found] == pytest.approx([20e-6] * 2)


@pytest.mark.parametrize(
    ("changes", "sd", "kind", "words"),
    [
        ({"series": "acidic"}, 0.03, MeasurementsError, "a pH, such as 'pH 7'"),
        ({}, None, MeasurementsError, "nowhere"),
        ({"sd": 0.01}, 0.03, MeasurementsError, "twice"),
        ({}, 0.0, ValueError, "sd is 0"),
    ],
)
def test_bad_input_is_named(changes, sd, kind, words):
    with pytest.raises(kind, match=words):
        observations(Measurements.from_rows(rows(**changes)), sd)


def test_a_missing_salt_is_named():
    with pytest.raises(MeasurementsError, match="no feed 'CaCl2'"):
        observations(Measurements.from_rows(rows()[:1]), 0.03)


@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        (PORE, "no fraction"),
        ({"charge_fraction": 0.1, "positive_fraction": 0.1, **PORE}, "charge_fraction or both"),
        ({"positive_fraction": 0.1, **PORE}, "charge_fraction or both"),
        ({"charge_fraction": (0.2, 0.1), **PORE}, "rising"),
        ({"charge_fraction": -0.1, **PORE}, "0 or more"),
        ({"charge_fraction": 0.1, "pore_radius": 1e-9}, "no effective_thickness"),
        ({"charge_fraction": 0.1, "radius": 1.0, **PORE}, "ranges of 'radius'"),
    ],
)
def test_variants_that_cannot_be_are_named(ranges, words):
    with pytest.raises(ValueError, match=words):
        Variant("v", "", ranges)
