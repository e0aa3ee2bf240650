"""Positions of another program's trajectory are unwrapped along x and y, and checked along z."""

import numpy as np
import pandas as pd

from analysis.kernels.periodic import LONGEST_STEP
from analysis.reading.observer import CollectError
from mdtools.roles import IONS, MEMBRANE, PISTON, WATER_OXYGEN

NM_PER_ANGSTROM = 0.1
GUESSED_WATER, FEWEST_GUESSED = 0.01, 3
"""Share and number of water molecules whose nearest image may be a guess: the tail of a normal
distribution that is narrow enough for the rest."""
WIDEST_GAP_NM = 1.0
"""Between atoms of one membrane along z: wider than any hollow that goes right through it."""


class Unwrapper:
    """Paths of ions, groups and water are unwrapped along x and y, frame by frame."""

    def __init__(self, roles: pd.DataFrame, wrapped: bool):
        self.atoms = np.unique(roles.atom[roles.role != MEMBRANE])
        self.ions = np.flatnonzero(np.isin(self.atoms, roles.atom[roles.role.isin(IONS)]))
        water = roles.atom[roles.role == WATER_OXYGEN]
        self.water = np.flatnonzero(np.isin(self.atoms, water))
        self.wrapped = wrapped
        self.previous: np.ndarray | None = None
        self.shift = np.zeros((2, len(self.atoms)))

    def unwrap(self, positions: np.ndarray, box: np.ndarray, frame: int) -> None:
        """Move the atoms (in place) to the images nearest to their positions in the frame before.

        Raises
        ------
        CollectError
            An ion, or more than a few waters, whose nearest image is a guess; paths that are said
            to be continuous and are not.
        """
        # A row for each axis: contiguous numbers are several times faster.
        here = np.stack([positions[:, axis].take(self.atoms) for axis in range(3)])
        if self.previous is not None:
            steps = here - self.previous
            for axis, length in enumerate(box[:2]):
                jumped = np.flatnonzero(np.abs(steps[axis]) > length / 2)
                if len(jumped) and not self.wrapped:
                    raise CollectError(
                        f"{len(jumped)} atoms jump by more than half of the box along {'xy'[axis]} "
                        f"up to frame {frame}: these paths are wrapped, set wrapped: true"
                    )
                images = length * np.round(steps[axis, jumped] / length)
                self.shift[axis, jumped] -= images
                steps[axis, jumped] -= images
                if len(jumped) or self.shift[axis].any():
                    positions[self.atoms, axis] = here[axis] + self.shift[axis]
            self._check_ions(steps, box, frame)
            self._check_water(steps, box, frame)
        self.previous = here

    def _check_ions(self, steps: np.ndarray, box: np.ndarray, frame: int) -> None:
        lengths = np.abs(steps[:, self.ions].T)
        far = lengths > LONGEST_STEP * box
        if not far.any():
            return
        row, axis = (int(i) for i in np.argwhere(far)[0])
        remedy = (
            "z is taken as not periodic: shift the box so that no ion crosses it"
            if axis == 2
            else "write frames more often; if this is where one file ends, a part is missing"
        )
        raise CollectError(
            f"ion atom {self.atoms[self.ions[row]]} moves {lengths[row, axis]:.3g} nm along "
            f"{'xyz'[axis]} up to frame {frame}, more than {LONGEST_STEP:g} of the box "
            f"length {box[axis]:.3g} nm: {remedy}"
        )

    def _check_water(self, steps: np.ndarray, box: np.ndarray, frame: int) -> None:
        for axis in range(2):
            lengths = np.abs(steps[axis].take(self.water))
            share = np.count_nonzero(lengths > LONGEST_STEP * box[axis]) / max(len(lengths), 1)
            if share > GUESSED_WATER and len(lengths) * share > FEWEST_GUESSED:
                raise CollectError(
                    f"{100 * share:.1f} % of the water moves more than {LONGEST_STEP:g} of the box "
                    f"along {'xy'[axis]} up to frame {frame}: its displacement cannot be known, "
                    "write frames more often"
                )


def check_positions(step, roles: pd.DataFrame, box_z_nm: float) -> None:
    """Raise CollectError for a membrane in two parts along z, or pistons on the wrong sides."""
    z = NM_PER_ANGSTROM * step.positions[:, 2].astype(float)
    membrane = np.sort(z[roles.atom[roles.role == MEMBRANE]])
    gap = np.diff(membrane).max(initial=0.0)
    if gap > WIDEST_GAP_NM:
        raise CollectError(
            f"the membrane has a gap of {gap:.2g} nm along z: it lies across the boundary, or the "
            "selection holds more than it; shift the box, or narrow selections.membrane"
        )
    if np.ptp(membrane) > box_z_nm:
        raise CollectError(
            f"the membrane reaches over {np.ptp(membrane):.3g} nm along z, the box over "
            f"{box_z_nm:.3g} nm: box_angstrom is in angstrom"
        )
    pistons = [roles.atom[(roles.role == PISTON) & (roles.group == side)] for side in (0, 1)]
    if all(len(sheet) for sheet in pistons):
        feed, permeate = (z[sheet].mean() for sheet in pistons)
        if not feed < membrane.mean() < permeate:
            raise CollectError(
                f"the pistons are at {feed:.3g} and {permeate:.3g} nm, the membrane at "
                f"{membrane.mean():.3g} nm: the first of selections.pistons is the feed's, at the "
                "lower z"
            )
