"""A variant says what of a membrane is fitted, within which bounds, and where its charge lies."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.continuum.arrays import Array
from analysis.continuum.characterize.faults import one_of
from analysis.continuum.characterize.parameters import Parameter, Range, Space
from analysis.continuum.model import finite_number

FRACTIONS = ("positive_fraction", "negative_fraction")
PORE = ("pore_radius", "effective_thickness", "pore_permittivity")
NAMES = ("charge_fraction", *FRACTIONS, *PORE)
UNITS = {"pore_radius": "m", "effective_thickness": "m"}


@dataclass(frozen=True)
class Variant:
    """One physical picture of how ionised sites become charge in the pore.

    Attributes
    ----------
    name : str
    words : str
        What it assumes.
    ranges : dict by name of NAMES, SI: (low, high) of a free parameter, or a fixed number
        Either ``charge_fraction``, or both of ``positive_fraction`` and ``negative_fraction``:
        shares of the groups that count.
    association : dict by ion name, m3/mol
        Of ions that bind to acids; see ``binding``.
    layer : float
        Share of the thickness, at the feed, that the acids of the surface lie in; 0 spreads all
        groups evenly. Not together with ``association``.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.
    """

    name: str
    words: str
    ranges: Mapping[str, Range]
    association: Mapping[str, float] = field(default_factory=dict)
    layer: float = 0.0

    def __post_init__(self) -> None:
        for key in self.ranges:
            if key not in NAMES:
                raise ValueError(f"ranges of {key!r}, allowed is {one_of(key, NAMES)}")
        needed = ("charge_fraction",) if "charge_fraction" in self.ranges else FRACTIONS
        given = [name for name in ("charge_fraction", *FRACTIONS) if name in self.ranges]
        if tuple(given) != needed:
            raise ValueError(
                f"ranges have {', '.join(given) or 'no fraction'}, allowed is charge_fraction or "
                f"both of {', '.join(FRACTIONS)}"
            )
        for name in PORE:
            if name not in self.ranges:
                raise ValueError(f"ranges have no {name}, allowed is a pair or a number")
        for name, value in self.ranges.items():
            _check(name, value)
        for ion, constant in self.association.items():
            finite_number(f"association of {ion}", constant, positive=True)
        if not 0 <= self.layer < 1:
            raise ValueError(f"layer is {self.layer:g}, allowed is 0 or a share below 1")
        if self.layer and self.association:
            raise ValueError("layer and association are both given, allowed is one of them")

    @property
    def space(self) -> Space:
        """Free parameters, scaled to [0, 1], and fixed ones."""
        free = tuple(
            Parameter(name, "", *value)
            for name, value in self.ranges.items()
            if isinstance(value, tuple)
        )
        fixed = {
            name: float(value)
            for name, value in self.ranges.items()
            if not isinstance(value, tuple)
        }
        return Space(free, fixed, ("",))

    @staticmethod
    def fractions(values: Mapping[str, Array]) -> tuple[Array, Array]:
        """Shares of positive and of negative groups that count, of parameters (B,) by name."""
        if "charge_fraction" in values:
            return values["charge_fraction"], values["charge_fraction"]
        return values["positive_fraction"], values["negative_fraction"]


def _check(name: str, value: Range) -> None:
    ends = value if isinstance(value, tuple) else (value,)
    if len(ends) not in (1, 2):
        raise ValueError(f"range of {name} is {value!r}, allowed is a pair or a number")
    for end in ends:
        number = finite_number(f"range of {name}", end)
        if number < 0 or (number == 0 and name in PORE):
            allowed = "positive" if name in PORE else "0 or more"
            raise ValueError(f"range of {name} has {number:g}, allowed is {allowed}")
    if len(ends) == 2 and not ends[0] < ends[1]:
        raise ValueError(f"range of {name} is {ends[0]:g}, {ends[1]:g}, allowed is a rising pair")
