"""Crossings of the membrane by ions: rates, passage times, and residence times inside."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.definitions import IN_MEMBRANE
from analysis.kernels import survival
from analysis.kernels.crossings import (
    FEED,
    FROM_FEED,
    FROM_PERMEATE,
    NEVER,
    PERMEATE,
    STARTED_INSIDE,
    changes,
    first_frame,
    five_states,
)
from analysis.observables.shared.ions import fast_interval_ps
from analysis.observables.shared.stacking import stacked
from analysis.observables.shared.survival import COLUMNS as SURVIVAL_COLUMNS
from analysis.observables.shared.survival import PER_NS, survival_rows
from analysis.options import AnalysisOptions
from analysis.statistics import percent, pooled_rate, pooled_share
from analysis.store import Store
from analysis.trials import POOLED, Trials
from mdtools.roles import IONS

TABLES = ("crossings", "passage_times", "passage_curves")
INSIDE = (FROM_FEED, STARTED_INSIDE, FROM_PERMEATE)
EVENTS = {
    "entry from feed": ((FEED,), (FROM_FEED, PERMEATE)),
    "crossing": ((FEED, FROM_FEED), (PERMEATE,)),
    "return to feed": ((FROM_FEED,), (FEED,)),
    "entry from permeate": ((PERMEATE,), (FROM_PERMEATE, FEED)),
    "reverse crossing": ((PERMEATE, FROM_PERMEATE), (FEED,)),
    "return to permeate": ((FROM_PERMEATE,), (PERMEATE,)),
    "started inside, to feed": ((STARTED_INSIDE,), (FEED,)),
    "started inside, to permeate": ((STARTED_INSIDE,), (PERMEATE,)),
}
"""States before and after each kind of event."""
CROSSING, FIRST, TRANSIT, STAY = "crossing", "first passage", "transit", "stay inside"
LINES = ("center", "permeate face", "permeated")
BEYOND = "beyond the permeate piston: cannot be reached"

STATES = (
    f"{IN_MEMBRANE} "
    "An ion is in the feed reservoir, in the membrane, or in the permeate reservoir; it changes "
    "place once it is crossing_margin_angstrom beyond a face, so that a wobble on a face is no "
    "event, and keeps in mind which reservoir it came from. Ions in the membrane at "
    "t = 0 came from neither."
)
DEFINITIONS = {
    CROSSING: (
        f"{STATES} Events of every kind from t = 0 on, each trial as far as it goes: an ion may "
        "enter, return and cross more than once. A crossing is an arrival in the permeate "
        "reservoir of an ion that came from the feed. rate_per_ns is events per ion and ns, n ions "
        "over all of the time, the time to get in included, with the exact interval of a Poisson "
        "count; share is that of the n ions with at least one such event, with its exact binomial "
        "interval. Both take ions as independent. 'all' sums over the trials."
    ),
    FIRST: (
        f"{STATES} Time from an ion's first entry from the feed to its passage of the line, all "
        "returns to the feed in between included; n ions entered, count of them arrived. Like the "
        "feed face, a line is passed crossing_margin_angstrom beyond it: the way has the length "
        "between the two. Ions that did not arrive before the end of the trial count as longer "
        "(Kaplan & Meier): median_ns, after which half have arrived, does not leave them out, and "
        "is not known where fewer arrive. Its interval is where that of the curve holds a half. "
        "mean_ns is the time of all of them over the number of arrivals, right only if arrivals "
        "have one rate. A line beyond the permeate piston (reachable False) cannot be reached. "
        "'all' pools the trials, each as far as it goes."
    ),
    TRANSIT: (
        f"{STATES} Time from an ion's last entry from the feed before its first passage of the "
        "line to that passage: the way through alone, of those that arrived. Those still on their "
        "way are left out, so that a short run sees the quick ones."
    ),
    STAY: (
        f"{STATES} Time from an entry, from either side, to leaving the membrane on either side; "
        "n stays, count of them ended. Stays that the end of the trial cut off count as longer "
        "(Kaplan & Meier), those from before t = 0 are left out. mean_ns is the time inside over "
        "the number of ends."
    ),
}
HALF = 0.5
WHOSE = ("definition", "role", "species", "trial", "margin_angstrom")
LINE_COLUMNS = ("line", "line_angstrom", "reachable")
COLUMNS = {
    "crossings": (
        *(*WHOSE, "event", "count", "rate_per_ns", "low_per_ns", "high_per_ns", "ions", "n"),
        *("share", "low_share", "high_share", "ion_ns", "interval"),
    ),
    "passage_times": (
        *(*WHOSE, *LINE_COLUMNS, "median_ns", "low_ns", "high_ns", "mean_ns", "shortest_ns"),
        *("n", "count", "censored_share", "interval", "note"),
    ),
    "passage_curves": (*WHOSE, *LINE_COLUMNS, *SURVIVAL_COLUMNS[1:]),
}
EVENT_COLUMNS = ("start", "end", "left_censored", "right_censored")


@dataclass(frozen=True)
class IonStates:
    """Ions of a role and species in one trial: z (T, N) in angstrom and `five_states` (T, N).

    `path` is z continued through the ends of a periodic box, `round_angstrom` what it has gained
    by them.
    """

    trial: str
    z: np.ndarray
    path: np.ndarray
    round_angstrom: np.ndarray
    state: np.ndarray
    transitions: pd.DataFrame
    ns: float

    @property
    def number(self) -> int:
        """Number of ions, N."""
        return self.z.shape[1]


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the TABLES, for the ions of each role and species."""
    interval = fast_interval_ps(trials)
    rows: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    for role in IONS:
        for species in trials.first.species(role):
            key_columns = {"role": role, "species": species}
            margin = {"margin_angstrom": options.crossing_margin_angstrom}
            by_trial = [ions_of(store, trials, key_columns, options) for store in trials.stores]
            events = crossing_rows(by_trial, options.level)
            rows["crossings"].append(events.assign(**key_columns, **margin))
            times, curves = passage_rows(by_trial, trials, interval, options)
            rows["passage_times"].append(times.assign(**key_columns, **margin))
            rows["passage_curves"].append(curves.assign(**key_columns, **margin))
    return {name: stacked(parts, COLUMNS[name]) for name, parts in rows.items()}


def ions_of(store: Store, trials: Trials, key_columns: dict, options: AnalysisOptions) -> IonStates:
    """Return the ions of one trial with their states."""
    own = store.columns(**key_columns)
    z, path = store.z_angstrom[:, own], store.z_path_angstrom[:, own]
    rounds = store.z_rounds[:, own] if store.period_z_angstrom else None
    state = five_states(z, *trials.faces, options.crossing_margin_angstrom, rounds)
    moves = changes(state, rounds)
    return IonStates(str(store.trial), z, path, path - z, state, moves, store.analysed_ns)


def crossing_rows(by_trial: list[IonStates], level: float) -> pd.DataFrame:
    """Return counts and rates of each kind of event, of each trial and of all."""
    rows = []
    for event, (before, after) in EVENTS.items():
        hits = [
            one.transitions[one.transitions.before.isin(before) & one.transitions.after.isin(after)]
            for one in by_trial
        ]
        counts = [len(own) for own in hits]
        ions = [own.ion.nunique() for own in hits]
        groups = [(one.trial, slice(k, k + 1)) for k, one in enumerate(by_trial)]
        for trial, part in [*groups, (POOLED, slice(None))]:
            these, numbers = by_trial[part], [one.number for one in by_trial[part]]
            rate = pooled_rate(counts[part], [one.number * one.ns for one in these], level)
            share = pooled_share(ions[part], numbers, level)
            rows.append(
                {
                    "event": event,
                    "trial": trial,
                    "count": sum(counts[part]),
                    "rate_per_ns": float(rate.value),
                    "low_per_ns": float(rate.low),
                    "high_per_ns": float(rate.high),
                    "ions": sum(ions[part]),
                    "n": sum(numbers),
                    "share": float(share.value),
                    "low_share": float(share.low),
                    "high_share": float(share.high),
                    "ion_ns": sum(one.number * one.ns for one in these),
                    "interval": f"{rate.kind}; {share.kind}",
                }
            )
    return pd.DataFrame(rows).assign(definition=CROSSING)


def passage_rows(
    by_trial: list[IonStates], trials: Trials, interval_ps: float, options: AnalysisOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the times of passages and of stays inside, and their survival curves."""
    times, curves = [], []
    margin, piston = options.crossing_margin_angstrom, trials.pistons_at(trials.common_ns)[1]
    levels = (0.0, trials.faces[1], options.permeated_above_angstrom)
    for line, z in zip(LINES, levels, strict=True):
        passages = {one.trial: passages_of(one, z + margin) for one in by_trial}
        key_columns = {"line": line, "line_angstrom": z, "reachable": z + margin < piston}
        for number, definition in enumerate((FIRST, TRANSIT)):
            events = {trial: pair[number] for trial, pair in passages.items()}
            rows, curve = summary(events, definition, "passages", interval_ps, options.level)
            times.append(rows.assign(**key_columns))
            curves.append(curve.assign(**key_columns))
    stays = {one.trial: inside_stays(one) for one in by_trial}
    rows, curve = summary(stays, STAY, "stays", interval_ps, options.level)
    nowhere = {"line": "", "line_angstrom": np.nan, "reachable": True}
    times = pd.concat([*times, rows.assign(**nowhere)], ignore_index=True)
    times.loc[~times.reachable, "note"] = BEYOND
    curves = pd.concat([*curves, curve.assign(**nowhere)], ignore_index=True)
    return times, curves[curves.definition != TRANSIT]


def passages_of(one: IonStates, z: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return first passages and transits of a line.

    First passages have a row for each ion that entered, up to the line or the end of the trial;
    transits one for each that arrived, from its last entry before.
    """
    entries = one.transitions[one.transitions.before == FEED]
    first = entries.groupby("ion").frame.min()
    begin = np.full(one.number, NEVER)
    begin[first.index] = first
    # A line in the image of the membrane that the ion entered: none is passed round the end.
    here = one.round_angstrom[np.maximum(begin, 0), np.arange(one.number)]
    arrived = first_frame(one.path > z + here, begin)
    came = begin != NEVER
    seen = arrived[came] != NEVER
    firsts = events_of(begin[came], np.where(seen, arrived[came], len(one.z)), ~seen)
    last = entries[entries.frame <= arrived[entries.ion]].groupby("ion").frame.max()
    return firsts, events_of(last, arrived[last.index], np.zeros(len(last), dtype=bool))


def inside_stays(one: IonStates) -> pd.DataFrame:
    """Return every stay between entering the membrane and leaving it."""
    inside = np.isin(one.state, INSIDE).astype(np.int8)
    transitions = changes(inside)
    begin = transitions[transitions.after == 1]
    ends = np.append(transitions.frame.to_numpy(), len(one.z))
    owners = np.append(transitions.ion.to_numpy(), -1)
    # Changes are ordered by ion and frame: the next one of the same ion is the way out.
    following = begin.index.to_numpy() + 1
    seen = owners[following] == begin.ion.to_numpy()
    return events_of(begin.frame.to_numpy(), np.where(seen, ends[following], len(one.z)), ~seen)


def events_of(start, end, censored) -> pd.DataFrame:
    """Return spans of frames as a table of events for `survival`."""
    columns = (np.asarray(start), np.asarray(end), np.zeros(len(start), dtype=bool), censored)
    return pd.DataFrame(dict(zip(EVENT_COLUMNS, columns, strict=True)))


def summary(
    events: dict[str, pd.DataFrame], definition: str, what: str, interval_ps: float, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a row of each trial and of all, and their survival curves."""
    everything = events | {POOLED: pd.concat(events.values(), ignore_index=True)}
    rows = [
        {"definition": definition, "trial": trial} | times_of(own, what, interval_ps, level)
        for trial, own in everything.items()
    ]
    curves = survival_rows(events, what, interval_ps, level)
    return pd.DataFrame(rows), curves.assign(definition=definition)


def times_of(events: pd.DataFrame, what: str, interval_ps: float, level: float) -> dict:
    """Return median with interval, mean and shortest of right-censored times, in ns."""
    n, ended = len(events), int((~events.right_censored).sum())
    names = ("median_ns", "low_ns", "high_ns", "mean_ns", "shortest_ns")
    numbers = dict.fromkeys(names, np.nan)
    counted = {"n": n, "count": ended, "censored_share": 1 - ended / n if n else np.nan}
    if not ended:
        note = f"none of {n} {what} ended" if n else f"no {what}"
        return numbers | counted | {"interval": "none", "note": note}
    scale = interval_ps / PER_NS
    curve, length = survival(events, level), (events.end - events.start).to_numpy()
    # Where nothing is left the curve has no interval: its low edge is 0 there.
    edges = (curve.survival, np.where(curve.survival == 0, 0.0, curve.low), curve.high)
    times = [scale * curve.time[first_frame((edge <= HALF)[:, None])[0]] for edge in edges]
    known = [bool(np.any(edge <= HALF)) for edge in edges]
    values = [time if reached else np.nan for time, reached in zip(times, known, strict=True)]
    values += [scale * length.sum() / ended, scale * length[~events.right_censored].min()]
    return (
        dict(zip(names, values, strict=True))
        | counted
        | {
            "interval": f"{percent(level)} where that of the curve (Greenwood) holds a half",
            "note": "" if known[0] else f"fewer than half of {n} {what} ended",
        }
    )
