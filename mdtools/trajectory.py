"""Trajectories of runs: the fast stream as arrays, full frames as an MDAnalysis Universe."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import MDAnalysis as mda
import numpy as np
import pandas as pd
from MDAnalysis.coordinates.base import ReaderBase
from MDAnalysis.coordinates.timestep import Timestep
from MDAnalysis.lib.formats.libmdaxdr import XTCFile
from MDAnalysis.lib.mdamath import triclinic_box

from mdtools import atomic, records
from mdtools.bundle import Bundle
from mdtools.constants import FS_PER_PS
from mdtools.runs import progress, segments
from mdtools.runs.recorder import THERMO_COLUMNS
from mdtools.runs.stored import DamagedSegment, Stored


@dataclass(frozen=True)
class FastStream:
    """Positions of ions and charged groups at short intervals.

    ``time_ps`` (T,); ``atoms`` (n,) indices; ``positions_nm`` (T, n, 3), not wrapped;
    ``membrane_z_nm`` (T,) mass-weighted mean; ``piston_z_nm`` (T, 2) feed and permeate.
    """

    time_ps: np.ndarray
    atoms: np.ndarray
    positions_nm: np.ndarray
    membrane_z_nm: np.ndarray
    piston_z_nm: np.ndarray


@dataclass(frozen=True)
class Trajectory:
    """The published segments of a run, read only.

    ``directory`` of the run, ``run`` (content of run.json), ``manifests`` of the segments, and
    where each is ``stored``: in a directory, or with others in a packed file.
    """

    directory: Path
    run: atomic.Json
    manifests: tuple[atomic.Json, ...]
    stored: tuple[Stored, ...]

    @classmethod
    def open(cls, directory: Path | str) -> "Trajectory":
        """Open the segments published so far; later ones need another `open`.

        Raises
        ------
        FileNotFoundError
            If there is no run.
        ValueError
            If a segment is damaged, naming it and the remedy.
        """
        directory = Path(directory)
        if not (directory / progress.FILE).exists():
            raise FileNotFoundError(f"{directory} holds no run ({progress.FILE} is missing)")
        run = records.read(directory / progress.FILE, "advance the run, which writes it")
        stored = tuple(segments.published(directory / segments.DIRECTORY))
        return cls(directory, run, tuple(_checked_manifest(one) for one in stored), stored)

    @cached_property
    def bundle(self) -> Bundle:
        """The cell that the run started from."""
        return Bundle.load(self.directory / self.run["bundle"])

    @property
    def complete(self) -> bool:
        """Whether the run has reached its target."""
        return bool(self.manifests) and self.manifests[-1]["last_ps"] >= self.run["target_ps"]

    def verify(self) -> None:
        """Read every file of every segment and compare it with what was written.

        `open` looks at sizes and manifests only, which takes milliseconds; this reads all bytes.

        Raises
        ------
        ValueError
            Naming the segment, the file and the remedy.
        """
        for stored, manifest in zip(self.stored, self.manifests, strict=True):
            if problems := stored.wrong(manifest["files"]):
                raise _damage(stored, problems)
        for stored, before, after in zip(
            self.stored[1:], self.manifests, self.manifests[1:], strict=False
        ):
            if after["starts_from"] != segments.end_state(before):
                raise _damage(
                    stored, ["it does not start from the state that the one before ends with"]
                )

    @property
    def full_count(self) -> int:
        """Number of full frames in all segments."""
        return sum(manifest["frames"]["full"] for manifest in self.manifests)

    def full_files(self) -> list[Path]:
        """Return the trajectory file of each segment; `opened` gives one that is packed."""
        return [stored.path / segments.FULL for stored in self.stored]

    @contextmanager
    def opened(self, segment: int) -> Iterator[Path]:
        """Yield a path under which the trajectory file of a segment can be read.

        That of a packed segment is a copy, gone when the block ends. Raises ValueError if it is
        damaged.
        """
        stored = self.stored[segment]
        try:
            with stored.opened(segments.FULL) as path:
                yield path
        except DamagedSegment as error:
            raise _damage(stored, [str(error)]) from None

    def full_frames(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yield time (ps) and positions (N, 3) in nm of every full frame, in order.

        The files are read as a stream, without the index files that random access would leave in
        the run's directory. Raises ValueError for a frame of another number of atoms.
        """
        count = len(self.bundle.topology)
        for index, manifest in enumerate(self.manifests):
            with self.opened(index) as path, XTCFile(str(path)) as stream:
                for frame in stream:
                    if len(frame.x) != count:
                        file = self.full_files()[index]
                        raise ValueError(f"{file} holds {len(frame.x)} atoms, not {count}")
                    yield time_ps(frame.step, manifest), frame.x

    def manifest_hashes(self) -> dict[str, str]:
        """Return the SHA-256 of the manifest of each segment, which holds those of its files."""
        return {
            f"{segments.DIRECTORY}/{stored.name}/{segments.MANIFEST}": hashlib.sha256(
                self._read(stored, segments.MANIFEST)
            ).hexdigest()
            for stored in self.stored
        }

    def fast(self) -> FastStream:
        """Read the fast stream of all segments; raises ValueError if there is none yet."""
        if not self.manifests:
            raise ValueError(f"{self.directory} has no finished segment yet")
        parts = []
        for stored in self.stored:
            with np.load(BytesIO(self._read(stored, segments.FAST))) as file:
                parts.append(dict(file))
        atoms = parts[0].pop("atoms")
        for part in parts[1:]:
            part.pop("atoms")
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return FastStream(atoms=atoms, **joined)

    def thermo(self) -> pd.DataFrame:
        """Read energies, temperature, pistons and the anchors' force of all full frames.

        Segments of versions that did not record a column yet have NaN there. Raises ValueError if
        there is no segment, or one is damaged.
        """
        if not self.manifests:
            raise ValueError(f"{self.directory} has no finished segment yet")
        tables = [pd.read_csv(BytesIO(self._read(one, segments.THERMO))) for one in self.stored]
        return pd.concat(tables, ignore_index=True).reindex(columns=list(THERMO_COLUMNS))

    def universe(self) -> mda.Universe:
        """Build a Universe (angstrom, ps) over all full frames, each with its true time.

        Raises ValueError if there is no frame yet.
        """
        if not self.manifests:
            raise ValueError(f"{self.directory} has no finished segment yet")
        return self.bundle.universe_of(str(self.directory), format=SegmentReader)

    @staticmethod
    def _read(stored: Stored, file: str) -> bytes:
        try:
            return stored.read(file)
        except DamagedSegment as error:
            raise _damage(stored, [str(error)]) from None


class SegmentReader(ReaderBase):
    """An MDAnalysis reader of a run directory: the full frames of all segments in a row.

    Frames carry the time and step that they were written with (a chain of XTC readers would count
    them anew from zero), and no index files are left beside the trajectories.
    """

    format = "POLYAMIDE-RUN"
    units: ClassVar = {"time": "ps", "length": "nm"}

    def __init__(self, filename: str, convert_units: bool = True, **kwargs: Any):
        super().__init__(filename, convert_units=convert_units, **kwargs)
        trajectory = Trajectory.open(filename)
        self._trajectory = trajectory
        counts = [entry["frames"]["full"] for entry in trajectory.manifests]
        self._ends = np.cumsum(counts)
        self._manifest = trajectory.manifests[0]
        self._open_index = -1
        self._xtc: XTCFile | None = None
        self._held = ExitStack()
        self.n_frames = int(self._ends[-1])
        self.n_atoms = self.parse_n_atoms(filename)
        self.ts = self._Timestep(self.n_atoms, dt=trajectory.run["interval_ps"], **self._ts_kwargs)
        self._read_frame(0)

    @classmethod
    def parse_n_atoms(cls, filename: str, **kwargs: Any) -> int:
        """Return the number of particles in each frame."""
        with Trajectory.open(filename).opened(0) as path, XTCFile(str(path)) as file:
            return int(file.n_atoms)

    def close(self) -> None:
        """Close the segment that is open."""
        self._held.close()
        self._open_index, self._xtc = -1, None

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the segment that is open, which a copy opens by itself."""
        return self.__dict__ | {"_held": ExitStack(), "_xtc": None, "_open_index": -1}

    def _reopen(self) -> None:
        self.close()
        self.ts.frame = -1

    def _read_next_timestep(self, ts: Timestep | None = None) -> Timestep:
        return self._read_frame(self.ts.frame + 1)

    def _read_frame(self, frame: int) -> Timestep:
        if not 0 <= frame < self.n_frames:
            raise EOFError(f"frame {frame} of {self.n_frames}")
        index = int(np.searchsorted(self._ends, frame, side="right"))
        local = frame - (int(self._ends[index - 1]) if index else 0)
        xtc = self._opened(index)
        if xtc.tell() != local:
            xtc.seek(local)
        return self._fill(frame, xtc.read())

    def _opened(self, index: int) -> XTCFile:
        """File of a segment, the only one that is open."""
        if index != self._open_index:
            self.close()
            path = self._held.enter_context(self._trajectory.opened(index))
            self._xtc = self._held.enter_context(XTCFile(str(path)))
            self._open_index = index
        return self._xtc

    def _fill(self, number: int, frame: Any) -> Timestep:
        """Copy a frame of an XTC file to the timestep."""
        self.ts.frame, self.ts.time = number, time_ps(frame.step, self._manifest)
        self.ts.data["step"] = frame.step
        self.ts.dimensions = triclinic_box(*frame.box)
        self.ts.positions = frame.x
        if self.convert_units:
            self.convert_pos_from_native(self.ts.positions)
            self.convert_pos_from_native(self.ts.dimensions[:3])
        return self.ts


def time_ps(step: int, manifest: atomic.Json) -> float:
    """Time of a step; XTC keeps times in single precision, 0.008 ps off at 100 ns."""
    return float(step * manifest["timestep_fs"] / FS_PER_PS)


def _checked_manifest(stored: Stored) -> atomic.Json:
    manifest = segments.read_manifest(stored)
    if manifest is None:
        raise _damage(stored, [f"{segments.MANIFEST} is missing or not what was written"])
    if problems := stored.wrong(manifest["files"], sizes_only=True):
        raise _damage(stored, problems)
    return manifest


def _damage(stored: Stored, problems: list[str]) -> ValueError:
    """Error that names a damaged segment and the remedy."""
    return ValueError(
        f"{stored.path}: {'; '.join(problems)}. Advance the run, which makes it again."
    )
