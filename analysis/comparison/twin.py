"""The continuum twin of a simulation: its ions, its membrane, its drive, how its ions move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.comparison.charges import ChargeProfile
from analysis.comparison.geometry import Geometry
from analysis.comparison.ions import TEMPERATURE, Species
from analysis.comparison.stepping import System
from analysis.continuum.arrays import Array
from analysis.continuum.constants import (
    AVOGADRO,
    BOLTZMANN,
    FARADAY,
    GAS_CONSTANT,
    VACUUM_PERMITTIVITY,
    WATER_PERMITTIVITY,
)
from analysis.continuum.model import finite_array, finite_number
from analysis.continuum.species import Ion

CLOSURES = ("poisson", "electroneutral")
NEUTRAL_LIMIT = 1e-5
"""Times the permittivity stands for none: double layers are 300 times thinner than they are."""
IMBALANCE = 1e-9
"""e; by which ions and fixed charge may miss neutrality."""
STUDY_FORCE = 0.072 * 4184 / AVOGADRO / 1e-10
"""N per elementary charge: 0.072 kcal/mol/angstrom, the drive of the study that is followed."""
STUDY_DAMPING = 2e12
"""1/s; friction of the study's Langevin thermostat."""


@dataclass(frozen=True)
class Curve:
    """A property along z, linear between places and constant beyond the first and the last.

    A place given twice is a jump; it becomes a face of the grid.

    Attributes
    ----------
    z : (K,) array, m
        Rising, from the centre of the membrane.
    values : (K,) array

    Raises
    ------
    ValueError
        Shapes that differ, what is not finite (a profile with holes), places that fall.
    """

    z: npt.ArrayLike
    values: npt.ArrayLike

    def __post_init__(self) -> None:
        z, values = finite_array("z of a curve", self.z), finite_array("values", self.values)
        if z.ndim != 1 or not z.size or z.shape != values.shape:
            raise ValueError(f"a curve has z of shape {z.shape} and values of {values.shape}")
        if (np.diff(z) < 0).any():
            raise ValueError("z of a curve must rise; a place may be given twice, for a jump")
        object.__setattr__(self, "z", z)
        object.__setattr__(self, "values", values)

    @property
    def jumps(self) -> Array:
        """Places where the curve jumps, m."""
        z = np.asarray(self.z)
        return np.asarray(z[1:][np.diff(z) == 0])

    def at(self, places: Array) -> Array:
        """Values at places none of which is a jump."""
        return np.asarray(np.interp(places, np.asarray(self.z), np.asarray(self.values)))


Property = float | Curve
"""A number is that of the membrane, and outside is water; a Curve goes from end to end."""


@dataclass(frozen=True)
class Twin:
    """The continuum twin of a simulation.

    Concentrations are per volume of the box, also in the membrane, as those counted in a
    simulation are; that a part of it is polymer belongs into the excess potential, -ln(porosity).

    Attributes
    ----------
    geometry : Geometry
    species : sequence of Species
    charge : ChargeProfile or None
        Fixed charge of the membrane.
    force : float, N
        Body force on driven ions toward the permeate, per elementary charge, whatever its sign.
    closure : "poisson" or "electroneutral"
        Whether the potential follows from Poisson's equation, or from the limit of it in which
        charge is neutral everywhere and double layers have no width.
    excess : mapping from ion names to a Property, kT
        Excess chemical potential of the ion in the membrane over that in water, without the mean
        electric potential; 0 where none is given. A Curve goes from end to end.
    diffusivity : mapping from ion names to a Property, m2/s
        In the membrane, that in water where none is given. A Curve goes from end to end.
    permittivity : Property
        Relative, of the membrane.
    water_permittivity : float
    temperature : float, K
    damping : float, 1/s
        Friction of a Langevin thermostat, which slows an ion's diffusion by 1 + m gamma D / kT.
    settling : float, s
        Time before the start in which nothing is driven and the driven ions are kept in the feed.

    Raises
    ------
    ValueError
        Naming what is not allowed, as a cell that is not neutral.
    """

    geometry: Geometry
    species: Sequence[Species]
    charge: ChargeProfile | None = None
    force: float = STUDY_FORCE
    closure: str = "poisson"
    excess: Mapping[str, Property] = field(default_factory=dict)
    diffusivity: Mapping[str, Property] = field(default_factory=dict)
    permittivity: Property = WATER_PERMITTIVITY
    water_permittivity: float = WATER_PERMITTIVITY
    temperature: float = TEMPERATURE
    damping: float = 0.0
    settling: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "species", tuple(s for s in self.species if s.number > 0))
        if not self.species:
            raise ValueError("species has no ions, allowed is at least one")
        if self.closure not in CLOSURES:
            raise ValueError(f"closure is {self.closure!r}, allowed: {', '.join(CLOSURES)}")
        finite_number("force", self.force)
        for name in ("temperature", "water_permittivity"):
            finite_number(name, getattr(self, name), positive=True)
        for name in ("damping", "settling"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} is {getattr(self, name):g}, allowed is 0 or more")
        names = {species.ion.name for species in self.species}
        for name in ("excess", "diffusivity"):
            unknown = set(getattr(self, name)) - names
            if unknown:
                raise ValueError(
                    f"{name} is given for {', '.join(sorted(unknown))}, "
                    f"the twin has {', '.join(sorted(names))}"
                )
            for key, value in getattr(self, name).items():
                given = value.values if isinstance(value, Curve) else value
                finite_array(f"{name} of {key}", given, positive=name == "diffusivity")
        permittivity = self.permittivity
        given = permittivity.values if isinstance(permittivity, Curve) else permittivity
        finite_array("permittivity", given, positive=True)
        net = sum(s.number * s.ion.charge for s in self.species)
        fixed = self.charge.net if self.charge else 0.0
        if abs(net + fixed) > IMBALANCE * max(1.0, abs(fixed)):
            raise ValueError(
                f"the cell is not neutral: its ions have {net:+g} e, its membrane {fixed:+g} e"
            )
        if self.charge and abs(self.charge.area / self.geometry.area - 1) > 1e-9:
            raise ValueError(
                f"charge is per {self.charge.area:g} m2, the cell's area is "
                f"{self.geometry.area:g} m2"
            )

    @property
    def jumps(self) -> Array:
        """Places where properties jump or the fixed charge ends, m."""
        curves = [*self.excess.values(), *self.diffusivity.values(), self.permittivity]
        found = [curve.jumps for curve in curves if isinstance(curve, Curve)]
        if self.charge:
            found.append(np.asarray(self.charge.edges)[[0, -1]])
        return np.concatenate(found) if found else np.empty(0)

    def start(self, faces: Array) -> Array:
        """Concentrations (n, K) at the start, mol/m3."""
        centres, widths = (faces[1:] + faces[:-1]) / 2, np.diff(faces)
        low, high = self.geometry.faces
        regions = np.stack([centres < low, (centres >= low) & (centres <= high), centres > high])
        volumes = (regions * widths).sum(axis=1) * self.geometry.area
        numbers = np.array([(s.feed, s.membrane, s.permeate) for s in self.species])
        return np.asarray((numbers / volumes) @ regions / AVOGADRO)

    def system(self, faces: Array, *, settling: bool = False) -> System:
        """Coefficients on a grid; while settling nothing is driven, feed ions stay in the feed."""
        z, width = (faces[1:] + faces[:-1]) / 2, np.diff(faces)
        kT = BOLTZMANN * self.temperature
        valence = np.array([[s.ion.charge] for s in self.species], dtype=float)
        driven = np.array([[s.driven] for s in self.species])
        mobility = np.stack([self._diffusivity(s.ion, z) for s in self.species])
        excess = np.stack(
            [self._along(self.excess.get(s.ion.name, 0.0), 0.0, z) for s in self.species]
        )
        permittivity = self._along(self.permittivity, self.water_permittivity, z)
        half = width / (2 * permittivity)
        gap = half[:-1] + half[1:]
        capacity = VACUUM_PERMITTIVITY * GAS_CONSTANT * self.temperature / FARADAY**2 / gap
        opened = np.ones((len(valence), len(z) - 1))
        if settling:
            wall = np.abs(faces[1:-1] - self.geometry.faces[0]).argmin()
            opened[driven[:, 0], wall] = 0
        push = 0.0 if settling else self.force * width / 2 / kT
        totals = np.array([s.number for s in self.species]) / (AVOGADRO * self.geometry.area)
        return System(
            width=width,
            valence=valence,
            resistance=width / (2 * mobility),
            excess=np.diff(excess, axis=1),
            force=np.where(driven, np.abs(valence) * push, 0.0) * np.ones_like(width),
            open=opened,
            capacity=capacity * (1.0 if self.closure == "poisson" else NEUTRAL_LIMIT),
            share=half[:-1] / gap,
            fixed=self.charge.amounts(faces) if self.charge else np.zeros_like(width),
            totals=totals,
        )

    def _along(self, given: Property, outside: float, z: Array) -> Array:
        if isinstance(given, Curve):
            return given.at(z)
        low, high = self.geometry.faces
        return np.where((z >= low) & (z <= high), given, outside)

    def _diffusivity(self, ion: Ion, z: Array) -> Array:
        along = self._along(self.diffusivity.get(ion.name, ion.diffusivity), ion.diffusivity, z)
        if not self.damping:
            return along
        if ion.molar_mass is None:
            raise ValueError(f"molar_mass of {ion.name} is None, needed with damping")
        friction = ion.molar_mass / AVOGADRO * self.damping
        return along / (1 + friction * along / (BOLTZMANN * self.temperature))
