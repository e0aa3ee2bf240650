"""Counter-ions that a charged membrane's pores keep out: it is said that nothing was solved."""

import warnings

import numpy as np
import pytest

from analysis.continuum import Membrane, Solution, solve

NACL = Solution({"Na+": 10.0, "Cl-": 10.0})
BETWEEN = 0.15e-9
"""m: larger than chloride, 0.121 nm, smaller than sodium, 0.184 nm."""


def solved(radius, charge):
    membrane = Membrane(np.array([radius, 0.5e-9]), 1e-6, 41.0, charge)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = solve(membrane, NACL, 1e-6)
    return found, [str(warning.message) for warning in caught]


@pytest.mark.parametrize("charge", [-50.0, 0.0, 50.0])
def test_only_counter_ions_that_stay_out_are_told(charge):
    found, said = solved(BETWEEN, charge)
    assert found.rejection["Na+"][0] == 1
    assert 0 < found.rejection["Na+"][1] < 1
    if charge < 0:
        assert "larger than the pores in 1 of 2 cases" in found.assumptions["counter_ions"]
        assert said == [f"counter-ions {found.assumptions['counter_ions']}"]
    else:
        # Chloride balances a positive membrane, and a neutral one needs nothing.
        assert "counter_ions" not in found.assumptions
        assert said == []
