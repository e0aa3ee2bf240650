"""Waters and ions of a cell: the membrane hydrated, reservoirs filled, salt dissolved."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mdtools import forcefield, seeds
from mdtools.cells import hydration, ions
from mdtools.errors import SettingsError
from mdtools.options import CellOptions, SaltOptions
from mdtools.polymer import Polymer

SIDES = ("feed", "permeate")


@dataclass(frozen=True)
class IonsAndWaters:
    """Ions and waters of a cell.

    Attributes
    ----------
    ions : DataFrame, I rows
        As `mdtools.cells.ions.ion_table`.
    ion_positions : (I, 3) array, nm
    waters : (W, 4, 3) array
        Feed, membrane, permeate; O, H, H, M, nm.
    water_sides : (W,) array of str
        ``feed``, ``permeate`` or empty for water between the membrane's faces.
    separation_nm : float
        Smallest distance that was asked of the ions.
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
    salt: SaltOptions,
    options: CellOptions,
    seed: int,
) -> IonsAndWaters:
    """Hydrate a membrane and let ions replace waters; what is left on each side is exact.

    Parameters
    ----------
    membrane : (N, 3) array
        Positions of the polymer, nm.
    faces : (float, float)
        Its feed and permeate face, nm.

    Raises
    ------
    ValueError
        If there are more ions than waters in a reservoir.
    """
    table = ions.ion_table(salt, membrane_charge(polymer))
    wanted = options.waters_per_reservoir
    counts = [int((table["side"] == side).sum()) for side in SIDES]
    for side, count in zip(SIDES, counts, strict=True):
        if count > wanted:
            raise SettingsError(
                f"{count} ions for the {side} reservoir, but waters_per_reservoir is {wanted}; "
                "raise it or lower the salt's ions"
            )
    hydrogen = (polymer.atoms["element"] == "H").to_numpy()
    asked = wanted + counts[0], wanted + counts[1]
    water = hydration.hydrate(membrane, hydrogen, faces, polymer.box_nm, asked)
    rng = seeds.generator(seed, "ions")
    places, left, separations = np.empty((len(table), 3)), [], [ions.ION_SEPARATION_NM]
    for side, reservoir in zip(SIDES, (water.feed, water.permeate), strict=True):
        rows = np.flatnonzero(table["side"] == side)
        oxygens = reservoir[:, 0]
        sites, separation = ions.choose_sites(
            oxygens, len(rows), membrane, polymer.box_nm, rng, side
        )
        places[rows] = oxygens[sites]
        left.append(np.delete(reservoir, sites, axis=0))
        separations.append(separation)
    waters = np.concatenate([left[0], water.membrane, left[1]])
    sides = np.repeat(["feed", "", "permeate"], [wanted, len(water.membrane), wanted])
    return IonsAndWaters(table, places, waters, sides, min(separations))


def membrane_charge(polymer: Polymer) -> int:
    """Formal charge in e of a membrane, by its templates."""
    known = forcefield.templates()
    return sum(known[name].formal_charge for name in polymer.residues["template"])
