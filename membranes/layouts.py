"""Charge layouts: which amines and carboxyls carry a charge.

The named layouts and their counts are those of the membrane charge study of NF270-like PIP-TMC
membranes (14 NH2+ and 28 or 30 COO- in 67 nm3 of dense polymer, 3 nm thick).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mdtools import seeds
from membranes.network import Arm, Network
from membranes.options import LayoutOptions
from membranes.profile import dense_region, dense_volume
from membranes.treatments import deprotonate, protonate

PAPER_DENSE_VOLUME_NM3 = 67.0
PAPER_DENSE_THICKNESS_NM = 3.0
NEUTRAL_STATE = {"NH2+": "NH", "COO-": "COOH"}
SITE_NAMES = {"NH2+": "free amine", "COO-": "carboxylic acid"}
RAMP = (0.5, 1.5)
"""Relative site probability at the feed and at the permeate face of a ramp; the study calls its
pH 7 amines denser toward the permeate side and gives no number."""


class LayoutError(ValueError):
    """A layout that the network cannot hold."""


@dataclass(frozen=True)
class Placement:
    """How many groups of one kind, and where along z.

    ``where`` is "whole", "ramp" (whole, denser toward the permeate), "ramp feed" (its mirror
    image), or a layer: "feed", "center", "permeate".
    """

    count: int
    where: str = "whole"


_PH7 = {"NH2+": Placement(14, "ramp"), "COO-": Placement(28, "feed")}
LAYOUTS: dict[str, dict[str, Placement]] = {
    "pH2": {"NH2+": Placement(14)},
    "pH7": _PH7,
    "control": _PH7,
    "pH10": {"COO-": Placement(30)},
    "flip": {"NH2+": Placement(14, "ramp feed"), "COO-": Placement(28, "permeate")},
    "bilayer": {"NH2+": Placement(14, "permeate"), "COO-": Placement(28, "feed")},
    "feed": {"COO-": Placement(14, "feed")},
    "center": {"COO-": Placement(14, "center")},
    "permeate": {"COO-": Placement(14, "permeate")},
}
NAMES = tuple(LAYOUTS)


@dataclass(frozen=True)
class Layout:
    """A charged network and how its groups were placed."""

    network: Network
    report: dict = field(repr=False)


def required_sites(layout: str, options: LayoutOptions, dense_volume_nm3: float) -> dict[str, int]:
    """Charged groups of each kind that a layout puts into a membrane.

    Counts of the campaign file come first; else the study's, scaled by dense volume in smaller
    membranes and never above them.

    >>> required_sites("pH7", LayoutOptions(), 67.0)
    {'NH2+': 14, 'COO-': 28}
    """
    placements = _placements(layout)
    if layout in options.counts:
        return {kind: options.counts[layout].get(kind, 0) for kind in placements}
    scale = min(1.0, dense_volume_nm3 / PAPER_DENSE_VOLUME_NM3)
    return {kind: max(1, round(p.count * scale)) for kind, p in placements.items()}


def place(
    network: Network,
    layout: str,
    counts: dict[str, int] | None = None,
    seed: int = 0,
    options: LayoutOptions | None = None,
) -> Layout:
    """Charge a neutral network; see ``lay_out``, which returns the network alone."""
    options = options or LayoutOptions()
    placements = _placements(layout)
    wanted = counts or required_sites(layout, options, dense_volume(network))
    unknown = set(wanted) - set(placements)
    if unknown:
        raise LayoutError(f"layout {layout} places no {', '.join(sorted(unknown))}")
    low, high = dense_region(network)
    thickness = options.surface_layer_nm * min(1.0, (high - low) / PAPER_DENSE_THICKNESS_NM)
    chosen, widened = {}, {}
    for kind, placement in placements.items():
        generator = seeds.generator(seed, "layout", layout, kind)
        chosen[kind], widened[kind] = _choose(
            network, layout, kind, wanted.get(kind, 0), placement.where, thickness, generator
        )
    charged = protonate(network, chosen.get("NH2+", []))
    charged = deprotonate(charged, chosen.get("COO-", []))
    report = {
        "layout": layout,
        "counts": {kind: len(arms) for kind, arms in chosen.items()},
        "net_charge_e": charged.formal_charge,
        "template_charge_e": charged.template_charge,
        "where": {kind: p.where for kind, p in placements.items()},
        "layer_nm": thickness,
        "layer_widened_nm": widened,
        "dense_region_nm": [low, high],
        "seed": seed,
    }
    return Layout(charged, report)


def lay_out(
    network: Network,
    layout: str,
    counts: dict[str, int] | None = None,
    seed: int = 0,
    options: LayoutOptions | None = None,
) -> Network:
    """Protonate amines and deprotonate carboxyls of a neutral network as a layout says.

    Parameters
    ----------
    network : Network
        Neutral, centred at z = 0 with the feed at negative z.
    layout : str
        A name of ``NAMES``.
    counts : dict, optional
        Groups of each kind; the study's, scaled by dense volume, when left out.
    seed : int

    Raises
    ------
    LayoutError
        For an unknown layout, or more groups than the network has sites.
    """
    return place(network, layout, counts, seed, options).network


def _placements(layout: str) -> dict[str, Placement]:
    if layout not in LAYOUTS:
        raise LayoutError(f"layout {layout!r} does not exist; allowed: {', '.join(NAMES)}")
    return LAYOUTS[layout]


def _choose(network, layout, kind, count, where, thickness, generator) -> tuple[list[Arm], float]:
    """Arms that get charged, and by how much a layer had to be widened (nm)."""
    arms = network.arms_in(NEUTRAL_STATE[kind])
    if count > len(arms):
        raise LayoutError(
            f"layout {layout} wants {count} {kind}, but the network has {len(arms)} "
            f"{SITE_NAMES[kind]} sites; lower layout_options.counts.{layout}.{kind} to at most "
            f"{len(arms)}"
        )
    if not count:
        return [], 0.0
    z = np.array([network.positions[network.centre(arm), 2] for arm in arms])
    low, high = dense_region(network)
    weights, widened = np.ones(len(arms)), 0.0
    if where.startswith("ramp"):
        ends = RAMP if where == "ramp" else RAMP[::-1]
        weights = np.interp(z, (low, high), ends)
    elif where != "whole":
        outside = _outside(z, where, low, high, thickness)
        reach = np.sort(outside)[count - 1]
        widened = float(max(0.0, reach))
        weights = (outside <= widened).astype(float)
    picks = generator.choice(len(arms), size=count, replace=False, p=weights / weights.sum())
    return [arms[pick] for pick in sorted(picks.tolist())], widened


def _outside(z, where: str, low: float, high: float, thickness: float) -> np.ndarray:
    """Distance (nm) of each site from the layer, zero inside; beyond a face counts as inside."""
    if where == "feed":
        return np.maximum(0.0, z - (low + thickness))
    if where == "permeate":
        return np.maximum(0.0, (high - thickness) - z)
    middle = (low + high) / 2
    return np.maximum(0.0, np.abs(z - middle) - thickness / 2)
