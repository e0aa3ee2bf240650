"""Water inside the membrane: its density, its displacements, the share that stays."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from analysis.figures.along_z import band_words
from analysis.figures.bands import band
from analysis.figures.sheet import Cell, Sheet, outer_span, panels, sides, span, titled
from analysis.figures.style import PALETTE, color, time_label, z_label
from analysis.observables.profiles import WET
from analysis.statistics import PARTLY

PANEL_INCHES = (2.7, 4.9)
SHARES = (1.2, 1.6, 0.9)
"""Heights of densities, displacements and shares."""
DEFINITION = "MSD, inside all along"
DASHES = {"lateral": "-", "axial": (0, (4, 1.6))}
"""Lines of the two directions; both have the colour of water."""
UNIFORM = 1 / 6
"""Axial MSD of places anywhere in a region of width 1."""
NANOSECONDS_FROM_PS = 1000.0
"""Longest lag from which on lags are drawn in ns."""
FEW_DECADES = 2.0
"""Reach of a logarithmic axis below which its decades alone are too few labels."""
NARROWEST_DECADES = 0.6
"""Least reach of a logarithmic axis, so that its ticks have labels."""
GREY = "#777777"
GUIDE_ABOVE = 2.0
"""Place of the line of slope one, in first lateral MSDs: above the data."""


def water(
    water_msd: pd.DataFrame,
    water_diffusion: pd.DataFrame,
    water: pd.DataFrame,
    density: pd.DataFrame,
    extent: pd.DataFrame,
    trials: pd.DataFrame,
) -> Figure:
    """Draw densities, mean squared displacements of water, and the share of it that stays."""
    places, rows, columns = panels(density)
    width, height = PANEL_INCHES
    sheet = Sheet(0.7 + width * max(columns, 2), 0.3 + height * rows)
    curves = water_msd[(water_msd.trial == "all") & (water_msd.definition == DEFINITION)]
    curves = sheet.keep("water_msd", curves[curves.direction.isin(DASHES)])
    fits = water_diffusion[water_diffusion.trial == "all"]
    fits = fits[(fits.definition == DEFINITION) & fits.direction.isin(DASHES)]
    fits = sheet.keep("water_diffusion", fits)
    content = sheet.keep("water", water[(water.trial == "all") & (water.place == "dense region")])
    density = sheet.keep("density", density[(density.trial == "all") & (density.of != WET)])
    grid = sheet.subplots(rows * 3, columns, squeeze=False, height_ratios=SHARES * rows)
    for axes in grid.ravel():
        axes.set_visible(False)
    outer = outer_span(extent, "feed piston", "permeate piston")
    top = 1.1 * density[["density_g_cm3", "high_g_cm3"]].max().max()
    scale, unit = lag_unit(curves)
    curves = curves.assign(lag=scale * curves.lag_ps)
    fits = fits.assign(window_from=scale * fits.from_ps, window_to=scale * fits.to_ps)
    limits = around(curves.lag), msd_limits(curves)
    for panel in places:
        stack = grid[3 * panel.row : 3 * panel.row + 3, panel.column]
        for axes in stack:
            axes.set_visible(True)
            axes.tick_params(which="both", labelleft=panel.left)
        draw_density(stack[0], panel.cell, density, extent, content)
        stack[0].set(xlim=outer, ylim=(0, top))
        stack[0].set_xlabel(z_label(columns))
        draw_msd(stack[1], panel.cell.of(curves), panel.cell.of(fits), limits)
        draw_stayed(stack[2], panel.cell.of(curves), limits[0])
        stack[2].set_xlabel(f"lag ({unit})")
        if panel.left:
            names = ("density\n(g/cm$^3$)", "MSD of water in the\ndense region (Å$^2$)")
            for axes, name in zip(stack, (*names, "share that\nstayed (%)"), strict=True):
                axes.set_ylabel(name)
        titled(stack[0], panel.cell, trials)
    sheet.key(handles())
    return sheet.finish(caption(curves, fits, content))


def msd_limits(curves: pd.DataFrame) -> tuple[float, float]:
    """Return the range of all displacements and of the line that confinement sets."""
    return around(pd.concat([curves.msd_angstrom2, uniform_msd(curves)]))


def label_few(axis, limits: tuple[float, float]) -> None:
    """Plain numbers on a logarithmic axis: 1, 2, 5 of each decade if there are not many decades."""
    few = np.log10(limits[1] / limits[0]) < FEW_DECADES
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def lag_unit(curves: pd.DataFrame) -> tuple[float, str]:
    """Return the factor from ps and name of the unit of lags that reads best."""
    return (1e-3, "ns") if curves.lag_ps.max() >= NANOSECONDS_FROM_PS else (1.0, "ps")


def around(values: pd.Series) -> tuple[float, float]:
    """Return limits of a logarithmic axis around the positive values; a decade without any."""
    values = values[values > 0]
    if values.empty:
        return 1.0, 10.0
    low, high = np.log10(values.min()), np.log10(values.max())
    room = max(0.06 * (high - low), (NARROWEST_DECADES - (high - low)) / 2)
    return 10 ** (low - room), 10 ** (high + room)


def uniform_msd(rows: pd.DataFrame) -> pd.Series:
    """Return the axial MSD (square angstrom) of places anywhere in the region of each row."""
    return UNIFORM * (rows.to_angstrom - rows.from_angstrom) ** 2


def draw_density(axes, cell: Cell, density, extent, content) -> None:
    """Draw the membrane and water along z, faces and dense region."""
    own = cell.of(density)
    for name in ("membrane", "water"):
        rows = own[own.of == name]
        z, tint = rows.z_angstrom, color(name)
        band(axes, z, rows, "g_cm3", color=tint, alpha=0.25)
        axes.plot(z, rows.density_g_cm3, color=tint, lw=1.1)
    for face in span(cell.of(extent), "feed face", "permeate face"):
        axes.axvline(face, color=PALETTE["membrane"], lw=0.8, ls=(0, (4, 3)), zorder=0)
    region = cell.of(content).iloc[0]
    axes.axvspan(
        region.from_angstrom, region.to_angstrom, color=PALETTE["membrane"], alpha=0.12, lw=0
    )
    axes.yaxis.set_major_locator(MaxNLocator(4, prune="upper"))
    sides(axes)


def draw_msd(axes, curves: pd.DataFrame, fits: pd.DataFrame, limits) -> None:
    """Draw the displacements of a panel with the window of the fit, a slope of one, the bound."""
    axes.set(xscale="log", yscale="log", xlim=limits[0], ylim=limits[1])
    label_few(axes.xaxis, limits[0])
    label_few(axes.yaxis, limits[1])
    axes.tick_params(which="both", labelbottom=False)
    if not curves.msd_angstrom2.gt(0).any():
        note = "no displacement:\nsee the column note"
        axes.text(0.5, 0.5, note, transform=axes.transAxes, ha="center", va="center", fontsize=7)
        return
    for direction, dashes in DASHES.items():
        rows = curves[curves.direction == direction]
        shade = {"color": color("water"), "alpha": 0.2, "least": limits[1][0]}
        band(axes, rows.lag, rows, "angstrom2", **shade)
        marks = {"marker": "o", "ms": 2, "lw": 1.2, "ls": dashes}
        axes.plot(rows.lag, rows.msd_angstrom2, color=color("water"), **marks)
    window = fits.iloc[0]
    axes.axvspan(window.window_from, window.window_to, color="#999999", alpha=0.13, lw=0, zorder=0)
    axes.axhline(uniform_msd(fits).iloc[0], color=GREY, lw=0.7, ls=":")
    lateral = curves[(curves.direction == "lateral") & (curves.msd_angstrom2 > 0)]
    first = lateral.iloc[0]
    lags = np.array(limits[0])
    guide = GUIDE_ABOVE * first.msd_angstrom2 * lags / first.lag
    axes.plot(lags, guide, color=GREY, lw=0.7, zorder=0)


def draw_stayed(axes, curves: pd.DataFrame, limits) -> None:
    """Draw the share of displacements begun in the region that the curves above are taken over."""
    rows = curves[curves.direction == "lateral"]
    axes.set(xscale="log", xlim=limits, ylim=(0, 105))
    label_few(axes.xaxis, limits)
    axes.plot(rows.lag, 100 * rows.stayed_share, color=color("water"), lw=1.1, marker="o", ms=2)
    axes.set_yticks([0, 50, 100])
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")


def handles() -> list:
    """Return the handles of the legend."""
    tint = color("water")
    return [
        Line2D([], [], color=PALETTE["membrane"], label="membrane"),
        Line2D([], [], color=tint, label="water"),
        *(
            Line2D([], [], color=tint, ls=dashes, label=f"{name} MSD")
            for name, dashes in DASHES.items()
        ),
        Line2D([], [], color=GREY, lw=0.7, label="slope 1"),
        Line2D([], [], color=GREY, lw=0.7, ls=":", label="w²/6"),
    ]


def number(value: float, low: float, high: float, digits: str = ".3g") -> str:
    """Return a value with its interval, as a caption has it.

    >>> number(0.91, 0.85, 0.97), number(0.0912, float("nan"), float("nan"))
    ('0.91 (0.85 to 0.97)', '0.0912')
    """
    edges = f" ({low:{digits}} to {high:{digits}})" if np.isfinite(low) else ""
    return f"{value:{digits}}{edges}"


def cell_text(content, fits: pd.DataFrame) -> str:
    """Return the numbers of one panel."""
    cell = Cell(content.layout, content.salt)
    percent = number(content.weight_percent, content.low_percent, content.high_percent)
    text = f"{cell.title}: {percent} % of the wet mass"
    fit = cell.of(fits[fits.direction == "lateral"]).iloc[0]
    if not np.isfinite(fit.alpha):
        return f"{text}, no lateral exponent ({fit.note})"
    alpha = number(fit.alpha, fit.low_alpha, fit.high_alpha)
    moved = number(fit.diffusivity_nm2_ns, fit.low_nm2_ns, fit.high_nm2_ns)
    lag = time_label(fit.to_ps / 1000)
    text += f" (water in {fit.n_trials:g} of the trials)" if fit.interval == PARTLY else ""
    return f"{text}, lateral exponent {alpha}, MSD / 4t {moved} nm²/ns at {lag}"


def caption(curves: pd.DataFrame, fits: pd.DataFrame, content: pd.DataFrame) -> str:
    """Return the caption: what is drawn, the numbers of each panel, and what confinement does."""
    texts = "; ".join(cell_text(row, fits) for row in content.itertuples())
    return (
        "Top: mass density of membrane and water; dashed: faces; grey: dense region. Middle: mean "
        "square displacement (MSD) of the water that is in the dense region in every one of evenly "
        f"chosen full frames ({intervals(curves)} apart) up to the lag, along the membrane (x and "
        "y) and across it (z); grey: window of the exponent. "
        "Bottom: share of the displacements begun there that this keeps. Axial curves bend towards "
        "w²/6, w the width of the region, since those that go farther have left. "
        f"Water in the dense region: {texts}. {band_words(curves, 'lags')}"
    )


def intervals(curves: pd.DataFrame) -> str:
    """Return the times between the frames in which water was stored.

    >>> intervals(pd.DataFrame({"interval_ps": [20.0, 20.0, float("nan")]}))
    '20 ps'
    """
    known = sorted(curves.interval_ps.dropna().unique())
    return " or ".join(f"{one:g}" for one in known) + " ps" if known else "one frame, none"
