"""Positions of new atoms on a changed arm, by ideal bond lengths and angles."""

from __future__ import annotations

import numpy as np

from membranes.networks.monomers import MONOMERS, TRANSITIONS, state_atoms
from membranes.networks.structure import Arm, Structure

BOND_NM = {"C-OH": 0.134, "O-H": 0.097, "N-H": 0.102}
"""Equilibrium lengths of GAFF's c-oh, oh-ho and n4-hn bonds, rounded."""
COH_ANGLE = np.radians(107.4)
"""GAFF's c-oh-ho angle."""
FLAT = 0.5
"""Sum of the unit vectors along three bonds below which they lie in a plane; it is 1 where the
angles are those of a tetrahedron."""


def place_state(network: Structure, arm: Arm, state: str) -> dict[str, np.ndarray]:
    """Return the positions (nm) of the atoms that an arm has in a state besides its centre.

    Atoms that exist already keep their positions. Raises ValueError for a change that chemistry
    does not allow.
    """
    if state not in TRANSITIONS[network.state(arm)]:
        allowed = ", ".join(TRANSITIONS[network.state(arm)]) or "nothing"
        raise ValueError(
            f"an arm in state {network.state(arm)} cannot become {state}; allowed: {allowed}"
        )
    centre = MONOMERS[network.kinds[arm[0]]].centres[arm[1]]
    names = state_atoms(centre, state)
    if state == "NH2+":
        return _protonated(network, arm, names)
    if state == "COOH":
        return _carboxylic(network, arm, names)
    return {name: network.positions[network.rows[arm[0], name]] for name in names}


def _protonated(network, arm, names):
    """Place the proton opposite to the three bonds of the nitrogen, or above them if they are flat.

    That of an aniline is nearly flat.
    """
    nitrogen = network.centre(arm)
    neighbours = _neighbours(network, nitrogen)
    directions = network.vectors(nitrogen, neighbours)
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    origin = network.positions[nitrogen]
    first, second = names
    free = -directions.sum(axis=0)
    if np.linalg.norm(free) < FLAT:
        above = np.cross(directions[1] - directions[0], directions[2] - directions[0])
        free = above if np.dot(above, free) >= 0 else -above
    free = _unit(free)
    return {
        first: network.positions[network.rows[arm[0], first]],
        second: origin + BOND_NM["N-H"] * free,
    }


def _carboxylic(network, arm, names):
    """Place the hydroxyl at the leaving atom, its hydrogen in plane and syn to the carbonyl O."""
    carbon = network.centre(arm)
    name = MONOMERS[network.kinds[arm[0]]].centres[arm[1]]
    oxygen_name, hydrogen_name = names
    kept = network.rows.get((arm[0], oxygen_name))
    hydroxyl_row = network.rows[arm[0], f"CL{name[1:]}"] if kept is None else kept
    carbonyl = network.rows[arm[0], f"O{name[1:]}"]
    along = _unit(network.vectors(carbon, hydroxyl_row))
    to_carbonyl = network.vectors(carbon, carbonyl)
    across = _unit(to_carbonyl - along * np.dot(to_carbonyl, along))
    oxygen = network.positions[carbon] + BOND_NM["C-OH"] * along
    if kept is not None:
        oxygen = network.positions[kept]
    bond = -np.cos(COH_ANGLE) * along + np.sin(COH_ANGLE) * across
    return {oxygen_name: oxygen, hydrogen_name: oxygen + BOND_NM["O-H"] * bond}


def _neighbours(network: Structure, row: int) -> np.ndarray:
    bonds = network.bonds
    return np.concatenate([bonds[bonds[:, 0] == row, 1], bonds[bonds[:, 1] == row, 0]])


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
