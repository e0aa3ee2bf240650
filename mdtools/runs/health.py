"""Health checks of every frame of a run: energies, temperature, pistons, ions and anchors."""

import math
from dataclasses import dataclass

import numpy as np
import openmm

from mdtools.bundle import Bundle
from mdtools.constants import GAS_CONSTANT
from mdtools.roles import ANCHOR, IONS
from mdtools.runs.recorder import TrackedAtoms
from mdtools.systems.system import degrees_of_freedom

TEMPERATURE_WINDOW_K = 30.0
SIGMAS = 6.0
"""Widens the window of small systems, whose kinetic temperature fluctuates by T sqrt(2 / N_f)."""
ANCHOR_TOLERANCE_NM = 1e-4
"""Single precision rounds positions of some 10 nm to 1e-6; an anchor that moves goes further."""
MEMBRANE_PERCENTILES = (5, 95)
"""Depth range that no piston may enter; the outermost atoms are loose ends that may stick out."""


class SegmentFailure(Exception):
    """A frame of a segment did not pass the health checks.

    ``step`` and ``problems`` of that frame, the ``last_good`` state and its ``last_good_step``,
    and the ``failed_state`` itself if its positions are finite.
    """

    def __init__(
        self,
        step: int,
        problems: list[str],
        last_good: openmm.State,
        last_good_step: int,
        failed_state: openmm.State | None = None,
    ):
        super().__init__("; ".join(problems))
        self.step, self.problems = step, problems
        self.last_good, self.last_good_step = last_good, last_good_step
        self.failed_state = failed_state


@dataclass(frozen=True)
class HealthChecks:
    """The limits that frames of one run are checked against.

    Places are checked in every fast frame, energies in every full one.
    """

    degrees_of_freedom: int
    temperature_K: float
    pistons: tuple[np.ndarray, np.ndarray]
    membrane_z: tuple[float, float]
    box_z: float
    ions: np.ndarray
    anchors: np.ndarray
    anchored_at: np.ndarray

    @classmethod
    def of(cls, bundle: Bundle, tracked: TrackedAtoms, temperature_K: float) -> "HealthChecks":
        """Health checks for a bundle at the temperature of the thermostat."""
        positions = bundle.positions
        membrane, anchors = positions[tracked.membrane, 2], bundle.atoms(ANCHOR)
        inside = np.percentile(membrane, MEMBRANE_PERCENTILES) if len(membrane) else (0.0, 0.0)
        return cls(
            degrees_of_freedom(bundle.system),
            temperature_K,
            tracked.pistons,
            (float(inside[0]), float(inside[1])),
            float(bundle.box_nm[2]),
            bundle.atoms(*IONS),
            anchors,
            positions[anchors],
        )

    @property
    def temperature_window_K(self) -> float:
        """Allowed deviation from the target: 30 K, or 6 standard deviations in a small system."""
        deviation = self.temperature_K * math.sqrt(2 / self.degrees_of_freedom)
        return max(TEMPERATURE_WINDOW_K, SIGMAS * deviation)

    def kinetic_temperature(self, kinetic: float) -> float:
        """Return the temperature in K of a kinetic energy in kJ/mol: 2 E / (N_f R)."""
        return 2 * kinetic / (self.degrees_of_freedom * GAS_CONSTANT)

    def energy_problems(self, potential: float, kinetic: float) -> list[str]:
        """List what is wrong with the energies of a frame in kJ/mol, one phrase each."""
        if not math.isfinite(potential) or not math.isfinite(kinetic):
            return [f"potential energy {potential:g} and kinetic energy {kinetic:g} kJ/mol"]
        kelvin, window = self.kinetic_temperature(kinetic), self.temperature_window_K
        if abs(kelvin - self.temperature_K) <= window:
            return []
        return [f"temperature {kelvin:.0f} K, allowed {self.temperature_K:.0f} +- {window:.0f} K"]

    def place_problems(self, positions: np.ndarray) -> list[str]:
        """List what is wrong with the places of atoms, (N, 3) in nm, one phrase each."""
        return [*self._sheets(positions), *self._anchors(positions)]

    def _sheets(self, positions: np.ndarray) -> list[str]:
        if not all(len(sheet) for sheet in self.pistons):
            return []
        feed, permeate = (positions[sheet, 2] for sheet in self.pistons)
        low, high = self.membrane_z
        wrong = []
        if feed.mean() >= low:
            wrong.append(f"the feed piston is in the membrane, at z = {feed.mean():.2f} nm")
        if permeate.mean() <= high:
            wrong.append(f"the permeate piston is in the membrane, at z = {permeate.mean():.2f} nm")
        if permeate.max() - feed.min() >= self.box_z:
            wrong.append(f"the pistons have met across the end of the box ({self.box_z:.2f} nm)")
        z = positions[self.ions, 2]
        lost = self.ions[(z <= feed.mean()) | (z >= permeate.mean())]
        if len(lost):
            wrong.append(f"{len(lost)} ions outside of the pistons (atoms {_some(lost)})")
        return wrong

    def _anchors(self, positions: np.ndarray) -> list[str]:
        if not len(self.anchors):
            return []
        moved = np.abs(positions[self.anchors] - self.anchored_at).max(axis=1)
        loose = self.anchors[moved > ANCHOR_TOLERANCE_NM]
        return [f"{len(loose)} anchors have moved (atoms {_some(loose)})"] if len(loose) else []


def _some(atoms: np.ndarray, most: int = 5) -> str:
    return ", ".join(str(atom) for atom in atoms[:most]) + (", ..." if len(atoms) > most else "")
