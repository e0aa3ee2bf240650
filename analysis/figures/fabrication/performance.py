"""What the continuum theory makes of films: selectivity against permeance, trade-off, charge."""

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from analysis.figures.fabrication.films import BARS
from analysis.figures.fabrication.marks import FILM, MEASURED, colours, column, names_below, of
from analysis.figures.sheet import Sheet

SELECTIVITY_INCHES, TRADE_INCHES, CHARGE_INCHES = (7.2, 3.0), (5.6, 3.6), (7.2, 3.0)
LINES = {"xylose": 2.1, "MgCl2": 7.5}
"""B/A in bar at rejections of 70 and 40 percent and 5 bar, the study's criteria."""
SALTS = {"MgCl2": "MgCl₂", "NaCl": "NaCl", "xylose": "xylose"}
VARIANTS = {"profile": ("own", FILM, "o"), "average": ("even", "#666666", "s")}
VARIANTS |= {"mirror": ("mirrored", "#009E73", "^"), "uncharged": ("none", "#B07D2B", "x")}
DRUG_CHARGES = {1: ("+1", FILM, "o"), 0: ("0", "#666666", "s"), -1: ("−1", "#009E73", "^")}
LEAST_BAR = 1e-3
"""B/A below which no number is meant."""


def selectivity(summary: pd.DataFrame) -> Sheet:
    """Draw B/A of xylose and of magnesium chloride against the permeance of every membrane.

    Parameters
    ----------
    summary : DataFrame
        membrane, quantity, value, measured.
    """
    sheet = Sheet(*SELECTIVITY_INCHES)
    wanted = ["permeability_lmh_bar", *(f"B_over_A_{name}_bar" for name in LINES)]
    summary = sheet.keep("summary", summary[summary.quantity.isin(wanted)])
    permeance = of(summary, "permeability_lmh_bar").value
    looks = colours(permeance.index)
    for (name, line), axes in zip(LINES.items(), sheet.subplots(1, 2), strict=True):
        rows = of(summary, f"B_over_A_{name}_bar").dropna(subset=["value"])
        for membrane, row in rows.iterrows():
            color, marker = looks[str(membrane)]
            below = row.value < LEAST_BAR
            height = LEAST_BAR if below else row.value
            axes.plot(
                permeance[membrane],
                height,
                "v" if below else marker,
                color=color,
                mfc="white" if below else color,
                ms=6,
            )
        axes.axhline(line, color=MEASURED, lw=1, ls=(0, (4, 2)))
        for printed in rows.measured.dropna():
            axes.axhline(printed, color="#999999", lw=0.9, ls=(0, (1, 1.5)), zorder=0)
        axes.set(xlabel="A (L m⁻² h⁻¹ bar⁻¹)", ylabel=f"B/A of {SALTS[name]} (bar)")
        if rows.value.min() < line / 10:
            axes.set_yscale("log")
        axes.margins(x=0.1, y=0.15)
    lines = [
        Line2D([], [], color=MEASURED, ls=(0, (4, 2)), label="70 % of xylose, 40 % of MgCl₂"),
        Line2D([], [], color="#999999", ls=(0, (1, 1.5)), label="8P10-0.5MC30, measured"),
    ]
    sheet.key(_membranes(looks) + lines)
    return sheet.finish(
        "Passage selectivity against water permeance, means over repeats. A is that of straight "
        "pores in a film as thick as a real one, over its void fraction: an upper bound; B/A does "
        f"not depend on it. Open triangles: below {LEAST_BAR:g} bar."
    )


def trade_off(summary: pd.DataFrame, published: pd.DataFrame) -> Sheet:
    """Draw the rejection of magnesium chloride against that of xylose.

    Parameters
    ----------
    summary : DataFrame
        membrane, quantity, value.
    published : DataFrame
        membrane, R_xylose_percent, R_MgCl2_percent of membranes that have both.
    """
    sheet = Sheet(*TRADE_INCHES)
    summary = sheet.keep(
        "summary", summary[summary.quantity.isin(["R_xylose_percent", "R_MgCl2_percent"])]
    )
    published = sheet.keep("published", published)
    axes = sheet.subplots()
    x, y = of(summary, "R_xylose_percent").value, of(summary, "R_MgCl2_percent").value
    looks = colours(x.index)
    for name, (color, marker) in looks.items():
        axes.plot(x[name], y[name], marker, color=color, ms=6)
    for row in published.itertuples():
        axes.plot(row.R_xylose_percent, row.R_MgCl2_percent, "D", color=MEASURED, mfc="white", ms=5)
        axes.annotate(
            row.membrane,
            (row.R_xylose_percent, row.R_MgCl2_percent),
            xytext=(5, -9),
            textcoords="offset points",
            fontsize=7,
            color=MEASURED,
        )
    axes.set(
        xlabel="rejection of xylose (%)",
        ylabel="rejection of MgCl₂ (%)",
        xlim=(30, 104),
        ylim=(20, 104),
    )
    axes.plot([0, 104], [0, 104], color="#999999", lw=0.7, zorder=0)
    measured = Line2D(
        [], [], color=MEASURED, marker="D", mfc="white", ms=5, ls="", label="measured"
    )
    sheet.key([*_membranes(looks), measured])
    return sheet.finish(
        "Organics over divalent cations, means over repeats: the lower right is where a membrane "
        "keeps organics back and lets magnesium pass. The one factor of all pore radii is set by "
        "the xylose rejection of 8P10-0.5MC30."
    )


def _membranes(looks: dict[str, tuple[str, str]]) -> list[Line2D]:
    """Return the legend of membranes."""
    return [
        Line2D([], [], color=color, marker=marker, ms=6, ls="", label=name)
        for name, (color, marker) in looks.items()
    ]


def charge_variants(variants: pd.DataFrame) -> Sheet:
    """Draw rejections by a film's own charge profile, the same charge spread evenly, mirrored."""
    sheet = Sheet(*CHARGE_INCHES)
    variants = sheet.keep("variants", variants)
    names = list(dict.fromkeys(variants.membrane))
    for salt, axes in zip(("MgCl2", "NaCl"), sheet.subplots(1, 2), strict=True):
        for number, (variant, (_, color, marker)) in enumerate(VARIANTS.items()):
            rows = variants[(variants.solute == salt) & (variants.variant == variant)]
            rows = rows.rename(columns={"rejection": "value"}).set_index("membrane").loc[names]
            places = np.arange(len(names)) + 0.18 * (number - 1.5)
            column(axes, rows, places, color, marker)
        names_below(axes, names)
        axes.set(ylabel=f"rejection of {SALTS[salt]}", ylim=(-0.02, 1.03))
    sheet.key(
        [
            Line2D([], [], color=color, marker=marker, ms=5, ls="", label=word)
            for word, color, marker in VARIANTS.values()
        ]
    )
    return sheet.finish(
        "The worth of where the charge is: rejections at 5 bar by each film's own charge profile, "
        f"by the same charge spread evenly, by its mirror image, and without charge. {BARS}"
    )


def pharmaceuticals(table: pd.DataFrame) -> Sheet:
    """Draw rejections of pharmaceuticals by every membrane, with and without their charge.

    Parameters
    ----------
    table : DataFrame
        membrane, solute, charge, stokes_radius_nm, rejection_percent, low, high, measured_percent.
    """
    sheet = Sheet(*CHARGE_INCHES)
    table = sheet.keep("pharmaceuticals", table)
    membranes = list(dict.fromkeys(table.membrane))
    solutes = list(dict.fromkeys(table.solute))
    for name, axes in zip(solutes, sheet.subplots(1, len(solutes)), strict=True):
        own = table[table.solute == name]
        for number, (charge, (_, color, marker)) in enumerate(DRUG_CHARGES.items()):
            rows = own[own.charge == charge].rename(columns={"rejection_percent": "value"})
            rows = rows.set_index("membrane").reindex(membranes)
            column(axes, rows, np.arange(len(membranes)) + 0.2 * (number - 1), color, marker)
        known = own.dropna(subset=["measured_percent"])
        places = [membranes.index(each) for each in known.membrane]
        axes.plot(places, known.measured_percent, "D", color=MEASURED, mfc="white", ms=6, zorder=4)
        names_below(axes, membranes)
        radius = own.stokes_radius_nm.iloc[0]
        axes.set(ylabel=f"rejection of {name} (%)", ylim=(-2, 103))
        axes.text(0.97, 0.04, f"{radius:.3f} nm", transform=axes.transAxes, ha="right", fontsize=7)
    marks = [
        Line2D([], [], color=color, marker=marker, ms=5, ls="", label=f"charge {word}")
        for word, color, marker in DRUG_CHARGES.values()
    ]
    measured = Line2D([], [], color=MEASURED, marker="D", mfc="white", ms=5, ls="", label="study")
    sheet.key([*marks, measured])
    return sheet.finish(
        "Traces of pharmaceuticals in NaCl at 5 bar, with the radius by molar mass that stands in "
        f"the panel; the study's two are positive, by size alone is charge 0. {BARS}"
    )
