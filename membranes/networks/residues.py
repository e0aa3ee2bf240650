"""Residues taken out of a network and put into it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from membranes.networks.errors import NetworkError
from membranes.networks.network import Network


def without(network: Network, residues: Collection[int]) -> Network:
    """Return a network without some residues, which no amide may join to those that stay.

    Rows of residues and atoms close up; ids of atoms stay.

    Raises NetworkError for an amide that would be cut.
    """
    kept = np.ones(len(network.kinds), dtype=bool)
    kept[list(residues)] = False
    ends = kept[network.residue[network.links]].reshape(-1, 2)
    if (cut := ends[:, 0] != ends[:, 1]).any():
        raise NetworkError(
            f"{int(cut.sum())} amides join the {len(residues)} residues to remove to others"
        )
    atoms = kept[network.residue]
    row_of = np.cumsum(atoms) - 1
    number_of = np.cumsum(kept) - 1
    bonds = network.bonds[atoms[network.bonds].all(axis=1)]
    return replace(
        network,
        kinds=tuple(kind for kind, stays in zip(network.kinds, kept, strict=True) if stays),
        arms=tuple(arms for arms, stays in zip(network.arms, kept, strict=True) if stays),
        residue=number_of[network.residue[atoms]],
        names=network.names[atoms],
        ids=network.ids[atoms],
        bonds=row_of[bonds].reshape(-1, 2),
        positions=network.positions[atoms],
        velocities=None if network.velocities is None else network.velocities[atoms],
    )


def joined(network: Network, other: Network) -> Network:
    """Return a network with the residues of another one after its own, in its box and at rest."""
    atoms, residues = len(network.names), len(network.kinds)
    return replace(
        network,
        kinds=network.kinds + other.kinds,
        arms=network.arms + other.arms,
        residue=np.concatenate([network.residue, other.residue + residues]),
        names=np.concatenate([network.names, other.names]),
        ids=np.concatenate([network.ids, other.ids + network.next_id]),
        bonds=np.concatenate([network.bonds, other.bonds + atoms]),
        positions=np.concatenate([network.positions, other.positions]),
        next_id=network.next_id + other.next_id,
        velocities=None,
    )
