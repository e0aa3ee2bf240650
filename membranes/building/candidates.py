"""Candidates for a reaction: pairs of amine H and acyl Cl in reach, and the choice of a batch."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

import numpy as np
import scipy

from mdtools.periodic import lateral_tree
from membranes.networks.monomers import MONOMERS, amine_hydrogens, state_atoms
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

    Of the two hydrogens of a primary amine the nearer one counts. x and y are periodic and z is
    not, so no pair reaches across the faces of the slab.
    """
    amines, acyls = network.arms_in("NH"), network.arms_in("COCl")
    if not amines or not acyls:
        return []
    rows = [_hydrogens(network, arm) for arm in amines]
    amines = [arm for arm, own in zip(amines, rows, strict=True) for _ in own]
    hydrogens = np.concatenate(rows)
    chlorines = np.array([_chlorine(network, arm) for arm in acyls])
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
    nearest: dict[tuple[Arm, Arm], Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: (c.hydrogen_chlorine_nm, c.amine, c.acyl)):
        nearest.setdefault(candidate.arms, candidate)
    return list(nearest.values())


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


def nearest_leaving(network: Network, batch: list[Candidate]) -> Network:
    """Return the network in which, of a primary amine, the nearer hydrogen is the one that leaves.

    The two hydrogens exchange their names.
    """
    names = network.names.copy()
    for candidate in batch:
        hydrogens = _hydrogens(network, candidate.amine)
        gaps = network.distances(_chlorine(network, candidate.acyl), hydrogens)
        first, nearest = hydrogens[0], hydrogens[int(np.argmin(gaps))]
        names[[first, nearest]] = names[[nearest, first]]
    return replace(network, names=names)


def _hydrogens(network: Network, arm: Arm) -> np.ndarray:
    """Return the atom rows of the hydrogens that a free amine could lose."""
    kind = network.kinds[arm[0]]
    names = amine_hydrogens(kind, MONOMERS[kind].centres[arm[1]])
    return np.array([network.rows[arm[0], name] for name in names])


def _chlorine(network: Network, arm: Arm) -> int:
    """Return the atom row of the chlorine that an acyl chloride would lose."""
    centre = MONOMERS[network.kinds[arm[0]]].centres[arm[1]]
    (name,) = state_atoms(centre, "COCl")
    return network.rows[arm[0], name]


def _tree(network: Network, rows: np.ndarray) -> scipy.spatial.cKDTree:
    return lateral_tree(network.positions[rows], network.box_nm[:2])
