"""Displacements of walkers whose law is known, and of random ones against a plain loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.kernels import diffusivity, log_lags, msd, power_law, t_interval, unwrap, wrap
from analysis.kernels.displacements import CONVENTIONS

MASKED = pytest.mark.parametrize("convention", CONVENTIONS)


def naive(positions, inside, convention):
    """Lateral, axial and count of every lag by a loop over walkers, origins and lags."""
    frames, walkers = inside.shape
    lateral, axial, count = np.zeros(frames), np.zeros(frames), np.zeros(frames, dtype=int)
    for walker in range(walkers):
        for origin in range(frames):
            for end in range(origin, frames):
                mask = inside[origin : end + 1, walker]
                kept = {"both": mask[0] and mask[-1], "start": mask[0], "continuous": mask.all()}
                if kept[convention]:
                    x, y, z = positions[end, walker] - positions[origin, walker]
                    lateral[end - origin] += x**2 + y**2
                    axial[end - origin] += z**2
                    count[end - origin] += 1
    with np.errstate(invalid="ignore"):
        return lateral / count, axial / count, count


@MASKED
@given(
    frames=st.integers(1, 17),
    walkers=st.integers(1, 4),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_random_walkers_and_masks_give_what_a_plain_loop_gives(
    convention, frames, walkers, share, seed
):
    rng = np.random.default_rng(seed)
    positions = 30 + np.cumsum(rng.normal(size=(frames, walkers, 3)), axis=0)
    inside = rng.random((frames, walkers)) < share
    found = msd(positions, inside, convention)
    lateral, axial, count = naive(positions, inside, convention)
    assert found.count.tolist() == count.tolist()
    assert found.lateral == pytest.approx(lateral, abs=1e-9, nan_ok=True)
    assert found.axial == pytest.approx(axial, abs=1e-9, nan_ok=True)
    assert found.total == pytest.approx(lateral + axial, abs=1e-9, nan_ok=True)
    assert found.origins.tolist() == [inside[: frames - k].sum() for k in range(frames)]
    assert found.lag.tolist() == list(range(frames))


def test_constant_velocity_gives_its_square_at_every_lag():
    velocity = np.array([0.3, -0.4, 1.2])
    frames = np.arange(2000)
    positions = 1e3 + frames[:, None, None] * velocity + np.zeros((1, 3, 1))
    found = msd(positions)
    assert found.lateral == pytest.approx(0.25 * frames**2, rel=1e-8)
    assert found.axial == pytest.approx(1.44 * frames**2, rel=1e-8)
    assert found.count.tolist() == (3 * (2000 - frames)).tolist()
    assert found.total[0] == 0 and (found.stayed == 1).all()


@pytest.mark.parametrize(("direction", "dimensions"), [("axial", 1), ("lateral", 2), ("total", 3)])
def test_random_walkers_have_the_diffusivity_put_in(direction, dimensions):
    rng = np.random.default_rng(11)
    walks = np.cumsum(rng.normal(0, np.sqrt(2 * 0.7), (30, 500, 40, 3)), axis=1)
    lag = 20
    found = [diffusivity(getattr(msd(walk), direction)[lag], lag, dimensions) for walk in walks]
    mean, low, high = t_interval(found)
    error = (high - low) / (2 * 2.045)  # t of 29 degrees of freedom
    assert abs(mean - 0.7) < 2 * error
    assert error < 0.01


def test_wrapped_walkers_have_it_too_once_unwrapped():
    rng = np.random.default_rng(12)
    box = np.array([4.0, 5.0, 0.0])
    walk = np.cumsum(rng.normal(0, 0.3, (800, 30, 3)), axis=0)
    found, free = msd(unwrap(wrap(walk, box), box)), msd(walk)
    assert found.total == pytest.approx(free.total)
    uniform = (4**2 + 5**2) / 6
    assert free.lateral[100] > 2 * uniform > msd(wrap(walk, box)).lateral[100]


def fractional(rng, exponent, frames, walkers):
    """Fractional Brownian motion by the exact method of Davies and Harte (Biometrika 74, 1987)."""
    k = np.arange(frames + 1.0)
    gamma = 0.5 * ((k + 1) ** exponent - 2 * k**exponent + np.abs(k - 1) ** exponent)
    row = np.concatenate([gamma, gamma[-2:0:-1]])
    eigen = np.fft.fft(row).real
    assert eigen.min() > -1e-9
    shape = (walkers, 3, len(row))
    noise = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    steps = np.fft.fft(np.sqrt(np.maximum(eigen, 0) / len(row)) * noise).real[..., :frames]
    return np.cumsum(steps, axis=-1).transpose(2, 0, 1)


@pytest.mark.parametrize("exponent", [0.4, 0.7, 1.0])
def test_exponent_of_fractional_brownian_motion_is_found(exponent):
    walk = fractional(np.random.default_rng(13), exponent, 4096, 60)
    found = msd(walk).total
    assert found[1] == pytest.approx(3, rel=0.02)
    lags = log_lags(400)
    law = power_law(lags, found[lags], 10, 400)
    assert law.exponent == pytest.approx(exponent, abs=0.02)
    assert law.prefactor == pytest.approx(3, rel=0.1)


def reflected(rng, width, frames, walkers, step):
    """Walkers between mirrors at 0 and width in z, free in x and y."""
    walk = rng.uniform(0, width, (walkers, 3)) + np.cumsum(
        rng.normal(0, step, (frames, walkers, 3)), axis=0
    )
    walk[..., 2] = width - np.abs(walk[..., 2] % (2 * width) - width)
    return walk


def test_walkers_between_mirrors_reach_a_sixth_of_the_square_of_the_width():
    walk = reflected(np.random.default_rng(14), 5.0, 3000, 400, 1.0)
    found = msd(walk)
    assert found.axial[100:1000:100] == pytest.approx(25 / 6, rel=0.03)
    assert found.lateral[50] == pytest.approx(2 * 50, rel=0.03)


# Of walkers spread evenly over a slab of width 30, after a variance of 200: at both ends, erf(a) -
# (1 - exp(-a^2)) / (a sqrt(pi)) with a = 30 / sqrt(400); all along, 8 / pi^2 exp(-pi^2 100 / w^2)
# with w = 30 + 2 * 0.5826, as whoever looks only once a step sees a slab wider by that.
STAYED = {"both": 0.630, "continuous": 0.2935}


@pytest.mark.parametrize("convention", STAYED)
def test_staying_in_a_slab_bends_axial_displacements_and_not_lateral_ones(convention):
    rng = np.random.default_rng(15)
    walk = reflected(rng, 90.0, 1500, 400, 1.0)
    inside = np.abs(walk[..., 2] - 45) < 15
    found, lag = msd(walk, inside, convention), 200
    assert found.lateral[lag] == pytest.approx(2 * lag, rel=0.05)
    assert found.axial[lag] < min(0.75 * lag, 30**2 / 6)
    lags = log_lags(lag, 50)
    assert power_law(lags, found.lateral[lags], 50, lag).exponent == pytest.approx(1, abs=0.06)
    assert power_law(lags, found.axial[lags], 50, lag).exponent < 0.7
    assert found.stayed[lag] == pytest.approx(STAYED[convention], rel=0.06)


def test_a_walker_out_of_sight_counts_while_it_is_seen():
    path = np.zeros((6, 1, 3))
    path[:, 0, 2] = [0, 1, np.nan, 4, 5, np.inf]
    seen = np.isfinite(path[..., 2])
    path[~seen] = np.nan
    both, stays = msd(path, seen, "both"), msd(path, seen, "continuous")
    assert both.count.tolist() == [4, 2, 1, 2, 1, 0]
    assert both.axial[:5] == pytest.approx([0, 1, 9, 16, 25])
    assert np.isnan(both.axial[5])
    assert stays.count.tolist() == [4, 2, 0, 0, 0, 0]
    with pytest.raises(ValueError, match=r"positions\[2, 0, 0\] is nan"):
        msd(path, seen, "start")


def test_many_walkers_in_several_batches_are_one_result(monkeypatch):
    rng = np.random.default_rng(16)
    walk = np.cumsum(rng.normal(size=(40, 23, 3)), axis=0)
    inside = rng.random((40, 23)) < 0.8
    whole = {convention: msd(walk, inside, convention) for convention in CONVENTIONS}
    monkeypatch.setattr("analysis.kernels.displacements.BATCH", 300)
    for convention, expected in whole.items():
        found = msd(walk, inside, convention)
        assert found.count.tolist() == expected.count.tolist()
        assert found.total == pytest.approx(expected.total, nan_ok=True)


@pytest.mark.parametrize(
    ("positions", "inside", "convention", "words"),
    [
        (np.zeros((4, 3)), None, "both", r"shape \(4, 3\), it must be \(T, N, 3\)"),
        (np.zeros((4, 0, 3)), None, "both", "with a frame and a walker"),
        (np.zeros((4, 2, 3)), np.ones((4, 3), bool), "both", r"shape \(4, 3\) and type bool"),
        (np.zeros((4, 2, 3)), np.ones((4, 2)), "both", r"must be \(4, 2\) and bool"),
        (np.zeros((4, 2, 3)), None, "all", "'all', allowed are both, start, continuous"),
        (np.full((4, 2, 3), np.nan), None, "both", r"positions\[0, 0, 0\] is nan"),
    ],
)
def test_input_without_meaning_is_refused(positions, inside, convention, words):
    with pytest.raises(ValueError, match=words):
        msd(positions, inside, convention)


def test_lags_are_whole_ascend_and_hold_both_ends():
    lags = log_lags(500, 3)
    assert lags[0] == 3 and lags[-1] == 500 and (np.diff(lags) > 0).all()
    assert log_lags(4).tolist() == [1, 2, 3, 4] and log_lags(7, 7).tolist() == [7]
    with pytest.raises(ValueError, match="1 <= first <= last"):
        log_lags(2, 3)


def test_a_power_law_needs_three_positive_points_in_its_window():
    with pytest.raises(ValueError, match="2 lags from 3 to 8, a power law needs 3"):
        power_law([1, 2, 4, 8], [1, 2, 4, 8], 3, 8)
    with pytest.raises(ValueError, match="must be positive"):
        power_law([1, 2, 4], [0, 2, 4], 1, 4)
    with pytest.raises(ValueError, match=r"values\[2\] is nan"):
        power_law([1, 2, 4], [1, 2, np.nan], 1, 4)


@pytest.mark.parametrize(("lag", "dimensions"), [(0.0, 2), (1.0, 4)])
def test_a_diffusivity_needs_a_lag_and_a_space(lag, dimensions):
    with pytest.raises(ValueError, match="positive|allowed are 1, 2, 3"):
        diffusivity(1.0, lag, dimensions)
