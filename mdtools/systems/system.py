"""OpenMM Systems of topologies with known templates, and the parameters that a System holds."""

import math
from collections.abc import Mapping

import numpy as np
import openmm
from openmm import app, unit

from mdtools import forcefield
from mdtools.errors import SettingsError
from mdtools.options import NonbondedOptions
from mdtools.polymer import Polymer
from mdtools.systems.forces import set_force_groups

EWALD_TOLERANCE = 5e-4
"""Relative error of the direct sum at the cut-off; fixes the splitting parameter alpha."""
SLAB_VACUUM_NM = 2.0
"""Empty space that keeps the periodic images of a dry slab in z beyond any cut-off."""
FFT_PRIMES = (2, 3, 5, 7)


def polymer_topology(
    polymer: Polymer, box_nm: np.ndarray
) -> tuple[app.Topology, dict[app.topology.Residue, str]]:
    """Build the topology of a network, one chain ``MEM``, and the template of each residue.

    Parameters
    ----------
    polymer : Polymer
    box_nm : (3,) array
        Lengths of the rectangular periodic box.
    """
    topology = app.Topology()
    topology.setPeriodicBoxVectors(np.diag(np.asarray(box_nm, dtype=float)) * unit.nanometer)
    templates = add_polymer(topology, polymer)
    return topology, templates


def add_polymer(topology: app.Topology, polymer: Polymer) -> dict[app.topology.Residue, str]:
    """Append a network to a topology as chain ``MEM``; returns the template of each residue."""
    chain = topology.addChain("MEM")
    names, templates = polymer.residues["name"].tolist(), polymer.residues["template"].tolist()
    residues = [topology.addResidue(name, chain, id=str(row + 1)) for row, name in enumerate(names)]
    atoms = [
        topology.addAtom(name, app.element.get_by_symbol(element), residues[row])
        for name, element, row in zip(
            polymer.atoms["name"], polymer.atoms["element"], polymer.atoms["residue"], strict=True
        )
    ]
    for a, b in polymer.bonds:
        topology.addBond(atoms[a], atoms[b])
    return dict(zip(residues, templates, strict=True))


def create_system(
    topology: app.Topology,
    templates: Mapping[app.topology.Residue, str],
    nonbonded: NonbondedOptions,
    *,
    constrain_hydrogens: bool,
    hydrogen_mass_Da: float | None = None,
) -> openmm.System:
    """Create a periodic PME System with rigid water, every bonded term by minimum image.

    Parameters
    ----------
    topology : app.Topology
        With box vectors; bonds may cross the boundary.
    templates : mapping of residue to template name
        Every residue; nothing is left to graph matching.
    constrain_hydrogens : bool
        Constrain every bond to hydrogen (water is rigid in any case).
    hydrogen_mass_Da : float, optional
        Mass of each hydrogen outside water, taken from the atom that it is bonded to.

    Raises
    ------
    ValueError
        If the cut-off is not below half of the smallest box length.
    """
    box_nm = box_lengths(topology)
    check_cutoff(nonbonded.cutoff_nm, box_nm)
    system = forcefield.load(nonbonded.ion_set).createSystem(
        topology,
        nonbondedMethod=app.PME,
        nonbondedCutoff=nonbonded.cutoff_nm * unit.nanometer,
        constraints=app.HBonds if constrain_hydrogens else None,
        rigidWater=True,
        removeCMMotion=False,
        residueTemplates=dict(templates),
        hydrogenMass=None if hydrogen_mass_Da is None else hydrogen_mass_Da * unit.dalton,
    )
    for force in system.getForces():
        if isinstance(force, openmm.NonbondedForce):
            force.setExceptionsUsePeriodicBoundaryConditions(True)
            # Isotropic tail correction: meaningless with vacuum, and a constant at fixed volume.
            force.setUseDispersionCorrection(False)
            if nonbonded.switch_nm is not None:
                force.setUseSwitchingFunction(True)
                force.setSwitchingDistance(nonbonded.switch_nm)
            alpha, *grid = pme_parameters(nonbonded, box_nm)
            force.setPMEParameters(alpha, *grid)
        else:
            force.setUsesPeriodicBoundaryConditions(True)
    set_force_groups(system)
    return system


def box_lengths(topology: app.Topology) -> np.ndarray:
    """Return the lengths (3,) in nm of the rectangular periodic box of a topology."""
    return np.diag(topology.getPeriodicBoxVectors().value_in_unit(unit.nanometer)).astype(float)


def check_cutoff(cutoff_nm: float, box_nm: np.ndarray) -> None:
    """Raise ValueError unless the cut-off is below half of the smallest box length."""
    if cutoff_nm >= min(box_nm) / 2:
        lengths = " x ".join(f"{length:.3f}" for length in box_nm)
        raise SettingsError(
            f"cutoff_nm is {cutoff_nm:g}, but must be below half of the smallest box length: "
            f"the box is {lengths} nm, so at most {min(box_nm) / 2:.3f}"
        )


def pme_parameters(nonbonded: NonbondedOptions, box_nm: np.ndarray) -> tuple[float, int, int, int]:
    """Choose splitting parameter (1/nm) and grid of the particle-mesh Ewald sum.

    alpha = sqrt(-ln(2 tol)) / cutoff (Essmann et al. 1995, as in OpenMM's user guide); the grid
    has at least box / ``pme_grid_nm`` points, rounded up to factors that FFTs are fast for.

    >>> pme_parameters(NonbondedOptions(), [2.0, 2.1, 10.3])
    (2.9202..., 20, 21, 105)
    """
    alpha = math.sqrt(-math.log(2 * EWALD_TOLERANCE)) / nonbonded.cutoff_nm
    # Rounded first, so that 2.1 / 0.1 = 21.000000000000004 stays 21 points.
    points = [math.ceil(round(length / nonbonded.pme_grid_nm, 6)) for length in box_nm]
    nx, ny, nz = (smooth_at_least(n) for n in points)
    return alpha, nx, ny, nz


def smooth_at_least(n: int) -> int:
    """Find the smallest integer >= n with no prime factor above 7.

    >>> smooth_at_least(22), smooth_at_least(103), smooth_at_least(121)
    (24, 105, 125)
    """
    while True:
        rest = n
        for prime in FFT_PRIMES:
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return n
        n += 1


def degrees_of_freedom(system: openmm.System) -> int:
    """Count the degrees of freedom: 3 per massive particle less the constraints on them.

    Virtual sites and anchored atoms have no mass; no centre-of-mass motion is removed.
    """
    massive = masses(system) > 0
    constrained = massive[constraint_pairs(system)[0]].any(axis=1)
    return int(3 * massive.sum() - constrained.sum())


def masses(system: openmm.System) -> np.ndarray:
    """Return the masses (N,) in Da that the integrator uses: 0 of fixed atoms."""
    return np.array([plain(system.getParticleMass(i)) for i in range(system.getNumParticles())])


def charges(system: openmm.System) -> np.ndarray:
    """Return the charges (N,) in e."""
    force = nonbonded_force(system)
    count = force.getNumParticles()
    return np.array([plain(force.getParticleParameters(i)[0]) for i in range(count)])


def lennard_jones(system: openmm.System) -> tuple[np.ndarray, np.ndarray]:
    """Return Lennard-Jones sigma (nm) and epsilon (kJ/mol) of every particle, each (N,)."""
    force = nonbonded_force(system)
    rows = [force.getParticleParameters(i) for i in range(force.getNumParticles())]
    return np.array([plain(row[1]) for row in rows]), np.array([plain(row[2]) for row in rows])


def plain(quantity: unit.Quantity) -> float:
    """Return the number of a quantity that a System or Force gives: in nm, Da, e, kJ/mol, rad.

    OpenMM has no arrays of its parameters, and of many of them ``value_in_unit`` is most of the
    time that it takes to read them.
    """
    return float(quantity._value)


def nonbonded_force(system: openmm.System) -> openmm.NonbondedForce:
    """Return the NonbondedForce of a system."""
    return next(f for f in system.getForces() if isinstance(f, openmm.NonbondedForce))


def element_masses(elements) -> np.ndarray:
    """Return OpenMM's masses (N,) in Da of element symbols."""
    symbols, rows = np.unique(np.asarray(elements, dtype=str), return_inverse=True)
    table = [app.element.get_by_symbol(s).mass.value_in_unit(unit.dalton) for s in symbols]
    return np.array(table)[rows]


def constraint_pairs(system: openmm.System) -> tuple[np.ndarray, np.ndarray]:
    """Return the constrained pairs (C, 2) and their distances (C,) in nm."""
    rows = [system.getConstraintParameters(k) for k in range(system.getNumConstraints())]
    pairs = np.array([(i, j) for i, j, _ in rows], dtype=int).reshape(-1, 2)
    return pairs, np.array([plain(d) for _, _, d in rows])
