"""Frames of a wet slab that GROMACS has written: whole again, as parts."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import MDAnalysis as mda
import numpy as np

from mdtools.constants import WATER_SITES
from mdtools.errors import SettingsError
from mdtools.periodic import cut_at_widest_gap
from mdtools.polymer import Polymer
from mdtools.swelling.wet_slab import Parts


class Frames:
    """Takes positions in a box apart: network whole along z, residues and waters whole.

    Parameters
    ----------
    polymer : Polymer
    ions, waters : int
    """

    def __init__(self, polymer: Polymer, ions: int, waters: int) -> None:
        residue = polymer.atoms["residue"].to_numpy()
        self._first = np.searchsorted(residue, residue)
        self._ends = np.cumsum([len(residue), ions])
        self._particles = self._ends[-1] + WATER_SITES * waters

    def read(self, path: Path) -> Iterator[tuple[float, Parts, float]]:
        """Give time in ps, parts, and the height in nm that the network leaves free, of each frame.

        Raises SettingsError for a file that cannot be read or holds other atoms.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                reader = mda.coordinates.XTC.XTCReader(str(path), convert_units=False)
        except (OSError, ValueError) as error:
            raise SettingsError(f"{path} cannot be read: {error}") from None
        with reader:
            if reader.n_atoms != self._particles:
                raise SettingsError(
                    f"{path} has {reader.n_atoms} atoms, needed are {self._particles}"
                )
            for frame in reader:
                parts, gap_nm = self.parts(
                    frame.positions.astype(float), frame.dimensions[:3].astype(float)
                )
                yield float(frame.time), parts, gap_nm

    def parts(self, positions: np.ndarray, box_nm: np.ndarray) -> tuple[Parts, float]:
        """Take positions (P, 3) in a box (3,) apart; the network's centre is at z = 0.

        Returns the parts, without sheets, and the widest gap along z without network, nm.
        """
        network, ions, water = np.split(positions, self._ends)
        heights, gap_nm = cut_at_widest_gap(network[:, 2], box_nm[2])
        centre = (heights.min() + heights.max()) / 2
        network = np.column_stack([network[:, :2], heights - centre])
        start = network[self._first]
        # A residue is shorter than half the box.
        network = start + _nearest(network - start, box_nm)
        middle = np.array([0.0, 0.0, box_nm[2] / 2])
        ions = np.mod(ions - [0, 0, centre] + middle, box_nm) - middle
        sites = water.reshape(-1, WATER_SITES, 3) - [0, 0, centre]
        oxygen = np.mod(sites[:, :1] + middle, box_nm) - middle
        sites = oxygen + _nearest(sites - sites[:, :1], box_nm)
        return Parts(network, ions, sites, np.empty((2, 0, 3))), gap_nm


def _nearest(vectors: np.ndarray, box_nm: np.ndarray) -> np.ndarray:
    """Return the nearest image of vectors (..., 3), periodic along all axes."""
    return vectors - box_nm * np.round(vectors / box_nm)
