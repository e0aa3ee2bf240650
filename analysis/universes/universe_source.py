"""A Universe of MDAnalysis is read as a frame source."""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import MDAnalysis as mda
import numpy as np

from analysis.limits import AREA_MAY_CHANGE
from analysis.reading.observer import CollectError
from analysis.reading.sources import FullFrame
from analysis.universes.atom_tables import bonds_of, roles_of, topology_of
from analysis.universes.frame_times import TIME_REMEDY, Parts, untimed
from analysis.universes.ion_atoms import charge_notes, check_single_atoms, ion_atoms
from analysis.universes.opening import order_notes, readers_of
from analysis.universes.positions import NM_PER_ANGSTROM, Folder, Unwrapper
from analysis.universes.slab_place import (
    ORDER,
    WIDEST_GAP_NM,
    check_extent,
    check_reservoir,
    fragment_notes,
    pieces,
)
from analysis.universes.study import Study
from analysis.universes.water_checks import check_density, check_oxygen
from mdtools.roles import CHARGED_GROUP, MEMBRANE, PISTON, WATER_OXYGEN
from mdtools.trajectory import FastStream

EDGE_BYTES = 2**20
"""Bytes hashed at either end of a trajectory: all of it would take longer than reading it."""
ANEW = "give interval_ps in the study, as where each file counts its time anew"
SAME_BOX = 1e-6
"""Boxes that differ by less, as a share of a length, are one: files round them."""
AT_THE_END_NM = 0.4
"""Water as near as this to both ends of the box along z: a box that is periodic there."""
LARGEST_FRAGMENTS = 0.5
"""Mass of all pieces that lie apart from the membrane, as a share of it: more is no fragment."""


class UniverseSource:
    """A trajectory that MDAnalysis reads is an `analysis.reading.sources.FrameSource`.

    x and y of ions, groups and water are unwrapped by nearest images; whatever is judged once is
    judged on the first frame that is analysed.

    Parameters
    ----------
    universe : MDAnalysis.Universe
    study : Study
        Its trials are not used.
    name : str
        Name of the trajectory in messages.

    Attributes
    ----------
    notes : list of str
        What a reader of the results should know: frames and atoms that were left out, charges.

    Raises
    ------
    CollectError
        An empty or wrong selection, no charges, no times, no box, or a box without a length; no
        reservoir beside the membrane; water that is not oxygen, or of another density than water.
    """

    fast: FastStream | None = None
    start_nm: np.ndarray | None = None

    def __init__(self, universe: mda.Universe, study: Study, name: str):
        self.universe, self.study, self.name = universe, study, name
        self.columns = list(ORDER[study.axis])
        self.notes = order_notes(universe)
        self._choose_frames()
        step = universe.trajectory[int(self.frame_numbers[0])]
        self.roles = roles_of(universe, study.selections)
        self.box_nm = self._box(step)
        self.period_z = study.periodic_z
        first_box = self.box_nm.copy()
        # z is binned over whole nanometres: trials of slightly different boxes share bins.
        self.box_nm[2] = np.ceil(self.box_nm[2])
        file_box = 10 * first_box[np.argsort(self.columns)]
        self.bonds = bonds_of(universe, self.roles, file_box)
        self.topology = topology_of(universe, study)
        check_oxygen(self.roles, self.topology, study.selections.water_oxygen)
        self._find_ions(file_box)
        self._find_membrane(step, first_box)
        self.target_ps = 1000 * study.target_ns if study.target_ns else self.last_ps
        self.complete = bool(self.last_ps >= self.target_ps * (1 - 1e-6))
        self.files: tuple[Path, ...] = ()

    def _choose_frames(self) -> None:
        """Choose the frames that are analysed, and set the times of the first and the last."""
        study, trajectory = self.study, self.universe.trajectory
        missing = untimed(self.universe)
        for reader in readers_of(self.universe):
            if missing and hasattr(reader, "ts"):
                # Else every frame of it complains, also after it was opened anew.
                reader.ts.data.setdefault("dt", 1.0)
                reader._ts_kwargs.setdefault("dt", 1.0)
        parts = Parts(self.universe, study.interval_ps)
        self.notes += parts.notes
        frames = parts.frames
        if missing and study.interval_ps is None and len(frames) > 1:
            raise CollectError(f"{missing}: {TIME_REMEDY}")
        try:
            first = self._first(parts)
            begins, ends = (
                float(trajectory[int(frames[n])].time) for n in (min(first, len(frames) - 1), -1)
            )
        except (OSError, EOFError) as error:
            raise CollectError(
                f"a frame cannot be read: the file is damaged or ends early "
                f"({type(error).__name__})"
            ) from None
        self.frame_numbers = frames[first:]
        self.full_frames = len(self.frame_numbers)
        self.single = len(frames) == 1
        if self.full_frames < 2 and not self.single:
            begin, end = (self._file_time(frames, n) for n in (0, len(frames) - 1))
            raise CollectError(
                f"{self.full_frames} frames from {study.from_ps:g} ps on are no trajectory, two "
                f"are the fewest: there are {len(frames)} frames from {begin:g} to {end:g} ps, and "
                f"from_ps counts {self._clock()}"
            )
        self.first_ps = begins
        self.last_ps = self._time(self.full_frames - 1, ends)
        if not self.single and not self.last_ps > 0:
            raise CollectError(f"the last frame is at {self.last_ps:g} ps: {ANEW}")

    def _first(self, parts: Parts) -> int:
        """Return the place among the chosen frames of the first at or after from_ps."""
        every, frames, start = self.study.interval_ps, parts.frames, self.study.from_ps
        if start == 0 or len(frames) == 1:
            return 0
        if every is not None:
            return min(int(np.ceil(start / every - 1e-6)), len(frames))
        low, high = 0, len(frames)
        slack = 1e-6 * max(abs(start), 1.0)
        while low < high:
            middle = (low + high) // 2
            if float(self.universe.trajectory[int(frames[middle])].time) < start - slack:
                low = middle + 1
            else:
                high = middle
        return low

    def _clock(self) -> str:
        if self.study.interval_ps is None:
            return "by the times of the files"
        return "from the first frame, in steps of interval_ps"

    def _file_time(self, frames: np.ndarray, n: int) -> float:
        every = self.study.interval_ps
        if every is not None:
            return n * every
        return float(self.universe.trajectory[int(frames[n])].time)

    def _find_ions(self, file_box: np.ndarray) -> None:
        """Find the atoms of each ion, in the current frame."""
        lengths = file_box.copy()
        if not self.study.periodic_z:
            lengths["xyz".index(self.study.axis)] = 0.0
        check_single_atoms(self.universe, self.roles, self.bonds, lengths)
        self.ion_atoms = ion_atoms(self.universe, self.roles, self.topology, self.bonds, lengths)
        self.notes += charge_notes(self.roles, self.ion_atoms, self.topology)

    def _find_membrane(self, step, box: np.ndarray) -> None:
        """Find the membrane's largest piece, and whether frames must be folded around it."""
        study = self.study
        places = NM_PER_ANGSTROM * step.positions[:, self.columns].astype(float)
        masses = self.topology.mass.to_numpy(dtype=float)
        atoms = self.roles.atom[self.roles.role == MEMBRANE].to_numpy(dtype=int)
        found = pieces(places[atoms, 2], atoms, masses[atoms], float(box[2]))
        lost = np.concatenate([np.empty(0, dtype=int), *found.apart])
        if masses[lost].sum() > LARGEST_FRAGMENTS * masses[found.membrane].sum():
            raise CollectError(
                f"the membrane has gaps of more than {WIDEST_GAP_NM:g} nm along {study.axis} "
                f"and falls into {1 + len(found.apart)} pieces, of which the largest holds "
                f"{len(found.membrane)} of {len(atoms)} atoms: narrow selections.membrane to one "
                "membrane"
            )
        self.notes += fragment_notes(self.universe, found.apart, study.axis)
        gone = self.roles.atom.isin(lost) & self.roles.role.isin((MEMBRANE, CHARGED_GROUP))
        self.roles = self.roles[~gone].reset_index(drop=True)
        check_reservoir(places, found.membrane, box, study.axis)
        self.folder = None
        weights = masses[found.membrane] / masses[found.membrane].sum()
        if study.periodic_z and (self.roles.role == PISTON).any():
            raise CollectError(
                "periodic_z is true, and selections.pistons are given: sheets close the box along "
                "z, set periodic_z: false"
            )
        if study.periodic_z or found.folded:
            self.folder = Folder(found.membrane, weights)
            self.folder.fold(places, float(box[2]))
        check_extent(
            places[:, 2], self.roles, float(places[found.membrane, 2] @ weights), self.box_nm[2]
        )
        check_density(places, self.roles, box, study)
        if not study.periodic_z:
            self._note_water_at_ends(places[:, 2], float(box[2]))

    def _note_water_at_ends(self, z_nm: np.ndarray, length: float) -> None:
        """Note that water is at both ends of the box, as in one that is periodic there."""
        water = z_nm[self.roles.atom[self.roles.role == WATER_OXYGEN].to_numpy(dtype=int)]
        walled = (self.roles.role == PISTON).any()
        if walled or not len(water) or self.single:
            return
        room = length - np.ptp(water)
        if 0 <= room < AT_THE_END_NM and np.ptp(z_nm) <= length * (1 + 1e-3):
            self.notes.append(
                f"water reaches both ends of the box along {self.study.axis}, which is taken as "
                "not periodic: no neighbours are looked for through the ends; if the box is "
                "periodic there, set periodic_z: true in the study"
            )

    def frames(self) -> Iterator[FullFrame]:
        """Yield the frames in order, the first at t = 0."""
        unwrapper = Unwrapper(self.roles, self.study.wrapped, self.period_z)
        previous = first_box = before = center = None
        changed = False
        membrane = self.roles.atom[self.roles.role == MEMBRANE].to_numpy(dtype=int)
        least, most = np.full(2, np.inf), np.zeros(2)
        turned = self.columns != [0, 1, 2]
        for number, step in enumerate(self._steps()):
            box = self._box(step)
            first_box = box if first_box is None else first_box
            least, most = np.minimum(least, box[:2]), np.maximum(most, box[:2])
            change = (most / least - 1).max()
            if change > 2 * AREA_MAY_CHANGE:
                raise CollectError(
                    f"the box changes by {100 * change:.1f} % laterally up to frame {step.frame}: "
                    f"allowed are {100 * AREA_MAY_CHANGE:g} % to either side of its mean, all "
                    "profiles are per one area; leave out what comes before by from_ps"
                )
            time, raw = self._time(number, step.time), step.positions
            sample = raw[:: len(raw) // 64 or 1].copy()
            if previous is not None and not time > previous[0]:
                raise CollectError(f"time does not advance at frame {step.frame}: {ANEW}")
            if previous is not None and np.array_equal(previous[1], sample):
                raise CollectError(
                    f"frame {step.frame} repeats the one before: parts of a run often begin with "
                    "the last frame of the part before, which must be left out"
                )
            previous = time, sample
            positions = NM_PER_ANGSTROM * (raw[:, self.columns] if turned else raw)
            if self.folder is not None:
                center = self.folder.fold(positions, float(box[2]), center)
            else:
                z_nm = positions[membrane, 2]
                if before is not None and np.abs(z_nm - before).max() > box[2] / 2:
                    raise CollectError(
                        f"the membrane crosses the end of the box along {self.study.axis} up to "
                        f"frame {step.frame}: set periodic_z: true, or centre it in the files"
                    )
                before = z_nm.copy()
            changed = changed or np.abs(box[:2] / first_box[:2] - 1).max() >= SAME_BOX
            same = not (self.period_z or changed)
            # Paths that were unwrapped in boxes of other lengths are no images in this one.
            cell = None if same else positions.copy()
            unwrapper.unwrap(positions, box, step.frame, center or 0.0)
            yield FullFrame(time, positions, None if same else box, cell, unwrapper.rounds)

    def _steps(self) -> Iterator:
        """Yield the frames that are analysed; one that cannot be read is refused."""
        numbers = self.frame_numbers
        chosen = (
            slice(int(numbers[0]), int(numbers[-1]) + 1)
            if len(numbers) == numbers[-1] - numbers[0] + 1
            else numbers
        )
        steps, done = iter(self.universe.trajectory[chosen]), 0
        while True:
            try:
                step = next(steps)
            except StopIteration:
                return
            except (OSError, EOFError, ValueError, IndexError) as error:
                raise CollectError(
                    f"frame {numbers[min(done, len(numbers) - 1)]} cannot be read: the file is "
                    "damaged or ends there"
                ) from error
            done += 1
            yield step

    def _time(self, number: int, time: float) -> float:
        every = self.study.interval_ps
        return float(time) - self.first_ps if every is None else number * every

    def _box(self, step) -> np.ndarray:
        box = None if step.dimensions is None else np.asarray(step.dimensions, dtype=float)
        if box is not None and box.all() and np.abs(box[3:] - 90).max() > 0.01:
            angles = ", ".join(f"{angle:.4g}" for angle in box[3:])
            raise CollectError(
                f"frame {step.frame} has a box of angles {angles}: allowed is a rectangular one"
            )
        if self.study.box_angstrom is not None:
            return NM_PER_ANGSTROM * np.array(self.study.box_angstrom)[self.columns]
        remedy = "give box_angstrom: [x, y, z] in the study"
        if box is None:
            raise CollectError(f"frame {step.frame} has no box: {remedy}")
        if not np.all(box[:3] > 0):
            raise CollectError(
                f"frame {step.frame} has a box of {box[:3].tolist()} angstrom, every length must "
                f"be positive, also that of z, which is not periodic: {remedy}"
            )
        return NM_PER_ANGSTROM * box[self.columns]

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
