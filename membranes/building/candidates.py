"""Candidates for a reaction: pairs of amine H and acyl Cl in reach, and the choice of a batch."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from mdtools.periodic import lateral_tree
from membranes.networks.monomers import MONOMERS, state_atoms
from membranes.networks.network import Network
from membranes.networks.rings import pierced_rings
from membranes.networks.structure import Arm


@dataclass(frozen=True)
class Candidate:
    """A candidate is an amine arm and an acyl chloride arm within reach of each other."""

    amine: Arm
    acyl: Arm
    hydrogen_chlorine_nm: float
    nitrogen_carbon_nm: float

    @property
    def residues(self) -> tuple[int, int]:
        """Return the rows of the two residues."""
        return self.amine[0], self.acyl[0]

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """Return the two arms, amine first."""
        return self.amine, self.acyl


def find(network: Network, cutoff_nm: float) -> list[Candidate]:
    """Find the amine H ... acyl Cl pairs closer than the cut-off, nearest first.

    x and y are periodic and z is not, so no pair reaches across the faces of the slab.
    """
    amines, acyls = network.arms_in("NH"), network.arms_in("COCl")
    if not amines or not acyls:
        return []
    hydrogens, chlorines = _leaving(network, amines), _leaving(network, acyls)
    pairs = _tree(network, hydrogens).sparse_distance_matrix(
        _tree(network, chlorines), cutoff_nm, output_type="coo_matrix"
    )
    first = np.array([network.centre(arm) for arm in amines])[pairs.row]
    second = np.array([network.centre(arm) for arm in acyls])[pairs.col]
    spans = network.distances(first, second)
    candidates = [
        Candidate(amines[i], acyls[j], distance, span)
        for i, j, distance, span in zip(
            pairs.row.tolist(),
            pairs.col.tolist(),
            pairs.data.tolist(),
            spans.tolist(),
            strict=True,
        )
    ]
    return sorted(candidates, key=lambda c: (c.hydrogen_chlorine_nm, c.amine, c.acyl))


def select(
    network: Network,
    candidates: list[Candidate],
    *,
    most: int,
    longest_nm: float,
    barred: Set[tuple[Arm, Arm]] = frozenset(),
    one_per_residue: bool = True,
    spare_rings: bool = True,
) -> list[Candidate]:
    """Select the batch that reacts: at most ``most`` candidates, nearest first.

    Left out are pairs whose N...C distance is above ``longest_nm``, pairs of residues that are
    bonded already, barred pairs, second reactions of one arm or, with ``one_per_residue``, of one
    residue, and with ``spare_rings`` bonds that would pass through a ring.
    """
    bonded = {tuple(pair) for pair in network.residue[network.links].tolist()}
    near = [
        c
        for c in candidates
        if c.nitrogen_carbon_nm <= longest_nm and c.residues not in bonded and c.arms not in barred
    ]
    if near and spare_rings:
        spans = np.array([[network.centre(c.amine), network.centre(c.acyl)] for c in near])
        through = set(pierced_rings(network, spans)[:, 1].tolist())
        near = [c for k, c in enumerate(near) if k not in through]
    selected, used = [], set()
    for candidate in near:
        required = (
            candidate.residues
            if one_per_residue
            else (*candidate.arms, frozenset(candidate.residues))
        )
        if len(selected) < most and not used.intersection(required):
            selected.append(candidate)
            used.update(required)
    return selected


def _leaving(network: Network, arms: list[Arm]) -> np.ndarray:
    """Return the atom row of the H or Cl that each arm would lose."""
    rows = []
    for residue, number in arms:
        centre = MONOMERS[network.kinds[residue]].centres[number]
        rows.append(network.rows[residue, state_atoms(centre, network.arms[residue][number])[0]])
    return np.array(rows)


def _tree(network: Network, rows: np.ndarray) -> cKDTree:
    return lateral_tree(network.positions[rows], network.box_nm[:2])
