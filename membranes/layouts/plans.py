"""Plans of layouts: how many groups of each kind, and where along z.

The named layouts and their counts are those of the membrane charge study of NF270-like PIP-TMC
membranes: 14 NH2+ and 28 or 30 COO- in a membrane polymerised in a box of 5.2 x 5.2 x 5.0 nm, of
which 67 nm3 (3 nm of thickness) are dense. Others are defined by a z-density for each kind of
group, or by a pH. ``plan_layout`` makes the plan of any of them, and ``place`` carries it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from membranes.layouts.counts import Counts, validated_counts
from membranes.layouts.dissociation import titrate_shares
from membranes.layouts.errors import LayoutError, TitrationError
from membranes.layouts.options import GroupProfile, LayoutOptions, TitrationOptions
from membranes.layouts.placement import DENSITIES, Density, SampledDensity
from membranes.layouts.sites import NEUTRAL_STATE, SiteNumbers
from membranes.layouts.titration import STUDY_VOLUME_NM3, titrate

PAPER_BOX_NM = (5.2, 5.2, 5.0)
PAPER_DENSE_THICKNESS_NM = 3.0
Z_DENSITY = "z-density"
"""Name of a layout that is given as densities."""
PROFILE, SURFACE_FIRST = "profile", "surface first"
"""Words of reports for places that the campaign file defines."""


@dataclass(frozen=True)
class Placement:
    """A placement is a number of groups of one kind and their place along z.

    ``where`` is "whole", "ramp" (whole, denser toward the permeate), "ramp feed" (its mirror
    image), a layer ("feed", "center", "permeate"), or a density over the dense region.
    """

    count: int
    where: str | Density = "whole"

    @property
    def word(self) -> str:
        """Return the word of reports for the place."""
        return self.where if isinstance(self.where, str) else PROFILE

    @property
    def density(self) -> Density | None:
        """Return the density of the place, None for a layer."""
        return DENSITIES.get(self.where) if isinstance(self.where, str) else self.where


@dataclass(frozen=True)
class LayoutPlan:
    """A layout in numbers: the placements of each kind of group, carried out in order.

    Attributes
    ----------
    name : str
        Of the layout, without aliases.
    groups : dict
        Kind to placements.
    where : dict
        Kind to the word for all of its placements together.
    key : str
        Of the campaign file or argument that sets the count of a kind; ``{kind}`` stands for it.
    titration : Counts or None
        What the counts rest on, if they are those of a pH.
    """

    name: str
    groups: dict[str, tuple[Placement, ...]]
    where: dict[str, str]
    key: str
    titration: Counts | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of groups of each kind."""
        return {kind: sum(part.count for part in parts) for kind, parts in self.groups.items()}

    def fewer(self, kind: str, most: int) -> str:
        """Return the advice of error messages for at most ``most`` groups of a kind."""
        if self.titration:
            return f"change {self.key} so that it calls for at most {most} {kind}"
        return f"set {self.key.format(kind=kind)} to at most {most}"


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


def names(options: LayoutOptions) -> tuple[str, ...]:
    """Return every valid layout name: the study's, then those that the options define."""
    return (*NAMES, *options.profiles, *options.titrations)


def canonical(layout: str, options: LayoutOptions | None = None) -> str:
    """Resolve the alias of a layout; LayoutError for a name that does not exist.

    >>> canonical("control")
    'pH7'
    """
    allowed = names(options) if options else NAMES
    if layout not in allowed:
        raise LayoutError(f"layout {layout!r} does not exist; allowed: {', '.join(allowed)}")
    return ALIASES.get(layout, layout)


def kinds_of(layout: str, options: LayoutOptions) -> tuple[str, ...]:
    """Return the kinds of group that a layout places."""
    name = canonical(layout, options)
    if name in options.titrations:
        return tuple(NEUTRAL_STATE)
    return tuple(LAYOUTS[name] if name in LAYOUTS else options.profiles[name])


def unusable_names(options: LayoutOptions) -> Iterator[tuple[str, str, str]]:
    """Yield block, name and remedy of layouts in the options whose name another layout has.

    Capitals do not make a difference, as names become directories and some file systems do not
    tell them apart.
    """
    taken = {name.lower(): name for name in NAMES}
    for block in ("profiles", "titrations"):
        for name in getattr(options, block):
            if name.lower() in taken:
                yield (
                    block,
                    name,
                    f"allowed is a name other than that of layout {taken[name.lower()]}, in "
                    "more than capitals",
                )
            taken.setdefault(name.lower(), name)


def required_sites(
    layout: str,
    options: LayoutOptions,
    box_nm: Sequence[float],
    sites: SiteNumbers | None = None,
) -> dict[str, int]:
    """Return the charged groups of each kind that a layout puts into a membrane still to be built.

    ``sites`` are those that it is sure to have; without them it is a membrane of piperazine. Counts
    of the campaign file come first. Otherwise the study's are scaled by the volume of the
    reaction box over the study's, which at the study's composition is the ratio of dense volumes;
    the net charge is scaled and rounded first, so that a small box keeps the ratio of the kinds as
    well as whole numbers can.

    >>> required_sites("pH7", LayoutOptions(), (5.2, 5.2, 5.0))
    {'NH2+': 14, 'COO-': 28}
    >>> required_sites("pH7", LayoutOptions(), (2.0, 2.1, 2.25))
    {'NH2+': 1, 'COO-': 2}
    """
    return plan_layout(layout, options, box_nm, sites=sites).counts


def plan_layout(
    layout: str | Mapping[str, object],
    options: LayoutOptions,
    box_nm: Sequence[float],
    counts: Mapping[str, int] | Counts | None = None,
    sites: SiteNumbers | None = None,
) -> LayoutPlan:
    """Plan a layout in a membrane built in a box; LayoutError for one that contradicts itself.

    ``sites`` are the membrane's, of piperazine if left out. The other arguments are those of
    ``lay_out``.
    """
    if not isinstance(layout, str):
        if counts is None:
            _of_piperazine(sites, "counts of z-densities are", "give counts")
        return _of_densities(layout, box_nm, counts)
    for block, name, remedy in unusable_names(options):
        raise LayoutError(f"layout_options.{block}.{name}: {remedy}")
    name = canonical(layout, options)
    if name in options.titrations:
        if counts is not None:
            raise LayoutError(f"counts of layout {name} follow from its pH; leave counts out")
        return _of_titration(name, options.titrations[name], box_nm, sites)
    if name in options.profiles:
        return _of_profiles(name, options.profiles[name], counts)
    placed = LAYOUTS[name]
    if counts is None:
        counts = options.counts.get(layout, options.counts.get(name))
    if counts is None:
        remedy = (
            f"set layout_options.counts.{layout}, or make a layout of "
            "layout_options.titrations with mode: shares (a mixture: counts)"
        )
        _of_piperazine(sites, f"counts of layout {layout} are", remedy)
        counts = _scaled({kind: place.count for kind, place in placed.items()}, box_nm)
    else:
        counts = validated_counts(name, tuple(placed), counts)
    groups = {kind: (Placement(counts[kind], placed[kind].where),) for kind in placed}
    return LayoutPlan(name, groups, _words(groups), f"layout_options.counts.{name}.{{kind}}")


def _of_piperazine(sites: SiteNumbers | None, what: str, remedy: str) -> None:
    """Raise LayoutError where numbers of piperazine membranes are for one with another amine."""
    if sites and sites.others:
        raise LayoutError(
            f"{what} those of a membrane of piperazine, this one has "
            f"{' and '.join(sites.others)}: {remedy}"
        )


def _of_densities(densities: Mapping[str, object], box_nm, counts) -> LayoutPlan:
    """Plan a layout given as a density for each kind; counts default to the study's, scaled."""
    if not densities or not set(densities) <= set(NEUTRAL_STATE):
        raise LayoutError(
            f"z-densities are given for {', '.join(map(str, densities)) or 'nothing'}; allowed are "
            f"{' and '.join(NEUTRAL_STATE)}"
        )
    kinds = tuple(densities)
    if counts is None:
        like = {("COO-",): "feed", ("NH2+",): "pH2"}.get(kinds, "pH7")
        counts = _scaled({kind: LAYOUTS[like][kind].count for kind in kinds}, box_nm)
    else:
        counts = validated_counts(Z_DENSITY, kinds, counts)
    groups = {kind: (Placement(counts[kind], _density(kind, densities[kind])),) for kind in kinds}
    return LayoutPlan(Z_DENSITY, groups, _words(groups), "counts.{kind}")


def _density(kind: str, given: object) -> Density:
    """Return a callable, made from samples if ``given`` is a pair (z, density)."""
    if callable(given):
        return given
    try:
        z, density = (np.asarray(part, dtype=float).tolist() for part in given)
        return SampledDensity(tuple(z), tuple(density))
    except (TypeError, ValueError) as error:
        raise LayoutError(
            f"z-density of {kind}: {error}; allowed is a function of the height from 0 to 1, or a "
            "pair (z, density) of samples"
        ) from error


def _of_profiles(name: str, profiles: Mapping[str, GroupProfile], counts) -> LayoutPlan:
    if counts is None:
        counts = {kind: profile.count for kind, profile in profiles.items()}
    counts = validated_counts(name, tuple(profiles), counts)
    groups = {
        kind: (Placement(counts[kind], SampledDensity(profile.z, profile.density)),)
        for kind, profile in profiles.items()
    }
    key = f"layout_options.profiles.{name}.{{kind}}.count"
    return LayoutPlan(name, groups, _words(groups), key)


def titrated(
    titration: TitrationOptions, box_nm: Sequence[float], sites: SiteNumbers | None = None
) -> Counts:
    """Return the groups that a titration of the options puts into a membrane built in a box.

    The dense volume is the study's times the volume of the reaction box over the study's.

    Raises TitrationError for one that cannot be, or that another amine has no numbers for.
    """
    if titration.mode == "shares":
        if sites is None:
            raise TitrationError("mode shares needs the sites of a membrane")
        return titrate_shares(titration.pH, sites, titration.first_share)
    if titration.mode != "counts" and sites and sites.others:
        raise TitrationError(
            f"mode {titration.mode} has the sites of NF270, a membrane of piperazine; with "
            f"{' and '.join(sites.others)} allowed are shares and counts"
        )
    volume = STUDY_VOLUME_NM3 * _volume_ratio(box_nm)
    keys = set(TitrationOptions.model_fields) - {"carboxylates", "first_share"}
    counts = titrate(
        area_nm2=float(np.prod(box_nm[:2])),
        volume_nm3=volume,
        **{key: getattr(titration, key) for key in keys},
    )
    assumption = (
        f"dense volume taken as {volume:.4g} nm3 before the membrane is built: the study's "
        f"{STUDY_VOLUME_NM3:g} nm3 times the volume of the reaction box over the study's"
    )
    return replace(counts, assumptions=(*counts.assumptions, assumption))


def _of_titration(name: str, titration: TitrationOptions, box_nm, sites) -> LayoutPlan:
    try:
        counts = titrated(titration, box_nm, sites)
    except TitrationError as error:
        raise LayoutError(f"layout {name}: {error}") from error
    acids = (Placement(counts.carboxylate),)
    if titration.carboxylates == SURFACE_FIRST:
        interior = counts.carboxylate - counts.surface_carboxylate
        acids = (Placement(counts.surface_carboxylate, "feed"), Placement(interior))
    groups = {"NH2+": (Placement(counts.amine),), "COO-": acids}
    where = {"NH2+": "whole", "COO-": titration.carboxylates}
    return LayoutPlan(name, groups, where, f"layout_options.titrations.{name}", counts)


def _words(groups: Mapping[str, tuple[Placement, ...]]) -> dict[str, str]:
    return {kind: part.word for kind, (part,) in groups.items()}


def _volume_ratio(box_nm: Sequence[float]) -> float:
    return float(np.prod(box_nm)) / float(np.prod(PAPER_BOX_NM))


def _scaled(full: dict[str, int], box_nm: Sequence[float]) -> dict[str, int]:
    """Scale counts of the study's box to another one, at least one of each kind."""
    scale = _volume_ratio(box_nm)
    if len(full) == 1:
        return {kind: max(1, round(count * scale)) for kind, count in full.items()}
    amines = max(1, round(full["NH2+"] * scale))
    net = round((full["NH2+"] - full["COO-"]) * scale)
    return {"NH2+": amines, "COO-": max(1, amines - net)}
