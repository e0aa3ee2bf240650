"""Distributions of pore radii that were learnt, beside the ions that have to pass."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.continuum.species import find
from analysis.figures.continuum.ions import color, label, ordered
from analysis.figures.sheet import Sheet
from analysis.figures.style import PALETTE

SIZE_INCHES = (4.6, 2.9)
NUMBER, FLOW = PALETTE["membrane"], PALETTE["water"]
GREYS = ("#8E5EA2", "#B07D2B", "#5B8C5A", "#A0522D")
"""Of other distributions."""
TOP = 1.3


def pore_sizes(
    densities: pd.DataFrame, ions: list[str], about: str, others: Mapping[str, str] | None = None
) -> Sheet:
    """Draw densities of pore radii, by number and by the water that they let through.

    Parameters
    ----------
    densities : DataFrame
        curve ("number", "flow", or a name of ``others``), radius_nm, density_per_nm, low, high
        (NaN without a band).
    ions : names of the ions whose Stokes radii are marked
    about : str
        Caption: what was learnt, from what.
    others : source of each further curve, by its name
    """
    sheet = Sheet(*SIZE_INCHES)
    densities = sheet.keep("densities", densities)
    axes = sheet.subplots()
    names = {"number": "pores by number", "flow": "by the water they let through"}
    colors = {"number": NUMBER, "flow": FLOW}
    colors |= dict(zip(others or {}, GREYS, strict=False))
    handles = []
    for curve in dict.fromkeys(densities.curve):
        own = densities[densities.curve == curve].sort_values("radius_nm")
        dashes = "solid" if curve in names else (0, (3, 1.2))
        (line,) = axes.plot(
            own.radius_nm,
            own.density_per_nm,
            color=colors[curve],
            ls=dashes,
            label=names.get(curve, curve),
        )
        if own.low.notna().any():
            axes.fill_between(
                own.radius_nm.to_numpy(dtype=float),
                own.low.to_numpy(dtype=float),
                own.high.to_numpy(dtype=float),
                color=colors[curve],
                alpha=0.2,
                lw=0,
            )
        handles.append(line)
    top = TOP * float(np.nanmax(densities[["density_per_nm", "high"]].max()))
    radii = [(1e9 * float(find(ion).stokes_radius), ion) for ion in ordered(ions)]
    for number, (radius, ion) in enumerate(sorted(radii)):
        axes.axvline(radius, color=color(ion), lw=0.9, ls=(0, (1, 1.2)), ymax=0.84, zorder=0)
        axes.text(
            radius,
            top * (0.86 if number % 2 else 0.93),
            label(ion),
            color=color(ion),
            fontsize=7,
            ha="center",
            va="bottom",
        )
    axes.set(xlabel="pore radius (nm)", ylabel="density (nm⁻¹)", ylim=(0, top))
    axes.set_xlim(0, float(densities.radius_nm.max()))
    sheet.key(handles)
    sources = "".join(f" {name}: {source}." for name, source in (others or {}).items())
    return sheet.finish(f"{about} Dotted: Stokes radii of the ions.{sources}")
