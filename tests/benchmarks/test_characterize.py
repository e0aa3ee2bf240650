"""Intervals of fits hold the truth as often as they say."""

import pytest

from benchmarks.characterize import coverage


@pytest.mark.slow
def test_nineteen_of_twenty_intervals_hold_the_truth():
    for shares in coverage(repeats=100).values():
        assert 0.90 <= shares["profile"] <= 0.98
        assert shares["Laplace"] == pytest.approx(0.95, abs=0.05)
        assert shares["converged"] == 1
