"""Neighbours of the feed ions along z: what water they lose, and what takes its place."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.along_z import (
    GROUPS,
    band_words,
    draw_faces,
    draw_mean,
    draw_strip,
    from_to,
    grid_of,
    group_handles,
    strip_limits,
)
from analysis.figures.bands import band
from analysis.figures.sheet import show, sides, titled
from analysis.figures.style import color, label, ordered, z_label
from analysis.observables.coordination import FEWEST
from analysis.observables.shared.z_bins import BIN_ANGSTROM

PANEL_INCHES = (2.7, 3.1)
WATER, MEMBRANE, TOTAL = "water O", ("membrane O", "membrane N"), "total"
WITH_MEMBRANE = "with membrane O, N"
ROOM = 1.2
"""Height of the axes over the largest number of neighbours."""
LINES: dict = {
    WATER: {"lw": 1.5},
    WITH_MEMBRANE: {"lw": 1.0, "ls": (0, (3, 1.4))},
    TOTAL: {"lw": 1.0, "ls": (0, (1, 1.1))},
}
"""Each line adds a kind of neighbour to the one before."""
NAMES = {WATER: "water O", WITH_MEMBRANE: "and membrane O, N", TOTAL: "and ions of other sign"}


def coordination(
    coordination: pd.DataFrame,
    groups: pd.DataFrame,
    extent: pd.DataFrame,
    trials: pd.DataFrame,
) -> Figure:
    """Draw neighbours of the ions by kind, one added to the other, and the groups below."""
    sheet, places, grid = grid_of(trials, extent, PANEL_INCHES)
    drawn = sheet.keep("coordination", coordination[coordination.trial == "all"])
    groups = sheet.keep("groups", groups[groups.trial == "all"])
    # Wide bands of few trials may leave the axes.
    top = drawn.coordination.max()
    limits = (0, ROOM * top if top > 0 else 1.0), strip_limits(groups)
    zlabel = z_label(grid.shape[1])
    for panel in places:
        cell, stack = panel.cell, grid[panel.row, panel.column]
        main, strip = stack
        show(stack, panel, ("neighbours in the\nfirst shell (per ion)", GROUPS), limits, zlabel)
        own = cell.of(drawn)
        for species in ordered(own.species):
            draw_species(main, color(species), own[own.species == species])
        draw_strip(strip, cell.of(groups))
        draw_faces(stack, cell.of(extent))
        sides(main)
        titled(main, cell, trials)
    sheet.key(handles(drawn, groups))
    return sheet.finish(caption(drawn))


def draw_species(axes, tint: str, rows: pd.DataFrame) -> None:
    """Draw the water with its band, water and membrane, and all neighbours of one species."""
    by_partner = rows.pivot(index="z_angstrom", columns="partner", values="coordination")
    water = rows[rows.partner == WATER]
    by_partner[WITH_MEMBRANE] = by_partner[[WATER, *MEMBRANE]].sum(axis=1, min_count=3)
    for order, (name, style) in enumerate(LINES.items()):
        curve = by_partner[name]
        draw_mean(axes, curve.index, water, curve, color=tint, zorder=4 - order, **style)
    band(axes, water.z_angstrom, water, "coordination", color=tint, alpha=0.2)


def handles(drawn: pd.DataFrame, groups: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    species = [
        Line2D([], [], color=color(name), label=label(name)) for name in ordered(drawn.species)
    ]
    kinds = [
        Line2D([], [], color="#555555", label=NAMES[name], **style) for name, style in LINES.items()
    ]
    return [*species, *kinds, *group_handles(groups)]


def samples_text(water: pd.DataFrame) -> str:
    """Return the samples of each species in a panel."""
    counts = water.groupby(["layout", "salt", "species"]).samples.sum()
    names = ordered(water.species)
    return ", ".join(f"{from_to(counts.xs(name, level=2))} {label(name)}" for name in names)


def cutoffs(drawn: pd.DataFrame) -> str:
    """Return the radii of the first shells, and of contacts of ions, as a caption has them."""
    water = drawn[drawn.partner == WATER].drop_duplicates("species").set_index("species")
    shells = ", ".join(
        f"{water.cutoff_angstrom[name]:g} Å of {label(name)}" for name in ordered(water.index)
    )
    notes = drawn.note[drawn.partner == TOTAL].dropna().astype(str)
    pairs = dict.fromkeys(pair for note in notes for pair in note.split(", ") if pair)
    ions = ", ".join(map(pretty, pairs))
    other = f", ions of the other sign {ions}" if ions else "; there are no ions of the other sign"
    return f"within {shells}{other}"


def pretty(note: str) -> str:
    """Return a pair and its cutoff with the names of ions as printed.

    >>> pretty("Ca2+/Cl- within 3.7 Å")
    'Ca²⁺/Cl⁻ within 3.7 Å'
    """
    pair, rest = note.split(" ", 1)
    return f"{'/'.join(label(name) for name in pair.split('/'))} {rest}"


def caption(drawn: pd.DataFrame) -> str:
    """Return the caption: what is counted, the cutoffs, numbers of samples and bands."""
    water = drawn[drawn.partner == WATER]
    band = band_words(water)
    band += " The band is that of water." if water.low_coordination.notna().any() else ""
    return (
        "Mean number of neighbours of the feed ions by their z, in bins of "
        f"{BIN_ANGSTROM:g} Å over all full frames: oxygens of water (solid), these and oxygens and "
        "nitrogens of the membrane (dashed), and ions of the other sign, too (dotted); where the "
        f"dotted line falls, lost water is not made up for. Neighbours are {cutoffs(drawn)}, the "
        "same at every z. Mean of the trials' means, thinner where not every trial has one; bins "
        f"with fewer than {FEWEST} samples in a trial are left out. {band} "
        f"Samples (ions times frames) in a panel: {samples_text(water)}."
    )
