"""Partition coefficients and free energies of ions, where simulated profiles are at equilibrium."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.fixed_charge import valence
from analysis.comparison.parameters.found import RUNS, Estimate, Found, Missing, Value, over
from analysis.comparison.parameters.regions import feed_region, ion_columns
from analysis.continuum.constants import BOLTZMANN, ELEMENTARY_CHARGE
from analysis.statistics import over_trials
from analysis.store import Store
from analysis.trials import Trials
from mdtools.roles import FEED_ION

WINDOW_SHARE = 0.5
"""Of each run, its end, that is looked at; each half of it is a quarter of the run."""
RESOLVED_KT = 2.0
"""The interval of the difference of the two halves must lie within this: else they tell nothing."""
EXCHANGED = 3
"""Ions, over all trials, that must have been in both places within the window: a profile that
nothing moves is no equilibrium."""
DEFINITION = (
    "Mean concentration between the membrane's faces, per volume with the polymer, over that in "
    "the feed reservoir (a margin off piston and face), in the last half of each run, feed ions "
    "and counter-ions; driven ions are weighted by exp(-f z / kT), which takes the work of the "
    "drive off; given only where both halves of the window agree (0 in the t interval over "
    f"trials of the difference of ln K, within {RESOLVED_KT:g}) and at least {EXCHANGED} ions were "
    "in both places"
)
ENERGY = "-ln K of the partition coefficient K, the mean electric potential in it"


@dataclass(frozen=True)
class Halves:
    """ln K of each trial: of the window (T,), of its two halves (T, 2), and ions in both places."""

    whole: NDArray[np.float64]
    halves: NDArray[np.float64]
    exchanged: int


def ln_partition(trials: Trials, ion: str, slopes: tuple[float, float]) -> Halves:
    """Logarithm of the ratio of concentrations, membrane over feed reservoir.

    Parameters
    ----------
    slopes : (float, float), 1/angstrom
        Force along z over kT: on a feed ion, and on a counter-ion.

    Raises
    ------
    Missing
        A trial without such ions in one of the places, in a half of its window.
    """
    faces, region = trials.faces, feed_region(trials)
    scale = np.log((region[1] - region[0]) / (faces[1] - faces[0]))
    whole, halves, exchanged = [], [], 0
    for store in trials.stores:
        amounts, both = _amounts(store, ion, slopes, faces, region)
        exchanged += both
        for half, (membrane, feed) in zip(("first", "second"), amounts, strict=True):
            if membrane <= 0 or feed <= 0:
                where = "membrane" if membrane <= 0 else "feed reservoir"
                raise Missing(
                    f"no {ion} in the {where} in the {half} half of the window of trial "
                    f"{store.trial}"
                )
        halves.append(np.log(amounts[:, 0] / amounts[:, 1]) + scale)
        membrane, feed = amounts.sum(axis=0)
        whole.append(np.log(membrane / feed) + scale)
    return Halves(np.array(whole), np.array(halves), exchanged)


def _amounts(
    store: Store,
    ion: str,
    slopes: tuple[float, float],
    faces: tuple[float, float],
    region: tuple[float, float],
) -> "tuple[NDArray[np.float64], int]":
    """Weighted frames of ions (half, membrane or feed), and how many were in both places."""
    columns = ion_columns(store, ion)
    time = store.arrays["time_ps"]
    frames = np.flatnonzero(time >= time[-1] - WINDOW_SHARE * (time[-1] - time[0]))
    z = store.z_angstrom[np.ix_(frames, columns)]
    slope = np.where(store.atoms["role"].to_numpy()[columns] == FEED_ION, *slopes)
    weight = np.exp(-slope * (z - faces[0]))
    masks = [(z >= low) & (z < high) for low, high in (faces, region)]
    parts = np.array_split(np.arange(len(frames)), 2)
    amounts = np.array([[(weight * mask)[part].sum() for mask in masks] for part in parts])
    both = int((masks[0].any(axis=0) & masks[1].any(axis=0)).sum())
    return amounts, both


def at_equilibrium(found: Halves, ion: str, level: float) -> None:
    """Raise Missing, saying why, unless the two halves agree and ions go to and fro."""
    if len(found.halves) < 2:
        raise Missing("one trial has no interval that its halves could agree within")
    if found.exchanged < EXCHANGED:
        raise Missing(
            f"{found.exchanged} {ion} in both membrane and feed reservoir within the window, "
            f"{EXCHANGED} are needed to speak of an equilibrium"
        )
    change = over_trials(found.halves[:, 1] - found.halves[:, 0], level)
    low, high = float(change.low), float(change.high)
    words = f"ln K changes by {float(change.value):+.2g} ({low:+.2g} to {high:+.2g})"
    if not low <= 0 <= high:
        raise Missing(f"not at equilibrium: from half to half {words}")
    if max(-low, high) > RESOLVED_KT:
        raise Missing(f"halves too noisy to tell: from half to half {words}")


def partition_parameters(of: Campaign, found: Found) -> None:
    """Find partition coefficients and free energies of ions, and of pairs of them."""
    known: dict[str, NDArray[np.float64]] = {}
    ions = of.ions()
    quantities = ("partition_coefficient", "free_energy_kT")
    if not ions:
        for quantity in quantities:
            found.missing[quantity, ""] = "no table tells which ions there are"
    for ion in ions:
        try:
            known[ion] = _settled(of, ion)
        except Missing as reason:
            for quantity in quantities:
                found.missing[quantity, ion] = str(reason)
            continue
        estimate = over(known[ion], of.level)
        ratio = estimate.mapped(lambda ln: float(np.exp(ln)))
        ratio_value = Value(ratio, "1", f"{DEFINITION}; exp of the mean ln K", RUNS, of.stores)
        less = estimate.mapped(float.__neg__)
        energy = Value(less, "kT", f"{ENERGY}: {DEFINITION}", RUNS, of.stores)
        for quantity, value in zip(quantities, (ratio_value, energy), strict=True):
            found.values[quantity, ion] = value
    for plus in (ion for ion in ions if ion.endswith("+")):
        for minus in (ion for ion in ions if ion.endswith("-")):
            ways = [partial(_of_salt, of, known, plus, minus)]
            found.first("excess_kT", ways, f"{plus}/{minus}")


def _settled(of: Campaign, ion: str) -> NDArray[np.float64]:
    from analysis.store import StoreError

    try:
        drive, charge = of.drive, valence(ion)
        pulled = drive.field * ELEMENTARY_CHARGE * charge
        per_kT = 1e-10 / (BOLTZMANN * of.temperature)
        slopes = per_kT * (pulled + drive.body_force * abs(charge)), per_kT * pulled
        halves = ln_partition(of.trials, ion, slopes)
    except (StoreError, ValueError, KeyError, IndexError) as error:
        raise Missing(f"stores of trials: {error}") from None
    at_equilibrium(halves, ion, of.level)
    return halves.whole


def _of_salt(of: Campaign, known: dict[str, NDArray[np.float64]], plus: str, minus: str) -> Value:
    lacking = [ion for ion in (plus, minus) if ion not in known]
    if lacking:
        raise Missing(f"no partition coefficient of {', '.join(lacking)}")
    cations, anions = -valence(minus), valence(plus)
    mean = (cations * known[plus] + anions * known[minus]) / (cations + anions)
    estimate: Estimate = over(-mean, of.level)
    words = (
        "Mean of the free energies of cation and anion in the ratio in which they are neutral, so "
        "that a uniform electric potential drops out: the excess potential of either, as far as a "
        "neutral salt tells it"
    )
    return Value(estimate, "kT", words, RUNS, of.stores)
