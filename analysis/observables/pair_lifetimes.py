"""Lifetimes and numbers of contacts between cations and anions."""

import numpy as np
import pandas as pd

from analysis.definitions import IN_TIME
from analysis.kernels import contact_events
from analysis.observables.shared.ions import (
    IonPair,
    contact_of,
    fast_interval_ps,
    gap_frames,
    ion_pairs,
)
from analysis.observables.shared.lifetimes import COLUMNS, OVER_TRIALS, maximum_rows, mean_rows
from analysis.observables.shared.stacking import stacked
from analysis.observables.shared.survival import COLUMNS as SURVIVAL_COLUMNS
from analysis.observables.shared.survival import survival_rows
from analysis.observables.shared.time_series import rows_in_time, spacing_ns, window_means
from analysis.options import AnalysisOptions
from analysis.trials import POOLED, TOLERANCE_NS, Trials

TABLES = ("pair_lifetime", "pair_survival", "pair_number")

LIFETIME = "ion pair lifetime"
SURVIVAL = "ion pair survival"
NUMBER = "ion pairs in contact"
MAXIMA = {
    "longest contact of a trial": "trial",
    "longest contact of a cation": "ion",
    "longest contact of a pair": "pair",
}
"""Readings of `kernels.maximum_lifetime` by the names in the tables."""
CONTACTS = "contacts"

CONTACT = (
    "A cation and an anion are in contact while they are within cutoff_angstrom, nearest images "
    "along x and y included; all ions of a species count, feed ions and counter-ions. A contact "
    "lasts over interruptions of up to gap_ps, whole frames of interval_ps. Cutoff, gap and "
    "interval belong to the number: contacts of less than an interval are missed or count as one, "
    "and without a gap a pair that flickers seems to last for less."
)
CUT = (
    "censored_share is the share of the n that was cut off, ends the number of the others. A "
    "maximum grows with the length of the run and the number of pairs, and no contact is longer "
    "than the run: where one was cut off by the begin or the end it is a lower bound and no "
    "property of the ions. 'all' is the mean over the n_trials that have contacts, with its t "
    "interval if all have."
)
DEFINITIONS = {
    LIFETIME: (
        f"{CONTACT} The lifetime is the time in contact over the number of ends seen, the maximum "
        "likelihood estimate of an exponential lifetime when contacts are cut off: a contact that "
        "no end was seen of (censored_share of the n) adds its time and no end. 'all' pools the "
        "contacts of the trials, each as far as it goes. The interval is that of the number of "
        "ends as a Poisson count; it takes contacts as independent and lifetimes as exponential, "
        "and is too narrow where they are not: compare with the survival and with the trials."
    ),
    f"{LIFETIME}{OVER_TRIALS}": (
        f"{CONTACT} Mean of the lifetimes (time in contact over ends seen) of the n_trials that "
        "have contacts, with its t interval if all have: how far trials differ. The pooled "
        "lifetime weighs trials by their ends; this mean is the larger where ends are few."
    ),
    "longest contact of a trial": (
        f"{CONTACT} The longest contact of any pair in a trial, the default reading of a mean "
        f"maximum lifetime. {CUT}"
    ),
    "longest contact of a cation": (
        f"{CONTACT} The longest contact of each cation with any anion, averaged over the cations "
        f"of a trial that met one. {CUT}"
    ),
    "longest contact of a pair": (
        f"{CONTACT} The longest contact of each pair of ions, averaged over the pairs of a trial "
        f"that ever met. {CUT}"
    ),
    SURVIVAL: (
        f"{CONTACT} Share of the contacts that last longer than a time (Kaplan & Meier), whatever "
        "the law of their lifetimes. Contacts without an end that was seen count up to their last "
        "frame, those from before the first frame are left out, as their age is not known. "
        "at_risk contacts are known to have lasted up to that time. 'all' pools the contacts of "
        "the trials. The interval is pointwise, from log(-log) of the share with Greenwood's "
        "variance, and takes contacts as independent."
    ),
    NUMBER: (
        f"{CONTACT} Pairs in contact, with no gap, and the shares of the cations and of the anions "
        "with at least one such partner, averaged over the frames after the row before, up to "
        f"this one; at t = 0 they are those of the start. {IN_TIME}"
    ),
}
PARAMETERS = ("pair", "cutoff_angstrom", "gap_ps", "interval_ps")
NUMBERS = {"contacts": np.inf, "cation_share": 1.0, "anion_share": 1.0}
"""Numbers in every frame, with the largest value that an interval's edge may have."""
NUMBER_COLUMNS = (
    *("definition", "pair", "trial", "time_ns", "interval"),
    *(f"{side}{name}" for name in NUMBERS for side in ("", "low_", "high_")),
    *("cutoff_angstrom", "interval_ps"),
)


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `pair_lifetime`, `pair_survival` and `pair_number`."""
    interval = fast_interval_ps(trials)
    gap = gap_frames(options.pair_gap_ps, interval)
    lifetimes, curves, numbers = [], [], []
    for pair in ion_pairs(trials.first, options):
        key_columns = pair.columns(gap, interval)
        events, series = contacts_in_time(trials, pair, gap, options)
        rows = lifetime_rows(events, interval, options)
        lifetimes += [with_length_note(row, trials) | key_columns for row in rows]
        rows = survival_rows(events, CONTACTS, interval, options.level)
        curves.append(rows.assign(definition=SURVIVAL, **key_columns))
        numbers.append(number_rows(trials, series, options).assign(**key_columns))
    return {
        "pair_lifetime": stacked(lifetimes, (*COLUMNS, *PARAMETERS)),
        "pair_survival": stacked(curves, (*SURVIVAL_COLUMNS, "definition", *PARAMETERS)),
        "pair_number": stacked(numbers, NUMBER_COLUMNS),
    }


def contacts_in_time(trials: Trials, pair: IonPair, gap: int, options: AnalysisOptions) -> tuple:
    """Return contact events by trial, and the NUMBERS of each trial in time, shape (times, 3)."""
    events, series = {}, []
    for store in trials.stores:
        contact = contact_of(store, pair)
        events[str(store.trial)] = contact_events(contact, gap)
        # Any over the partners, then the mean over the ions of a kind.
        shares = (contact.any(axis=axis).mean(axis=1) for axis in (2, 1))
        values = np.stack([contact.sum(axis=(1, 2)), *shares], axis=1)
        series.append(window_means(store, values, spacing_ns(trials, options.mean_z_every_ns)))
    return events, series


def lifetime_rows(events: dict, interval_ps: float, options: AnalysisOptions) -> list[dict]:
    """Return rows of the mean lifetime and of three readings of the maximum lifetime."""
    rows = mean_rows(events, LIFETIME, CONTACTS, interval_ps, options.level)
    for definition, reading in MAXIMA.items():
        rows += maximum_rows(events, definition, CONTACTS, reading, interval_ps, options.level)
    return rows


def with_length_note(row: dict, trials: Trials) -> dict:
    """Add a note to a maximum over trials of different length: longer ones see longer contacts."""
    lengths = sorted(store.analysed_ns for store in trials.stores)
    if row["trial"] != POOLED or row["definition"] not in MAXIMA or np.ptp(lengths) < TOLERANCE_NS:
        return row
    note = f"runs of {lengths[0]:g} to {lengths[-1]:g} ns"
    return row | {"note": "; ".join(filter(None, (row["note"], note)))}


def number_rows(trials: Trials, series: list, options: AnalysisOptions) -> pd.DataFrame:
    """Return rows of NUMBERS against time of each trial and over trials."""
    table = pd.DataFrame()
    for column, (name, most) in enumerate(NUMBERS.items()):
        rows = rows_in_time(trials, [one[:, column] for one in series], options, most)
        if table.empty:
            table = rows[["trial", "time_ns", "interval"]]
        table = table.assign(
            **{name: rows.value, f"low_{name}": rows.low, f"high_{name}": rows.high}
        )
    return table.assign(definition=NUMBER)
