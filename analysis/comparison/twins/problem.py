"""The problem that a twin solves: ions, membrane and drive of a simulation, how its ions move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.comparison.twins.charges import FixedCharge
from analysis.comparison.twins.curves import Curve
from analysis.comparison.twins.geometry import Geometry
from analysis.comparison.twins.ions import KCAL_MOL_ANGSTROM, TEMPERATURE, Species
from analysis.comparison.twins.system import System
from analysis.continuum.arrays import Array
from analysis.continuum.constants import (
    AVOGADRO,
    BOLTZMANN,
    ELEMENTARY_CHARGE,
    FARADAY,
    GAS_CONSTANT,
    VACUUM_PERMITTIVITY,
    WATER_PERMITTIVITY,
)
from analysis.continuum.model import finite_array, finite_number
from analysis.continuum.species import Ion

CLOSURES = ("poisson", "electroneutral")
NEUTRAL_LIMIT = 1e-9
"""Times the permittivity stands for none: double layers, 30,000 times thinner than they are, lie
within a cell. Where no ion is, fixed charge without counter-ions still has a field."""
IMBALANCE = 1e-4
"""Share of all charges by which ions and fixed charge may miss neutrality."""
STUDY_FORCE = 0.072 * KCAL_MOL_ANGSTROM
"""N per elementary charge: 0.072 kcal/mol/angstrom, the drive of the study that is followed."""
STUDY_DAMPING = 2e12
"""1/s; friction of the study's Langevin thermostat."""


Property = float | Curve
"""A number is that of the membrane, and outside is water; a Curve goes from end to end."""


@dataclass(frozen=True)
class TwinProblem:
    """A cell whose ions are followed through time.

    Concentrations are per volume of the box, also in the membrane, as those counted in a
    simulation are; that a part of it is polymer belongs into the excess potential, -ln(porosity).

    Attributes
    ----------
    geometry : Geometry
    species : sequence of Species
    charge : FixedCharge or None
        Fixed charge of the membrane.
    force : float, or mapping from ion names to floats, N
        Body force on each driven ion toward the permeate: one number is that per elementary charge,
        whatever its sign; a mapping has that on an ion, and 0 for ions that it does not name.
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
    applied_field : float, V/m
        Towards the permeate, on every ion by its charge, whether driven or not.

    Raises
    ------
    ValueError
        Naming what is not allowed, as a cell that is not neutral.
    """

    geometry: Geometry
    species: Sequence[Species]
    charge: FixedCharge | None = None
    force: float | Mapping[str, float] = STUDY_FORCE
    closure: str = "poisson"
    excess: Mapping[str, Property] = field(default_factory=dict)
    diffusivity: Mapping[str, Property] = field(default_factory=dict)
    permittivity: Property = WATER_PERMITTIVITY
    water_permittivity: float = WATER_PERMITTIVITY
    temperature: float = TEMPERATURE
    damping: float = 0.0
    settling: float = 0.0
    applied_field: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "species", tuple(s for s in self.species if s.number > 0))
        if not self.species:
            raise ValueError("species has no ions, allowed is at least one")
        if self.closure not in CLOSURES:
            raise ValueError(f"closure is {self.closure!r}, allowed: {', '.join(CLOSURES)}")
        for name in ("temperature", "water_permittivity"):
            finite_number(name, getattr(self, name), positive=True)
        for name in ("damping", "settling"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} is {getattr(self, name):g}, allowed is 0 or more")
        names = {species.ion.name for species in self.species}
        finite_number("applied_field", self.applied_field)
        if not isinstance(self.force, Mapping):
            finite_number("force", self.force)
        else:
            for key, value in self.force.items():
                finite_number(f"force on {key}", value)
        for name in ("force", "excess", "diffusivity"):
            given = getattr(self, name)
            unknown = set(given) - names if isinstance(given, Mapping) else set()
            if unknown:
                raise ValueError(
                    f"{name} is given for {', '.join(sorted(unknown))}, "
                    f"the twin has {', '.join(sorted(names))}"
                )
        for name in ("excess", "diffusivity"):
            for key, value in getattr(self, name).items():
                finite_array(f"{name} of {key}", _values(value), positive=name == "diffusivity")
        finite_array("permittivity", _values(self.permittivity), positive=True)
        net = sum(s.number * s.ion.charge for s in self.species)
        fixed = self.charge.net if self.charge else 0.0
        charges = sum(s.number * abs(s.ion.charge) for s in self.species)
        if abs(net + fixed) > IMBALANCE * max(1.0, charges):
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
            found.append(self.charge.jumps)
        return np.concatenate(found) if found else np.empty(0)

    @property
    def assumptions(self) -> dict[str, str]:
        """What was assumed, in words."""
        curves = {
            "excess potential": self.excess,
            "diffusivity in the membrane": self.diffusivity,
        }
        said = {
            "transport": "Nernst and Planck, one dimension, ideal, no flow of water, closed ends",
            "field": (
                "Poisson's equation, no field at the ends"
                if self.closure == "poisson"
                else "electroneutral: the limit of no permittivity"
            ),
            "temperature": f"{self.temperature:g} K",
            "permittivity": f"{_said(self.permittivity)} in the membrane, "
            f"{self.water_permittivity:g} in water",
            "fixed charge": f"{self.charge.net:+g} e" if self.charge else "none",
        }
        if not isinstance(self.force, Mapping):
            said["force"] = f"{self.force:.4g} N per elementary charge on driven ions"
        else:
            said["force"] = _listed(self.force, "N") or "none"
        if self.applied_field:
            said["applied field"] = f"{self.applied_field:.4g} V/m on every ion"
        for name, values in curves.items():
            unit = "kT" if name == "excess potential" else "m2/s"
            said[name] = _listed(values, unit) or "as in water"
        said["friction of the thermostat"] = f"{self.damping:g} /s" if self.damping else "none"
        if self.settling:
            said["settling"] = f"{self.settling:g} s with driven ions kept in the feed"
        return said

    def start(self, faces: Array) -> Array:
        """Concentrations (n, K) at the start, mol/m3."""
        area = self.geometry.area
        return np.stack([s.amounts(self.geometry, faces) for s in self.species]) / (
            AVOGADRO * area * np.diff(faces)
        )

    def system(self, faces: Array, *, settling: bool = False, relaxing: bool = False) -> System:
        """Coefficients on a grid; while settling nothing is driven, feed ions stay in the feed.

        In an electroneutral cell all of a potential's step between two cells with a jump between
        them is a jump at their face, as Donnan's potential is, unless it is ``relaxing``: what
        drifts in a strong field would hold on there.
        """
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
        at_face = np.zeros_like(gap)
        if self.closure == "electroneutral":
            capacity *= NEUTRAL_LIMIT
            if not relaxing:
                places = np.append(self.jumps, self.geometry.faces)
                apart = np.abs(np.subtract.outer(faces[1:-1], places)).min(axis=1)
                at_face[apart < 1e-9 * self.geometry.length] = 1
        opened = np.ones((len(valence), len(z) - 1))
        if settling:
            wall = np.abs(faces[1:-1] - self.geometry.faces[0]).argmin()
            opened[driven[:, 0], wall] = 0
        force = np.array([[self.force_on(s)] for s in self.species])
        totals = np.array([s.number for s in self.species]) / (AVOGADRO * self.geometry.area)
        return System(
            width=width,
            valence=valence,
            resistance=width / (2 * mobility),
            excess=np.diff(excess, axis=1),
            force=np.zeros_like(mobility) if settling else force * width / 2 / kT,
            open=opened,
            capacity=capacity,
            share=half[:-1] / gap,
            at_face=at_face,
            stretch=np.ones((2, len(gap))),
            ends=np.zeros((2, len(gap))),
            voids=self.closure == "electroneutral" and not relaxing,
            fixed=self.charge.amounts(faces) if self.charge else np.zeros_like(width),
            totals=totals,
        )

    def force_on(self, species: Species) -> float:
        """Body force and applied field on an ion of a species, N."""
        pulled = self.applied_field * ELEMENTARY_CHARGE * species.ion.charge
        if not species.driven:
            return pulled
        if isinstance(self.force, Mapping):
            return pulled + float(self.force.get(species.ion.name, 0.0))
        return pulled + self.force * abs(species.ion.charge)

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


def _values(given: Property) -> npt.ArrayLike:
    return given.values if isinstance(given, Curve) else given


def _said(given: Property) -> str:
    return "a profile" if isinstance(given, Curve) else f"{given:.4g}"


def _listed(values: Mapping[str, Property], unit: str) -> str:
    return ", ".join(
        f"{ion} {_said(value)}" + ("" if isinstance(value, Curve) else f" {unit}")
        for ion, value in values.items()
    )
