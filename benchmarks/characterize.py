"""How often the intervals of a fit hold the truth, what a fit costs, and how close it comes.

python benchmarks/characterize.py coverage   # 100 tables with noise
python benchmarks/characterize.py time       # a global fit of eight published rejections

Coverage: tables of a membrane of known parameters with normal noise of known standard deviation.
Each is fitted from the truth's neighbourhood, with all parameters free and with each one held at
its truth; the truth lies in a profile's interval if the rise is below the threshold, so no interval
need be followed. All fits are one batch. Of 100 intervals of 95 %, 90 to 98 hold it.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import time

import numpy as np
from scipy import stats

from analysis.continuum import Membrane, Solution, solve
from analysis.continuum.characterize import Measurements, dataset, fit
from analysis.continuum.characterize.forward import Forward
from analysis.continuum.characterize.objective import Objective
from analysis.continuum.characterize.parameters import Space
from analysis.continuum.inference import jacobian, minimise

TRUTH = {
    "pore_radius": 0.5e-9,
    "effective_thickness": 1.2e-6,
    "pore_permittivity": 42.0,
    "charge_density": -45.0,
}
FEEDS = ({"Na+": 30.0, "Mg2+": 8.0, "Cl-": 46.0}, {"Na+": 20.0, "Cl-": 20.0}, {"glucose": 1.0})
FLUXES_UM_S = (2.0, 6.0, 14.0, 30.0)
SD = 0.005
REPEATS = 100
LEVEL = 0.95
NEAR = 0.02
"""Distance from the truth at which fits start, in scaled parameters."""


def exact(sd: float = SD) -> Measurements:
    """Rejections of the known membrane without noise."""
    rows = []
    for feed in FEEDS:
        found = solve(Membrane(**TRUTH), Solution(feed), 1e-6 * np.array(FLUXES_UM_S)).rejection
        composition = {f"feed_{ion}_mol_m3": amount for ion, amount in feed.items()}
        for ion, values in found.items():
            for flux, value in zip(FLUXES_UM_S, values, strict=True):
                row = {"membrane": "M", "ion": ion, "flux_um_s": flux, "rejection": float(value)}
                rows.append(row | {"sd": sd} | composition)
    return Measurements.from_rows(rows)


def coverage(repeats: int = REPEATS, seed: int = 0) -> dict[str, dict[str, float]]:
    """Share of tables whose interval holds the truth, by parameter and kind; and median errors."""
    data = exact()
    forward = Forward.of(data)
    space = Space.of(None, forward.groups)
    generator = np.random.default_rng(seed)
    noise = SD * generator.standard_normal((repeats, len(data)))
    width = len(space.free)
    # Rows: every table with all parameters free, then with each one held.
    measured = np.tile(data.rejection + noise, (1 + width, 1))
    objective = Objective(forward, space, measured, data.sd, known=True)
    truth = space.scaled(TRUTH)
    start = np.clip(truth + NEAR * generator.uniform(-1, 1, (len(measured), width)), 0, 1)
    held = np.zeros(start.shape, dtype=bool)
    for i in range(width):
        rows = slice((1 + i) * repeats, (2 + i) * repeats)
        held[rows, i], start[rows, i] = True, truth[i]
    found = minimise(objective, start, held)
    cost = found.cost.reshape(1 + width, repeats)
    free = found.x[:repeats]
    threshold = stats.chi2.ppf(LEVEL, 1)
    slopes = jacobian(objective, free, np.arange(repeats), step=1e-3)
    covariance = np.linalg.inv(np.einsum("bnk,bnl->bkl", slopes, slopes))
    sd = np.sqrt(np.einsum("bkk->bk", covariance))
    quantile = stats.norm.ppf((1 + LEVEL) / 2)
    result = {}
    for i, parameter in enumerate(space.free):
        value = parameter.value(free[:, i])
        error = np.abs(value / TRUTH[parameter.label] - 1)
        result[parameter.label] = {
            "profile": float(np.mean(cost[1 + i] - cost[0] <= threshold)),
            "Laplace": float(np.mean(np.abs(free[:, i] - truth[i]) <= quantile * sd[:, i])),
            "median error": float(np.median(error)),
            "converged": float(found.converged.mean()),
        }
    return result


def timed() -> None:
    """Processor seconds of a global fit of eight rejections, without and with profiles."""
    data = dataset("foo-2023-nf270")
    for profiles in (False, True):
        clock, wall = time.process_time(), time.perf_counter()
        found = fit(data, with_profiles=profiles)
        spent = time.process_time() - clock
        print(
            f"{'with' if profiles else 'without'} profiles: {spent:.1f} s of processor, "
            f"{time.perf_counter() - wall:.1f} s, RMSE {found.residuals.rmse:.4f}; "
            f"{found.search.words}"
        )
    objective = Objective.of(Forward.of(data), Space.of(None), None, None)
    population = np.random.default_rng(0).uniform(0.2, 0.8, (500, 4))
    clock = time.process_time()
    objective.predicted(population)
    print(f"{500 * 4 / (time.process_time() - clock):.0f} solves a second in a batch of 500")


def main() -> None:
    """Print what is asked for."""
    if "coverage" in sys.argv[1:]:
        clock = time.process_time()
        for label, shares in coverage().items():
            words = ", ".join(f"{name} {share:.3g}" for name, share in shares.items())
            print(f"{label}: {words}")
        print(f"{time.process_time() - clock:.0f} s of processor")
    if "time" in sys.argv[1:]:
        timed()


if __name__ == "__main__":
    main()
