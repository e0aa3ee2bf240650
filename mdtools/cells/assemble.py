"""Assembly of a transport cell: membrane, reservoirs, ions, pistons, anchors."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import openmm
import pandas as pd
from openmm import app

from mdtools.cells import anchors, graphene
from mdtools.cells.solvation import SIDES, IonsAndWaters, membrane_charge, solvate
from mdtools.cells.topology import cell_roles, cell_topology, sheet_atoms
from mdtools.constants import G_PER_KG, MOLAR_PER_NM3, WATER_DA
from mdtools.errors import SettingsError
from mdtools.options import CellOptions, NonbondedOptions, SaltOptions
from mdtools.polymer import Polymer
from mdtools.roles import FEED_ION
from mdtools.slab import mass_faces
from mdtools.systems import forces
from mdtools.systems.constraints import (
    check_constraints,
    make_constraint_groups_whole,
    place_on_constraints,
)
from mdtools.systems.system import (
    charges,
    check_cutoff,
    create_system,
    element_masses,
    pme_parameters,
)

SHEET_GAP_NM = 0.34
"""Sheet to outermost atom at the start: the layer distance of graphite, also near the first
maximum of water at graphene (0.32 nm)."""
TETHER_KJ_MOL_NM2 = 20.0
"""Of each sheet atom along x and y: alone it would move by 0.35 nm at 300 K, a sheet of 160 atoms
as a whole by 0.03 nm."""
LARGEST_NET_CHARGE_E = 1e-4
PME_KEYS = ("alpha_per_nm", "nx", "ny", "nz")
ASSUMPTIONS = (
    "PME in three dimensions with vacuum along z, without a slab correction, as the reference "
    "study did",
    "plain truncation of Lennard-Jones forces at the cut-off, no tail correction",
    "water in the voids of the membrane is whatever fits between its faces, and stays free to "
    "leave; no ion starts there",
    "counter-ions are shared equally between the reservoirs, an odd one is on the feed side, and "
    "nothing keeps ions on their side during equilibration; they are not driven and not counted "
    "among the feed ions",
    "anchored atoms are those nearest to the lateral boundaries, heavy atoms with all their "
    "hydrogens",
    "all trials start from this one set of equilibrated coordinates with new velocities, so "
    "intervals over trials leave out how much other networks, layouts and ion placements differ",
)


@dataclass(frozen=True)
class Cell:
    """A cell that is assembled but not yet equilibrated.

    A membrane in a box of water alone (`mdtools.cells.hydrated_box`) is one without chain GRF,
    pistons, tether and anchors.

    Attributes
    ----------
    topology : app.Topology
        Chains MEM, ION, WAT, GRF.
    templates : mapping of residue to template name
    system : openmm.System
        With pistons, tether and anchors; without the drive.
    positions : (N, 3) array
        nm, z = 0 at the membrane's centre of mass; every constraint group whole.
    roles : DataFrame
        ``atom, role, species, group, side``; one row per atom and role.
    box_nm : (3,) array
    report : dict
        What was built, in plain numbers, and the assumptions made.
    """

    topology: app.Topology
    templates: Mapping[app.topology.Residue, str]
    system: openmm.System
    positions: np.ndarray
    roles: pd.DataFrame
    box_nm: np.ndarray
    report: dict


def assemble(
    polymer: Polymer,
    salt: SaltOptions,
    options: CellOptions,
    nonbonded: NonbondedOptions,
    seed: int,
) -> Cell:
    """Build a cell around a membrane.

    Parameters
    ----------
    polymer : Polymer
        Its lateral box is the cell's.
    seed : int
        Of this cell; decides which waters the ions replace.

    Raises
    ------
    ValueError
        If the box is too small for the cut-off or does not fit graphene, if the vacuum is not
        wider than the cut-off, or if there are more ions than waters.
    """
    _check_sizes(polymer.box_nm, options, nonbonded)
    sheet = graphene.fit_sheet(polymer.box_nm)
    mass = element_masses(polymer.atoms["element"])
    centre = np.average(polymer.positions[:, 2], weights=mass)
    membrane = polymer.positions - [0.0, 0.0, centre]
    faces = mass_faces(membrane[:, 2], mass)
    solution = solvate(polymer, membrane, faces, salt, options, seed)

    molecules = [membrane, solution.ion_positions, solution.waters.reshape(-1, 3)]
    occupied = np.concatenate(molecules)[:, 2]
    sheet_z = occupied.min() - SHEET_GAP_NM, occupied.max() + SHEET_GAP_NM
    box_nm = np.array([*polymer.box_nm, np.ptp(sheet_z) + options.vacuum_nm])
    sheets = [np.insert(sheet.positions, 2, z, axis=1) for z in sheet_z]
    positions = np.concatenate([*molecules, *sheets])

    per_sheet = len(sheet.positions)
    topology, templates = cell_topology(polymer, solution, per_sheet, box_nm)
    system = create_system(topology, templates, nonbonded, constrain_hydrogens=True)
    positions = make_constraint_groups_whole(positions, system, box_nm)
    positions = place_on_constraints(positions, system)
    _add_sheets(topology, system, sheet, positions, options.piston_pressure_MPa)
    fixed = _choose_anchors(polymer, membrane, options.anchored_percent)
    anchors.fix(system, fixed)
    check_constraints(positions, system)
    check_neutral(system)
    report = {
        **_composition(polymer, solution, fixed, system.getNumParticles()),
        **_concentration(polymer, solution, options, faces, sheet_z),
        "box_nm": box_nm.tolist(),
        "faces_nm": list(faces),
        "pistons": _piston_report(sheet, options, faces, sheet_z),
        "pme": dict(zip(PME_KEYS, pme_parameters(nonbonded, box_nm), strict=True)),
        "assumptions": [*_chosen(options, nonbonded), *ASSUMPTIONS],
    }
    roles = cell_roles(polymer, solution, fixed, per_sheet)
    return Cell(topology, templates, system, positions, roles, box_nm, report)


def _chosen(options: CellOptions, nonbonded: NonbondedOptions) -> list[str]:
    return [
        f"water is TIP4P (Jorgensen 1983), ions are {nonbonded.ion_set}, Lorentz-Berthelot mixing",
        f"{options.piston_pressure_MPa:g} MPa on both sheets: no pressure difference across the "
        "membrane",
    ]


def _check_sizes(box_nm: np.ndarray, options: CellOptions, nonbonded: NonbondedOptions) -> None:
    check_cutoff(nonbonded.cutoff_nm, box_nm)
    if options.vacuum_nm <= nonbonded.cutoff_nm:
        raise SettingsError(
            f"vacuum_nm is {options.vacuum_nm:g}, but must exceed cutoff_nm, "
            f"{nonbonded.cutoff_nm:g}: the sheets would touch through the periodic boundary"
        )


def _add_sheets(
    topology: app.Topology,
    system: openmm.System,
    sheet: graphene.Sheet,
    positions: np.ndarray,
    pressure_MPa: float,
) -> None:
    feed, permeate = sheet_atoms(len(positions), len(sheet.positions))
    atoms = list(topology.atoms())
    for first in (int(feed[0]), int(permeate[0])):
        graphene.add_bonded_terms(system, first, sheet)
        for i, j in (sheet.bonds + first).tolist():
            topology.addBond(atoms[i], atoms[j])
    forces.add_pistons(system, feed, permeate, pressure_MPa, float(np.prod(sheet.box_nm)))
    forces.add_tether(system, np.concatenate([feed, permeate]), positions, TETHER_KJ_MOL_NM2)


def _choose_anchors(polymer: Polymer, membrane: np.ndarray, percent: float) -> np.ndarray:
    hydrogen = (polymer.atoms["element"] == "H").to_numpy()
    count = round(percent / 100 * len(membrane))
    return anchors.choose_anchors(membrane, polymer.bonds, hydrogen, polymer.box_nm, count)


def check_neutral(system: openmm.System) -> None:
    """Raise SettingsError if the charges of a cell do not sum to zero."""
    total = charges(system).sum()
    if abs(total) > LARGEST_NET_CHARGE_E:
        raise SettingsError(
            f"the cell carries {total:+.6f} e: the charges of the membrane's templates do not sum "
            "to its formal charge; is every amide bond between a PIP and an acyl residue?"
        )


def _composition(
    polymer: Polymer, solution: IonsAndWaters, fixed: np.ndarray, particles: int
) -> dict:
    numbers = solution.ions.groupby(["role", "side", "species"]).size()
    return {
        "particles": particles,
        "membrane_atoms": len(polymer.atoms),
        "membrane_charge_e": membrane_charge(polymer),
        "anchored_atoms": len(fixed),
        "anchored_percent": 100 * len(fixed) / len(polymer.atoms),
        "waters": {
            name: int((solution.water_sides == side).sum())
            for name, side in (("feed", "feed"), ("membrane", ""), ("permeate", "permeate"))
        },
        "ions": [
            {"role": role, "side": side, "species": species, "count": int(count)}
            for (role, side, species), count in numbers.items()
        ],
        "ion_separation_nm": solution.separation_nm,
    }


def _concentration(
    polymer: Polymer, solution: IonsAndWaters, options: CellOptions, faces, sheet_z
) -> dict:
    """Report the concentration of each salt ion in the feed, without counter-ions."""
    salt = solution.ions[solution.ions["role"] == FEED_ION]["species"].value_counts()
    volume = float(np.prod(polymer.box_nm) * (faces[0] - sheet_z[0]))
    kilograms = options.waters_per_reservoir * WATER_DA / G_PER_KG
    return {
        "feed_volume_nm3": volume,
        "feed_molarity": {k: int(n) / volume * MOLAR_PER_NM3 for k, n in salt.items()},
        "feed_molality": {k: int(n) / kilograms for k, n in salt.items()},
    }


def _piston_report(sheet: graphene.Sheet, options: CellOptions, faces, sheet_z) -> dict:
    area = float(np.prod(sheet.box_nm))
    return {
        "atoms_each": len(sheet.positions),
        "repeats": sheet.repeats.tolist(),
        "strain_percent": (100 * sheet.strain).tolist(),
        "force_kJ_mol_nm": forces.piston_force(options.piston_pressure_MPa, area),
        "distance_from_face_nm": dict(
            zip(SIDES, (float(faces[0] - sheet_z[0]), float(sheet_z[1] - faces[1])), strict=True)
        ),
    }
