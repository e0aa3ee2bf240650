"""Predicted against measured rejections."""

import pandas as pd

from analysis.figures.continuum.ions import color, marker_handles, marker_style, ordered
from analysis.figures.sheet import Sheet

SIZE_INCHES = (3.9, 3.6)
ROOM = 0.04
BAR = {"elinewidth": 0.7, "capsize": 0, "ls": "none", "zorder": 1}


def parity(residuals: pd.DataFrame, about: str, level: float = 0.95) -> Sheet:
    """Draw predicted against measured rejections, with what each is uncertain by.

    Parameters
    ----------
    residuals : DataFrame
        ion, rejection (measured), sd (NaN where not given), predicted, low, high (NaN without a
        band).
    about : str
        What was fitted, for the caption.
    level : of the bars up and down
    """
    sheet = Sheet(*SIZE_INCHES)
    table = sheet.keep("residuals", residuals)
    axes = sheet.subplots()
    ends = table[["rejection", "predicted", "low", "high"]]
    low, high = min(0.0, ends.min().min()) - ROOM, max(1.0, ends.max().max()) + ROOM
    axes.plot([low, high], [low, high], color="#999999", lw=0.8, zorder=0)
    for ion in ordered(table.ion):
        own = table[table.ion == ion]
        shared = {"ecolor": color(ion), **BAR}
        if own.sd.notna().any():
            axes.errorbar(own.rejection, own.predicted, xerr=own.sd, fmt="none", **shared)
        if own.low.notna().any():
            # The best fit may lie outside of the central interval of the ensemble.
            below = (own.predicted - own.low).clip(lower=0)
            above = (own.high - own.predicted).clip(lower=0)
            axes.errorbar(own.rejection, own.predicted, yerr=[below, above], fmt="none", **shared)
        axes.plot(own.rejection, own.predicted, ms=4.5, zorder=2, **marker_style(ion))
    axes.set(xlabel="measured rejection", ylabel="predicted rejection")
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    sheet.key(marker_handles(table.ion))
    error = table.predicted - table.rejection
    sd = (
        "Bars across: one standard deviation of the measurement. " if table.sd.notna().any() else ""
    )
    bars = (
        f"Bars up and down: central {100 * level:g} % of the membranes that agree with the data. "
        if table.low.notna().any()
        else ""
    )
    return sheet.finish(
        f"{about} Line: perfect agreement. {sd}{bars}{len(table)} rejections, root mean square of "
        f"predicted less measured {(error**2).mean() ** 0.5:.3f}, mean absolute deviation "
        f"{error.abs().mean():.3f}, largest {error.abs().max():.3f}. The parameters were fitted to "
        "these very rejections."
    )
