import numpy as np
import pytest

from analysis.statistics import over_blocks, over_trials, sd_over_ions, share_of_ions


def test_intervals_name_what_they_are_taken_over():
    values = np.array([1.0, 2.0, 3.0])
    assert over_trials(values, 0.95).kind == "95 % t-interval, 2 degrees of freedom (3 trials)"
    blocks = over_blocks(values[:2], 0.9).kind
    assert blocks == "90 % t-interval, 1 degree of freedom (2 blocks of one trial)"
    assert over_trials(values[:1], 0.95).kind == "none: one trial"
    assert share_of_ions(2, 30, 0.95).kind == "95 % Clopper-Pearson of 30 ions"


def test_published_interval_of_a_share():
    # Agresti & Coull (1998): 0 of 10 gives an exact 95 % interval of 0 to 0.308.
    share = share_of_ions(0, 10, 0.95)
    assert (share.value, share.low) == (0, 0)
    assert share.high == pytest.approx(0.308, abs=5e-4)


def test_spread_over_ions_needs_two_of_them():
    assert np.isnan(sd_over_ions([[1.0], [2.0]])).all()
    assert sd_over_ions([[1.0, 3.0]]) == pytest.approx([np.sqrt(2)])
