"""Hydration of a charged network: opened, filled, cycled, and run until water and size hold."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openmm
import pandas as pd
from openmm import unit

from mdtools import seeds
from mdtools.cells import restraints
from mdtools.cells.dynamics import (
    HOTTEST,
    advance,
    atom_names,
    kinetic_energy,
    nanometres,
    start_from_rest,
    velocities,
)
from mdtools.cells.solvation import SIDES
from mdtools.constants import FS_PER_PS, GAS_CONSTANT
from mdtools.errors import PhysicsError
from mdtools.options import HydrationOptions, NonbondedOptions, PlatformOptions
from mdtools.polymer import Polymer
from mdtools.swelling import criterion
from mdtools.swelling.expansion import expand
from mdtools.swelling.journal import Journal, Snapshot
from mdtools.swelling.measures import Slab
from mdtools.swelling.outcome import (
    Hydrated,
    check_density,
    check_pieces,
    check_reservoir,
    hydrated,
    key_of,
    told,
)
from mdtools.swelling.schedule import SAMPLES, Stretch, before_blocks, block, most_blocks
from mdtools.swelling.wet_slab import WetSlab
from mdtools.systems import forces
from mdtools.systems.platforms import new_context
from mdtools.systems.system import degrees_of_freedom


def hydrate(
    polymer: Polymer,
    options: HydrationOptions,
    nonbonded: NonbondedOptions,
    platform: PlatformOptions,
    *,
    waters_per_reservoir: int,
    seed: int,
    state: Path | None = None,
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] = print,
) -> Hydrated:
    """Swell a network in water until two successive blocks agree, or until the cap.

    The same arguments give the same network on one CPU thread, also when the hydration was stopped
    and called again: the state after every stretch is on disk. A later cap or another tolerance
    goes on from there; any other change starts over.

    Parameters
    ----------
    polymer : Polymer
    waters_per_reservoir : int
        At the start; what the slab takes up comes from them.
    state : Path, optional
        File of the state; without it nothing is kept.
    stop : callable, optional
        Asked about every second; if true the hydration stops with its last state on disk.

    Raises
    ------
    PhysicsError
        If it blows up (naming the atoms), if the slab is crushed or a reservoir used up, or if
        the network falls apart (naming the pieces).
    SettingsError
        If the box does not fit graphene or the cut-off, or the state on disk is damaged.
    TryAgain
        If ``stop()`` turned true.
    """
    slab = WetSlab(polymer, nonbonded, options.hydrogen_mass_Da)
    key = key_of(polymer, options, nonbonded, waters_per_reservoir, seed)
    work = _Work(slab, options, platform, seed, Journal(state, key), stop, log)
    snapshot = work.start(waters_per_reservoir)
    for stretch in before_blocks(options)[snapshot.done :]:
        snapshot = work.advance(snapshot, stretch)
    opened, length = len(before_blocks(options)), len(block(options, 1))
    while True:
        whole, part = divmod(snapshot.done - opened, length)
        found = criterion.blocks(pd.DataFrame(snapshot.facts["rows"]))[:whole] if whole else []
        if not part and (criterion.met(found, options) or whole >= most_blocks(options)):
            return work.result(snapshot, found)
        for stretch in block(options, whole + 1)[part:]:
            snapshot = work.advance(snapshot, stretch)


@dataclass
class _Work:
    slab: WetSlab
    options: HydrationOptions
    platform: PlatformOptions
    seed: int
    journal: Journal
    stop: Callable[[], bool] | None
    log: Callable[[str], None]

    def __post_init__(self) -> None:
        self.measures = Slab(self.slab.polymer)
        self._built: tuple[tuple[int, float], openmm.System, list[str]] | None = None

    def start(self, waters_per_reservoir: int) -> Snapshot:
        """Return the state on disk, or the expanded network with its voids filled."""
        if stored := self.journal.read():
            self.log(f"goes on after {stored.done} stretches")
            return stored
        seed = seeds.integer(self.seed, "expansion")
        expanded = expand(self.slab.polymer, self.options, self.platform, seed, self.log)
        parts = self.slab.fill(expanded.positions, waters_per_reservoir, self.seed)
        put_in = len(parts.waters) - 2 * waters_per_reservoir
        facts = {
            "rows": [],
            "dry_thickness_nm": expanded.before_nm,
            "expanded_thickness_nm": expanded.after_nm,
            "waters_put_in": [put_in],
        }
        self.log(f"{put_in} waters fill the voids")
        height = self.slab.height(parts)
        return self._kept(Snapshot(parts.positions, None, len(parts.waters), height, 0, facts))

    def advance(self, snapshot: Snapshot, stretch: Stretch) -> Snapshot:
        """Run a stretch, sampled, and put its end on disk."""
        context, names = self._context(snapshot, stretch)
        rows = [*snapshot.facts["rows"], *self._sampled(context, names, stretch, snapshot.waters)]
        end = context.getState(positions=True, velocities=True)
        positions = nanometres(end)
        speeds: np.ndarray | None = velocities(end)
        waters, height = snapshot.waters, snapshot.height_nm
        facts = snapshot.facts | {"rows": rows}
        self._check(positions, waters, rows[-1])
        if stretch.refill:
            parts = self.slab.refill(self.slab.split(positions, waters))
            facts["waters_put_in"] = [*facts["waters_put_in"], len(parts.waters) - waters]
            self.log(f"{len(parts.waters) - waters} waters more fill voids that have opened")
            positions, speeds, waters = parts.positions, None, len(parts.waters)
            height = self.slab.height(parts)
        self.log(told(rows[-1]))
        return self._kept(Snapshot(positions, speeds, waters, height, snapshot.done + 1, facts))

    def result(self, snapshot: Snapshot, found: list[dict]) -> Hydrated:
        """Return the network and the waters between its faces at the end."""
        parts = self.slab.split(snapshot.positions, snapshot.waters)
        return hydrated(self.measures, parts, snapshot.facts, found, self.options)

    def _context(self, snapshot: Snapshot, stretch: Stretch) -> tuple[openmm.Context, list[str]]:
        system, names = self._system(snapshot)
        area = float(np.prod(self.slab.polymer.box_nm))
        forces.set_piston_pressure(system, stretch.pressure_MPa, area)
        context = new_context(
            system,
            self.platform,
            temperature_K=stretch.from_K,
            friction_per_ps=self.options.friction_per_ps,
            timestep_fs=self.options.timestep_fs,
            seed=seeds.integer(self.seed, "stretch", snapshot.done),
        )
        context.setPositions(snapshot.positions)
        if snapshot.velocities is None:
            start_from_rest(
                context,
                names,
                minimisation_steps=self.options.minimisation_steps,
                temperature_K=stretch.from_K,
                seed=seeds.integer(self.seed, "velocities", snapshot.done),
                stop=self.stop,
            )
        else:
            context.setVelocities(snapshot.velocities)
        return context, names

    def _system(self, snapshot: Snapshot) -> tuple[openmm.System, list[str]]:
        """Return the System for a number of waters; made again only where that has changed."""
        if self._built is None or self._built[0] != (snapshot.waters, snapshot.height_nm):
            parts = self.slab.split(snapshot.positions, snapshot.waters)
            built = self.slab.construct(parts, snapshot.height_nm, self.options.pressure_MPa)
            system = restraints.held(built.system, self.slab.polymer, snapshot.height_nm)
            key = (snapshot.waters, snapshot.height_nm)
            self._built = key, system, atom_names(built.topology)
        return self._built[1:]

    def _sampled(
        self, context: openmm.Context, names: list[str], stretch: Stretch, waters: int
    ) -> list[dict]:
        steps = max(1, round(stretch.duration_ps * FS_PER_PS / self.options.timestep_fs))
        ends = np.unique(np.linspace(0, steps, SAMPLES + 1).round().astype(int))
        freedom = degrees_of_freedom(context.getSystem())
        rows = []
        for begin, end in zip(ends[:-1], ends[1:], strict=True):
            kelvin = stretch.temperature_K((begin + end) / 2 / steps)
            context.getIntegrator().setTemperature(kelvin * unit.kelvin)
            doing = f"hydration ({stretch.stage}, from {stretch.start_ps:g} ps)"
            state = advance(context, names, int(end - begin), doing, self.stop)
            measured = 2 * kinetic_energy(state) / (freedom * GAS_CONSTANT)
            if measured > HOTTEST * kelvin:
                raise PhysicsError(
                    f"{doing} is at {measured:.0f} K, the thermostat at {kelvin:.0f}"
                )
            rows.append(
                {
                    "time_ps": round(stretch.start_ps + stretch.duration_ps * end / steps, 6),
                    "stage": stretch.stage,
                    "block": stretch.block,
                    "temperature_K": kelvin,
                    "pressure_MPa": stretch.pressure_MPa,
                }
                | self.measures.measure_parts(self.slab.split(nanometres(state), waters))
            )
        return rows

    def _check(self, positions: np.ndarray, waters: int, last: dict) -> None:
        """Raise PhysicsError for a slab that was crushed, dried out or has fallen apart."""
        check_density(last)
        for side in SIDES:
            check_reservoir(f"the {side} reservoir", last[f"{side}_piston_nm"])
        check_pieces(self.measures, self.slab.split(positions, waters).membrane)

    def _kept(self, snapshot: Snapshot) -> Snapshot:
        self.journal.write(snapshot)
        return snapshot
