"""Construction of a cell's System from the places of its molecules and sheets."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import openmm
from openmm import app

from mdtools.cells import graphene
from mdtools.cells.solvation import IonsAndWaters
from mdtools.cells.topology import cell_topology, sheet_atoms
from mdtools.errors import SettingsError
from mdtools.options import NonbondedOptions
from mdtools.polymer import Polymer
from mdtools.systems import forces, slab_correction
from mdtools.systems.constraints import (
    check_constraints,
    make_constraint_groups_whole,
    place_on_constraints,
)
from mdtools.systems.system import charges, create_system

TETHER_KJ_MOL_NM2 = 20.0
"""Of each sheet atom along x and y: alone it would move by 0.35 nm at 300 K, a sheet of 160 atoms
as a whole by 0.03 nm."""
LARGEST_NET_CHARGE_E = 1e-4


@dataclass(frozen=True)
class Construction:
    """A System with pistons and tethers, and where its particles are.

    ``topology`` (chains MEM, ION, WAT, GRF), ``templates`` of its residues, ``system``,
    ``positions`` (N, 3) in nm with every constraint group whole, ``box_nm`` (3,).
    """

    topology: app.Topology
    templates: Mapping[app.topology.Residue, str]
    system: openmm.System
    positions: np.ndarray
    box_nm: np.ndarray


def construct(
    polymer: Polymer,
    membrane: np.ndarray,
    solution: IonsAndWaters,
    sheet: graphene.Sheet,
    sheet_positions: np.ndarray,
    nonbonded: NonbondedOptions,
    *,
    height_nm: float,
    pressure_MPa: float,
    hydrogen_mass_Da: float | None = None,
) -> Construction:
    """Make the System of a membrane, its solution and two graphene pistons.

    Parameters
    ----------
    membrane : (N, 3) array
        Positions of the polymer, nm.
    sheet_positions : (2, n, 3) array
        Of the feed and the permeate sheet, nm.
    height_nm : float
        Length of the box along z; what the cell leaves of it is vacuum.
    pressure_MPa : float
        On both sheets.
    hydrogen_mass_Da : float, optional
        Of the membrane's hydrogens.

    Raises
    ------
    SettingsError
        If the cell is not neutral.
    ValueError
        If a constraint group is torn.
    """
    box_nm = np.array([*polymer.box_nm, height_nm])
    positions = np.concatenate(
        [
            membrane,
            solution.ion_positions,
            solution.waters.reshape(-1, 3),
            sheet_positions.reshape(-1, 3),
        ]
    )
    topology, templates = cell_topology(polymer, solution, len(sheet.positions), box_nm)
    system = create_system(
        topology,
        templates,
        nonbonded,
        constrain_hydrogens=True,
        hydrogen_mass_Da=hydrogen_mass_Da,
    )
    positions = make_constraint_groups_whole(positions, system, box_nm)
    positions = place_on_constraints(positions, system)
    _add_sheets(topology, system, sheet, pressure_MPa)
    check_constraints(positions, system)
    check_neutral(system)
    if nonbonded.slab_correction:
        first = len(polymer.atoms) + len(solution.ion_positions)
        whole = np.arange(first, system.getNumParticles())
        centre = float(sheet_positions[:, :, 2].mean())
        slab_correction.add_slab_correction(system, whole, centre)
    return Construction(topology, templates, system, positions, box_nm)


def _add_sheets(
    topology: app.Topology, system: openmm.System, sheet: graphene.Sheet, pressure_MPa: float
) -> None:
    feed, permeate = sheet_atoms(system.getNumParticles(), len(sheet.positions))
    atoms = list(topology.atoms())
    for first in (int(feed[0]), int(permeate[0])):
        graphene.add_bonded_terms(system, first, sheet)
        for i, j in (sheet.bonds + first).tolist():
            topology.addBond(atoms[i], atoms[j])
    forces.add_pistons(system, feed, permeate, pressure_MPa, float(np.prod(sheet.box_nm)))
    places = np.tile(sheet.positions, (2, 1))
    forces.add_tether(system, np.concatenate([feed, permeate]), places, TETHER_KJ_MOL_NM2)


def check_neutral(system: openmm.System) -> None:
    """Raise SettingsError if the charges of a cell do not sum to zero."""
    total = charges(system).sum()
    if abs(total) > LARGEST_NET_CHARGE_E:
        raise SettingsError(
            f"the cell carries {total:+.6f} e: the charges of the membrane's templates do not sum "
            "to its formal charge; is every amide bond between an amine and an acyl residue?"
        )
