"""A run is read in one pass over its frames and written as one compact store."""

import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track

from analysis.kernels import neighbours
from analysis.kernels.ion_energies import PRESETS, SCOPES, TERMS
from analysis.options import COLLECTION_OPTIONS, AnalysisOptions
from analysis.reading.growing_array import GrowingArray
from analysis.reading.ion_environment import EnergyObserver, RadialObserver, ShellObserver
from analysis.reading.observer import (
    PARTNERS,
    SINGLE_PRECISION,
    CollectError,
    Frame,
    ObservedSystem,
    Observer,
)
from analysis.reading.pores import PORE_NUMBERS, PoreObserver
from analysis.reading.profilers import (
    ELEMENTS,
    MapProfiler,
    MembraneProfiler,
    WaterProfiler,
)
from analysis.reading.sources import FrameSource, RunSource, trial_of
from analysis.reading.water import VoidProfiler, WaterPathObserver
from analysis.store import ARRAYS, OF_ANCHORS, OF_CELLS, Store
from mdtools.roles import MEMBRANE, PISTON, TRACKED

OBSERVERS = (
    MembraneProfiler,
    PoreObserver,
    MapProfiler,
    WaterProfiler,
    VoidProfiler,
    WaterPathObserver,
    ShellObserver,
    RadialObserver,
    EnergyObserver,
)
STREAMS_AGREE_NM = 0.005
"""Largest difference of the membrane's centre between the streams: XTC rounds to 0.001 nm."""


def collect(
    run_dir: Path,
    store: Path,
    options: AnalysisOptions,
    extra: Sequence[Observer] = (),
    progress: bool = False,
) -> None:
    """Read a run once and write its store; a run that is not finished is read as far as it goes.

    Parameters
    ----------
    run_dir : Path
        Directory trial<k> of a transport run.
    store : Path
        File to write.
    extra : sequence of Observer
        Observers of the caller; the store keeps their arrays beside its own.
    progress : bool
        Draw a progress bar on stderr.

    Raises
    ------
    CollectError
        A file of the run that is missing or not what was written, a run without frames or membrane,
        coordinates that are not finite, streams that do not belong together; the message names the
        run or its file.
    """
    trial = trial_of(run_dir)
    write_store(RunSource.open(Path(run_dir)), trial, run_dir, store, options, extra, progress)


def write_store(
    source: FrameSource,
    trial: int,
    name,
    store: Path,
    options: AnalysisOptions,
    extra: Sequence[Observer] = (),
    progress: bool = False,
    study: dict | None = None,
) -> None:
    """Read a frame source once and write its store; error messages begin with `name`.

    `study` holds the selections of a study, for a trajectory that comes without a bundle.
    """
    observers = [*(kind() for kind in OBSERVERS), *extra]
    try:
        arrays, manifest = observe(source, observers, options, progress)
    except (CollectError, ValueError) as error:
        raise CollectError(f"{name}: {error}") from error
    manifest |= {"trial": trial, "inputs": source.inputs(), "study": study}
    Store(arrays, manifest).write(Path(store))


def observe(
    source: FrameSource,
    observers: Sequence[Observer],
    options: AnalysisOptions,
    progress: bool = False,
) -> tuple[dict[str, np.ndarray], dict]:
    """Pass every full frame of a source to every observer, and read a fast stream as one block.

    Returns
    -------
    arrays, manifest : what a store holds, but for the trial's number and the hashes of the inputs
    """
    box = np.asarray(source.box_nm, dtype=float)
    if not np.all(box > 0):
        raise CollectError(f"the box is {box.round(3).tolist()} nm, every length must be positive")
    system = ObservedSystem(
        source.topology,
        source.roles,
        source.bonds,
        box,
        source.last_ps,
        source.full_frames,
        options,
        getattr(source, "ion_atoms", None),
        getattr(source, "period_z", False),
    )
    if len(system.atoms(MEMBRANE)) == 0:
        raise CollectError(f"no atom has the role {MEMBRANE!r}, z has no origin")
    fast = source.fast
    stream = TrackedAtomObserver() if fast is None else None
    arrays = {}
    if fast is not None:
        assert source.start_nm is not None, "a fast stream begins after the start of the run"
        arrays = fast_arrays(fast, source.start_nm, system)
    everyone = [*observers, stream] if stream else list(observers)
    for observer in everyone:
        observer.prepare(system)
    count = 0
    frames = full_frames(source, system, everyone, arrays)
    for frame in track(
        frames, "Reading frames", total=source.full_frames, transient=True, disable=not progress
    ):
        count += 1
        for observer in everyone:
            observer.frame(frame)
    if count == 0:
        raise CollectError("the run has no full frames yet: publish at least one segment first")
    for observer in everyone:
        results = observer.conclude()
        if duplicates := sorted(arrays.keys() & results.keys()):
            raise CollectError(
                f"{type(observer).__name__} gives {', '.join(duplicates)}, a name that is taken"
            )
        if unitless := sorted(results.keys() - ARRAYS.keys() - observer.units.keys()):
            raise CollectError(
                f"{type(observer).__name__} gives {', '.join(unitless)} without a unit: name each "
                "array with its unit and meaning in its units"
            )
        arrays |= results
    arrays |= getattr(source, "anchors", {})
    tracked = system.atoms(*TRACKED) if fast is None else fast.atoms
    box = box if stream is None else stream.mean_box(box)
    extra = OF_ANCHORS | {k: text for observer in everyone for k, text in observer.units.items()}
    said = list(getattr(source, "notes", []))
    notes = {"notes": said} if said else {}
    return arrays, notes | {
        "atoms": stored_atoms(tracked, system).to_dict("records"),
        "box_nm": box.tolist(),
        "complete": source.complete,
        "elements": list(ELEMENTS),
        "partners": list(PARTNERS),
        "pore_numbers": list(PORE_NUMBERS),
        "energy_axes": {"preset": list(PRESETS), "scope": list(SCOPES), "term": list(TERMS)},
        "fast_frames": len(arrays["time_ps"]) - 1,
        "full_frames": count,
        "ramp_ps": getattr(source, "ramp_ps", 0.0),
        "parameters": {name: getattr(options, name) for name in COLLECTION_OPTIONS},
        "target_ns": source.target_ps / 1000,
        "versions": versions(),
        "extra": {name: text for name, text in extra.items() if name in arrays},
    }


def fast_arrays(fast, start_nm: np.ndarray, system: ObservedSystem) -> dict[str, np.ndarray]:
    """Return the arrays of the fast stream with the start of the run put in front as t = 0."""
    membrane = system.atoms(MEMBRANE)
    center = np.average(start_nm[membrane, 2], weights=system.masses(membrane))
    piston = system.roles[system.roles.role == PISTON]
    pistons = [start_nm[piston.atom[piston.group == side], 2].mean() for side in (0, 1)]
    arrays = {
        "time_ps": np.concatenate([[0.0], fast.time_ps]),
        "positions_nm": np.concatenate([start_nm[None, fast.atoms], fast.positions_nm]),
        "membrane_z_nm": np.concatenate([[center], fast.membrane_z_nm]),
        "piston_z_nm": np.concatenate([[pistons], fast.piston_z_nm]),
    }
    return checked(arrays)


def checked(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays of a fast stream, positions in single precision.

    Raises CollectError where one is not finite or time does not advance.
    """
    for name, values in arrays.items():
        bad = ~np.isfinite(values)
        if bad.any():
            frame = int(np.argwhere(bad)[0][0])
            raise CollectError(f"{name} is not finite at {arrays['time_ps'][frame]:g} ps")
    if np.any(np.diff(arrays["time_ps"]) <= 0):
        frame = int(np.flatnonzero(np.diff(arrays["time_ps"]) <= 0)[0]) + 1
        raise CollectError(f"time does not advance at {arrays['time_ps'][frame]:g} ps")
    return arrays | {"positions_nm": arrays["positions_nm"].astype(np.float32, copy=False)}


class TrackedAtomObserver(Observer):
    """This observer takes the arrays of a fast stream from full frames, where no stream exists.

    Without pistons the outermost particles of the frame stand in for them, along a periodic z the
    ends of the box. Where the box changes or is periodic along z, images and boxes are kept, too.
    """

    units = OF_CELLS

    def prepare(self, system: ObservedSystem) -> None:
        """Look up the atoms of ions, charged groups and pistons."""
        self.atoms = system.atoms(*TRACKED)
        piston = system.roles[system.roles.role == PISTON]
        self.pistons = [piston.atom[piston.group == side].to_numpy() for side in (0, 1)]
        self.rows = {
            "time_ps": GrowingArray(float),
            "positions_nm": GrowingArray(np.float32, (len(self.atoms), 3)),
            "membrane_z_nm": GrowingArray(float),
            "piston_z_nm": GrowingArray(float, (2,)),
        }
        self.period_z, self.first_box = system.period_z, system.box_nm
        self.cells = {
            "cell_nm": GrowingArray(np.float32, (len(self.atoms), 3)),
            "cell_box_nm": GrowingArray(float, (3,)),
            "z_rounds": GrowingArray(np.int16, (len(self.atoms),)),
        }
        self.boxes = 0
        self.sum_nm = np.zeros(2)

    def frame(self, frame: Frame) -> None:
        """Append the positions of the tracked atoms, and z of the membrane and the pistons."""
        z = frame.positions_nm[:, 2]
        self._add_cell(frame)
        if self.period_z:
            assert frame.box_nm is not None, "a periodic source gives the box of each frame"
            center = float(z[0]) - frame.z_nm[0]
            walls = [center - frame.box_nm[2] / 2, center + frame.box_nm[2] / 2]
        elif all(len(sheet) for sheet in self.pistons):
            walls = [float(z[sheet].mean()) for sheet in self.pistons]
        else:
            walls = [float(z.min()), float(z.max())]
        values = frame.time_ps, frame.positions_nm[self.atoms], float(z[0]) - frame.z_nm[0], walls
        for rows, value in zip(self.rows.values(), values, strict=True):
            rows.add([value])

    def conclude(self) -> dict[str, np.ndarray]:
        """Return the arrays of a fast stream; the source has unwrapped x and y."""
        arrays = checked({name: rows.joined() for name, rows in self.rows.items()})
        if self.boxes:
            arrays |= {name: rows.joined() for name, rows in self.cells.items()}
            if not self.period_z:
                del arrays["z_rounds"]
        return arrays

    def _add_cell(self, frame: Frame) -> None:
        """Append images and box of a frame; what one box has in common is not kept in the end."""
        box = self.first_box if frame.box_nm is None else frame.box_nm
        self.boxes += frame.box_nm is not None
        self.sum_nm += box[:2]
        self.cells["cell_nm"].add([frame.images_nm[self.atoms]])
        self.cells["cell_box_nm"].add([[*box[:2], box[2] * self.period_z]])
        none = np.zeros(len(self.atoms), dtype=np.int16)
        self.cells["z_rounds"].add([none if frame.rounds is None else frame.rounds])

    def mean_box(self, box_nm: np.ndarray) -> np.ndarray:
        """Return the box with the mean lengths along x and y of all frames."""
        if not self.boxes:
            return box_nm
        frames = self.rows["time_ps"].count
        return np.array([*(self.sum_nm / frames), box_nm[2]])


def stored_atoms(atoms: np.ndarray, system: ObservedSystem) -> pd.DataFrame:
    """Return the roles of the fast stream's atoms, in its order."""
    roles = system.roles[system.roles.role.isin(TRACKED)]
    missing = sorted(set(map(int, atoms)) ^ set(map(int, roles.atom)))
    if missing or roles.atom.duplicated().any():
        raise CollectError(
            f"the fast stream and the roles table differ in atoms {missing[:5]}: "
            f"the stream must hold each {', '.join(TRACKED)} once"
        )
    ordered = roles.set_index("atom").loc[atoms].reset_index()
    return ordered[["atom", "role", "species", "group", "side"]].fillna("")


def full_frames(
    source: FrameSource, system: ObservedSystem, observers: Sequence[Observer], fast: dict
) -> Iterator[Frame]:
    """Yield the full frames in order, z relative to the membrane, with the ions' neighbours."""
    membrane = system.atoms(MEMBRANE)
    weights = system.masses(membrane)
    weights = weights / weights.sum()
    ions, partners = system.ions.atom.to_numpy(dtype=int), system.partners[0]
    for number, full in enumerate(source.frames()):
        time, positions = full.time_ps, full.positions_nm
        if not np.isfinite(positions).all():
            raise CollectError(f"coordinates are not finite at {time:g} ps")
        center = float(positions[membrane, 2] @ weights)
        if fast:
            check_streams(time, center, fast)
        reach = max(observer.reach_nm(time) for observer in observers)
        images, lengths = positions, system.lateral_nm
        if full.box_nm is not None:
            images = positions if full.cell_nm is None else full.cell_nm
            lengths = full.box_nm * (system.lateral_nm > 0)
            reach = min(reach, lengths[lengths > 0].min() / 2)
        pairs = (
            neighbours(
                images.take(ions, axis=0),
                images.take(partners, axis=0),
                reach,
                lengths,
            )
            if reach > 0
            else None
        )
        cell = full.box_nm, full.cell_nm, full.rounds
        yield Frame(time, positions, positions[:, 2] - center, number, pairs, *cell)


def check_streams(time_ps: float, center_nm: float, fast: dict) -> None:
    """Raise CollectError if the streams put the membrane at different z at one time."""
    times, centers = fast["time_ps"], fast["membrane_z_nm"]
    after = min(int(np.searchsorted(times, time_ps)), len(times) - 1)
    nearest = min((after, max(after - 1, 0)), key=lambda frame: abs(times[frame] - time_ps))
    at = abs(times[nearest] - time_ps) < 1e-3 + SINGLE_PRECISION * time_ps
    if not at or abs(centers[nearest] - center_nm) > STREAMS_AGREE_NM:
        expected = np.interp(time_ps, times, centers)
        raise CollectError(
            f"the streams differ at {time_ps:g} ps: the membrane's centre is at {center_nm:.4f} nm "
            f"in the full one, {expected:.4f} nm in the fast one; they are not of the same run"
        )


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a result depends on."""
    packages = ("numpy", "scipy", "pandas", "MDAnalysis", "numba")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}
