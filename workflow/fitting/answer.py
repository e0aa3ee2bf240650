"""Answers of ``polyamide fit``: the fit, its ensemble, and their tables."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.continuum.characterize import Fit, FourSteps, four_step
from analysis.continuum.characterize.forward import Forward
from analysis.continuum.ensembles import (
    Ensemble,
    curve_points,
    intervals,
    rejections,
    sample,
)
from mdtools.errors import SettingsError
from workflow.fitting.pores import LearntPores, learnt_pores, one_feed
from workflow.fitting.question import Problem, Question

DRAWS = 128
"""Membranes that the bands are over."""
RIDGE = 2.0, 801
"""Standard deviations to either side along the least known direction, and places."""


@dataclass(frozen=True)
class Answer:
    """What was found.

    Attributes
    ----------
    question : Question
    problem : Problem
    fit : Fit
    ensemble : Ensemble or None
    classical : FourSteps or None
    pores : LearntPores or None
    notes : tuple of str
        Warnings of the model.
    """

    question: Question
    problem: Problem
    fit: Fit
    ensemble: Ensemble | None
    classical: FourSteps | None
    pores: LearntPores | None
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Membrane and where its data come from."""
        names = (*self.problem.data.membranes, self.problem.source.name)
        chosen = (self.question.feed, self.question.series)
        return ", ".join(filter(None, (*names, *chosen)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is not to be trusted, of all parts."""
        parts = [*self.fit.warnings, *self.notes]
        if self.ensemble is not None:
            parts += self.ensemble.warnings
        if self.classical is not None:
            parts += [f"four steps: {line}" for line in self.classical.warnings]
        if self.pores is not None:
            parts += [f"pores: {line}" for line in self.pores.warnings]
        return tuple(dict.fromkeys(parts))

    @property
    def assumptions(self) -> dict[str, str]:
        """In words, of all parts."""
        found = {key: _words(value) for key, value in self.fit.assumptions.items()}
        if self.ensemble is not None:
            found |= {key: str(value) for key, value in self.ensemble.assumptions.items()}
        if self.pores is not None:
            found |= {f"pores_{key}": _words(v) for key, v in self.pores.assumptions.items()}
        return found

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by the name of its file, SI units."""
        residuals = self.fit.residuals.table()
        residuals["low"] = residuals["high"] = np.nan
        tables = {
            "measurements": self.problem.data.table(),
            "parameters": self._parameters(),
            "residuals": residuals,
        }
        if self.fit.profile:
            profiles = [profile.table() for profile in self.fit.profile.values()]
            tables["profiles"] = pd.concat(profiles, ignore_index=True)
        if self.ensemble is not None:
            draws = self.ensemble.thinned(DRAWS, self.question.seed)
            band = intervals(self._rejections(self.fit.residuals.data, draws), self.fit.level)
            residuals["low"], residuals["high"] = band["low"], band["high"]
            labels = self.fit.posterior.space.labels
            tables["posterior"] = pd.DataFrame(
                {label: self.ensemble.parameters[label] for label in labels}
            ).assign(log_density=self.ensemble.log_density)
            tables["bands"] = self._bands(draws)
        if self.classical is not None:
            tables["classical"] = self.classical.table()
        if self.pores is not None:
            tables["pores"] = self.pores.parameters
            tables["pore_sizes"] = self.pores.densities
        return tables

    def ridge(self) -> pd.DataFrame:
        """Places along the longest axis of the normal approximation, within the bounds, SI."""
        posterior, (width, number) = self.fit.posterior, RIDGE
        lengths, directions = posterior.directions
        along = np.linspace(-width, width, number)[:, None] * min(float(lengths[0]), 1.0)
        places = self.fit.search.x + along * directions[0]
        inside = places[((places >= 0) & (places <= 1)).all(axis=1)]
        values = posterior.space.values(inside)
        return pd.DataFrame({label: values[label] for label in posterior.space.labels})

    def _parameters(self) -> pd.DataFrame:
        table = self.fit.table().astype({"sd": float, "low": float, "high": float})
        free = {parameter.label: parameter for parameter in self.fit.posterior.space.free}
        for end, side in (("bound_low", "low"), ("bound_high", "high")):
            table[end] = [
                getattr(free[label], side) if label in free else np.nan for label in table.parameter
            ]
        return table

    def _rejections(self, data: Any, parameters: Any) -> np.ndarray:
        forward = Forward.of(data, **self.problem.options)
        # Curves may be of fewer groups than the fit, never of others.
        labels = [
            f"charge_density of {group}" if group else "charge_density" for group in forward.groups
        ]
        return rejections(forward, parameters, labels)

    def _bands(self, draws: dict[str, np.ndarray]) -> pd.DataFrame:
        points = curve_points(self.fit.residuals.data, self.question.drive)
        found = intervals(self._rejections(points, draws), self.fit.level)
        best = {label: np.array([value]) for label, value in self.fit.best.items()}
        table = points.table().drop(columns=["line", "rejection", "sd"])
        table["best"] = self._rejections(points, best)[0]
        return table.assign(**found)


def answer(question: Question, log: Callable[[str], None]) -> Answer:
    """Fit, sample, and whatever else was asked.

    Raises
    ------
    SettingsError
        The question cannot be answered: what, where, what is allowed.
    """
    problem = question.problem()
    classical = None
    if question.classical:
        classical = _classical(question, problem)
    if question.pores is not None:
        one_feed(question, problem)
    fitting = len(problem.objective.space.free)
    log(f"{len(problem.objective.forward.data)} rejections, {fitting} free parameters")
    fit, notes = question.fit(problem)
    ensemble = None
    if question.bands:
        log("membranes that agree with the data")
        ensemble = sample(fit, problem.objective, seed=question.seed)
    pores = None
    if question.pores is not None:
        log("pore sizes")
        pores = learnt_pores(question, problem, fit)
    return Answer(question, problem, fit, ensemble, classical, pores, notes)


def _classical(question: Question, problem: Problem) -> FourSteps:
    try:
        return four_step(
            problem.source.data.of(question.membrane),
            isoelectric=question.isoelectric,
            model=question.model(),
            film=problem.options["film"],
            bounds=problem.bounds,
        )
    except ValueError as error:
        raise SettingsError(f"--classical: {' '.join(str(error).split())}") from None


def _words(value: object) -> str:
    return "none" if value is None else str(value)
