"""Packing by packmol."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from mdtools.periodic import minimum_image
from membranes.building.packing import PackingError, pack

BOX = (2.0, 2.1, 2.0)


def packed(seed=5):
    return pack({"PIP": 8, "TMC": 5}, BOX, tolerance_angstrom=2.0, seed=seed, network_seed=0)


def test_molecules_keep_the_tolerance_across_periodic_images():
    network = packed()
    rows, columns = np.triu_indices(len(network.names), k=1)
    apart = network.residue[rows] != network.residue[columns]
    vectors = minimum_image(
        network.positions[columns[apart]] - network.positions[rows[apart]], network.box_nm
    )
    assert np.linalg.norm(vectors, axis=1).min() > 0.195


def test_molecules_stay_between_the_faces_and_keep_their_geometry():
    network = packed()
    z = network.positions[:, 2]
    assert z.min() > 0 and z.max() < BOX[2]
    first, second = (network.positions[network.residue == row] for row in (0, 1))
    assert np.allclose(squareform(pdist(first)), squareform(pdist(second)), atol=1e-4)


def test_same_seed_packs_the_same_and_another_seed_differently():
    assert np.array_equal(packed().positions, packed().positions)
    assert not np.array_equal(packed().positions, packed(6).positions)


def test_impossible_density_is_refused_with_the_density():
    with pytest.raises(PackingError, match=r"g/cm3.*enlarge membrane\.box_nm"):
        pack({"PIP": 60, "TMC": 40}, BOX, tolerance_angstrom=2.0, seed=1, network_seed=0)
