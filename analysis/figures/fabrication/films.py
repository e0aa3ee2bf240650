"""Composition and structure of films beside what the study measured."""

import numpy as np
import pandas as pd

from analysis.figures.fabrication.marks import (
    FILM,
    MEASURED,
    SHIFT,
    beside,
    column,
    each,
    handles,
    names_below,
    of,
    within,
)
from analysis.figures.sheet import Sheet

COMPOSITION_INCHES, STRUCTURE_INCHES, REAGENTS_INCHES = (7.2, 4.6), (7.2, 2.9), (7.2, 2.9)
COMPOSITION = {
    "o_over_n_top": "O/N, top",
    "o_c_o_percent": "O–C=O of O (%)",
    "residual_amine_percent": "amine of N (%)",
    "carboxyl_per_nm3": "carboxyl (nm⁻³)",
}
FIRST_MEMBRANES = ("8P", "8P10", "8P10-H30", "8P10-0.5MC30")
"""Those whose composition the study prints."""
CONTROL = "8P10"
REAGENTS = {"OC": 0, "MC": 1, "SC": 2, "GC": 3}
"""CH2 groups of each diacyl chloride; TMC has a ring instead."""
BARS = "Bars: Student's t interval over repeats, 95 %, cut off where it leaves the panel."
INTERVAL = f"Small dots: single films. {BARS}"


def composition(summary: pd.DataFrame, films: pd.DataFrame) -> Sheet:
    """Draw composition and group densities of four membranes beside the measured ones.

    Parameters
    ----------
    summary : DataFrame
        membrane, quantity, value, low, high, measured.
    films : DataFrame
        membrane, repeat, quantity, value.
    """
    names = [name for name in FIRST_MEMBRANES if name in set(summary.membrane)]
    names = names or list(dict.fromkeys(summary.membrane))[:4]
    sheet = Sheet(*COMPOSITION_INCHES)
    kept = summary[summary.quantity.isin(COMPOSITION) & summary.membrane.isin(names)]
    summary = sheet.keep("summary", kept)
    films = sheet.keep(
        "films", films[films.quantity.isin(COMPOSITION) & films.membrane.isin(names)]
    )
    grid = sheet.subplots(2, 2)
    for axes, (quantity, label) in zip(grid.ravel(), COMPOSITION.items(), strict=True):
        rows = of(summary, quantity, names)
        places = np.arange(len(rows))
        column(axes, rows, places - SHIFT)
        single = _of_films(films, quantity, rows.index)
        each(axes, films, quantity, dict(zip(rows.index, places - SHIFT, strict=True)))
        beside(axes, rows.measured, places + SHIFT)
        within(axes, rows, [*rows.measured, *single], floor=0)
        names_below(axes, list(rows.index))
        axes.set_ylabel(label)
    sheet.key(handles())
    return sheet.finish(
        "Films made by recipe beside the study's. (a) Oxygen over nitrogen of the top of the film; "
        "(b) single-bonded oxygen of carboxyls over all oxygen; (c) nitrogen of free amines over "
        "all nitrogen; (d) carboxyls in the dry dense region; measured by silver, which finds "
        f"those that water reaches. {INTERVAL}"
    )


def _of_films(films: pd.DataFrame, quantity: str, names) -> list[float]:
    """Return the values of single films."""
    rows = films[(films.quantity == quantity) & films.membrane.isin(list(names))]
    return rows.value.dropna().tolist()


def film_structure(summary: pd.DataFrame, films: pd.DataFrame) -> Sheet:
    """Draw thickness, over that of the pre-protonated film, and pore radius of every membrane.

    Parameters as of ``composition``.
    """
    sheet = Sheet(*STRUCTURE_INCHES)
    kept = summary[summary.quantity.isin(["thickness_nm", "pore_radius_nm"])]
    summary = sheet.keep("summary", kept)
    thick, pores = sheet.subplots(1, 2)
    rows = of(summary, "thickness_nm")
    control = rows.loc[CONTROL] if CONTROL in rows.index else rows.iloc[0]
    scaled = rows[["value", "low", "high"]] / control.value
    measured = rows.measured / control.measured
    films = sheet.keep("films", films[films.quantity.isin(["thickness_nm", "pore_radius_nm"])])
    scaled_films = films.assign(value=films.value / control.value)
    for axes, shown, known, label in (
        (thick, scaled, measured, f"thickness over that of {control.name}"),
        (
            pores,
            of(summary, "pore_radius_nm"),
            of(summary, "pore_radius_nm").measured,
            "pore radius (nm)",
        ),
    ):
        places = np.arange(len(shown))
        column(axes, shown, places - SHIFT)
        single = scaled_films if axes is thick else films
        name = "thickness_nm" if axes is thick else "pore_radius_nm"
        each(axes, single, name, dict(zip(shown.index, places - SHIFT, strict=True)))
        beside(axes, known, places + SHIFT)
        within(axes, shown, [*known, *_of_films(single, name, shown.index)], floor=0)
        names_below(axes, list(shown.index))
        axes.set_ylabel(label)
    thick.set_title("a")
    pores.set_title("b")
    sheet.key(handles())
    return sheet.finish(
        "(a) Thickness of the dense region, computed and measured each over that of "
        f"{control.name}: {control.value:.2f} nm computed, {control.measured:g} nm measured. (b) "
        "Mean radius of "
        "spheres between the atoms of dry films; measured: of pores that reject neutral solutes as "
        f"the films do. {INTERVAL}"
    )


def reagents(summary: pd.DataFrame, films: pd.DataFrame) -> Sheet:
    """Draw pores, carboxyls, grafts and bridges against the length of the diacyl chloride.

    Parameters as of ``composition``.
    """
    sheet = Sheet(*REAGENTS_INCHES)
    names = {f"8P10-0.5{word}30": length for word, length in REAGENTS.items()}
    wanted = ["pore_radius_nm", "carboxyl_per_nm3", "grafts_per_nm2", "bridges_per_nm2"]
    rows = summary[summary.membrane.isin(names) & summary.quantity.isin(wanted)]
    rows = sheet.keep("summary", rows)
    films = sheet.keep("films", films[films.membrane.isin(names) & films.quantity.isin(wanted)])
    pores, acids, held = sheet.subplots(1, 3)
    for axes, quantity, label in (
        (pores, "pore_radius_nm", "pore radius (nm)"),
        (acids, "carboxyl_per_nm3", "carboxyl (nm⁻³)"),
    ):
        part = of(rows, quantity, list(names))
        column(axes, part, [names[name] for name in part.index])
        each(axes, films, quantity, names)
        within(axes, part, _of_films(films, quantity, part.index), floor=0)
        axes.set_ylabel(label)
    for quantity, color, marker, shift in (
        ("grafts_per_nm2", FILM, "o", -SHIFT),
        ("bridges_per_nm2", MEASURED, "s", SHIFT),
    ):
        part = of(rows, quantity, list(names))
        places = [names[name] + shift for name in part.index]
        column(held, part, places, color, marker)
        each(held, films, quantity, dict(zip(part.index, places, strict=True)), color)
        held.plot([], [], marker, color=color, label=quantity.removesuffix("_per_nm2"))
    known = [value for name in wanted[2:] for value in _of_films(films, name, names)]
    within(held, rows[rows.quantity.isin(wanted[2:])], known, floor=-0.05)
    held.legend(loc="best", fontsize=7)
    held.set_ylabel("residues (nm⁻²)")
    for axes in (pores, acids, held):
        axes.set_xlim(-0.5, 3.5)
        axes.set_xticks(range(4), [f"{word}" for word in REAGENTS])
    return sheet.finish(
        "Second amidation with diacyl chlorides of 0 (oxalyl) to 3 (glutaryl) CH₂ groups, at one "
        "dose. (a) Mean pore radius; (b) carboxyls of the dense region; (c) residues held by one "
        f"amide, which end in a carboxyl, and by two. {INTERVAL}"
    )
