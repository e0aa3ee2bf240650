"""Steady permeation of the charge layouts under pressure: profile, average, mirror image."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from analysis.figures.comparison.parts import GREY, joined
from analysis.figures.sheet import Sheet
from analysis.figures.style import PALETTE, label, ordered

PANEL_WIDTH = 3.1
LAYOUT_INCHES, HEAD_INCHES = 0.2, 0.72
VARIANTS: dict[str, dict] = {
    "average": {"marker": "o", "ms": 6.5, "color": "#777777", "mfc": "none", "mew": 1.1},
    "profile": {"marker": "D", "ms": 4.2, "color": "#222222", "mew": 0},
    "mirror": {"marker": "|", "ms": 8.5, "color": PALETTE["cation"], "mew": 1.5},
}
"""From the lowest to the topmost, told apart by shape where they meet."""
WORDS = {
    "profile": "charge as it lies",
    "average": "spread evenly",
    "mirror": "feed and permeate exchanged",
}
SMALLEST = 1e-12
"""Permeation that is drawn as this, so that a logarithmic axis has a place for it."""
ALIKE = 1e-3
"""Relative difference of ions, of the same salt, up to which one stands for both."""


def steady_permeation(
    steady: pd.DataFrame, *, pressure_bar: float | None = None, assumed: str = ""
) -> Figure:
    """Draw c_permeate / c_feed of every layout, nominal and effective charge side by side.

    Parameters
    ----------
    steady : DataFrame
        layout, salt, variant, charge_fraction, pressure_bar, ion, permeation, converged.
    pressure_bar : float, optional
        One of the table; its least if left out.
    assumed : str
        What the solution rests on, for the caption.

    Raises
    ------
    ValueError
        A pressure that the table has not.
    """
    bar = steady.pressure_bar.min() if pressure_bar is None else pressure_bar
    rows = steady[np.isclose(steady.pressure_bar, bar)]
    if not len(rows):
        known = ", ".join(f"{one:g}" for one in sorted(steady.pressure_bar.unique()))
        raise ValueError(f"pressure_bar is {bar:g}, allowed is one of {known}")
    lanes = [(salt, ions) for salt in dict.fromkeys(rows.salt) for ions in alike(rows, salt)]
    fractions = sorted(rows.charge_fraction.unique(), reverse=True)
    layouts = list(dict.fromkeys(rows.layout))
    height = HEAD_INCHES + LAYOUT_INCHES * len(layouts)
    sheet = Sheet(0.9 + PANEL_WIDTH * len(fractions), 0.1 + height * len(lanes))
    rows = sheet.keep("steady", rows)
    grid = sheet.subplots(len(lanes), len(fractions), sharex="row", sharey=True, squeeze=False)
    for (salt, ions), line in zip(lanes, grid, strict=True):
        for axes, fraction in zip(line, fractions, strict=True):
            own = rows[(rows.salt == salt) & (rows.ion == ions[0])]
            draw_panel(axes, own[np.isclose(own.charge_fraction, fraction)], layouts)
            name = (
                label(salt)
                if len(lanes) == rows.salt.nunique()
                else f"{label(ions[0])}, {label(salt)}"
            )
            axes.set_title(f"{name}, {charge_words(fraction)}")
        span_decades(line[0], rows[(rows.salt == salt) & (rows.ion == ions[0])])
    grid[0, 0].set_yticks(range(len(layouts)), layouts)
    grid[0, 0].set_ylim(len(layouts) - 0.4, -0.6)
    for axes in grid[-1]:
        axes.set_xlabel("c$_{permeate}$ / c$_{feed}$ (1)")
    sheet.key(handles())
    return sheet.finish(caption(rows, lanes, bar, assumed))


def alike(rows: pd.DataFrame, salt: str) -> list[list[str]]:
    """Return the ions of a salt in groups that permeate alike, as both of a binary salt must."""
    own = rows[rows.salt == salt]
    keys = ["layout", "variant", "charge_fraction"]
    by_ion = own.pivot_table(index=keys, columns="ion", values="permeation", dropna=False)
    groups: list[list[str]] = []
    for ion in ordered(by_ion.columns):
        for group in groups:
            if np.allclose(by_ion[ion], by_ion[group[0]], rtol=ALIKE, atol=0, equal_nan=True):
                group.append(ion)
                break
        else:
            groups.append([ion])
    return groups


def draw_panel(axes, rows: pd.DataFrame, layouts: list[str]) -> None:
    """Draw three marks for each layout; what did not converge is written."""
    axes.set_xscale("log")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")
    good = rows[rows.converged.astype(bool) & rows.permeation.notna()]
    for variant, style in VARIANTS.items():
        own = good[good.variant == variant]
        places = [layouts.index(name) for name in own.layout]
        axes.plot(own.permeation.clip(lower=SMALLEST), places, ls="none", zorder=3, **style)
    lost = rows[~rows.index.isin(good.index)]
    for name, own in lost.groupby("layout", sort=False):
        axes.annotate(
            f"not converged: {', '.join(own.variant)}",
            (0.02, layouts.index(name)),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=6.5,
            color=GREY,
        )


def span_decades(axes, rows: pd.DataFrame) -> None:
    """Fit a row's axis to its values, with decades and their parts as ticks."""
    known = rows.permeation[rows.converged.astype(bool)].dropna().clip(lower=SMALLEST)
    low, high = (known.min(), known.max()) if len(known) else (0.1, 1.0)
    axes.set_xlim(low / 1.35, high * 1.35)
    if high / low < 100:
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    else:
        axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.xaxis.set_minor_formatter(NullFormatter())


def charge_words(fraction: float) -> str:
    """Return a share of the nominal charge as a title says it.

    >>> charge_words(1.0), charge_words(0.15)
    ('nominal charge', '0.15 of nominal charge')
    """
    return "nominal charge" if np.isclose(fraction, 1) else f"{fraction:g} of nominal charge"


def handles() -> list:
    """Return the handles of the legend."""
    return [
        Line2D([], [], ls="none", label=f"{name}: {words}", **VARIANTS[name])
        for name, words in WORDS.items()
    ]


def caption(
    rows: pd.DataFrame, lanes: list[tuple[str, list[str]]], bar: float, assumed: str
) -> str:
    """Return the caption: pressure, theory, charges."""
    shared = [
        f"{' and '.join(label(ion) for ion in ions)} of {label(salt)}"
        for salt, ions in lanes
        if len(ions) > 1
    ]
    effective = sorted(rows.charge_fraction[~np.isclose(rows.charge_fraction, 1)].unique())
    share = " and ".join(f"{one:g}" for one in effective)
    return joined(
        f"Steady permeation c_permeate / c_feed of each layout at {bar:g} bar, on a logarithmic "
        "axis: with the charge as it lies, with the same net charge spread evenly, and mirrored.",
        f"Assumed: {assumed}." if assumed else "Theory: DSPM-DE, a perfectly stirred feed.",
        "Nominal: every group counts as 1 e."
        + (f" {share} of it is what fits of DSPM-DE find of such membranes." if share else ""),
        "No run is in it: the groups' places are those of the membrane.",
        f"One mark stands for {'; '.join(shared)}, which permeate alike." if shared else "",
    )
