"""Molecules placed at random into the voids of a film that are open to its organic face."""

from __future__ import annotations

import numpy as np
import scipy

from mdtools.periodic import lateral_tree
from membranes.building.packing import unreacted_network
from membranes.networks.monomers import geometry
from membranes.networks.network import Network
from membranes.networks.residues import joined
from membranes.networks.rings import pierced_rings
from membranes.recipes.errors import DoseError

VOXEL_NM = 0.1
WALL_NM = 0.05
"""Distance of atoms from the walls, which are soft."""
TRIES = 3000
"""Places and orientations tried for each molecule."""


def accessible(network: Network, probe_nm: float) -> np.ndarray:
    """Return points (N, 3) in nm, a voxel each, that a probe can reach from the organic face.

    The centre of the probe stays ``probe_nm`` or more from the centre of every atom.
    """
    shape = _voxels(network)
    axes = [
        (np.arange(n) + 0.5) * length / n for n, length in zip(shape, network.box_nm, strict=True)
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    tree = lateral_tree(network.positions, network.box_nm[:2])
    gaps = tree.query(points.reshape(-1, 3))[0].reshape(shape)
    open_to = _from_top(gaps >= probe_nm)
    return points[open_to]


def _from_top(void: np.ndarray) -> np.ndarray:
    """Return which voxels of a void (X, Y, Z), periodic in x and y, join its layer at z = 0."""
    # Three copies each way: what joins across the faces joins within the middle one.
    tiled = np.tile(void, (3, 3, 1))
    number, _ = scipy.ndimage.label(tiled)
    reached = np.isin(number, np.unique(number[:, :, 0][tiled[:, :, 0]])) & tiled
    nx, ny, _ = void.shape
    return reached[nx : 2 * nx, ny : 2 * ny]


def enter(
    network: Network,
    kind: str,
    count: int,
    *,
    probe_nm: float,
    closest_nm: float,
    generator,
) -> tuple[Network, float]:
    """Place molecules one by one, no atom closer than ``closest_nm`` to another molecule's.

    Returns
    -------
    Network
        With the molecules after its own residues.
    float
        The volume that was open to their centres, nm3.

    Raises
    ------
    DoseError
        If they do not fit, with how many do.
    """
    points = accessible(network, probe_nm)
    volume = len(points) * float(np.prod(network.box_nm)) / np.prod(_voxels(network))
    _, shape_nm, _ = geometry(kind)
    filled = network
    for number in range(count):
        placed = _placed(filled, kind, shape_nm, points, closest_nm, generator)
        if placed is None:
            raise DoseError(
                f"{number} of {count} {kind} fit into the {volume:.2f} nm3 of voids that are open "
                f"to the organic face at a probe of {10 * probe_nm:g} A: lower the dose, "
                "probe_angstrom or closest_angstrom, or let the film swell more"
            )
        filled = placed
    return filled, volume


def _voxels(network: Network) -> np.ndarray:
    """Return the number of voxels along each side of the box (3,)."""
    return np.maximum(np.round(network.box_nm / VOXEL_NM).astype(int), 1)


def _placed(filled: Network, kind, shape_nm, points, closest_nm, generator) -> Network | None:
    """Return the network with one more molecule, None if no place was found for it."""
    if not len(points):
        return None
    tree = lateral_tree(filled.positions, filled.box_nm[:2])
    low, high = WALL_NM, float(filled.box_nm[2]) - WALL_NM
    for _ in range(TRIES):
        centre = points[generator.integers(len(points))]
        turned = scipy.spatial.transform.Rotation.random(rng=generator).apply(shape_nm) + centre
        if turned[:, 2].min() < low or turned[:, 2].max() > high:
            continue
        if tree.query(turned)[0].min() < closest_nm:
            continue
        molecule = unreacted_network([kind], turned, filled.box_nm, filled.seed)
        candidate = joined(filled, molecule)
        if not len(pierced_rings(candidate)):
            return candidate
    return None
