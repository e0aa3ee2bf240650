"""A polymer in a periodic box of water: no sheets, no vacuum, nothing that holds its area."""

import numpy as np
import pandas as pd

from mdtools import seeds
from mdtools.cells import ions
from mdtools.cells.assemble import Cell
from mdtools.cells.construction import check_neutral
from mdtools.cells.solvation import IonsAndWaters, membrane_charge
from mdtools.cells.topology import cell_roles, cell_topology
from mdtools.cells.water_tiling import WATER_CONTACT_NM, overlapping, tile
from mdtools.errors import SettingsError
from mdtools.ions import counter_ions
from mdtools.options import FreeAreaOptions, NonbondedOptions
from mdtools.polymer import Polymer
from mdtools.roles import COUNTER_ION
from mdtools.slab import mass_faces
from mdtools.systems.constraints import (
    check_constraints,
    make_constraint_groups_whole,
    place_on_constraints,
)
from mdtools.systems.system import create_system, element_masses, nonbonded_force

SURFACE_NM = 0.3
"""Least water beyond the outermost atom of the polymer."""
NO_SIDE = ""


def hydrated_box(
    polymer: Polymer, options: FreeAreaOptions, nonbonded: NonbondedOptions, seed: int
) -> Cell:
    """Fill the voids of a polymer and a layer on each side with water, and neutralise it.

    Parameters
    ----------
    polymer : Polymer
        Its lateral box is the box's.
    options : FreeAreaOptions
        ``water_nm`` of water outside of each face; counter-ions are ``cation``, or Cl-, in place of
        waters.
    seed : int
        Decides which waters the ions replace.

    Returns
    -------
    Cell
        Periodic along z as well, without sheets and anchors; the box closes over a seam that the
        first moves of its length squeeze shut.

    Raises
    ------
    SettingsError
        If the box is too small for the cut-off, or has too few waters for the counter-ions.
    """
    mass = element_masses(polymer.atoms["element"])
    centre = np.average(polymer.positions[:, 2], weights=mass)
    membrane = polymer.positions - [0.0, 0.0, centre]
    low, high = mass_faces(membrane[:, 2], mass)
    z_low = min(low - options.water_nm, membrane[:, 2].min() - SURFACE_NM)
    z_high = max(high + options.water_nm, membrane[:, 2].max() + SURFACE_NM)
    hydrogen = (polymer.atoms["element"] == "H").to_numpy()
    water = tile(polymer.box_nm, z_low, z_high)
    water = water[~overlapping(water, membrane, hydrogen, polymer.box_nm)]
    solution = _neutralised(polymer, membrane, water, options, seed)

    box_nm = np.array([*polymer.box_nm, z_high - z_low + WATER_CONTACT_NM])
    topology, templates = cell_topology(polymer, solution, 0, box_nm)
    system = create_system(topology, templates, nonbonded, constrain_hydrogens=True)
    nonbonded_force(system).setUseDispersionCorrection(options.tail_correction)
    molecules = [membrane, solution.ion_positions, solution.waters.reshape(-1, 3)]
    positions = make_constraint_groups_whole(np.concatenate(molecules), system, box_nm)
    positions = place_on_constraints(positions, system)
    check_constraints(positions, system)
    check_neutral(system)
    roles = cell_roles(polymer, solution, 0)
    report = {
        "particles": system.getNumParticles(),
        "membrane_atoms": len(polymer.atoms),
        "membrane_charge_e": membrane_charge(polymer),
        "waters": len(solution.waters),
        "counter_ions": solution.ions["species"].value_counts().to_dict(),
        "box_nm": box_nm.tolist(),
    }
    return Cell(topology, templates, system, positions, box_nm, polymer, roles, report)


def _neutralised(
    polymer: Polymer,
    membrane: np.ndarray,
    water: np.ndarray,
    options: FreeAreaOptions,
    seed: int,
) -> IonsAndWaters:
    wanted = counter_ions(membrane_charge(polymer), options.cation)
    species = [name for name, count in wanted.items() for _ in range(count)]
    table = pd.DataFrame(
        {"species": species, "role": COUNTER_ION, "side": NO_SIDE, "group": range(len(species))}
    )
    try:
        sites, separation = ions.choose_sites(
            water[:, 0],
            len(species),
            membrane,
            polymer.box_nm,
            seeds.generator(seed, "ions"),
            NO_SIDE,
        )
    except SettingsError:
        raise SettingsError(
            f"{len(species)} counter-ions, but fewer waters that they can replace away from the "
            f"membrane; water_nm is {options.water_nm:g}, raise it"
        ) from None
    waters = np.delete(water, sites, axis=0)
    sides = np.full(len(waters), NO_SIDE)
    return IonsAndWaters(table, water[sites, 0], waters, sides, separation)
