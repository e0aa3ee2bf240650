"""Times of the frames: whose they are, where files overlap, and which frames are analysed."""

from collections.abc import Sequence
from pathlib import Path

import MDAnalysis as mda
import numpy as np

from analysis.reading.observer import CollectError
from analysis.universes.opening import WRITTEN_BY_LAMMPS, readers_of, remarks_of

TIMED = ("XTC", "TRR", "TNG", "TRC", "TRZ", "MEMORY")
"""Formats in which every frame has its time."""
UNTIMED_DCD_DELTA = (0.0, 1.0)
"""Steps in the header of a DCD of programs that know of none: 1 would be 48.9 fs."""
TIME_REMEDY = "give interval_ps in the study, the time between frames"
ANEW_REMEDY = (
    "if each file counts its time anew, give interval_ps in the study; else give the files in "
    "the order of their times"
)


def untimed(universe: mda.Universe) -> str:
    """Return which files have no times of their own and why, empty if all of them do."""
    readers = readers_of(universe)
    for number, reader in enumerate(readers):
        if reason := reason_of(reader):
            name = Path(str(reader.filename)).name or f"file {number + 1}"
            return f"{name if len(readers) > 1 else 'it'} {reason}"
    return ""


def reason_of(reader) -> str:
    """Return why the times of a reader are none, empty if they are times."""
    name = str(np.atleast_1d(reader.format)[0]).upper()
    if name in TIMED:
        return ""
    if name == "DCD":
        header = reader._file.header
        if WRITTEN_BY_LAMMPS in remarks_of(reader):
            return "is a DCD of LAMMPS, which holds no time in known units"
        if header["delta"] in UNTIMED_DCD_DELTA or not header["nsavc"]:
            return f"is a DCD with a step of {header['delta']:g} in its header, which is no time"
        return ""
    if name in ("NCDF", "NC"):
        return "" if reader.has_time else "is a NetCDF file without times"
    if name == "H5MD":
        group = reader._particle_group["position"]
        return "" if "time" in group else "is an H5MD file without times"
    if name == "LAMMPSDUMP":
        return "is a LAMMPS dump, which holds numbers of steps and no times"
    return f"is of format {name}, which holds no times"


def time_at(universe: mda.Universe, frame: int) -> float:
    """Return the time of a frame as the file has it, ps."""
    return float(universe.trajectory[frame].time)


class Parts:
    """The frames of a trajectory that are read: of files that overlap those of the later one.

    Parameters
    ----------
    universe : MDAnalysis.Universe
    interval_ps : float or None
        Time between frames, if the study gives one.

    Attributes
    ----------
    frames : int array
        Numbers of the frames, ascending.
    notes : list of str
        Which frames were left out and why.

    Raises
    ------
    CollectError
        Files whose times begin anew, or of which it cannot be told, and no interval.
    """

    def __init__(self, universe: mda.Universe, interval_ps: float | None):
        self.universe, self.notes = universe, []
        self.unit = "" if untimed(universe) else " ps"
        readers = readers_of(universe)
        ends = np.cumsum([reader.n_frames for reader in readers])
        begins = ends - [reader.n_frames for reader in readers]
        paths = [Path(str(reader.filename)) for reader in readers]
        alone = len({path.name for path in paths}) == len(paths)
        names = [path.name if alone else str(path) for path in paths]
        if self._one_time(readers, interval_ps):
            self.frames = np.arange(len(readers))
            return
        kept = [list(pair) for pair in zip(begins.tolist(), ends.tolist(), strict=True)]
        for later in range(1, len(readers)):
            first = time_at(universe, int(begins[later]))
            for earlier in range(later):
                start, stop = kept[earlier]
                if stop <= start:
                    continue
                self._cut(kept, names, earlier, later, first, interval_ps)
        self.frames = np.concatenate([np.arange(*pair) for pair in kept])

    def _one_time(self, readers: Sequence, interval_ps: float | None) -> bool:
        """Return whether files are of one frame each, and some of them at one time."""
        if len(readers) < 2 or any(reader.n_frames > 1 for reader in readers):
            return False
        times, numbers = np.unique(
            [time_at(self.universe, n) for n in range(len(readers))], return_counts=True
        )
        if numbers.max() > 1 and interval_ps is None:
            raise CollectError(
                f"{numbers.max()} files of one frame each are at {times[numbers.argmax()]:g} ps: "
                f"{TIME_REMEDY}"
            )
        return bool(numbers.max() > 1)

    def _cut(self, kept, names: Sequence[str], earlier: int, later: int, first, interval_ps):
        """Leave out the frames of an earlier file from where a later one begins."""
        start, stop = kept[earlier]
        begin, end = time_at(self.universe, start), time_at(self.universe, stop - 1)
        slack = 1e-6 * max(abs(first), abs(end), 1.0)
        if first > end + slack:
            return
        both = (
            f"{names[earlier]} ({begin:g} to {end:g}{self.unit}) and {names[later]} (from "
            f"{first:g}{self.unit} on)"
        )
        anew = first < begin + (end - begin) / 2 and not (
            stop - start == 1 and first >= end - slack
        )
        if anew:
            if interval_ps is None:
                raise CollectError(
                    f"time does not advance from {names[earlier]} to {names[later]}: {both} "
                    f"overlap: {ANEW_REMEDY}; if it is one run that went on from a checkpoint, "
                    f"leave out the file before, or shorten it to end before {first:g}"
                    f"{self.unit}"
                )
            return
        cut = self.first_at(first - slack, start, stop)
        kept[earlier][1] = cut
        self.notes.append(
            f"{both} overlap: {stop - cut} frames of {names[earlier]} from {first:g}{self.unit} "
            f"on are left out, those of {names[later]} are taken"
        )

    def first_at(self, time_ps: float, start: int, stop: int) -> int:
        """Return the first of the frames [start, stop) at or after a time, by halving."""
        while start < stop:
            middle = (start + stop) // 2
            if time_at(self.universe, middle) < time_ps:
                start = middle + 1
            else:
                stop = middle
        return start
