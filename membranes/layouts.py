"""Charge layouts: which amines and carboxyls carry a charge.

The named layouts and their counts are those of the membrane charge study of NF270-like PIP-TMC
membranes: 14 NH2+ and 28 or 30 COO- in a membrane polymerised in a box of 5.2 x 5.2 x 5.0 nm, of
which 67 nm3 (3 nm of thickness) are dense.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mdtools import seeds
from membranes.network import Arm, Network
from membranes.options import LayoutOptions
from membranes.profile import dense_region
from membranes.treatments import deprotonate, protonate

PAPER_BOX_NM = (5.2, 5.2, 5.0)
PAPER_DENSE_THICKNESS_NM = 3.0
NEUTRAL_STATE = {"NH2+": "NH", "COO-": "COOH"}
SITE_NAMES = {"NH2+": "free amine", "COO-": "carboxylic acid"}
RAMP = (0.5, 1.5)
"""Relative site probability at the feed and at the permeate face of a ramp; the study calls its
pH 7 amines denser toward the permeate side and gives no number."""


class LayoutError(ValueError):
    """A layout that does not exist or that the network cannot hold."""

    exit_code = 78


@dataclass(frozen=True)
class Placement:
    """How many groups of one kind, and where along z.

    ``where`` is "whole", "ramp" (whole, denser toward the permeate), "ramp feed" (its mirror
    image), or a layer: "feed", "center", "permeate".
    """

    count: int
    where: str = "whole"


LAYOUTS: dict[str, dict[str, Placement]] = {
    "pH2": {"NH2+": Placement(14)},
    "pH7": {"NH2+": Placement(14, "ramp"), "COO-": Placement(28, "feed")},
    "pH10": {"COO-": Placement(30)},
    "flip": {"NH2+": Placement(14, "ramp feed"), "COO-": Placement(28, "permeate")},
    "bilayer": {"NH2+": Placement(14, "permeate"), "COO-": Placement(28, "feed")},
    "feed": {"COO-": Placement(14, "feed")},
    "center": {"COO-": Placement(14, "center")},
    "permeate": {"COO-": Placement(14, "permeate")},
}
ALIASES = {"control": "pH7"}
NAMES = (*LAYOUTS, *ALIASES)


@dataclass(frozen=True)
class Layout:
    """A charged network and how its groups were placed."""

    network: Network
    report: dict = field(repr=False)


def canonical(layout: str) -> str:
    """Name of a layout without aliases; LayoutError for one that does not exist.

    >>> canonical("control")
    'pH7'
    """
    name = ALIASES.get(layout, layout)
    if name not in LAYOUTS:
        raise LayoutError(f"layout {layout!r} does not exist; allowed: {', '.join(NAMES)}")
    return name


def required_sites(layout: str, options: LayoutOptions, box_nm: Sequence[float]) -> dict[str, int]:
    """Charged groups of each kind that a layout puts into a membrane; known before it is built.

    Counts of the campaign file come first. Otherwise the study's are scaled by the volume of the
    reaction box over the study's, which at the study's composition is the ratio of dense volumes;
    the net charge is scaled and rounded first, so that a small box keeps the ratio of the kinds as
    well as whole numbers can.

    >>> required_sites("pH7", LayoutOptions(), (5.2, 5.2, 5.0))
    {'NH2+': 14, 'COO-': 28}
    >>> required_sites("pH7", LayoutOptions(), (2.0, 2.1, 2.25))
    {'NH2+': 1, 'COO-': 2}
    """
    name = canonical(layout)
    for key in (layout, name):
        if key in options.counts:
            return _exact(name, options.counts[key])
    scale = float(np.prod(box_nm)) / float(np.prod(PAPER_BOX_NM))
    full = {kind: placement.count for kind, placement in LAYOUTS[name].items()}
    if len(full) == 1:
        return {kind: max(1, round(count * scale)) for kind, count in full.items()}
    amines = max(1, round(full["NH2+"] * scale))
    net = round((full["NH2+"] - full["COO-"]) * scale)
    return {"NH2+": amines, "COO-": max(1, amines - net)}


def _exact(layout: str, counts: dict[str, int]) -> dict[str, int]:
    """Counts that name every kind of a layout and no other; LayoutError else."""
    kinds = LAYOUTS[layout]
    if set(counts) != set(kinds):
        raise LayoutError(
            f"counts of layout {layout} name {', '.join(counts) or 'nothing'}; "
            f"it places {' and '.join(kinds)}, each needs its count"
        )
    return {kind: counts[kind] for kind in kinds}


def place(
    network: Network,
    layout: str,
    counts: dict[str, int] | None = None,
    seed: int = 0,
    options: LayoutOptions | None = None,
) -> Layout:
    """Charge a neutral network; see ``lay_out``, which returns the network alone."""
    options, name = options or LayoutOptions(), canonical(layout)
    if counts is None:
        wanted = required_sites(layout, options, network.box_nm)
    else:
        wanted = _exact(name, counts)
    low, high = dense_region(network)
    thickness = options.surface_layer_nm * min(1.0, (high - low) / PAPER_DENSE_THICKNESS_NM)
    chosen, widened = {}, {}
    for kind, placement in LAYOUTS[name].items():
        generator = seeds.generator(seed, "layout", name, kind)
        chosen[kind], widened[kind] = _choose(
            network, name, kind, wanted[kind], placement.where, (low, high), thickness, generator
        )
    charged = protonate(network, chosen.get("NH2+", []))
    charged = deprotonate(charged, chosen.get("COO-", []))
    report = {
        "layout": name,
        "counts": {kind: len(arms) for kind, arms in chosen.items()},
        "net_charge_e": charged.formal_charge,
        "template_charge_e": charged.template_charge,
        "where": {kind: p.where for kind, p in LAYOUTS[name].items()},
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
        Groups of each kind of the layout; the study's, scaled by volume, when left out.
    seed : int

    Raises
    ------
    LayoutError
        For an unknown layout, counts of other kinds, or more groups than the network has sites.
    """
    return place(network, layout, counts, seed, options).network


def _choose(
    network, layout, kind, count, where, dense, thickness, generator
) -> tuple[list[Arm], float]:
    """Arms that get charged, and by how much a layer had to be widened (nm)."""
    arms = network.arms_in(NEUTRAL_STATE[kind])
    if count > len(arms):
        raise LayoutError(
            f"layout {layout} wants {count} {kind}, but the network has {len(arms)} "
            f"{SITE_NAMES[kind]} sites; set layout_options.counts.{layout}.{kind} to at most "
            f"{len(arms)}"
        )
    if not count:
        return [], 0.0
    z = np.array([network.positions[network.centre(arm), 2] for arm in arms])
    low, high = dense
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
