"""The path of an ion along z: where windows lie in a cell, and where water and membrane are."""

from dataclasses import dataclass

import numpy as np

from mdtools.bundle import Bundle
from mdtools.constants import ANGSTROM_PER_NM
from mdtools.errors import SettingsError
from mdtools.roles import IONS, MEMBRANE, PISTON
from mdtools.slab import faces_of_atoms

SHEET_NM = 0.3
"""Smallest distance of a window from a sheet, the contact of an ion with carbon."""


@dataclass(frozen=True)
class Path:
    """Where things are along z in a cell, nm in the frame of its box.

    ``centre`` of mass of the membrane, to which windows and free energies are relative; its
    ``faces`` and the ``sheets``, feed and permeate. Anchors hold the membrane in this frame.
    """

    centre: float
    faces: tuple[float, float]
    sheets: tuple[float, float]

    @classmethod
    def of(cls, bundle: Bundle) -> "Path":
        """Find them in the state of a cell with a membrane and two sheets."""
        membrane, z = bundle.atoms(MEMBRANE), bundle.positions[:, 2]
        mass = bundle.topology["mass"].to_numpy()[membrane]
        pistons = bundle.roles[bundle.roles["role"] == PISTON]
        feed, permeate = (
            float(z[pistons["atom"][pistons["side"] == side]].mean())
            for side in ("feed", "permeate")
        )
        centre = float(np.average(z[membrane], weights=mass))
        return cls(centre, faces_of_atoms(z[membrane], mass), (feed, permeate))

    def check(self, centres: np.ndarray) -> None:
        """Raise SettingsError if a window (nm from the membrane's centre) is not between sheets."""
        low, high = (z - self.centre for z in self.sheets)
        low, high = low + SHEET_NM, high - SHEET_NM
        if centres[0] < low or centres[-1] > high:
            ends = " to ".join(f"{ANGSTROM_PER_NM * z:.1f}" for z in (centres[0], centres[-1]))
            allowed = " to ".join(f"{ANGSTROM_PER_NM * z:.1f}" for z in (low, high))
            raise SettingsError(
                f"umbrella.z_angstrom is {ends}, but the sheets of this cell allow {allowed}"
            )

    def plain(self) -> dict:
        """Return it as plain data."""
        return {
            "centre": self.centre,
            "faces": list(self.faces),
            "sheets": list(self.sheets),
        }


def ions_of(bundle: Bundle, species: str) -> np.ndarray:
    """Return the atoms (n,) of all ions of a kind, in the feed at the start or not.

    Raises SettingsError if there is none.
    """
    rows = bundle.roles[bundle.roles["role"].isin(IONS) & (bundle.roles["species"] == species)]
    if rows.empty:
        known = ", ".join(sorted(set(bundle.roles["species"][bundle.roles["role"].isin(IONS)])))
        raise SettingsError(f"the cell has no {species}, its ions are {known}")
    return rows["atom"].to_numpy(dtype=int)
