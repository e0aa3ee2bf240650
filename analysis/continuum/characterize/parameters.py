"""Parameters of a membrane are fitted in scaled form: r_p, log d, 1/eps_p and asinh X in [0, 1]."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.characterize.faults import one_of

NAMES = ("pore_radius", "effective_thickness", "pore_permittivity", "charge_density")
UNITS = {
    "pore_radius": "m",
    "effective_thickness": "m",
    "pore_permittivity": "",
    "charge_density": "mol/m3",
}
BOUNDS: dict[str, tuple[float, float]] = {
    "pore_radius": (0.25e-9, 1.0e-9),
    "effective_thickness": (0.02e-6, 20e-6),
    "pore_permittivity": (20.0, 78.0),
    "charge_density": (-500.0, 500.0),
}
"""Physical defaults: from the smallest anhydrous pore that a hydrated ion enters to a loose
nanofilter; from the thinnest active layer with straight pores to one of low porosity; from strongly
bound to bulk water; twice the charge that fits of polyamides have given."""
CHARGE_SCALE = 10.0
"""mol/m3, below which asinh(X / scale) is linear, and above which logarithmic."""

Range = tuple[float, float] | float


@dataclass(frozen=True)
class Parameter:
    """A free parameter and its bounds.

    Attributes
    ----------
    name : one of NAMES
    group : str
        Feed or series whose charge density it is; empty where all share it.
    low, high : SI
    """

    name: str
    group: str
    low: float
    high: float

    @property
    def label(self) -> str:
        """Name, with the group where it has one."""
        return f"{self.name} of {self.group}" if self.group else self.name

    def value(self, scaled: Array) -> Array:
        """SI values of scaled ones."""
        low, high = _forward(self.name, self.low), _forward(self.name, self.high)
        value = _backward(self.name, low + (high - low) * np.asarray(scaled, dtype=float))
        # Rounding must not lead over a bound.
        within = (np.asarray(scaled) >= 0) & (np.asarray(scaled) <= 1)
        return np.where(within, np.clip(value, self.low, self.high), value)

    def scaled(self, value: float) -> float:
        """In [0, 1] within the bounds."""
        low, high = _forward(self.name, self.low), _forward(self.name, self.high)
        return float((_forward(self.name, value) - low) / (high - low))


@dataclass(frozen=True)
class Space:
    """Free parameters, in an order, and the fixed ones.

    Attributes
    ----------
    free : tuple of Parameter
    fixed : dict by label, SI
    groups : tuple of str
        Groups of charge densities; ("",) where all share one.
    """

    free: tuple[Parameter, ...]
    fixed: Mapping[str, float]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, bounds: Mapping[str, Range] | None, groups: Sequence[str] = ("",)) -> "Space":
        """Space of bounds by name or label: (low, high), or one number for a fixed parameter.

        What is not named has its default bounds.

        Raises
        ------
        ValueError
            Unknown name, or bounds that are no rising pair of allowed numbers.

        >>> space = Space.of({"pore_radius": 0.5e-9, "charge_density": (-100, 0)})
        >>> [parameter.label for parameter in space.free]
        ['effective_thickness', 'pore_permittivity', 'charge_density']
        """
        given = dict(bounds or {})
        slots = [(name, "") for name in NAMES[:-1]] + [("charge_density", g) for g in groups]
        labels = [Parameter(name, group, 0, 0).label for name, group in slots]
        for key in given:
            if key not in {*NAMES, *labels}:
                known = dict.fromkeys((*NAMES, *labels))
                raise ValueError(f"bounds of {key!r}, allowed is {one_of(str(key), known)}")
        free: list[Parameter] = []
        fixed: dict[str, float] = {}
        for (name, group), label in zip(slots, labels, strict=True):
            entry = given.get(label, given.get(name, BOUNDS[name]))
            if np.ndim(entry) == 0:
                fixed[label] = _checked(label, name, entry)
                continue
            pair = tuple(entry)  # type: ignore[arg-type]
            if len(pair) != 2:
                raise ValueError(f"bounds of {label} are {entry!r}, allowed is a pair or a number")
            low, high = (_checked(label, name, bound) for bound in pair)
            if not low < high:
                raise ValueError(
                    f"bounds of {label} are {low:g}, {high:g}, allowed is a rising pair"
                )
            free.append(Parameter(name, group, low, high))
        return cls(tuple(free), fixed, tuple(groups))

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the free parameters."""
        return tuple(parameter.label for parameter in self.free)

    def values(self, scaled: Array) -> dict[str, Array]:
        """SI values (...) by label of scaled free ones (..., k), and of the fixed ones."""
        found = {p.label: p.value(scaled[..., i]) for i, p in enumerate(self.free)}
        shape = np.shape(scaled)[:-1]
        return found | {label: np.full(shape, value) for label, value in self.fixed.items()}

    def scaled(self, values: Mapping[str, float]) -> Array:
        """Scaled free parameters (k,) of SI values by label."""
        return np.array([p.scaled(values[p.label]) for p in self.free])

    def charge_labels(self) -> tuple[str, ...]:
        """Label of the charge density of each group."""
        return tuple(Parameter("charge_density", group, 0, 0).label for group in self.groups)


def _checked(label: str, name: str, value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(f"bounds of {label}: {value!r}, allowed are numbers") from None
    if not np.isfinite(number) or (name != "charge_density" and number <= 0):
        allowed = "finite" if name == "charge_density" else "positive and finite"
        raise ValueError(f"bounds of {label}: {number:g}, allowed is {allowed}")
    return number


def _forward(name: str, value: float) -> float:
    if name == "effective_thickness":
        return float(np.log(value))
    if name == "pore_permittivity":
        return 1 / value
    if name == "charge_density":
        return float(np.arcsinh(value / CHARGE_SCALE))
    return value


def _backward(name: str, value: Array) -> Array:
    if name == "effective_thickness":
        return np.exp(value)
    if name == "pore_permittivity":
        return np.asarray(1 / value)
    if name == "charge_density":
        return CHARGE_SCALE * np.sinh(value)
    return value
