"""Anchors: membrane atoms that stay fixed, so that the drive does not move the slab."""

import numpy as np
import openmm
import scipy

from mdtools.polymer import Polymer

BONDS_FROM_GROUP = 2
"""Atoms this many bonds from the central atom of a charged group belong to its surroundings."""


def anchor_groups(polymer: Polymer, membrane: np.ndarray, percent: float) -> np.ndarray:
    """Choose the anchors of a membrane, none of them at a charged group.

    Parameters
    ----------
    polymer : Polymer
    membrane : (N, 3) array
        Its positions, nm, any lateral image.
    percent : float
        Share of all its atoms.

    Returns
    -------
    (n,) int array
        As `choose_anchors`.
    """
    hydrogen = (polymer.atoms["element"] == "H").to_numpy()
    count = round(percent / 100 * len(membrane))
    spared = near_groups(polymer)
    return choose_anchors(membrane, polymer.bonds, hydrogen, polymer.box_nm, count, spared)


def near_groups(polymer: Polymer) -> np.ndarray:
    """Mark the atoms (N,) of charged groups, and those within two bonds of their central atom."""
    size = len(polymer.atoms)
    pairs = np.concatenate([polymer.bonds, polymer.bonds[:, ::-1]])
    bonded = scipy.sparse.coo_array((np.ones(len(pairs)), pairs.T), shape=(size, size)).tocsr()
    near = np.zeros(size)
    near[polymer.groups["atom"].to_numpy(dtype=int)] = 1
    for _ in range(BONDS_FROM_GROUP):
        near = near + bonded @ near
    return np.asarray(near > 0)


def choose_anchors(
    positions: np.ndarray,
    bonds: np.ndarray,
    hydrogen: np.ndarray,
    box_nm: np.ndarray,
    count: int,
    spared: np.ndarray | None = None,
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
    spared : (N,) bool array, optional
        Atoms that are not fixed, nor is any group that holds one.

    Returns
    -------
    (n,) int array
        Sorted; ``count`` of them to within the size of one group, or all that are not spared.
    """
    owner = np.arange(len(positions))
    for a, b in bonds:
        if hydrogen[a] != hydrogen[b]:
            owner[a if hydrogen[a] else b] = b if hydrogen[a] else a
    size = np.bincount(owner, minlength=len(positions))
    allowed = size > 0
    if spared is not None:
        allowed[owner[spared]] = False
    apart = positions[:, :2] - np.round(positions[:, :2] / box_nm) * box_nm
    to_boundary = np.abs(apart).min(axis=1)
    heavy = np.flatnonzero(allowed)
    heavy = heavy[np.argsort(to_boundary[heavy], kind="stable")]
    chosen = heavy[np.cumsum(size[heavy]) <= count]
    return np.flatnonzero(np.isin(owner, chosen))


def fix(system: openmm.System, atoms: np.ndarray) -> None:
    """Fix atoms by setting their masses to zero."""
    for atom in atoms:
        system.setParticleMass(int(atom), 0.0)


def report(polymer: Polymer, membrane: np.ndarray, anchors: np.ndarray) -> dict:
    """Report how much of a membrane is fixed, in how many residues and over which z (nm)."""
    z = membrane[anchors, 2]
    touched = polymer.atoms["residue"].iloc[anchors].nunique()
    return {
        "anchored_atoms": len(anchors),
        "anchored_percent": 100 * len(anchors) / len(membrane),
        "anchored_residues": touched,
        "anchored_residues_percent": 100 * touched / len(polymer.residues),
        "anchored_z_nm": [float(z.min()), float(z.max())] if len(z) else None,
    }
