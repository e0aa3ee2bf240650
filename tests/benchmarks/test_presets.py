"""The benchmark of the presets measures what is known of planted paths and boxes."""

import numpy as np
import openmm
import pytest
from scipy.constants import k

from benchmarks.presets import (
    BIN_NM,
    FRAME_PS,
    Sampled,
    box_of,
    diffusivities,
    finite_size,
    first_shell,
)
from mdtools.systems.system import charges, masses


def test_a_random_walk_has_its_diffusivity():
    cm2_s, rng = 2.5e-5, np.random.default_rng(1)
    step = np.sqrt(2 * cm2_s * 100 * FRAME_PS)
    path = np.cumsum(rng.normal(0, step, (800, 300, 3)), axis=0)
    found = diffusivities(path, 4)
    assert found.shape == (4,) and found.mean() == pytest.approx(2.5, rel=0.05)


def test_the_correction_of_a_box_is_that_of_yeh_and_hummer():
    m2_s = 2.837297 * k * 300 / (6 * np.pi * 0.494e-3 * 3e-9)
    assert finite_size(3.0) == pytest.approx(1e9 * m2_s)
    assert finite_size(2.0) == pytest.approx(2 * finite_size(4.0))


def test_salt_water_is_neutral_and_has_the_molality_asked_for_at_liquid_density():
    box = box_of(216, 0.5, seed=1)
    counts = {name: len(atoms) for name, atoms in box.species.items()}
    assert counts == {"Na+": 2, "Ca2+": 2, "Cl-": 6, "O": 206}
    assert charges(box.system).sum() == pytest.approx(0, abs=1e-9)
    assert masses(box_of(216, 0.0, seed=1).system).sum() * 1.66054e-3 / box.length_nm**3 == (
        pytest.approx(1.0, abs=0.002)
    )


def test_a_shell_at_one_distance_is_found_there():
    rng = np.random.default_rng(2)
    directions = rng.normal(size=(40, 6, 3))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    radii = rng.normal(0.24, BIN_NM, (40, 6, 1))
    paths = {"Na+": np.full((40, 1, 3), 1.0), "O": 1.0 + radii * directions}
    sampled = Sampled(paths, np.zeros((40, 2)), openmm.State)
    count, peak = first_shell(sampled, "Na+", 2.0, 1)
    assert count == pytest.approx([6.0])
    # The density of a normal distribution of radii, over r^2, has its peak 2 sigma^2 / r before.
    assert peak == pytest.approx([0.24], abs=BIN_NM)
