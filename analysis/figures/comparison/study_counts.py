"""Counts of the published study beside what continuum twins expect."""

import pandas as pd
from matplotlib.lines import Line2D

from analysis.figures.comparison.variants import VARIANT_COLORS, variant_handles
from analysis.figures.sheet import Sheet
from analysis.figures.style import color, label, time_label

WIDTH_INCHES = 7.4
ROW_INCHES = 0.185
STEP = 0.22
"""Between variants of a row, in rows."""
GAP = 0.9
"""Between cells, in rows."""
WORDS = {
    "permeate": "in the permeate",
    "past_center": "past the middle",
    "past_z": "past {beyond:g} nm",
    "past_carboxylate_layer": "past all COO⁻",
    "entered": "inside or through",
    "not_entered": "outside",
    "in_membrane": "inside",
    "in_dense_region": "in the core",
    "not_in_dense_region": "not yet in the core",
    "at_feed_surface": "at the feed surface",
    "near_center": "near the middle",
}
SIGNS = {"exact": "", "about": "≈", "at least": "≥", "at most": "≤"}


def study_counts(counts: pd.DataFrame) -> Sheet:
    """Draw each published count with the range of so many ions in each variant of the twins.

    Parameters
    ----------
    counts : DataFrame
        Table ``counts`` of a StudyComparison, of the variants to draw.
    """
    names = list(dict.fromkeys(counts["variant"]))
    salts = list(dict.fromkeys(counts["salt"]))
    columns = {salt: _rows(counts[counts["salt"] == salt]) for salt in salts}
    height = max(rows[-1][0] for rows in columns.values()) + 2
    sheet = Sheet(WIDTH_INCHES, ROW_INCHES * height)
    counts = sheet.keep("counts", counts)
    for axes, salt in zip(sheet.subplots(1, len(salts), squeeze=False)[0], salts, strict=True):
        _panel(axes, counts[counts["salt"] == salt], columns[salt], names)
        axes.set(title=label(salt), ylim=(height - 0.6, -1.2))
    sheet.key(
        [
            *variant_handles(names),
            *(
                Line2D([], [], ls="none", marker="D", ms=5, color=color(ion), label=text)
                for ion, text in (("Na+", "study, cation"), ("Cl-", "study, anion"))
            ),
        ]
    )
    sums = counts.groupby("variant")["within"].sum()
    within = (f"{number}: {sums[name]}" for number, name in enumerate(names, 1))
    return sheet.finish(
        f"The {len(counts) // len(names)} counts of feed ions that the study states (Liu et al., "
        "2025; preprint arXiv:2503.10871), of 30 ions of a kind over three trials, 60 of Cl⁻ with "
        "CaCl₂. Circle: expected by the twin, mean over placements of the layout. Bar: where so "
        "many independent ions are found with 95 % probability if the twin is right (binomial); "
        "ions that pair and cluster scatter more. Counts within their bar, by number of the "
        f"variant, {', '.join(within)}. ≈, ≥: the study says about, at least. Nothing was fitted."
    )


def _rows(counts: pd.DataFrame) -> list[tuple[float, tuple[object, ...], str]]:
    """Height of each count from the top, its key, and the cell that it is the first of."""
    rows: list[tuple[float, tuple[object, ...], str]] = []
    place, before = 0.0, ""
    keys = ["layout", "ion", "time_ns", "quantity", "from_nm"]
    first = counts[counts["variant"] == counts["variant"].iloc[0]]
    for key in first[keys].itertuples(index=False):
        new = key.layout != before
        place += (GAP + 1 if new and rows else 1) if rows else 0
        rows.append((place, tuple(key), key.layout if new else ""))
        before = key.layout
    return rows


def _panel(axes, counts: pd.DataFrame, rows: list, names: list[str]) -> None:
    ticks, words = [], []
    for place, (layout, ion, time, quantity, beyond), first in rows:
        own = counts[
            (counts["layout"] == layout)
            & (counts["ion"] == ion)
            & (counts["time_ns"] == time)
            & (counts["quantity"] == quantity)
        ].set_index("variant")
        for number, name in enumerate(names):
            row = own.loc[name]
            y = place + STEP * (number - (len(names) - 1) / 2)
            shares = [100 * row[key] / row["of"] for key in ("low", "high", "expected")]
            shade = VARIANT_COLORS[name]
            axes.plot(shares[:2], [y, y], color=shade, lw=1.6, alpha=0.55, solid_capstyle="butt")
            axes.plot(shares[2], y, marker="o", ms=2.6, color=shade)
        row = own.iloc[0]
        axes.plot(
            100 * row["paper"] / row["of"], place, marker="D", ms=4.6, color=color(ion), zorder=4
        )
        ticks.append(place)
        said = WORDS[quantity].format(beyond=beyond)
        words.append(
            f"{time_label(time)}  {label(ion)} {said}: {SIGNS[row['qualifier']]}{row['paper']:g}"
        )
        if first:
            axes.text(
                -0.02,
                place - 0.75,
                layout,
                transform=axes.get_yaxis_transform(),
                ha="right",
                va="center",
                fontsize=7.5,
                fontweight="bold",
            )
            if place:
                axes.axhline(place - 1.2, color="#cccccc", lw=0.5)
    axes.set_yticks(ticks, words, fontsize=6.3)
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(-3, 103), xlabel="share of the feed ions (%)")
    axes.grid(axis="x", color="#eeeeee", lw=0.6)
