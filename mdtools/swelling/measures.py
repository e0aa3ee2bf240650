"""Measures of a slab in water: thickness, density, water content; pieces that have left it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mdtools.cells.restraints import pieces_of
from mdtools.constants import G_CM3_PER_DA_NM3, WATER_DA
from mdtools.polymer import Polymer
from mdtools.slab import between, dense_region_of_atoms, faces_of_atoms
from mdtools.swelling.wet_slab import Parts
from mdtools.systems.system import element_masses

GONE_NM = 0.5
"""A piece whose nearest atom is further than this beyond the largest piece has left the slab."""
NAMED = 6
"""Residues of a piece that are named."""
DEFINITIONS = {
    "thickness_nm": "between the faces of the membrane, where the running mean over 0.2 nm of its "
    "density along z falls to 5 % of its maximum, in each sample",
    "waters": "water oxygens between the faces",
    "water_percent": "mass of these waters in the mass of waters and membrane between the faces",
    "density_g_cm3": "of the membrane alone, mean over its dense region: between the outermost z "
    "at which the running mean over 0.52 nm is half of its plateau, in each sample",
}


@dataclass(frozen=True)
class Slab:
    """The network whose swelling is measured."""

    polymer: Polymer

    @cached_property
    def mass_Da(self) -> np.ndarray:
        """Masses (N,) of its atoms."""
        return element_masses(self.polymer.atoms["element"])

    def measure_parts(self, parts: Parts) -> dict[str, float]:
        """Measure a wet slab: as `measure`, and from its sheets to its faces."""
        low, high = faces_of_atoms(parts.membrane[:, 2], self.mass_Da)
        feed, permeate = parts.sheets[:, :, 2].mean(axis=1)
        return self.measure(parts.membrane, parts.waters[:, 0, 2]) | {
            "feed_piston_nm": float(low - feed),
            "permeate_piston_nm": float(permeate - high),
        }

    def between_faces(self, membrane: np.ndarray, heights: np.ndarray) -> np.ndarray:
        """Mark heights (W,) in nm that lie between the faces of positions (N, 3)."""
        return between(heights, faces_of_atoms(membrane[:, 2], self.mass_Da))

    def measure(self, membrane: np.ndarray, oxygens: np.ndarray) -> dict[str, float]:
        """Measure positions (N, 3) of the membrane and z (W,) of water oxygens, nm.

        Returns the keys of `DEFINITIONS`.
        """
        z = membrane[:, 2]
        faces = faces_of_atoms(z, self.mass_Da)
        waters = int(between(oxygens, faces).sum())
        dry = self.mass_Da[between(z, faces)].sum()
        dense = dense_region_of_atoms(z, self.mass_Da)
        volume = (dense[1] - dense[0]) * float(np.prod(self.polymer.box_nm))
        within = self.mass_Da[between(z, dense)].sum()
        return {
            "thickness_nm": faces[1] - faces[0],
            "waters": waters,
            "water_percent": float(100 * waters * WATER_DA / (waters * WATER_DA + dry)),
            "density_g_cm3": float(within / volume * G_CM3_PER_DA_NM3),
        }

    def pieces_gone(self, membrane: np.ndarray) -> list[tuple[str, float]]:
        """List the pieces that have left the slab, by name, with their share of its mass."""
        pieces = pieces_of(self.polymer)
        share = np.array([self.mass_Da[atoms].sum() for atoms in pieces]) / self.mass_Da.sum()
        z = membrane[:, 2]
        largest = z[pieces[share.argmax()]]
        low, high = largest.min() - GONE_NM, largest.max() + GONE_NM
        return [
            (self._name(atoms), float(part))
            for atoms, part in zip(pieces, share, strict=True)
            if z[atoms].min() > high or z[atoms].max() < low
        ]

    def _name(self, atoms: np.ndarray) -> str:
        rows = np.unique(self.polymer.atoms["residue"].to_numpy()[atoms])
        kinds = self.polymer.residues["name"].to_numpy()
        names = [f"{kinds[row]} {row + 1}" for row in rows[:NAMED]]
        return ", ".join(names) + (f" and {len(rows) - NAMED} more" if len(rows) > NAMED else "")
