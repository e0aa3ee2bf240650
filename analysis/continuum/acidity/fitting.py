"""Maximum likelihood: shares of ionised sites that count, jointly from salts at several pH."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from analysis.continuum.acidity.forward import FIT_CELLS, Forward
from analysis.continuum.acidity.observations import Observation
from analysis.continuum.acidity.result import AcidityFit, Curves
from analysis.continuum.acidity.sites import Sites
from analysis.continuum.acidity.variants import Variant
from analysis.continuum.arrays import Array, Ints
from analysis.continuum.characterize.parameters import Space
from analysis.continuum.film import Film
from analysis.continuum.inference import (
    BETTER,
    Profile,
    covariance,
    lowest,
    minimise,
    profiles,
)
from analysis.continuum.model import Model, finite_number
from analysis.continuum.transport import CELLS

LEVEL = 0.95
STARTS = 4
"""Power of 2 of the places of Sobol's sequence from which the search starts."""
KEPT = 4
"""Of them, those that are followed."""
STEPS = 60
WORTH = 1e-4
"""Fall in the sum of squares that is worth a step: no interval or probability notices less."""


@dataclass(frozen=True)
class _Objective:
    """Residuals over their standard deviations, of scaled parameters (B, k)."""

    forward: Forward
    space: Space
    measured: Array
    sd: Array
    cells: int = FIT_CELLS

    def __call__(self, scaled: Array, _: Ints) -> Array:
        predicted = self.forward(self.space.values(scaled), self.cells)
        return (predicted - self.measured) / self.sd


def fit(
    observed: Sequence[Observation],
    sites: Sites,
    variant: Variant,
    *,
    model: Model | None = None,
    film: Film | None = None,
    level: float = LEVEL,
    with_profiles: bool = True,
    curve_pH: Sequence[float] | None = None,
    cells: int = FIT_CELLS,
    seed: int = 0,
) -> AcidityFit:
    """Fit the free parameters of a variant to permeations of all salts and pH together.

    Independent normal errors of the permeations with their standard deviations. Levenberg and
    Marquardt's method from the best of a Sobol sequence over the bounds; profile likelihoods.

    Parameters
    ----------
    observed : see ``observations``
    sites : Sites
        With every pH of the observations and of the curves.
    model, film : as of ``solve``
        Without a film permeations are taken as intrinsic.
    level : of intervals and bands
    curve_pH : pH at which permeations are predicted; those of the sites where left out
        Bands are the envelope of the fits along the profiles whose rise is within the threshold.
    cells : most cells of the march during the fit

    Raises
    ------
    ValueError
        Fewer observations than free parameters, a pH without sites, or an argument that cannot be;
        names it and says what is allowed.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level:g}, allowed is between 0 and 1")
    for one in observed:
        finite_number(f"sd of {one.salt} at pH {one.pH:g}", one.sd, positive=True)
        finite_number(f"permeation of {one.salt} at pH {one.pH:g}", one.permeation)
    forward = Forward(tuple(observed), sites, variant, model or Model(), film)
    space = variant.space
    if len(observed) < max(len(space.free), 1):
        raise ValueError(
            f"{len(observed)} observations for {len(space.free)} free parameters, allowed are as "
            "many or more"
        )
    measured = np.array([one.permeation for one in observed])
    sd = np.array([one.sd for one in observed])
    objective = _Objective(forward, space, measured, sd, cells)
    best, converged = _search(objective, seed)
    threshold = float(scipy.special.chdtri(1, 1 - level))
    found: list[Profile] = []
    if with_profiles and space.free:
        found = profiles(objective, best, covariance(objective, best), threshold)
        place, rise = lowest(found, best)
        if rise < -BETTER:
            again = minimise(objective, place[None], steps=STEPS, lowest=WORTH)
            best, converged = again.x[0], bool(again.converged[0])
            found = profiles(objective, best, covariance(objective, best), threshold)
    values = space.values(best[None])
    predicted = forward(values, CELLS)[0]
    curve = forward.at(np.asarray(sites.pH if curve_pH is None else curve_pH).tolist())
    return AcidityFit(
        forward=forward,
        best={name: float(value[0]) for name, value in values.items()},
        profiles=dict(zip(space.labels, found, strict=True)) if found else {},
        predicted=predicted,
        chi2=float(np.sum(((predicted - measured) / sd) ** 2)),
        converged=converged and bool(np.isfinite(predicted).all()),
        level=level,
        curves=_curves(curve, space, best, found, threshold),
    )


def _search(objective: _Objective, seed: int) -> tuple[Array, bool]:
    width = len(objective.space.free)
    if not width:
        return np.zeros(0), True
    sobol = scipy.stats.qmc.Sobol(width, rng=seed).random_base2(STARTS)
    tried = np.concatenate([np.full((1, width), 0.5), sobol])
    cost = np.sum(objective(tried, np.arange(len(tried))) ** 2, axis=1)
    order = np.argsort(np.where(np.isfinite(cost), cost, np.inf))[:KEPT]
    found = minimise(objective, tried[order], steps=STEPS, lowest=WORTH)
    first = int(found.cost.argmin())
    return found.x[first], bool(found.converged[first])


def _curves(
    curve: Forward, space: Space, best: Array, found: Sequence[Profile], threshold: float
) -> Curves:
    """Permeation and charge of the best fit, and their envelope over fits as likely."""
    places = best[None]
    for profile in found:
        kept = (profile.rise <= threshold * (1 + 1e-9)) & (profile.rise > 0)
        places = np.concatenate([places, profile.places[kept]])
    values = space.values(places)
    permeation, charge = curve(values), curve.charges(values)
    bare = _bare(curve, values)
    return Curves(
        salts=tuple(one.salt for one in curve.observed),
        pH=np.array([one.pH for one in curve.observed]),
        permeation=permeation[0],
        band=_envelope(permeation, bool(found)),
        charge=charge[0],
        charge_band=_envelope(charge, bool(found)),
        bare_charge=bare[0],
        bare_band=_envelope(bare, bool(found)),
    )


def _bare(curve: Forward, values: dict[str, Array]) -> Array:
    rows = curve.sites.rows([one.pH for one in curve.observed])
    return curve.sites.net(*curve.variant.fractions(values))[:, rows]


def _envelope(values: Array, known: bool) -> tuple[Array, Array]:
    if not known:
        unknown = np.full(values.shape[1], np.nan)
        return unknown, unknown
    return np.nanmin(values, axis=0), np.nanmax(values, axis=0)
