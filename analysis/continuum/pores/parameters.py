"""Parameters of a fit are moved on scales on which rejections are nearly linear in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.pores.lognormal import LogNormal, sobol_points

MEMBRANE_FIELDS = (
    "pore_radius",
    "effective_thickness",
    "pore_permittivity",
    "charge_density",
    "matrix_permittivity",
)
NEAR_BOUND = 2e-3
"""Of a bound, as a share of that range."""


class Scale(NamedTuple):
    """How a parameter is scaled, in words and both ways, and where it is looked for."""

    words: str
    scaled: Callable[[Array], Array]
    physical: Callable[[Array], Array]
    bounds: tuple[float, float]


def _same(values: Array) -> Array:
    return values


def _reciprocal(values: Array) -> Array:
    return 1 / values


SCALES: dict[str, Scale] = {
    "mu": Scale("mu", _same, _same, (np.log(0.2e-9), np.log(2e-9))),
    "sigma": Scale("ln sigma", np.log, np.exp, (0.01, 0.8)),
    "mean": Scale("ln mean", np.log, np.exp, (0.2e-9, 2.5e-9)),
    "sd": Scale("ln sd", np.log, np.exp, (2e-12, 2e-9)),
    "pore_radius": Scale("pore_radius", _same, _same, (0.2e-9, 2e-9)),
    "effective_thickness": Scale("ln effective_thickness", np.log, np.exp, (0.02e-6, 20e-6)),
    "pore_permittivity": Scale("1 / pore_permittivity", _reciprocal, _reciprocal, (15.0, 78.54)),
    "charge_density": Scale("asinh charge_density", np.arcsinh, np.sinh, (-1000.0, 1000.0)),
    "matrix_permittivity": Scale("ln matrix_permittivity", np.log, np.exp, (2.0, 80.0)),
}
"""Scale and default bounds, in SI units; mu and sigma are of ln r, mean and sd of r in m."""
PORES, PORES_IN_METRES = ("mu", "sigma"), ("mean", "sd")


@dataclass(frozen=True)
class Parameters:
    """Names of what a fit may move, with their bounds.

    Attributes
    ----------
    names : of SCALES
    bounds : (low, high) by name, in physical units, in place of those of SCALES

    Raises
    ------
    ValueError
        An unknown name, or bounds out of order.
    """

    names: tuple[str, ...]
    bounds: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (*self.names, *self.bounds):
            if name not in SCALES:
                raise ValueError(f"parameter {name!r} is unknown, allowed: {', '.join(SCALES)}")
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"parameters are {', '.join(self.names)}, allowed is each once")
        for name, given in self.bounds.items():
            pair = np.asarray(given, dtype=float)
            if pair.shape != (2,) or not np.isfinite(pair).all() or not pair[0] < pair[1]:
                raise ValueError(
                    f"bounds of {name} are {given}, allowed is a low and a high number"
                )
            if name != "charge_density" and name != "mu" and pair[0] <= 0:
                raise ValueError(f"bounds of {name} are {given}, allowed are positive ones")

    def box(self) -> tuple[Array, Array]:
        """Lowest and highest scaled values (p,)."""
        ends = np.array([self.scaled_bounds(name) for name in self.names]).reshape(-1, 2)
        return ends[:, 0], ends[:, 1]

    def scaled_bounds(self, name: str) -> tuple[float, float]:
        """Of one parameter, the lower scaled value first."""
        scale = SCALES[name]
        ends = scale.scaled(np.asarray(self.bounds.get(name, scale.bounds), dtype=float))
        return float(ends.min()), float(ends.max())

    def scaled(self, values: Mapping[str, float]) -> Array:
        """Scaled (p,) of physical values, moved inside the bounds."""
        numbers = [float(SCALES[n].scaled(np.asarray(values[n], dtype=float))) for n in self.names]
        low, high = self.box()
        margin = NEAR_BOUND * (high - low)
        return np.clip(numbers, low + margin, high - margin)

    def physical(self, scaled: Array) -> dict[str, Array]:
        """Physical values (...) by name of scaled ones (..., p)."""
        return {name: SCALES[name].physical(scaled[..., i]) for i, name in enumerate(self.names)}

    def starts(self, n: int, seed: int) -> Array:
        """Scaled starts (n, p) that fill the box evenly, off its edges."""
        low, high = self.box()
        return low + (high - low) * (0.05 + 0.9 * sobol_points(n, len(self.names), seed))

    def at_bounds(self, scaled: Array) -> dict[str, str]:
        """Parameters that lie at a bound, each with a sentence that says which."""
        found = {}
        for i, name in enumerate(self.names):
            low, high = self.scaled_bounds(name)
            share = (scaled[i] - low) / (high - low)
            if not NEAR_BOUND < share < 1 - NEAR_BOUND:
                value = float(SCALES[name].physical(np.asarray(scaled[i])))
                found[name] = f"{name} is at a bound, {value:.4g}: it is not determined by the data"
        return found


def log_moments(values: Mapping[str, Array]) -> tuple[Array, Array]:
    """mu and sigma of values that name them, or mean and sd."""
    if "mu" in values:
        return values["mu"], values["sigma"]
    sigma = np.sqrt(np.log1p((values["sd"] / values["mean"]) ** 2))
    return np.log(values["mean"]) - sigma**2 / 2, sigma


def of_pores(pores: LogNormal) -> dict[str, float]:
    """mu, sigma, mean and sd of a distribution."""
    return {name: getattr(pores, name) for name in (*PORES, *PORES_IN_METRES)}
