"""Expansion of a dry network: hot, without any attraction, between walls that are far apart."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import openmm

from mdtools import seeds
from mdtools.cells.dynamics import advance, atom_names, nanometres, start_from_rest
from mdtools.constants import FS_PER_PS, HEAVY_HYDROGEN_DA
from mdtools.options import HydrationOptions, NonbondedOptions, PlatformOptions
from mdtools.polymer import Polymer
from mdtools.slab import FACE_PERCENT, mass_faces
from mdtools.systems import forces
from mdtools.systems.constraints import make_constraint_groups_whole, place_on_constraints
from mdtools.systems.platforms import new_context
from mdtools.systems.system import (
    SLAB_VACUUM_NM,
    create_system,
    element_masses,
    lennard_jones,
    nonbonded_force,
    polymer_topology,
)

WALL_KJ_MOL_NM2 = 5000.0
"""Stiffness of the walls for each heavy atom."""
FRICTION_PER_PS = 2.0
TIMESTEP_FS = 2.0
REPULSION = (
    "step(minimum - r) * (4*epsilon*((sigma/r)^12 - (sigma/r)^6) + epsilon);"
    "minimum = 2^(1/6)*sigma; sigma = 0.5*(sigma1 + sigma2); epsilon = sqrt(epsilon1*epsilon2)"
)
"""Weeks, Chandler and Andersen, J. Chem. Phys. 54:5237 (1971): Lennard-Jones up to its minimum."""
SHORT_CUTOFF_NM = 0.5
"""Of the force that is left with the interactions over three bonds only."""


@dataclass(frozen=True)
class Expanded:
    """Positions (N, 3) in nm, and the thickness in nm before and after, between faces by mass."""

    positions: np.ndarray
    before_nm: float
    after_nm: float

    @property
    def stretch(self) -> float:
        """Thickness after over thickness before."""
        return self.after_nm / self.before_nm


def expand(
    polymer: Polymer,
    options: HydrationOptions,
    platform: PlatformOptions,
    seed: int,
    log: Callable[[str], None] = print,
) -> Expanded:
    """Let a dry network fill a slab ``options.stretch`` times as thick, at its fixed area.

    Bonded terms stay as they are, with Lennard-Jones over three bonds; all else is repulsion. Walls
    stand where a slab of even density would have faces at the stretched distance.

    Raises
    ------
    PhysicsError
        If it blows up, naming the atoms.
    """
    mass = element_masses(polymer.atoms["element"])
    low, high = mass_faces(polymer.positions[:, 2], mass)
    thickness = high - low
    if options.stretch == 1:
        return Expanded(polymer.positions, thickness, thickness)
    half = options.stretch * thickness / (1 - 2 * FACE_PERCENT / 100) / 2
    middle = np.array([0.0, 0.0, (low + high) / 2])
    box = np.array([*polymer.box_nm, 2 * half + SLAB_VACUUM_NM])
    topology, templates = polymer_topology(polymer, box)
    system = create_system(
        topology,
        templates,
        NonbondedOptions(cutoff_nm=SHORT_CUTOFF_NM),
        constrain_hydrogens=True,
        hydrogen_mass_Da=HEAVY_HYDROGEN_DA,
    )
    positions = make_constraint_groups_whole(polymer.positions - middle, system, box)
    positions = place_on_constraints(positions, system)
    _leave_repulsion(system)
    heavy = np.flatnonzero(polymer.atoms["element"] != "H").tolist()
    below, above = dict.fromkeys(heavy, half), dict.fromkeys(heavy, -half)
    forces.add_wall(system, below, above, WALL_KJ_MOL_NM2, float(box[2]))
    context = new_context(
        system,
        platform,
        temperature_K=options.expansion_K,
        friction_per_ps=FRICTION_PER_PS,
        timestep_fs=TIMESTEP_FS,
        seed=seeds.integer(seed, "thermostat"),
    )
    context.setPositions(positions)
    names = atom_names(topology)
    start_from_rest(
        context,
        names,
        minimisation_steps=options.minimisation_steps,
        temperature_K=options.expansion_K,
        seed=seeds.integer(seed, "velocities"),
    )
    steps = max(1, round(options.expansion_ps * FS_PER_PS / TIMESTEP_FS))
    state = advance(context, names, steps, "expansion of the dry network")
    positions = nanometres(state)
    low, high = mass_faces(positions[:, 2], mass)
    expanded = Expanded(positions, thickness, high - low)
    log(f"expanded {expanded.stretch:.2f} fold, from {thickness:.2f} to {high - low:.2f} nm")
    return expanded


def _leave_repulsion(system: openmm.System) -> None:
    """Take charges and attraction from a System, but for pairs three bonds apart."""
    plain = nonbonded_force(system)
    sigma, epsilon = lennard_jones(system)
    repulsion = openmm.CustomNonbondedForce(REPULSION)
    repulsion.addPerParticleParameter("sigma")
    repulsion.addPerParticleParameter("epsilon")
    for atom in range(len(sigma)):
        repulsion.addParticle([sigma[atom], epsilon[atom]])
        plain.setParticleParameters(atom, 0.0, sigma[atom], 0.0)
    for row in range(plain.getNumExceptions()):
        i, j, _, rest, depth = plain.getExceptionParameters(row)
        repulsion.addExclusion(i, j)
        plain.setExceptionParameters(row, i, j, 0.0, rest, depth)
    plain.setNonbondedMethod(openmm.NonbondedForce.CutoffPeriodic)
    repulsion.setNonbondedMethod(openmm.CustomNonbondedForce.CutoffPeriodic)
    repulsion.setCutoffDistance(float(2 ** (1 / 6) * sigma.max()))
    repulsion.setName("repulsion")
    system.addForce(repulsion)
