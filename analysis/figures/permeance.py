"""Flux of water over the difference of pressures, and the line whose slope is the permeance."""

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from analysis.figures.sheet import Sheet
from analysis.figures.style import MPLSTYLE, PALETTE
from analysis.permeance import BAR_PER_MPA

PANEL_INCHES = (2.6, 2.4)
NARROWEST_INCHES = 4.4
WAYS = {
    "water through planes": ("o", "-", "counted through planes"),
    "water by pistons": ("s", (0, (4, 1.6)), "by the pistons"),
}
"""Marker, line and words of each way to count water."""


def permeance(points: pd.DataFrame, fits: pd.DataFrame) -> Sheet:
    """Draw a panel for each layout and salt: trials, lines, and what was left out of them.

    Parameters
    ----------
    points, fits : DataFrame
        What `analysis.permeance.permeances` takes and returns.
    """
    panels = list(fits[["layout", "salt"]].drop_duplicates().itertuples(index=False))
    with matplotlib.style.context(MPLSTYLE):
        width, height = PANEL_INCHES
        sheet = Sheet(max(0.6 + width * len(panels), NARROWEST_INCHES), height + 0.4)
        points, fits = sheet.keep("points", points), sheet.keep("permeance", fits)
        grid = sheet.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        for axes, panel in zip(grid, panels, strict=True):
            here = (points.layout == panel.layout) & (points.salt == panel.salt)
            for fit in fits[(fits.layout == panel.layout) & (fits.salt == panel.salt)].itertuples():
                draw(axes, points[here & (points.definition == fit.definition)], fit)
            axes.axhline(0, color="#BBBBBB", lw=0.5, zorder=0)
            axes.set(xlabel="difference of pressures (MPa)", title=f"{panel.layout}, {panel.salt}")
        grid[0].set_ylabel("flux of water\n(L m$^{-2}$ h$^{-1}$)")
        ways = [handle(definition) for definition in fits.definition.unique()]
        beyond = fits.note.str.contains("no longer linear").any()
        sheet.key([*ways, hollow()] if beyond else ways)
        sheet.finish(caption(fits))
    return sheet


def draw(axes, trials: pd.DataFrame, fit) -> None:
    """Draw the trials and the line of one way to count."""
    shape, dashes, _ = WAYS[fit.definition]
    inside = trials.pressure_MPa <= fit.to_MPa
    for part, face in ((trials[inside], PALETTE["water"]), (trials[~inside], "none")):
        axes.scatter(
            part.pressure_MPa,
            part.flux_l_m2_h,
            marker=shape,
            s=14,
            facecolors=face,
            edgecolors=PALETTE["water"],
            linewidths=0.7,
            zorder=3,
        )
    span = np.array([fit.from_MPa, fit.to_MPa])
    slope = fit.permeance_l_m2_h_bar * BAR_PER_MPA
    axes.plot(span, slope * (span - fit.offset_MPa), ls=dashes, lw=1.0, color="#444444")


def handle(definition: str) -> Line2D:
    """Return the handle of one way to count."""
    shape, dashes, words = WAYS[definition]
    style = {"marker": shape, "ls": dashes, "color": "#444444", "mfc": PALETTE["water"]}
    return Line2D([], [], ms=4, lw=1.0, mec=PALETTE["water"], label=words, **style)


def hollow() -> Line2D:
    """Return the handle of what was left out."""
    return Line2D(
        [],
        [],
        ls="none",
        marker="o",
        ms=4,
        mfc="none",
        color=PALETTE["water"],
        label="beyond the linear range",
    )


def caption(fits: pd.DataFrame) -> str:
    """Return the caption: the permeances with their intervals, and what stands beside them."""
    parts = []
    for row in fits.itertuples():
        band = (
            "no interval"
            if np.isnan(row.low_l_m2_h_bar)
            else f"{row.low_l_m2_h_bar:.3g} to {row.high_l_m2_h_bar:.3g}"
        )
        note = f"; {row.note}" if row.note else ""
        parts.append(
            f"{row.layout} {row.salt}, {row.definition}: {row.permeance_l_m2_h_bar:.3g} L/m²/h/bar "
            f"({band}) from {row.from_MPa:g} to {row.to_MPa:g} MPa, zero at {row.offset_MPa:.3g} "
            f"MPa{note}"
        )
    return (
        "Flux of water over the difference of pressures, a mark for each trial. Lines: least "
        f"squares over the trials in the linear range. {'. '.join(parts)}. Of a membrane as thick "
        "as the simulated one; one that is n times as thick has 1/n of it."
    )
