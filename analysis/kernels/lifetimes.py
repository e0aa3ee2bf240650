"""Lifetimes of contacts, many of which are censored by the begin or the end of a run."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from analysis.kernels.intervals import poisson_interval, t_interval

READINGS = ("trial", "ion", "pair")


@dataclass(frozen=True)
class Estimate:
    """A lifetime in frames, or in the unit that it was `scaled` to.

    Attributes
    ----------
    value : float
    low, high : float
        Edges of the interval, NaN where there is none.
    n : int
        Contacts, or maxima, that it is taken over.
    censored : float
        Share of these that were cut off, 0 to 1.
    """

    value: float
    low: float
    high: float
    n: int
    censored: float

    def __float__(self) -> float:
        return self.value

    def scaled(self, interval: float) -> "Estimate":
        """Convert frames to the unit of the interval between them."""
        value, low, high = (interval * edge for edge in (self.value, self.low, self.high))
        return Estimate(value, low, high, self.n, self.censored)


@dataclass(frozen=True)
class Survival:
    """A Kaplan-Meier curve, every array of shape (k,); the first entry is at time 0.

    Attributes
    ----------
    time : int array
        Frames.
    survival : array
        Share of contacts that last longer.
    variance : array
        Greenwood's; NaN once nothing survives.
    low, high : arrays
        Pointwise interval, from log(-log survival); NaN where the survival is 1 or 0.
    at_risk, ended : int arrays
        Contacts known to have lasted up to that time, and those that ended at it.
    """

    time: np.ndarray
    survival: np.ndarray
    variance: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_risk: np.ndarray
    ended: np.ndarray


def mean_lifetime(events: pd.DataFrame, level: float = 0.95) -> Estimate:
    """Estimate the mean lifetime of censored contacts: frames in contact per observed end.

    tau = sum(end - start) / number of ends is the maximum likelihood estimate of an exponential
    lifetime when contacts are cut off (B. Epstein & M. Sobel, J. Am. Stat. Assoc. 48, 486 (1953)).
    A contact that began before the first frame counts with what was seen of it: an exponential
    lifetime has no memory. The interval is that of the number of ends as a Poisson count; without
    any end the value is infinite and low a bound. Runs must be many frames long: whether a contact
    outlived the last frame is not seen, which makes the value too long by about 1 / T of it.

    Parameters
    ----------
    events : DataFrame
        As of `contact_events`, of any number of pairs and trials.
    level : float
        Coverage, if contacts end independently of each other and at one rate.

    Returns
    -------
    estimate : Estimate, in frames
        `n` contacts, of which the share `censored` has no end that was seen.

    Raises
    ------
    ValueError
        No contact at all, or a column that is missing.

    Examples
    --------
    >>> contact = [[True, False], [True, True], [False, True], [False, True]]
    >>> from analysis.kernels.contacts import contact_events
    >>> mean_lifetime(contact_events(contact)).value  # 2 and 3 frames, one end
    5.0
    """
    _check(events, "start", "end", "right_censored")
    cut = events["right_censored"].to_numpy(dtype=bool)
    frames, ends = float((events["end"] - events["start"]).sum()), int((~cut).sum())
    fewest, most = (float(edge) for edge in poisson_interval(ends, level))
    value, high = (frames / count if count > 0 else np.inf for count in (ends, fewest))
    return Estimate(value, frames / most, high, len(events), float(cut.mean()))


def maximum_lifetime(events: pd.DataFrame, reading: str = "trial", level: float = 0.95) -> Estimate:
    """Average the longest contacts, in one of three readings of "mean maximum lifetime".

    - "trial": the longest contact of any pair in a trial;
    - "ion": the longest contact of each ion with any partner, averaged over ions that met one;
    - "pair": the longest contact of each pair that ever met, averaged over those pairs.

    Each trial has one such value; the result is their mean, with its t interval from two trials
    on. A maximum grows with the length of the run and with the number of pairs, and cannot exceed
    the run: where `censored` is not 0 it is a lower bound.

    Parameters
    ----------
    events : DataFrame
        As of `contact_events`. A column trial tells trials apart (without it there is one);
        reading "ion" needs the column ion.
    reading : str
    level : float
        Of the interval over trials.

    Returns
    -------
    estimate : Estimate, in frames
        `n` maxima, of which the share `censored` are contacts cut off at the begin or the end.

    Raises
    ------
    ValueError
        No contact at all, an unknown reading, or a column that is missing.

    Examples
    --------
    >>> contact = [[True, False], [True, True], [False, True], [False, True]]
    >>> from analysis.kernels.contacts import contact_events
    >>> events = contact_events(contact)
    >>> maximum_lifetime(events).value, maximum_lifetime(events, "pair").value
    (3.0, 2.5)
    """
    if reading not in READINGS:
        raise ValueError(f"reading is {reading!r}, allowed are {', '.join(READINGS)}")
    keys = [] if reading == "trial" else [reading]
    _check(events, "start", "end", "left_censored", "right_censored", *keys)
    trial = events["trial"] if "trial" in events else pd.Series(0, index=events.index)
    lengths = pd.DataFrame(
        {
            "trial": trial,
            "length": events["end"] - events["start"],
            "cut": events["left_censored"] | events["right_censored"],
            **{key: events[key] for key in keys},
        }
    )
    # Of equally long contacts the one that was cut off may be the longer one.
    longest = lengths.sort_values(["length", "cut"]).groupby(["trial", *keys]).tail(1)
    values = longest.groupby("trial")["length"].mean().to_numpy(dtype=float)
    mean, low, high = (float(edge) for edge in t_interval(values, level))
    return Estimate(mean, low, high, len(longest), float(longest["cut"].mean()))


def survival(events: pd.DataFrame, level: float = 0.95) -> Survival:
    """Estimate the survival function of contacts by Kaplan and Meier.

    It is the share of contacts that last longer than t, whatever the law of their lifetimes.
    E. L. Kaplan & P. Meier, J. Am. Stat. Assoc. 53, 457 (1958): S(t) = prod (1 - d_i / n_i) over
    times up to t at which d_i of the n_i contacts still followed ended; variance (Greenwood 1926)
    S^2 sum d_i / (n_i (n_i - d_i)). Contacts that began before the first frame are left out: how
    old they were is not known. Those without an end that was seen count up to their last frame.

    Parameters
    ----------
    events : DataFrame
        As of `contact_events`.
    level : float
        Coverage of the pointwise interval, if contacts are independent.

    Raises
    ------
    ValueError
        No contact whose begin was seen, a column that is missing, or a level outside (0, 1).

    Examples
    --------
    >>> events = pd.DataFrame({"start": [1, 1, 1], "end": [3, 4, 6], "left_censored": False,
    ...                        "right_censored": [False, True, False]})
    >>> curve = survival(events)
    >>> curve.time.tolist(), curve.survival.round(4).tolist()
    ([0, 2, 5], [1.0, 0.6667, 0.0])
    """
    _check(events, "start", "end", "left_censored", "right_censored")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, it must lie between 0 and 1")
    begun = events[~events["left_censored"].to_numpy(dtype=bool)]
    if begun.empty:
        raise ValueError("every contact began before the first frame: no lifetime is known")
    length = (begun["end"] - begun["start"]).to_numpy()
    seen = ~begun["right_censored"].to_numpy(dtype=bool)
    time, ended = np.unique(length[seen], return_counts=True)
    at_risk = len(length) - np.searchsorted(np.sort(length), time)
    share = np.cumprod(1 - ended / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.cumsum(ended / (at_risk * (at_risk - ended)))
        variance = share**2 * terms
        # log(-log S) has the standard error sqrt(terms) / |log S|.
        half = scipy.special.ndtri((1 + level) / 2) * np.sqrt(terms) / np.log(share)
        low, high = share ** np.exp(-half), share ** np.exp(half)
    none = ~((share > 0) & (share < 1))
    low, high = np.where(none, np.nan, low), np.where(none, np.nan, high)
    return Survival(
        np.concatenate([[0], time]),
        np.concatenate([[1.0], share]),
        np.concatenate([[0.0], variance]),
        np.concatenate([[np.nan], low]),
        np.concatenate([[np.nan], high]),
        np.concatenate([[len(length)], at_risk]),
        np.concatenate([[0], ended]),
    )


def _check(events: pd.DataFrame, *columns: str) -> None:
    missing = [name for name in columns if name not in events]
    if missing:
        raise ValueError(
            f"events has no column {', '.join(missing)}; it has {', '.join(map(str, events))}"
        )
    if events.empty:
        raise ValueError("events is empty: no pair was ever in contact")
