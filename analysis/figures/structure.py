"""The membrane in water: densities, pore sizes, water content and thickness, beside the study's."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.along_z import FACES, draw_faces
from analysis.figures.bands import band, bar
from analysis.figures.membrane import MEAN_DASHES, PORE_SHARE
from analysis.figures.sheet import (
    Cell,
    Panel,
    Sheet,
    band_text,
    cells,
    outer_span,
    panels,
    sides,
    titled,
)
from analysis.figures.style import PALETTE, color, z_label
from analysis.observables.profiles import WET
from analysis.observables.structure import DENSE, MEMBRANE

PANEL_INCHES = (2.7, 3.0)
SHARES = (1.2, 1.0)
"""Heights of densities and pore sizes."""
BEYOND_ANGSTROM = 12.0
"""How much of the reservoirs is shown beyond the faces."""
SUMMARY_INCHES, ROW_INCHES = 0.75, 0.3
"""Height of the axes of the summary without rows, and of a layout in it."""
SALT_MARKERS = ("o", "s", "^", "D")
ROW_SHARE = 0.6
"""Of a layout's row, over which its salts and places are spread."""
WET_COLOR, STUDY_COLOR = "#222222", "#8E5EA2"
LINES = {"membrane": color("membrane"), "water": color("water"), WET: WET_COLOR}
SUMMARY = {
    "density_g_cm3": ("density of polymer (g/cm$^3$)", (DENSE,)),
    "water_percent": ("water in wet mass (%)", (MEMBRANE, DENSE)),
    "thickness_nm": ("thickness (nm)", (MEMBRANE, DENSE)),
}
"""Label and places of each quantity of the summary."""
DENSITY, PORE = "density_g_cm3", "mean_pore_diameter_angstrom"
SMALL: dict = {"fontsize": 6.5, "va": "top"}
FAR_COLOR = "#B00020"


def structure(
    structure: pd.DataFrame,
    pore_sizes: pd.DataFrame,
    density: pd.DataFrame,
    water: pd.DataFrame,
    extent: pd.DataFrame,
    trials: pd.DataFrame,
) -> Figure:
    """Draw densities and pore sizes of each cell, and what its membrane is like, with the study."""
    places, rows, columns = panels(density)
    width, height = PANEL_INCHES
    count = len(structure.layout.unique())
    summary = SUMMARY_INCHES + ROW_INCHES * count
    sheet = Sheet(0.7 + width * max(columns, 2), height * rows + summary)
    structure = sheet.keep("structure", structure[structure.trial == "all"])
    pores = sheet.keep("pore_sizes", pore_sizes[pore_sizes.trial == "all"])
    density = sheet.keep("density", density[density.trial == "all"])
    dense = water[(water.trial == "all") & (water.place == DENSE)]
    parts = sheet.add_gridspec(2, 1, height_ratios=(height * rows, summary))
    grid = parts[0].subgridspec(2 * rows, columns, height_ratios=SHARES * rows)
    first = outer_span(extent, "feed face", "permeate face")
    limits = {
        "z": (first[0] - BEYOND_ANGSTROM, first[1] + BEYOND_ANGSTROM),
        "density": (0, 1.4 * density[["density_g_cm3", "high_g_cm3"]].max().max()),
        **pore_limits(pores, structure),
    }
    for panel in places:
        upper, lower = (
            sheet.add_subplot(grid[2 * panel.row + part, panel.column]) for part in (0, 1)
        )
        cell = panel.cell
        region = cell.of(dense).iloc[0]
        draw_density(upper, cell, density, (region.from_angstrom, region.to_angstrom), structure)
        draw_faces([upper], cell.of(extent))
        upper.set(xlim=limits["z"], ylim=limits["density"])
        draw_pores(lower, cell, pores, structure)
        lower.set(xlim=limits["diameter"], ylim=limits["pores"])
        label_axes(upper, lower, panel, columns)
        titled(upper, cell, trials)
    draw_summary(sheet, parts[1].subgridspec(1, len(SUMMARY)), structure)
    sheet.key(handles(structure))
    return sheet.finish(caption(structure, pores))


def pore_limits(pores: pd.DataFrame, structure: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return the ranges of diameters and of their shares, also without any."""
    study = of_quantity(structure, PORE).iloc[0]
    end, top = study.study_value + study.study_sd, 0.0
    if len(pores):
        top = float(np.nanmax(pores[["density_per_angstrom", "high_per_angstrom"]]))
        seen = pores.density_per_angstrom > PORE_SHARE * pores.density_per_angstrom.max()
        end = max(end, pores.diameter_angstrom[seen].max())
    return {"diameter": (0, 1.1 * end), "pores": (0, 1.35 * (top or 1.0))}


def of_quantity(structure: pd.DataFrame, quantity: str, place: str = DENSE) -> pd.DataFrame:
    """Return the rows of a quantity at a place."""
    return structure[(structure.quantity == quantity) & (structure.place == place)]


def draw_density(axes, cell: Cell, density, region: tuple, structure: pd.DataFrame) -> None:
    """Draw polymer, water and both along z; in the dense region the mean and the study's."""
    own = cell.of(density)
    axes.axvspan(*region, color=PALETTE["membrane"], alpha=0.12, lw=0)
    for name, tint in LINES.items():
        curve = own[own.of == name]
        z = curve.z_angstrom
        band(axes, z, curve, "g_cm3", color=tint, alpha=0.2)
        axes.plot(z, curve.density_g_cm3, color=tint, lw=0.8 if name == WET else 1.1)
    row = cell.of(of_quantity(structure, DENSITY)).iloc[0]
    low, high = row.study_value - row.study_sd, row.study_value + row.study_sd
    axes.fill_between(region, low, high, color=STUDY_COLOR, alpha=0.45, lw=0)
    axes.hlines(row.value, *region, color="black", lw=0.9, ls=MEAN_DASHES)
    text, tint = gap(row, ".2f", "")
    axes.text(0.5, 0.89, text, transform=axes.transAxes, ha="center", color=tint, **SMALL)
    sides(axes)


def draw_pores(axes, cell: Cell, pores: pd.DataFrame, structure: pd.DataFrame) -> None:
    """Draw the pore-size distribution with its mean and the study's mean."""
    row = cell.of(of_quantity(structure, PORE)).iloc[0]
    low, high = row.study_value - row.study_sd, row.study_value + row.study_sd
    axes.axvspan(low, high, color=STUDY_COLOR, alpha=0.35, lw=0)
    own, tint = cell.of(pores), PALETTE["membrane"]
    text, far = (row.note, "#555555") if not np.isfinite(row.value) else gap(row, ".1f", " Å")
    axes.text(0.03, 0.97, text, transform=axes.transAxes, ha="left", color=far, **SMALL)
    if own.empty:
        return
    band(axes, own.diameter_angstrom, own, "per_angstrom", color=tint, alpha=0.25)
    axes.plot(own.diameter_angstrom, own.density_per_angstrom, color=tint, lw=1.1)
    axes.axvline(row.value, color="black", lw=0.9, ls=MEAN_DASHES)


def gap(row, form: str, unit: str) -> tuple[str, str]:
    """Return a number with its distance from the study, and red beyond one standard deviation.

    >>> row = pd.Series({"value": 1.0, "study_value": 0.8, "study_sd": 0.05})
    >>> gap(row, ".2f", "")
    ('1.00, 0.20 above the study (4 sd)', '#B00020')
    """
    apart, text = row.value - row.study_value, f"{row.value:{form}}{unit}"
    if abs(apart) <= row.study_sd:
        return f"{text}, within 1 sd of the study", "#333333"
    where = f"{abs(apart):{form}}{unit} {'above' if apart > 0 else 'below'} the study"
    return f"{text}, {where} ({abs(apart) / row.study_sd:.0f} sd)", FAR_COLOR


def label_axes(upper, lower, panel: Panel, columns: int) -> None:
    """Label the axes of a panel, those of numbers only at the left."""
    upper.set_xlabel(z_label(columns))
    lower.set_xlabel("pore diameter (Å)")
    for axes, name in ((upper, "density\n(g/cm$^3$)"), (lower, "share of open\nvolume (1/Å)")):
        axes.tick_params(labelleft=panel.left)
        axes.set_ylabel(name if panel.left else "")


def draw_summary(sheet: Sheet, grid, structure: pd.DataFrame) -> None:
    """Draw density, water content and thickness of every layout and salt, with intervals."""
    layouts, salts = list(structure.layout.unique()), list(structure.salt.unique())
    for column, (quantity, (name, shown)) in enumerate(SUMMARY.items()):
        axes = sheet.add_subplot(grid[column])
        study = of_quantity(structure, quantity).iloc[0]
        low, high = study.study_value - study.study_sd, study.study_value + study.study_sd
        if np.isfinite(low):
            axes.axvspan(low, high, color=STUDY_COLOR, alpha=0.35, lw=0)
        elif np.isfinite(study.study_value):
            axes.axvline(study.study_value, color=STUDY_COLOR, lw=1.4)
        for number, (place, salt) in enumerate((p, s) for p in shown for s in salts):
            rows = of_quantity(structure, quantity, place)
            rows = rows[rows.salt == salt]
            count = len(shown) * len(salts)
            shift = ROW_SHARE * ((number + 0.5) / count - 0.5)
            y = [layouts.index(one) + shift for one in rows.layout]
            reach = np.array([rows.value - rows.low, rows.high - rows.value])
            bar(axes, y, rows, "", across=True, color=PALETTE["membrane"])
            axes.errorbar(
                rows.value,
                y,
                xerr=np.nan_to_num(reach),
                fmt=SALT_MARKERS[salts.index(salt) % len(SALT_MARKERS)],
                ms=3.6,
                mfc="white" if place == MEMBRANE else PALETTE["membrane"],
                color=PALETTE["membrane"],
                lw=0.9,
                capsize=1.8,
            )
        axes.set(xlabel=name, ylim=(len(layouts) - 0.4, -0.6), xlim=(0, 1.12 * axes.get_xlim()[1]))
        axes.set_yticks(range(len(layouts)), layouts if column == 0 else [])
        axes.grid(axis="x", lw=0.4, color="#DDDDDD")


def handles(structure: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    labels = ("polymer", "water", "both")
    tints = zip(labels, LINES.values(), strict=True)
    lines = [Line2D([], [], color=tint, label=name) for name, tint in tints]
    salts = list(structure.salt.unique())
    grey = PALETTE["membrane"]
    dot: dict = {"ls": "none", "color": grey, "ms": 3.6}
    marks = [
        Line2D([], [], marker="o", mfc="white", label="in the membrane", **dot),
        Line2D([], [], marker="o", mfc=grey, label="in the dense region", **dot),
    ]
    if len(salts) > 1:
        marks += [
            Line2D([], [], marker=marker, label=salt, **dot)
            for marker, salt in zip(SALT_MARKERS, salts, strict=False)
        ]
    return [
        *lines,
        Line2D([], [], label="5 % faces", **FACES),
        Line2D([], [], color="black", lw=0.9, ls=MEAN_DASHES, label="mean"),
        Patch(color=STUDY_COLOR, alpha=0.4, label="study, in water"),
        *marks,
    ]


def caption(structure: pd.DataFrame, pores: pd.DataFrame) -> str:
    """Return the caption: what is drawn, and how far the membranes are from the study's."""
    study, pore = (of_quantity(structure, name).iloc[0] for name in (DENSITY, PORE))
    texts = "; ".join(cell_text(cell, structure) for cell in cells(structure))
    frames = sorted(of_quantity(structure, PORE).frames.unique())
    return (
        "The membrane in water. Top: mass density of the polymer, of water and of both; grey: "
        "dense region, with its mean density of the polymer (dashed) and the study's of its "
        f"densest region ({study.study_value:.2f} ± {study.study_sd:.2f} g/cm³). Middle: geometric "
        "pore sizes of the polymer in the dense region, water and ions left out, mean over "
        f"{' or '.join(f'{n:g}' for n in frames)} frames of all trials; dashed: mean diameter, "
        f"beside the study's ({pore.study_value:.1f} ± {pore.study_sd:.1f} Å). Red numbers are "
        "more than one standard deviation of the study from it. Bottom: with t intervals over "
        f"trials; the study tells no water content. {texts}. "
        f"{band_text(structure, ', cut off at 0')}"
    )


def cell_text(cell: Cell, structure: pd.DataFrame) -> str:
    """Return the numbers of one cell."""
    own = cell.of(structure).set_index(["place", "quantity"]).value
    return (
        f"{cell.title}: {own[DENSE, DENSITY]:.2f} g/cm³ over {own[DENSE, 'thickness_nm']:.2f} nm, "
        f"{own[MEMBRANE, 'thickness_nm']:.2f} nm from face to face, "
        f"{own[MEMBRANE, 'water_percent']:.0f} % water there and "
        f"{own[DENSE, 'water_percent']:.0f} % in the dense region"
    )
