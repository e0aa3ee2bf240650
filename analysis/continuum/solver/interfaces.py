"""Partition coefficients at both interfaces of a membrane depend on the compositions there.

G = steric x Born x gamma_solution / gamma_pore x image. The coefficients of activity in the pore
and the image charges depend on the pore's composition, and so on G itself: a fixed point.
"""

from dataclasses import dataclass, field

import numpy as np

from analysis.continuum import activity, partitioning
from analysis.continuum.arrays import Array
from analysis.continuum.solver.batch import FIRST, take
from analysis.continuum.solver.conditions import Conditions

TOLERANCE = 1e-12
"""In the logarithm of a factor."""
ROUNDS = 300
RELAXATION = 0.5
"""Share of a change that is made where the last one had the other sign."""


@dataclass(frozen=True)
class InterfaceFactors:
    """Factors (B, n) of a partition coefficient that depend on the compositions.

    ``activity`` is that of the solution over that of the pore.
    """

    activity: Array = field(metadata=FIRST)
    image: Array = field(metadata=FIRST)

    @classmethod
    def ones(cls, conditions: Conditions) -> "InterfaceFactors":
        """Ideal solutions and no image charges."""
        return cls(np.ones_like(conditions.feed), np.ones_like(conditions.feed))

    @property
    def product(self) -> Array:
        """Both together."""
        return self.activity * self.image


def are_constant(conditions: Conditions) -> bool:
    """Whether no factor depends on a composition."""
    model = conditions.model
    ideal = model.activity == "ideal" and model.pore_activity == "ideal"
    return ideal and model.image_charges is None


def interface_factors(conditions: Conditions, solution: Array, density: Array) -> InterfaceFactors:
    """Factors of the partition next to a solution.

    The pore's composition and its factors are iterated from the composition without them: where
    image charges leave two compositions possible, the more concentrated one.

    Parameters
    ----------
    solution : (B, n) array, mol/m3
    density : (B,) array, mol/m3
        Fixed charge at that interface.
    """
    outside = _gamma(conditions, conditions.model.activity, solution)
    factors = InterfaceFactors(outside.copy(), np.ones_like(solution))
    if conditions.model.pore_activity == "ideal" and conditions.model.image_charges is None:
        return factors
    log = np.zeros_like(solution)
    last_change = np.zeros_like(solution)
    part, rows = conditions, np.arange(len(solution))
    for _ in range(ROUNDS):
        gamma = outside[rows]
        pore = _pore(part, solution[rows], density[rows], gamma * np.exp(log[rows]))
        in_pore = _gamma(part, part.model.pore_activity, pore)
        image = _image(part, pore)
        change = np.where(part.permeable, np.log(image / in_pore), 0.0) - log[rows]
        factors.activity[rows], factors.image[rows] = gamma / in_pore, image
        reversed_sign = change * last_change[rows] < 0
        log[rows] += np.where(reversed_sign, RELAXATION, 1.0) * change
        last_change[rows] = change
        moving = np.flatnonzero(~(np.abs(change).max(axis=1) < TOLERANCE))
        if not len(moving):
            break
        if len(moving) < len(rows):
            part, rows = take(part, moving), rows[moving]
    return factors


def _gamma(conditions: Conditions, kind: str, concentrations: Array) -> Array:
    solution = conditions.solution
    gamma = activity.coefficients(kind, solution.ions, concentrations, solution.temperature)
    return np.where(concentrations >= 0, gamma, 1.0)


def _pore(conditions: Conditions, solution: Array, density: Array, factor: Array) -> Array:
    charges = np.where(conditions.permeable, conditions.charges, 0.0)
    partition = np.where(conditions.permeable, conditions.size_and_born * factor, 0.0)
    return partitioning.donnan(solution, charges, density, partition)[0]


def _image(conditions: Conditions, pore: Array) -> Array:
    model, temperature = conditions.model, conditions.solution.temperature
    if model.image_charges is None:
        return np.ones_like(pore)
    charges, radius = conditions.charges, conditions.pore_radius
    permittivity = conditions.pore_permittivity
    mu = partitioning.image_screening(pore, charges, radius, permittivity, temperature)
    return partitioning.image(
        charges,
        mu,
        radius,
        permittivity,
        conditions.matrix_permittivity,
        temperature,
        model.image_charges,
    )
