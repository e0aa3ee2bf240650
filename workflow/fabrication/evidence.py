"""What tells why a statement comes out or not: what is leached and what stays, signs of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.continuum.constants import AVOGADRO
from membranes.networks.monomers import MONOMERS
from workflow.fabrication.options import ObservationOptions
from workflow.fabrication.performance import Pores, layer_edges

AMINE = "PIP"


def leached(key: dict, steps: Sequence[Mapping], network: Mapping) -> list[dict]:
    """Return composition of what a film's leaches have taken, and of the film that is left.

    Parameters
    ----------
    key : dict
        membrane, repeat.
    steps : sequence of mapping
        Numbers of the film's steps.
    network : mapping
        Report of the finished network.

    Returns
    -------
    list of dict
        With part (leached, left), residues, nitrogens, acyls, amides, acyl_per_nitrogen, o_over_n
        (every acyl has its carbonyl oxygen, and, without an amide, that of its hydroxyl once it is
        hydrolysed) and mass_share; ratios are NaN of what has no nitrogen.
    """
    left = dict(network["monomers"])
    gone: dict[str, int] = {}
    share = 1.0
    for step in steps:
        for kind, count in step.get("removed_by_kind", {}).items():
            gone[kind] = gone.get(kind, 0) + count
        share *= 1 - step.get("mass_share_removed", 0.0)
    formed = sum(step.get("amides", 0) for step in steps)
    kept = network["amide_bonds"]
    return [
        key | {"part": "leached"} | _composition(gone, formed - kept) | {"mass_share": 1 - share},
        key | {"part": "left"} | _composition(left, kept) | {"mass_share": share},
    ]


def _composition(counts: Mapping[str, int], amides: int) -> dict[str, float]:
    nitrogens = len(MONOMERS[AMINE].centres) * counts.get(AMINE, 0)
    acyls = sum(
        len(MONOMERS[kind].centres) * count for kind, count in counts.items() if kind != AMINE
    )
    each = nitrogens or np.nan
    return {
        "residues": sum(counts.values()),
        "nitrogens": nitrogens,
        "acyls": acyls,
        "amides": amides,
        "acyl_per_nitrogen": acyls / each,
        "o_over_n": (2 * acyls - amides) / each,
    }


def layers(key: dict, film: Pores, options: ObservationOptions) -> list[dict]:
    """Return the charge of every layer of a film from its organic face.

    Returns
    -------
    list of dict
        With layer (from 1), from_share and to_share of the depth, charge_e (of all groups),
        counted_mol_m3 (of pores: what the theory takes).
    """
    edges = layer_edges(options)
    density = film.layers(options)
    places = np.asarray(film.charge.edges)
    inside = np.asarray(film.charge.amounts(places[0] + edges * np.ptp(places)))
    charge = inside * AVOGADRO * film.charge.area
    counted = options.accessible_share * options.charge_fraction
    return [
        key
        | {
            "layer": number + 1,
            "from_share": edges[number],
            "to_share": edges[number + 1],
            "charge_e": charge[number],
            "counted_mol_m3": counted * density[number],
        }
        for number in range(len(density))
    ]
