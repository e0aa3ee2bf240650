"""Permeation of two salts against pH, the charge that it takes, and what is left over."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from analysis.figures.continuum.ions import label
from analysis.figures.sheet import Sheet

SIZE_INCHES = (7.2, 5.0)
STYLES = {
    "one fraction": ("#999999", (0, (1, 1.1))),
    "two fractions": ("#D55E00", "solid"),
    "two fractions, calcium": ("#009E73", (0, (4, 1.5))),
    "two fractions, layers": ("#CC79A7", (0, (4, 1, 1, 1))),
    "net charge, calcium": ("#0072B2", "solid"),
    "net charge, two fractions": ("#5B3A8E", (0, (6, 1.2))),
}
"""Variants that are drawn: colour and dashes."""
BAND_ALPHA = 0.13
LINEAR_TO = 20.0
"""mol/m3, up to which the axis of the charge is linear."""
SIGNS_APART, SIGNS_NAMED_AT = 0.3, 8.5
"""pH."""
HIGHEST = 400.0
"""mol/m3, end of that axis."""
SIGN_WORDS = {1: "+", -1: "−", 0: "0"}


def ph_dependence(
    points: pd.DataFrame,
    curves: pd.DataFrame,
    zeta: pd.DataFrame,
    summary: pd.DataFrame,
    free_charge: pd.DataFrame,
) -> Figure:
    """Draw permeations with their measured values, charge with the sign of zeta, and residuals.

    Parameters
    ----------
    points : DataFrame
        variant, salt, ion, pH, measured, sd, predicted, residual_sd.
    curves : DataFrame
        variant, salt, pH, permeation, permeation_low, permeation_high, bare_charge_mol_m3 and its
        low and high.
    zeta : DataFrame
        pH, sign.
    summary : DataFrame
        variant, chi2, freedom.
    free_charge : DataFrame
        pore, pH, charge_mol_m3, low, high: charge at each pH that the data alone ask for; of the
        first pore.
    """
    drawn = [name for name in STYLES if name in set(points.variant)]
    drawn = drawn or list(dict.fromkeys(points.variant))[: len(STYLES)]
    sheet = Sheet(*SIZE_INCHES)
    points = sheet.keep("points", points[points.variant.isin(drawn)])
    curves = sheet.keep("curves", curves[curves.variant.isin(drawn)])
    zeta = sheet.keep("zeta", zeta)
    free_charge = sheet.keep(
        "free_charge", free_charge[free_charge.pore == free_charge.pore.iloc[0]]
    )
    grid = sheet.subplots(2, 2)
    salts = list(dict.fromkeys(points.salt))
    for axes, salt in zip(grid[0], salts, strict=False):
        _permeation(axes, points[points.salt == salt], curves[curves.salt == salt], drawn)
        ion = label(points[points.salt == salt].ion.iloc[0])
        axes.set_title(f"{ion} of {salt}".replace("CaCl2", "CaCl₂"))
        axes.set(xlabel="pH", ylim=(0, 1))
    grid[0, 0].set_ylabel("permeation")
    _charge(grid[1, 0], curves[curves.salt == salts[0]], zeta, drawn)
    grid[1, 0].errorbar(
        free_charge.pH,
        free_charge.charge_mol_m3,
        [
            free_charge.charge_mol_m3 - free_charge.low,
            free_charge.high - free_charge.charge_mol_m3,
        ],
        ls="none",
        marker="s",
        ms=5,
        mfc="white",
        color="black",
        capsize=2.5,
        elinewidth=1,
        zorder=5,
    )
    _residuals(grid[1, 1], points, drawn)
    handles = [
        Line2D([], [], color=_style(name, i)[0], ls=_style(name, i)[1], label=name)
        for i, name in enumerate(drawn)
    ]
    measured = Line2D([], [], ls="none", marker="o", ms=5, color="black", label="measured")
    asked = Line2D(
        [],
        [],
        ls="none",
        marker="s",
        ms=5,
        mfc="white",
        color="black",
        label="charge free at each pH",
    )
    sheet.key([measured, asked, *handles])
    misfit = summary.set_index("variant").loc[drawn]
    listed = "; ".join(f"{name} {row.chi2:.1f} ({row.freedom})" for name, row in misfit.iterrows())
    return sheet.finish(
        "NF270 at 0.1 mol/L. (a, b) c_permeate / c_feed of the cation: measured (Liu et al., "
        f"Membranes 15, 184 (2025)) with an assumed standard deviation of {points.sd.iloc[0]:g}; "
        "lines: DSPM-DE with the charge of the membrane's titrated sites, the fraction that counts "
        "fitted to all five points at 10 bar with a film; bands: envelope of the fits along the 95 "
        "% profiles, which understate where the misfit is large. The study prints no number for "
        "CaCl₂ at pH 7. (c) Charge of the groups per pore fluid, without bound calcium, linear "
        f"between ±{LINEAR_TO:g}; squares: fitted at each pH without sites, with the pore of "
        f"{free_charge.pore.iloc[0]}, and 95 % intervals; signs above: those of measured zeta "
        "potentials. (d) Predicted less measured, over the standard deviation; grey: within 2. "
        "Sums of squares (degrees of "
        f"freedom): {listed}."
    )


def _style(name: str, place: int) -> tuple[str, object]:
    return STYLES.get(name, list(STYLES.values())[place])


def _permeation(axes, points: pd.DataFrame, curves: pd.DataFrame, drawn: list[str]) -> None:
    for place, name in enumerate(drawn):
        shade, dashes = _style(name, place)
        own = curves[curves.variant == name].sort_values("pH")
        axes.fill_between(
            own.pH, own.permeation_low, own.permeation_high, color=shade, alpha=BAND_ALPHA, lw=0
        )
        axes.plot(own.pH, own.permeation, color=shade, ls=dashes, lw=1.4)
    measured = points.drop_duplicates("pH")
    axes.errorbar(
        measured.pH,
        measured.measured,
        measured.sd,
        ls="none",
        marker="o",
        ms=5,
        color="black",
        capsize=2.5,
        elinewidth=1,
        zorder=5,
    )


def _charge(axes, curves: pd.DataFrame, zeta: pd.DataFrame, drawn: list[str]) -> None:
    axes.axhline(0, color="#999999", lw=0.6, zorder=0)
    for place, name in enumerate(drawn):
        shade, dashes = _style(name, place)
        own = curves[curves.variant == name].sort_values("pH")
        axes.fill_between(
            own.pH,
            own.bare_charge_mol_m3_low,
            own.bare_charge_mol_m3_high,
            color=shade,
            alpha=BAND_ALPHA,
            lw=0,
        )
        axes.plot(own.pH, own.bare_charge_mol_m3, color=shade, ls=dashes, lw=1.4)
    axes.set_yscale("symlog", linthresh=LINEAR_TO)
    axes.set_ylim(-HIGHEST, HIGHEST)
    axes.set_title("charge of the groups")
    axes.set(xlabel="pH", ylabel="X (mol m⁻³)")
    last = -np.inf
    for row in zeta.sort_values("pH").itertuples():
        if row.pH - last < SIGNS_APART:
            continue
        last = row.pH
        _on_top(axes, row.pH, SIGN_WORDS[row.sign])
    _on_top(axes, SIGNS_NAMED_AT, "sign of zeta", fontsize=6.5)


def _on_top(axes, pH: float, text: str, fontsize: float = 9) -> None:
    where = axes.get_xaxis_transform()
    axes.text(pH, 0.96, text, transform=where, ha="center", va="center", fontsize=fontsize)


def _residuals(axes, points: pd.DataFrame, drawn: list[str]) -> None:
    keys = list(dict.fromkeys(zip(points.salt, points.pH, strict=True)))
    axes.axhspan(-2, 2, color="#DDDDDD", lw=0, zorder=0)
    axes.axhline(0, color="#999999", lw=0.6, zorder=0)
    width = 0.13
    for place, name in enumerate(drawn):
        shade, _ = _style(name, place)
        own = points[points.variant == name].set_index(["salt", "pH"]).residual_sd
        shift = width * (place - (len(drawn) - 1) / 2)
        at = np.arange(len(keys)) + shift
        axes.plot(at, [own[key] for key in keys], ls="none", marker="o", ms=4, color=shade)
    names = [f"{salt}\npH {pH:g}".replace("CaCl2", "CaCl₂") for salt, pH in keys]
    axes.set_xticks(range(len(keys)), names)
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_title("residuals")
    axes.set(ylabel="(predicted − measured) / sd", xlim=(-0.5, len(keys) - 0.5))
