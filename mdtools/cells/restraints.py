"""Restraints while a cell comes to equilibrium: the slab held softly, ions behind walls."""

import numpy as np
import openmm
import pandas as pd

from mdtools.roles import COUNTER_ION, FEED_ION
from mdtools.systems import forces

HOLD_KJ_MOL_NM2 = 2000.0
"""Of the mean z of the membrane, which then varies by 0.035 nm at 300 K."""
WALL_KJ_MOL_NM2 = 1000.0
"""Of one ion, which then goes 0.05 nm beyond its wall at 300 K."""
WALL_FROM_FACE_NM = 0.5
"""Wall of the ions to the membrane's face: one layer of water, and chains that stick out."""


def held(system: openmm.System, atoms: np.ndarray, mass_Da: np.ndarray) -> openmm.System:
    """Return a copy of a system in which the mean z of atoms is held softly at zero."""
    held_system = openmm.XmlSerializer.clone(system)
    forces.add_slab_hold(held_system, atoms, mass_Da, HOLD_KJ_MOL_NM2)
    return held_system


def walled(
    system: openmm.System,
    roles: pd.DataFrame,
    faces: tuple[float, float],
    *,
    feed_ions: bool,
    counter_ions: bool,
) -> openmm.System:
    """Return a copy of a system in which ions are kept in their reservoirs.

    Parameters
    ----------
    faces : (float, float)
        z in nm of the membrane's feed and permeate face; walls lie half a nanometre outside.
    feed_ions, counter_ions : bool
        Which ions are kept.
    """
    copy = openmm.XmlSerializer.clone(system)
    kept = roles["role"].isin([FEED_ION] * feed_ions + [COUNTER_ION] * counter_ions)
    sides = roles[kept].groupby("side")["atom"]
    atoms = {side: group.tolist() for side, group in sides}
    below = dict.fromkeys(atoms.get("feed", []), wall_z(faces[0], "feed"))
    above = dict.fromkeys(atoms.get("permeate", []), wall_z(faces[1], "permeate"))
    if below or above:
        forces.add_wall(copy, below, above, WALL_KJ_MOL_NM2)
    return copy


def wall_z(face: float, side: str) -> float:
    """Return the z in nm of the wall before a face."""
    return face - WALL_FROM_FACE_NM if side == "feed" else face + WALL_FROM_FACE_NM
