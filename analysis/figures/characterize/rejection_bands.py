"""Rejection against flux, measured and predicted, with what the data leave open."""

import numpy as np
import pandas as pd

from analysis.continuum.units import LMH, PASCAL_PER_BAR
from analysis.figures.continuum.ions import (
    color,
    label,
    line_handles,
    line_style,
    marker_style,
    ordered,
)
from analysis.figures.sheet import Sheet

PANEL_INCHES = (2.5, 2.3)
SINGLE_INCHES = (4.4, 3.0)
COLUMNS = 3
MOST = 9
"""Panels of one figure."""
ROOM = 0.05
BAND_ALPHA = 0.18


def rejection_bands(
    bands: pd.DataFrame, measured: pd.DataFrame, about: str, level: float = 0.95
) -> Sheet:
    """Draw rejections against flux (or pressure), a panel for each feed and series.

    Parameters
    ----------
    bands : DataFrame
        feed, series, ion, flux_m_s, pressure_pa (one of them NaN), best, low, high (NaN without a
        band).
    measured : DataFrame
        feed, series, ion, flux_m_s, pressure_pa, rejection, sd (NaN where not given).
    about : str
        What was fitted, for the caption.
    level : of the bands
    """
    names = list(dict.fromkeys(zip(bands.feed, bands.series, strict=True)))
    drawn = names[:MOST]
    columns = min(COLUMNS, len(drawn))
    rows = -(-len(drawn) // columns)
    width, height = PANEL_INCHES
    size = SINGLE_INCHES if len(drawn) == 1 else (max(columns, 2) * width, rows * height)
    sheet = Sheet(*size)
    bands = sheet.keep("bands", _of(_shown(bands), drawn))
    measured = sheet.keep("measured", _of(_shown(measured), drawn))
    grid = sheet.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in grid.ravel()[len(drawn) :]:
        axes.set_visible(False)
    ends = pd.concat([bands.best, bands.low, measured.rejection])
    lowest = min(0.0, float(ends.min()))
    for number, ((feed, series), axes) in enumerate(zip(drawn, grid.ravel(), strict=False)):
        own = _of(bands, [(feed, series)])
        _panel(axes, own, _of(measured, [(feed, series)]))
        axes.set(ylim=(lowest - ROOM, 1 + ROOM / 2))
        if number % columns == 0:
            axes.set_ylabel("rejection")
        if len(drawn) > 1:
            axes.set_title(", ".join(filter(None, (feed, series))), fontsize=7)
    sheet.key(line_handles(bands.ion))
    shade = "Lines: best fit."
    if bands.low.notna().any():
        shade = (
            f"Lines: best fit. Shaded: central {100 * level:g} % of the membranes that agree with "
            "the data, without the scatter of a measurement."
        )
    unmeasured = [ion for ion in ordered(bands.ion) if ion not in set(measured.ion)]
    bars = " with one standard deviation" if measured.sd.notna().any() else ""
    more = (
        f" {len(names) - len(drawn)} further feeds are in the table of bands."
        if drawn != names
        else ""
    )
    without = (
        f" Not measured, a prediction: {', '.join(map(label, unmeasured))}." if unmeasured else ""
    )
    return sheet.finish(f"{about} Points: measured{bars}. {shade}{without}{more}")


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        flux_lmh=table.flux_m_s / LMH, pressure_bar=table.pressure_pa / PASCAL_PER_BAR
    )


def _of(table: pd.DataFrame, names: list[tuple[str, str]]) -> pd.DataFrame:
    keys = pd.Series(zip(table.feed, table.series, strict=True), index=table.index, dtype=object)
    return table[keys.isin(names)]


def _panel(axes, bands: pd.DataFrame, measured: pd.DataFrame) -> None:
    by_flux = bands.flux_lmh.notna().all()
    x = "flux_lmh" if by_flux else "pressure_bar"
    axes.axhline(0, color="#999999", lw=0.6, zorder=0)
    for ion in ordered(bands.ion):
        curve, points = bands[bands.ion == ion], measured[measured.ion == ion]
        axes.fill_between(
            curve[x].to_numpy(dtype=float),
            curve.low.to_numpy(dtype=float),
            curve.high.to_numpy(dtype=float),
            color=color(ion),
            alpha=BAND_ALPHA,
            lw=0,
        )
        axes.plot(curve[x], curve.best, **line_style(ion))
        sd = points.sd.to_numpy(dtype=float)
        axes.errorbar(
            points[x],
            points.rejection,
            yerr=np.nan_to_num(sd) if np.isfinite(sd).any() else None,
            elinewidth=0.8,
            ms=4.5,
            **marker_style(ion),
        )
    axes.set(xlabel="flux (L m⁻² h⁻¹)" if by_flux else "pressure (bar)")
