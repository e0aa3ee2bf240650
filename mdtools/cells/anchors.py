"""Anchors: membrane atoms that stay fixed, so that the drive does not move the slab."""

import numpy as np
import openmm


def choose_anchors(
    positions: np.ndarray, bonds: np.ndarray, hydrogen: np.ndarray, box_nm: np.ndarray, count: int
) -> np.ndarray:
    """Choose the atoms nearest to the lateral boundaries: heavy atoms with all their hydrogens.

    Whole X-H groups, so that no constraint joins a fixed and a moving atom; the choice depends on
    nothing but the positions (ties fall to the lower index).

    Parameters
    ----------
    positions : (N, 3) array
        Membrane atoms, nm, any lateral image.
    bonds : (B, 2) int array
    hydrogen : (N,) bool array
    box_nm : (2,) array
    count : int
        Atoms at most; groups are added while their total stays within it.

    Returns
    -------
    (n,) int array
        Sorted; ``count`` of them to within the size of one group.
    """
    owner = np.arange(len(positions))
    for a, b in bonds:
        if hydrogen[a] != hydrogen[b]:
            owner[a if hydrogen[a] else b] = b if hydrogen[a] else a
    size = np.bincount(owner, minlength=len(positions))
    apart = positions[:, :2] - np.round(positions[:, :2] / box_nm) * box_nm
    to_boundary = np.abs(apart).min(axis=1)
    heavy = np.flatnonzero(size)
    heavy = heavy[np.argsort(to_boundary[heavy], kind="stable")]
    chosen = heavy[np.cumsum(size[heavy]) <= count]
    return np.flatnonzero(np.isin(owner, chosen))


def fix(system: openmm.System, atoms: np.ndarray) -> None:
    """Fix atoms by setting their masses to zero."""
    for atom in atoms:
        system.setParticleMass(int(atom), 0.0)
