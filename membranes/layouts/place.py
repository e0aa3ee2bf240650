"""Charge layouts carried out: amines and carboxyls of a network become charged groups.

``lay_out`` and ``place`` are the entry: they plan the layout (``plans``), look up the network's
sites (``sites``), draw those that get charged (``placement``), and change the network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mdtools import seeds
from membranes.layouts.counts import Counts
from membranes.layouts.errors import LayoutError
from membranes.layouts.options import LayoutOptions
from membranes.layouts.placement import LAYERS, Choice, Region, choose_sites
from membranes.layouts.plans import (
    PAPER_DENSE_THICKNESS_NM,
    LayoutPlan,
    Placement,
    plan_layout,
)
from membranes.layouts.sites import SITE_NAMES, SiteNumbers, order_of_charging, sites
from membranes.networks.network import Network
from membranes.networks.profile import dense_region
from membranes.networks.structure import Arm
from membranes.networks.treatments import deprotonate, protonate

HISTOGRAM_BIN_NM = 0.25
"""Of the z-histograms in reports; a layer of the study spans six of them."""
REPORTED_HEIGHTS = 21
"""Samples of a density in reports."""


@dataclass(frozen=True)
class Layout:
    """A layout is a charged network and the report on how its groups were placed."""

    network: Network
    report: dict = field(repr=False)


@dataclass(frozen=True)
class PlacedGroups:
    """The groups of one kind that a layout has placed.

    Attributes
    ----------
    arms : list of Arm
        That get charged.
    rows : list of int
        Of these arms among all of the network's sites for the kind.
    z : (N,) array
        Of all of these sites, nm.
    choices : list of Choice
        One for each placement of the plan.
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
    plan = plan_layout(layout, options, network.box_nm, counts, SiteNumbers.of(network))
    low, high = dense_region(network)
    shrunk = min(1.0, (high - low) / PAPER_DENSE_THICKNESS_NM)
    region = Region(low, high, options.surface_layer_nm * shrunk)
    placed = {
        kind: _draw_groups(
            network, plan, kind, region, options, seeds.generator(seed, "layout", plan.name, kind)
        )
        for kind in plan.groups
    }
    charged = protonate(network, placed["NH2+"].arms if "NH2+" in placed else [])
    charged = deprotonate(charged, placed["COO-"].arms if "COO-" in placed else [])
    report = {
        "layout": plan.name,
        "counts": plan.counts,
        "net_charge_e": charged.formal_charge,
        "template_charge_e": charged.template_charge,
        "where": plan.where,
        "placements": {
            kind: [
                _placement_report(*pair) for pair in zip(parts, placed[kind].choices, strict=True)
            ]
            for kind, parts in plan.groups.items()
        },
        "layer_nm": region.layer,
        "layer_widened_nm": {
            kind: max(choice.widened_nm for choice in groups.choices)
            for kind, groups in placed.items()
        },
        "sites": {kind: len(groups.z) for kind, groups in placed.items()},
        "z_histogram": _histogram(placed, region),
        "dense_region_nm": [low, high],
        "titration": plan.titration.report() if plan.titration else None,
        "assumptions": list(plan.titration.assumptions) if plan.titration else [],
        "seed": seed,
    }
    return Layout(charged, report)


def _draw_groups(
    network, plan: LayoutPlan, kind: str, region: Region, options, generator
) -> PlacedGroups:
    """Draw the sites of one kind of group, placement after placement."""
    arms, z = sites(network, kind)
    count = plan.counts[kind]
    if count > len(arms):
        raise LayoutError(
            f"layout {plan.name} wants {count} {kind}, but the network has {len(arms)} "
            f"{SITE_NAMES[kind]} sites; {plan.fewer(kind, len(arms))}"
        )
    lots = order_of_charging(network, arms)
    free, rows, choices = np.arange(len(arms)), [], []
    for part in plan.groups[kind]:
        left = [np.flatnonzero(np.isin(free, lot)) for lot in lots]
        choice = _choose_in_order(z[free], left, part, region, generator)
        if choice.inside < part.count and not options.widen:
            raise LayoutError(_too_narrow(plan, kind, part, choice, region))
        rows += free[choice.rows].tolist()
        free = np.delete(free, choice.rows)
        choices.append(choice)
    rows.sort()
    return PlacedGroups([arms[row] for row in rows], rows, z, choices)


def _choose_in_order(z, lots, part: Placement, region: Region, generator) -> Choice:
    """Draw from the first lot of sites, and from the next ones what it is too small for."""
    rows, widened, inside, missing = [], 0.0, 0, part.count
    for lot in lots:
        choice = choose_sites(z[lot], min(missing, len(lot)), part.where, region, generator)
        rows += lot[choice.rows].tolist()
        widened, inside = max(widened, choice.widened_nm), inside + choice.inside
        missing = part.count - len(rows)
        if not missing:
            break
    return Choice(sorted(rows), widened, inside)


def _too_narrow(
    plan: LayoutPlan, kind: str, part: Placement, choice: Choice, region: Region
) -> str:
    """Return the message, with remedies, for a place of too few sites that must not be widened."""
    if part.where in LAYERS:
        sides = 2 if part.where == "center" else 1
        shrunk = min(1.0, (region.high - region.low) / PAPER_DENSE_THICKNESS_NM)
        needed = (region.layer + sides * choice.widened_nm) / shrunk
        location = f"in the {part.where} layer of {region.layer:.2f} nm"
        needed = math.ceil(100 * needed) / 100
        remedy = f"set layout_options.surface_layer_nm to at least {needed:.2f}"
    else:
        location = "at heights of a density above 0"
        remedy = f"let the density be above 0 up to {choice.widened_nm:.2f} nm further"
    return (
        f"layout {plan.name} wants {part.count} {kind} {location}, with {choice.inside} "
        f"{SITE_NAMES[kind]} sites; {remedy}, {plan.fewer(kind, choice.inside)}, or set "
        "layout_options.widen to true"
    )


def _placement_report(part: Placement, choice: Choice) -> dict:
    """Return one placement as plain data; a density as samples over the dense region."""
    heights, density = np.linspace(0, 1, REPORTED_HEIGHTS).tolist(), part.density
    samples = density and {"z": heights, "density": [float(density(z)) for z in heights]}
    return {
        "count": part.count,
        "where": part.word,
        "sites_inside": choice.inside,
        "widened_nm": choice.widened_nm,
        "density": samples,
    }


def _histogram(placed: Mapping[str, PlacedGroups], region: Region) -> dict:
    """Count groups and sites of each kind in bins along z; edges start at the feed face."""
    z = np.concatenate([groups.z for groups in placed.values()])
    z = np.append(z, [region.low, region.high])
    first = math.floor((z.min() - region.low) / HISTOGRAM_BIN_NM)
    last = math.floor((z.max() - region.low) / HISTOGRAM_BIN_NM) + 1
    edges = region.low + HISTOGRAM_BIN_NM * np.arange(first, last + 1)
    return {
        "edges_nm": edges.tolist(),
        "groups": {
            kind: np.histogram(groups.z[groups.rows], edges)[0].tolist()
            for kind, groups in placed.items()
        },
        "sites": {
            kind: np.histogram(groups.z, edges)[0].tolist() for kind, groups in placed.items()
        },
    }
