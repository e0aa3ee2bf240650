"""Maximum likelihood: parameters of a membrane from its rejections, and how well they are known."""

from collections.abc import Mapping

import numpy as np
import scipy

from analysis.continuum import activity
from analysis.continuum.characterize.forward import Forward
from analysis.continuum.characterize.measurements import Measurements
from analysis.continuum.characterize.objective import Objective, WaterPermeability
from analysis.continuum.characterize.parameters import Range, Space
from analysis.continuum.characterize.posterior import Laplace
from analysis.continuum.characterize.profiles import Profile, profiles
from analysis.continuum.characterize.result import Fit, Residuals, Search
from analysis.continuum.characterize.search import search
from analysis.continuum.film import Film
from analysis.continuum.inference import BETTER
from analysis.continuum.model import Model
from analysis.continuum.transport import CELLS

LEVEL = 0.95
ROUNDS = 3
"""Fits, each from the lower place that the profiles of the one before passed through."""


def fit(
    data: Measurements,
    bounds: Mapping[str, Range] | None = None,
    *,
    model: Model | None = None,
    film: Film | None = None,
    drive: str | None = None,
    charge_by: str = "membrane",
    diffusivity: str = "feed",
    sd: float | None = None,
    water_permeability: WaterPermeability | None = None,
    level: float = LEVEL,
    with_profiles: bool = True,
    start: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Fit:
    """Fit pore radius, effective thickness, pore permittivity and charge density to rejections.

    Independent normal errors of the rejections; least squares weighted by their standard
    deviations. Differential evolution over the bounds, then Levenberg and Marquardt's method, in
    scaled parameters (``characterize.parameters``). All ions, feeds, fluxes and temperatures of the
    data count together.

    Parameters
    ----------
    data : Measurements
        Of one membrane; see ``Measurements.of``. Pure water is left out.
    bounds : by name of ``NAMES``, SI: (low, high), or a number for a parameter that is fixed
        Default ``BOUNDS``. With ``charge_by``, also "charge_density of <group>".
    model, film : as of ``solve``
        Without a film the rejections are taken as intrinsic.
    drive : "flux" or "pressure"
        Which of the two is given to the theory; None for the flux where the table has one. From a
        pressure the flux follows by Hagen and Poiseuille, at the viscosity of the temperature.
    charge_by : "membrane", "feed" or "series"
        What has a charge density of its own; the other parameters are shared.
    diffusivity : "feed" or "25 C"
        Temperature of the diffusivities.
    sd : float
        Of every rejection, where the table has none. Without either, one common standard deviation
        is estimated from the residuals.
    water_permeability : WaterPermeability
        A further datum.
    level : of the intervals
    with_profiles : whether to compute profile likelihoods
    start : by label, SI
        Start of a local fit in place of the global search.
    seed : of the search

    Raises
    ------
    MeasurementsError
        Several membranes, no rejection, or fewer data than free parameters.
    ValueError
        Another argument cannot be; names it and its value, and says what is allowed.

    A fit that ends at a bound, does not converge, or leaves a parameter open says so in
    ``Fit.warnings``.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level:g}, allowed is between 0 and 1")
    forward = Forward.of(data, model, film, drive, charge_by, diffusivity)
    space = Space.of(bounds, forward.groups)
    if not space.free:
        raise ValueError("bounds fix every parameter, allowed is at least one free")
    objective = Objective.of(forward, space, sd, water_permeability)
    found = _local(objective, start) if start is not None else _global(objective, seed)
    profile: dict[str, Profile] = {}
    freedom = objective.number - len(space.free)
    special = scipy.special
    threshold = float(
        special.chdtri(1, 1 - level) if objective.known else special.fdtri(1, freedom, level)
    )
    for _ in range(ROUNDS):
        scale = 1.0 if objective.known else found.cost / freedom
        laplace = Laplace.at(objective, found.x, max(scale, 1e-30))
        if not with_profiles:
            break
        profile, place, rise = profiles(objective, laplace, threshold)
        if rise >= -BETTER:
            break
        found = found.moved(objective, place)
    predicted = objective.predicted(found.x[None], cells=CELLS)[0]
    return Fit(
        best={label: float(value) for label, value in space.values(found.x).items()},
        profile=profile,
        posterior=laplace,
        residuals=Residuals(forward.data, predicted, objective.sd if objective.known else None),
        chi2=found.cost,
        freedom=freedom,
        level=level,
        known_sd=objective.known,
        search=found,
        assumptions=_assumptions(objective, forward, film),
    )


def _global(objective: Objective, seed: int) -> Search:
    found = search(objective, seed)
    return Search(
        x=found.x[0],
        cost=float(found.cost[0]),
        converged=bool(found.converged[0]),
        others=found.x[1:],
        other_costs=found.cost[1:],
        words=f"differential evolution over {found.evaluated} membranes, {found.unsolved} of them "
        "left out as not converged, then local fits",
    )


def _local(objective: Objective, start: Mapping[str, float]) -> Search:
    missing = [label for label in objective.space.labels if label not in start]
    if missing:
        raise ValueError(f"start has no {missing[0]}, allowed is one of every free parameter")
    place = objective.space.scaled(start)
    outside = [p.label for p, x in zip(objective.space.free, place, strict=True) if not 0 <= x <= 1]
    if outside:
        value = start[outside[0]]
        raise ValueError(f"start of {outside[0]} is {value:g}, allowed is within its bounds")
    blank = Search(place, np.inf, False, np.empty((0, len(place))), np.empty(0), "local fit")
    return blank.moved(objective, place)


def _assumptions(objective: Objective, forward: Forward, film: Film | None) -> dict[str, object]:
    model = forward.model
    errors = "independent, normal, with the given standard deviations"
    if not objective.known:
        errors = "independent, normal, of one standard deviation, estimated from the residuals"
    beyond = activity.beyond_davies(
        max(
            activity.strongest(
                call.feed.ions, np.stack(np.broadcast_arrays(*call.feed.values), axis=-1)
            )
            for call in forward.calls
        )
    )
    notes: dict[str, object] = {
        "errors": errors,
        "hindrance": model.hindrance,
        "activity": model.activity + (beyond if model.activity == "davies" else ""),
        "pore_activity": model.pore_activity,
        "image_charges": model.image_charges,
        "born_radius": model.born_radius,
        "film": "none: rejections are taken as intrinsic"
        if film is None
        else f"linear, {'with' if film.suction else 'without'} suction",
        "water": "permittivity 78.54 at 25 C, scaled to other temperatures; viscosity IAPWS",
        **forward.assumptions,
    }
    if objective.permeability is not None:
        notes["water_permeability"] = "a datum, Hagen and Poiseuille"
    return notes
