"""Permeability, neutral solutes, selectivity, hardness and cut-off against published values."""

import numpy as np
import pytest

from analysis.continuum import Membrane, Model, Solution, performance, solve
from tests.analysis.continuum.bare import SEAWATER

PORE = Membrane(0.5e-9, 1e-6, 42.0, 0.0)
MEMBRANES = {
    "LbL1.5C": (Membrane(0.51e-9, 1.33e-6, 41.0, -27.0), 9.8881, 10),
    "LbL1": (Membrane(0.48e-9, 0.72e-6, 44.0, -39.0), 16.180, 16),
    "LbL2": (Membrane(0.60e-9, 1.25e-6, 47.5, 20.0), 14.562, 15),
    "LbL3": (Membrane(0.46e-9, 0.78e-6, 45.0, 23.0), 13.717, 13),
}


@pytest.mark.parametrize("name", MEMBRANES)
def test_permeability_of_published_membranes_is_the_measured_one(name):
    """Labban et al. (2018), table 4 and figure 9."""
    membrane, expected, measured = MEMBRANES[name]
    permeability = performance.pure_water_permeability(membrane)
    assert float(permeability.lmh_bar()) == pytest.approx(expected, rel=1e-4)
    assert float(permeability.lmh_bar()) == pytest.approx(measured, rel=0.06)
    flux = permeability * 4e5
    assert not isinstance(flux, performance.Permeability)
    assert float(flux) * 3.6e6 == pytest.approx(4 * expected, rel=1e-4)


def test_permeabilities_of_a_batch_broadcast():
    radius = np.array([0.4e-9, 0.5e-9])
    permeability = performance.pure_water_permeability(Membrane(radius, 1e-6, 42.0, 0.0), 1e-3)
    assert permeability.lmh_bar() == pytest.approx(radius**2 / 8e-9 * 3.6e11)


@pytest.mark.parametrize(
    ("solute", "flux", "hindrance", "expected"),
    [
        ("xylose", 1e-5, "dechadilok-deen", 0.29723282),
        ("glucose", 1e-6, "dechadilok-deen", 0.29602964),
        ("glucose", 1e-5, "dechadilok-deen", 0.77700486),
        ("xylose", 1e-5, "bowen", 0.33885235),
        ("glucose", 1e-6, "bowen", 0.42737676),
        ("glucose", 1e-5, "bowen", 0.84101489),
        ("xylose", 1.0, "dechadilok-deen", 0.76539278),
        ("glucose", 1.0, "dechadilok-deen", 0.90805301),
    ],
)
def test_neutral_solutes_have_their_closed_form_up_to_the_limit_of_fast_flow(
    solute, flux, hindrance, expected
):
    rejection = performance.neutral_rejection(solute, PORE, flux, Model(hindrance=hindrance))
    assert float(rejection) == pytest.approx(expected, rel=1e-6)


def test_a_solute_as_large_as_the_pore_is_rejected_and_slow_flow_rejects_nothing():
    membrane = Membrane([0.3e-9, 0.8e-9], 1e-6, 42.0, 0.0)
    assert performance.neutral_rejection("glucose", membrane, 1e-5)[0] == 1.0
    slow = performance.neutral_rejection("glucose", membrane, [1e-9, 1e-9])
    assert slow[1] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("rejection", "expected"), [(0.70, 2.143), (0.40, 7.5), (0.574, 3.71), (0.337, 9.84)]
)
def test_passage_selectivity_is_that_of_published_membranes(rejection, expected):
    """At 5 bar: the criteria 2.1 and 7.5 bar, and NF270's 3.69 for xylose and 9.81 for MgCl2."""
    assert float(performance.b_over_a(rejection, 5.0)) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("membrane", "expected"),
    [("LbL1.5C", 0.862328012), ("NF270", 0.630902864)],
)
def test_hardness_removal_of_published_membranes(membrane, expected):
    nf270 = Membrane(0.49e-9, 0.79e-6, 44.0, -56.0)
    chosen = nf270 if membrane == "NF270" else MEMBRANES[membrane][0]
    removal = performance.hardness_removal(solve(chosen, SEAWATER, 1e-6))
    assert float(removal) == pytest.approx(expected, abs=1e-5)


def test_hardness_counts_an_ion_that_is_kept_out():
    tight = Membrane(0.33e-9, 1e-6, 42.0, -20.0)
    transport = solve(tight, SEAWATER, 1e-6)
    assert float(transport.rejection["Mg2+"]) == 1.0
    calcium = 9.53141374 * (1 - float(transport.rejection["Ca2+"]))
    expected = 1 - calcium / (9.53141374 + 57.35445382)
    assert float(performance.hardness_removal(transport)) == pytest.approx(expected, rel=1e-9)


def test_hardness_of_a_soft_feed_is_refused():
    transport = solve(PORE, Solution({"Na+": 10.0, "Cl-": 10.0}), 1e-6)
    with pytest.raises(ValueError, match=r"neither Ca2\+ nor Mg2\+"):
        performance.hardness_removal(transport)


def test_cut_off_lies_where_the_curve_of_a_membrane_crosses_ninety_percent():
    solutes = ("raffinose", "glycerol", "glucose", "xylose", "sucrose")
    membrane = Membrane(0.55e-9, 1e-6, 42.0, 0.0)
    curve = {s: performance.neutral_rejection(s, membrane, 1e-5) for s in solutes}
    cutoff = performance.mwco(curve)
    assert curve["glucose"] < 0.9 < curve["sucrose"]
    assert 180.156 < cutoff < 342.296
    assert performance.mwco(curve, level=0.95) > cutoff
    tighter = Membrane(0.45e-9, 1e-6, 42.0, 0.0)
    other = {s: performance.neutral_rejection(s, tighter, 1e-5) for s in solutes}
    assert performance.mwco(other) < cutoff


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: performance.neutral_rejection("Na+", PORE, 1e-6), r"Na\+ of charge \+1"),
        (lambda: performance.neutral_rejection("glucose", PORE, -1e-6), "flux is -1e-06"),
        (lambda: performance.neutral_rejection("honey", PORE, 1e-6), "'honey' is unknown"),
        (lambda: performance.b_over_a(1.1, 5), "rejection is 1.1"),
        (lambda: performance.b_over_a(0.5, 0), "pressure_drop_bar is 0"),
        (lambda: performance.pure_water_permeability(PORE, 0), "viscosity is 0"),
        (lambda: performance.mwco({"glucose": 0.5, "sucrose": 0.7}), "do not cross 0.9"),
        (lambda: performance.mwco({"Na+": 0.5, "sucrose": 0.95}), r"Na\+: allowed is a neutral"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
