"""A slab between two reservoirs and sheets, rebuilt whenever water is put into it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mdtools.cells import graphene, water_tiling
from mdtools.cells.assemble import check_sizes, place_sheets
from mdtools.cells.construction import Construction, construct
from mdtools.cells.ions import ion_table
from mdtools.cells.solvation import IonsAndWaters, membrane_charge, solvate
from mdtools.constants import WATER_SITES
from mdtools.options import NonbondedOptions
from mdtools.polymer import Polymer
from mdtools.slab import mass_faces
from mdtools.systems.system import element_masses

VACUUM_NM = 3.0
"""Between the sheets through the periodic boundary at 300 K; at 380 K water of the study's
reservoirs takes up about 1 nm of it."""


@dataclass(frozen=True)
class Parts:
    """Positions in nm of what a wet slab consists of.

    ``membrane`` (N, 3), ``ions`` (I, 3), ``waters`` (W, 4, 3), ``sheets`` (2, n, 3).
    """

    membrane: np.ndarray
    ions: np.ndarray
    waters: np.ndarray
    sheets: np.ndarray

    @property
    def positions(self) -> np.ndarray:
        """All of them, (P, 3)."""
        flat = [self.ions, self.waters.reshape(-1, 3), self.sheets.reshape(-1, 3)]
        return np.concatenate([self.membrane, *flat])


class WetSlab:
    """Builds the System of a network in water; counter-ions are Na+ or Cl-.

    Parameters
    ----------
    polymer : Polymer
    nonbonded : NonbondedOptions
    hydrogen_mass_Da : float or None
        Of the membrane's hydrogens.

    Raises
    ------
    SettingsError
        If the box does not fit the cut-off or graphene.
    """

    def __init__(
        self, polymer: Polymer, nonbonded: NonbondedOptions, hydrogen_mass_Da: float | None
    ):
        self.polymer, self.nonbonded, self.hydrogen_mass_Da = polymer, nonbonded, hydrogen_mass_Da
        least = nonbonded.least_vacuum_nm(polymer.box_nm.tolist())
        self.vacuum_nm = max(VACUUM_NM, nonbonded.cutoff_nm + 0.5, least)
        check_sizes(polymer.box_nm, self.vacuum_nm, nonbonded)
        self.sheet = graphene.fit_sheet(polymer.box_nm)
        self.ions: pd.DataFrame = ion_table(None, membrane_charge(polymer))
        self.mass_Da = element_masses(polymer.atoms["element"])
        self._hydrogen = (polymer.atoms["element"] == "H").to_numpy()

    def fill(self, membrane: np.ndarray, waters_per_reservoir: int, seed: int) -> Parts:
        """Put positions (N, 3) of the network between two reservoirs, voids filled."""
        centre = np.average(membrane[:, 2], weights=self.mass_Da)
        membrane = membrane - [0.0, 0.0, centre]
        faces = mass_faces(membrane[:, 2], self.mass_Da)
        solution = solvate(self.polymer, membrane, faces, self.ions, waters_per_reservoir, seed)
        sheets = place_sheets(self.sheet, membrane, solution)
        return Parts(membrane, solution.ion_positions, solution.waters, sheets)

    def refill(self, parts: Parts) -> Parts:
        """Put water into the voids that have opened between the faces."""
        low, high = mass_faces(parts.membrane[:, 2], self.mass_Da)
        more = water_tiling.tile(self.polymer.box_nm, low, high)
        solid = [parts.membrane, parts.ions, parts.waters[:, :3].reshape(-1, 3)]
        light = [
            self._hydrogen,
            np.zeros(len(parts.ions), dtype=bool),
            np.tile([False, True, True], len(parts.waters)),
        ]
        taken = water_tiling.overlapping(
            more, np.concatenate(solid), np.concatenate(light), self.polymer.box_nm
        )
        waters = np.concatenate([parts.waters, more[~taken]])
        return Parts(parts.membrane, parts.ions, waters, parts.sheets)

    def split(self, positions: np.ndarray, waters: int) -> Parts:
        """Take all positions (P, 3) apart again."""
        ends = np.cumsum([len(self.mass_Da), len(self.ions), WATER_SITES * waters])
        membrane, ions, water, sheets = np.split(positions, ends)
        return Parts(membrane, ions, water.reshape(-1, WATER_SITES, 3), sheets.reshape(2, -1, 3))

    def height(self, parts: Parts) -> float:
        """Return the height in nm of a box that leaves the sheets a vacuum apart."""
        feed, permeate = parts.sheets[:, :, 2].mean(axis=1)
        return float(permeate - feed + self.vacuum_nm)

    def construct(self, parts: Parts, height_nm: float, pressure_MPa: float) -> Construction:
        """Make the System of parts in a box of a height with the pistons at a pressure."""
        sides = np.full(len(parts.waters), "")
        solution = IonsAndWaters(self.ions, parts.ions, parts.waters, sides, 0.0)
        return construct(
            self.polymer,
            parts.membrane,
            solution,
            self.sheet,
            parts.sheets,
            self.nonbonded,
            height_nm=height_nm,
            pressure_MPa=pressure_MPa,
            hydrogen_mass_Da=self.hydrogen_mass_Da,
        )
