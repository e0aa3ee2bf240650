"""Rejection of every ion against flux."""

import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.continuum.ions import line_handles, line_style, marker_style, ordered
from analysis.figures.sheet import Sheet

SIZE_INCHES = (4.6, 3.0)
ROOM = 0.05
LOWEST = -1.5
"""Rejections further down are cut off."""
FEW = 12
"""Up to so many fluxes, each is marked."""


def rejection_curves(
    rejections: pd.DataFrame, about: str, between: pd.DataFrame | None = None
) -> Figure:
    """Draw rejections against flux, one line for each ion.

    Parameters
    ----------
    rejections : DataFrame
        flux_lmh, ion, rejection (NaN where nothing converged).
    about : str
        Caption: membrane, feed and what was assumed.
    between : DataFrame, optional
        The same at more fluxes, for the lines.
    """
    sheet = Sheet(*SIZE_INCHES)
    rejections = sheet.keep("rejections", rejections).sort_values("flux_lmh")
    axes = sheet.subplots()
    lines = rejections if between is None else sheet.keep("between", between)
    for ion in ordered(rejections.ion):
        curve, line = rejections[rejections.ion == ion], lines[lines.ion == ion]
        axes.plot(line.flux_lmh, line.rejection, **line_style(ion))
        if len(curve) <= FEW:
            axes.plot(curve.flux_lmh, curve.rejection, ms=4, **marker_style(ion))
    axes.axhline(0, color="#999999", lw=0.6, zorder=0)
    lowest = max(LOWEST, min(0, rejections.rejection.min()))
    axes.set(xlabel="flux (L m⁻² h⁻¹)", ylabel="rejection", ylim=(lowest - ROOM, 1 + ROOM / 2))
    sheet.key(line_handles(rejections.ion))
    return sheet.finish(about)
