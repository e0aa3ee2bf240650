"""An ion of a set in some 230 waters, and the water that its set was fitted in."""

import numpy as np
import openmm
from openmm import app, unit

from mdtools import forcefield
from mdtools.ions import SHAPES
from mdtools.systems.heavy_hydrogens import with_heavy_hydrogens
from mdtools.systems.system import nonbonded_force

BOX_NM, CUTOFF_NM, STEPS_PS = 1.9, 0.85, 250
FITTED, SCALED = "joung-cheatham-li-merz-tip4pew", "ecc-kohagen-martinek"
TIP4P = "tip4pew"
"""Name of four sites for `openmm.app.Modeller`, whatever their parameters."""


def box_with(ion, field, model):
    """Topology, positions (N, 3) in nm and template of an ion in place of the central water."""
    modeller = app.Modeller(app.Topology(), [] * unit.nanometer)
    size = openmm.Vec3(BOX_NM, BOX_NM, BOX_NM) * unit.nanometer
    modeller.addSolvent(field, model=model, boxSize=size, neutralize=False)
    places = np.array(modeller.positions.value_in_unit(unit.nanometer))
    waters = list(modeller.topology.residues())
    oxygens = np.array([next(water.atoms()).index for water in waters])
    middle = int(np.linalg.norm(places[oxygens] - BOX_NM / 2, axis=1).argmin())
    topology, shape = app.Topology(), SHAPES[ion]
    topology.setPeriodicBoxVectors(modeller.topology.getPeriodicBoxVectors())
    residue = topology.addResidue(shape.names[0], topology.addChain())
    atoms = [
        topology.addAtom(name, app.element.get_by_symbol(element), residue)
        for name, element in zip(shape.names, shape.elements, strict=True)
    ]
    for one, other in shape.bonds:
        topology.addBond(atoms[one], atoms[other])
    rows = [places[oxygens[middle]] + shape.places_nm]
    chain = topology.addChain()
    for number, water in enumerate(waters):
        if number == middle:
            continue
        new = topology.addResidue("HOH", chain)
        own = [topology.addAtom(atom.name, atom.element, new) for atom in water.atoms()]
        for hydrogen in own[1:3]:
            topology.addBond(own[0], hydrogen)
        rows.append(places[[atom.index for atom in water.atoms()]])
    return topology, np.concatenate(rows), residue


def waters_of(topology):
    """Atoms (waters, sites) of each water, the oxygen first."""
    waters = (residue for residue in topology.residues() if residue.name == "HOH")
    return np.array([[atom.index for atom in water.atoms()] for water in waters])


def pairs_with_water(energy, system, topology, ion):
    """Force of an energy of r and of s1, e1, s2, e2 between atoms of an ion and oxygens of water.

    It is not in the System yet; the parameters s and e of all atoms are those that the System has.
    """
    force, pairs = nonbonded_force(system), openmm.CustomNonbondedForce(energy)
    for name in ("s", "e"):
        pairs.addPerParticleParameter(name)
    for atom in range(system.getNumParticles()):
        pairs.addParticle(force.getParticleParameters(atom)[1:])
    for row in range(force.getNumExceptions()):
        pairs.addExclusion(*force.getExceptionParameters(row)[:2])
    pairs.addInteractionGroup(ion, waters_of(topology)[:, 0].tolist())
    pairs.setNonbondedMethod(pairs.CutoffPeriodic)
    pairs.setCutoffDistance(CUTOFF_NM)
    return pairs


def own_field(ion_set):
    """Force field and model of the water that a set was fitted in, and whether ions need a name."""
    if ion_set == FITTED:
        return app.ForceField("amber14/tip4pew.xml"), TIP4P, False
    return app.ForceField("spce.xml", str(forcefield.ION_SETS[ion_set])), "spce", True


def context_of(ion, field, template, model, changed, temperature_K):
    """Context of an ion in water and its topology; ``changed`` is given System and topology."""
    topology, positions, residue = box_with(ion, field, model)
    system = field.createSystem(
        topology,
        nonbondedMethod=app.PME,
        nonbondedCutoff=CUTOFF_NM * unit.nanometer,
        constraints=app.HBonds,
        residueTemplates={residue: template} if template else {},
    )
    changed(system, topology)
    elements = [atom.element.symbol if atom.element else "" for atom in topology.atoms()]
    system = with_heavy_hydrogens(system, elements)
    integrator = openmm.LangevinMiddleIntegrator(temperature_K, 2.0, 1 / STEPS_PS)
    integrator.setRandomNumberSeed(1)
    platform = openmm.Platform.getPlatform("CPU")
    context = openmm.Context(system, integrator, platform, {"Threads": "1"})
    context.setPositions(positions)
    context.computeVirtualSites()
    return context, topology
