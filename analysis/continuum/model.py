"""Solution, membrane and the model's choices are the inputs of a solve, checked before any step."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.continuum import activity, hindrance, water
from analysis.continuum.arrays import Array
from analysis.continuum.constants import (
    ACTIVITY,
    BORN_RADIUS,
    HINDRANCE,
    IMAGES,
    MATRIX_PERMITTIVITY,
    PORE_ACTIVITY,
    TEMPERATURE_K,
    WATER_PERMITTIVITY,
)
from analysis.continuum.partitioning import BORN_RADII, IMAGE_KINDS, BornRadius
from analysis.continuum.profiles import Profile
from analysis.continuum.species import Concentrations, Ion, find

IMAGE_CHARGES = (None, *IMAGE_KINDS)
NEUTRAL_TO = 1e-6
"""Largest share of the summed charge by which a solution may miss electroneutrality."""


def finite_array(name: str, value: npt.ArrayLike, *, positive: bool = False) -> Array:
    """Value as an array; ValueError names the argument and the first value that is not allowed."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {value!r}, allowed are numbers") from None
    bad = ~np.isfinite(array) | (array <= 0 if positive else False)
    if bad.any():
        allowed = "positive and finite" if positive else "finite"
        raise ValueError(f"{name} is {array[bad].flat[0]:g}, allowed is {allowed}")
    return array


def finite_number(name: str, value: npt.ArrayLike, *, positive: bool = False) -> float:
    """Value as one number; ValueError as for ``finite_array``, and for an array."""
    array = finite_array(name, value, positive=positive)
    if array.ndim:
        raise ValueError(f"{name} has shape {array.shape}, allowed is one number")
    return float(array)


class NotNeutral(ValueError):
    """A solution whose charges do not sum to zero: their sum in mol/m3, and its share of all."""

    def __init__(self, charge: float, share: float):
        self.charge, self.share = charge, share
        super().__init__(
            f"the solution is not neutral: its charges sum to {charge:+.6g} mol/m3; "
            'see Solution.neutralised(concentrations, by="Cl-")'
        )


@dataclass(frozen=True)
class Solution:
    """A feed: concentrations in mol/m3 (numbers or arrays that broadcast) by ion name or Ion.

    Raises ValueError for an unknown ion, a negative concentration, or one that is not neutral,
    naming the imbalance.
    """

    concentrations: Concentrations
    temperature: float = TEMPERATURE_K
    permittivity: float = WATER_PERMITTIVITY
    ions: tuple[Ion, ...] = field(init=False)
    values: tuple[Array, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ions: list[Ion] = []
        values: list[Array] = []
        for key, value in self.concentrations.items():
            ion = find(key)
            if ion.name in {other.name for other in ions}:
                raise ValueError(f"ion {ion.name} is given twice, allowed is once")
            array = finite_array(f"concentration of {ion.name}", value)
            if (array < 0).any():
                raise ValueError(f"concentration of {ion.name} is {array.min():g}, allowed is >= 0")
            ions.append(ion)
            values.append(array)
        if not ions:
            raise ValueError("concentrations are empty, allowed is at least one ion or solute")
        kelvin = finite_number("temperature", self.temperature, positive=True)
        if not water.LOWEST <= kelvin <= water.HIGHEST:
            raise ValueError(
                f"temperature is {kelvin:g}, allowed is {water.LOWEST:g} to {water.HIGHEST:g} K, "
                "where water is liquid"
            )
        finite_number("permittivity", self.permittivity, positive=True)
        object.__setattr__(self, "ions", tuple(ions))
        object.__setattr__(self, "values", tuple(values))
        self._check_neutral()

    def _check_neutral(self) -> None:
        zero = np.zeros(())
        amounts = list(zip(self.ions, self.values, strict=True))
        charge: Array = sum((ion.charge * c for ion, c in amounts), zero)
        total: Array = sum((abs(ion.charge) * c for ion, c in amounts), zero)
        if (np.abs(charge) > NEUTRAL_TO * np.maximum(total, 1e-300)).any():
            number = np.abs(np.ravel(charge)).argmax()
            worst = float(np.ravel(charge)[number])
            raise NotNeutral(worst, worst / float(np.ravel(total)[number]))

    @classmethod
    def neutralised(cls, concentrations: Concentrations, by: str, **others: float) -> "Solution":
        """Solution whose concentration of one ion is set so that it is neutral.

        Raises ValueError for an unknown ion, or if ``by`` has no charge or the wrong sign.

        >>> float(Solution.neutralised({"Mg2+": 5.0}, by="Cl-").concentrations["Cl-"])
        10.0
        """
        balancing = find(by)
        if not balancing.charge:
            raise ValueError(f"by is {balancing.name}, which has no charge; allowed is an ion")
        rest: dict[str | Ion, npt.ArrayLike] = {
            key: c for key, c in concentrations.items() if find(key) != balancing
        }
        terms = (
            find(key).charge * finite_array(f"concentration of {find(key).name}", value)
            for key, value in rest.items()
        )
        charge: Array = sum(terms, np.zeros(()))
        return cls({**rest, by: -charge / balancing.charge}, **others)


@dataclass(frozen=True)
class Membrane:
    """A porous, charged active layer; every field a number or an array that broadcasts.

    Attributes
    ----------
    pore_radius : m
    effective_thickness : m
        Thickness times tortuosity over porosity.
    pore_permittivity : relative
    charge_density : mol/m3, or a Profile
        Fixed charge in the pore, negative for carboxylates.
    matrix_permittivity : relative
        Of the polymer around the pore; counts only for image charges.
    """

    pore_radius: npt.ArrayLike
    effective_thickness: npt.ArrayLike
    pore_permittivity: npt.ArrayLike
    charge_density: npt.ArrayLike | Profile
    matrix_permittivity: npt.ArrayLike = MATRIX_PERMITTIVITY

    def __post_init__(self) -> None:
        positive = ("pore_radius", "effective_thickness", "pore_permittivity")
        for name in (*positive, "matrix_permittivity"):
            object.__setattr__(self, name, finite_array(name, getattr(self, name), positive=True))
        if not isinstance(self.charge_density, Profile):
            density = finite_array("charge_density", self.charge_density)
            object.__setattr__(self, "charge_density", density)

    @property
    def shape(self) -> tuple[int, ...]:
        """What the fields broadcast to, a profile's places left out."""
        shapes = {name: np.shape(value) for name, value in vars(self).items()}
        if isinstance(self.charge_density, Profile):
            shapes["charge_density"] = np.shape(self.charge_density.X)[1:]
        try:
            return np.broadcast_shapes(*shapes.values())
        except ValueError:
            listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
            raise ValueError(f"the membrane's shapes do not broadcast: {listed}") from None


@dataclass(frozen=True)
class Model:
    """Choices of the transport model.

    Attributes
    ----------
    hindrance : one of hindrance.KINDS
    activity, pore_activity : "ideal", "davies" or "pitzer"
        Activity coefficients in the solutions and, at its two interfaces, in the pore.
    image_charges : None, "exact" or "rehman-2023"
        Repulsion by the polymer around the pore.
    born_radius : "stokes", "pauling", "cavity", a number in m, or a mapping from ion names to m
    """

    hindrance: str = HINDRANCE
    activity: str = ACTIVITY
    pore_activity: str = PORE_ACTIVITY
    image_charges: str | None = IMAGES
    born_radius: BornRadius = BORN_RADIUS

    def __post_init__(self) -> None:
        choices = {
            "hindrance": hindrance.KINDS,
            "activity": activity.KINDS,
            "pore_activity": activity.KINDS,
            "image_charges": IMAGE_CHARGES,
        }
        for name, allowed in choices.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name} is {value!r}, allowed: {', '.join(map(str, allowed))}")
        radius = self.born_radius
        if isinstance(radius, str):
            if radius not in BORN_RADII:
                radii = ", ".join(BORN_RADII)
                raise ValueError(f"born_radius is {radius!r}, allowed: {radii}, or m")
            return
        for value in radius.values() if isinstance(radius, Mapping) else [radius]:
            finite_array("born_radius", value, positive=True)
