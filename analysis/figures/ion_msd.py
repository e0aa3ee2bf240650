"""Mean squared displacement of feed ions inside the membrane, with its exponent."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.along_z import band_words
from analysis.figures.bands import band
from analysis.figures.sheet import Cell, Sheet, panels, stacks, titled
from analysis.figures.style import color, label, ordered, time_label
from analysis.figures.water import GREY, around, label_few, lag_unit, number, uniform_msd
from analysis.statistics import PARTLY
from mdtools.roles import FEED_ION

PANEL_INCHES = (2.6, 5.2)
SHARES = (2.1, 2.1, 1.0)
"""Heights of displacements in space, those by direction, and the shares that stayed."""
DEFINITION, FORM = "ion MSD, inside all along", "displacement"
SPACE = "total"
DASHES = {"lateral": "-", "axial": (0, (4, 1.6))}
LEAST_STAYED = 0.05
"""Of the displacements: beyond lags with fewer, curves are of a few ions and not drawn."""
LEVEL_DASHES = (0, (1, 1.5))
SLOPE_DASHES = (0, (7, 2, 1.2, 2))
GUIDE_ABOVE = 2.5
"""Place of the line of slope one, in first lateral MSDs: above the data."""
BETWEEN_TICKS = 0.7
"""Height of a word that no line of the grid strikes through."""
LINE_SHARE = 0.085
"""Height of a line of text in a panel."""


def ion_msd(ion_msd: pd.DataFrame, ion_diffusion: pd.DataFrame, trials: pd.DataFrame) -> Figure:
    """Draw displacements in space, along and across the membrane, and the shares that stayed."""
    places, rows, columns = panels(ion_msd)
    width, height = PANEL_INCHES
    sheet = Sheet(0.75 + width * max(columns, 2), 0.3 + height * rows)
    curves = sheet.keep("ion_msd", well_known(chosen(ion_msd)))
    fits = chosen(ion_diffusion)
    fits = sheet.keep("ion_diffusion", fits[fits.trial == "all"])
    scale, unit = lag_unit(curves)
    curves = curves.assign(lag=scale * curves.lag_ps)
    fits = fits.assign(window_from=scale * fits.from_ps, window_to=scale * fits.to_ps)
    by_direction = curves.direction != SPACE
    pooled = curves[curves.trial == "all"]
    limits = (
        around(curves.lag),
        around(pooled.msd_angstrom2[by_direction]),
        around(pooled.msd_angstrom2[~by_direction]),
    )
    grid = stacks(sheet, rows, columns, SHARES)
    for panel in places:
        top, upper, lower = grid[panel.row, panel.column]
        own = panel.cell.of(curves)
        for axes in (top, upper, lower):
            axes.set_visible(True)
            axes.set(xscale="log", xlim=limits[0])
            label_few(axes.xaxis, limits[0])
        draw_space(top, own, panel.cell.of(fits), limits[2])
        draw_msd(upper, own, panel.cell.of(fits), limits)
        draw_stayed(lower, own)
        for axes in (top, upper):
            axes.tick_params(which="both", labelleft=panel.left, labelbottom=False)
        lower.tick_params(which="both", labelleft=panel.left, labelbottom=panel.lowest)
        top.set_ylabel("MSD in space of feed\nions inside (Å$^2$)" if panel.left else "")
        upper.set_ylabel("MSD along and\nacross (Å$^2$)" if panel.left else "")
        lower.set_ylabel("share that\nstayed (%)" if panel.left else "")
        lower.set_xlabel(f"lag ({unit})" if panel.lowest else "")
        titled(top, panel.cell, trials)
    sheet.key(handles(curves))
    return sheet.finish(caption(curves, fits))


def chosen(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are drawn."""
    own = table[(table.role == FEED_ION) & (table.definition == DEFINITION) & (table.of == FORM)]
    return own[own.direction.isin([SPACE, *DASHES])]


def well_known(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the curves as far as enough ions stayed; rows without a curve are kept."""
    return curves[~(curves.stayed_share < LEAST_STAYED)]


def draw_space(axes, curves: pd.DataFrame, fits: pd.DataFrame, limits) -> None:
    """Draw displacements in three dimensions: mean and range of the trials, slopes, levels."""
    axes.set(yscale="log", ylim=limits)
    label_few(axes.yaxis, limits)
    pooled = curves[(curves.direction == SPACE) & (curves.trial == "all")]
    if not pooled.msd_angstrom2.gt(0).any():
        say_none(axes)
        return
    fits = fits[fits.direction == SPACE]
    draw_window(axes, fits.iloc[0])
    texts = []
    for species in ordered(pooled.species):
        rows, tint = pooled[pooled.species == species], color(species)
        low, high = rows.min_angstrom2, rows.max_angstrom2
        axes.fill_between(rows.lag, low, high, where=low > 0, color=tint, alpha=0.22, lw=0)
        axes.plot(rows.lag, rows.msd_angstrom2, color=tint, lw=1.3)
        fit = fits[fits.species == species].iloc[0]
        if np.isfinite(fit.slope):
            axes.axhline(fit.middle_angstrom2, color=tint, lw=0.7, ls=LEVEL_DASHES, zorder=1)
            slope = number(fit.slope, fit.low_slope, fit.high_slope, ".2f")
            texts.append((f"{label(species)} slope {slope}".replace("-", "−"), tint))
    write_lines(axes, texts)


def say_none(axes) -> None:
    """Write that there is no curve, and where to look."""
    note = "no ion in the dense region:\nsee the column note"
    axes.text(0.5, 0.5, note, transform=axes.transAxes, ha="center", va="center", fontsize=7)


def draw_window(axes, fit: pd.Series) -> None:
    """Draw the window of the exponents in grey."""
    axes.axvspan(fit.window_from, fit.window_to, color="#999999", alpha=0.13, lw=0, zorder=0)


def write_lines(axes, texts: list[tuple[str, str]]) -> None:
    """Write lines (text, colour) into the lower right corner of a panel, the first one on top."""
    for line, (text, tint) in enumerate(reversed(texts)):
        axes.text(
            0.98,
            0.03 + LINE_SHARE * line,
            text,
            transform=axes.transAxes,
            ha="right",
            fontsize=6.5,
            color=tint,
            bbox={"facecolor": "white", "alpha": 0.7, "lw": 0, "pad": 0.6},
        )


def draw_msd(axes, curves: pd.DataFrame, fits: pd.DataFrame, limits) -> None:
    """Draw the displacements of a panel, the window, a slope of one, the bound, the exponents."""
    axes.set(yscale="log", ylim=limits[1])
    label_few(axes.yaxis, limits[1])
    if not curves.msd_angstrom2.gt(0).any():
        say_none(axes)
        return
    draw_window(axes, fits.iloc[0])
    axes.axhline(uniform_msd(fits).iloc[0], color=GREY, lw=0.7, ls=":")
    for species in ordered(curves.species):
        own = curves[curves.species == species]
        for direction, dashes in DASHES.items():
            rows = own[own.direction == direction]
            draw_species(axes, color(species), rows, dashes)
    draw_guide(axes, curves)
    lateral = fits[fits.direction == "lateral"]
    texts = [(alpha_text(lateral, name), color(name)) for name in ordered(lateral.species)]
    write_lines(axes, [(text, tint) for text, tint in texts if text])


def draw_species(axes, tint: str, rows: pd.DataFrame, dashes) -> None:
    """Draw one species in one direction: pooled with the band, and of lateral ones each trial."""
    pooled = rows[rows.trial == "all"]
    lateral = dashes == DASHES["lateral"]
    if lateral:
        shade = {"color": tint, "alpha": 0.18, "where_positive": True}
        band(axes, pooled.lag, pooled, "angstrom2", **shade)
        if rows.trial.nunique() > 2:
            for _, curve in rows[rows.trial != "all"].groupby("trial", sort=False):
                axes.plot(curve.lag, curve.msd_angstrom2, color=tint, lw=0.5, alpha=0.7)
    axes.plot(pooled.lag, pooled.msd_angstrom2, color=tint, ls=dashes, lw=1.3 if lateral else 1.0)


def draw_guide(axes, curves: pd.DataFrame) -> None:
    """Draw a line of slope one above the highest curve's begin."""
    lateral = curves[(curves.direction == "lateral") & (curves.msd_angstrom2 > 0)]
    first = lateral[lateral.lag == lateral.lag.min()]
    lags = np.array(axes.get_xlim())
    guide = GUIDE_ABOVE * first.msd_angstrom2.max() * lags / first.lag.iloc[0]
    axes.plot(lags, guide, color=GREY, lw=0.7, ls=SLOPE_DASHES, zorder=0)


def alpha_text(fits: pd.DataFrame, species: str) -> str:
    """Return the exponent of a species in a panel, empty if there is none."""
    fit = fits[fits.species == species].iloc[0]
    if not np.isfinite(fit.alpha):
        return ""
    text = f"{label(species)} α = {number(fit.alpha, fit.low_alpha, fit.high_alpha, '.2f')}"
    return text.replace("-", "−")


def draw_stayed(axes, curves: pd.DataFrame) -> None:
    """Draw the share of displacements begun in the region that the curves above are taken over."""
    axes.set(ylim=(0, 105))
    axes.set_yticks([0, 50, 100])
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")
    rows = curves[(curves.direction == "lateral") & (curves.trial == "all")]
    for species in ordered(rows.species):
        own = rows[rows.species == species]
        axes.plot(own.lag, 100 * own.stayed_share, color=color(species), lw=1.1)
    if not rows.stayed_share.gt(0).any():
        middle = {"transform": axes.transAxes, "ha": "center", "va": "center", "fontsize": 7}
        axes.text(0.5, BETWEEN_TICKS, "none that could stay", **middle)


def handles(curves: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    grey: dict = {"color": "#555555"}
    return [
        *(Line2D([], [], color=color(name), label=label(name)) for name in ordered(curves.species)),
        *(Line2D([], [], ls=dash, label=name, **grey) for name, dash in DASHES.items()),
        Patch(color="#555555", alpha=0.3, lw=0, label="range of trials (top)"),
        Line2D([], [], lw=0.5, label="single trials", **grey),
        Line2D([], [], lw=0.7, ls=LEVEL_DASHES, label="MSD at the window's middle", **grey),
        Line2D([], [], color=GREY, lw=0.7, ls=SLOPE_DASHES, label="slope 1"),
        Line2D([], [], color=GREY, lw=0.7, ls=":", label="w²/6"),
        Patch(color="#999999", alpha=0.25, label="window of slopes"),
    ]


def cell_text(cell: Cell, fits: pd.DataFrame) -> str:
    """Return the numbers of one panel."""
    texts = []
    for species in ordered(fits.species):
        fit = fits[fits.species == species].iloc[0]
        lag = time_label(fit.to_ps / 1000)
        if np.isfinite(fit.diffusivity_nm2_ns):
            coefficient = number(fit.diffusivity_nm2_ns, fit.low_nm2_ns, fit.high_nm2_ns, ".2g")
            partly = f", in {fit.n_trials:g} of the trials" if fit.interval == PARTLY else ""
            texts.append(f"{label(species)} {coefficient} at {lag}, {fit.n:g} ions{partly}")
        else:
            texts.append(f"{label(species)} none ({fit.note})")
    return f"{cell.title}: {'; '.join(texts)}"


def middles(fits: pd.DataFrame) -> str:
    """Return where the levels are taken, as a caption has it.

    >>> middles(pd.DataFrame({"middle_ps": [126.0, 126.0]}))
    'at the middle of the window (126 ps)'
    """
    known = [time_label(one / 1000) for one in sorted(fits.middle_ps.dropna().unique())]
    return "at the middle of the window" + (f" ({' / '.join(known)})" if known else "")


def caption(curves: pd.DataFrame, fits: pd.DataFrame) -> str:
    """Return the caption: what is drawn, numbers of each panel, confinement and drive."""
    lateral = fits[fits.direction == "lateral"]
    seen = [Cell(*pair) for pair in lateral[["layout", "salt"]].drop_duplicates().to_numpy()]
    panel_texts = ". ".join(cell_text(cell, cell.of(lateral)) for cell in seen)
    pooled = (curves.trial == "all") & (curves.direction != SPACE)
    band = band_words(curves[pooled], "lags").replace("Band:", "Band of the middle:", 1)
    windows = fits[["from_ps", "to_ps"]].drop_duplicates().to_numpy() / 1000
    window = "in the window of its panel"
    if len(windows) == 1:
        window = "from {} to {}".format(*map(time_label, windows[0]))
    return (
        "Top: mean squared displacement (MSD) in three dimensions of feed ions that are in the "
        "dense region of the membrane in every fast frame up to the lag, from every frame: mean of "
        "the trials, and shaded the range of the trials, which is no interval; dotted in colour: "
        f"MSD {middles(fits)}, whence D of MSD = 6 D τ to the power of the slope. Slope: of log "
        f"MSD over log lag {window} "
        "(grey), with its interval over trials, as the published study has it, drive and limits "
        "included. Middle: the same along the membrane (x and y, solid) and across it (z, dashed). "
        "Bottom: share of the displacements begun there that "
        f"this keeps; curves end where it falls to {100 * LEAST_STAYED:g} %. α: the slope along "
        "the membrane. Across "
        "the membrane staying inside bends the curve towards w²/6, w the width of the region, and "
        "the drive adds the square of a drift: its slope is no exponent of diffusion. MSD / 4t "
        f"along the membrane (nm²/ns), and ions ever there: {panel_texts}. {band}"
    )
