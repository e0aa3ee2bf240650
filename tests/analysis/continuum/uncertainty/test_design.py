"""Designs against a search by scipy and against their own definitions."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from analysis.continuum import Membrane, Solution, performance, pores, solve, uncertainty

SEAWATER = Solution.neutralised({"Na+": 484.0, "Ca2+": 9.5, "Mg2+": 57.0, "SO4--": 22.0}, by="Cl-")
MEMBRANE = Membrane(0.5e-9, 1.16e-6, 43.86, -63.0)
PAIR = ("Na+", "Mg2+")
FLUX = 4e-6


def selectivity(charge: float) -> float:
    moved = Membrane(0.5e-9, 1.16e-6, 43.86, charge)
    rejection = solve(moved, SEAWATER, FLUX).rejection
    return float((1 - rejection["Na+"]) / (1 - rejection["Mg2+"]))


def test_best_charge_is_that_of_a_search_by_scipy():
    found = uncertainty.optimum_charge(MEMBRANE, SEAWATER, FLUX, PAIR, (-100.0, 600.0))
    reference = minimize_scalar(lambda x: -selectivity(x), bounds=(0.0, 600.0), method="bounded")
    assert found.selectivity == pytest.approx(-reference.fun, rel=1e-4)
    assert found.start == pytest.approx(selectivity(-63.0), rel=1e-6)
    assert found.gain == pytest.approx(found.selectivity / found.start)
    if not found.at_bound:
        assert found.charge_density == pytest.approx(reference.x, abs=2.0)


def test_a_best_charge_at_the_end_of_its_range_says_so():
    found = uncertainty.optimum_charge(MEMBRANE, SEAWATER, FLUX, PAIR, (-200.0, 0.0))
    assert found.at_bound and found.charge_density in (-200.0, 0.0)


def test_a_sweep_has_the_bands_of_single_propagations():
    spread = pores.LogNormal(0.5e-9, 0.05e-9)
    swept = uncertainty.sweep(
        MEMBRANE, SEAWATER, FLUX, "charge_density", [-100.0, 50.0], spread, n=32
    )
    moved = Membrane(0.5e-9, 1.16e-6, 43.86, 50.0)
    single = uncertainty.propagate(moved, SEAWATER, FLUX, spread, n=32)
    key = ("rejection", "Mg2+")
    bands = swept.propagation.quantiles(key).value
    assert bands[:, 1] == pytest.approx(single.quantiles(key).value, abs=1e-5)
    columns = swept.table()
    assert set(columns["x"]) == {-100.0, 50.0} and set(columns["parameter"]) == {"charge_density"}


def test_a_sweep_of_the_radius_keeps_the_relative_spread():
    spread = pores.LogNormal(0.5e-9, 0.05e-9)
    swept = uncertainty.sweep(
        MEMBRANE, SEAWATER, FLUX, "pore_radius", [0.5e-9, 0.7e-9], spread, n=16
    )
    assert swept.propagation.parameters["relative_radius"].std() == pytest.approx(0.1, rel=0.2)
    assert swept.propagation.values["rejection", "Mg2+"].shape == (16, 2)


def test_no_design_of_a_front_is_beaten_by_any_that_was_tried():
    bounds = {"pore_radius": (0.4e-9, 0.8e-9), "effective_thickness": (0.3e-6, 3e-6)}
    front = uncertainty.pareto_front(SEAWATER, FLUX, PAIR, bounds, MEMBRANE, n=128)
    assert (np.diff(front.permeability) > 0).all() and (np.diff(front.selectivity) < 0).all()
    tried = front.tried
    for permeability, best in zip(front.permeability, front.selectivity, strict=True):
        better = (tried["permeability"] >= permeability) & (tried["selectivity"] > best)
        assert not better.any()
    design = Membrane(
        front.parameters["pore_radius"], front.parameters["effective_thickness"], 43.86, -63.0
    )
    assert front.permeability == pytest.approx(performance.pure_water_permeability(design))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: uncertainty.optimum_charge(MEMBRANE, SEAWATER, FLUX, ("Na+", "Li+")), "pair is"),
        (lambda: uncertainty.optimum_charge(MEMBRANE, SEAWATER, FLUX, PAIR, (1.0, 1.0)), "bounds"),
        (lambda: uncertainty.pareto_front(SEAWATER, FLUX, PAIR, {}, MEMBRANE), "nothing"),
        (
            lambda: uncertainty.sweep(
                MEMBRANE, SEAWATER, FLUX, "colour", [1.0], pores.LogNormal(5e-10, 1e-10)
            ),
            "parameter is 'colour', allowed: pore_radius",
        ),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
