"""Boxes of TIP4P water, with and without ions, for checks of a machine."""

import numpy as np
import openmm
import pandas as pd
from openmm import app, unit

from mdtools import forcefield
from mdtools.bundle import Bundle
from mdtools.options import NonbondedOptions, PlatformOptions
from mdtools.roles import FEED_ION, WATER_OXYGEN
from mdtools.systems.platforms import new_context
from mdtools.systems.system import create_system

BOX_NM = 2.5
TEMPLATE = "HOH"
SALT_BOX_NM = 1.6
SALT_CUTOFF_NM = 0.7
"""A short cut-off, for a box that takes a second on one CPU thread."""
SALT = ("Na+", "Cl-", "Na+", "Cl-")
SALT_MINIMISATION_STEPS, SALT_STEPS = 100, 500
SALT_TIMESTEP_FS, SALT_FRICTION_PER_PS, SALT_TEMPERATURE_K = 2.0, 20.0, 300.0


def water_box(
    nonbonded: NonbondedOptions, length_nm: float = BOX_NM
) -> tuple[openmm.System, openmm.State]:
    """Create System and state of a cube of TIP4P water at liquid density, always the same.

    About 500 waters by default.
    """
    modeller = _waters(nonbonded, length_nm)
    templates = dict.fromkeys(modeller.topology.residues(), TEMPLATE)
    system = create_system(modeller.topology, templates, nonbonded, constrain_hydrogens=True)
    context = openmm.Context(
        system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference")
    )
    context.setPositions(modeller.positions)
    context.computeVirtualSites()
    return system, context.getState(positions=True)


def salt_water(platform: PlatformOptions, seed: int = 1, length_nm: float = SALT_BOX_NM) -> Bundle:
    """Create a bundle of a cube of water with four ions in the feed, for a ps at 300 K.

    Some 130 waters by default. In memory; it has no membrane and no pistons.
    """
    nonbonded = NonbondedOptions(cutoff_nm=SALT_CUTOFF_NM)
    waters = _waters(nonbonded, length_nm)
    topology, templates, positions = _with_ions(waters)
    system = create_system(topology, templates, nonbonded, constrain_hydrogens=True)
    context = new_context(
        system,
        platform,
        temperature_K=SALT_TEMPERATURE_K,
        friction_per_ps=SALT_FRICTION_PER_PS,
        timestep_fs=SALT_TIMESTEP_FS,
        seed=seed,
    )
    context.setPositions(positions)
    context.computeVirtualSites()
    openmm.LocalEnergyMinimizer.minimize(context, maxIterations=SALT_MINIMISATION_STEPS)
    context.setVelocitiesToTemperature(SALT_TEMPERATURE_K * unit.kelvin, seed)
    context.getIntegrator().step(SALT_STEPS)
    state = context.getState(positions=True, velocities=True)
    roles = _roles(topology, templates)
    made_by = {"made_by": "mdtools.systems.waterbox.salt_water", "seed": seed}
    return Bundle.from_parts(topology, system, state, roles, made_by, templates)


def _waters(nonbonded: NonbondedOptions, length_nm: float) -> app.Modeller:
    modeller = app.Modeller(app.Topology(), [] * unit.nanometer)
    size = openmm.Vec3(length_nm, length_nm, length_nm) * unit.nanometer
    field = forcefield.load(nonbonded.ion_set)
    modeller.addSolvent(field, model="tip4pew", boxSize=size, neutralize=False)
    return modeller


def _with_ions(
    waters: app.Modeller,
) -> tuple[app.Topology, dict[app.topology.Residue, str], np.ndarray]:
    """Put ions in the place of waters that are evenly spread over the list."""
    residues = list(waters.topology.residues())
    places = np.array(waters.positions.value_in_unit(unit.nanometer))
    chosen = [round((k + 0.5) * len(residues) / len(SALT)) for k in range(len(SALT))]
    topology = app.Topology()
    topology.setPeriodicBoxVectors(waters.topology.getPeriodicBoxVectors())
    templates, rows = {}, []
    chain = topology.addChain("ION")
    for species, place in zip(SALT, chosen, strict=True):
        residue = topology.addResidue(species, chain)
        symbol = species.rstrip("+-")
        topology.addAtom(symbol.upper(), app.element.get_by_symbol(symbol), residue)
        templates[residue] = species
        rows.append(next(residues[place].atoms()).index)
    chain = topology.addChain("WAT")
    for place, water in enumerate(residues):
        if place in chosen:
            continue
        residue = topology.addResidue(TEMPLATE, chain)
        templates[residue] = TEMPLATE
        atoms = [topology.addAtom(atom.name, atom.element, residue) for atom in water.atoms()]
        for hydrogen in atoms[1:3]:
            topology.addBond(atoms[0], hydrogen)
        rows += [atom.index for atom in water.atoms()]
    return topology, templates, places[rows]


def _roles(topology: app.Topology, templates: dict[app.topology.Residue, str]) -> pd.DataFrame:
    rows = [
        (
            next(residue.atoms()).index,
            WATER_OXYGEN if templates[residue] == TEMPLATE else FEED_ION,
            "H2O" if templates[residue] == TEMPLATE else templates[residue],
            residue.index,
            "feed",
        )
        for residue in topology.residues()
    ]
    return pd.DataFrame(rows, columns=["atom", "role", "species", "group", "side"])
