"""Error in rejection against the size of the grid, for five ways to discretise the pore.

python benchmarks/continuum_convergence.py [--figure FIGURE.png] [--table TABLE.csv]
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import ultraspherical
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, ScalarFormatter

from analysis.continuum import Membrane, Model
from analysis.continuum.membranes import FEEDS, MEMBRANES
from analysis.continuum.solver import collocation, march, newton
from analysis.continuum.solver.batch import take
from analysis.continuum.solver.collocation_grid import boxes, chebyshev
from analysis.continuum.solver.conditions import Conditions
from analysis.continuum.solver.problem import Problem
from analysis.continuum.solver.residual import ShootingResidual
from analysis.figures.style import MPLSTYLE

FEED = "seawater"
SHOWN = ("LbL1.5C", "LbL3")
FLUXES = (1e-6, 1e-5, 1e-4)
"""m/s: that of the study's benchmark, and 10 and 100 times it."""
REFERENCE_DEGREE = 48
DEGREES = (3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 32)
CELLS = (2, 4, 8, 16, 32, 64, 128, 256)
FLOOR = 1e-16
"""Below it an error is drawn at it."""
LMH = 3.6e6
"""L/m2/h of 1 m/s."""
STEPS = 60
METHODS = {
    "finite differences": ("#666666", "s"),
    "march": ("#0072B2", "o"),
    "march, extrapolated": ("#56B4E9", "D"),
    "Chebyshev collocation": ("#D55E00", "^"),
    "ultraspherical": ("#009E73", "x"),
}
TEN = 10
"""Nodes that were said to reach machine precision; Rehman et al., Water Research 243 (2023)."""
SPARSE_DEGREES = (9, 16, 32, 64, 128)
BATCH = 500


def problem(membrane: Membrane, flux) -> Problem:
    """Labban's seawater and a membrane; fluxes (B,) make the batch."""
    flux = np.atleast_1d(flux)
    conditions = Conditions.of(
        membrane,
        FEEDS[FEED],
        flux.shape,
        model=Model(),
        film=None,
        method="collocation",
        cells=CELLS[-1],
        backend="numpy",
    )
    return conditions.problem(flux, conditions.size_and_born, conditions.size_and_born)


def marched(given: Problem, cells: int) -> np.ndarray:
    """Permeate (B, n) of a march over equal cells."""
    residual = ShootingResidual.of(given, cells)
    drops = np.zeros_like(residual.widths)
    solution = newton.solve(residual, residual.initial_guess(), drops, STEPS)
    if not solution.converged.all():
        raise RuntimeError(f"the march over {cells} cells has not converged")
    return residual.permeate(solution.unknowns).T


def permeates(given: Problem):
    """Yield method, points in the pore, and permeate (1, n)."""
    for cells in CELLS:
        state = collocation.on_grid(given, boxes(cells)).state
        yield "finite differences", cells + 1, state.permeate
        permeate = marched(given, cells)
        yield "march", cells, permeate
        if cells > CELLS[0]:
            yield "march, extrapolated", cells, (4 * permeate - marched(given, cells // 2)) / 3
    for degree in DEGREES:
        state = collocation.on_grid(given, chebyshev(degree)).state
        yield "Chebyshev collocation", degree + 1, state.permeate
        yield "ultraspherical", degree + 1, ultraspherical.solve(given, degree).permeate


def table() -> pd.DataFrame:
    """Tidy errors: membrane, flux_m_s, method, points, error."""
    rows = []
    for name in SHOWN:
        for flux in FLUXES:
            given = problem(MEMBRANES[name], flux)
            exact = collocation.on_grid(given, chebyshev(REFERENCE_DEGREE)).state.permeate
            for method, points, permeate in permeates(given):
                error = np.abs((permeate - exact) / given.feed).max()
                rows.append((name, flux, method, points, error))
    return pd.DataFrame(rows, columns=["membrane", "flux_m_s", "method", "points", "error"])


def draw(errors: pd.DataFrame) -> Figure:
    """A panel for each membrane and flux."""
    with plt.style.context(MPLSTYLE):
        figure, grid = plt.subplots(
            len(SHOWN),
            len(FLUXES),
            figsize=(7.2, 4.9),
            sharex=True,
            sharey=True,
            layout="constrained",
        )
        for (name, flux), axes in zip(
            ((name, flux) for name in SHOWN for flux in FLUXES), grid.flat, strict=True
        ):
            part = errors[(errors.membrane == name) & (errors.flux_m_s == flux)]
            _panel(axes, part)
            axes.set_title(f"{name}, {flux * LMH:.4g} L m⁻² h⁻¹")
        for axes in grid[-1]:
            axes.set_xlabel("points or cells in the pore")
        for axes in grid[:, 0]:
            axes.set_ylabel("largest error in rejection")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        grid[0, 0].annotate(
            f"{TEN} points", (TEN, 0.3), (3, 0), textcoords="offset points", color="0.45"
        )
        figure.legend(handles, labels, loc="outside upper center", ncols=len(METHODS))
    return figure


def _panel(axes, part: pd.DataFrame) -> None:
    for method, (color, marker) in METHODS.items():
        own = part[part.method == method]
        axes.loglog(
            own.points,
            np.maximum(own.error, FLOOR),
            marker=marker,
            markersize=3.5,
            color=color,
            linewidth=1.0,
            label=method,
        )
    axes.axvline(TEN, color="0.8", linewidth=0.8, zorder=0)
    axes.xaxis.set_major_locator(FixedLocator([2, 4, 10, 30, 100, 256]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(FLOOR / 2, 1)


def speed() -> None:
    """Print solves per second and how full the ultraspherical matrix is."""
    given = problem(MEMBRANES["LbL1.5C"], np.geomspace(1e-7, 2e-5, BATCH))
    degree = collocation.DEGREES[0]
    started = time.process_time()
    solution = collocation.on_grid(given, chebyshev(degree))
    rate = BATCH / (time.process_time() - started)
    converged = solution.converged.mean()
    print(f"collocation, degree {degree}: {rate:.0f} solves/s, {converged:.0%} converged")
    started = time.process_time()
    march.solve(given, CELLS[-1])
    print(f"march: {BATCH / (time.process_time() - started):.0f} solves/s")
    one = take(given, np.array([BATCH - 1]))
    for degree in SPARSE_DEGREES:
        started = time.process_time()
        fill = ultraspherical.solve(one, degree).fill
        seconds = time.process_time() - started
        print(f"ultraspherical, degree {degree}: {seconds:.2f} s, {fill:.0%} of the matrix full")


def main() -> None:
    """Print ten-point errors, speeds, and write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", type=Path, help="where to draw the errors")
    parser.add_argument("--table", type=Path, help="where to write them")
    options = parser.parse_args()
    errors = table()
    ten = errors[errors.points == TEN].pivot(
        index=["membrane", "flux_m_s"], columns="method", values="error"
    )
    print(f"errors with {TEN} points", ten.map("{:.0e}".format).to_string(), sep="\n")
    speed()
    if options.table:
        errors.to_csv(options.table, index=False)
    if options.figure:
        draw(errors).savefig(options.figure, dpi=200)


if __name__ == "__main__":
    main()
