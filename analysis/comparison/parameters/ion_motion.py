"""Diffusivities of ions and water in the membrane and of ions in the feed reservoir."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.found import RUNS, Found, Missing, Value, over
from analysis.comparison.parameters.regions import feed_region, ion_columns
from analysis.kernels import diffusivity, log_lags, msd, power_law
from analysis.limits import FEWEST_LAGS
from analysis.store import Store
from mdtools.constants import PS_PER_NS

INSIDE = {
    "ion_diffusion": "ion MSD, inside all along",
    "water_diffusion": "MSD, inside all along",
}
"""The convention that is taken, by table."""
EXPONENT_OFF = 0.1
"""Largest distance of an exponent from 1 for which its interval need not hold 1."""
EXPONENT_NOISY = 0.25
"""Largest distance of an exponent from 1, however wide its interval."""
WINDOW_PS = 100.0
"""Longest lag in a reservoir, the shortest is a tenth: longer than an ion rattles among its waters,
and far below the nanoseconds in which it leaves."""
WINDOW_SHARE = 0.1
"""Of the run, which the longest lag is at most."""
SHORTEST_PS = 5.0
"""Longest lag at least: on the way from free flight to a cage an exponent passes 1 by itself."""
Motion = tuple[NDArray[np.float64], NDArray[np.float64], float, str, str]
"""Exponents and diffusivities (nm2/ns) of trials, longest lag (ps), where and how, the source."""


def diffusivity_parameters(of: Campaign, found: Found) -> None:
    """Find the diffusivity of each ion in the membrane and in the reservoir, and of water."""
    ions = of.ions()
    if not ions:
        for quantity in ("membrane_diffusivity_nm2_ns", "reservoir_diffusivity_nm2_ns"):
            found.missing[quantity, ""] = "no table tells which ions there are"
    for ion in ions:
        _add(of, found, "membrane", ion, partial(_of_table, of, "ion_diffusion", ion))
        _add(of, found, "reservoir", ion, partial(_of_stores, of, ion))
    _add(of, found, "membrane", "water", partial(_of_table, of, "water_diffusion", None))
    reason = "no table follows water in a reservoir"
    found.missing["reservoir_diffusivity_nm2_ns", "water"] = reason


def _add(of: Campaign, found: Found, where: str, ion: str, measured: Callable[[], Motion]) -> None:
    """Add exponent and diffusivity; the latter only of motion that is diffusive."""
    kept: list[Motion] = []

    def exponent() -> Value:
        kept.append(measured())
        alpha, _, _, words, source = kept[0]
        words = f"Slope of log MSD over log lag; {words}"
        return Value(over(alpha, of.level), "1", words, RUNS, source)

    def value() -> Value:
        if not kept:
            raise Missing(found.missing[f"{where}_diffusion_exponent", ion])
        alpha, each, longest, words, source = kept[0]
        slope, estimate = over(alpha, of.level), over(each, of.level)
        if longest < SHORTEST_PS:
            raise Missing(
                f"run too short: lags up to {longest:.3g} ps, {SHORTEST_PS:g} ps are needed; "
                f"exponent {slope.value:.2g}, the MSD over 4 lags would give {estimate.value:.3g} "
                "nm2/ns"
            )
        off = abs(slope.value - 1)
        if off > EXPONENT_NOISY or not (slope.low <= 1 <= slope.high or off <= EXPONENT_OFF):
            raise Missing(
                f"not diffusive: exponent {slope.value:.2g} ({slope.low:.2g} to {slope.high:.2g}); "
                f"the MSD over 4 lags would give {estimate.value:.3g} nm2/ns"
            )
        return Value(estimate, "nm2_ns", f"MSD over 4 lags; {words}", RUNS, source)

    found.first(f"{where}_diffusion_exponent", [exponent], ion)
    found.first(f"{where}_diffusivity_nm2_ns", [value], ion)


def _of_table(of: Campaign, table: str, ion: str | None) -> Motion:
    """Exponents and diffusivities of trials; feed ions and counter-ions weighted by their pairs."""
    chosen = {"definition": INSIDE[table], "direction": "lateral"}
    if ion is not None:
        chosen |= {"species": ion, "of": "displacement"}
    columns = ("alpha", "diffusivity_nm2_ns", "from_ps", "to_ps")
    rows = of.trials_of(table, columns, **chosen)
    alphas, each = [], []
    for _, part in rows.groupby("trial"):
        part = part[part["diffusivity_nm2_ns"].notna() & part["alpha"].notna()]
        weight = part["pairs"].to_numpy(float) if "pairs" in part else np.ones(len(part))
        if not len(part) or not weight.sum() > 0:
            alphas.append(np.nan)
            each.append(np.nan)
            continue
        alphas.append(np.average(part["alpha"], weights=weight))
        each.append(np.average(part["diffusivity_nm2_ns"], weights=weight))
    if not np.isfinite(each).any():
        notes = rows["note"].dropna().unique() if "note" in rows else []
        raise Missing(f"{of.path_of(table)} has no value" + "".join(f": {n}" for n in notes[:1]))
    longest = float(rows["to_ps"].max())
    words = (
        "lateral displacements of those inside the dense region all along, lags of "
        f"{rows['from_ps'].min():.3g} to {longest:.3g} ps"
    )
    return np.array(alphas), np.array(each), longest, words, of.path_of(table)


def _of_stores(of: Campaign, ion: str) -> Motion:
    """The same of the feed reservoir, from the fast frames of each trial."""
    stores = of.trials.stores
    try:
        region = feed_region(of.trials)
        fits = [_fit(store, ion, region) for store in stores]
    except (ValueError, KeyError) as error:
        raise Missing(f"stores of trials: {error}") from None
    if not np.isfinite(fits).any():
        raise Missing(f"no {ion} in the feed reservoir")
    alphas, each, ends = np.array(fits).T
    longest = float(np.nanmax(ends))
    words = (
        "lateral displacements of those in the feed reservoir all along, a margin off piston and "
        f"face, lags up to {longest:.3g} ps, from a tenth of that"
    )
    return alphas, each, longest, words, of.stores


def _fit(store: Store, ion: str, region: tuple[float, float]) -> tuple[float, float, float]:
    """Exponent, diffusivity (nm2/ns) and longest lag (ps) of one trial; NaN without such ions."""
    columns = ion_columns(store, ion)
    z, time = store.z_angstrom[:, columns], store.arrays["time_ps"]
    inside = (z >= region[0]) & (z < region[1])
    if not inside.any():
        return np.nan, np.nan, np.nan
    run, interval = float(time[-1] - time[0]), float(np.diff(time).mean())
    last = int(min(WINDOW_PS, WINDOW_SHARE * run) / interval + 1e-9)
    first = max(1, round(last / 10))
    if last - first < FEWEST_LAGS - 1:
        raise ValueError(f"trial {store.trial} has frames every {interval:.3g} ps, too few lags")
    squares = msd(store.arrays["positions_nm"][:, columns].astype(float), inside, "continuous")
    if not squares.count[last]:
        raise ValueError(f"no {ion} of trial {store.trial} stays for {last * interval:.3g} ps")
    lags = log_lags(last, first)
    law = power_law(lags * interval, squares.lateral[lags], first * interval, last * interval)
    value = PS_PER_NS * float(diffusivity(squares.lateral[last], last * interval, 2))
    return law.exponent, value, last * interval
