"""Equilibration of an assembled cell: minimisation, small timesteps, a sampled run, anchors."""

import math
from collections.abc import Iterator

import numpy as np
import openmm

from mdtools import provenance, seeds
from mdtools.bundle import Bundle
from mdtools.cells import anchors, restraints
from mdtools.cells.assemble import Cell
from mdtools.cells.dynamics import (
    HOTTEST,
    advance,
    at_temperature,
    atom_names,
    kinetic_energy,
    nanometres,
    start_from_rest,
    start_state,
)
from mdtools.cells.layers import Layers
from mdtools.cells.topology import with_anchors
from mdtools.constants import FS_PER_PS, GAS_CONSTANT
from mdtools.errors import PhysicsError
from mdtools.options import CellOptions, PlatformOptions
from mdtools.systems.constraints import check_constraints
from mdtools.systems.diagnosis import blame
from mdtools.systems.heavy_hydrogens import of_preset
from mdtools.systems.platforms import new_context
from mdtools.systems.system import degrees_of_freedom

FEWEST_SAMPLES = 20
LONGEST_INTERVAL_PS = 10.0
"""Samples of a run; the second half of them is averaged in the report."""


def equilibrate(cell: Cell, options: CellOptions, platform: PlatformOptions, seed: int) -> Bundle:
    """Minimise a cell and bring it to temperature with the pistons on and no drive.

    Meanwhile the mean z of the membrane is held softly, and ions are behind walls if the options
    say so; the bundle has neither. Anchors are chosen in the end, where the atoms then are.

    Parameters
    ----------
    cell : Cell
    seed : int
        Of this cell; the same seed on one CPU thread gives the same bundle.

    Returns
    -------
    Bundle
        Time zero; ``provenance["report"]`` is the cell's report with what was measured.

    Raises
    ------
    PhysicsError
        If the cell blows up, naming the atoms.
    ValueError
        If a constraint group is torn.
    """
    check_constraints(cell.positions, cell.system)
    layers, names = Layers(cell), atom_names(cell.topology)
    context = new_context(
        _restrained(cell, layers, options),
        platform,
        temperature_K=options.temperature_K,
        friction_per_ps=options.friction_per_ps,
        timestep_fs=options.timestep_fs,
        seed=seeds.integer(seed, "thermostat"),
    )
    context.setPositions(cell.positions)
    start_from_rest(
        context,
        names,
        minimisation_steps=options.minimisation_steps,
        temperature_K=options.temperature_K,
        seed=seeds.integer(seed, "velocities"),
    )
    samples = list(_run(context, layers, names, options))
    state = context.getState(positions=True, velocities=True)
    membrane = nanometres(state)[layers.membrane]
    fixed = anchors.anchor_groups(cell.polymer, membrane, options.anchored_percent)
    system = openmm.XmlSerializer.clone(cell.system)
    anchors.fix(system, fixed)
    start = start_state(system, state)
    if options.heavy:
        kelvin = options.temperature_K
        start = at_temperature(system, start, kelvin, seeds.integer(seed, "true masses"))
    report = cell.report | {
        "equilibration": _measured(samples[len(samples) // 2 :], options),
        **anchors.report(cell.polymer, membrane, fixed),
    }
    facts = provenance.record(
        stage="cell", seed=seed, platform=context.getPlatform().getName(), report=report
    )
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


def _run(
    context: openmm.Context, layers: Layers, names: list[str], options: CellOptions
) -> Iterator[dict]:
    total = max(1, round(options.equilibration_ps * FS_PER_PS / options.timestep_fs))
    count = max(FEWEST_SAMPLES, math.ceil(options.equilibration_ps / LONGEST_INTERVAL_PS))
    ends = np.unique(np.linspace(0, total, count + 1).round().astype(int))
    freedom = degrees_of_freedom(context.getSystem())
    for start, end in zip(ends[:-1], ends[1:], strict=True):
        doing = f"equilibration up to {end * options.timestep_fs / FS_PER_PS:g} ps"
        before = context.getState(positions=True, velocities=True)
        state = advance(context, names, int(end - start), doing)
        temperature = 2 * kinetic_energy(state) / (freedom * GAS_CONSTANT)
        if temperature > HOTTEST * options.temperature_K:
            worst = blame(context, names, before, int(end - start))
            raise PhysicsError(f"{doing} is at {temperature:.0f} K; {worst}")
        yield {"temperature_K": temperature} | layers.measure(nanometres(state))


def _measured(samples: list[dict], options: CellOptions) -> dict:
    means = {key: float(np.mean([sample[key] for sample in samples])) for key in samples[0]}
    return {
        "duration_ps": options.equilibration_ps,
        "preset": options.preset,
        "timestep_fs": options.timestep_fs,
        "averaged_over_looks": len(samples),
        **{key: None if np.isnan(value) else value for key, value in means.items()},
    }
