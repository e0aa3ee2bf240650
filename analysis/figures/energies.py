"""Interaction energy of the feed ions with the charged groups along z."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.along_z import (
    GROUPS,
    band_words,
    broken,
    draw_faces,
    draw_mean,
    draw_strip,
    from_to,
    grid_of,
    group_handles,
    strip_limits,
)
from analysis.figures.bands import band
from analysis.figures.sheet import cells, show, sides, titled
from analysis.figures.style import color, label, ordered, z_label
from analysis.observables.shared.z_bins import BIN_ANGSTROM

PANEL_INCHES = (2.7, 3.1)
SCOPE = "charged groups"
DRAWN, OTHER = "full_minimage", "namdenergy_default"
DASHES = (0, (3, 1.4))
ROOM = 0.1
"""Above and below all that is drawn, as a share of its range."""


def energies(
    energy_z: pd.DataFrame,
    energy_ions: pd.DataFrame,
    groups: pd.DataFrame,
    extent: pd.DataFrame,
    trials: pd.DataFrame,
) -> Figure:
    """Draw the energy of every ion, their mean with its band, and the charged groups below."""
    of_groups = energy_z[(energy_z.scope == SCOPE) & (energy_z.trial == "all")]
    sheet, places, grid = grid_of(trials, extent, PANEL_INCHES)
    means = sheet.keep("energy_z", of_groups)
    drawn = (energy_ions.scope == SCOPE) & (energy_ions.preset == DRAWN)
    ions = sheet.keep("energy_ions", energy_ions[drawn])
    groups = sheet.keep("groups", groups[groups.trial == "all"])
    limits = energy_limits(means, ions), strip_limits(groups)
    names = "interaction energy,\nvacuum (kcal/mol)", GROUPS
    zlabel = z_label(grid.shape[1])
    for panel in places:
        cell, stack = panel.cell, grid[panel.row, panel.column]
        main, strip = stack
        show(stack, panel, names, limits, zlabel)
        main.axhline(0, color="#BBBBBB", lw=0.6, zorder=0)
        for species in ordered(cell.of(means).species):
            own, single = (t[t.species == species] for t in (cell.of(means), cell.of(ions)))
            draw_ions(main, color(species), single)
            draw_means(main, color(species), own)
        draw_strip(strip, cell.of(groups))
        draw_faces(stack, cell.of(extent))
        sides(main)
        titled(main, cell, trials)
    sheet.key(handles(means, groups))
    return sheet.finish(caption(means, ions))


def energy_limits(means: pd.DataFrame, ions: pd.DataFrame) -> tuple[float, float]:
    """Return the range of all curves with zero in it; wide bands of few trials may leave it."""
    values = pd.concat([ions.total_kcal_mol, means.total_kcal_mol])
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    if not high > low:
        return -1.0, 1.0
    room = ROOM * (high - low)
    return low - room, high + room


def draw_ions(axes, tint: str, ions: pd.DataFrame) -> None:
    """Draw a thin line for every ion, where it has been."""
    for _, one in ions.groupby(["trial", "ion"], sort=False):
        line = broken(one.z_angstrom, one.total_kcal_mol, BIN_ANGSTROM)
        axes.plot(*line, color=tint, lw=0.4, alpha=0.4, marker="o", ms=0.8, mew=0)


def draw_means(axes, tint: str, means: pd.DataFrame) -> None:
    """Draw the mean over trials with its band, and that with the other preset."""
    for preset, style in ((DRAWN, {"lw": 1.5}), (OTHER, {"lw": 1.1, "ls": DASHES})):
        rows = means[means.preset == preset]
        z, total = rows.z_angstrom, rows.total_kcal_mol
        draw_mean(axes, z, rows, total, color=tint, zorder=3, **style)
        if preset == DRAWN:
            band(axes, rows.z_angstrom, rows, "kcal_mol", color=tint, alpha=0.22)


def handles(means: pd.DataFrame, groups: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    grey: dict = {"color": "#555555"}
    return [
        *(Line2D([], [], color=color(name), label=label(name)) for name in ordered(means.species)),
        Line2D([], [], lw=0.5, label="single ions", **grey),
        Line2D([], [], lw=1.1, ls=DASHES, label="NAMDEnergy default, mean", **grey),
        *group_handles(groups),
    ]


def ions_text(ions: pd.DataFrame) -> str:
    """Return the numbers of ions of each species in a panel, over all trials."""
    single = ions.drop_duplicates(["layout", "salt", "species", "trial", "ion"])
    counts = single.groupby(["layout", "salt", "species"]).size()
    names = ordered(single.species)
    return ", ".join(f"{from_to(counts.xs(name, level=2))} {label(name)}" for name in names)


def caption(means: pd.DataFrame, ions: pd.DataFrame) -> str:
    """Return the caption: what is drawn and left out, the groups' charge, numbers of ions."""
    drawn = means[means.preset == DRAWN]
    charges = "; ".join(
        f"{cell.title} {cell.of(drawn).group_charge_e.iloc[0]:+.3g} e" for cell in cells(drawn)
    )
    unknown = " Van der Waals energies are not known and left out." if means.note.any() else ""
    return (
        "Interaction energy (electrostatic and van der Waals) of the feed ions with the charged "
        f"groups of the membrane, in bins of z of {BIN_ANGSTROM:g} Å (n = {ions_text(ions)} in a "
        "panel over all trials). It is that in vacuum: no water screens it, so it is far larger "
        "than differences of free energy. Thin: each ion of each trial, where it has been. Thick: "
        "mean over trials of all samples, thinner where not every trial has any, without cutoff, "
        "nearest images along x and y. Dashed: mean with the defaults of NAMDEnergy, shifted to "
        f"zero at 12 Å, no images.{unknown} {band_words(drawn)} "
        "A group is counted with the partial charges of its own atoms: N or C, the atoms bonded to "
        "it and their hydrogens. The rest of its formal charge lies on atoms farther away. "
        f"In all: {charges}."
    )
