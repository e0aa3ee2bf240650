"""Performance at a fixed flux against one property of a membrane."""

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.continuum.ions import label, line_handles, line_style, ordered
from analysis.figures.sheet import Sheet

SIZE_INCHES = (7.2, 2.5)
HARDNESS_RANGE = (0.8, 0.9)
"""Measured on the benchmark below 4 bar."""
MEASURED_PRESSURE_BAR = 3.0
"""At which the benchmark gives about this flux."""
BENCHMARK_DASHES = (0, (1.5, 1.5))
MEASURED_COLOR = "#8E5EA2"
MEASURED_BAR = {"fmt": "none", "ecolor": MEASURED_COLOR, "elinewidth": 3, "zorder": 3}
ROOM = 0.05
LOWEST_REJECTION = -0.3
"""Below it, the axis of rejections does not follow a curve."""


@dataclass(frozen=True)
class Property:
    """A varied property: its column, its name with the unit, and the figure it corresponds to."""

    column: str
    axis: str
    number: int


THICKNESS = Property("effective_thickness_um", "effective thickness (µm)", 5)
CHARGE = Property("charge_density_mol_m3", "charge density (mol m⁻³)", 6)
RADIUS = Property("pore_radius_nm", "pore radius (nm)", 7)
PERMITTIVITY = Property("pore_permittivity", "relative permittivity in the pore", 8)


def effective_thickness(rejections: pd.DataFrame, performance: pd.DataFrame) -> Figure:
    """Draw rejections, hardness removal and applied pressure against effective thickness.

    Parameters
    ----------
    rejections : DataFrame
        effective_thickness_um, ion, rejection.
    performance : DataFrame
        effective_thickness_um, hardness_removal, pressure_bar, flux_lmh, benchmark (true in the
        row of the membrane that is varied).
    """
    return _figure(THICKNESS, rejections, performance)


def charge_density(rejections: pd.DataFrame, performance: pd.DataFrame) -> Figure:
    """Like `effective_thickness`, against charge_density_mol_m3."""
    return _figure(CHARGE, rejections, performance)


def pore_radius(rejections: pd.DataFrame, performance: pd.DataFrame) -> Figure:
    """Like `effective_thickness`, against pore_radius_nm."""
    return _figure(RADIUS, rejections, performance)


def pore_permittivity(rejections: pd.DataFrame, performance: pd.DataFrame) -> Figure:
    """Like `effective_thickness`, against pore_permittivity."""
    return _figure(PERMITTIVITY, rejections, performance)


def _figure(varied: Property, rejections: pd.DataFrame, performance: pd.DataFrame) -> Figure:
    sheet = Sheet(*SIZE_INCHES)
    rejections = sheet.keep("rejections", rejections)
    performance = sheet.keep("performance", performance)
    ions, hardness, pressure = sheet.subplots(1, 3)
    x = performance[varied.column]
    _draw_ions(ions, varied, rejections)
    hardness.plot(x, performance.hardness_removal, color="black")
    hardness.set(ylabel="hardness removal", ylim=(min(0, performance.hardness_removal.min()), 1))
    pressure.plot(x, performance.pressure_bar, color="black")
    benchmark = performance[performance.benchmark].iloc[0]
    low, high = HARDNESS_RANGE
    hardness.errorbar(benchmark[varied.column], (low + high) / 2, (high - low) / 2, **MEASURED_BAR)
    pressure.plot(
        benchmark[varied.column],
        MEASURED_PRESSURE_BAR,
        marker="s",
        mfc="none",
        mec=MEASURED_COLOR,
        ms=5,
    )
    pressure.set(ylabel="applied pressure (bar)")
    pressure.set_ylim(0, (1 + ROOM) * performance.pressure_bar.max())
    for axes in (ions, hardness, pressure):
        axes.axvline(benchmark[varied.column], color="#777777", lw=0.8, ls=BENCHMARK_DASHES)
        axes.set(xlabel=varied.axis, xlim=(x.min(), x.max()))
    sheet.key([*line_handles(rejections.ion), *_other_handles()])
    return sheet.finish(_caption(varied, rejections, benchmark))


def _draw_ions(axes, varied: Property, rejections: pd.DataFrame) -> None:
    for ion in ordered(rejections.ion):
        curve = rejections[rejections.ion == ion]
        axes.plot(curve[varied.column], curve.rejection, **line_style(ion))
    axes.axhline(0, color="#999999", lw=0.6, zorder=0)
    lowest = max(LOWEST_REJECTION, min(0, rejections.rejection.min()))
    axes.set(ylabel="rejection", ylim=(lowest - ROOM, 1 + ROOM / 2))


def _other_handles() -> list:
    return [
        Line2D([], [], color="#777777", lw=0.8, ls=BENCHMARK_DASHES, label="LbL1.5C as fitted"),
        Line2D(
            [], [], ls="none", marker="s", mfc="none", mec=MEASURED_COLOR, ms=5, label="measured"
        ),
        Line2D([], [], color=MEASURED_COLOR, lw=3, label="measured range"),
    ]


def _caption(varied: Property, rejections: pd.DataFrame, benchmark: pd.Series) -> str:
    ions = ", ".join(label(ion) for ion in ordered(rejections.ion))
    return (
        f"Model of LbL1.5C in synthetic seawater ({ions}) at a fixed flux of "
        f"{benchmark.flux_lmh:.3g} L m⁻² h⁻¹, one property varied: {varied.axis}. (a) Rejection of "
        "each ion. (b) Removal of calcium and magnesium by amount. (c) Pressure that drives the "
        "flux: Hagen-Poiseuille and van 't Hoff's osmotic pressure. Assumed: ideal activities, "
        "Born exclusion with Stokes radii, hindrance after Dechadilok and Deen, no image charges, "
        "no concentration polarisation. Measured: LbL1.5C removed 80 to 90 % of the hardness "
        "below 4 bar, and gave about this flux at 3 bar; no other point of these curves was "
        f"measured. Corresponds to figure {varied.number} of Labban et al., J. Membr. Sci. 554, "
        "26 (2018)."
    )
