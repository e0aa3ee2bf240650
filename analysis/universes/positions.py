"""Positions of another program's trajectory are put around the membrane and unwrapped."""

import numpy as np
import pandas as pd

from analysis.kernels.periodic import LONGEST_STEP
from analysis.reading.observer import CollectError
from mdtools.roles import IONS, MEMBRANE, TRACKED, WATER_OXYGEN

NM_PER_ANGSTROM = 0.1
GUESSED_WATER, FEWEST_GUESSED = 0.01, 3
"""Share and number of water molecules whose nearest image may be a guess: the tail of a normal
distribution that is narrow enough for the rest."""


class Folder:
    """Frames are folded along z into one box length around the membrane, which is then whole.

    Parameters
    ----------
    membrane : int array
        Its atoms.
    weights : array
        Of the same length, their masses as shares of the sum.
    """

    def __init__(self, membrane: np.ndarray, weights: np.ndarray):
        self.membrane, self.weights = membrane, weights

    def fold(self, positions: np.ndarray, length: float, before: float | None = None) -> float:
        """Fold the atoms (in place); return the z of the membrane's centre of mass.

        The centre on a circle says roughly where the membrane is; the centre of mass of what is
        then whole is where all atoms are folded around, the membrane once more. Of its images the
        one nearest to ``before`` is taken, the centre of the frame before: a membrane at the end
        of a box is at either end of it by turns.
        """
        z = positions[:, 2].astype(float)
        angle = 2 * np.pi / length * z[self.membrane]
        mean = np.arctan2(np.sin(angle) @ self.weights, np.cos(angle) @ self.weights)
        center = mean / (2 * np.pi) * length
        for _ in range(2):
            own = z[self.membrane]
            center = float((own - length * np.rint((own - center) / length)) @ self.weights)
        if before is not None:
            center -= length * np.rint((center - before) / length)
        z -= length * np.floor((z - center) / length + 0.5)
        positions[:, 2] = z
        return float(z[self.membrane] @ self.weights)


class Unwrapper:
    """Paths of ions, groups and water are unwrapped along x and y, frame by frame.

    Along a periodic z, atoms stay in the box around the membrane, and how often each ion and group
    came round its end is counted in ``rounds``, in order of ``tracked``.
    """

    def __init__(self, roles: pd.DataFrame, wrapped: bool, periodic_z: bool = False):
        self.atoms = np.unique(roles.atom[roles.role != MEMBRANE])
        self.ions = np.flatnonzero(np.isin(self.atoms, roles.atom[roles.role.isin(IONS)]))
        water = roles.atom[roles.role == WATER_OXYGEN]
        self.water = np.flatnonzero(np.isin(self.atoms, water))
        self.wrapped = wrapped
        self.previous: np.ndarray | None = None
        self.shift = np.zeros((2, len(self.atoms)))
        tracked = roles.atom[roles.role.isin(TRACKED)]
        self.tracked = np.searchsorted(self.atoms, tracked.to_numpy(dtype=int))
        self.rounds = np.zeros(len(self.tracked), dtype=np.int16) if periodic_z else None

    def unwrap(self, positions: np.ndarray, box: np.ndarray, frame: int, center: float = 0) -> None:
        """Move the atoms (in place) to the images nearest to their positions in the frame before.

        `center` is the z of the membrane, from which that of the atoms is taken where z is
        periodic.

        Raises
        ------
        CollectError
            An ion, or more than a few waters, whose nearest image is a guess; paths that are said
            to be continuous and are not.
        """
        # A row for each axis: contiguous numbers are several times faster.
        here = np.stack([positions[:, axis].take(self.atoms) for axis in range(3)])
        if self.rounds is not None:
            here[2] -= center
        if self.previous is not None:
            steps = here - self.previous
            if self.rounds is not None:
                images = np.rint(steps[2] / box[2])
                steps[2] -= box[2] * images
                self.rounds = self.rounds - images[self.tracked].astype(np.int16)
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
            "z is taken as not periodic: set periodic_z: true in the study if the box is, with "
            "water from one face of the membrane round to the other; else shift the box so "
            "that no ion crosses its end"
            if axis == 2 and self.rounds is None
            else "write frames more often; if this is where one file ends, a part is missing"
        )
        raise CollectError(
            f"ion atom {self.atoms[self.ions[row]]} moves {lengths[row, axis]:.3g} nm along "
            f"{'xyz'[axis]} up to frame {frame}, more than {LONGEST_STEP:g} of the box "
            f"length {box[axis]:.3g} nm: {remedy}"
        )

    def _check_water(self, steps: np.ndarray, box: np.ndarray, frame: int) -> None:
        for axis in range(2 if self.rounds is None else 3):
            lengths = np.abs(steps[axis].take(self.water))
            share = np.count_nonzero(lengths > LONGEST_STEP * box[axis]) / max(len(lengths), 1)
            if share > GUESSED_WATER and len(lengths) * share > FEWEST_GUESSED:
                raise CollectError(
                    f"{100 * share:.1f} % of the water moves more than {LONGEST_STEP:g} of the box "
                    f"along {'xyz'[axis]} up to frame {frame}: its displacement cannot be known, "
                    "write frames more often"
                )
