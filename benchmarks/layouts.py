"""Seconds to lay out and charge a membrane of the study's size, as a ratio to the limit of 5 s.

python benchmarks/layouts.py [DIRECTORY OF A NETWORK]

Without a directory, monomers of the study's numbers stand on a lattice and are linked on paper.
"""

import sys
import time
from pathlib import Path

import numpy as np

from membranes import Network
from membranes.building.packing import unreacted_network
from membranes.layouts.place import place
from membranes.layouts.plans import NAMES
from membranes.networks.monomers import geometry
from membranes.networks.treatments import hydrolyse

LIMIT_S = 5.0
MONOMERS = {"PIP": 332, "TMC": 228}
BOX_NM = (5.2, 5.2, 5.0)
CONVERSION = 0.9
REPEATS = 5


def lattice() -> Network:
    """Monomers of the study on a lattice, unreacted."""
    kinds = [kind for kind, count in MONOMERS.items() for _ in range(count)]
    kinds = np.random.default_rng(0).permutation(kinds).tolist()
    steps = int(np.ceil(len(kinds) ** (1 / 3)))
    corners = np.stack(np.meshgrid(*[np.arange(steps)] * 3, indexing="ij"), -1).reshape(-1, 3)
    places = (corners[: len(kinds)] + 0.5) * np.array(BOX_NM) / steps
    positions = [geometry(kind)[1] + at for kind, at in zip(kinds, places, strict=True)]
    return unreacted_network(kinds, np.concatenate(positions), BOX_NM, 0)


def react(network: Network) -> Network:
    """Amides between random pairs, however long, then acids from what is left."""
    rng, amines = np.random.default_rng(0), network.arms_in("NH")
    count = int(CONVERSION * len(amines))
    chosen = [
        [arms[row] for row in rng.permutation(len(arms))[:count]]
        for arms in (amines, network.arms_in("COCl"))
    ]
    links = list(zip(*chosen, strict=True))
    return hydrolyse(network.change({arm: "amide" for link in links for arm in link}, links))


def main() -> None:
    """Print the seconds of each layout and its ratio to the limit."""
    network = Network.load(Path(sys.argv[1])) if len(sys.argv) > 1 else lattice()
    if not len(network.links):
        network = react(network)
    print(f"{len(network.names)} atoms, limit {LIMIT_S:g} s")
    for name in NAMES:
        started = time.perf_counter()
        for seed in range(REPEATS):
            report = place(network, name, seed=seed).report
        seconds = (time.perf_counter() - started) / REPEATS
        widened = max(report["layer_widened_nm"].values())
        print(
            f"{name:9s} {report['counts']} {report['net_charge_e']:+d} e: {seconds:.3f} s, "
            f"{seconds / LIMIT_S:.4f} of the limit; layer widened by {widened:.2f} nm"
        )


if __name__ == "__main__":
    main()
