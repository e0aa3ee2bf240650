"""The full frames of a run as one file that other programs read.

MDAnalysis takes a second to import, and what is wrong is refused before.
"""

from __future__ import annotations

import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mdtools import atomic
from mdtools.bundle_files import TOPOLOGY
from mdtools.errors import SettingsError
from mdtools.filesystem import refusal
from mdtools.runs import progress

if TYPE_CHECKING:
    from mdtools.trajectory import Trajectory

ENDINGS = (".xtc", ".dcd")


@dataclass(frozen=True)
class Written:
    """What a file holds: frames, the time of the first and between two of them (ps), its atoms."""

    path: Path
    topology: Path
    frames: int
    first_ps: float
    interval_ps: float
    atoms: int


def write_trajectory(run: Path, out: Path, every: int = 1) -> Written:
    """Write the full frames that a run has published, and the topology beside them.

    XTC has the frames bit for bit, with their steps and times. DCD has them in angstrom, the time
    between frames, and counts from zero.

    Parameters
    ----------
    run : Path
        Directory trial<k> of a transport run.
    out : Path
        Ends with .xtc or .dcd; the topology is the same name with .psf.
    every : int
        Of how many frames one is written, beginning with the first.

    Raises
    ------
    SettingsError
        No run, no frame yet, a damaged segment, or a file that ends otherwise.
    """
    if out.suffix.lower() not in ENDINGS:
        raise SettingsError(f"--out {out}: allowed are names that end in {', '.join(ENDINGS)}")
    if reason := refusal(out.parent):
        raise SettingsError(f"--out {out}: {reason}")
    if out.is_dir():
        raise SettingsError(f"--out {out} is a directory, allowed is a file")
    if not (run / progress.FILE).is_file():
        raise SettingsError(
            f"{run} holds no run ({progress.FILE} is missing): name the directory of a trial, such "
            "as results/demo/transport/pH7/NaCl/trial1"
        )
    from mdtools.trajectory import Trajectory

    try:
        trajectory = Trajectory.open(run)
    except (ValueError, FileNotFoundError) as error:
        raise SettingsError(str(error)) from None
    if not trajectory.full_count:
        raise SettingsError(f"{run} has no full frame yet: its first segment is not finished")
    out.parent.mkdir(parents=True, exist_ok=True)
    write = _xtc if out.suffix.lower() == ".xtc" else _dcd
    with atomic.replacing(out) as staged:
        try:
            times = write(trajectory, staged, every)
        except ValueError as error:
            raise SettingsError(str(error)) from None
    topology = out.with_suffix(".psf")
    with atomic.replacing(topology) as staged:
        shutil.copyfile(trajectory.bundle.directory / TOPOLOGY, staged)
    interval = times[1] - times[0] if len(times) > 1 else every * trajectory.run["interval_ps"]
    return Written(out, topology, len(times), times[0], interval, len(trajectory.bundle.topology))


def _xtc(trajectory: Trajectory, path: Path, every: int) -> list[float]:
    """Copy frames; at the precision that they were written with, nothing is rounded again."""
    from MDAnalysis.lib.formats.libmdaxdr import XTCFile

    from mdtools.trajectory import time_ps

    times: list[float] = []
    seen = 0
    with XTCFile(str(path), "w") as target:
        for index, manifest in enumerate(trajectory.manifests):
            with trajectory.opened(index) as source, XTCFile(str(source)) as stream:
                for frame in stream:
                    if seen % every == 0:
                        times.append(time_ps(frame.step, manifest))
                        target.write(frame.x, frame.box, frame.step, times[-1], frame.prec)
                    seen += 1
    return times


def _dcd(trajectory: Trajectory, path: Path, every: int) -> list[float]:
    import MDAnalysis as mda

    universe = trajectory.universe()
    times: list[float] = []
    interval = every * trajectory.run["interval_ps"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with mda.Writer(
            str(path), universe.atoms.n_atoms, dt=interval, format="DCD", step=1
        ) as target:
            for frame in universe.trajectory[::every]:
                times.append(frame.time)
                target.write(universe.atoms)
    return times
