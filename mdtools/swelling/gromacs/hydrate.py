"""Hydration of a charged network by GROMACS: the same stages and criterion, without pistons."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from mdtools import seeds
from mdtools.atomic import read_json, text_sha256, write_json
from mdtools.cells.water_tiling import WATER_CONTACT_NM
from mdtools.errors import SettingsError
from mdtools.options import HydrationOptions, NonbondedOptions, PlatformOptions
from mdtools.polymer import Polymer
from mdtools.swelling import criterion
from mdtools.swelling.expansion import expand
from mdtools.swelling.gromacs import legs as parameters
from mdtools.swelling.gromacs import program
from mdtools.swelling.gromacs.frames import Frames
from mdtools.swelling.gromacs.legs import Leg, legs
from mdtools.swelling.gromacs.topology import slab_parameters, write_slab
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
from mdtools.swelling.schedule import SAMPLES, before_blocks, block, most_blocks
from mdtools.swelling.wet_slab import Parts, WetSlab
from mdtools.systems.system import check_cutoff

ROUNDING_PS = 1e-3
"""Of the times of frames, which are in single precision."""
DIRECTORY = "gromacs"
RECORD = "record.json"
START, MINIMISED, SETTLED = "start.gro", "minimise", "settle"
RESERVOIR = "the water between its images"


def hydrate_with_gromacs(
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
    """Swell a network as `mdtools.swelling.hydrate.hydrate` does, with GROMACS for the dynamics.

    Opening without attraction and filling are the same. Then the slab lies in one layer of water
    that is periodic along z, of the waters of both reservoirs: a barostat moves the height at fixed
    area (C-rescale, Bernetti and Bussi, J. Chem. Phys. 153:114107 (2020)) where the other engine
    has pistons, and water that fills voids comes from that layer alone, so nothing is refilled.

    The first run of a stage and its checkpoints are in the folder ``gromacs`` beside ``state``; a
    stage that is whole is not run again. Other arguments, the cap and the tolerance apart, start
    over.

    Raises
    ------
    SettingsError
        If there is no ``gmx``, it is too old or refuses its input, or the box does not fit.
    PhysicsError
        If it blows up, if the slab is crushed or has taken up its water, or if the network falls
        apart (naming the pieces).
    TryAgain
        If ``stop()`` turned true.
    """
    program.version()
    slab = WetSlab(polymer, nonbonded, options.hydrogen_mass_Da)
    key = key_of(polymer, options, nonbonded, waters_per_reservoir, seed)
    with _folder(state) as directory:
        work = _Work(slab, options, nonbonded, platform, seed, directory, key, stop, log)
        work.start(waters_per_reservoir)
        for leg in legs(before_blocks(options)):
            work.advance(leg)
        found: list[dict] = []
        while not criterion.met(found, options) and len(found) < most_blocks(options):
            for leg in legs(block(options, len(found) + 1)):
                work.advance(leg)
            found = criterion.blocks(pd.DataFrame(work.facts["rows"]))
        return hydrated(work.measures, work.last(), work.facts, found, options)


@contextmanager
def _folder(state: Path | None) -> Iterator[Path]:
    """Give the folder beside the state, or one that is gone afterwards."""
    if state is not None:
        yield state.parent / DIRECTORY
        return
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory) / DIRECTORY


@dataclass
class _Work:
    slab: WetSlab
    options: HydrationOptions
    nonbonded: NonbondedOptions
    platform: PlatformOptions
    seed: int
    directory: Path
    key: dict
    stop: Callable[[], bool] | None
    log: Callable[[str], None]
    facts: dict = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.measures = Slab(self.slab.polymer)
        self._key = text_sha256(json.dumps(self.key, sort_keys=True))

    def start(self, waters_per_reservoir: int) -> None:
        """Take up what is in the folder, or open, fill, minimise and settle the slab."""
        if self._resumed():
            self.log(f"goes on after {self.done[-1] if self.done else 'the filling'}")
        else:
            self._fill(waters_per_reservoir)
        if MINIMISED not in self.done:
            self._run(MINIMISED, parameters.minimisation(self.options, self.nonbonded), START)
        if SETTLED not in self.done:
            text = parameters.settling(self.options, self.nonbonded, self._drawn(SETTLED))
            self._run(SETTLED, text, f"{MINIMISED}.gro")

    def advance(self, leg: Leg) -> None:
        """Run a leg if it is not done, and sample it."""
        if leg.name in self.done:
            return
        before = self.done[-1]
        text = parameters.dynamics(
            leg, self.options, self.nonbonded, self._drawn(leg.name), SAMPLES
        )
        self._run(leg.name, text, f"{before}.gro", f"{before}.cpt", rows=leg)
        self.log(told(self.facts["rows"][-1]))

    def last(self) -> Parts:
        """Return the end of the last leg."""
        *_, (_, parts, _) = self._frames(self.done[-1])
        return parts

    def _resumed(self) -> bool:
        record = read_json(self.directory / RECORD)
        if not isinstance(record, dict) or record.get("key") != self._key:
            return False
        if record["gromacs"] != program.version():
            raise SettingsError(
                f"{self.directory} was begun with GROMACS {record['gromacs']}, here is "
                f"{program.version()}; go on with that, or remove the folder to start over"
            )
        self.facts, self.done = record["facts"], record["done"]
        return True

    def _fill(self, waters_per_reservoir: int) -> None:
        seed = seeds.integer(self.seed, "expansion")
        polymer = self.slab.polymer
        expanded = expand(polymer, self.options, self.platform, seed, self.log)
        parts = self.slab.fill(expanded.positions, waters_per_reservoir, self.seed)
        moving = [parts.membrane, parts.ions, parts.waters.reshape(-1, 3)]
        heights = np.concatenate(moving)[:, 2]
        low, high = heights.min(), heights.max()
        box_nm = np.array([*polymer.box_nm, high - low + WATER_CONTACT_NM])
        check_cutoff(self.nonbonded.cutoff_nm, box_nm)
        up = np.array([0.0, 0.0, WATER_CONTACT_NM / 2 - low])
        raised = Parts(parts.membrane + up, parts.ions + up, parts.waters + up, parts.sheets)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        write_slab(
            slab_parameters(polymer, self.nonbonded),
            polymer,
            raised,
            self.slab.ions,
            box_nm,
            self.nonbonded,
            self.slab.hydrogen_mass_Da,
            self.directory / "slab.top",
            self.directory / START,
        )
        put_in = len(parts.waters) - 2 * waters_per_reservoir
        self.facts = {
            "rows": [],
            "engine": f"GROMACS {program.version()}",
            "dry_thickness_nm": expanded.before_nm,
            "expanded_thickness_nm": expanded.after_nm,
            "waters_put_in": [put_in],
            "waters_in_all": len(parts.waters),
        }
        self.log(f"{put_in} waters fill the voids")
        self._keep()

    def _run(
        self, name: str, text: str, start: str, state: str | None = None, rows: Leg | None = None
    ) -> None:
        """Run what is not done, add its samples, and note it as done."""
        if not (self.directory / f"{name}.cpt").exists():
            (self.directory / f"{name}.mdp").write_text(text, encoding="ascii")
            program.prepare(self.directory, name, start, state=state)
        if not (self.directory / f"{name}.gro").exists():
            program.run(self.directory, name, self.platform, self.stop)
        if rows is not None:
            sampled = [*self.facts["rows"], *self._sampled(rows)]
            self.facts = self.facts | {"rows": sampled}
        self.done = [*self.done, name]
        self._keep()

    def _sampled(self, leg: Leg) -> Iterator[dict]:
        parts = None
        for time_ps, parts, free_nm in self._frames(leg.name):
            if time_ps < leg.start_ps + ROUNDING_PS:
                continue
            stretch = leg.stretch_at(time_ps)
            share = min(1.0, (time_ps - stretch.start_ps) / stretch.duration_ps)
            row = {
                "time_ps": round(time_ps, 3),
                "stage": stretch.stage,
                "block": stretch.block,
                "temperature_K": stretch.temperature_K(share),
                "pressure_MPa": stretch.pressure_MPa,
                **self.measures.measure(parts.membrane, parts.waters[:, 0, 2]),
                "reservoir_nm": free_nm,
            }
            check_density(row)
            check_reservoir(RESERVOIR, free_nm)
            yield row
        if parts is None:
            raise SettingsError(
                f"{self.directory / leg.name}.xtc holds no frames; remove {self.directory} to "
                "start over"
            )
        check_pieces(self.measures, parts.membrane)

    def _frames(self, name: str) -> Iterator[tuple[float, Parts, float]]:
        frames = Frames(self.slab.polymer, len(self.slab.ions), self.facts["waters_in_all"])
        return frames.read(self.directory / f"{name}.xtc")

    def _drawn(self, name: str) -> int:
        return seeds.integer(self.seed, "gromacs", name)

    def _keep(self) -> None:
        record = {
            "key": self._key,
            "gromacs": program.version(),
            "done": self.done,
            "facts": self.facts,
        }
        write_json(self.directory / RECORD, record)
