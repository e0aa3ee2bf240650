"""Radial distributions around the ions, with the cutoffs of the first shells."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.along_z import band_words, from_to
from analysis.figures.bands import band
from analysis.figures.sheet import Sheet, panels, show, stacks, titled
from analysis.figures.style import PALETTE, color, label, ordered
from analysis.figures.water import number

PANEL_INCHES = (2.7, 4.4)
SHARES = (1.3, 1.3, 1.0)
"""Heights of the feed reservoir, the membrane and pairs of ions."""
FEED, MEMBRANE = "feed reservoir", "membrane"
WATER = "water O"
DASHES = {WATER: "-", "membrane O": (0, (3, 1.4)), "membrane N": (0, (1, 1.1))}
PLACES = {FEED: PALETTE["water"], MEMBRANE: PALETTE["membrane"]}
"""Colours of pairs of ions, as of clusters: there a colour is a place."""
PAIR_DASHES = ("-", (0, (6, 1.5)), (0, (6, 1.5, 1, 1.5)), (0, (2, 1)))
"""Of pairs of species, only where there are several."""
CUTOFF: dict = {"ls": "none", "marker": "v", "ms": 4.5}
VALLEY: dict = {"ls": "none", "marker": "^", "ms": 4}
CUTOFF_AT, VALLEY_AT = 0.97, 0.04
"""Heights of the marks, as shares of the axis."""
FEWEST_PAIRS = 10
"""Shells with fewer pairs do not set an axis."""
FIRST_ANGSTROM = 1.5
"""Where the axis of distances begins: no two atoms are nearer."""
NAMES = (
    "water in the\nfeed, g(r)",
    "inside the\nmembrane, g(r)",
    "anions around\ncations, g(r)",
)


def radial(
    radial: pd.DataFrame,
    first_shells: pd.DataFrame,
    mean_z: pd.DataFrame,
    trials: pd.DataFrame,
) -> Figure:
    """Draw water in the feed reservoir, water and membrane inside, and pairs of ions.

    Only species of feed ions are drawn; `mean_z` tells which these are.
    """
    places, rows, columns = panels(trials)
    width, height = PANEL_INCHES
    sheet = Sheet(0.7 + width * max(columns, 2), 0.3 + height * rows)
    feed = mean_z[["layout", "salt", "species"]].drop_duplicates()
    curves = radial[(radial.trial == "all") & (radial.r_angstrom >= FIRST_ANGSTROM)]
    curves = sheet.keep("radial", curves.merge(feed))
    shells = first_shells[first_shells.trial == "all"].merge(feed)
    shells = sheet.keep("first_shells", shells)
    grid = stacks(sheet, rows, columns, SHARES)
    grid[0, 0, 0].set_xlim(FIRST_ANGSTROM, curves.r_angstrom.max())
    limits = tuple((0, top(part)) for part in split(curves))
    pairs = pair_dashes(curves)
    for panel in places:
        cell, stack = panel.cell, grid[panel.row, panel.column]
        show(stack, panel, NAMES, limits, "distance r (Å)")
        for axes, part in zip(stack, split(cell.of(curves)), strict=True):
            axes.axhline(1, color="#BBBBBB", lw=0.6, zorder=0)
            for (species, partner, place), rows_of in part.groupby(
                ["species", "partner", "place"], sort=False
            ):
                atoms = partner in DASHES
                tint = color(species) if atoms else PLACES[place]
                style = DASHES[partner] if atoms else pairs[species, partner]
                draw_curve(axes, tint, style, rows_of)
        draw_cutoffs(stack, cell.of(shells))
        titled(stack[0], cell, trials)
    sheet.key(handles(curves, shells))
    return sheet.finish(caption(curves, shells))


def pair_dashes(curves: pd.DataFrame) -> dict[tuple[str, str], str | tuple]:
    """Return the line of each pair of species: solid where there is one."""
    pairs = curves[~curves.partner.isin(DASHES)][["species", "partner"]].drop_duplicates()
    names = list(pairs.itertuples(index=False, name=None))
    return dict(zip(names, PAIR_DASHES * (len(names) // len(PAIR_DASHES) + 1), strict=False))


def split(curves: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the rows of the three axes of a panel."""
    atoms = curves.partner.isin(DASHES)
    water = curves[(curves.place == FEED) & (curves.partner == WATER)]
    return water, curves[atoms & (curves.place == MEMBRANE)], curves[~atoms]


def top(curves: pd.DataFrame) -> float:
    """Return the upper end of an axis, of shells with enough pairs; others may leave it."""
    highest = curves.g[curves.pairs >= FEWEST_PAIRS].max()
    return 1.15 * highest if highest > 0 else 1.5


def draw_curve(axes, tint: str, dashes, rows: pd.DataFrame) -> None:
    """Draw one distribution, a solid one with its band."""
    if dashes == "-":
        band(axes, rows.r_angstrom, rows, "g", color=tint, alpha=0.18)
    axes.plot(rows.r_angstrom, rows.g, color=tint, lw=1.1, ls=dashes)


def draw_cutoffs(stack, shells: pd.DataFrame) -> None:
    """Draw the cutoffs as marks that point down from above, found valleys as ones on the axis."""
    for row in shells.itertuples():
        water = row.partner == WATER
        if not water and row.partner in DASHES:
            continue
        tint = color(row.species) if water else "#333333"
        for axes in stack[:2] if water else stack[2:]:
            place = axes.get_xaxis_transform()
            axes.plot([row.cutoff_angstrom], [CUTOFF_AT], color=tint, transform=place, **CUTOFF)
        if np.isfinite(row.r_angstrom):
            axes = stack[0] if water else stack[2]
            place = axes.get_xaxis_transform()
            hollow = "none" if row.flat else tint
            mark = VALLEY | {"color": tint, "mfc": hollow, "transform": place}
            axes.plot([row.r_angstrom], [VALLEY_AT], **mark)


def handles(curves: pd.DataFrame, shells: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    grey: dict = {"color": "#555555"}
    names = ordered(curves.species)
    several = pair_dashes(curves) if len(pair_dashes(curves)) > 1 else {}
    return [
        *(Line2D([], [], color=color(name), label=label(name)) for name in names),
        *(
            Line2D([], [], ls=dashes, lw=1.1, label=partner, **grey)
            for partner, dashes in DASHES.items()
        ),
        *(
            Line2D([], [], color=tint, lw=1.1, label=f"pairs, {place}")
            for place, tint in PLACES.items()
        ),
        *(
            Line2D([], [], ls=dashes, lw=1.1, label=f"{label(one)}/{label(other)}", **grey)
            for (one, other), dashes in several.items()
        ),
        Line2D([], [], label="cutoff in use", **CUTOFF, **grey),
        *(
            [Line2D([], [], label="first valley", **VALLEY, **grey)]
            if shells.r_angstrom.notna().any()
            else []
        ),
    ]


def shells_text(shells: pd.DataFrame) -> str:
    """Return valleys, neighbours within the cutoff and numbers of ions of each pair, as text."""
    water = shells.partner == WATER
    shells = shells[water | ~shells.partner.isin(DASHES)]
    order = [ordered(shells.species).index(name) for name in shells.species]
    shells = shells.iloc[np.argsort(order, kind="stable")]
    parts = []
    for (species, partner), rows in shells.groupby(["species", "partner"], sort=False):
        kind = "water" if partner == WATER else label(partner)
        known = rows[rows.r_angstrom.notna()]
        text = f"{kind} around {label(species)} no valley"
        if len(known):
            r = from_to(known.r_angstrom, ".2f")
            if len(known) == 1:
                one = known.iloc[0]
                r = number(one.r_angstrom, one.low_angstrom, one.high_angstrom, ".2f")
            many = f" in {len(known)} of {len(rows)} panels" if len(rows) > 1 else ""
            text = f"{kind} around {label(species)} valley {r} Å{many}"
        near, cutoff = from_to(rows.coordination, ".2g"), rows.cutoff_angstrom.iloc[0]
        parts.append(f"{text}, {near} within {cutoff:g} Å (n = {from_to(rows.references)})")
    return "; ".join(parts)


def caption(curves: pd.DataFrame, shells: pd.DataFrame) -> str:
    """Return the caption: normalisation, regions, valleys and cutoffs, bands."""
    feed = curves[curves.place == FEED]
    low, high = from_to(feed.from_angstrom, ".0f"), from_to(feed.to_angstrom, ".0f")
    band = band_words(curves, "shells")
    band += " It is drawn for solid lines." if curves.low_g.notna().any() else ""
    band += f" Shells of fewer than {FEWEST_PAIRS} pairs may lie beyond the axis."
    return (
        "Radial distributions around ions of the feed's species, counter-ions of the same species "
        "with them: pairs over those of an ideal gas with the partner's mean density along z, so 1 "
        "far away, near walls too; means over trials. Top: water around ions of the feed reservoir "
        f"away from its ends (z of the ion from {low} to {high} Å). Middle: ions between the "
        "faces, where g also holds that ions and water share the polymer's hollows. Bottom: anions "
        "around cations, in the feed reservoir and in the membrane. "
        f"{band} Marks from above: cutoffs in use; from below: first valleys of the counts of all "
        "trials, hollow where flat, none where pairs are too few. Valleys, neighbours within "
        "the cutoff, n = ions times frames: "
        f"{shells_text(shells)}."
    )
