"""Means and intervals over trials, membranes, blocks of one trial, or counted ions."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from analysis.kernels import clopper_pearson, nested_trials, poisson_interval, t_interval

PARTLY = "none: not in all trials"
"""Kind of the interval of a mean where some trials have no value."""
PARTLY_MEMBRANES = "none: not in all membranes"
"""The same where some membranes have none."""

ALIKE = 2e-5
"""Of the largest value: as far as tables of seven digits tell means of trials apart."""


@dataclass(frozen=True)
class Interval:
    """A value, its low and high edge (NaN where there is none), and what they are taken over."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    kind: str


def percent(level: float) -> str:
    """Return the level of an interval in percent.

    >>> percent(0.95)
    '95 %'
    """
    return f"{100 * level:g} %"


def t_kind(level: float, count: int, of: str) -> str:
    """Return the name of Student's t interval of a mean of `count` values, two or more.

    >>> t_kind(0.95, 3, "3 trials")
    '95 % t-interval, 2 degrees of freedom (3 trials)'
    """
    freedom = "1 degree" if count == 2 else f"{count - 1} degrees"
    return f"{percent(level)} t-interval, {freedom} of freedom ({of})"


def over_trials(values, level: float) -> Interval:
    """Return the mean over independent trials (first axis) with its t interval."""
    return _over_units(values, level, "trial")


def _over_units(values, level: float, unit: str) -> Interval:
    count = len(values)
    kind = t_kind(level, count, f"{count} {unit}s") if count > 1 else f"none: one {unit}"
    return Interval(*t_interval(values, level), kind)


@dataclass(frozen=True)
class Means:
    """Means over the trials that have a value, with the number of these.

    `low`, `high` and `kind` are those of the t interval where every trial has a value, NaN and
    PARTLY elsewhere.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    kind: np.ndarray
    trials: np.ndarray


def over_present(values, level: float, interval=over_trials) -> Means:
    """Return means over the trials (first axis) that have a value; NaN marks those that have none.

    The t interval is given only where every trial has one: a trial that has none, as no ion came
    there in it, differs from the others in a way that their spread does not know. `interval` may
    be `over_blocks` for blocks of one trial.

    >>> means = over_present([[1.0, 4.0], [3.0, np.nan]], 0.95)
    >>> means.value.tolist(), means.trials.tolist(), np.isfinite(means.low).tolist()
    ([2.0, 4.0], [2, 1], [True, False])
    """
    values = np.asarray(values, dtype=float)
    known = np.isfinite(values)
    counts = known.sum(axis=0)
    everyone = counts == len(values)
    filled = np.where(known, values, 0.0)
    band = interval(filled, level)
    mean = np.divide(
        filled.sum(axis=0), counts, out=np.full(np.shape(counts), np.nan), where=counts > 0
    )
    low, high = (np.where(everyone, edge, np.nan) for edge in (band.low, band.high))
    kind = np.where(everyone | (len(values) == 1), band.kind, PARTLY)
    return Means(mean, low, high, kind, counts)


def over_membranes(values, level: float) -> Means:
    """Return means over membranes (first axis) of the means over the trials of each.

    Each value stands for one membrane, made apart from the others, so that their spread holds both
    what differs between membranes and, by its m-th part, between m trials of one: Student's t of n
    such means has n - 1 degrees of freedom, however many trials there are. The interval is exact
    where membranes have equally many trials. The t interval over all trials as if they were
    independent is too narrow as soon as membranes differ.

    >>> means = over_membranes([[1.0, 4.0], [3.0, np.nan]], 0.95)
    >>> means.value.tolist(), means.trials.tolist()
    ([2.0, 4.0], [2, 1])
    >>> means.kind.tolist()[1]
    'none: not in all membranes'
    """
    means = over_present(values, level, partial(_over_units, unit="membrane"))
    return replace(means, kind=np.where(means.kind == PARTLY, PARTLY_MEMBRANES, means.kind))


@dataclass(frozen=True)
class Within:
    """Intervals over the trials of given membranes around the mean of these, of many numbers.

    ``between_share``: how much of the variance of single trials is between membranes.
    """

    low: np.ndarray
    high: np.ndarray
    kind: np.ndarray
    between_share: np.ndarray


def within_membranes(trials, means, level: float) -> Within:
    """Return the interval of a mean over membranes that trials of these very membranes give.

    Its square is the mean square within membranes over the number of all trials: what more trials
    make smaller, and nothing of how much other membranes would differ.

    Parameters
    ----------
    trials : array, shape (membranes, trials, ...)
        Values of single trials, NaN where there is none.
    means : array, shape (membranes, ...)
        What stands for each membrane. Where that is not the mean of its trials, as of a median, or
        of curves of all events, there is no interval.

    >>> trials = np.array([[1.0, 3.0], [5.0, 7.0]])
    >>> found = within_membranes(trials, trials.mean(axis=1), 0.95)
    >>> str(found.kind), round(float(found.between_share), 3)
    ('95 % t-interval, 2 degrees of freedom (trials of these 2 membranes)', 0.778)
    """
    trials, means = np.asarray(trials, dtype=float), np.asarray(means, dtype=float)
    known = np.isfinite(trials)
    low, high, between, within, degrees = nested_trials(np.where(known, trials, np.nan), level)
    counts = known.sum(axis=1)
    sums = np.where(known, trials, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.abs(np.where(known, trials, 0.0)).max(axis=(0, 1))
        alike = np.abs(sums / counts - means) <= ALIKE * scale
        share = between / (between + within)
    single = (counts <= 1).all(axis=0)
    sound = alike.all(axis=0) & ~single
    kind = np.full(np.shape(degrees), "none: not the mean of single trials", dtype=object)
    kind = np.where(single & alike.all(axis=0), "none: one trial of each membrane", kind)
    texts = {
        count: t_kind(level, count + 1, f"trials of these {len(trials)} membranes")
        for count in {int(count) for count in np.unique(degrees) if count > 0}
    }
    for count, text in texts.items():
        kind = np.where(sound & (degrees == count), text, kind)
    edges = (np.where(sound, edge, np.nan) for edge in (low, high, share))
    low, high, share = edges
    return Within(low, high, kind, share)


def over_blocks(values, level: float) -> Interval:
    """Return the mean over equal blocks of time of ONE trial with its t interval.

    It tells how much the trial still changes, not how much another trial would differ: blocks of
    one trial share the membrane, the start and slow motions.
    """
    count = len(values)
    of = f"{count} blocks of one trial"
    kind = t_kind(level, count, of) if count > 1 else "none: one block"
    return Interval(*t_interval(values, level), kind)


def share_of_ions(k: int, n: int, level: float) -> Interval:
    """Return the share k / n of counted ions with its exact binomial interval.

    It takes ions as independent. Ions that move in clusters, or share a pore, are fewer
    independent ones than n, so the shares of single trials belong beside it.
    """
    low, high = clopper_pearson(k, n, level)
    return Interval(np.asarray(k / n), low, high, f"{percent(level)} Clopper-Pearson of {n} ions")


def pooled_share(k, n, level: float) -> Interval:
    """Return the share of the ions of all trials together, with its exact binomial interval.

    Parameters
    ----------
    k, n : array_like of int, shape (trials,)
        Counted ions and all ions of each trial.
    """
    k, n = np.broadcast_arrays(np.atleast_1d(k), np.atleast_1d(n))
    share = share_of_ions(int(k.sum()), int(n.sum()), level)
    return Interval(share.value, share.low, share.high, f"{share.kind} pooled over {_trials(k)}")


def pooled_rate(k, duration, level: float) -> Interval:
    """Return events per time of all trials together, with the exact interval of a Poisson count.

    It takes events as independent: where one makes another likelier, as crossings of ions that move
    together, it is too narrow.

    Parameters
    ----------
    k : array_like of int, shape (trials,)
        Events of each trial.
    duration : array_like, shape (trials,) or ()
        Time counted over in each trial, or ions times time for a rate per ion.

    Raises
    ------
    ValueError
        A duration that is not positive, or counts that are none.
    """
    k, duration = np.broadcast_arrays(np.atleast_1d(k), np.asarray(duration, dtype=float))
    if not np.all(duration > 0):
        raise ValueError(f"duration is {duration.min():g} in a trial, it must be positive")
    total, time = k.sum(), duration.sum()
    rate, low, high = (
        np.asarray(count / time) for count in (total, *poisson_interval(total, level))
    )
    kind = f"{percent(level)} Garwood of {total:g} events pooled over {_trials(k)}"
    return Interval(rate, low, high, kind)


def _trials(values) -> str:
    return "one trial" if len(values) == 1 else f"{len(values)} trials"


def sd_over_ions(values, axis: int = -1) -> np.ndarray:
    """Return the standard deviation over the ions of one trial: a width, not an error."""
    values = np.asarray(values, dtype=float)
    if values.shape[axis] < 2:
        return np.full(values.sum(axis=axis).shape, np.nan)
    return values.std(axis=axis, ddof=1)
