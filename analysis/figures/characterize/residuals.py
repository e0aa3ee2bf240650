"""What a fit leaves over, by ion and along the flux."""

import numpy as np
import pandas as pd

from analysis.continuum.units import LMH, PASCAL_PER_BAR
from analysis.figures.continuum.ions import label, marker_handles, marker_style, ordered
from analysis.figures.sheet import Sheet

SIZE_INCHES = (6.4, 2.5)
SPREAD = 0.3
"""Width over which the points of one ion are spread."""
ROOM = 1.12
TWO_SIDED = 1.96
BAND = "#E8EBEE"


def residuals(residuals: pd.DataFrame, about: str, sd_estimated: float | None = None) -> Sheet:
    """Draw predicted less measured rejections by ion, and against the flux.

    Parameters
    ----------
    residuals : DataFrame
        ion, flux_m_s, pressure_pa, residual, standardised (NaN where no standard deviation is
        known).
    about : str
        What was fitted, for the caption.
    sd_estimated : float or None
        Of a rejection, from these residuals.
    """
    sheet = Sheet(*SIZE_INCHES)
    table = residuals.copy()
    known = table.standardised.notna().all()
    by_flux = table.flux_m_s.notna().all()
    table["flux_lmh"], table["pressure_bar"] = (
        table.flux_m_s / LMH,
        table.pressure_pa / PASCAL_PER_BAR,
    )
    table = sheet.keep("residuals", table)
    column = "standardised" if known else "residual"
    x, name = ("flux_lmh", "flux (L m⁻² h⁻¹)") if by_flux else ("pressure_bar", "pressure (bar)")
    ions = ordered(table.ion)
    by_ion, along = sheet.subplots(1, 2, sharey=True)
    half = TWO_SIDED if known else TWO_SIDED * (sd_estimated or np.nan)
    top = ROOM * np.nanmax([table[column].abs().max(), half])
    for axes in (by_ion, along):
        if np.isfinite(half):
            axes.axhspan(-half, half, color=BAND, lw=0, zorder=-1)
        axes.axhline(0, color="#999999", lw=0.8, zorder=0)
    for number, ion in enumerate(ions):
        own = table[table.ion == ion]
        places = number + SPREAD * (np.linspace(-1, 1, len(own)) if len(own) > 1 else np.zeros(1))
        by_ion.plot(places, own[column], ms=4, **marker_style(ion))
        along.plot(own[x], own[column], ms=4, **marker_style(ion))
    by_ion.set_xticks(range(len(ions)), [label(ion) for ion in ions])
    words = "residual over its sd" if known else "predicted less measured"
    by_ion.set(ylabel=words, ylim=(-top, top), xlim=(-0.6, len(ions) - 0.4))
    along.set(xlabel=name)
    sheet.key(marker_handles(ions))
    if known:
        band = "Shaded: ±1.96 standard deviations."
    elif sd_estimated is not None:
        band = (
            f"Shaded: ±1.96 times the standard deviation of a rejection, {sd_estimated:.3g}, which "
            "was estimated from these residuals."
        )
    else:
        band = "As many parameters as data: residuals tell nothing."
    return sheet.finish(
        f"{about} (a) By ion, in the order of the table from left to right. (b) Against the "
        f"{name.partition(' ')[0]}. {band} A trend in either is something that the theory misses."
    )
