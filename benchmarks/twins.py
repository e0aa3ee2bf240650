"""Twins a minute for the study's campaign, and the order of convergence in the width of cells.

python benchmarks/twins.py [--closure electroneutral] [--processes 2]

The campaign: eight layouts, two salts, three trials of each, 48 twins of 100 ns. Layouts are placed
on the ready network pip-tmc-2020, trials differ in the seed of the placement. The speed is told as
a ratio to the limit of 48 twins in two minutes. The order is that of three grids, each with twice
the cells of the one before, in the numbers past the centre.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from analysis.comparison import (
    ChargeProfile,
    Geometry,
    TwinProblem,
    cell_species,
    pore_properties,
    solve_twin,
)
from analysis.comparison.twins.problem import STUDY_DAMPING
from analysis.continuum import Membrane
from membranes import library
from membranes.layouts.place import lay_out
from membranes.layouts.plans import LAYOUTS
from membranes.networks.structure import GROUP_CHARGE_E

LIMIT_S = 120.0
TRIALS = 3
CATIONS = ("Na+", "Ca2+")
TIMES = np.array([1.0, 10.0, 50.0, 100.0]) * 1e-9
BOX_NM, FACES_NM, RESERVOIR_NM = (5.2, 5.2), (-2.5, 2.5), 4.6
PORE = Membrane(
    pore_radius=0.5e-9, effective_thickness=1.0, pore_permittivity=42.0, charge_density=0.0
)
"""That of NF270-micari, about: the radius of 0.28 nm found for the study's membranes would keep
Ca2+ out, whose Stokes radius is 0.31 nm."""
POROSITY = 0.5
SMOOTHING = 0.3e-9


def twin_of(groups, cation: str, closure: str) -> TwinProblem:
    """Twin of a cell of the study with these charged groups."""
    low, high = FACES_NM
    geometry = Geometry(
        (1e-9 * (low - RESERVOIR_NM), 1e-9 * (high + RESERVOIR_NM)),
        (1e-9 * low, 1e-9 * high),
        1e-18 * BOX_NM[0] * BOX_NM[1],
    )
    charges = groups["kind"].map(GROUP_CHARGE_E).to_numpy(dtype=float)
    charge = ChargeProfile.of_groups(
        groups["z_nm"], charges, geometry, width=SMOOTHING, smooth=True
    )
    return TwinProblem(
        geometry,
        cell_species(cation, "Cl-", 10, round(charges.sum())),
        charge,
        closure=closure,
        permittivity=float(PORE.pore_permittivity),
        damping=STUDY_DAMPING,
        **pore_properties([cation, "Cl-"], PORE, porosity=POROSITY),
    )


def timed(twin: TwinProblem):
    """Seconds of processor, cells, steps, error and numbers past the centre at the last time."""
    started = time.process_time()
    result = solve_twin(twin, TIMES)
    seconds = time.process_time() - started
    return seconds, len(result.z), result.steps, result.error, result.past()[-1]


def order(twin: TwinProblem) -> float:
    """Order of convergence of the numbers past the centre, over all times."""
    found = [solve_twin(twin, TIMES, 1e-5, level=level).past() for level in (1, 2, 3)]
    coarse, fine = (np.abs(b - a).max() for a, b in zip(found, found[1:], strict=False))
    return float(np.log2(coarse / fine))


def main() -> None:
    """Print a line for each layout and salt, and the speed of all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--closure", default="poisson")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--trials", type=int, default=TRIALS)
    options = parser.parse_args()
    network = library.load("pip-tmc-2020")
    cells, twins = [], []
    for layout in LAYOUTS:
        for trial in range(options.trials):
            groups = lay_out(network, layout, seed=trial).groups
            cells += [(layout, cation, trial) for cation in CATIONS]
            twins += [twin_of(groups, cation, options.closure) for cation in CATIONS]
    started = time.perf_counter()
    with ProcessPoolExecutor(options.processes) as pool:
        found = list(pool.map(timed, twins))
    seconds = time.perf_counter() - started
    for cell, (own, width, steps, error, past) in zip(cells, found, strict=True):
        name = f"{cell[0]:9s} {cell[1]:5s} trial {cell[2]}"
        counts = ", ".join(f"{number:.2f}" for number in past)
        print(
            f"{name}: {own:5.2f} s, {width} cells, {steps} steps, error {error:.0e}; past {counts}"
        )
    limit = LIMIT_S / 48 * len(twins)
    busy = sum(own for own, *_ in found)
    print(f"{busy:.0f} s of processor, {busy / len(twins):.1f} s a twin")
    print(
        f"{len(twins)} twins in {seconds:.1f} s, {60 * len(twins) / seconds:.1f} a minute, "
        f"{seconds / limit:.2f} of the limit, on {options.processes} processes"
    )
    for cation, twin in zip(CATIONS, twins, strict=False):
        print(f"order of convergence, {cells[0][0]} {cation}: {order(twin):.2f}")


if __name__ == "__main__":
    main()
