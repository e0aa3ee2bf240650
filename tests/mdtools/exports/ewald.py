"""Energies of a System term by term, with lattice sums that are exact, and its forces."""

import numpy as np
import openmm
from openmm import unit

TOLERANCE = 1e-7
GROUPS = {
    openmm.HarmonicBondForce: "bonds",
    openmm.HarmonicAngleForce: "angles",
    openmm.PeriodicTorsionForce: "torsions",
    openmm.NonbondedForce: "nonbonded",
}


def energies_and_forces(system, positions, box_nm) -> tuple[dict[str, float], np.ndarray]:
    """Energies in kJ/mol, those of Lennard-Jones and Coulomb apart; forces (N, 3), kJ/mol/nm."""
    system = openmm.XmlSerializer.clone(system)
    for number, force in enumerate(system.getForces()):
        force.setForceGroup(number)
        if isinstance(force, openmm.NonbondedForce):
            nonbonded = force
            force.setNonbondedMethod(openmm.NonbondedForce.Ewald)
            force.setPMEParameters(0, 0, 0, 0)
            force.setEwaldErrorTolerance(TOLERANCE)
    system.setDefaultPeriodicBoxVectors(*np.diag(box_nm))
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(positions)
    context.computeVirtualSites()
    found = {
        GROUPS.get(type(force), force.getName()): _energy(context, force.getForceGroup())
        for force in system.getForces()
    }
    forces = context.getState(forces=True).getForces(asNumpy=True)
    for row in range(nonbonded.getNumParticles()):
        _, sigma, epsilon = nonbonded.getParticleParameters(row)
        nonbonded.setParticleParameters(row, 0.0, sigma, epsilon)
    for row in range(nonbonded.getNumExceptions()):
        i, j, _, sigma, epsilon = nonbonded.getExceptionParameters(row)
        nonbonded.setExceptionParameters(row, i, j, 0.0, sigma, epsilon)
    nonbonded.updateParametersInContext(context)
    found["lennard-jones"] = _energy(context, nonbonded.getForceGroup())
    found["coulomb"] = found.pop("nonbonded") - found["lennard-jones"]
    return found, forces.value_in_unit(unit.kilojoule_per_mole / unit.nanometer)


def terms(system, positions, box_nm) -> tuple[dict[str, float], np.ndarray]:
    """Energies in kJ/mol of the forces of a System by their names, and forces as above."""
    system = openmm.XmlSerializer.clone(system)
    for number, force in enumerate(system.getForces()):
        force.setForceGroup(number)
    system.setDefaultPeriodicBoxVectors(*np.diag(box_nm))
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(positions)
    found = {f.getName(): _energy(context, f.getForceGroup()) for f in system.getForces()}
    forces = context.getState(forces=True).getForces(asNumpy=True)
    return found, forces.value_in_unit(unit.kilojoule_per_mole / unit.nanometer)


def _energy(context, group: int) -> float:
    state = context.getState(energy=True, groups={group})
    return float(state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole))
