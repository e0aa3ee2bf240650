"""One pass over a run: both streams in, one compact store out."""

import platform
import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
from MDAnalysis.lib.formats.libmdaxdr import XTCFile

from analysis.inside import VoidProfiler, WaterFollower
from analysis.observer import CollectError, Frame, Observer, Subject
from analysis.options import AnalysisOptions
from analysis.profilers import ELEMENTS, FaceProfiler, MembraneProfiler, WaterProfiler
from analysis.roles import MEMBRANE, PISTON, TRACKED
from analysis.store import Store
from mdtools.trajectory import Trajectory

OBSERVERS = (MembraneProfiler, FaceProfiler, WaterProfiler, VoidProfiler, WaterFollower)
STREAMS_AGREE_NM = 0.005
"""Largest difference of the membrane's centre between the streams: XTC rounds to 0.001 nm."""
SINGLE_PRECISION = 1e-6
"""Relative error that a time stamp may have: XTC stores it as a 32-bit float."""
COLLECTION_OPTIONS = ("profile_bin_angstrom",)
"""Options that the store depends on; all others can be changed without collecting again."""


def collect(run_dir: Path, store: Path, options: AnalysisOptions) -> None:
    """Read a run once and write its store; a run that is not finished is read as far as it goes.

    Parameters
    ----------
    run_dir : Path
        Directory trial<k> of a transport run.
    store : Path
        File to write.

    Raises
    ------
    CollectError
        A file of the run that is missing or not what was written, a run without frames or membrane,
        coordinates that are not finite, streams that do not belong together; the message names the
        run or its file.
    """
    run_dir, store = Path(run_dir), Path(store)
    match = re.fullmatch(r"trial(\d+)", run_dir.name)
    if not match:
        raise CollectError(f"{run_dir} is not a run: its name must be trial<number>")
    trajectory = whole_run(run_dir)
    observers = [kind() for kind in OBSERVERS]
    try:
        arrays, manifest = observe(trajectory, observers, options)
    except (CollectError, ValueError) as error:
        raise CollectError(f"{run_dir}: {error}") from error
    manifest |= {"trial": int(match.group(1)), "inputs": input_hashes(trajectory)}
    Store(arrays, manifest).write(store)


def whole_run(run_dir: Path) -> Trajectory:
    """Trajectory of a run after every byte of its segments was compared with their manifests."""
    try:
        trajectory = Trajectory.open(run_dir)
        trajectory.verify()
    except (FileNotFoundError, ValueError) as error:
        raise CollectError(str(error)) from error
    return trajectory


def observe(
    trajectory, observers: Sequence[Observer], options: AnalysisOptions
) -> tuple[dict[str, np.ndarray], dict]:
    """Show every full frame of an opened trajectory to every observer; read the fast stream whole.

    Returns
    -------
    arrays, manifest : what a store holds, but for the trial's number and the hashes of the inputs
    """
    fast = trajectory.fast()
    if len(fast.time_ps) == 0:
        raise CollectError("the run has no frames yet: publish at least one segment first")
    bundle, last = trajectory.bundle, float(fast.time_ps[-1])
    box = np.asarray(bundle.box_nm, dtype=float)
    if not np.all(box > 0):
        raise CollectError(f"the box is {box.round(3).tolist()} nm, every length must be positive")
    subject = Subject(bundle.topology, bundle.roles, box, last, options)
    if len(subject.atoms(MEMBRANE)) == 0:
        raise CollectError(f"no atom has the role {MEMBRANE!r}, z has no origin")
    arrays = fast_arrays(fast, bundle.positions, subject)
    for observer in observers:
        observer.prepare(subject)
    count = 0
    for frame in full_frames(trajectory.full_files(), subject, arrays):
        count += 1
        for observer in observers:
            observer.frame(frame)
    if count == 0:
        raise CollectError("the run has no full frames yet: publish at least one segment first")
    for observer in observers:
        arrays |= observer.conclude()
    return arrays, {
        "atoms": stored_atoms(fast.atoms, subject).to_dict("records"),
        "box_nm": box.tolist(),
        "complete": bool(trajectory.complete),
        "elements": list(ELEMENTS),
        "fast_frames": len(fast.time_ps),
        "full_frames": count,
        "parameters": {name: getattr(options, name) for name in COLLECTION_OPTIONS},
        "target_ns": float(trajectory.run["target_ps"]) / 1000,
        "versions": versions(),
    }


def fast_arrays(fast, start_nm: np.ndarray, subject: Subject) -> dict[str, np.ndarray]:
    """Arrays of the fast stream with the start of the run put in front as t = 0."""
    membrane = subject.atoms(MEMBRANE)
    center = np.average(start_nm[membrane, 2], weights=subject.masses(membrane))
    piston = subject.roles[subject.roles.role == PISTON]
    pistons = [start_nm[piston.atom[piston.group == side], 2].mean() for side in (0, 1)]
    arrays = {
        "time_ps": np.concatenate([[0.0], fast.time_ps]),
        "positions_nm": np.concatenate([start_nm[None, fast.atoms], fast.positions_nm]),
        "membrane_z_nm": np.concatenate([[center], fast.membrane_z_nm]),
        "piston_z_nm": np.concatenate([[pistons], fast.piston_z_nm]),
    }
    for name, values in arrays.items():
        bad = ~np.isfinite(values)
        if bad.any():
            frame = int(np.argwhere(bad)[0][0])
            raise CollectError(f"{name} is not finite at {arrays['time_ps'][frame]:g} ps")
    if np.any(np.diff(arrays["time_ps"]) <= 0):
        frame = int(np.flatnonzero(np.diff(arrays["time_ps"]) <= 0)[0]) + 1
        raise CollectError(f"time does not advance at {arrays['time_ps'][frame]:g} ps")
    return arrays | {"positions_nm": arrays["positions_nm"].astype(np.float32)}


def stored_atoms(atoms: np.ndarray, subject: Subject):
    """Roles of the fast stream's atoms, in its order."""
    roles = subject.roles[subject.roles.role.isin(TRACKED)]
    missing = sorted(set(map(int, atoms)) ^ set(map(int, roles.atom)))
    if missing or roles.atom.duplicated().any():
        raise CollectError(
            f"the fast stream and the roles table differ in atoms {missing[:5]}: "
            f"the stream must hold each {', '.join(TRACKED)} once"
        )
    ordered = roles.set_index("atom").loc[atoms].reset_index()
    return ordered[["atom", "role", "species", "group", "side"]].fillna("")


def full_frames(files: Sequence[Path], subject: Subject, fast: dict) -> Iterator[Frame]:
    """Full frames of all published segments, in order, read-only, z relative to the membrane.

    The files are read as a stream, without the index files that random access would leave in the
    run's directory.
    """
    membrane = subject.atoms(MEMBRANE)
    weights = subject.masses(membrane)
    atoms = len(subject.topology)
    for path in files:
        with XTCFile(str(path)) as stream:
            for record in stream:
                positions, time = record.x, float(record.time)
                if len(positions) != atoms:
                    raise CollectError(f"{path} holds {len(positions)} atoms, not {atoms}")
                if not np.isfinite(positions).all():
                    raise CollectError(f"{path}: coordinates are not finite at {time:g} ps")
                center = np.average(positions[membrane, 2].astype(float), weights=weights)
                check_streams(time, center, fast)
                yield Frame(time, positions, positions[:, 2] - center)


def check_streams(time_ps: float, center_nm: float, fast: dict) -> None:
    """Both streams must put the membrane at the same place at the same time."""
    expected = np.interp(time_ps, fast["time_ps"], fast["membrane_z_nm"])
    at = np.abs(fast["time_ps"] - time_ps).min() < 1e-3 + SINGLE_PRECISION * time_ps
    if not at or abs(expected - center_nm) > STREAMS_AGREE_NM:
        raise CollectError(
            f"the streams differ at {time_ps:g} ps: the membrane's centre is at {center_nm:.4f} nm "
            f"in the full one, {expected:.4f} nm in the fast one; they are not of the same run"
        )


def input_hashes(trajectory: Trajectory) -> dict[str, str]:
    """SHA-256 of the manifest of each segment read, which itself holds those of the files."""
    manifests = [path.with_name("manifest.json") for path in trajectory.full_files()]
    return {
        path.relative_to(trajectory.directory).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in manifests
    }


def versions() -> dict[str, str]:
    """Versions of what a number depends on."""
    packages = ("numpy", "scipy", "pandas", "MDAnalysis")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}
