"""What an interval is taken over: trials, blocks of one trial, or counted ions."""

from dataclasses import dataclass

import numpy as np

from analysis.kernels import clopper_pearson, t_interval


@dataclass(frozen=True)
class Interval:
    """A value, its low and high edge (NaN where there is none), and what they are taken over."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    kind: str


def percent(level: float) -> str:
    """Level of an interval as a reader writes it.

    >>> percent(0.95)
    '95 %'
    """
    return f"{100 * level:g} %"


def t_kind(level: float, count: int, of: str) -> str:
    """Name of Student's t interval of a mean of `count` values, two or more.

    >>> t_kind(0.95, 3, "3 trials")
    '95 % t-interval, 2 degrees of freedom (3 trials)'
    """
    freedom = "1 degree" if count == 2 else f"{count - 1} degrees"
    return f"{percent(level)} t-interval, {freedom} of freedom ({of})"


def over_trials(values, level: float) -> Interval:
    """Mean over independent trials (first axis) with its t interval: the headline of a figure."""
    count = len(values)
    kind = t_kind(level, count, f"{count} trials") if count > 1 else "none: one trial"
    return Interval(*t_interval(values, level), kind)


def over_blocks(values, level: float) -> Interval:
    """Mean over equal blocks of time of ONE trial with its t interval.

    It tells how much the trial still changes, not how much another trial would differ: blocks of
    one trial share the membrane, the start and slow motions.
    """
    count = len(values)
    of = f"{count} blocks of one trial"
    kind = t_kind(level, count, of) if count > 1 else "none: one block"
    return Interval(*t_interval(values, level), kind)


def share_of_ions(k: int, n: int, level: float) -> Interval:
    """Share k / n of counted ions with its exact binomial interval.

    It takes ions as independent. Ions that move in clusters, or share a pore, are fewer
    independent ones than n, so the shares of single trials belong beside it.
    """
    low, high = clopper_pearson(k, n, level)
    return Interval(np.asarray(k / n), low, high, f"{percent(level)} Clopper-Pearson of {n} ions")


def sd_over_ions(values, axis: int = -1) -> np.ndarray:
    """Standard deviation over the ions of one trial: the width of their distribution, no error."""
    values = np.asarray(values, dtype=float)
    if values.shape[axis] < 2:
        return np.full(values.sum(axis=axis).shape, np.nan)
    return values.std(axis=axis, ddof=1)
