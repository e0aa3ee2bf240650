"""A check of resuming: one run in one session beside one that was stopped and resumed."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from mdtools.bundle import Bundle
from mdtools.options import PlatformOptions, TransportOptions
from mdtools.runs import promises, segments
from mdtools.runs.run import Run
from mdtools.systems.platforms import open_platform

OPTIONS = TransportOptions(
    duration_ns=0.001, segment_ps=0.5, fast_every_ps=0.05, full_every_ps=0.25, timestep_fs=1
)
"""Two segments of 500 steps, in which a GPU sorts its atoms and makes its lists of neighbours
several times."""
BEGIN_PS, END_PS = OPTIONS.segment_ps, 1000 * OPTIONS.duration_ns
KEY = ("selfcheck", "resume")


@dataclass(frozen=True)
class ResumeCheck:
    """The result of a check: the platform, the promise that holds, and the files that differ."""

    platform: str
    promise: str
    particles: int
    steps: int
    differing: tuple[str, ...]


def check(bundle: Bundle, platform: PlatformOptions, directory: Path) -> ResumeCheck:
    """Run two chains of two segments from the same seeds, and compare their files bit for bit.

    One chain goes on without a stop; of the other, the second segment is made by a new process.

    Parameters
    ----------
    bundle : Bundle
        On disk.
    directory : Path
        For the runs; both are left there.
    """
    whole = _run(directory / "whole", bundle.directory, platform)
    whole.advance(END_PS)
    resumed = _run(directory / "resumed", bundle.directory, platform)
    resumed.advance(BEGIN_PS)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        process.submit(_advance, resumed.directory, bundle.directory, platform).result()
    one, other = _files(whole), _files(resumed)
    differing = tuple(name for name in one if one[name] != other.get(name))
    name = open_platform(platform)[0].getName()
    return ResumeCheck(
        name,
        promises.STATISTICAL if differing else promises.BITWISE,
        bundle.system.getNumParticles(),
        round(1000 * END_PS / OPTIONS.timestep_fs),
        differing,
    )


def _run(directory: Path, bundle: Path, platform: PlatformOptions) -> Run:
    return Run(directory, bundle, OPTIONS, seed=1, key=KEY, platform=platform)


def _advance(directory: Path, bundle: Path, platform: PlatformOptions) -> None:
    _run(directory, bundle, platform).advance(END_PS)


def _files(run: Run) -> dict[str, str]:
    """SHA-256 of every file of every segment, end states among them."""
    return {
        f"{stored.name}/{name}": facts["sha256"]
        for stored in segments.published(run.directory / segments.DIRECTORY)
        if (manifest := segments.read_manifest(stored))
        for name, facts in manifest["files"].items()
    }
