"""Profile likelihoods of the parameters of a membrane, in SI units."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.continuum import inference
from analysis.continuum.arrays import Array
from analysis.continuum.characterize.objective import Objective
from analysis.continuum.characterize.parameters import Parameter
from analysis.continuum.characterize.posterior import Laplace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Profile:
    """Profile likelihood of one parameter.

    Attributes
    ----------
    label : of the parameter
    values : (M,) SI, rising
    rise : (M,)
        Of -2 ln(likelihood) above the best fit's; others are fitted again at each value. NaN where
        no fit was found.
    threshold : float
        Rise at the ends of the interval.
    interval : pair, SI
        Where the rise is below the threshold; a bound where it never reaches it.
    open_low, open_high : bool
        The data do not end the interval on this side: the bound does.
    """

    label: str
    values: Array
    rise: Array
    threshold: float
    interval: tuple[float, float]
    open_low: bool
    open_high: bool

    def table(self) -> "pd.DataFrame":
        """Columns parameter, value, rise, threshold."""
        import pandas as pd

        columns = {"value": self.values, "rise": self.rise, "threshold": self.threshold}
        return pd.DataFrame({"parameter": self.label, **columns})


def profiles(
    objective: Objective, laplace: Laplace, threshold: float
) -> tuple[dict[str, Profile], Array, float]:
    """Profiles of the free parameters around a best fit, and the lowest place they went through.

    Parameters
    ----------
    laplace : Laplace
        At the best fit.
    threshold : of the rise, in units of ``laplace.scale``

    Returns
    -------
    profiles : dict by label
    place : (k,) scaled
        The best fit itself, unless a profile went below it.
    rise : of that place, in units of ``laplace.scale``; 0 or negative
    """
    found = inference.profiles(
        objective, laplace.mean, laplace.covariance, threshold, scale=laplace.scale
    )
    free = objective.space.free
    named = {
        parameter.label: _of_parameter(parameter, profile, profile.places[:, i], threshold)
        for i, (parameter, profile) in enumerate(zip(free, found, strict=True))
    }
    return (named, *inference.lowest(found, laplace.mean))


def _of_parameter(
    parameter: Parameter, profile: inference.Profile, at: Array, threshold: float
) -> Profile:
    values, rise = parameter.value(at), profile.rise
    ends = parameter.value(np.array(profile.interval))
    opened = (profile.open_low, profile.open_high)
    if values[0] > values[-1]:
        # 1/eps_p falls as eps_p rises.
        values, rise, ends, opened = values[::-1], rise[::-1], ends[::-1], opened[::-1]
    interval = (float(ends[0]), float(ends[1]))
    return Profile(parameter.label, values, rise, threshold, interval, *opened)
