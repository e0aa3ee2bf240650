"""Free energies of ions along z from umbrella windows, beside continuum theory."""

from collections.abc import Mapping, Sequence

import matplotlib.style
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.catalogue import ZERO_IN_PLACE
from analysis.figures.journal import ANY_COLOR
from analysis.figures.sheet import Sheet, dynamics_told, panels, show, sides, stacks
from analysis.figures.stamp import stamped
from analysis.figures.style import MPLSTYLE, PALETTE, Z_LABEL, color, label, ordered
from analysis.joinings import ACROSS, MEMBRANE

PANEL_INCHES = (2.6, 2.3)
NAME = "free energy (kT)"
DASHES = (0, (4, 2))
ROOM = 0.08
"""Of the span of all curves, above and below them."""


def drawn(
    tables: Sequence[pd.DataFrame],
    words: Sequence[Mapping],
    stamp: str | None = None,
    dynamics: str | None = None,
) -> Sheet:
    """Draw the free energies of several ions, layouts and salts.

    Parameters
    ----------
    tables : sequence of DataFrame
        ``free_energy`` of each.
    words : sequence of mapping
        That stand beside each table.
    stamp, dynamics : str, optional
        A word across the figure; how the atoms moved, for the caption.
    """
    named = [
        table.assign(layout=said["layout"], salt=said["salt"], ion=said["ion"])
        for table, said in zip(tables, words, strict=True)
    ]
    with matplotlib.style.context(MPLSTYLE):
        sheet = free_energies(pd.concat(named, ignore_index=True), words)
        dynamics_told(sheet, dynamics)
        if stamp:
            stamped(sheet, stamp)
    return sheet


def free_energies(table: pd.DataFrame, words: Sequence[Mapping]) -> Sheet:
    """Draw the curves of each layout and salt with their intervals, continuum theory dashed.

    Parameters
    ----------
    table : DataFrame
        layout, salt, ion and the columns of the table of each.
    words : sequence of mapping
        Of each: ``layout``, ``salt``, ``ion``, ``zero``, ``level``, ``blocks``, ``notes``.
    """
    places, rows, columns = panels(table)
    width, height = PANEL_INCHES
    sheet = Sheet(0.7 + width * max(columns, 2), 0.3 + height * rows)
    table = sheet.keep("free_energy", table)
    curves = table[["free_energy_kT", "low_kT", "high_kT", "continuum_kT"]]
    low, high = min(0.0, curves.min().min()), max(1.0, curves.max().max())
    room = ROOM * (high - low)
    grid = stacks(sheet, rows, columns, (1.0,))
    grid[0, 0, 0].set_xlim(table.z_angstrom.min(), table.z_angstrom.max())
    for panel in places:
        (axes,), own = grid[panel.row, panel.column], panel.cell.of(table)
        show((axes,), panel, (NAME,), ((low - room, high + room),), Z_LABEL)
        axes.axhline(0, color="#999999", lw=0.6, zorder=0)
        shade(axes, across(own))
        for ion in ordered(own.ion):
            draw_ion(axes, ion, own[own.ion == ion])
        sides(axes, beyond(own))
        axes.set_title(panel.cell.title)
    sheet.key(handles(table))
    return sheet.finish(caption(table, words))


def beyond(table: pd.DataFrame) -> tuple[bool, bool]:
    """Return whether feed and permeate lie beyond the ends of what the windows cover."""
    rows = across(table).sort_values("z_angstrom")
    within = rows.pore_volume_kT.fillna(0) != 0
    first, last = rows.z_angstrom.iloc[0], rows.z_angstrom.iloc[-1]
    # Where the faces are is known by theory alone; the centre is inside in any case.
    return bool(within.iloc[0] or first > 0), bool(within.iloc[-1] or last < 0)


def across(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows over all membranes, of a table of one all of them."""
    return table[table[MEMBRANE] == ACROSS] if MEMBRANE in table else table


def shade(axes, table: pd.DataFrame) -> None:
    """Shade the membrane between its faces, where continuum theory has an excess."""
    inside = table.z_angstrom[table.pore_volume_kT.fillna(0) != 0]
    if len(inside):
        span = inside.min(), inside.max()
        axes.axvspan(*span, color=PALETTE["membrane"], alpha=0.16, lw=0, zorder=0)


def draw_ion(axes, ion: str, table: pd.DataFrame) -> None:
    """Draw one ion in one panel: curve, band, theory, and thin curves of single membranes."""
    tint = color(ion)
    if MEMBRANE in table:
        for _, one in table[table[MEMBRANE] != ACROSS].groupby(MEMBRANE, sort=False):
            axes.plot(one.z_angstrom, one.free_energy_kT, color=tint, lw=0.5, alpha=0.7)
    table = across(table)
    axes.fill_between(table.z_angstrom, table.low_kT, table.high_kT, color=tint, alpha=0.2, lw=0)
    axes.plot(table.z_angstrom, table.free_energy_kT, color=tint, zorder=3)
    axes.plot(table.z_angstrom, table.continuum_kT, color=tint, ls=DASHES, lw=1.1, zorder=2)


def handles(table: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    ions = [Line2D([], [], color=color(ion), label=label(ion)) for ion in ordered(table.ion)]
    grey = ANY_COLOR[0]
    known = table.low_kT.notna().any()
    interval = [Patch(color=grey, alpha=0.3, label="interval")] if known else []
    theory = Line2D([], [], color=grey, ls=DASHES, lw=1.1, label="continuum")
    single = Line2D([], [], color=grey, lw=0.5, label="single membranes")
    return [*ions, *interval, *([single] if MEMBRANE in table else []), theory]


def caption(table: pd.DataFrame, words: Sequence[Mapping]) -> str:
    """Return the caption: what is drawn, its zero and intervals, and what is amiss."""
    first = words[0]
    zeros = list(dict.fromkeys(one["zero"] for one in words))
    own = "the feed" if all(one.get(ZERO_IN_PLACE, True) for one in words) else "places"
    where = zeros[0] if len(zeros) == 1 else f"{own}, as the tables say of each"
    several = "membranes" in first
    theory = (
        "Dashed: pore volume, steric, Born and Donnan by continuum theory with the parameters of "
        f"the same cells; grey: between its faces{', of any membrane' if several else ''}."
        if table.continuum_kT.notna().any()
        else "Continuum theory says nothing of these cells; the tables say why."
    )
    notes = [
        f"{one['layout']}, {one['salt']}, {one['ion']}: {note}."
        for one in words
        for note in one["notes"]
    ]
    many = f" {len(notes) - 3} more remarks are with the tables." if len(notes) > 3 else ""
    return (
        "Free energy of one ion of a kind along z by umbrella sampling (MBAR), all other ions free "
        f"and nothing driven. Zero in {where}. {band(first)} {theory} {' '.join(notes[:3])}{many}"
    ).rstrip()


def band(words: Mapping) -> str:
    """Return what the bands are, as the caption has it."""
    level = f"{100 * words['level']:g} % t interval"
    if several := words.get("membranes"):
        return (
            f"Thick: means over {len(several)} membranes ({', '.join(several)}), where all have a "
            f"value; band: {level} over these; thin: single membranes."
        )
    return (
        f"Band: {level} over {words['blocks']} blocks of every window; one cell: how much another "
        "would differ is not in it."
    )
