"""Where each window begins: a frame of a run with an ion nearby, or one pulled from a neighbour."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path as File

import numpy as np
import openmm
import pandas as pd

from mdtools import seeds
from mdtools.bundle import Bundle
from mdtools.cells.dynamics import advance, nanometres, start_from_rest
from mdtools.constants import ANGSTROM_PER_NM, FS_PER_PS
from mdtools.options import CellOptions, PlatformOptions, UmbrellaOptions
from mdtools.roles import ANCHOR
from mdtools.state_file import Arrays, StateFile
from mdtools.systems import forces
from mdtools.systems.diagnosis import labels
from mdtools.systems.heavy_hydrogens import of_preset
from mdtools.systems.platforms import new_context
from mdtools.trajectory import Trajectory
from mdtools.umbrella.path import Path, ions_of

SCHEMA = 2
"""Of the state on disk; another one where the same key would give other starts."""
LONGEST_STEP_NM = 0.005
"""By which the restraint moves at a time while it pulls: a tenth of what heat moves the ion by."""
LONGEST_WAIT_PS = 1.0
"""Between two such steps."""
OF_PULL = ("spacing_angstrom", "pull_ps")
OF_DYNAMICS = ("temperature_K", "friction_per_ps", "timestep_fs", "minimisation_steps", "preset")
"""Options that decide where a pulled ion and all around it end; a frame of a run knows none."""
COLUMNS = ("window", "z_nm", "ion_z_nm", "atom", "source")


@dataclass(frozen=True)
class Start:
    """The start of a window: all ``positions`` (N, 3) in nm, and the ``atom`` that it restrains.

    ``source`` says in words where it comes from.
    """

    positions: np.ndarray
    atom: int
    source: str


@dataclass(frozen=True)
class Starts:
    """What the starts of all windows of one kind of ion have in common.

    Attributes
    ----------
    cell : Bundle
        The cell that all runs go back to.
    species : str
    path : Path
        Of the cell.
    centres : (K,) array
        Of the windows, nm from the membrane's centre.
    directory : Path
        Gets a file for each start; those that are there already stay, however long the runs become.
    """

    cell: Bundle
    species: str
    path: Path
    centres: np.ndarray
    options: UmbrellaOptions
    dynamics: CellOptions
    platform: PlatformOptions
    seed: int
    directory: File
    stop: Callable[[], bool] | None = None
    log: Callable[[str], None] = print

    def read(self, window: int) -> Start | None:
        """Read the start of a window, None if it has none, or one that was pulled otherwise."""
        return self._file(window).read(self._start)

    def make(self, runs: Sequence[tuple[str, Trajectory]]) -> pd.DataFrame:
        """Make the starts of all windows that have none; returns a row for each window.

        A window begins from the frame, of all full frames of the runs and of what they started
        from, in which an ion of the kind is nearest to its centre, if that is within half of the
        spacing. Others are pulled, each from the neighbour that has a start.

        Parameters
        ----------
        runs : sequence of (name, Trajectory)

        Returns
        -------
        DataFrame
            Columns of `COLUMNS`: window, z_nm (its centre), ion_z_nm (of the ion at the start, both
            from the membrane's centre), atom, source.

        Raises
        ------
        SettingsError
            If windows lie outside of the sheets, or the cell has no such ion.
        PhysicsError
            If the cell blows up while an ion is pulled, naming the atoms.
        TryAgain
            If ``stop()`` turned true; starts that are made are on disk.
        """
        self.path.check(self.centres)
        starts = {k: start for k in range(len(self.centres)) if (start := self.read(k))}
        if len(starts) < len(self.centres):
            nearest = self._nearest(runs)
            missing = [k for k in range(len(self.centres)) if k not in starts]
            for k in missing:
                if self._distance(nearest[k], k) <= self._near_nm:
                    starts[k] = self._keep(k, nearest[k])
            if not starts:
                first = min(missing, key=lambda k: self._distance(nearest[k], k))
                starts[first] = self._keep(first, self._pulled(nearest[first], first), self._pull)
            while len(starts) < len(self.centres):
                k, neighbour = self._next(starts)
                pulled = self._pulled(starts[neighbour], k, neighbour)
                starts[k] = self._keep(k, pulled, self._pull)
        rows = [
            (k, self.centres[k], self._z(start), start.atom, start.source)
            for k, start in sorted(starts.items())
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    @property
    def _near_nm(self) -> float:
        return self.options.spacing_angstrom / ANGSTROM_PER_NM / 2

    def _nearest(self, runs: Iterable[tuple[str, Trajectory]]) -> dict[int, Start]:
        """Find the frame for each window in which an ion is nearest to its centre."""
        atoms, anchors = ions_of(self.cell, self.species), self.cell.atoms(ANCHOR)
        best: dict[int, Start] = {}
        closest = np.full(len(self.centres), np.inf)
        for source, positions in _frames(self.cell, runs):
            z = self._from_centre(positions[atoms, 2])
            apart = np.abs(z[:, None] - self.centres)
            ion = apart.argmin(axis=0)
            distance = apart.min(axis=0)
            better = np.flatnonzero(distance < closest)
            if len(better):
                kept = np.array(positions, dtype=float)
                # Frames of a run are rounded to 0.001 nm.
                kept[anchors] = self.cell.positions[anchors]
            for k in better:
                best[int(k)] = Start(kept, int(atoms[ion[k]]), source)
                closest[k] = distance[k]
        return best

    def _next(self, starts: dict[int, Start]) -> tuple[int, int]:
        """Return a window without a start and its neighbour that has one."""
        for k in range(len(self.centres)):
            for neighbour in (k - 1, k + 1):
                if k not in starts and neighbour in starts:
                    return k, neighbour
        raise AssertionError("no start at all")

    def _pulled(self, start: Start, window: int, neighbour: int | None = None) -> Start:
        """Pull the ion of a start to the centre of a window, by a spacing in ``pull_ps``."""
        begin, end = self._z(start), float(self.centres[window])
        if neighbour is not None:
            begin = float(self.centres[neighbour])
        spacings = abs(end - begin) * ANGSTROM_PER_NM / self.options.spacing_angstrom
        duration_ps = spacings * self.options.pull_ps
        pieces = math.ceil(
            max(abs(end - begin) / LONGEST_STEP_NM, duration_ps / LONGEST_WAIT_PS, 1)
        )
        steps = max(1, round(duration_ps * FS_PER_PS / self.dynamics.timestep_fs / pieces))
        names, doing = labels(self.cell), f"pulling {self.species} to window {window}"
        context = self._context(start.atom, begin, window)
        context.setPositions(start.positions)
        start_from_rest(
            context,
            names,
            minimisation_steps=self.dynamics.minimisation_steps,
            temperature_K=self.dynamics.temperature_K,
            seed=seeds.integer(self.seed, "velocities", window),
            stop=self.stop,
        )
        state = None
        for place in np.linspace(begin, end, pieces + 1)[1:]:
            context.setParameter(forces.UMBRELLA_Z, self.path.centre + float(place))
            state = advance(context, names, steps, doing, self.stop)
        source = "pulled from " + (
            start.source if neighbour is None else f"window {neighbour} ({start.source})"
        )
        self.log(f"{doing}: {ANGSTROM_PER_NM * abs(end - begin):.2f} angstrom")
        return Start(nanometres(state), start.atom, source)

    def _context(self, atom: int, z_nm: float, window: int) -> openmm.Context:
        system = restrained(self.cell, atom, self.path.centre + z_nm, self.options)
        return new_context(
            of_preset(system, self.cell.topology["element"], self.dynamics.preset),
            self.platform,
            temperature_K=self.dynamics.temperature_K,
            friction_per_ps=self.dynamics.friction_per_ps,
            timestep_fs=self.dynamics.timestep_fs,
            seed=seeds.integer(self.seed, "pull", window),
        )

    @property
    def _pull(self) -> dict:
        return {
            **self.options.model_dump(mode="json", include=set(OF_PULL)),
            **self.dynamics.model_dump(mode="json", include=set(OF_DYNAMICS)),
        }

    def _keep(self, window: int, start: Start, pull: dict | None = None) -> Start:
        facts = {"atom": start.atom, "source": start.source, "pull": pull}
        self._file(window).write(facts, {"positions": start.positions})
        return start

    def _file(self, window: int) -> StateFile:
        key = {
            "cell": dict(self.cell.hashes or {}),
            "species": self.species,
            "z_nm": round(float(self.centres[window]), 9),
            "stiffness": self.options.stiffness_kJ_mol_nm2,
            "seed": self.seed,
        }
        path = self.directory / f"window{window}.npz"
        return StateFile(path, key, schema=SCHEMA, job="choose or pull this start")

    def _start(self, facts: dict, arrays: Arrays) -> Start | None:
        if facts["pull"] not in (None, self._pull):
            return None
        return Start(arrays["positions"], facts["atom"], facts["source"])

    def _z(self, start: Start) -> float:
        return float(self._from_centre(start.positions[start.atom, 2]))

    def _distance(self, start: Start, window: int) -> float:
        return abs(self._z(start) - float(self.centres[window]))

    def _from_centre(self, z: np.ndarray) -> np.ndarray:
        height = self.cell.box_nm[2]
        return z - height * np.round(z / height) - self.path.centre


def restrained(bundle: Bundle, atom: int, z_nm: float, options: UmbrellaOptions) -> openmm.System:
    """Return a copy of a cell's System with the restraint of a window; z in the box's frame."""
    system = openmm.XmlSerializer.clone(bundle.system)
    system.setDefaultPeriodicBoxVectors(*bundle.state.getPeriodicBoxVectors())
    forces.add_umbrella(system, atom, z_nm, options.stiffness_kJ_mol_nm2, float(bundle.box_nm[2]))
    return system


def _frames(
    cell: Bundle, runs: Iterable[tuple[str, Trajectory]]
) -> Iterable[tuple[str, np.ndarray]]:
    yield "the cell", cell.positions
    for name, run in runs:
        yield f"the start of {name}", run.bundle.positions
        for time_ps, positions in run.full_frames():
            yield f"{name} at {time_ps:g} ps", positions
