"""A twin in numbers and curves alone: a slab between two reservoirs, ions that start anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.comparison.twins.charges import ChargeCurve
from analysis.comparison.twins.curves import Curve
from analysis.comparison.twins.geometry import Geometry
from analysis.comparison.twins.ions import TEMPERATURE, Species
from analysis.comparison.twins.problem import Property, TwinProblem
from analysis.comparison.twins.result import Twin
from analysis.comparison.twins.solve import solve_twin
from analysis.continuum.arrays import Array
from analysis.continuum.constants import AVOGADRO, WATER_PERMITTIVITY
from analysis.continuum.model import finite_number
from analysis.continuum.species import Ion, find

LONGEST, THINNEST = 1e-3, 1e-11
"""m: no cell is as long, no membrane as thin."""
TOLERANCE = 3e-5
"""Of a twin of a slab, whose concentrations are then right to about 1e-4 of the highest."""

Values = float | tuple[npt.ArrayLike, npt.ArrayLike]


@dataclass(frozen=True)
class Slab:
    """A closed cell from the feed piston, z = 0, to the permeate piston, z = length; SI units.

    Attributes
    ----------
    length : float, m
    faces : (z1, z2), m
        Of the membrane.
    fixed_charge : float, or (z, X), mol/m3 of the cell's volume
        A number holds between the faces. A curve is linear between its places; within the membrane
        it is constant beyond the first and the last of them, elsewhere 0 there.
    partition, diffusivity_ratio : mapping from ion names to floats
        Concentration in the membrane over that in water at equilibrium without a charge, and
        diffusivity likewise; 1 for ions that are not named. They hold between the faces.
    permittivity : float
        Relative, of water.
    membrane_permittivity : float, optional
        Relative, between the faces; that of water unless given.

    Raises
    ------
    ValueError
        Naming what is not allowed.
    """

    length: float
    faces: tuple[float, float]
    fixed_charge: Values = 0.0
    partition: Mapping[str, float] = field(default_factory=dict)
    diffusivity_ratio: Mapping[str, float] = field(default_factory=dict)
    permittivity: float = WATER_PERMITTIVITY
    membrane_permittivity: float | None = None

    def __post_init__(self) -> None:
        self.geometry(1.0)
        self.charge(1.0)
        for name in ("partition", "diffusivity_ratio"):
            for ion, value in getattr(self, name).items():
                finite_number(f"{name} of {ion}", value, positive=True)
        finite_number("permittivity", self.permittivity, positive=True)
        if self.membrane_permittivity is not None:
            finite_number("membrane_permittivity", self.membrane_permittivity, positive=True)

    def geometry(self, area: float) -> Geometry:
        """The cell with a cross-section in m2."""
        length = finite_number("length", self.length, positive=True)
        low, high = (finite_number("faces", face) for face in self.faces)
        _in_metres("length", length)
        if 0 <= high - low < THINNEST:
            raise ValueError(
                f"faces are {high - low:g} m apart, allowed is {THINNEST:g} m or more: places are "
                "in m, 1 nm is 1e-9 m"
            )
        return Geometry((0.0, length), (low, high), area, marks=())

    def charge(self, area: float) -> ChargeCurve | None:
        """Its fixed charge, None where there is none."""
        low, high = self.faces
        if not isinstance(self.fixed_charge, tuple):
            density = finite_number("fixed_charge", self.fixed_charge)
            curve = Curve([low, high], [density, density])
        else:
            z, values = (np.ravel(np.asarray(part, dtype=float)) for part in self.fixed_charge)
            _in_metres("z of fixed_charge", float(np.max(z, initial=0.0)))
            curve = Curve(z, values)
            if low < z[0] < high:
                z, values = np.append(low, z), np.append(values[0], values)
            if low < z[-1] < high:
                z, values = np.append(z, high), np.append(values, values[-1])
            curve = Curve(z, values)
            if z[0] < 0 or z[-1] > self.length:
                raise ValueError(
                    f"fixed_charge goes from {z[0]:g} to {z[-1]:g} m, allowed is from 0 to the "
                    f"length, {self.length:g} m"
                )
        return ChargeCurve(curve, area) if np.any(curve.values) else None


def twin(
    slab: Slab,
    start: Mapping[str | Ion, tuple[npt.ArrayLike, npt.ArrayLike]],
    area: float,
    times: npt.ArrayLike,
    force: Mapping[str, float] | None = None,
    temperature: float = TEMPERATURE,
    field: str = "poisson",
    diffusivity: Mapping[str, float] | None = None,
    *,
    tolerance: float = TOLERANCE,
) -> Twin:
    """Follow ions in a slab between closed ends through time.

    Parameters
    ----------
    slab : Slab
    start : mapping from ion names, or `Ion`, to (z, c), m and mol/m3
        Concentrations of the cell's volume at the start, linear between places and constant beyond
        the first and the last; a place given twice is a jump.
    area : float, m2
        Cross-section of the cell.
    times : (T,) array, s
        Rising, from 0 on.
    force : mapping from ion names to floats, N
        On each ion, toward the permeate; 0 for those that are not named.
    temperature : float, K
    field : "poisson" or "electroneutral"
        Whether the potential is that of Poisson's equation, or of its limit of no permittivity, in
        which charge is neutral everywhere.
    diffusivity : mapping from ion names to floats, m2/s
        In water; that of `IONS` for ions that are not named.
    tolerance : float
        Share of an ion that may be on the wrong side of any place (see `solve_twin`).

    Raises
    ------
    ValueError
        Naming what is not allowed: ions in one argument that do not start, a cell that is not
        neutral.

    >>> z, tube = [0, 1e-9, 1e-9, 4e-9], Slab(4e-9, (1e-9, 3e-9))
    >>> step = twin(tube, {"Na+": (z, [90, 90, 0, 0]), "Cl-": (z, [90, 90, 0, 0])}, 1e-18, [1.0])
    >>> [round(1e9 * float(step.mean_z[ion][-1]), 3) for ion in ("Na+", "Cl-")]
    [2.0, 2.0]
    """
    diffusivities, forces = dict(diffusivity or {}), dict(force or {})
    ions = [find(key) for key in start]
    names = {ion.name for ion in ions}
    given = {
        "force": forces,
        "diffusivity": diffusivities,
        "partition": slab.partition,
        "diffusivity_ratio": slab.diffusivity_ratio,
    }
    for name, values in given.items():
        if set(values) - names:
            raise ValueError(
                f"{name} is given for {', '.join(sorted(set(values) - names))}, ions that start "
                f"are {', '.join(sorted(names))}"
            )
    cell = slab.geometry(finite_number("area", area, positive=True))
    for ion, (z, _) in zip(ions, start.values(), strict=True):
        _in_metres(f"z of the start of {ion.name}", float(np.max(z)))
    species, along = [], {}
    for ion, (z, c) in zip(ions, start.values(), strict=True):
        curve = Curve(np.ravel(np.asarray(z, dtype=float)), np.ravel(np.asarray(c, dtype=float)))
        if np.min(curve.values) < 0:
            raise ValueError(f"start of {ion.name} falls below 0")
        number = float(curve.integrals(cell.ends)[0]) * cell.area * AVOGADRO
        if number:
            species.append(Species(ion, spread=(number, curve)))
        in_water = diffusivities.get(ion.name, ion.diffusivity)
        ratio = slab.diffusivity_ratio.get(ion.name, 1.0)
        along[ion.name] = _layered(cell, in_water, ratio * in_water)
    present = {s.ion.name for s in species}
    problem = TwinProblem(
        cell,
        species,
        slab.charge(cell.area),
        force={name: value for name, value in forces.items() if name in present},
        closure=field,
        excess={name: -float(np.log(k)) for name, k in slab.partition.items() if name in present},
        diffusivity={name: value for name, value in along.items() if name in present},
        permittivity=slab.membrane_permittivity or slab.permittivity,
        water_permittivity=slab.permittivity,
        temperature=temperature,
    )
    return solve_twin(problem, times, tolerance)


def _in_metres(name: str, value: float) -> None:
    """ValueError for a length that was given in another unit than m."""
    if value > LONGEST:
        raise ValueError(
            f"{name} is {value:g} m, allowed is up to {LONGEST:g} m: lengths are in m; if it is "
            f"{value:g} nm, give {1e-9 * value:g}"
        )


def _layered(cell: Geometry, outside: float, inside: float) -> Property:
    (low, high), (first, last) = cell.faces, cell.ends
    values: Array = np.array([outside, outside, inside, inside, outside, outside])
    return Curve([first, low, low, high, high, last], values)
