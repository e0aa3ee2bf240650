"""Distribution of the feed ions along z at the last snapshot: runs beside their twins."""

import numpy as np
import pandas as pd
import scipy
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.along_z import from_to
from analysis.figures.comparison.parts import (
    GREY,
    NM_PER_ANGSTROM,
    TWIN,
    TWIN_DASHES,
    basis_text,
    faces_nm,
    ion_handles,
    joined,
    membrane_handle,
    percent,
    say_no_run,
    titles,
)
from analysis.figures.sheet import (
    Cell,
    Sheet,
    band_text,
    cells,
    last_time,
    panels,
    show,
    sides,
    stacks,
)
from analysis.figures.style import PALETTE, color, label, ordered, time_label, z_label

PANEL_INCHES = (2.3, 1.9)
NAME = "distribution\nof z (1/nm)"
ROOM = 1.12
"""Height of the axes over the highest curve."""
CUT = 3.0
"""Height of the axes over the highest curve of the runs, or over what a share of the twin's ions
exceeds, where narrow peaks of twins are higher still."""
PEAK_SHARE = 0.02
"""Of the bins of a twin's curve, which may be cut off."""

BANDS = ("density", "low", "high")


def twin_profiles(
    profiles: pd.DataFrame,
    parameters: pd.DataFrame,
    md_and_continuum: pd.DataFrame,
    z_pdf: pd.DataFrame | None = None,
    extent: pd.DataFrame | None = None,
    *,
    level: float = 0.95,
) -> Figure:
    """Draw where a feed ion is: smoothed densities of the runs with bands, twins dashed.

    Parameters
    ----------
    profiles : DataFrame
        layout, salt, ion, time_ns, z_nm, continuum_per_nm; the time nearest to the runs' last
        snapshot is drawn.
    parameters : DataFrame
        Of which thickness_nm, for faces that `extent` does not tell.
    md_and_continuum : DataFrame
        Of which the basis of each twin.
    z_pdf, extent : DataFrame, optional
        Observables of these names.
    level : float
        Of what the caption says that so many ions can show.
    """
    driven = profiles[profiles.continuum_per_nm.notna()]
    runs = run_curves(z_pdf, cells(driven))
    twins = twin_curves(driven, runs)
    places, rows, columns = panels(twins)
    width, height = PANEL_INCHES
    zlabel = z_label(columns)
    sheet = Sheet(0.7 + width * max(columns, 2), 0.3 + height * rows)
    twins = sheet.keep("profiles", twins)
    if len(runs):
        sheet.keep("z_pdf", runs)
    grid = stacks(sheet, rows, columns, (1.0,))
    grid[0, 0, 0].set_xlim(twins.z_nm.min(), twins.z_nm.max())
    cut = []
    for panel in places:
        (axes,), cell = grid[panel.row, panel.column], panel.cell
        own, ran = cell.of(twins), cell.of(runs)
        top, peak = height_of(own, ran)
        show((axes,), panel, (NAME,), ((0, top),), zlabel)
        axes.tick_params(labelleft=True)
        if peak > top:
            cut.append(f"{cell.title} {peak:.2g}")
        if faces := faces_nm(cell, parameters, extent):
            axes.axvspan(*faces, color=PALETTE["membrane"], alpha=0.16, lw=0, zorder=0)
        for ion in ordered(own.ion):
            draw_ion(axes, ion, own[own.ion == ion], ran[ran.species == ion])
        sides(axes)
        axes.set_title(cell.title)
        if not len(ran):
            say_no_run(axes)
    sheet.key(handles(twins, runs))
    return sheet.finish(caption(twins, runs, md_and_continuum, cut, level))


def run_curves(z_pdf: pd.DataFrame | None, of: list[Cell]) -> pd.DataFrame:
    """Return pooled densities of the feed ions at the last time, per nm and by z in nm."""
    columns = ["layout", "salt", "species", "time_ns", "z_nm", "density_per_nm"]
    if z_pdf is None or not len(z_pdf):
        return pd.DataFrame(columns=columns)
    wanted = pd.MultiIndex.from_tuples([(cell.layout, cell.salt) for cell in of])
    known = pd.MultiIndex.from_frame(z_pdf[["layout", "salt"]]).isin(wanted)
    table = last_time(z_pdf[known & (z_pdf.trial == "all").to_numpy()])
    per_nm = {f"{name}_per_nm": table[f"{name}_per_angstrom"] / NM_PER_ANGSTROM for name in BANDS}
    return table.assign(z_nm=NM_PER_ANGSTROM * table.z_angstrom, **per_nm)


def twin_curves(profiles: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the curves of twins at the time that is nearest to the last of each cell's runs."""
    parts = []
    for cell in cells(profiles):
        own, ran = cell.of(profiles), cell.of(runs)
        wanted = ran.time_ns.max() if len(ran) else own.time_ns.max()
        times = own.time_ns.unique()
        parts.append(own[own.time_ns == times[np.abs(times - wanted).argmin()]])
    return pd.concat(parts)


def height_of(twins: pd.DataFrame, runs: pd.DataFrame) -> tuple[float, float]:
    """Return the height of a panel, and that of the highest curve in it.

    Narrow peaks of a twin, as at the closed end of a cell, would flatten all the rest, and so
    would the intervals of few trials.
    """
    peak = float(twins.continuum_per_nm.max())
    usual = float(twins.groupby("ion").continuum_per_nm.quantile(1 - PEAK_SHARE).max())
    ran = float(runs.density_per_nm.max()) if len(runs) else 0.0
    top = min(ROOM * max(peak, ran), max(CUT * usual, ROOM * ran))
    return top or 1.0, peak


def draw_ion(axes, ion: str, twin: pd.DataFrame, runs: pd.DataFrame) -> None:
    """Draw one ion in one panel."""
    tint = color(ion)
    if len(runs):
        band = {"color": tint, "alpha": 0.18, "lw": 0}
        axes.fill_between(runs.z_nm, runs.low_per_nm, runs.high_per_nm, **band)
        axes.plot(runs.z_nm, runs.density_per_nm, color=tint, zorder=3)
    style: dict = {"color": tint, "ls": TWIN_DASHES, "lw": 1.2, "zorder": 4}
    axes.plot(twin.z_nm, twin.continuum_per_nm, **style)


def handles(twins: pd.DataFrame, runs: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    ran = [
        Line2D([], [], color=GREY, label="runs"),
        Patch(color=GREY, alpha=0.25, label="their interval"),
    ]
    return [
        *ion_handles(twins.ion),
        *(ran if len(runs) else []),
        Line2D([], [], color=GREY, ls=TWIN_DASHES, lw=1.2, label="twin"),
        membrane_handle(),
    ]


def caption(
    twins: pd.DataFrame,
    runs: pd.DataFrame,
    compared: pd.DataFrame,
    cut: list[str],
    level: float,
) -> str:
    """Return the caption: times, smoothing and numbers of ions of the runs, what twins rest on."""
    times = " / ".join(time_label(time) for time in sorted(twins.time_ns.unique()))
    smoothed = ""
    if len(runs):
        smoothed = (
            "Runs: kernel densities pooled over trials, which smooth the edges that twins keep. "
            f"Bandwidths and numbers of ions: {widths_text(runs)}. "
            f"{band_text(runs, ', cut off at 0')}"
        )
    ran = cells(runs)
    alone = [cell for cell in cells(twins) if cell not in ran]
    none = f"No run: {titles(alone)}." if ran and alone else ""
    return joined(
        f"Probability density of the feed ions' z at {times}, runs beside the continuum twins.",
        smoothed,
        f"{TWIN}; of any number of ions and not smoothed, their integral is 1.",
        half_text(runs, level) if len(runs) else "",
        basis_text(compared) if len(compared) else "",
        none if ran else "No run is there: the twins stand alone.",
        f"Peaks that are cut off (1/nm): {'; '.join(cut)}." if cut else "",
        "Each panel has the height of its curves, which intervals may exceed. Grey: membrane "
        "between its faces.",
    )


def half_text(runs: pd.DataFrame, level: float) -> str:
    """Return what the fewest ions of a curve can show, by the binomial distribution.

    >>> half_text(pd.DataFrame({"n": [18, 30]}), 0.95)
    'Where half of the ions are by a twin that is right, 28 to 72 % of 18 are found (95 %).'
    """
    count, tail = int(runs.n.min()), (1 - level) / 2
    low, high = 100 * scipy.stats.binom.ppf([tail, 1 - tail], count, 0.5) / count
    return (
        f"Where half of the ions are by a twin that is right, {low:.0f} to {high:.0f} % of {count} "
        f"are found ({percent(level)})."
    )


def widths_text(curves: pd.DataFrame) -> str:
    """Return the bandwidths and numbers of ions of each species over all panels.

    >>> rows = {"species": "Na+", "bandwidth_angstrom": [2.0, 3.2], "n": [30, 30]}
    >>> widths_text(pd.DataFrame(rows))
    'Na⁺ 0.20 to 0.32 nm, n = 30'
    """
    told = []
    for name in ordered(curves.species):
        own = curves[curves.species == name]
        widths = from_to(NM_PER_ANGSTROM * own.bandwidth_angstrom, ".2f")
        told.append(f"{label(name)} {widths} nm, n = {from_to(own.n.astype(int))}")
    return "; ".join(told)
