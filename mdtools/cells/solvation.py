"""Solvation of a cell: membrane hydrated, reservoirs filled with water, ions placed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mdtools import forcefield, seeds
from mdtools.cells import ions, water_tiling
from mdtools.errors import SettingsError
from mdtools.polymer import Polymer

SIDES = ("feed", "permeate")


@dataclass(frozen=True)
class IonsAndWaters:
    """The ions and waters of a cell.

    Attributes
    ----------
    ions : DataFrame, I rows
        As `mdtools.cells.ions.ion_table`.
    ion_positions : (A, 3) array, nm
        Of the atoms of each ion in turn, the central one first.
    waters : (W, 4, 3) array
        Feed, membrane, permeate; O, H, H, M, nm.
    water_sides : (W,) array of str
        ``feed``, ``permeate`` or empty for water between the membrane's faces.
    separation_nm : float
        Smallest distance that the ions were placed at.
    """

    ions: pd.DataFrame
    ion_positions: np.ndarray
    waters: np.ndarray
    water_sides: np.ndarray
    separation_nm: float


def solvate(
    polymer: Polymer,
    membrane: np.ndarray,
    faces: tuple[float, float],
    table: pd.DataFrame,
    per_side: int,
    seed: int,
    inside: np.ndarray | None = None,
) -> IonsAndWaters:
    """Add water and ions to a membrane, with the exact number of waters in each reservoir.

    Parameters
    ----------
    membrane : (N, 3) array
        Positions of the polymer, nm.
    faces : (float, float)
        Its feed and permeate face, nm.
    table : DataFrame
        The ions, as `mdtools.cells.ions.ion_table`.
    per_side : int
        Waters in each reservoir.
    inside : (W, 4, 3) array, optional
        Waters that the membrane holds already, nm; what is left of its voids is filled.

    Raises
    ------
    ValueError
        If there are more ions than waters in a reservoir.
    """
    counts = [int((table["side"] == side).sum()) for side in SIDES]
    for side, count in zip(SIDES, counts, strict=True):
        if count > per_side:
            raise SettingsError(
                f"{count} ions for the {side} reservoir, but waters_per_reservoir is {per_side}; "
                "raise it or lower the salt's ions"
            )
    held = np.empty((0, 4, 3)) if inside is None else inside
    hydrogen = (polymer.atoms["element"] == "H").to_numpy()
    occupied = np.concatenate([membrane, held[:, :3].reshape(-1, 3)])
    light = np.concatenate([hydrogen, np.tile([False, True, True], len(held))])
    replaceable = per_side + counts[0], per_side + counts[1]
    water = water_tiling.fill(occupied, light, faces, polymer.box_nm, replaceable)
    rng = seeds.generator(seed, "ions")
    places, left, separations = np.empty((len(table), 3)), [], [ions.ION_SEPARATION_NM]
    turned = seeds.generator(seed, "turns of ions")
    for side, reservoir in zip(SIDES, (water.feed, water.permeate), strict=True):
        rows = np.flatnonzero(table["side"] == side)
        oxygens = reservoir[:, 0]
        sites, separation = ions.choose_sites(
            oxygens, len(rows), membrane, polymer.box_nm, rng, side
        )
        places[rows] = oxygens[sites]
        left.append(np.delete(reservoir, sites, axis=0))
        separations.append(separation)
    between = np.concatenate([held, water.membrane])
    waters = np.concatenate([left[0], between, left[1]])
    sides = np.repeat(["feed", "", "permeate"], [per_side, len(between), per_side])
    around = np.concatenate([occupied, waters[:, :3].reshape(-1, 3)])
    species = table["species"].tolist()
    atoms = ions.placed_atoms(species, places, around, polymer.box_nm, turned)
    return IonsAndWaters(table, atoms, waters, sides, min(separations))


def membrane_charge(polymer: Polymer) -> int:
    """Sum the formal charges (e) of a membrane's templates."""
    known = forcefield.templates()
    return sum(known[name].formal_charge for name in polymer.residues["template"])
