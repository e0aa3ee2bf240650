"""Five-ion DSPM-DE solves per second on one core, as a ratio to another solver's.

python benchmarks/continuum_solves.py

The rates count the whole call of ``solve``, in processor time; profiles are made when asked for.
Accuracy is against a march that refines until two meshes agree to ten digits.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time

import numpy as np
from watertap_peer import warm_seconds

from analysis.continuum import Film, Membrane, Model, Solution, solve
from analysis.continuum.solver import march

WATERTAP_SECONDS = 0.33
"""One warm solve of the five-ion case with WaterTAP 1.8.0 on a two-core machine."""
COUNT = 5000
CHECKED = 500
SINGLE = 20


def main() -> None:
    """Print rates, accuracy, and the ratios."""
    feed = Solution.neutralised({"Na+": 484.0, "Ca2+": 9.5, "Mg2+": 57.4, "SO4--": 22.2}, by="Cl-")
    membrane, flux = window(COUNT)
    film = Film(lambda ion: 2e-5 * (ion.diffusivity / 1e-9) ** (2 / 3))
    cases = {
        "ideal": {},
        "with a film": {"film": film},
        "Davies": {"model": Model(activity="davies")},
    }
    for name, choices in cases.items():
        started = time.process_time()
        result = solve(membrane, feed, flux, **choices)
        rate = COUNT / (time.process_time() - started)
        print(
            f"{name}: {rate:.0f} solves/s, {rate * WATERTAP_SECONDS:.0f} times "
            f"WaterTAP 1.8.0 warm; {result.converged.mean():.2%} converged"
        )
    print(f"largest error of a rejection: {error(feed):.1e} (of {CHECKED})")
    milliseconds = single(feed)
    print(f"single cold solve: {milliseconds:.1f} ms")
    if (peer := warm_seconds()) is None:
        print("WaterTAP or its Ipopt is not installed: the ratios above are to the recorded time")
    else:
        print(f"WaterTAP here, warm: {peer:.2f} s, {1e3 * peer / milliseconds:.0f} single solves")


def window(count: int, seed: int = 0):
    """Random membranes and fluxes."""
    rng = np.random.default_rng(seed)
    membrane = Membrane(
        rng.uniform(0.4e-9, 1e-9, count),
        rng.uniform(0.3e-6, 3e-6, count),
        rng.uniform(30, 70, count),
        rng.uniform(-300, 300, count),
    )
    return membrane, 10 ** rng.uniform(-8, np.log10(5e-5), count)


def error(feed: Solution) -> float:
    """Largest difference to a solve that goes on until its meshes agree to ten digits."""
    membrane, flux = window(CHECKED, seed=1)
    default = solve(membrane, feed, flux)
    tolerances = march.AGREED, march.SETTLED
    march.AGREED, march.SETTLED = 1e-10, 0.0
    fine = solve(membrane, feed, flux, cells=1024)
    march.AGREED, march.SETTLED = tolerances
    return max(
        float(np.abs(default.rejection[name] - fine.rejection[name]).max())
        for name in default.rejection
    )


def single(feed: Solution) -> float:
    """Milliseconds of one solve by itself, on average."""
    membrane, flux = window(SINGLE, seed=2)
    fields = (membrane.pore_radius, membrane.effective_thickness, membrane.pore_permittivity)
    rows = list(zip(*fields, membrane.charge_density, flux, strict=True))
    started = time.process_time()
    for *row, speed in rows:
        solve(Membrane(*row), feed, speed)
    return 1e3 * (time.process_time() - started) / SINGLE


if __name__ == "__main__":
    main()
