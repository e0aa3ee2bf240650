"""What a distribution of pore radii does: to rejections, to designs, to partitioning and fluxes."""

import numpy as np
import pandas as pd

from analysis.figures.continuum.ions import (
    color,
    label,
    line_handles,
    line_style,
    marker_handles,
    marker_style,
    ordered,
    sign_of,
)
from analysis.figures.sheet import Sheet
from analysis.figures.style import WHEEL

VIOLINS_INCHES, SWEEPS_INCHES, BARS_INCHES = (4.2, 2.7), (7.2, 2.6), (7.2, 2.6)
LEARNING_INCHES = (4.2, 3.0)
SPREAD = 0.5
BAND_ALPHA = 0.18
LOWEST = -1.0
FACTORS = ("steric", "born", "donnan")
TERMS = ("diffusion", "convection", "migration")
NAMES = {"born": "Born", "donnan": "Donnan"}
ENDS = 0.16, 0.84
"""Quantiles that bars and bands end at: one standard deviation of a normal distribution."""


def rejection_distributions(samples: pd.DataFrame, about: str) -> Sheet:
    """Draw distributions of rejections over pores of different radius.

    Parameters
    ----------
    samples : DataFrame
        ion, rejection; a row for each sample.
    about : str
        Caption: membrane, pores, feed, flux.
    """
    sheet = Sheet(*VIOLINS_INCHES)
    samples = sheet.keep("samples", samples)
    axes = sheet.subplots()
    ions = ordered(samples.ion)
    for place, ion in enumerate(ions):
        values = samples.rejection[samples.ion == ion].dropna().to_numpy()
        body = axes.violinplot(values, [place], showextrema=False, widths=0.8)["bodies"][0]
        body.set(facecolor=color(ion), alpha=0.45)
        low, middle, high = np.quantile(values, (ENDS[0], 0.5, ENDS[1]))
        axes.plot([place, place], [low, high], color=color(ion), lw=1.4)
        axes.plot(place, middle, ms=5, **marker_style(ion))
    axes.axhline(0, color="#999999", lw=0.6, zorder=0)
    axes.set_xticks(range(len(ions)), [label(ion) for ion in ions])
    axes.set(ylabel="rejection", ylim=(max(LOWEST, samples.rejection.min() - 0.05), 1.03))
    return sheet.finish(
        f"{about} Each sample is a membrane whose pores are all of one size, drawn from the "
        "distribution. Marks: medians; lines: central 68 %. A membrane that has all these pores at "
        "once has one rejection only, which is that of their mixed permeate."
    )


def design_sweeps(sweeps: pd.DataFrame, own: pd.DataFrame, about: str) -> Sheet:
    """Draw rejections against parameters of a membrane, one moved at a time.

    Parameters
    ----------
    sweeps : DataFrame
        axis (label of the parameter with its unit), x, ion, median, low, high.
    own : DataFrame
        axis, x: the membrane's own value.
    about : str
        Caption: membrane, pores, feed, flux.
    """
    names = list(dict.fromkeys(sweeps.axis))
    sheet = Sheet(*SWEEPS_INCHES)
    sweeps, own = sheet.keep("sweeps", sweeps), sheet.keep("own", own)
    panels = sheet.subplots(1, len(names), sharey=True, squeeze=False)[0]
    lowest = max(LOWEST, float(sweeps.low.min()) - 0.05)
    for name, axes in zip(names, panels, strict=False):
        part = sweeps[sweeps.axis == name]
        for ion in ordered(part.ion):
            curve = part[part.ion == ion].sort_values("x")
            x, low, high = (curve[key].to_numpy(dtype=float) for key in ("x", "low", "high"))
            if sign_of(ion) > 0:
                axes.fill_between(x, low, high, color=color(ion), alpha=BAND_ALPHA, lw=0)
            axes.plot(curve.x, curve["median"], **line_style(ion))
        axes.axhline(0, color="#999999", lw=0.6, zorder=0)
        axes.axvline(own.x[own.axis == name].iloc[0], color="black", lw=0.8, ls=(0, (1, 1.2)))
        axes.set(xlabel=name, xlim=(part.x.min(), part.x.max()))
    panels[0].set(ylabel="rejection", ylim=(lowest, 1.03))
    sheet.key(line_handles(sweeps.ion))
    return sheet.finish(
        f"{about} One parameter moved, all others held; dotted: the membrane's own value. Lines: "
        "median over pores of different radius, each membrane with pores of one; shaded, of "
        "cations: central 68 %. Of the radius the mean is moved, the pores keep their relative "
        "spread."
    )


def partition_and_fluxes(quantities: pd.DataFrame, about: str) -> Sheet:
    """Draw partition coefficients at the feed's face, and what carries each ion.

    Parameters
    ----------
    quantities : DataFrame
        quantity ("partition, steric", ..., "flux, diffusion", ...), ion, median, low, high.
    about : str
        Caption: membrane, pores, feed, flux.
    """
    sheet = Sheet(*BARS_INCHES)
    table = sheet.keep("quantities", quantities)
    parts, carried = sheet.subplots(1, 2)
    for axes, kind, words in ((parts, "partition", FACTORS), (carried, "flux", TERMS)):
        ions = ordered(table.ion)
        for number, ion in enumerate(ions):
            shift = SPREAD * (number - (len(ions) - 1) / 2) / len(ions)
            for place, word in enumerate(words):
                row = table[(table.quantity == f"{kind}, {word}") & (table.ion == ion)].iloc[0]
                axes.plot([place + shift] * 2, [row.low, row.high], color=color(ion), lw=1.2)
                axes.plot(place + shift, row["median"], ms=5, **marker_style(ion))
        axes.set_xticks(range(len(words)), [NAMES.get(word, word) for word in words])
    parts.axhline(1, color="#999999", lw=0.6, zorder=0)
    parts.set(ylabel="partition coefficient", yscale="log")
    carried.axhline(0, color="#999999", lw=0.6, zorder=0)
    carried.set(ylabel="flux over that of the feed")
    sheet.key(marker_handles(table.ion))
    return sheet.finish(
        f"{about} (a) Factors of the concentration in the pore over that in the feed, at the "
        "feed's face. (b) Means over the pore of diffusion, convection and migration of each ion "
        "over what the flux of water would carry at the feed's concentration; they sum to 1 − R. "
        "Marks: medians over pores of different radius; bars: central 68 %."
    )


def learning_paths(paths: pd.DataFrame, about: str) -> Sheet:
    """Draw mean and standard deviation of the pore radii from iteration to iteration.

    Parameters
    ----------
    paths : DataFrame
        start (number), iteration, mean_nm, sd_nm.
    about : str
        Caption: data, what was held, tolerance.
    """
    sheet = Sheet(*LEARNING_INCHES)
    paths = sheet.keep("paths", paths)
    axes = sheet.subplots()
    for shade, (_, path) in zip(WHEEL, paths.groupby("start"), strict=False):
        axes.plot(path.mean_nm, path.sd_nm, color=shade, lw=1.1)
        axes.plot(path.mean_nm.iloc[0], path.sd_nm.iloc[0], "o", mfc="white", color=shade, ms=5)
        axes.plot(path.mean_nm.iloc[-1], path.sd_nm.iloc[-1], "*", color="#B00020", ms=8)
    axes.set(xlabel="mean pore radius (nm)", ylabel="sd of pore radii (nm)")
    axes.set_yscale("log")
    ends = paths.groupby("start").tail(1)
    return sheet.finish(
        f"{about} Open: starts. Star: where expectation maximisation stopped, at a standard "
        f"deviation of {_range(ends.sd_nm, '.2g')} nm after {_range(ends.iteration, 'd')} "
        "iterations. One set of data is taken to have one radius, so that the standard deviation "
        "falls as long as the iteration goes on."
    )


def _range(values: pd.Series, form: str) -> str:
    """Least and largest of values as printed, once if they are the same."""
    ends = (f"{value:{form}}" for value in (values.min(), values.max()))
    return " to ".join(dict.fromkeys(ends))
