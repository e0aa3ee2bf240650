"""Dynamics of a hydrated polymer at its own area, and at the one that a lateral pressure gives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import openmm
import pandas as pd

from mdtools import seeds
from mdtools.cells.assemble import Cell
from mdtools.cells.dynamics import atom_names, start_from_rest
from mdtools.constants import FS_PER_PS
from mdtools.errors import PhysicsError
from mdtools.options import FreeAreaOptions, PlatformOptions
from mdtools.roles import MEMBRANE, WATER_OXYGEN
from mdtools.slab import between, faces_of_atoms
from mdtools.systems.constraints import largest_constraint_error
from mdtools.systems.diagnosis import guarded
from mdtools.systems.group_monte_carlo import GroupMonteCarlo
from mdtools.systems.group_scaling import GroupScaling
from mdtools.systems.platforms import new_context
from mdtools.systems.stress import TrialScaling
from mdtools.systems.system import masses

FIXED, WARM_UP, FREE = "fixed area", "warm-up", "free area"
"""Phases: only the length moves; both move and their steps adapt; both move with fixed steps."""
LARGEST_CONSTRAINT_ERROR_NM = 1e-5
"""What rounding in single precision may leave of a constraint in a box of some nm."""


@dataclass(frozen=True)
class FreeArea:
    """What happened to the box of a hydrated polymer.

    Attributes
    ----------
    series : DataFrame
        ``time_ps``, ``phase``, ``length_x_nm``, ``length_y_nm``, ``length_z_nm``, ``area_strain``
        (area over that of the polymer, less one), ``lateral_pressure_MPa`` and
        ``normal_pressure_MPa`` (of the moment), ``waters_in_membrane``.
    acceptance : dict
        Share of accepted moves with fixed steps: ``area``, ``length``.
    largest_constraint_error_nm : float
        Over all samples.
    """

    series: pd.DataFrame
    acceptance: dict[str, float]
    largest_constraint_error_nm: float


def free_area(
    cell: Cell,
    options: FreeAreaOptions,
    platform: PlatformOptions,
    seed: int,
    log: Callable[[str], None] = print,
) -> FreeArea:
    """Minimise a hydrated polymer and run it at its own area, then at a free area.

    Langevin dynamics with moves of `mdtools.systems.group_monte_carlo` every ``steps_per_move``
    steps: in the phase "fixed area" of the length along z alone, then of the area (x and y by one
    factor) or the length, drawn with equal chance.

    Parameters
    ----------
    cell : Cell
        Of `mdtools.cells.hydrated_box`.
    seed : int
        Same seed and platform of one CPU thread, same series.

    Raises
    ------
    PhysicsError
        If the system blows up, or the box shrinks below twice the cut-off.
    """
    context = new_context(
        cell.system,
        platform,
        temperature_K=options.temperature_K,
        friction_per_ps=options.friction_per_ps,
        timestep_fs=options.timestep_fs,
        seed=seeds.integer(seed, "thermostat"),
    )
    context.setPositions(cell.positions)
    names = atom_names(cell.topology)
    start_from_rest(
        context,
        names,
        minimisation_steps=options.minimisation_steps,
        temperature_K=options.temperature_K,
        seed=seeds.integer(seed, "velocities"),
    )
    return _Run(context, cell, options, seed, log).whole()


class _Run:
    def __init__(
        self,
        context: openmm.Context,
        cell: Cell,
        options: FreeAreaOptions,
        seed: int,
        log: Callable[[str], None],
    ) -> None:
        self._context, self._cell, self._options, self._log = context, cell, options, log
        self._names = atom_names(cell.topology)
        self._scaling = GroupScaling(context)
        self._rng = seeds.generator(seed, "moves")
        self._area, self._length = self._moves("xy"), self._moves("z")
        self._trials = {
            name: TrialScaling(
                context, axes, temperature_K=options.temperature_K, scaling=self._scaling
            )
            for name, axes in (("lateral_pressure_MPa", "xy"), ("normal_pressure_MPa", "z"))
        }
        self._stretch_ps = options.steps_per_move * options.timestep_fs / FS_PER_PS
        self._moves_per_sample = max(1, round(options.sample_ps / self._stretch_ps))
        roles = dict(list(cell.roles.groupby("role")))
        self._membrane = roles[MEMBRANE]["atom"].to_numpy()
        self._oxygen = roles[WATER_OXYGEN]["atom"].to_numpy()
        self._mass = masses(cell.system)[self._membrane]
        self._rows: list[dict] = []
        self._moved = 0
        self._worst = 0.0

    def whole(self) -> FreeArea:
        options = self._options
        self._phase(FIXED, options.equilibration_ps, [self._length])
        self._phase(WARM_UP, options.warm_up_ps, [self._area, self._length])
        for move in (self._area, self._length):
            move.stop_adapting()
        self._phase(FREE, options.duration_ps, [self._area, self._length])
        acceptance = {"area": self._area.acceptance, "length": self._length.acceptance}
        return FreeArea(pd.DataFrame(self._rows), acceptance, self._worst)

    def _moves(self, axes: str) -> GroupMonteCarlo:
        return GroupMonteCarlo(
            self._context,
            axes,
            pressure_MPa=self._options.pressure_MPa,
            temperature_K=self._options.temperature_K,
            rng=self._rng,
            scaling=self._scaling,
        )

    def _phase(self, phase: str, duration_ps: float, moves: list[GroupMonteCarlo]) -> None:
        count = max(1, round(duration_ps / (self._moves_per_sample * self._stretch_ps)))
        for _ in range(count):
            for _ in range(self._moves_per_sample):
                doing = f"{phase}, {self._moved * self._stretch_ps:g} ps"
                self._advance(doing)
                moves[self._rng.integers(len(moves))].attempt()
                self._moved += 1
            self._sample(phase)
        row = self._rows[-1]
        self._log(
            f"{row['time_ps']:g} ps, {phase}: area {100 * row['area_strain']:+.2f} %, "
            f"length {row['length_z_nm']:.3f} nm"
        )

    def _advance(self, doing: str) -> None:
        steps = self._options.steps_per_move
        integrator = self._context.getIntegrator()
        guarded(self._context, self._names, lambda: integrator.step(steps), doing, steps)

    def _sample(self, phase: str) -> None:
        pressures = {}
        positions, box, _ = self._scaling.present()
        volume = float(np.prod(box))
        for name, trial in self._trials.items():
            pressures[name] = trial.pressure_MPa([trial.sample()], volume)
        error, _ = largest_constraint_error(positions, self._cell.system)
        self._worst = max(self._worst, error)
        if error > LARGEST_CONSTRAINT_ERROR_NM:
            raise PhysicsError(f"a constraint is off by {error:.1e} nm after moves of the box")
        lengths = dict(
            zip(("length_x_nm", "length_y_nm", "length_z_nm"), box.tolist(), strict=True)
        )
        area = box[0] * box[1] / (self._cell.box_nm[0] * self._cell.box_nm[1])
        self._rows.append(
            {
                "time_ps": round(self._moved * self._stretch_ps, 6),
                "phase": phase,
                **lengths,
                "area_strain": area - 1,
                **pressures,
                "waters_in_membrane": self._waters_inside(positions[:, 2], box[2]),
            }
        )

    def _waters_inside(self, z: np.ndarray, length: float) -> int:
        """Waters between the faces, each at the image nearest to the polymer's centre."""
        membrane = z[self._membrane]
        centre = np.average(membrane, weights=self._mass)
        apart = z[self._oxygen] - centre
        apart -= length * np.round(apart / length)
        return int(between(apart, faces_of_atoms(membrane - centre, self._mass)).sum())
