"""Two levels of a fit on planted membranes."""

import numpy as np
import pytest

from analysis.continuum import Membrane, Solution, pores, solve

PORES = pores.LogNormal(0.5e-9, 0.1e-9)
PLANTED = Membrane(0.5e-9, 1e-6, 43.0, -40.0)
START = Membrane(0.5e-9, 0.6e-6, 43.0, -20.0)
FEED = Solution({"Mg2+": 10.0, "Cl-": 20.0, "glucose": 1.0, "raffinose": 1.0})
FLUX = np.geomspace(2e-6, 2e-5, 4)
FIT = ("effective_thickness", "charge_density")


def test_both_levels_find_a_planted_mixture():
    exact = pores.mixture(PLANTED, FEED, FLUX, PORES).rejection
    found = pores.bilevel(START, FEED, FLUX, exact, 0.002, fit=FIT, starts=2)
    assert found.converged and found.sum_of_squares < 0.1
    assert found.pores.mean == pytest.approx(PORES.mean, rel=0.05)
    assert found.pores.sd == pytest.approx(PORES.sd, rel=0.05)
    assert float(found.membrane.effective_thickness) == pytest.approx(1e-6, rel=0.05)
    assert float(found.membrane.charge_density) == pytest.approx(-40.0, rel=0.05)
    assert set(found.table()["parameter"]) >= {"mu", "sigma", "mean", "sd", *FIT}


def test_expectation_maximisation_below_is_the_classical_fit_of_one_radius():
    exact = solve(PLANTED, FEED, FLUX).rejection
    found = pores.bilevel(START, FEED, FLUX, exact, 0.01, fit=FIT, starts=2, lower="em")
    assert found.sum_of_squares < 1.0
    assert found.pores.mean == pytest.approx(0.5e-9, rel=0.02)
    assert float(found.membrane.effective_thickness) == pytest.approx(1e-6, rel=0.05)
    assert any("one set of data" in warning for warning in found.warnings)
    assert found.fit is None and np.isnan(found.table()["low"]).all()


@pytest.mark.parametrize(
    "change, message",
    [
        ({"lower": "top"}, "lower is 'top', allowed: mixture, em"),
        ({"fit": ()}, "fit is empty"),
        ({"lower": "em", "sd": None}, "sd is None"),
        ({"rejection": np.full((3, 4), 0.5)}, r"rejection has shape \(3, 4\)"),
    ],
)
def test_bad_input_is_refused(change, message):
    given = {"flux": FLUX, "rejection": np.full((4, 4), 0.5), "sd": 0.01}
    with pytest.raises(ValueError, match=message):
        pores.bilevel(START, FEED, **{**given, **change})
