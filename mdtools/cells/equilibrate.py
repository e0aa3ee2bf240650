"""Equilibration of an assembled cell: minimisation, small timesteps, a sampled run, anchors."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import openmm

from mdtools import provenance, seeds
from mdtools.bundle import Bundle
from mdtools.cells import anchors, restraints
from mdtools.cells.assemble import Cell
from mdtools.cells.dynamics import at_temperature, atom_names, start_state
from mdtools.cells.layers import Layers
from mdtools.cells.segments import CellDynamics
from mdtools.cells.topology import with_anchors
from mdtools.options import CellOptions, PlatformOptions
from mdtools.systems.constraints import check_constraints
from mdtools.systems.heavy_hydrogens import of_preset


def equilibrate(
    cell: Cell,
    options: CellOptions,
    platform: PlatformOptions,
    seed: int,
    *,
    state: Path | None = None,
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] | None = None,
    finished: bool = False,
) -> Bundle:
    """Minimise a cell and bring it to temperature with the pistons on and no drive.

    Meanwhile the mean z of the membrane is held softly, and ions are behind walls if the options
    say so; the bundle has neither. Anchors are chosen in the end, where the atoms then are.

    An equilibration that was stopped goes on from the state on disk when it is called again with
    the same arguments, and so does one that has ended, to a later ``options.equilibration_ps``.

    Parameters
    ----------
    cell : Cell
    seed : int
        Of this cell; the same seed on one CPU thread gives the same bundle, stopped or not.
    state : Path, optional
        File of the state after every ``options.segment_ps``; without it nothing is kept.
    stop : callable, optional
        Asked about every second; if true the equilibration stops with its last state on disk.
    log : callable, optional
        Gets a line for each segment.
    finished : bool
        Results are there already: a state of something else is an error, not a reason to start
        over.

    Returns
    -------
    Bundle
        Time zero; ``provenance["report"]`` is the cell's report with what was measured.

    Raises
    ------
    PhysicsError
        If the cell blows up, naming the atoms.
    SettingsError
        If the state on disk is damaged.
    TryAgain
        If ``stop()`` turned true.
    ValueError
        If a constraint group is torn.
    """
    check_constraints(cell.positions, cell.system)
    layers = Layers(cell)
    dynamics = CellDynamics(
        _restrained(cell, layers, options),
        atom_names(cell.topology),
        options,
        platform,
        seed,
        doing="equilibration",
        measure=layers.measure,
        state=state,
        stop=stop,
        log=log,
        finished=finished,
    )
    end = dynamics.run(cell.positions, options.equilibration_ps)
    membrane = end.positions[layers.membrane]
    fixed = anchors.anchor_groups(cell.polymer, membrane, options.anchored_percent)
    system = openmm.XmlSerializer.clone(cell.system)
    anchors.fix(system, fixed)
    box = system.getDefaultPeriodicBoxVectors()
    start = start_state(system, end.positions, end.velocities, box)
    if options.heavy:
        kelvin = options.temperature_K
        start = at_temperature(system, start, kelvin, seeds.integer(seed, "true masses"))
    report = cell.report | {
        "equilibration": _measured(end.samples[len(end.samples) // 2 :], options),
        **anchors.report(cell.polymer, membrane, fixed),
    }
    facts = provenance.record(stage="cell", seed=seed, platform=end.platform, report=report)
    return Bundle.from_parts(
        cell.topology,
        system,
        start,
        with_anchors(cell.roles, fixed),
        facts,
        templates=cell.templates,
    )


def _restrained(cell: Cell, layers: Layers, options: CellOptions) -> openmm.System:
    height_nm = float(cell.box_nm[2])
    system = restraints.walled(
        restraints.held(cell.system, cell.polymer, height_nm),
        cell.roles,
        layers.walls(cell.positions),
        height_nm,
        feed_ions=options.feed_ions == "per trial",
        counter_ions=options.counter_ions == "held",
    )
    elements = [atom.element.symbol if atom.element else "" for atom in cell.topology.atoms()]
    return of_preset(system, elements, options.preset)


def _measured(samples: list[dict], options: CellOptions) -> dict:
    means = {key: float(np.mean([sample[key] for sample in samples])) for key in samples[0]}
    return {
        "duration_ps": options.equilibration_ps,
        "preset": options.preset,
        "timestep_fs": options.timestep_fs,
        "averaged_over_looks": len(samples),
        **{key: None if np.isnan(value) else value for key, value in means.items()},
    }
