"""Quantities found or missing: values with an interval, a definition, a basis and a source."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

RUNS = "runs"
HYDRATED = "hydrated membrane"
LAYOUT = "layout and network alone"
ASSUMED = "assumed"
BASES = (RUNS, HYDRATED, LAYOUT, ASSUMED)
"""What a value rests on, the best first."""
COLUMNS = (
    *("quantity", "ion", "value", "low", "high", "unit", "interval"),
    *("definition", "basis", "source", "note"),
)


class Missing(Exception):
    """Something is not there; the message says what and why."""


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, NaN where there is none.

    Attributes
    ----------
    each : (trials,) array
        Values of the trials, empty where it is no mean over trials.
    """

    value: float
    low: float = np.nan
    high: float = np.nan
    interval: str = "none"
    each: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def mapped(self, function: Callable[[float], float]) -> "Estimate":
        """The same of a monotonic function of it, which the edges of its interval go through."""
        edges = [function(edge) if np.isfinite(edge) else np.nan for edge in (self.low, self.high)]
        low, high = sorted(edges)
        # What a mean over trials was taken of is not what the function's own would be.
        return Estimate(function(self.value), low, high, self.interval)


def over(values: npt.ArrayLike, level: float) -> Estimate:
    """Mean over trials with its t interval, where all trials have a value.

    Raises
    ------
    Missing
        No trial has a value.
    """
    # It comes with pandas, which importing this room should not load.
    from analysis.statistics import over_present

    each = np.atleast_1d(np.asarray(values, dtype=float))
    if not np.isfinite(each).any():
        raise Missing("no trial has a value")
    means = over_present(each, level)
    return Estimate(float(means.value), float(means.low), float(means.high), str(means.kind), each)


@dataclass(frozen=True)
class Value:
    """A value of the table; attributes as its columns."""

    estimate: Estimate
    unit: str
    definition: str
    basis: str
    source: str
    note: str = ""


@dataclass
class Found:
    """Values by quantity and ion, and what is missing with the reason.

    Attributes
    ----------
    values : dict of Value by (quantity, ion)
    missing : dict of str by (quantity, ion)
    """

    values: dict[tuple[str, str], Value] = field(default_factory=dict)
    missing: dict[tuple[str, str], str] = field(default_factory=dict)

    def first(
        self, quantity: str, ways: Sequence[Callable[[], Value]], ion: str = ""
    ) -> Value | None:
        """Keep what the first way that finds something finds; else the reasons of all of them.

        A value that is not finite is none.
        """
        reasons: list[str] = []
        for way in ways:
            try:
                value = way()
            except Missing as reason:
                reasons.append(str(reason))
                continue
            if np.isfinite(value.estimate.value):
                self.values[quantity, ion] = value
                return value
            reasons.append(f"{value.source} gives {value.estimate.value:g}")
        self.missing[quantity, ion] = "; ".join(dict.fromkeys(reasons))
        return None

    def rows(self) -> list[Mapping[str, object]]:
        """Rows of the table, by `COLUMNS`."""
        return [
            {
                "quantity": quantity,
                "ion": ion,
                "value": value.estimate.value,
                "low": value.estimate.low,
                "high": value.estimate.high,
                "unit": value.unit,
                "interval": value.estimate.interval,
                "definition": value.definition,
                "basis": value.basis,
                "source": value.source,
                "note": value.note,
            }
            for (quantity, ion), value in self.values.items()
        ]
