"""Result of a fit: parameters, intervals, residuals, and what is not to be trusted in them."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy

from analysis.continuum.arrays import Array
from analysis.continuum.characterize.measurements import Measurements
from analysis.continuum.characterize.objective import Objective
from analysis.continuum.characterize.parameters import UNITS
from analysis.continuum.characterize.posterior import Laplace
from analysis.continuum.characterize.profiles import Profile
from analysis.continuum.inference import levenberg
from analysis.continuum.model import Membrane

if TYPE_CHECKING:
    import pandas as pd

AT_BOUND = 1e-4
"""Share of the bounds' width within which a parameter is at a bound."""
TIED = 0.95
"""Correlation from which on two parameters are called tied."""
LOOSE = 0.25
"""Standard deviation, as a share of the bounds' widths, from which on a direction is undetermined:
95 % of the distribution then cover the bounds."""
TOLD = 2
"""Other minima that are told one by one; a flat direction has as many as there were starts."""
UNLIKELY = 0.01
"""Probability of a larger chi2 below which the theory is said not to fit."""


@dataclass(frozen=True)
class Search:
    """Minimum that a search ended in, and others; places are scaled, costs sums of squares."""

    x: Array
    cost: float
    converged: bool
    others: Array
    other_costs: Array
    words: str

    def moved(self, objective: Objective, place: Array) -> "Search":
        """Local fit from another place."""
        found = levenberg.minimise(objective, place[None])
        return replace(
            self, x=found.x[0], cost=float(found.cost[0]), converged=bool(found.converged[0])
        )


@dataclass(frozen=True)
class Residuals:
    """Measured and predicted rejections, in the order of the data.

    Attributes
    ----------
    data : Measurements
    predicted : (N,)
    sd : (N,), or None where unknown
    """

    data: Measurements
    predicted: Array
    sd: Array | None

    @property
    def values(self) -> Array:
        """(N,) predicted less measured rejection."""
        return self.predicted - self.data.rejection

    @property
    def rmse(self) -> float:
        """Root mean square."""
        return float(np.sqrt(np.mean(self.values**2)))

    @property
    def mean_absolute(self) -> float:
        """Mean absolute deviation."""
        return float(np.mean(np.abs(self.values)))

    def by(self, role: str) -> dict[str, float]:
        """Mean absolute deviation by "feed", "series" or "ion"."""
        if role not in ("feed", "series", "ion"):
            raise ValueError(f"role is {role!r}, allowed: feed, series, ion")
        names = [
            (point.ion.name if point.ion else "") if role == "ion" else str(getattr(point, role))
            for point in self.data.points
        ]
        return {
            name: float(np.mean(np.abs(self.values[[other == name for other in names]])))
            for name in dict.fromkeys(names)
        }

    def table(self) -> "pd.DataFrame":
        """The data's table with columns predicted, residual and standardised."""
        table = self.data.table()
        table["predicted"] = self.predicted
        table["residual"] = self.values
        table["standardised"] = np.nan if self.sd is None else self.values / self.sd
        return table


@dataclass(frozen=True)
class Fit:
    """Parameters of a membrane from its rejections.

    Attributes
    ----------
    best : dict by label, SI
        Fixed parameters included.
    profile : dict of Profile by label; empty where none was asked for
    posterior : Laplace
    residuals : Residuals
    chi2 : float
        Sum of squares; of bare rejections where no standard deviation is known.
    freedom : int
        Data less free parameters.
    level : of the intervals
    known_sd : bool
    search : Search
    assumptions : dict, in words
    """

    best: dict[str, float]
    profile: dict[str, Profile]
    posterior: Laplace
    residuals: Residuals
    chi2: float
    freedom: int
    level: float
    known_sd: bool
    search: Search = field(repr=False)
    assumptions: dict[str, object] = field(repr=False)

    def membrane(self, group: str = "") -> Membrane:
        """Membrane of the best fit; of a group, where charge densities differ.

        Raises
        ------
        ValueError
            No such group.
        """
        label = f"charge_density of {group}" if group else "charge_density"
        if label not in self.best:
            groups = ", ".join(map(repr, self.posterior.space.groups))
            raise ValueError(f"group is {group!r}, allowed: {groups}")
        return Membrane(
            self.best["pore_radius"],
            self.best["effective_thickness"],
            self.best["pore_permittivity"],
            self.best[label],
        )

    @property
    def converged(self) -> bool:
        """Whether the local fit came to rest, and every prediction exists.

        Valleys and other minima that are as good are no matter of it: ``warnings`` names them.
        """
        return self.search.converged and bool(np.isfinite(self.residuals.predicted).all())

    @property
    def sd(self) -> float | None:
        """Standard deviation of a rejection that was estimated; None where known, or no freedom."""
        if self.known_sd or self.freedom < 1:
            return None
        return float(np.sqrt(self.chi2 / self.freedom))

    @property
    def p_value(self) -> float | None:
        """Probability of a larger chi2 if the theory held; None without known sd, or no freedom."""
        if not self.known_sd or self.freedom < 1:
            return None
        return float(scipy.special.chdtrc(self.freedom, self.chi2))

    @property
    def at_bounds(self) -> dict[str, str]:
        """Parameters that ended at a bound: label and "lower" or "upper", in SI terms."""
        found = {}
        for parameter, x in zip(self.posterior.space.free, self.search.x, strict=True):
            if min(x, 1 - x) < AT_BOUND:
                middle = (parameter.low + parameter.high) / 2
                found[parameter.label] = "lower" if self.best[parameter.label] < middle else "upper"
        return found

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What is not to be trusted, a sentence each."""
        notes = []
        if not self.converged:
            notes.append("the fit did not converge: its numbers are where it stopped")
        for label, side in self.at_bounds.items():
            bound = f"{self.best[label]:.4g} {_unit(label)}".rstrip()
            notes.append(f"{label} ended at its {side} bound, {bound}: no estimate")
        if self.p_value is not None and self.p_value < UNLIKELY:
            notes.append(
                f"the theory does not fit within the standard deviations: chi2 {self.chi2:.4g} for "
                f"{self.freedom} degrees of freedom; intervals are too narrow"
            )
        notes += self._open_sides() + self._ties() + self._other_minima()
        return tuple(notes)

    def _open_sides(self) -> list[str]:
        notes = []
        for label, profile in self.profile.items():
            sides = [
                side
                for side, is_open in (("below", profile.open_low), ("above", profile.open_high))
                if is_open
            ]
            if sides:
                notes.append(
                    f"{label} is not limited {' and '.join(sides)} by the data, only by its bounds"
                )
        return notes

    def _ties(self) -> list[str]:
        labels, notes = self.posterior.space.labels, []
        correlation = self.posterior.correlation
        for i, first in enumerate(labels):
            for j, second in enumerate(labels[:i]):
                if abs(correlation[i, j]) > TIED:
                    notes.append(
                        f"{second} and {first} make up for each other: correlation of their scaled "
                        f"values {correlation[i, j]:+.4f}"
                    )
        lengths, directions = self.posterior.directions
        for length, direction in zip(lengths, directions, strict=True):
            if length > LOOSE:
                parts = [
                    f"{share:+.2f} {label}"
                    for label, share in zip(labels, direction, strict=True)
                    if abs(share) > 0.1
                ]
                notes.append(
                    f"undetermined direction in scaled parameters, sd {length:.2g} of the bounds' "
                    f"width: {', '.join(parts)}"
                )
        return notes

    def _other_minima(self) -> list[str]:
        notes, space = [], self.posterior.space
        limit = scipy.special.chdtri(1, 1 - self.level) * self.posterior.scale
        for place, cost in zip(self.search.others, self.search.other_costs, strict=True):
            if cost - self.chi2 > limit or np.abs(place - self.search.x).max() < 0.02:
                continue
            values = ", ".join(f"{k} {float(v):.4g}" for k, v in space.values(place).items())
            rise = (cost - self.chi2) / self.posterior.scale
            notes.append(f"another minimum is as good (rise {rise:.2g}): {values}")
        further = len(notes) - TOLD
        if further > 0:
            notes[TOLD:] = [f"minima as good, besides those: {further}"]
        return notes

    def table(self) -> "pd.DataFrame":
        """One row a parameter: value, sd, interval, whether free, at a bound, open, and unit.

        ``sd`` is that of the Laplace approximation, taken to the parameter by its slope;
        ``low`` and ``high`` are the profile's interval, NaN without a profile.
        """
        import pandas as pd

        return pd.DataFrame(list(self._rows()))

    def as_dict(self) -> dict[str, object]:
        """Everything but the profiles' values, of plain types that JSON can hold."""
        return {
            "parameters": self._rows(),
            "rmse": self.residuals.rmse,
            "chi2": self.chi2,
            "degrees_of_freedom": self.freedom,
            "p_value": self.p_value,
            "sd_estimated": self.sd,
            "converged": self.converged,
            "level": self.level,
            "posterior": self.posterior.kind,
            "search": self.search.words,
            "warnings": list(self.warnings),
            "assumptions": {key: str(value) for key, value in self.assumptions.items()},
        }

    def _rows(self) -> list[dict[str, object]]:
        space, at_bounds = self.posterior.space, self.at_bounds
        index = {label: i for i, label in enumerate(space.labels)}
        rows = []
        for label, value in self.best.items():
            profile = self.profile.get(label)
            low, high = profile.interval if profile else (None, None)
            rows.append(
                {
                    "parameter": label,
                    "value": value,
                    "sd": self._slope(index[label]) if label in index else None,
                    "low": low,
                    "high": high,
                    "open_low": profile.open_low if profile else None,
                    "open_high": profile.open_high if profile else None,
                    "free": label in index,
                    "at_bound": at_bounds.get(label),
                    "unit": _unit(label),
                }
            )
        return rows

    def _slope(self, i: int) -> float:
        parameter, x, step = self.posterior.space.free[i], self.search.x[i], 1e-5
        ends = parameter.value(np.array([x - step, x + step]))
        return float(abs(ends[1] - ends[0]) / (2 * step) * self.posterior.sd[i])


def _unit(label: str) -> str:
    return UNITS[label.split(" of ")[0]]
