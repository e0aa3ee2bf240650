"""Recording of a segment: the fast stream, full frames and thermodynamics."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mdtools.bundle import Bundle
from mdtools.errors import TryAgain
from mdtools.roles import ANCHOR, MEMBRANE, PISTON, TRACKED
from mdtools.runs.segments import FAST, FULL, THERMO, Grid

THERMO_COLUMNS = (
    "step",
    "time_ps",
    "potential_kJ_mol",
    "kinetic_kJ_mol",
    "temperature_K",
    "piston_feed_z_nm",
    "piston_permeate_z_nm",
    "anchors_force_z_kJ_mol_nm",
)


@dataclass(frozen=True)
class TrackedAtoms:
    """The atoms that the streams and the health checks follow.

    ``fast`` (n,): in the order of the role table; ``membrane`` and ``weights``: for the mean z;
    ``pistons``: feed and permeate sheet, empty if there is none; ``anchors`` (a,), which carry what
    drives the others.
    """

    fast: np.ndarray
    membrane: np.ndarray
    weights: np.ndarray
    pistons: tuple[np.ndarray, np.ndarray]
    anchors: np.ndarray

    @classmethod
    def of(cls, bundle: Bundle) -> "TrackedAtoms":
        """Select the atoms by the roles of a bundle; weights are masses, of anchors too."""
        membrane = bundle.atoms(MEMBRANE)
        masses = bundle.topology["mass"].to_numpy()[membrane]
        sheets = bundle.roles[bundle.roles["role"] == PISTON]
        feed, permeate = (sheets["atom"][sheets["group"] == side].to_numpy() for side in (0, 1))
        weights = masses / masses.sum() if len(membrane) else masses
        anchors = bundle.atoms(ANCHOR)
        return cls(bundle.atoms(*TRACKED), membrane, weights, (feed, permeate), anchors)

    def membrane_z(self, positions: np.ndarray) -> float:
        """Average z over the membrane by mass, nm; NaN without a membrane."""
        if not len(self.membrane):
            return float("nan")
        return float(positions[self.membrane, 2] @ self.weights)

    def piston_z(self, positions: np.ndarray) -> tuple[float, float]:
        """Average z of the feed and of the permeate sheet, nm; NaN without a sheet."""
        feed, permeate = (
            float(positions[sheet, 2].mean()) if len(sheet) else float("nan")
            for sheet in self.pistons
        )
        return feed, permeate


class Recorder:
    """A context manager that writes the streams of one segment into a directory.

    On leaving without an error everything is on the disk and the trajectory was read back.

    Raises
    ------
    TryAgain
        If the trajectory cannot be written whole.
    OSError
        If the other files cannot.
    """

    def __init__(self, directory: Path, tracked: TrackedAtoms, grid: Grid, box: np.ndarray):
        self.directory, self.tracked, self.grid, self.box = directory, tracked, grid, box
        self._times: list[float] = []
        self._fast: list[np.ndarray] = []
        self._membrane: list[float] = []
        self._pistons: list[tuple[float, float]] = []
        self._carried: list[float] = []
        self._thermo: list[str] = [",".join(THERMO_COLUMNS)]
        self._steps: list[int] = []

    def __enter__(self) -> "Recorder":
        # Whoever only asks how far a run is does not wait for MDAnalysis.
        from MDAnalysis.lib.formats.libmdaxdr import XTCFile

        self._xtc = XTCFile(str(self.directory / FULL), "w")
        return self

    def __exit__(self, error, *_) -> None:
        self._xtc.close()
        if error is None:
            self._check_trajectory()
            self._write_fast()
            (self.directory / THERMO).write_text("\n".join([*self._thermo, ""]), newline="\n")

    @property
    def counts(self) -> dict[str, int]:
        """Number of frames so far."""
        return {"fast": len(self._times), "full": len(self._steps)}

    def fast(self, step: int, positions: np.ndarray, anchors_force: float) -> None:
        """Record the tracked atoms of a frame; positions (N, 3) in nm.

        ``anchors_force`` is what all forces along z on the anchors sum up to, in kJ/mol/nm.
        """
        self._times.append(self.grid.time_ps(step))
        self._fast.append(positions[self.tracked.fast].astype(np.float32))
        self._membrane.append(self.tracked.membrane_z(positions))
        self._pistons.append(self.tracked.piston_z(positions))
        self._carried.append(anchors_force)

    def full(
        self, step: int, positions: np.ndarray, potential: float, kinetic: float, kelvin: float
    ) -> None:
        """Write all particles and the thermodynamics of a frame.

        Energies in kJ/mol, the potential without the drive; temperature in K. The force on the
        anchors is the mean over the fast frames since the full frame before.
        """
        time = self.grid.time_ps(step)
        try:
            self._xtc.write(positions.astype(np.float32), self.box, step, time)
        except OSError as error:
            raise TryAgain(f"could not write {self.directory / FULL}: {error}") from error
        self._steps.append(step)
        carried, self._carried = np.mean(self._carried), []
        values = (time, potential, kinetic, kelvin, *self.tracked.piston_z(positions), carried)
        self._thermo.append(",".join([str(step), *(repr(float(value)) for value in values)]))

    def _check_trajectory(self) -> None:
        """Read the steps back: the XTC library does not report a failing close."""
        from MDAnalysis.lib.formats.libmdaxdr import XTCFile

        path = self.directory / FULL
        try:
            with XTCFile(str(path)) as file:
                steps = [frame.step for frame in file]
        except OSError as error:
            raise TryAgain(f"{path} was not written whole: {error}") from error
        if steps != self._steps:
            raise TryAgain(f"{path} was not written whole: {len(steps)} of {len(self._steps)}")

    def _write_fast(self) -> None:
        positions = np.array(self._fast, dtype=np.float32)
        with open(self.directory / FAST, "wb") as file:
            # numpy stamps the members of an npz with 1980, so equal arrays are equal bytes.
            np.savez(
                file,
                time_ps=np.array(self._times),
                atoms=self.tracked.fast.astype(np.int64),
                positions_nm=positions,
                membrane_z_nm=np.array(self._membrane),
                piston_z_nm=np.array(self._pistons),
            )
