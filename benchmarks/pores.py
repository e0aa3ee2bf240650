"""Pore size distribution of HKUST-1 on one core, as a ratio to PoreBlazer's time.

python benchmarks/pores.py [--figure PORES.png] [--network DIRECTORY]
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from hkust1 import (
    CELL_ANGSTROM,
    POREBLAZER,
    POREBLAZER_DENSITY,
    POREBLAZER_FIRST_ANGSTROM,
    POREBLAZER_SECONDS,
    as_poreblazer_prints,
    framework,
)

from analysis.figures.style import MPLSTYLE
from analysis.pores import PoreSizes, pore_size_distribution
from membranes import Network
from membranes.networks.profile import dense_region

NUMBERS = ("mean", "mode", "limiting", "limiting_z", "largest", "void_fraction")
NUMBERS += ("occupiable_fraction",)
HALF_A_BIN = 0.125
"""What PoreBlazer's printed diameters are too low by, angstrom."""


def timed(*args, **options) -> tuple[PoreSizes, float]:
    """Pore sizes and the processor time that they took, seconds."""
    started = time.process_time()
    sizes = pore_size_distribution(*args, **options)
    return sizes, time.process_time() - started


def described(sizes: PoreSizes) -> str:
    """The numbers of a distribution in one line."""
    return ", ".join(f"{name} {getattr(sizes, name):.4g}" for name in NUMBERS)


def draw(exact: PoreSizes, compatible: PoreSizes, path: Path) -> None:
    """Both distributions of HKUST-1 over PoreBlazer's."""
    theirs = np.array(POREBLAZER_DENSITY)
    diameter = POREBLAZER_FIRST_ANGSTROM + 0.25 * np.arange(len(theirs)) + HALF_A_BIN
    ours = np.append(as_poreblazer_prints(compatible.density), 0.0)
    middles = np.append(compatible.diameter, compatible.diameter[-1] + 0.25) + HALF_A_BIN
    edges = np.append(exact.diameter - HALF_A_BIN, exact.diameter[-1] + HALF_A_BIN)
    with plt.style.context(MPLSTYLE):
        figure, (top, bottom) = plt.subplots(
            2, 1, figsize=(5.6, 4.6), sharex=True, layout="constrained"
        )
        top.bar(diameter, theirs, 0.25, color="0.8", label="PoreBlazer 4.0, 10,000 points")
        top.plot(middles, ours, ".-", color="#0072B2", label="compatible mode")
        top.set_title("HKUST-1 as PoreBlazer averages it: two bins at a time")
        bottom.stairs(exact.density, edges, color="#D55E00", fill=True, label="default mode")
        bottom.set_title("Bin by bin, spheres centred between the voxels too")
        for axes in (top, bottom):
            axes.set_ylabel("$-\\mathrm{d}V/\\mathrm{d}d\\,/\\,V$ (1/Å)")
            axes.legend(loc="upper left")
            axes.set_xlim(2, 13.6)
            axes.set_ylim(0, None)
        bottom.set_xlabel("pore diameter $d$ (Å)")
        figure.savefig(path, dpi=150)


def main() -> None:
    """Print times, ratios and the numbers beside PoreBlazer's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", type=Path, help="where to draw the distributions")
    parser.add_argument("--network", type=Path, help="saved network whose dense region to measure")
    options = parser.parse_args()
    positions, elements = framework()
    box = [CELL_ANGSTROM] * 3
    results = []
    for mode in (None, "poreblazer"):
        sizes, seconds = timed(positions, elements, box, compatible=mode)
        results.append(sizes)
        print(
            f"HKUST-1, {'default' if mode is None else 'compatible'} mode: {seconds:.1f} s, "
            f"{POREBLAZER_SECONDS / seconds:.0f} times PoreBlazer 4.0\n  {described(sizes)}"
        )
    print("  PoreBlazer: " + ", ".join(f"{key} {value:.4g}" for key, value in POREBLAZER.items()))
    ours, bins = as_poreblazer_prints(results[1].density), len(POREBLAZER_DENSITY)
    apart = np.abs(ours[-bins:] - POREBLAZER_DENSITY).sum() * 0.25 / 2
    print(f"  share of the volume in other bins than PoreBlazer's: {apart:.2%}")
    if options.figure:
        draw(*results, options.figure)
    if options.network:
        network = Network.load(options.network)
        low, high = (10 * limit for limit in dense_region(network))
        lateral = (10 * network.box_nm[:2]).tolist()
        atoms = (10 * network.positions, network.elements, [*lateral, None])
        sizes, seconds = timed(*atoms, slab=(low, high))
        print(f"{options.network}: z {low:.1f} to {high:.1f} angstrom, {seconds:.1f} s")
        print(f"  {described(sizes)}")


if __name__ == "__main__":
    main()
