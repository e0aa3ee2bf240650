"""The classical characterisation in four steps, one parameter each, with its propagation of errors.

Uncharged solutes give the pore radius, pure water the thickness, rejections of a salt at the
isoelectric point the permittivity, and other rejections the charge: appendix D of Rehman, Sheriff
and Lienhard, Water Research 243 (2023), eqs. D.8 to D.14, after Bowen, Mohammad and Hilal, J.
Membr. Sci. 126, 91 (1997). Each step takes what the steps before found as certain; their
uncertainty is carried along afterwards, linearly, as is usual. ``fit`` does neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.characterize.measurements import Measurements
from analysis.continuum.characterize.parameters import NAMES, UNITS, Range
from analysis.continuum.characterize.steps import Steps
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model

if TYPE_CHECKING:
    import pandas as pd

VARIANTS = ("sequential", "simultaneous")
CHANGE = 0.01
"""Relative change of an earlier parameter, for the sensitivity of a later one."""


@dataclass(frozen=True)
class FourSteps:
    """Result of the four steps.

    Attributes
    ----------
    best : dict by name, SI
    own_sd : dict by name
        From the scatter or sd of the step's data alone, what came before being certain.
    sd : dict by name
        With the uncertainty of what came before, propagated linearly.
    elasticity : dict of dicts
        elasticity[later][earlier] is d ln |later| / d ln earlier: 2 means that 10 % in one are 20 %
        in the other.
    rmse : dict by name
        Of the step's rejections, or of its relative fluxes.
    variant : one of VARIANTS
    assumptions : dict, in words
    warnings : tuple of str
    """

    best: dict[str, float]
    own_sd: dict[str, float]
    sd: dict[str, float]
    elasticity: dict[str, dict[str, float]]
    rmse: dict[str, float]
    variant: str
    assumptions: dict[str, object] = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def membrane(self) -> Membrane:
        """Membrane of the four parameters."""
        return Membrane(*(self.best[name] for name in NAMES))

    def table(self) -> "pd.DataFrame":
        """One row a parameter: value, own_sd, sd, rmse of its step, unit, d ln / d ln of others."""
        import pandas as pd

        return pd.DataFrame(self._rows())

    def as_dict(self) -> dict[str, object]:
        """Everything, of plain types that JSON can hold."""
        return {
            "parameters": self._rows(),
            "variant": self.variant,
            "warnings": list(self.warnings),
            "assumptions": {key: str(value) for key, value in self.assumptions.items()},
        }

    def _rows(self) -> list[dict[str, object]]:
        return [
            {
                "parameter": name,
                "value": self.best[name],
                "own_sd": self.own_sd[name],
                "sd": self.sd[name],
                "rmse": self.rmse[name],
                "unit": UNITS[name],
                **{f"elasticity_{n}": self.elasticity[name].get(n) for n in NAMES[:-1]},
            }
            for name in NAMES
        ]


def four_step(
    data: Measurements,
    *,
    isoelectric: str = "isoelectric",
    variant: str = "sequential",
    limiting: bool = False,
    model: Model | None = None,
    film: Film | None = None,
    bounds: Mapping[str, Range] | None = None,
) -> FourSteps:
    """Pore radius, thickness, permittivity and charge, one after another.

    Parameters
    ----------
    data : Measurements
        Of one membrane: rejections of uncharged solutes, pure water (flux and pressure, no ion),
        rejections of salts in the series ``isoelectric``, and of ions in any other.
    isoelectric : word of the column ``series`` for what was measured at the isoelectric point
    variant : "sequential" or "simultaneous"
        Radius from rejections (D.10), with the thickness that the water permeability gives it
        (D.9), then the thickness (D.11); or both at once from relative deviations (D.12).
    limiting : bool
        Rejections of uncharged solutes are those at an infinite flux, 1 - Kc Phi (Labban et al.,
        J. Membr. Sci. 521, 18 (2017)).
    model, film : as of ``solve``, in steps three and four
    bounds : pairs by name, SI

    Raises
    ------
    MeasurementsError
        A step has no data; names what is missing.
    ValueError
        Unknown variant or bounds.
    """
    if variant not in VARIANTS:
        raise ValueError(f"variant is {variant!r}, allowed: {', '.join(VARIANTS)}")
    steps = Steps.of(data, isoelectric, variant, limiting, model, film, bounds)
    best: dict[str, float] = {}
    rmse: dict[str, float] = {}
    own: list[Array] = []
    warnings = []
    for names in steps.order:
        found, covariance, deviation, at_bound = steps.solve(names, best)
        best.update(found)
        own.append(covariance)
        rmse.update(dict.fromkeys(names, deviation))
        warnings += [f"{name} ended at a bound, {best[name]:.4g}: no estimate" for name in at_bound]
    sd, elasticity = _propagated(steps, best, own)
    return FourSteps(
        best=best,
        own_sd={
            name: float(np.sqrt(part[i, i]))
            for names, part in zip(steps.order, own, strict=True)
            for i, name in enumerate(names)
        },
        sd=sd,
        elasticity=elasticity,
        rmse=rmse,
        variant=variant,
        assumptions={
            "steps": "each takes the parameters of those before as certain",
            "errors": "propagated linearly through the steps",
            "uncharged": "limiting rejection" if limiting else "Pe from the flux",
            "isoelectric": f"charge is 0 in series {isoelectric!r}",
            "hindrance": steps.model.hindrance,
            "activity": steps.model.activity,
            "film": "none: rejections are taken as intrinsic" if film is None else "linear",
        },
        warnings=tuple(warnings),
    )


def _propagated(
    steps: Steps, best: Mapping[str, float], own: Sequence[Array]
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Standard deviations with those of earlier steps, and elasticities.

    Jacobian of the later estimates by the earlier parameters, from repeated steps; covariances
    between the parameters of a chain are kept.
    """
    before: list[str] = []
    covariance = np.zeros((0, 0))
    elasticity: dict[str, dict[str, float]] = {}
    for names, part in zip(steps.order, own, strict=True):
        slopes = np.zeros((len(names), len(before)))
        for j, earlier in enumerate(before):
            ends = []
            for sign in (1, -1):
                known = {name: best[name] for name in before}
                known[earlier] *= 1 + sign * CHANGE
                ends.append(steps.again(names, known, best))
            for i, name in enumerate(names):
                slopes[i, j] = (ends[0][name] - ends[1][name]) / (2 * CHANGE * best[earlier])
        for i, name in enumerate(names):
            elasticity[name] = {
                earlier: float(slopes[i, j] * best[earlier] / best[name]) if best[name] else np.nan
                for j, earlier in enumerate(before)
            }
        carried = slopes @ covariance
        corner = carried @ slopes.T + part
        covariance = np.block([[covariance, carried.T], [carried, corner]])
        before += names
    sd = {name: float(np.sqrt(covariance[i, i])) for i, name in enumerate(before)}
    return sd, elasticity
