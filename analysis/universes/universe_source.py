"""A Universe of MDAnalysis is read as a frame source."""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import MDAnalysis as mda
import numpy as np

from analysis.reading.observer import CollectError
from analysis.reading.sources import FullFrame
from analysis.trials import AREA_MAY_CHANGE
from analysis.universes.atom_tables import bonds_of, roles_of, topology_of
from analysis.universes.positions import NM_PER_ANGSTROM, Unwrapper, check_positions
from analysis.universes.study import Study
from mdtools.trajectory import FastStream

EDGE_BYTES = 2**20
"""Bytes hashed at either end of a trajectory: all of it would take longer than reading it."""
TIME_REMEDY = "give interval_ps in the study, as where each file counts its time anew"


class UniverseSource:
    """A trajectory that MDAnalysis reads is an `analysis.reading.sources.FrameSource`.

    x and y of ions, groups and water are unwrapped by nearest images.

    Parameters
    ----------
    universe : MDAnalysis.Universe
    study : Study
        Its trials are not used.
    name : str
        Name of the trajectory in messages.

    Raises
    ------
    CollectError
        An empty or wrong selection, no charges, no box, or a box without a length.
    """

    fast: FastStream | None = None
    start_nm: np.ndarray | None = None

    def __init__(self, universe: mda.Universe, study: Study, name: str):
        self.universe, self.study, self.name = universe, study, name
        self.roles = roles_of(universe, study.selections)
        self.box_nm = self._box(universe.trajectory[0])
        # z is not periodic: whole nanometres let trials of slightly different boxes share bins.
        self.box_nm[2] = np.ceil(self.box_nm[2])
        self.bonds = bonds_of(universe, self.roles, self.box_nm)
        self.topology = topology_of(universe, study)
        check_positions(universe.trajectory[0], self.roles, self.box_nm[2])
        self.first = self._first_frame()
        self.full_frames = len(universe.trajectory) - self.first
        if self.full_frames < 2:
            raise CollectError(
                f"{self.full_frames} frames from {study.from_ps:g} ps on are no trajectory: two "
                "are the fewest"
            )
        self.first_ps = float(universe.trajectory[self.first].time)
        last = len(universe.trajectory) - 1
        self.last_ps = self._time(last, universe.trajectory[last].time)
        if not self.last_ps > 0:
            raise CollectError(f"the last frame is at {self.last_ps:g} ps: {TIME_REMEDY}")
        self.target_ps = 1000 * study.target_ns if study.target_ns else self.last_ps
        self.complete = bool(self.last_ps >= self.target_ps * (1 - 1e-6))
        self.files: tuple[Path, ...] = ()

    def frames(self) -> Iterator[FullFrame]:
        """Yield the frames in order, the first at t = 0."""
        unwrapper = Unwrapper(self.roles, self.study.wrapped)
        previous = None
        for step in self.universe.trajectory[self.first :]:
            box = self._box(step)
            change = np.abs(box[:2] / self.box_nm[:2] - 1).max()
            if change > AREA_MAY_CHANGE:
                raise CollectError(
                    f"the box changes by {100 * change:.1f} % laterally up to frame {step.frame}: "
                    f"allowed are {100 * AREA_MAY_CHANGE:g} %, all profiles are per one area"
                )
            time, raw = self._time(step.frame, step.time), step.positions
            sample = raw[:: len(raw) // 64 or 1].copy()
            if previous is not None and not time > previous[0]:
                raise CollectError(f"time does not advance at frame {step.frame}: {TIME_REMEDY}")
            if previous is not None and np.array_equal(previous[1], sample):
                raise CollectError(
                    f"frame {step.frame} repeats the one before: parts of a run often begin with "
                    "the last frame of the part before, which must be left out"
                )
            previous = time, sample
            positions = NM_PER_ANGSTROM * raw
            unwrapper.unwrap(positions, box, step.frame)
            yield FullFrame(time, positions)

    def _first_frame(self) -> int:
        """Return the number of the first frame at or after from_ps."""
        frames, every = self.universe.trajectory, self.study.interval_ps
        if self.study.from_ps == 0:
            return 0
        if every is None:
            begin, end = (float(frames[n].time) for n in (0, len(frames) - 1))
            every = max(end - begin, 1e-9) / max(len(frames) - 1, 1)
        return min(int(np.ceil(self.study.from_ps / every - 1e-6)), len(frames) - 1)

    def _time(self, frame: int, time: float) -> float:
        every = self.study.interval_ps
        return float(time) - self.first_ps if every is None else (frame - self.first) * every

    def _box(self, step) -> np.ndarray:
        if self.study.box_angstrom is not None:
            return NM_PER_ANGSTROM * np.array(self.study.box_angstrom)
        box = None if step.dimensions is None else np.asarray(step.dimensions, dtype=float)
        remedy = "give box_angstrom: [x, y, z] in the study"
        if box is None:
            raise CollectError(f"frame {step.frame} has no box: {remedy}")
        if np.abs(box[3:] - 90).max() > 0.01:
            raise CollectError(
                f"frame {step.frame} has angles {box[3:].tolist()}: allowed is a rectangular box"
            )
        if not np.all(box[:3] > 0):
            raise CollectError(
                f"frame {step.frame} has a box of {box[:3].tolist()} angstrom, every length must "
                f"be positive, also that of z, which is not periodic: {remedy}"
            )
        return NM_PER_ANGSTROM * box[:3]

    def inputs(self) -> dict[str, str]:
        """Return the SHA-256 of the size and the two ends of every file."""
        return {f"{n} {path.name}": fingerprint(path) for n, path in enumerate(self.files)}


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of the size and of the first and last megabyte of a file."""
    size = os.path.getsize(path)
    digest = sha256(str(size).encode())
    with open(path, "rb") as file:
        digest.update(file.read(EDGE_BYTES))
        file.seek(max(size - EDGE_BYTES, 0))
        digest.update(file.read(EDGE_BYTES))
    return digest.hexdigest()
