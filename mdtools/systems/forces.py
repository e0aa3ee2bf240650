"""Forces beside the force field: pistons, tethers, holds and walls; and the force groups."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import openmm

from mdtools.constants import KJ_NM_PER_MPA_NM2

AnyForce = TypeVar("AnyForce", bound=openmm.Force)

FORCE_GROUPS = {
    "NonbondedForce": 0,
    "HarmonicBondForce": 1,
    "HarmonicAngleForce": 2,
    "PeriodicTorsionForce": 3,
}
"""Group of each force kind that the force field makes; one each, so a bad one can be named."""
UMBRELLA_GROUP = 26
HOLD_GROUP = 27
WALL_GROUP = 28
PISTON_GROUP = 29
TETHER_GROUP = 30
DRIVE_GROUP = 31
"""Left out of reported energies: its energy jumps when a platform wraps a molecule."""
NEAREST_Z = "({z} - box_z*floor({z}/box_z + 0.5))"
"""The image of a z nearest to zero, as text of a force; box_z is a global parameter."""
PISTONS = "pistons"
UMBRELLA_Z = "umbrella_z"
"""Global parameter: the z in nm at which `add_umbrella` restrains an atom."""


def set_force_groups(system: openmm.System) -> None:
    """Give every force of the force field the group of its kind."""
    for force in system.getForces():
        force.setForceGroup(FORCE_GROUPS.get(type(force).__name__, 0))


def piston_force(pressure_MPa: float, area_nm2: float) -> float:
    """Return the force in kJ/mol/nm of a pressure on an area.

    >>> round(piston_force(0.1, 27.04), 3)
    1.628
    """
    return pressure_MPa * area_nm2 * KJ_NM_PER_MPA_NM2


def add_pistons(
    system: openmm.System,
    feed: np.ndarray,
    permeate: np.ndarray,
    pressure_MPa: float,
    area_nm2: float,
) -> openmm.CustomExternalForce:
    """Push both sheets towards the membrane with pressure x area, shared equally by their atoms.

    Parameters
    ----------
    feed, permeate : (n,) int arrays
        Atoms of the sheet at negative z (pushed along +z) and at positive z (along -z).
    """
    total = piston_force(pressure_MPa, area_nm2)
    share = {int(atom): total / len(feed) for atom in feed}
    share |= {int(atom): -total / len(permeate) for atom in permeate}
    return add_constant_force(system, PISTONS, share, PISTON_GROUP)


def add_tether(
    system: openmm.System, atoms: np.ndarray, places: np.ndarray, stiffness: float
) -> openmm.CustomExternalForce:
    """Tether atoms to places in x and y by harmonic forces, free along z.

    Parameters
    ----------
    atoms : (n,) int array
    places : (n, 2) array, nm
    stiffness : float
        kJ/mol/nm2, of each atom.
    """
    force = openmm.CustomExternalForce("0.5*tether_k*periodicdistance(x, y, 0, x0, y0, 0)^2")
    force.addGlobalParameter("tether_k", stiffness)
    force.addPerParticleParameter("x0")
    force.addPerParticleParameter("y0")
    for atom, place in zip(atoms, places, strict=True):
        force.addParticle(int(atom), place.tolist())
    return register(system, force, "tether", TETHER_GROUP)


def set_piston_pressure(system: openmm.System, pressure_MPa: float, area_nm2: float) -> None:
    """Give the pistons of a system, added by `add_pistons`, another pressure."""
    force = next(force for force in system.getForces() if force.getName() == PISTONS)
    count = force.getNumParticles() // 2
    share = piston_force(pressure_MPa, area_nm2) / count
    for row in range(2 * count):
        atom, _ = force.getParticleParameters(row)
        force.setParticleParameters(row, atom, [share if row < count else -share])


def add_slab_hold(
    system: openmm.System,
    pieces: Sequence[np.ndarray],
    mass_Da: np.ndarray,
    stiffness: float,
    height_nm: float,
) -> openmm.CustomCentroidBondForce:
    """Hold the mean z of a slab at zero by one harmonic force on its centre of mass.

    A platform may shift each molecule by whole boxes, and forces see the shifted coordinates; so
    the centre of each piece is taken at its image nearest to zero.

    Parameters
    ----------
    pieces : sequence of (n,) int arrays
        Atoms of each piece of the slab that no bond joins to the others.
    mass_Da : (N,) array
        Of all particles; weights of the mean.
    stiffness : float
        kJ/mol/nm2, of the slab as a whole: its mean z varies by sqrt(kT / stiffness).
    height_nm : float
        Of the box, which must not change.
    """
    weights = np.array([mass_Da[atoms].sum() for atoms in pieces])
    terms = [
        f"{weight:.17g}*{NEAREST_Z.format(z=f'z{number}')}"
        for number, weight in enumerate(weights / weights.sum(), 1)
    ]
    force = openmm.CustomCentroidBondForce(len(pieces), f"0.5*hold_k*({'+'.join(terms)})^2")
    force.addGlobalParameter("hold_k", stiffness)
    force.addGlobalParameter("box_z", height_nm)
    for atoms in pieces:
        force.addGroup(atoms.tolist(), mass_Da[atoms].tolist())
    force.addBond(list(range(len(pieces))), [])
    return register(system, force, "slab hold", HOLD_GROUP)


def add_wall(
    system: openmm.System,
    below: dict[int, float],
    above: dict[int, float],
    stiffness: float,
    height_nm: float,
) -> openmm.CustomExternalForce:
    """Keep atoms on their side of a height by flat-bottomed harmonic walls.

    z is that of the image nearest to zero, whichever one a platform sees.

    Parameters
    ----------
    below, above : dict of int to float
        Atoms and the z in nm that they stay below, or above; free on their side of it.
    stiffness : float
        kJ/mol/nm2, beyond the wall.
    height_nm : float
        Of the box, which must not change.
    """
    place = NEAREST_Z.format(z="z")
    force = openmm.CustomExternalForce(f"0.5*wall_k*max(0, side*({place} - wall_z))^2")
    force.addGlobalParameter("wall_k", stiffness)
    force.addGlobalParameter("box_z", height_nm)
    force.addPerParticleParameter("side")
    force.addPerParticleParameter("wall_z")
    for side, atoms in ((1.0, below), (-1.0, above)):
        for atom, wall in atoms.items():
            force.addParticle(int(atom), [side, float(wall)])
    return register(system, force, "wall", WALL_GROUP)


def add_umbrella(
    system: openmm.System, atom: int, z_nm: float, stiffness: float, height_nm: float
) -> openmm.CustomExternalForce:
    """Restrain the z of one atom harmonically, free in x and y.

    z is that of the image nearest to zero, in the frame of the box, in which anchors hold the
    membrane. The energy is half of the stiffness times the squared distance.

    Parameters
    ----------
    z_nm : float
        Global parameter `UMBRELLA_Z` of the Context, which may move it.
    stiffness : float
        kJ/mol/nm2.
    height_nm : float
        Of the box, which must not change.
    """
    force = openmm.CustomExternalForce(
        f"0.5*umbrella_k*({NEAREST_Z.format(z='z')} - {UMBRELLA_Z})^2"
    )
    force.addGlobalParameter("umbrella_k", stiffness)
    force.addGlobalParameter(UMBRELLA_Z, z_nm)
    force.addGlobalParameter("box_z", height_nm)
    force.addParticle(int(atom), [])
    return register(system, force, "umbrella", UMBRELLA_GROUP)


def add_constant_force(
    system: openmm.System, name: str, along_z: dict[int, float], group: int, scale: str = ""
) -> openmm.CustomExternalForce:
    """Add forces along z in kJ/mol/nm on atoms, times a global parameter if one is named."""
    force = openmm.CustomExternalForce(f"-{scale}*fz*z" if scale else "-fz*z")
    if scale:
        force.addGlobalParameter(scale, 1.0)
    force.addPerParticleParameter("fz")
    for atom, fz in along_z.items():
        force.addParticle(atom, [fz])
    return register(system, force, name, group)


def register(system: openmm.System, force: AnyForce, name: str, group: int) -> AnyForce:
    """Add a force to a system under a name and in a group; returns it."""
    force.setName(name)
    force.setForceGroup(group)
    system.addForce(force)
    return force
