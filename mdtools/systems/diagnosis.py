"""Diagnosis of blow-ups: the force and the atoms that cause them."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import openmm
from openmm import unit

from mdtools.bundle import Bundle
from mdtools.errors import PhysicsError
from mdtools.options import PlatformOptions
from mdtools.periodic import tree, wrap_into_box
from mdtools.systems.constraints import constraint_pairs, largest_constraint_error

CPU = PlatformOptions(name="CPU")
"""Diagnoses run on the CPU: a GPU context is not to be trusted after it has failed."""
RUNAWAY_FORCE = 1e5
"""kJ/mol/nm. In one step of 1 fs it moves a hydrogen by 0.05 nm, half a bond; thermal forces in
water stay below some 1e4."""
GROUPS = 32
REPLAY_SECONDS = 120.0
WORST_ATOMS = 10
BLAMED_ATOMS = 5
"""In a sentence."""
NEIGHBOURS = 3
FORCE_UNIT = unit.kilojoule_per_mole / unit.nanometer


@dataclass(frozen=True)
class NamedForces:
    """The forces of each named part of a system.

    ``names`` (F,), ``energies`` (F,) in kJ/mol, ``forces`` (F, N, 3) in kJ/mol/nm.
    """

    names: list[str]
    energies: np.ndarray
    forces: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Size (N,) of the total force on each atom; infinite where it is not a number."""
        size = np.linalg.norm(self.forces.sum(axis=0), axis=1)
        return np.where(np.isfinite(size), size, np.inf)

    @property
    def each(self) -> np.ndarray:
        """Size (F, N) of every part; infinite where it is not a number."""
        size = np.linalg.norm(self.forces, axis=2)
        return np.where(np.isfinite(size), size, np.inf)


def named_forces(
    system: openmm.System, state: openmm.State, parameters: Mapping[str, float] | None = None
) -> NamedForces:
    """Evaluate every force of a system by itself, on the CPU.

    Parameters
    ----------
    state : openmm.State
        With positions and box.
    parameters : mapping, optional
        Global parameters of the Context that it comes from; those of the system without.
    """
    system = openmm.XmlSerializer.clone(system)
    names: list[list[str]] = []
    for index, force in enumerate(system.getForces()):
        group = min(index, GROUPS - 1)
        force.setForceGroup(group)
        names[group:] = [[*(names[group] if group < len(names) else []), force.getName()]]
    platform = openmm.Platform.getPlatform(CPU.name)
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPeriodicBoxVectors(*state.getPeriodicBoxVectors())
    context.setPositions(state.getPositions(asNumpy=True))
    _set(context, parameters or {})
    energies, forces = [], []
    for group in range(len(names)):
        part = context.getState(energy=True, forces=True, groups={group})
        energies.append(part.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole))
        forces.append(part.getForces(asNumpy=True).value_in_unit(FORCE_UNIT))
    return NamedForces([" + ".join(group) for group in names], np.array(energies), np.array(forces))


def _set(context: openmm.Context, parameters: Mapping[str, float]) -> None:
    for name, value in parameters.items():
        context.setParameter(name, value)


def replay(
    context: openmm.Context,
    start: openmm.State,
    steps: int,
    before: Callable[[int], None] = lambda step: None,
) -> tuple[openmm.State, int | None]:
    """Repeat the stretch in which a system blew up, one step at a time.

    Parameters
    ----------
    before : callable
        Called with the number of each step before it is taken, and of the last: sets what depends
        on it.

    Returns
    -------
    state : openmm.State
        The first one with a force above `RUNAWAY_FORCE`, else the last one that is finite.
    step : int or None
        Steps after the start that it lies; None if nothing happened in `REPLAY_SECONDS`.
    """
    context.setState(start)
    last, deadline = start, time.monotonic() + REPLAY_SECONDS
    for step in range(steps + 1):
        if time.monotonic() > deadline:
            break
        try:
            if step:
                context.getIntegrator().step(1)
            before(step)
            state = context.getState(positions=True, forces=True)
        except openmm.OpenMMException:
            return last, max(0, step - 1)
        forces = state.getForces(asNumpy=True).value_in_unit(FORCE_UNIT)
        positions = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
        if not np.isfinite(positions).all():
            return last, max(0, step - 1)
        if not np.abs(forces).max() < RUNAWAY_FORCE:
            return state, step
        last = state
    return start, None


def guarded(
    context: openmm.Context,
    names: Sequence[str],
    action: Callable[[], object],
    doing: str,
    steps: int,
) -> openmm.State:
    """Run an action on a Context, and name the atoms to blame if it does not stay finite.

    Parameters
    ----------
    names : sequence of str
        How a reader finds each atom, e.g. "N1 of PIP 3".
    action : callable
        Minimises, or takes steps.
    doing : str
        What it does, for the error message.
    steps : int
        Steps that it takes, to be repeated one by one if they fail; 0 for a minimisation.

    Returns
    -------
    openmm.State
        Afterwards: positions, velocities, forces and energies, all finite.

    Raises
    ------
    PhysicsError
        With the `BLAMED_ATOMS` that feel the largest forces before the failure, and from what.
    """
    before = context.getState(positions=True, velocities=True)
    try:
        action()
        state = context.getState(positions=True, velocities=True, forces=True, energy=True)
    except openmm.OpenMMException as error:
        blamed = blame(context, names, before, steps)
        raise PhysicsError(f"{doing} failed: {error}. {blamed}") from error
    if not _finite(state):
        raise PhysicsError(
            f"{doing} is not finite any more. {blame(context, names, before, steps)}"
        )
    return state


def blame(context: openmm.Context, names: Sequence[str], before: openmm.State, steps: int) -> str:
    """Name the atoms whose forces blow up first in the steps since a sound state, in a sentence.

    Afterwards it is too late: through the lattice sum one lost atom takes all others with it. The
    replay has a Context of its own, as one that has seen NaN is not to be used again.
    """
    timestep, system = context.getIntegrator().getStepSize(), context.getSystem()
    probe = openmm.Context(system, openmm.VerletIntegrator(timestep), context.getPlatform())
    parameters = dict(context.getParameters())
    _set(probe, parameters)
    state, _ = replay(probe, before, steps)
    parts = named_forces(system, state, parameters)
    atoms = ", ".join(
        f"{names[row]} (atom {row}, {parts.total[row]:.3g} kJ/mol/nm, mostly "
        f"{parts.names[parts.each[:, row].argmax()]})"
        for row in np.argsort(-parts.total, kind="stable")[:BLAMED_ATOMS]
    )
    return f"Largest forces before it: {atoms}"


def _finite(state: openmm.State) -> bool:
    values = (
        state.getPositions(asNumpy=True).value_in_unit(unit.nanometer),
        state.getForces(asNumpy=True).value_in_unit(FORCE_UNIT),
        state.getKineticEnergy().value_in_unit(unit.kilojoule_per_mole),
    )
    return all(np.isfinite(value).all() for value in values)


def describe(
    bundle: Bundle,
    system: openmm.System,
    state: openmm.State,
    parameters: Mapping[str, float] | None = None,
) -> dict:
    """Describe energies and forces by name, the worst atoms with neighbours, constraint error.

    ``parameters`` are those of `named_forces`.
    Numbers that are not finite are given as text, so that the result is plain JSON.
    """
    parts = named_forces(system, state, parameters)
    positions = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
    error, row = largest_constraint_error(positions, system)
    torn = [label(bundle, atom) for atom in constraint_pairs(system)[0][row]] if row >= 0 else []
    return {
        "forces": [
            {
                "name": name,
                "energy_kJ_mol": _plain(energy),
                "largest_force_kJ_mol_nm": _plain(sizes.max()),
                "on": label(bundle, sizes.argmax()),
            }
            for name, energy, sizes in zip(parts.names, parts.energies, parts.each, strict=True)
        ],
        "worst_atoms": _worst_atoms(bundle, parts, positions),
        "largest_constraint_error_nm": _plain(error),
        "largest_constraint_error_between": torn,
    }


def label(bundle: Bundle, atom: int) -> str:
    """Name an atom for readers: name, residue, number, segment, index."""
    row = bundle.topology.iloc[int(atom)]
    return f"{row['name']} of {row.residue} {row.resid} in {row.segment} (atom {int(atom)})"


def labels(bundle: Bundle) -> list[str]:
    """Name every atom as `label` does."""
    columns = [bundle.topology[name] for name in ("name", "residue", "resid", "segment")]
    return [
        f"{name} of {residue} {resid} in {segment} (atom {atom})"
        for atom, (name, residue, resid, segment) in enumerate(zip(*columns, strict=True))
    ]


def _worst_atoms(bundle: Bundle, parts: NamedForces, positions: np.ndarray) -> list[dict]:
    neighbours = _neighbours(bundle, positions)
    worst = np.argsort(-parts.total, kind="stable")[:WORST_ATOMS]
    return [
        {
            "atom": int(atom),
            "label": label(bundle, atom),
            "force_kJ_mol_nm": _plain(parts.total[atom]),
            "mostly_from": parts.names[int(parts.each[:, atom].argmax())],
            "position_nm": [_plain(x) for x in positions[atom]],
            "neighbours": neighbours(int(atom)),
        }
        for atom in worst
    ]


def _neighbours(bundle: Bundle, positions: np.ndarray):
    """Return a function that lists the nearest atoms of other residues with their distances."""
    wrapped = wrap_into_box(positions, bundle.box_nm)
    atoms_near = tree(positions, bundle.box_nm)
    residue = bundle.topology.groupby(["segment", "resid"]).ngroup().to_numpy()
    largest = np.bincount(residue).max()

    def nearest(atom: int) -> list[dict]:
        count = int(min(len(positions), largest + NEIGHBOURS))
        distances, atoms = atoms_near.query(wrapped[atom], k=count)
        others = [
            (int(other), float(distance))
            for other, distance in zip(np.atleast_1d(atoms), np.atleast_1d(distances), strict=True)
            if residue[other] != residue[atom]
        ]
        return [
            {"label": label(bundle, other), "distance_nm": distance}
            for other, distance in others[:NEIGHBOURS]
        ]

    return nearest


def _plain(number: float) -> float | str:
    return float(number) if math.isfinite(number) else str(float(number))
