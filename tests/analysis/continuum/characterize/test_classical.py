"""The four classical steps, on tables of a membrane of known parameters."""

import numpy as np
import pytest

from analysis.continuum.characterize import Measurements, MeasurementsError, four_step
from analysis.continuum.characterize.steps import Steps
from analysis.continuum.performance import pure_water_permeability
from tests.analysis.continuum.characterize.synthetic import (
    MIXTURE,
    SALT,
    SUGAR,
    TRUTH,
    membrane,
    rows,
)

FLUXES = (4.0, 12.0)


def lines(noise=0.0):
    generator = np.random.default_rng(4)
    permeability = float(pure_water_permeability(membrane()))
    pure = [
        {"membrane": "M", "pressure_bar": bar, "flux_um_s": 1e11 * permeability * bar}
        for bar in (2, 4, 8)
    ]
    rest = rows(SUGAR, fluxes=FLUXES) + rows({"xylose": 1.0}, fluxes=FLUXES)
    rest += rows(SALT, membrane(charge_density=0.0), fluxes=FLUXES, series="isoelectric")
    rest += rows(MIXTURE, fluxes=FLUXES, series="pH 7")
    for line in rest:
        line["rejection"] += noise * generator.standard_normal()
    for line in pure:
        line["flux_um_s"] *= 1 + noise * generator.standard_normal()
    return pure + rest


def test_both_variants_find_the_parameters_of_exact_data():
    for variant in ("sequential", "simultaneous"):
        found = four_step(Measurements.from_rows(lines()), variant=variant)
        for name, value in TRUTH.items():
            assert found.best[name] == pytest.approx(value, rel=1e-3)
        assert not found.warnings


def test_errors_grow_from_step_to_step():
    """Hagen and Poiseuille: d = r^2 / (8 mu A), so 10 % in the radius are 20 % in the thickness;
    and 10 % in the permittivity can be 100 % in the charge (Wang and Lin, J. Membr. Sci. 620,
    118809 (2021), as quoted by Rehman et al.)."""
    found = four_step(Measurements.from_rows(lines(noise=0.01)))
    assert found.elasticity["effective_thickness"]["pore_radius"] == pytest.approx(2, rel=1e-3)
    assert abs(found.elasticity["charge_density"]["pore_permittivity"]) > 5
    radius, thickness = (
        found.sd[n] / found.best[n] for n in ("pore_radius", "effective_thickness")
    )
    own = found.own_sd["effective_thickness"] / found.best["effective_thickness"]
    assert thickness == pytest.approx(np.hypot(2 * radius, own), rel=1e-3)
    assert found.sd["charge_density"] > 2 * found.own_sd["charge_density"]
    assert found.table()["parameter"].tolist() == list(TRUTH)


def radius(data, limiting=False):
    steps = Steps.of(data, "isoelectric", "sequential", limiting, None, None, None)
    return steps.solve(("pore_radius",), {})[0]["pore_radius"]


def test_the_limiting_rejection_gives_a_wider_pore():
    """A rejection at a finite flux, below its limit, taken as the limit makes the pore too wide."""
    assert radius(Measurements.from_rows(lines()), limiting=True) > 1.02 * TRUTH["pore_radius"]


def test_solutes_may_come_at_a_pressure():
    permeability = float(pure_water_permeability(membrane()))
    given = []
    for line in lines():
        if line.get("ion") in ("glucose", "xylose"):
            line["pressure_bar"] = line.pop("flux_um_s") * 1e-6 / permeability / 1e5
        given.append(line)
    assert radius(Measurements.from_rows(given)) == pytest.approx(TRUTH["pore_radius"], rel=1e-3)


@pytest.mark.parametrize(
    ("drop", "message"),
    [
        (lambda line: "ion" not in line, "no flux of pure water at a pressure"),
        (lambda line: line.get("ion") in ("glucose", "xylose"), "rejection of an uncharged solute"),
        (lambda line: line.get("series") == "isoelectric", "in series 'isoelectric'"),
        (lambda line: line.get("series") == "pH 7", "in another series, for the charge"),
    ],
)
def test_a_step_without_data_is_named(drop, message):
    kept = [line for line in lines() if not drop(line)]
    with pytest.raises(MeasurementsError, match=message):
        four_step(Measurements.from_rows(kept))
