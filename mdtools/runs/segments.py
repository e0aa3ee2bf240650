"""The chain of segments of a run: step arithmetic, manifests, and checks of the files."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mdtools import atomic
from mdtools.constants import FS_PER_PS
from mdtools.errors import SettingsError, TryAgain
from mdtools.runs.stored import Folder, Packed, Stored, archives

if TYPE_CHECKING:
    from mdtools.options import TransportOptions

DIRECTORY = "segments"
FAST, FULL, THERMO, STATE = "fast.npz", "full.xtc", "thermo.csv", "state.xml"
FILES = (FAST, FULL, THERMO, STATE)
MANIFEST = "manifest.json"
FORMAT = 1
LAST_STEP = 2**31 - 1
"""XTC keeps step numbers as 32-bit integers."""


@dataclass(frozen=True)
class Grid:
    """The steps and times of all frames of a run.

    Frames lie at 1, 2, ... intervals from the start; step 0 is the bundle's state. Times come from
    integer steps, so they carry no summed rounding error.

    >>> grid = Grid(timestep_fs=2.0, fast_steps=50, full_steps=100, segment_steps=200)
    >>> list(grid.frames(1, grid.full_steps)), grid.time_ps(300)
    ([300, 400], 0.6)
    """

    timestep_fs: float
    fast_steps: int
    full_steps: int
    segment_steps: int

    @classmethod
    def of(cls, options: "TransportOptions") -> "Grid":
        """Convert the options of a run to steps."""
        intervals = options.fast_every_ps, options.full_every_ps, options.segment_ps
        steps = (round(interval * FS_PER_PS / options.timestep_fs) for interval in intervals)
        return cls(options.timestep_fs, *steps)

    def time_ps(self, step: int) -> float:
        """Return the time of a step."""
        return step * self.timestep_fs / FS_PER_PS

    def first_step(self, segment: int) -> int:
        """Return the step that a segment starts from; the previous one ends there."""
        return segment * self.segment_steps

    def last_step(self, segment: int) -> int:
        """Return the step that a segment ends with."""
        return self.first_step(segment + 1)

    def frames(self, segment: int, interval: int) -> range:
        """Return the steps of a segment's frames that are ``interval`` steps apart."""
        return range(self.first_step(segment) + interval, self.last_step(segment) + 1, interval)

    def segments_until(self, until_ps: float) -> int:
        """Count the whole segments that reach ``until_ps``.

        Raises SettingsError (a ValueError) if that is not positive, or beyond what XTC can number.
        """
        steps = until_ps * FS_PER_PS / self.timestep_fs
        if not 0 < steps <= LAST_STEP:
            longest = self.time_ps(LAST_STEP)
            raise SettingsError(
                f"a run until {until_ps:g} ps: allowed is above 0 and at most {longest:g}"
            )
        # Slack of a millionth of a segment: 0.3 / 0.1 is 2.9999999999999996 or 3.0000000000000004.
        return math.ceil(steps / self.segment_steps - 1e-6)


def name(segment: int) -> str:
    """Return the directory name of a segment."""
    return f"seg_{segment:05d}"


def published(directory: Path) -> list[Stored]:
    """List the segments from the first up to a gap; contents are not read.

    One that lies both in a directory and in a packed file, as after a stop in the middle of
    packing, is that of the directory.
    """
    packed = {segment: path for path, numbers in archives(directory).items() for segment in numbers}
    found: list[Stored] = []
    while True:
        segment = len(found)
        if (path := directory / name(segment)).is_dir():
            found.append(Folder(path))
        elif segment in packed:
            found.append(Packed(packed[segment], name(segment)))
        else:
            return found


def write_manifest(directory: Path, content: dict) -> dict:
    """Write the manifest of a finished segment, with the hashes of its files and of itself.

    All of it is a function of the segment's inputs: no wall time, no host.
    """
    content = {"format": FORMAT, **content, "files": atomic.file_table(directory, FILES)}
    content["sha256"] = atomic.text_sha256(atomic.json_text(content))
    (directory / MANIFEST).write_text(atomic.json_text(content), encoding="utf-8")
    return content


def read_manifest(segment: Stored) -> dict | None:
    """Read the manifest of a segment; None if it is missing or not what was written."""
    try:
        text = segment.read(MANIFEST).decode("utf-8")
        manifest = json.loads(text)
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            return None
        content = {key: value for key, value in manifest.items() if key != "sha256"}
        hashed = manifest.get("sha256") == atomic.text_sha256(atomic.json_text(content))
        return manifest if hashed and text == atomic.json_text(manifest) else None
    except ValueError:
        return None


def problems(stored: Stored, segment: int, starts_from: str, grid: Grid) -> list[str]:
    """List what is wrong with a published segment, one sentence each; empty if it is intact.

    Parameters
    ----------
    starts_from : str
        SHA-256 of the state that the segment has to have started from.
    """
    manifest = read_manifest(stored)
    if manifest is None:
        return [f"{MANIFEST} is missing or not what was written"]
    steps = [grid.first_step(segment), grid.last_step(segment)]
    if manifest["segment"] != segment or manifest["steps"] != steps:
        return [f"{MANIFEST} is of segment {manifest['segment']}, steps {manifest['steps']}"]
    if manifest["starts_from"] != starts_from:
        return ["it does not start from the state that the segment before it ends with"]
    return stored.wrong(manifest["files"])


def end_state(manifest: dict) -> str:
    """Return the SHA-256 of the state that a segment ends with."""
    return str(manifest["files"][STATE]["sha256"])


def whole_chain(directory: Path, starts_from: str, grid: Grid) -> tuple[list[dict], list[str]]:
    """Read the manifests of intact segments, and what is wrong with the next one if it exists.

    Parameters
    ----------
    directory : Path
        Of the segments.
    starts_from : str
        SHA-256 of the bundle's state.
    """
    chain: list[dict] = []
    for stored in published(directory):
        wrong, manifest = problems(stored, len(chain), starts_from, grid), read_manifest(stored)
        if wrong or manifest is None:
            return chain, wrong
        chain.append(manifest)
        starts_from = end_state(manifest)
    return chain, []


def receipt(directory: Path, grid: Grid, until_ps: float) -> dict:
    """Summarise a run for a workflow: ``until_ps`` and the SHA-256 of each manifest until then.

    Raises TryAgain if the segments in ``directory`` do not reach that far.
    """
    count = grid.segments_until(until_ps)
    found = published(directory)[:count]
    manifests = [manifest for stored in found if (manifest := read_manifest(stored))]
    if len(manifests) < count:
        raise TryAgain(f"{directory.parent} has {len(found)} of {count} segments")
    return {"until_ps": until_ps, "segments": [entry["sha256"] for entry in manifests]}
