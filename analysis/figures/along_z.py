"""Parts of figures against z: gaps in lines, the strip of charged groups, text on bands."""

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from analysis.figures.sheet import START, Sheet, band_text, outer_span, panels, span, stacks
from analysis.figures.style import PALETTE, color, label, ordered
from analysis.statistics import PARTLY

FACES: dict = {"color": PALETTE["membrane"], "lw": 0.8, "ls": (0, (4, 3))}
SHARES = (3.0, 1.0)
"""Heights of the numbers and of the charged groups."""
GROUPS = "groups\n(1/nm$^3$)"
THINNER = 0.55
"""Width of a line where not every trial has a value, as a share of its width elsewhere."""
SMALLEST = 1e-6
"""Height of a strip in which nothing is drawn."""
GAP = 1.5
"""Bins between two points beyond which no line joins them."""


def grid_of(table: pd.DataFrame, extent: pd.DataFrame, panel_inches: tuple) -> tuple:
    """Return the sheet, panels and their axes for a table against z, from piston to piston."""
    places, rows, columns = panels(table)
    width, height = panel_inches
    sheet = Sheet(0.7 + width * max(columns, 2), 0.3 + height * rows)
    grid = stacks(sheet, rows, columns, SHARES)
    grid[0, 0, 0].set_xlim(outer_span(extent, "feed piston", "permeate piston"))
    return sheet, places, grid


def broken(z, values, bin_angstrom: float) -> tuple[np.ndarray, np.ndarray]:
    """Insert NaN between points (z, values) that are not neighbours, so that no line joins them.

    >>> broken([1.0, 3.0, 9.0], [5, 6, 7], 2.0)[1].tolist()
    [5.0, 6.0, nan, 7.0]
    """
    z, values = np.asarray(z, dtype=float), np.asarray(values, dtype=float)
    apart = np.flatnonzero(np.diff(z) > GAP * bin_angstrom) + 1
    return np.insert(z, apart, np.nan), np.insert(values, apart, np.nan)


def draw_mean(axes, z, rows: pd.DataFrame, values, **style) -> None:
    """Draw a line of means, thinner where not every trial has one; lone points as dots."""
    values = np.asarray(values, dtype=float)
    known = np.pad(np.isfinite(values), 1)
    alone = known[1:-1] & ~known[:-2] & ~known[2:]
    everyone = ~rows.interval.str.startswith(PARTLY).to_numpy()
    thin = style | {"lw": THINNER * style["lw"]}
    axes.plot(z, values, **thin)
    axes.plot(z, np.where(everyone, values, np.nan), **style)
    dots = {"color": style["color"], "ls": "none", "marker": "o", "ms": 2.2, "mew": 0}
    axes.plot(np.asarray(z)[alone], values[alone], zorder=style["zorder"], **dots)


def draw_strip(axes, groups: pd.DataFrame) -> None:
    """Draw the charged groups of a panel as outlines, so that kinds that overlap are both seen."""
    for species, rows in groups.groupby("of", sort=False):
        if rows.density_per_nm3.any():
            z = rows.z_angstrom.to_numpy()
            step = z[1] - z[0]
            edges = np.append(z - step / 2, z[-1] + step / 2)
            filled = rows.density_per_nm3.where(rows.density_per_nm3 > 0)
            axes.stairs(filled, edges, color=color(species), lw=1.1)
    say_none(axes, groups)


def say_none(axes, groups: pd.DataFrame) -> None:
    """Write that a membrane has no charged groups; only zero has a tick where none has any."""
    if groups.density_per_nm3.any():
        return
    middle = {"transform": axes.transAxes, "ha": "center", "va": "center", "fontsize": 7}
    axes.text(0.5, 0.5, "no charged groups", color="#555555", **middle)
    if axes.get_ylim()[1] <= 1.1 * SMALLEST:
        axes.set_yticks([0])


def strip_limits(groups: pd.DataFrame) -> tuple[float, float]:
    """Return the range of the strip; it has one without groups, too."""
    return 0.0, max(1.15 * groups.density_per_nm3.max(), SMALLEST)


def draw_faces(stack, extent: pd.DataFrame) -> None:
    """Draw the faces of the membrane through all axes of a panel."""
    for axes in stack:
        for face in span(extent, "feed face", "permeate face"):
            axes.axvline(face, zorder=0, **FACES)


def from_to(values, digits: str = "d") -> str:
    """Return a number, or the least and the largest of several.

    >>> from_to([12, 12]), from_to([6.91, 7.0, float("nan")], ".1f")
    ('12', '6.9 to 7.0')
    """
    known = [value for value in values if np.isfinite(value)]
    ends = [f"{end:{digits}}" for end in (min(known), max(known))] if known else ["unknown"]
    return " to ".join(dict.fromkeys(ends))


def group_handles(groups: pd.DataFrame) -> list:
    """Return the legend handles of the strip and of the faces."""
    present = ordered(groups.of[groups.density_per_nm3 > 0])
    style: dict = {"lw": 1.1, "drawstyle": "steps-mid"}
    lines = [
        Line2D([], [], color=color(name), label=f"{label(name)} groups", **style)
        for name in present
    ]
    return [*lines, Line2D([], [], label="5 % faces", **FACES)]


def band_words(pooled: pd.DataFrame, of: str = "bins") -> str:
    """Return what the bands of means over trials are, where not every trial has every bin.

    >>> band_words(pd.DataFrame({"interval": ["none: not in all trials"]}))
    'No band: no bins that every trial has.'
    """
    kinds = set(pooled.interval)
    partly = {kind for kind in kinds if kind.startswith(PARTLY)}
    if kinds == partly and kinds:
        return f"No band: no {of} that every trial has."
    kept = pooled[~pooled.interval.isin(partly)]
    text = band_text(kept)
    if partly and START in text:
        text = text.replace(f"; {START}", f", in the {of} that every trial has; {START}")
    return text
