"""Water content, thickness and density of membranes while they swell, until their criterion."""

from collections.abc import Mapping

import matplotlib.style
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.sheet import Sheet
from analysis.figures.stamp import stamped
from analysis.figures.style import MPLSTYLE
from analysis.observables.structure import DENSE, STUDY

PANEL_INCHES = (2.35, 2.5)
QUANTITIES = {
    "waters": "waters inside",
    "thickness_nm": "thickness (nm)",
    "density_g_cm3": "density (g/cm³)",
}
END = 1.03
"""Of the time axis over the last block, whose point stands at its end."""
STUDY_G_CM3 = STUDY[DENSE, "density_g_cm3"]
"""Mean and standard deviation over the study's membranes in water, where they are densest."""
COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
    "#8A8170",
)
"""Okabe and Ito (2008), one for each membrane."""


def hydration(
    curves: Mapping[str, pd.DataFrame], reports: Mapping[str, dict], stamp: str | None = None
) -> Sheet:
    """Draw the curves of several hydrations over their time.

    Parameters
    ----------
    curves : mapping of name to DataFrame
        ``time_ps``, ``stage``, ``block``, ``waters``, ``thickness_nm``, ``density_g_cm3``.
    reports : mapping of name to dict
        ``blocks`` with the means of these quantities and their intervals, ``criterion_met``,
        ``tolerance_percent``.
    stamp : str, optional

    Raises
    ------
    ValueError
        If there is no curve.
    """
    if not curves:
        raise ValueError("no hydration to draw: every network was left as it was")
    samples = pd.concat([table.assign(membrane=name) for name, table in curves.items()])
    blocks = pd.concat(
        [pd.DataFrame(report["blocks"]).assign(membrane=name) for name, report in reports.items()]
    )
    with matplotlib.style.context(MPLSTYLE):
        width, height = PANEL_INCHES
        sheet = Sheet(0.4 + width * len(QUANTITIES), height)
        samples, blocks = sheet.keep("samples", samples), sheet.keep("blocks", blocks)
        colors = {name: COLORS[k % len(COLORS)] for k, name in enumerate(curves)}
        unit, scale = ("ns", 1000) if samples.time_ps.max() >= 1000 else ("ps", 1)
        grid = sheet.subplots(1, len(QUANTITIES), squeeze=False)[0]
        for axes, (quantity, name) in zip(grid, QUANTITIES.items(), strict=True):
            for membrane, part in samples.groupby("membrane", sort=False):
                line = {"color": colors[membrane], "linewidth": 0.7, "alpha": 0.55}
                axes.plot(part.time_ps / scale, part[quantity], **line)
                draw_blocks(
                    axes, blocks[blocks.membrane == membrane], quantity, scale, colors[membrane]
                )
            axes.set(xlabel=f"time ({unit})", ylabel=name)
            axes.set_xlim(0, END * samples.time_ps.max() / scale)
        mean, sd = STUDY_G_CM3
        grid[-1].axhspan(mean - sd, mean + sd, color="#BBBBBB", alpha=0.5, linewidth=0, zorder=0)
        handles = [Line2D([], [], color=color, label=name) for name, color in colors.items()]
        sheet.key([*handles, Patch(color="#BBBBBB", alpha=0.5, label="study")])
        sheet.finish(caption(reports))
        if stamp:
            stamped(sheet, stamp)
    return sheet


def draw_blocks(axes, blocks: pd.DataFrame, quantity: str, scale: float, color: str) -> None:
    """Draw the mean of each block at its end, with its interval."""
    values, ends = blocks[quantity], blocks.time_ps / scale
    errors = [values - blocks[f"{quantity}_low"], blocks[f"{quantity}_high"] - values]
    axes.errorbar(
        ends, values, errors, fmt="o", color=color, markersize=3, capsize=2, linewidth=0.9
    )


def caption(reports: Mapping[str, dict]) -> str:
    """Return what the curves are, and which of them did not end by their criterion."""
    open_ended = [name for name, report in reports.items() if not report["criterion_met"]]
    tolerance = next(iter(reports.values()))["tolerance_percent"]
    ending = (
        f"NOT ended by its criterion but at its cap: {', '.join(open_ended)}."
        if open_ended
        else "All ended by their criterion."
    )
    return (
        "Membranes taking up water: samples (lines), and means of the blocks at their ends with "
        "95 % t intervals over five parts of each, which are correlated, so a lower bound "
        "(points). Thickness between the faces, where the "
        "membrane's density along z falls to 5 % of its maximum; waters between them; density of "
        "the membrane alone in its dense region, beside the study's 0.80 ± 0.03 g/cm³ (grey). "
        "Swelling ends when waters and thickness of two successive blocks differ by at most "
        f"{tolerance:g} %. {ending} One network: how much another would differ is not in the "
        "intervals."
    )
