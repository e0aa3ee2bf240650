"""Assembly of a transport cell: membrane, reservoirs, ions, pistons."""

from dataclasses import dataclass

import numpy as np
import openmm
import pandas as pd

from mdtools.cells import graphene
from mdtools.cells.assumptions import assumptions
from mdtools.cells.construction import Construction, construct
from mdtools.cells.ions import ion_table
from mdtools.cells.solvation import SIDES, IonsAndWaters, membrane_charge, solvate
from mdtools.cells.topology import cell_roles
from mdtools.constants import G_PER_KG, MOLAR_PER_NM3, WATER_DA
from mdtools.errors import SettingsError
from mdtools.forcefield.files import fingerprint
from mdtools.options import CellOptions, NonbondedOptions, SaltOptions
from mdtools.polymer import Polymer
from mdtools.roles import FEED_ION
from mdtools.slab import mass_faces
from mdtools.systems import forces
from mdtools.systems.system import check_cutoff, element_masses, pme_parameters

SHEET_GAP_NM = 0.34
"""Sheet to outermost atom at the start: the layer distance of graphite, also near the first
maximum of water at graphene (0.32 nm)."""
PME_KEYS = ("alpha_per_nm", "nx", "ny", "nz")


@dataclass(frozen=True)
class Cell(Construction):
    """A cell that is assembled but not yet equilibrated: its System has no anchors and no drive.

    z = 0 is the membrane's centre of mass. A membrane in a box of water alone
    (`mdtools.cells.hydrated_box`) is one without chain GRF, pistons and tether.

    Attributes
    ----------
    polymer : Polymer
        The membrane, the first of the cell's atoms.
    roles : DataFrame
        ``atom, role, species, group, side``; one row per atom and role.
    report : dict
        What was built, in plain numbers, and the assumptions made.
    """

    polymer: Polymer
    roles: pd.DataFrame
    report: dict


def assemble(
    polymer: Polymer,
    salt: SaltOptions,
    options: CellOptions,
    nonbonded: NonbondedOptions,
    seed: int,
    inside: np.ndarray | None = None,
) -> Cell:
    """Build a cell around a membrane.

    Parameters
    ----------
    polymer : Polymer
        Its lateral box is the cell's.
    seed : int
        Of this cell; decides which waters the ions replace.
    inside : (W, 4, 3) array, optional
        Waters that the membrane holds already, nm, in the coordinates of the polymer.

    Raises
    ------
    ValueError
        If the box is too small for the cut-off or does not fit graphene, if the vacuum is not
        wider than the cut-off, or if there are more ions than waters.
    """
    check_sizes(polymer.box_nm, options.vacuum_nm, nonbonded)
    sheet = graphene.fit_sheet(polymer.box_nm)
    mass = element_masses(polymer.atoms["element"])
    centre = np.array([0.0, 0.0, np.average(polymer.positions[:, 2], weights=mass)])
    membrane = polymer.positions - centre
    faces = mass_faces(membrane[:, 2], mass)
    table = ion_table(salt, membrane_charge(polymer))
    held = None if inside is None else inside - centre
    per_side = options.waters_per_reservoir
    solution = solvate(polymer, membrane, faces, table, per_side, seed, held)
    sheets = place_sheets(sheet, membrane, solution)
    sheet_z = sheets[0, 0, 2], sheets[1, 0, 2]
    built = construct(
        polymer,
        membrane,
        solution,
        sheet,
        sheets,
        nonbonded,
        height_nm=sheet_z[1] - sheet_z[0] + options.vacuum_nm,
        pressure_MPa=options.piston_pressure_MPa,
    )
    report = {
        **_composition(polymer, solution, built.system),
        **_concentration(polymer, solution, options, faces, sheet_z),
        "box_nm": built.box_nm.tolist(),
        "faces_nm": list(faces),
        "pistons": _piston_report(sheet, options, faces, sheet_z),
        "pme": dict(zip(PME_KEYS, pme_parameters(nonbonded, built.box_nm), strict=True)),
        "assumptions": assumptions(options, nonbonded),
        "force_field_sha256": fingerprint(nonbonded.ion_set),
    }
    return Cell(
        **vars(built),
        polymer=polymer,
        roles=cell_roles(polymer, solution, len(sheet.positions)),
        report=report,
    )


def place_sheets(
    sheet: graphene.Sheet, membrane: np.ndarray, solution: IonsAndWaters
) -> np.ndarray:
    """Return the positions (2, n, 3) in nm of both sheets, just outside of everything else."""
    places = [membrane, solution.ion_positions, solution.waters.reshape(-1, 3)]
    z = np.concatenate(places)[:, 2]
    outside = z.min() - SHEET_GAP_NM, z.max() + SHEET_GAP_NM
    return np.stack([np.insert(sheet.positions, 2, height, axis=1) for height in outside])


def check_sizes(box_nm: np.ndarray, vacuum_nm: float, nonbonded: NonbondedOptions) -> None:
    """Raise SettingsError for a box or a vacuum that cut-off or slab correction do not fit."""
    check_cutoff(nonbonded.cutoff_nm, box_nm)
    if vacuum_nm <= nonbonded.cutoff_nm:
        raise SettingsError(
            f"vacuum_nm is {vacuum_nm:g}, but must exceed cutoff_nm, "
            f"{nonbonded.cutoff_nm:g}: the sheets would touch through the periodic boundary"
        )
    if vacuum_nm < (least := nonbonded.least_vacuum_nm(box_nm.tolist())):
        raise SettingsError(
            f"vacuum_nm is {vacuum_nm:g}, but the slab correction needs {least:g} at least, the "
            "longest lateral length: with less the images along z are felt"
        )


def _composition(polymer: Polymer, solution: IonsAndWaters, system: openmm.System) -> dict:
    numbers = solution.ions.groupby(["role", "side", "species"]).size()
    return {
        "particles": system.getNumParticles(),
        "membrane_atoms": len(polymer.atoms),
        "membrane_charge_e": membrane_charge(polymer),
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
