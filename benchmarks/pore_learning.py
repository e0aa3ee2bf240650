"""Planted pore-size distributions: how well fits find them, and how often intervals hold them.

python benchmarks/pore_learning.py [sugars | ions | both | bilevel | speed] [REPEATS]

Times are processor seconds of one core, to be read beside those of benchmarks/continuum_solves.py,
as nearly all of them are solves.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import time

import numpy as np

from analysis.continuum import Membrane, Solution, pores, uncertainty

PLANTED = pores.LogNormal(0.5e-9, 0.13e-9)
MEMBRANE = Membrane(0.5e-9, 1.16e-6, 43.86, -63.0)
START = Membrane(0.5e-9, 0.8e-6, 42.5, -50.0)
SUGARS = {"glycerol": 1.0, "glucose": 1.0, "sucrose": 1.0, "raffinose": 1.0}
SALTS = Solution.neutralised({"Na+": 20.0, "Ca2+": 5.0, "Mg2+": 8.0, "SO4--": 4.0}, by="Cl-")
FEEDS = {
    "sugars": Solution(SUGARS),
    "ions": SALTS,
    "both": Solution({**SALTS.concentrations, **SUGARS}),
}
FLUX = np.geomspace(1e-6, 3e-5, 6)
SD = 0.01
SAMPLES, FLUXES = 16384, 8


def main() -> None:
    """Print what was asked for; all of it, with few repeats, if nothing was."""
    chosen = sys.argv[1:2] or ["sugars", "ions", "both", "bilevel", "speed"]
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    for name in chosen:
        if name in FEEDS:
            coverage(name, repeats)
        elif name == "bilevel":
            bilevels()
        else:
            speed()


def planted(feed: Solution, seed: int) -> np.ndarray:
    """Noisy rejections (F, ions) of the planted membrane."""
    exact = pores.mixture(MEMBRANE, feed, FLUX, PLANTED).rejection
    rows = np.stack(list(exact.values()), axis=1)
    return rows + SD * np.random.default_rng(seed).normal(size=rows.shape)


def coverage(name: str, repeats: int) -> None:
    """How often 95 % intervals of mu, sigma, mean and sd hold the planted values."""
    feed = FEEDS[name]
    kinds = ("laplace", "profile") if name == "sugars" else ("laplace",)
    for kind in kinds:
        held = dict.fromkeys(("mu", "sigma", "mean", "sd"), 0)
        errors = {key: [] for key in held}
        started = time.process_time()
        for seed in range(repeats):
            found = pores.mixture(
                MEMBRANE,
                feed,
                FLUX,
                pores.LogNormal(0.45e-9, 0.1e-9),
                rejection=planted(feed, seed),
                sd=SD,
                intervals=kind,
                starts=0,
            ).fit
            for key in held:
                estimate, true = found.estimates[key], getattr(PLANTED, key)
                held[key] += estimate.low <= true <= estimate.high
                errors[key].append(estimate.value / true - 1)
        seconds = (time.process_time() - started) / repeats
        print(f"{name}, {kind}, {repeats} repeats, {seconds:.1f} CPU s each")
        for key, count in held.items():
            spread = np.std(errors[key])
            print(f"  {key}: held {count / repeats:.0%}, off by {spread:.2%} (standard deviation)")


def bilevels() -> None:
    """All five parameters from ions and neutral solutes, and both lower levels from ions alone."""
    for name, lower in (("both", "mixture"), ("ions", "mixture"), ("ions", "em")):
        feed = FEEDS[name]
        started = time.process_time()
        found = pores.bilevel(START, feed, FLUX, planted(feed, 0), SD, lower=lower)
        seconds = time.process_time() - started
        print(f"bilevel over {lower}, {name}: {seconds:.0f} CPU s, {found.sum_of_squares:.1f}")
        for row in zip(*found.table().values(), strict=True):
            print("  {}: {:.4g} ({:.4g} to {:.4g})".format(*row))
        for warning in found.warnings:
            print(f"  {warning}")


def speed() -> None:
    """Sobol samples through five ions and eight fluxes."""
    flux = np.linspace(2e-6, 2e-5, FLUXES)
    started = time.process_time()
    found = uncertainty.propagate(MEMBRANE, SALTS, flux, PLANTED, n=SAMPLES)
    seconds = time.process_time() - started
    solves = SAMPLES * FLUXES
    print(
        f"{SAMPLES} samples, {FLUXES} fluxes, 5 ions: {seconds:.0f} CPU s, {solves / seconds:.0f} "
        f"solves/s, {found.unsolved} not solved"
    )


if __name__ == "__main__":
    main()
