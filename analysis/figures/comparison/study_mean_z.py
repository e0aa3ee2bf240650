"""Mean z of feed ions in the twins of the published campaign, with what the study states."""

import pandas as pd
from matplotlib.lines import Line2D

from analysis.figures.journal import ANY_COLOR
from analysis.figures.sheet import Sheet, panels
from analysis.figures.style import color, kind, label, marker, ordered

WIDTH_INCHES = 7.4
ROW_INCHES = 1.45
DASHES = ("-", (0, (3, 1.6)), (0, (1, 1.2)))
FACE_NM, PERMEATED_NM = 2.5, 4.0
LIMITS_NM = (-5.8, 9.6)
TEXT_NM = {"anion": 7.3, "cation": 8.5}
"""Above the closed end of the cell, which no mean reaches."""
GREY = "#888888"
PLACES = ("mean", "peak", "main peak", "most ions", "only peak")


def study_mean_z(mean_z: pd.DataFrame, places: pd.DataFrame, counts: pd.DataFrame) -> Sheet:
    """Draw mean z against time for every cell, and the study's places and first arrivals.

    Parameters
    ----------
    mean_z : DataFrame
        Table ``mean_z`` of a StudyComparison, of one to three variants.
    places : DataFrame
        Of `published.places`: those with a z are drawn.
    counts : DataFrame
        Of `published.counts`: numbers in the permeate are written.
    """
    names = list(dict.fromkeys(mean_z["variant"]))
    grid, rows, columns = panels(mean_z)
    sheet = Sheet(WIDTH_INCHES, ROW_INCHES * rows)
    mean_z = sheet.keep("mean_z", mean_z)
    stated = places[places["z_nm"].notna() & places["feature"].isin(PLACES)]
    stated = sheet.keep("places", stated)
    arrived = sheet.keep("counts", counts[counts["quantity"] == "permeate"])
    every = sheet.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in every.ravel():
        axes.set_visible(False)
    for panel in grid:
        axes = every[panel.row, panel.column]
        axes.set_visible(True)
        _band(axes)
        _curves(axes, panel.cell.of(mean_z), names)
        _statements(axes, panel.cell.of(stated), panel.cell.of(arrived))
        axes.set_title(panel.cell.title)
        axes.set(ylim=LIMITS_NM, xlim=(-3, 108))
        axes.set_ylabel("mean z (nm)" if panel.left else "")
        axes.set_xlabel("time (ns)" if panel.lowest else "")
        axes.tick_params(labelbottom=panel.lowest, labelleft=panel.left)
    ions = ordered(mean_z["ion"])
    first = mean_z.loc[mean_z["time_ns"] == 0, "mean_z_nm"]
    sheet.key(
        [
            *(Line2D([], [], color=color(ion), label=label(ion)) for ion in ions),
            *(
                Line2D([], [], color=ANY_COLOR[0], ls=dashes, label=name)
                for name, dashes in zip(names, DASHES, strict=False)
            ),
            *(
                Line2D(
                    *([], []),
                    ls="none",
                    marker=marker(ion),
                    mfc="white",
                    mec=color(ion),
                    label=f"study, {kind(ion)}",
                )
                for ion in ("Na+", "Cl-")
            ),
        ]
    )
    return sheet.finish(
        "Mean z of feed ions in continuum twins of the study's cells, mean over placements of the "
        f"layout; band: least and most of them, of the {names[0]}. Grey: membrane; dotted: z "
        "beyond which the study counts an ion as permeated. Open symbols: where Liu et al. (2025) "
        "put the mean at the start, or a peak or most ions, by a z in the text; the latter are not "
        "means. Numbers at the top: ions in the permeate that the text states, of 30 (60 of Cl⁻ "
        "with CaCl₂). Feed ions of the twins are spread over their reservoir at the start, with a "
        f"mean from {first.min():.1f} to {first.max():.1f} nm as the field of the membrane has it; "
        "the study says −3 nm."
    )


def _band(axes) -> None:
    axes.axhspan(-FACE_NM, FACE_NM, color="#EFEFEF", lw=0)
    axes.axhline(PERMEATED_NM, color=GREY, lw=0.7, ls=":")


def _curves(axes, table: pd.DataFrame, names: list[str]) -> None:
    for name, dashes in zip(names, DASHES, strict=False):
        for ion, rows in table[table["variant"] == name].groupby("ion", sort=False):
            axes.plot(rows["time_ns"], rows["mean_z_nm"], color=color(ion), ls=dashes, lw=1.2)
            if name == names[0]:
                axes.fill_between(
                    rows["time_ns"], rows["low_nm"], rows["high_nm"], color=color(ion), alpha=0.2
                )


def _statements(axes, places: pd.DataFrame, arrived: pd.DataFrame) -> None:
    for row in places.itertuples():
        axes.plot(
            row.time_ns + (1.2 if kind(row.ion) == "anion" else -1.2),
            row.z_nm,
            ls="none",
            marker=marker(row.ion),
            ms=5,
            mfc="white",
            mec=color(row.ion),
            clip_on=False,
            zorder=5,
        )
    for row in arrived.itertuples():
        sign = "≥" if row.qualifier == "at least" else "≈" if row.qualifier == "about" else ""
        axes.text(
            row.time_ns,
            TEXT_NM[kind(row.ion)],
            f"{sign}{row.value} {label(row.ion)}",
            color=color(row.ion),
            fontsize=6,
            ha="right" if row.time_ns == 100 else "center",
        )
