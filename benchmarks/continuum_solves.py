"""Five-ion DSPM-DE solves per second on one core, as a ratio to a published solver's.

python benchmarks/continuum_solves.py
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time

import numpy as np

from analysis.continuum import Membrane, Solution, solve

WATERTAP_SECONDS = 0.33
"""One warm solve of the five-ion case with WaterTAP 1.8.0 on a two-core machine."""
COUNT = 5000


def main() -> None:
    """Print solves per second and the ratio."""
    rng = np.random.default_rng(0)
    feed = Solution.neutralised({"Na+": 484.0, "Ca2+": 9.5, "Mg2+": 57.4, "SO4--": 22.2}, by="Cl-")
    membrane = Membrane(
        rng.uniform(0.4e-9, 1e-9, COUNT),
        rng.uniform(0.3e-6, 3e-6, COUNT),
        rng.uniform(30, 70, COUNT),
        rng.uniform(-300, 300, COUNT),
    )
    flux = 10 ** rng.uniform(-8, np.log10(5e-5), COUNT)
    for cells in (16, 32):
        started = time.perf_counter()
        result = solve(membrane, feed, flux, cells=cells)
        rate = COUNT / (time.perf_counter() - started)
        print(
            f"{cells} cells: {rate:.0f} solves/s, {rate * WATERTAP_SECONDS:.0f} times WaterTAP "
            f"1.8.0 warm; {result.converged.mean():.2%} converged"
        )


if __name__ == "__main__":
    main()
