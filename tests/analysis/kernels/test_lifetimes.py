import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, chi2, ecdf

from analysis.kernels import contact_events, maximum_lifetime, mean_lifetime, survival
from tests.analysis.association import telegraph

TAU = 500


def events_of(lengths, cut=False, **columns) -> pd.DataFrame:
    """Contacts of these lengths that begin in frame 1."""
    lengths = np.asarray(lengths)
    table = {"pair": np.arange(len(lengths)), "start": 1, "end": lengths + 1}
    return pd.DataFrame(table | {"left_censored": False, "right_censored": cut} | columns)


@pytest.mark.parametrize(
    ("frames", "pairs"), [(TAU // 10, 4000), (TAU, 800), (10 * TAU, 100), (100 * TAU, 12)]
)
def test_mean_lifetime_of_telegraph_pairs_is_right_however_short_the_run(frames, pairs):
    events = contact_events(telegraph(np.random.default_rng([12, frames]), frames, pairs, TAU))
    found = mean_lifetime(events)
    ends = (~events["right_censored"]).sum()
    assert found.value == pytest.approx(TAU, abs=2 * TAU / np.sqrt(ends))
    assert found.low < TAU < found.high
    assert found.n == len(events)
    assert found.censored == pytest.approx(events["right_censored"].mean())


def test_a_mean_that_leaves_out_the_contacts_cut_off_would_be_too_short():
    events = contact_events(telegraph(np.random.default_rng(1), TAU, 800, TAU))
    whole = events[~events["left_censored"] & ~events["right_censored"]]
    assert (whole["end"] - whole["start"]).mean() < 0.5 * TAU


def test_interval_of_the_mean_covers_as_often_as_it_says():
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(400):
        lengths = rng.exponential(1.0, 30)
        seen = np.minimum(lengths, 0.7)
        found = mean_lifetime(events_of(seen, lengths > 0.7))
        inside.append(found.low <= 1.0 <= found.high)
    # The interval of a censored sample covers a little more than its level.
    assert 0.93 <= np.mean(inside) <= 0.99


def test_without_any_end_the_mean_has_a_lower_bound_only():
    found = mean_lifetime(events_of([40, 60], cut=True))
    assert found.value == found.high == np.inf
    assert found.low == pytest.approx(2 * 100 / chi2.ppf(0.975, 2))
    assert found.censored == 1.0


def test_lifetimes_scale_to_time():
    found, scaled = mean_lifetime(events_of([4, 6])), mean_lifetime(events_of([4, 6])).scaled(0.002)
    assert (scaled.value, scaled.low) == (found.value * 0.002, found.low * 0.002)
    assert (scaled.n, float(scaled)) == (2, pytest.approx(0.01))


def test_flicker_shortens_lifetimes_and_a_gap_of_a_frame_mends_most_of_it():
    rng = np.random.default_rng(3)
    contact = telegraph(rng, 5000, 100, TAU)
    flickering = contact & (rng.random(contact.shape) > 0.02)
    # Contacts then end every 1 / (1/500 + 0.02) frames; with the gap, every 1 / (1/500 + 0.02^2).
    alone = mean_lifetime(contact_events(flickering)).value
    mended = mean_lifetime(contact_events(flickering, gap=1)).value
    assert alone == pytest.approx(1 / (1 / TAU + 0.02), rel=0.1)
    assert mended == pytest.approx(1 / (1 / TAU + 0.02**2), rel=0.2)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=40).filter(
        lambda rows: not all(cut for _, cut in rows)
    )
)
def test_survival_equals_kaplan_meier_of_scipy(rows):
    lengths, cut = (np.array(column) for column in zip(*rows, strict=True))
    curve = survival(events_of(lengths, cut), level=0.9)
    peer = ecdf(CensoredData(lengths[~cut], right=lengths[cut])).sf
    at = np.isin(peer.quantiles, lengths[~cut])
    assert curve.time[1:].tolist() == peer.quantiles[at].tolist()
    assert curve.survival[1:] == pytest.approx(peer.probabilities[at])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it has none where the survival is 1 or 0
        edges = peer.confidence_interval(0.9, method="log-log")
    inside = (curve.survival[1:] > 0) & (curve.survival[1:] < 1)
    assert curve.low[1:][inside] == pytest.approx(edges.low.probabilities[at][inside])
    assert curve.high[1:][inside] == pytest.approx(edges.high.probabilities[at][inside])


def test_greenwood_variance_is_that_of_many_repetitions():
    rng = np.random.default_rng(4)
    at, shares, variances = 15, [], []
    for _ in range(600):
        lengths, limits = rng.geometric(1 / 20, 60), rng.integers(5, 60, 60)
        curve = survival(events_of(np.minimum(lengths, limits), lengths > limits))
        last = np.searchsorted(curve.time, at, side="right") - 1
        shares.append(curve.survival[last])
        variances.append(curve.variance[last])
    assert np.mean(shares) == pytest.approx((1 - 1 / 20) ** at, abs=0.006)
    assert np.mean(variances) == pytest.approx(np.var(shares), rel=0.15)


def test_survival_of_telegraph_pairs_decays_exponentially():
    events = contact_events(telegraph(np.random.default_rng(5), 4000, 300, 100.0))
    curve = survival(events)
    expected = (1 - 1 / 100.0) ** curve.time
    error = np.sqrt(curve.variance)
    usable = curve.survival > 0.02
    assert np.all(np.abs(curve.survival - expected)[usable] <= 4 * error[usable] + 1e-12)
    assert curve.at_risk[0] == (~events["left_censored"]).sum()


def test_contacts_of_unknown_age_are_no_part_of_a_survival_curve():
    events = events_of([3, 5, 50], left_censored=[False, False, True])
    assert survival(events).time.tolist() == [0, 3, 5]
    with pytest.raises(ValueError, match="every contact began before the first frame"):
        survival(events.assign(left_censored=True))


@given(st.integers(1, 40), st.integers(1, 4), st.integers(0, 10**6))
def test_no_maximum_is_longer_than_the_run(frames, pairs, seed):
    contact = np.random.default_rng(seed).random((frames, pairs, 2)) < 0.8
    events = contact_events(contact, gap=2)
    if len(events):
        for reading in ("trial", "ion", "pair"):
            assert 1 <= maximum_lifetime(events, reading).value <= frames


def test_readings_of_the_maximum_by_hand():
    contact = np.zeros((10, 2, 2), dtype=bool)
    contact[0:4, 0, 0] = True  # cut off
    contact[5:7, 0, 0] = True
    contact[2:5, 0, 1] = True
    contact[8:9, 1, 1] = True
    events = contact_events(contact)
    trial, ion, pair = (maximum_lifetime(events, name) for name in ("trial", "ion", "pair"))
    assert (trial.value, trial.n, trial.censored) == (4.0, 1, 1.0)
    assert (ion.value, ion.n, ion.censored) == ((4 + 1) / 2, 2, 0.5)
    assert (pair.value, pair.n) == (pytest.approx((4 + 3 + 1) / 3), 3)
    assert pair.censored == pytest.approx(1 / 3)


def test_a_short_contact_that_is_cut_off_is_not_the_longest():
    contact = np.zeros((10, 1), dtype=bool)
    contact[:2] = contact[4:8] = True
    found = maximum_lifetime(contact_events(contact))
    assert (found.value, found.censored) == (4.0, 0.0)


def test_longest_of_many_contacts_is_that_of_extreme_value_theory():
    # The longest of n exponential lifetimes is tau (1 + 1/2 + ... + 1/n) in the mean.
    rng = np.random.default_rng(6)
    lengths = rng.exponential(1.0, (1500, 20))
    events = events_of(lengths.ravel(), trial=np.repeat(np.arange(1500), 20))
    found = maximum_lifetime(events, level=0.99)
    harmonic = sum(1 / k for k in range(1, 21))
    assert found.low < harmonic < found.high
    assert found.n == 1500


def test_maxima_of_trials_have_their_t_interval_and_one_trial_has_none():
    events = events_of([10, 4, 12, 14], trial=[1, 1, 2, 3])
    found = maximum_lifetime(events)
    assert found.value == 12.0
    assert found.high - found.value == pytest.approx(2.484 * 2, abs=1e-2)
    assert np.isnan(maximum_lifetime(events_of([10, 4])).low)


def test_unknown_readings_and_columns_are_refused():
    with pytest.raises(ValueError, match="reading is 'mean', allowed are trial, ion, pair"):
        maximum_lifetime(events_of([1]), "mean")
    with pytest.raises(ValueError, match="no column ion"):
        maximum_lifetime(events_of([1]), "ion")
    with pytest.raises(ValueError, match="no column right_censored"):
        mean_lifetime(events_of([1]).drop(columns="right_censored"))
    with pytest.raises(ValueError, match="level is 1"):
        survival(events_of([1]), level=1)


@pytest.mark.parametrize("estimate", [mean_lifetime, maximum_lifetime, survival])
def test_pairs_that_never_met_have_no_lifetime(estimate):
    with pytest.raises(ValueError, match="no pair was ever in contact"):
        estimate(contact_events(np.zeros((5, 3), dtype=bool)))
