"""What lies where in a cell: its membrane's faces, pistons' distances, water between them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mdtools.cells.assemble import Cell
from mdtools.cells.restraints import walls_z
from mdtools.cells.solvation import SIDES
from mdtools.constants import G_CM3_PER_DA_NM3, WATER_DA
from mdtools.roles import MEMBRANE, PISTON, WATER_OXYGEN
from mdtools.slab import between, faces_of_atoms, mass_faces
from mdtools.systems.slab_correction import SlabDipole
from mdtools.systems.system import charges, element_masses

WALL_NM = 0.4
"""Layered water next to the membrane's last atom and to the sheet, left out of the density."""


@dataclass(frozen=True)
class Layers:
    """The layers of one cell."""

    cell: Cell

    @cached_property
    def membrane(self) -> np.ndarray:
        """Membrane atoms (n,)."""
        return self._atoms(MEMBRANE)

    @cached_property
    def masses(self) -> np.ndarray:
        """Masses (n,) of the membrane's elements in Da."""
        return element_masses(self.cell.polymer.atoms["element"])

    @cached_property
    def _charges(self) -> np.ndarray:
        return charges(self.cell.system)

    @cached_property
    def _oxygens(self) -> np.ndarray:
        return self._atoms(WATER_OXYGEN)

    @cached_property
    def _sheets(self) -> dict[str, np.ndarray]:
        pistons = self.cell.roles[self.cell.roles["role"] == PISTON]
        return {side: rows.to_numpy() for side, rows in pistons.groupby("side")["atom"]}

    def walls(self, positions: np.ndarray) -> tuple[float, float]:
        """Return the z in nm of the walls that keep ions from the membrane."""
        faces = faces_of_atoms(positions[self.membrane, 2], self.masses)
        feed, permeate = (float(positions[self._sheets[side], 2].mean()) for side in SIDES)
        return walls_z(faces, (feed, permeate))

    def measure(self, positions: np.ndarray) -> dict[str, float]:
        """Measure pistons' distances (nm), reservoirs' density (g/cm3), water in the membrane.

        Also field (V/nm) and energy (kJ/mol) of a slab correction, whether the cell has it or not.
        """
        dipole = SlabDipole.of(self._charges, positions, self.cell.box_nm)
        z = positions[self.membrane, 2]
        low, high = mass_faces(z, self.masses)
        sheet = {side: positions[atoms, 2].mean() for side, atoms in self._sheets.items()}
        oxygen = positions[self._oxygens, 2]
        area = self.cell.box_nm[0] * self.cell.box_nm[1]
        return {
            "feed_piston_nm": low - sheet["feed"],
            "permeate_piston_nm": sheet["permeate"] - high,
            "feed_density_g_cm3": _density(oxygen, sheet["feed"], z.min(), area),
            "permeate_density_g_cm3": _density(oxygen, z.max(), sheet["permeate"], area),
            "waters_in_membrane": float(between(oxygen, faces_of_atoms(z, self.masses)).sum()),
            "slab_field_V_nm": dipole.field_V_nm,
            "slab_energy_kJ_mol": dipole.energy_kJ_mol,
        }

    def _atoms(self, role: str) -> np.ndarray:
        return self.cell.roles["atom"][self.cell.roles["role"] == role].to_numpy()


def _density(z: np.ndarray, low: float, high: float, area: float) -> float:
    """NaN for a reservoir too thin to have water away from both walls."""
    inner, outer = low + WALL_NM, high - WALL_NM
    if outer <= inner:
        return float("nan")
    count = ((z > inner) & (z < outer)).sum()
    return float(count / (area * (outer - inner)) * WATER_DA * G_CM3_PER_DA_NM3)
