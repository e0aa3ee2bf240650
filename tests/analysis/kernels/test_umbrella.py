"""Free energies from samples of windows, drawn from the distributions that they have."""

import numpy as np
import pytest

from analysis.kernels.umbrella import free_energy, predicted_overlap, widest_spacing

GRID = np.linspace(-3, 3, 6001)
EDGES = np.linspace(-1.2, 1.2, 17)
MIDDLE = (EDGES[1:] + EDGES[:-1]) / 2
STIFFNESS = 10.0
"""kT; a window has a standard deviation of 0.32."""


def drawn(energy, centres, count, seed=1, stiffness=STIFFNESS):
    """Independent samples of each window, by the inverse of their distribution."""
    rng, found = np.random.default_rng(seed), []
    for centre in centres:
        density = np.exp(-energy(GRID) - stiffness * (GRID - centre) ** 2 / 2)
        share = np.cumsum(density)
        found.append(np.interp(rng.random(count), share / share[-1], GRID))
    return found


def planted(energy, zero):
    fine = EDGES[:-1, None] + np.diff(EDGES)[:, None] * (np.arange(40) + 0.5) / 40
    density = np.exp(-energy(fine)).mean(axis=1)
    return -np.log(density / density[zero].mean())


def barrier(z):
    return 4 * (z**2 - 1) ** 2


def test_planted_barrier_is_recovered_and_lies_within_its_interval():
    centres, zero = np.linspace(-1.2, 1.2, 7), np.abs(MIDDLE + 1) < 0.2
    found = free_energy(drawn(barrier, centres, 800), centres, STIFFNESS, EDGES, zero)
    expected = planted(barrier, zero)
    assert found.value == pytest.approx(expected, abs=0.2)
    assert np.ptp(expected) > 3.5
    assert ((found.low < expected) & (expected < found.high)).mean() > 0.8
    assert (found.high - found.low).max() < 2.0
    assert found.overlap.sum(axis=1) == pytest.approx(np.ones(7))


@pytest.mark.parametrize("spacing", [1.0, 2.5, 4.0])
def test_predicted_overlap_is_that_of_windows_on_a_flat_landscape(spacing):
    centres = np.array([-0.5, 0.5]) * spacing / np.sqrt(STIFFNESS)
    samples = drawn(lambda z: 0 * z, centres, 4000)
    edges = np.linspace(-2, 2, 5)
    found = free_energy(samples, centres, STIFFNESS, edges, np.ones(4, bool), blocks=2)
    expected = predicted_overlap(spacing)
    assert found.neighbours[0] == pytest.approx(expected, abs=0.02)
    assert found.overlap[0, 1] == pytest.approx(expected, abs=0.02)


def test_widest_spacing_overlaps_by_three_percent():
    assert predicted_overlap(widest_spacing()) == pytest.approx(0.03)


def test_windows_far_apart_are_told_by_their_overlap():
    centres = np.array([-1.0, -0.8, 1.0])
    found = free_energy(
        drawn(lambda z: 0 * z, centres, 200, stiffness=40), centres, 40.0, EDGES, MIDDLE < -0.7
    )
    assert found.neighbours[0] > 0.2
    assert found.neighbours[1] < 0.001
    # Beyond the gap, at z = 0.1, nothing is said.
    assert np.isnan(found.value[MIDDLE > 0.1]).all()
    assert np.isfinite(found.value[MIDDLE < -0.7]).all()


def test_window_that_overlaps_with_none_has_a_free_energy_of_its_own():
    """Flat, and of 400 samples in some ten bins each is known to a few tenths of kT."""
    centres = np.array([-1.0, 0.0, 1.0])
    found = free_energy(
        drawn(lambda z: 0 * z, centres, 400, stiffness=400), centres, 400.0, EDGES, MIDDLE < -0.9
    )
    assert found.neighbours.max() < 0.001
    assert found.overlap.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert np.nanmax(np.abs(found.value[MIDDLE < -0.9])) < 0.7
    assert np.isnan(found.value[MIDDLE > -0.4]).all()


@pytest.mark.parametrize(
    ("zero", "joined"), [(lambda z: z < -1, lambda z: z > -3), (lambda z: z < -8, lambda z: z < -8)]
)
def test_zero_is_where_the_part_with_most_samples_asks_for_it(zero, joined):
    """Flat: F is 0 all over that part, however many bins lie beyond the gap from -8 to -3."""
    centres = np.array([-10.0, -9, -8, -3, -2, -1, 0, 1, 2, 3])
    rng = np.random.default_rng(7)
    samples = [rng.normal(centre, 0.5, 400) for centre in centres]
    edges = np.linspace(-10, 3, 27)
    middle = (edges[1:] + edges[:-1]) / 2
    found = free_energy(samples, centres, 4.0, edges, zero(middle))
    assert np.abs(found.value[joined(middle)]).max() < 0.4
    assert found.value[found.zero].mean() == pytest.approx(0, abs=0.02)
    assert np.isnan(found.value[np.abs(middle + 5.5) < 1]).all()


def test_correlated_samples_have_their_autocorrelation_time():
    # An AR(1) series of coefficient a: (1 + a) / (1 - a) / 2.
    rng, a = np.random.default_rng(4), 0.8
    noise = rng.normal(size=(2, 5000)) * np.sqrt(1 - a**2)
    series = np.zeros((2, 5000))
    for step in range(1, 5000):
        series[:, step] = a * series[:, step - 1] + noise[:, step]
    found = free_energy(
        list(0.3 * series), np.zeros(2), STIFFNESS, EDGES, np.abs(MIDDLE) < 0.3, blocks=2
    )
    assert found.correlation == pytest.approx([4.5, 4.5], rel=0.25)


def test_window_without_enough_samples_is_named():
    samples = [np.linspace(0, 1, 50), np.linspace(0, 1, 5)]
    with pytest.raises(ValueError, match="window 1 has 5 samples"):
        free_energy(samples, np.zeros(2), 1.0, EDGES, MIDDLE > 0)
