"""Restraints while a cell comes to equilibrium: the slab held softly, ions behind walls."""

import numpy as np
import openmm
import pandas as pd
import scipy

from mdtools.polymer import Polymer
from mdtools.roles import COUNTER_ION, FEED_ION
from mdtools.systems import forces
from mdtools.systems.system import element_masses

HOLD_KJ_MOL_NM2 = 2000.0
"""Of the mean z of the membrane, which then varies by 0.035 nm at 300 K."""
WALL_KJ_MOL_NM2 = 1000.0
"""Of one ion, which then goes 0.05 nm beyond its wall at 300 K."""
WALL_FROM_FACE_NM = 0.5
"""Largest distance of the ions' wall from the membrane's face: two layers of water."""
WALL_SHARE = 0.25
"""Of the way from face to sheet, where a reservoir is too thin for that distance."""


def pieces_of(polymer: Polymer) -> list[np.ndarray]:
    """Return the atoms (n,) of each piece of a network that no bond joins to the others."""
    size, pairs = len(polymer.atoms), polymer.bonds
    graph = scipy.sparse.coo_array((np.ones(len(pairs)), pairs.T), shape=(size, size))
    count, piece = scipy.sparse.csgraph.connected_components(graph, directed=False)
    return [np.flatnonzero(piece == number) for number in range(count)]


def held(system: openmm.System, polymer: Polymer, height_nm: float) -> openmm.System:
    """Return a copy of a system in which the mean z of its membrane is held softly at zero.

    The membrane is the system's first atoms; ``height_nm`` is the length of the box along z.
    """
    copy = openmm.XmlSerializer.clone(system)
    mass = element_masses(polymer.atoms["element"])
    forces.add_slab_hold(copy, pieces_of(polymer), mass, HOLD_KJ_MOL_NM2, height_nm)
    return copy


def walled(
    system: openmm.System,
    roles: pd.DataFrame,
    walls: tuple[float, float],
    height_nm: float,
    *,
    feed_ions: bool,
    counter_ions: bool,
) -> openmm.System:
    """Return a copy of a system in which ions are kept in their reservoirs.

    Parameters
    ----------
    walls : (float, float)
        z in nm of the feed's and of the permeate's wall.
    height_nm : float
        Of the box.
    feed_ions, counter_ions : bool
        Which ions are kept.
    """
    copy = openmm.XmlSerializer.clone(system)
    kept = roles["role"].isin([FEED_ION] * feed_ions + [COUNTER_ION] * counter_ions)
    atoms = {side: rows.tolist() for side, rows in roles[kept].groupby("side")["atom"]}
    below = dict.fromkeys(atoms.get("feed", []), walls[0])
    above = dict.fromkeys(atoms.get("permeate", []), walls[1])
    if below or above:
        forces.add_wall(copy, below, above, WALL_KJ_MOL_NM2, height_nm)
    return copy


def walls_z(faces: tuple[float, float], sheets: tuple[float, float]) -> tuple[float, float]:
    """Return the z in nm of the walls before the faces of a membrane.

    >>> walls_z((-2.0, 2.0), (-6.0, 3.2))
    (-2.5, 2.3)
    """
    (low, high), (feed, permeate) = faces, sheets
    return (
        low - min(WALL_FROM_FACE_NM, WALL_SHARE * (low - feed)),
        high + min(WALL_FROM_FACE_NM, WALL_SHARE * (permeate - high)),
    )
