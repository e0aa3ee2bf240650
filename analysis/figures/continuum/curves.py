"""Rejection of every ion against flux."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.continuum.ions import label, line_style, marker_style, ordered
from analysis.figures.sheet import Sheet

SIZE_INCHES = (4.6, 3.0)
ROOM = 0.05
LOWEST = -1.5
"""Rejections further down are cut off."""
FEW = 12
"""Up to so many fluxes, each is marked."""
OVER = (0, (3, 3))
"""Dashes of an ion that goes with another, over the line of that one."""
LARGE, SMALL = 6.5, 3.5
"""Marks of an ion, and of one that goes with it."""


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
    drawn: dict[str, np.ndarray] = {}
    keys, pairs = [], []
    for ion in ordered(rejections.ion):
        curve, line = rejections[rejections.ion == ion], lines[lines.ion == ion]
        values = line.rejection.to_numpy()
        other = next((name for name, known in drawn.items() if same(known, values)), None)
        drawn[ion] = values
        style = line_style(ion)
        if other is not None:
            style["ls"] = OVER
            pairs.append(f"{label(other)} and {label(ion)} have one curve")
        axes.plot(line.flux_lmh, line.rejection, **style)
        if len(curve) <= FEW:
            size = LARGE if other is None else SMALL
            axes.plot(curve.flux_lmh, curve.rejection, ms=size, **marker_style(ion))
        keys.append(Line2D([], [], label=label(ion), **style))
    axes.axhline(0, color="#999999", lw=0.6, zorder=0)
    lowest = max(LOWEST, min(0, rejections.rejection.min()))
    axes.set(xlabel="flux (L m⁻² h⁻¹)", ylabel="rejection", ylim=(lowest - ROOM, 1 + ROOM / 2))
    sheet.key(keys)
    why = ", as the charges that pass balance" if rejections.ion.nunique() == 2 else ""
    told = f" {'; '.join(pairs)} here{why}." if pairs else ""
    return sheet.finish(about + told)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two curves cannot be told apart by eye."""
    return one.shape == other.shape and np.allclose(one, other, atol=1e-3, equal_nan=True)
