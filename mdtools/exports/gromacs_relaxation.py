"""Files with which GROMACS relaxes a dry network between walls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mdtools.atomic import write_text
from mdtools.constants import FS_PER_PS
from mdtools.exports.gromacs import write_coordinates, write_topology
from mdtools.exports.mdp import interactions, lines, seed_of
from mdtools.exports.parameters import Parameters
from mdtools.systems.heavy_hydrogens import repartitioned

FLAT_BOTTOMED, LAYER_IN_Z = 2, 5
"""Function type and geometry of a position restraint that is zero within a layer."""
NEUTRAL_E = 1e-3
"""Net charge that is rounding."""
STATES_EVERY_PS, ENERGIES_EVERY_PS = 100.0, 10.0
STEPS_BETWEEN_ENERGIES = 100
"""Energies are computed on these steps only; what is written is written on multiples of them."""


@dataclass(frozen=True)
class Relaxation:
    """Langevin dynamics between two walls.

    Attributes
    ----------
    duration_ps, timestep_fs, temperature_K, friction_per_ps : float
    rigid_hydrogens : bool
        Bonds to hydrogen are constrained.
    hydrogen_mass_Da : float or None
        Mass of each hydrogen, taken from the atom that it is bonded to.
    cutoff_nm : float
    wall_distance_nm, vacuum_nm : float
        From wall to wall, and what the box has beyond both together.
    wall_kJ_mol_nm2 : float
        k of k/2 d^2 on heavy atoms that are beyond a wall by d.
    seed : int
    """

    duration_ps: float
    timestep_fs: float
    temperature_K: float
    friction_per_ps: float
    rigid_hydrogens: bool
    hydrogen_mass_Da: float | None
    cutoff_nm: float
    wall_distance_nm: float
    vacuum_nm: float
    wall_kJ_mol_nm2: float
    seed: int


def write_relaxation(
    parameters: Parameters, centre_nm: float, relaxation: Relaxation, directory: Path, stem: str
) -> list[Path]:
    """Write topology, parameters of the run, start and walls; returns the files.

    Parameters
    ----------
    parameters : Parameters
    centre_nm : float
        Height in ``parameters.positions`` that is to be midway between the walls.
    relaxation : Relaxation
    directory : Path
        Exists.
    stem : str
    """
    top, mdp, start, walls = paths = [
        directory / f"{stem}{ending}"
        for ending in ("-relaxation.top", "-relaxation.mdp", "-start.gro", "-walls.gro")
    ]
    box_nm = parameters.box_nm.copy()
    box_nm[2] = relaxation.wall_distance_nm + relaxation.vacuum_nm
    shift = np.array([0.0, 0.0, box_nm[2] / 2 - centre_nm])
    shifted = replace(
        parameters,
        positions=parameters.positions + shift,
        box_nm=box_nm,
    )
    masses = parameters.masses
    if relaxation.hydrogen_mass_Da is not None:
        masses = repartitioned(
            masses, parameters.elements, parameters.bonds.atoms, relaxation.hydrogen_mass_Da
        )
    write_topology(shifted, top, masses=masses, restraints=_restraints(shifted, relaxation))
    write_coordinates(shifted, start)
    # A restraint is measured from the reference position of its atom: midway between the walls.
    midway = shifted.positions.copy()
    midway[:, 2] = box_nm[2] / 2
    write_coordinates(replace(shifted, positions=midway), walls)
    charged = abs(parameters.charges.sum()) > NEUTRAL_E
    write_text(mdp, "\n".join(_mdp(relaxation, stem, charged)) + "\n")
    return paths


def _restraints(p: Parameters, relaxation: Relaxation) -> Iterator[str]:
    yield "\n[ position_restraints ]\n; ai  funct  geometry  distance  k"
    for row in np.flatnonzero(p.elements != "H").tolist():
        yield (
            f"{row + 1:7d} {FLAT_BOTTOMED} {LAYER_IN_Z} {relaxation.wall_distance_nm / 2:.10g} "
            f"{relaxation.wall_kJ_mol_nm2:.10g}"
        )


def _mdp(relaxation: Relaxation, stem: str, charged: bool) -> Iterator[str]:
    step_ps = relaxation.timestep_fs / FS_PER_PS
    seed = seed_of(relaxation.seed)
    name = f"{stem}-relaxation"
    yield f"; {stem}, dry, between walls. To run it, and to go on after a stop:"
    yield (
        f";   gmx grompp -f {name}.mdp -c {stem}-start.gro -r {stem}-walls.gro -p {name}.top "
        f"-o {stem}-relaxed.tpr{' -maxwarn 1' if charged else ''}"
    )
    yield f";   gmx mdrun -ntmpi 1 -deffnm {stem}-relaxed -cpi"
    yield "; (gmx_mpi: on one rank, without -ntmpi)"
    yield "; The note on a period of 0.023 ps is that of C=O bonds, free in every program here."
    if charged:
        yield "; The warning that -maxwarn lets pass is that of the net charge."
    least = max(1, round(relaxation.duration_ps / step_ps))
    steps, interval = _frames(least, _steps(STATES_EVERY_PS, step_ps))
    options = {
        "integrator": "sd",
        "dt": f"{step_ps:.10g}",
        "nsteps": steps,
        "ld-seed": seed,
        "tc-grps": "System",
        "tau-t": f"{1 / relaxation.friction_per_ps:.10g}",
        "ref-t": f"{relaxation.temperature_K:.10g}",
        "comm-mode": "none",
        "gen-vel": "yes",
        "gen-temp": f"{relaxation.temperature_K:.10g}",
        "gen-seed": seed,
        "constraints": "h-bonds" if relaxation.rigid_hydrogens else "none",
        # One above the default, for steps of 4 fs.
        "lincs-order": 6,
        **interactions(relaxation.cutoff_nm),
        "nstcalcenergy": STEPS_BETWEEN_ENERGIES,
        "nstenergy": _steps(ENERGIES_EVERY_PS, step_ps),
        "nstlog": _steps(STATES_EVERY_PS, step_ps),
        "nstxout-compressed": interval,
        "compressed-x-precision": 10000,
    }
    yield from lines(options)


def _steps(every_ps: float, step_ps: float) -> int:
    """Round an interval to steps, a multiple of those between energies."""
    multiple = max(1, round(every_ps / step_ps / STEPS_BETWEEN_ENERGIES))
    return multiple * STEPS_BETWEEN_ENERGIES


def _frames(steps: int, most: int) -> tuple[int, int]:
    """Choose the steps of a run and between its frames, the last of which is its end.

    At most as many steps are added as there are frames.

    >>> _frames(1625000, 25000), _frames(500, 25000), _frames(30001, 25000)
    ((1625000, 25000), (500, 500), (30002, 15001))
    """
    frames = -(-steps // most)
    interval = -(-steps // frames)
    return frames * interval, interval
