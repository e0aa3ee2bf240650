"""Ions of a twin: how many of each kind start where, and whether they are driven."""

from dataclasses import dataclass

import numpy as np

from analysis.comparison.twins.curves import Curve
from analysis.comparison.twins.geometry import Geometry
from analysis.continuum.arrays import Array
from analysis.continuum.constants import AVOGADRO
from analysis.continuum.species import Ion, find

TEMPERATURE = 300.0
"""K, of the simulations."""
KCAL_MOL_ANGSTROM = 4184 / AVOGADRO / 1e-10
"""N."""


@dataclass(frozen=True)
class Species:
    """Ions of one kind that start alike and are driven alike.

    Attributes
    ----------
    ion : Ion, or the name of one
    feed, permeate, membrane : float
        Numbers of ions in each region at the start, uniform over the region.
    driven : bool
        Whether the body force acts on them: on feed ions it does, on counter-ions it does not.
    spread : (number, Curve)
        Ions that start over the whole cell, and how they are spread there; from 0 on.

    Raises
    ------
    ValueError
        Numbers or a curve below zero, a curve that is zero everywhere.
    """

    ion: Ion
    feed: float = 0.0
    permeate: float = 0.0
    membrane: float = 0.0
    driven: bool = True
    spread: tuple[float, Curve] | None = None

    def __init__(
        self,
        ion: Ion | str,
        feed: float = 0.0,
        permeate: float = 0.0,
        membrane: float = 0.0,
        driven: bool = True,
        spread: tuple[float, Curve] | None = None,
    ) -> None:
        object.__setattr__(self, "ion", find(ion))
        regions = (("feed", feed), ("permeate", permeate), ("membrane", membrane))
        for name, number in (*regions, ("spread", spread[0] if spread else 0.0)):
            if not 0 <= number < np.inf:
                raise ValueError(f"{name} of {self.ion.name} is {number:g}, allowed is 0 or more")
        for name, number in regions:
            object.__setattr__(self, name, float(number))
        object.__setattr__(self, "driven", bool(driven))
        object.__setattr__(self, "spread", spread)
        if spread and (np.min(spread[1].values) < 0 or np.max(spread[1].values) <= 0):
            raise ValueError(f"the start of {self.ion.name} falls below 0, or is 0 everywhere")

    @property
    def number(self) -> float:
        """Number of ions."""
        return self.feed + self.permeate + self.membrane + (self.spread[0] if self.spread else 0.0)

    @property
    def label(self) -> str:
        """Name of the ion, with a word if it is not driven."""
        return self.ion.name if self.driven else f"{self.ion.name} counter-ion"

    def amounts(self, geometry: Geometry, faces: Array) -> Array:
        """Ions in each cell between faces (m) at the start, (K - 1,); they sum to the number."""
        low, high = geometry.faces
        middles, widths = (faces[1:] + faces[:-1]) / 2, np.diff(faces)
        found = np.zeros_like(widths)
        for number, inside in (
            (self.feed, middles < low),
            (self.membrane, (middles >= low) & (middles <= high)),
            (self.permeate, middles > high),
        ):
            shares = widths * inside
            found += number * shares / shares.sum()
        if self.spread:
            shares = self.spread[1].integrals(faces)
            found += self.spread[0] * shares / shares.sum()
        return found


def cell_species(
    cation: Ion | str, anion: Ion | str, cations: int, net_charge: int
) -> tuple[Species, ...]:
    """Ions of a cell as the study has them: a neutral feed salt, driven, and counter-ions.

    Half of the counter-ions start in either reservoir; of an odd number one more in the feed.

    Parameters
    ----------
    cations : int
        Of the feed salt.
    net_charge : int, e
        Of the membrane.

    Raises
    ------
    ValueError
        Counter-ions that cannot balance this charge by a whole number.

    >>> [(s.label, s.feed, s.permeate) for s in cell_species("Ca2+", "Cl-", 10, -14)]
    [('Ca2+', 10.0, 0.0), ('Cl-', 20.0, 0.0), ('Ca2+ counter-ion', 4.0, 3.0)]
    """
    plus, minus = find(cation), find(anion)
    if plus.charge <= 0 or minus.charge >= 0:
        raise ValueError(f"cation and anion are {plus.name} and {minus.name}")
    salt = (
        Species(plus, feed=cations),
        Species(minus, feed=-cations * plus.charge / minus.charge),
    )
    return (*salt, *counter_species(plus, minus, net_charge))


def counter_species(cation: Ion, anion: Ion, net_charge: int) -> tuple[Species, ...]:
    """Counter-ions of a membrane, half of each species in either reservoir.

    Of an odd number one more starts in the feed. Anions for a positive membrane, cations for a
    negative one; where cations of higher charge exceed what is to balance, anions on top, as cells
    are built.

    Raises
    ------
    ValueError
        A charge that these ions cannot balance by whole numbers.

    >>> cation, anion = find("Ca2+"), find("Cl-")
    >>> [(s.label, s.feed, s.permeate) for s in counter_species(cation, anion, -3)]
    [('Ca2+ counter-ion', 1.0, 1.0), ('Cl- counter-ion', 1.0, 0.0)]
    """
    if net_charge > 0:
        cations, anions = 0, -net_charge / anion.charge
    else:
        cations = -(net_charge // cation.charge)
        anions = -(cations * cation.charge + net_charge) / anion.charge
    if anions != int(anions):
        raise ValueError(f"{anion.name} cannot balance a net charge of {net_charge:+d} e")
    return tuple(
        Species(ion, feed=count - count // 2, permeate=count // 2, driven=False)
        for ion, count in ((cation, cations), (anion, int(anions)))
        if count
    )
