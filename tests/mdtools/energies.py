"""Energies of a System term by term, for files that other programs read."""

import numpy as np
import openmm
from openmm import unit

from mdtools.options import NonbondedOptions
from mdtools.systems.system import pme_parameters

FORCES = {
    "bonds": openmm.HarmonicBondForce,
    "angles": openmm.HarmonicAngleForce,
    "torsions": openmm.PeriodicTorsionForce,
    "nonbonded": openmm.NonbondedForce,
}


def energies(system, positions, box_nm, finer=1) -> dict[str, float]:
    """Energy of each kind of term, kJ/mol, by minimum image and with our lattice sums."""
    alpha, *grid = pme_parameters(NonbondedOptions(), box_nm)
    for force in system.getForces():
        if isinstance(force, openmm.NonbondedForce):
            force.setExceptionsUsePeriodicBoundaryConditions(True)
            force.setUseDispersionCorrection(False)
            force.setPMEParameters(alpha, *(finer * points for points in grid))
        else:
            force.setUsesPeriodicBoundaryConditions(True)
        kind = [isinstance(force, kind) for kind in FORCES.values()].index(True)
        force.setForceGroup(kind)
    system.setDefaultPeriodicBoxVectors(*np.diag(box_nm))
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(positions)
    context.computeVirtualSites()
    return {
        name: context.getState(energy=True, groups={group})
        .getPotentialEnergy()
        .value_in_unit(unit.kilojoule_per_mole)
        for group, name in enumerate(FORCES)
    }
