"""Quantities that are followed through samples are arrays by what they are and of which ion."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.transport import Transport

Key = tuple[str, str]
"""What it is, and of which ion; of two, "Na+/Mg2+"."""
Evaluate = Callable[[Transport], dict[Key, Array]]

PARTITIONS = ("steric", "born", "image", "donnan")
FLUXES = ("diffusion", "convection", "migration")


def rejection(transport: Transport) -> dict[Key, Array]:
    """1 - c_p / c_feed of every ion."""
    return {("rejection", ion): values for ion, values in transport.rejection.items()}


def selectivity(transport: Transport) -> dict[Key, Array]:
    """(1 - R_a) / (1 - R_b) of every two ions of one sign, the one with less charge first.

    Infinite where only b is kept back entirely, NaN where both are.
    """
    ions = {ion.name: ion.charge for ion in transport.batch.conditions.solution.ions}
    found = {}
    for a, b in combinations(sorted(ions, key=lambda name: abs(ions[name])), 2):
        if ions[a] * ions[b] > 0:
            found["selectivity", f"{a}/{b}"] = selectivity_of(transport, a, b)
    return found


def selectivity_of(transport: Transport, a: str, b: str) -> Array:
    """(1 - R_a) / (1 - R_b)."""
    passing, kept = (1 - transport.rejection[name] for name in (a, b))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = passing / kept
    return ratio


def partition(transport: Transport) -> dict[Key, Array]:
    """Factors of q / c at the face of the feed: steric, Born, image, Donnan, and their product."""
    found: dict[Key, Array] = {}
    for ion in transport.rejection:
        factors = [transport.partition[name][ion] for name in PARTITIONS]
        for name, values in zip(PARTITIONS, factors, strict=True):
            found[f"partition, {name}", ion] = values
        found["partition, all", ion] = np.prod(factors, axis=0)
    return found


def fluxes(transport: Transport) -> dict[Key, Array]:
    """Diffusion, convection, migration, as means over the pore, over an ion's feed flux J c_feed.

    Their sum is 1 - R.
    """
    found = {}
    x = transport.x
    for name in FLUXES:
        for ion, along in getattr(transport, name).items():
            mean = np.trapezoid(along, x, axis=0)
            with np.errstate(divide="ignore", invalid="ignore"):
                feed = transport.permeate[ion] / (1 - transport.rejection[ion])
                found[f"flux, {name}", ion] = mean / (transport.flux * feed)
    return found


QUANTITIES: dict[str, Evaluate] = {
    "rejection": rejection,
    "selectivity": selectivity,
    "partition": partition,
    "fluxes": fluxes,
}
"""Those that have a name."""


def evaluator(chosen: str | Sequence[str] | Evaluate) -> Evaluate:
    """One function for the quantities of some names, or a function of one's own.

    Raises ValueError for an unknown name.
    """
    if callable(chosen):
        return chosen
    names = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    for name in names:
        if name not in QUANTITIES:
            raise ValueError(f"quantity {name!r} is unknown, allowed: {', '.join(QUANTITIES)}")

    def evaluate(transport: Transport) -> dict[Key, Array]:
        found: dict[Key, Array] = {}
        for name in names:
            found.update(QUANTITIES[name](transport))
        return found

    return evaluate
