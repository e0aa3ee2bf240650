"""Charge layouts: which amines and carboxyls of a network carry a charge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mdtools import seeds
from membranes.layouts.counts import Counts
from membranes.layouts.options import LayoutOptions
from membranes.layouts.placement import LAYERS, Choice, LayoutError, Region, choose
from membranes.layouts.plans import (
    LAYOUTS,
    NAMES,
    PAPER_BOX_NM,
    PAPER_DENSE_THICKNESS_NM,
    Placement,
    Plan,
    canonical,
    plan,
    required_sites,
)
from membranes.layouts.sites import SITE_NAMES, sites
from membranes.networks.network import Network
from membranes.networks.profile import dense_region
from membranes.networks.structure import Arm
from membranes.networks.treatments import deprotonate, protonate

__all__ = [
    "LAYOUTS",
    "NAMES",
    "PAPER_BOX_NM",
    "Layout",
    "LayoutError",
    "canonical",
    "lay_out",
    "place",
    "required_sites",
]

HISTOGRAM_BIN_NM = 0.25
"""Of the z-histograms in reports; a layer of the study spans six of them."""
REPORTED_HEIGHTS = 21
"""Samples of a density in reports."""


@dataclass(frozen=True)
class Layout:
    """A charged network and how its groups were placed."""

    network: Network
    report: dict = field(repr=False)


@dataclass(frozen=True)
class Placed:
    """Arms of one kind that get charged, and what the network had to offer.

    ``z`` are heights (nm) of all of the network's sites, ``rows`` those of ``arms`` among them.
    """

    arms: list[Arm]
    rows: list[int]
    z: np.ndarray
    choices: list[Choice]


def lay_out(
    network: Network,
    layout: str | Mapping[str, object],
    counts: Mapping[str, int] | Counts | None = None,
    seed: int = 0,
    options: LayoutOptions | None = None,
) -> Network:
    """Protonate amines and deprotonate carboxyls of a neutral network as a layout says.

    Parameters
    ----------
    network : Network
        Neutral, centred at z = 0 with the feed at negative z.
    layout : str or dict
        A name of ``NAMES`` or one that ``options`` define; or for each kind of group (``NH2+``,
        ``COO-``) its relative density at heights from 0 (feed face of the dense region) to 1
        (permeate face): a function of the height, or samples (z, density). Sites are taken
        without replacement, each with a probability in proportion to the density where it is.
    counts : dict or Counts, optional
        Groups of each kind of the layout, or what ``titrate`` returned; the study's, scaled by
        volume, when left out.
    seed : int
    options : LayoutOptions, optional

    Raises
    ------
    LayoutError
        For an unknown layout, counts of other kinds, or more groups than the network has sites.

    Examples
    --------
    Amines toward the feed, as many as a pH calls for::

        lay_out(network, {"NH2+": ([0, 1], [1, 0])}, titrate(2, area_nm2=27.04, volume_nm3=67))
    """
    return place(network, layout, counts, seed, options).network


def place(
    network: Network,
    layout: str | Mapping[str, object],
    counts: Mapping[str, int] | Counts | None = None,
    seed: int = 0,
    options: LayoutOptions | None = None,
) -> Layout:
    """Charge a neutral network; see ``lay_out``, which returns the network alone."""
    options = options or LayoutOptions()
    asked = plan(layout, options, network.box_nm, counts)
    low, high = dense_region(network)
    shrunk = min(1.0, (high - low) / PAPER_DENSE_THICKNESS_NM)
    region = Region(low, high, options.surface_layer_nm * shrunk)
    placed = {
        kind: _pick(
            network, asked, kind, region, options, seeds.generator(seed, "layout", asked.name, kind)
        )
        for kind in asked.groups
    }
    charged = protonate(network, placed["NH2+"].arms if "NH2+" in placed else [])
    charged = deprotonate(charged, placed["COO-"].arms if "COO-" in placed else [])
    report = {
        "layout": asked.name,
        "counts": asked.counts,
        "net_charge_e": charged.formal_charge,
        "template_charge_e": charged.template_charge,
        "where": asked.where,
        "placements": {
            kind: [
                _placement_report(*pair) for pair in zip(parts, placed[kind].choices, strict=True)
            ]
            for kind, parts in asked.groups.items()
        },
        "layer_nm": region.layer,
        "layer_widened_nm": {
            kind: max(choice.widened_nm for choice in found.choices)
            for kind, found in placed.items()
        },
        "sites": {kind: len(found.z) for kind, found in placed.items()},
        "z_histogram": _histogram(placed, region),
        "dense_region_nm": [low, high],
        "titration": asked.titration.report() if asked.titration else None,
        "assumptions": list(asked.titration.assumptions) if asked.titration else [],
        "seed": seed,
    }
    return Layout(charged, report)


def _pick(network, asked: Plan, kind: str, region: Region, options, generator) -> Placed:
    """Arms of one kind, placement after placement."""
    arms, z = sites(network, kind)
    wanted = asked.counts[kind]
    if wanted > len(arms):
        raise LayoutError(
            f"layout {asked.name} wants {wanted} {kind}, but the network has {len(arms)} "
            f"{SITE_NAMES[kind]} sites; {asked.fewer(kind, len(arms))}"
        )
    free, rows, choices = np.arange(len(arms)), [], []
    for part in asked.groups[kind]:
        choice = choose(z[free], part.count, part.where, region, generator)
        if choice.inside < part.count and not options.widen:
            raise LayoutError(_too_narrow(asked, kind, part, choice, region, options))
        rows += free[choice.rows].tolist()
        free = np.delete(free, choice.rows)
        choices.append(choice)
    rows.sort()
    return Placed([arms[row] for row in rows], rows, z, choices)


def _too_narrow(asked: Plan, kind, part: Placement, choice: Choice, region: Region, options) -> str:
    """Why a place that must not be widened does not do, and what would."""
    if part.where in LAYERS:
        sides = 2 if part.where == "center" else 1
        shrunk = min(1.0, (region.high - region.low) / PAPER_DENSE_THICKNESS_NM)
        needed = (region.layer + sides * choice.widened_nm) / shrunk
        there = f"in the {part.where} layer of {region.layer:.2f} nm"
        needed = math.ceil(100 * needed) / 100
        remedy = f"set layout_options.surface_layer_nm to at least {needed:.2f}"
    else:
        there = "at heights of a density above 0"
        remedy = f"let the density be above 0 up to {choice.widened_nm:.2f} nm further"
    return (
        f"layout {asked.name} wants {part.count} {kind} {there}, with {choice.inside} "
        f"{SITE_NAMES[kind]} sites; {remedy}, {asked.fewer(kind, choice.inside)}, or set "
        "layout_options.widen to true"
    )


def _placement_report(part: Placement, choice: Choice) -> dict:
    """One placement as plain data; a density as samples over the dense region."""
    heights, density = np.linspace(0, 1, REPORTED_HEIGHTS).tolist(), part.density
    samples = density and {"z": heights, "density": [float(density(z)) for z in heights]}
    return {
        "count": part.count,
        "where": part.word,
        "sites_inside": choice.inside,
        "widened_nm": choice.widened_nm,
        "density": samples,
    }


def _histogram(placed: Mapping[str, Placed], region: Region) -> dict:
    """Groups and sites of each kind in bins along z; edges start at the feed face."""
    everything = np.concatenate([found.z for found in placed.values()])
    everything = np.append(everything, [region.low, region.high])
    first = math.floor((everything.min() - region.low) / HISTOGRAM_BIN_NM)
    last = math.floor((everything.max() - region.low) / HISTOGRAM_BIN_NM) + 1
    edges = region.low + HISTOGRAM_BIN_NM * np.arange(first, last + 1)
    return {
        "edges_nm": edges.tolist(),
        "groups": {
            kind: np.histogram(found.z[found.rows], edges)[0].tolist()
            for kind, found in placed.items()
        },
        "sites": {kind: np.histogram(found.z, edges)[0].tolist() for kind, found in placed.items()},
    }
