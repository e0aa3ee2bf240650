"""Conditions are a flat batch of all inputs but the flux; with a flux they make a Problem."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.continuum import hindrance, partitioning
from analysis.continuum.arrays import Array, Bools
from analysis.continuum.film import Film, coefficients
from analysis.continuum.model import Membrane, Model, Solution
from analysis.continuum.profiles import Profile
from analysis.continuum.solver import march
from analysis.continuum.solver.backends import BACKENDS, METER, NUMBA
from analysis.continuum.solver.batch import FIRST, LAST
from analysis.continuum.solver.problem import Problem

METHODS = ("march", "collocation")
TIGHTEST = 0.999
"""Share of the pore's radius from which on an ion is excluded: radii are known to three digits."""


@dataclass(frozen=True)
class Conditions:
    """What holds at any flux; arrays are (B, n), and (B,) where that is said.

    Attributes
    ----------
    feed : mol/m3
    thickness, pore_radius, pore_permittivity, matrix_permittivity : (B,), as in ``Membrane``
    charge_density : (B,), or (K, B) at ``positions``; mol/m3
    steric, born : factors of the partition coefficients
    diffusive, convective : Kd and Kc
    permeable : bool, of ions that enter the pore
    """

    solution: Solution
    model: Model
    film: Film | None
    method: str
    cells: int
    backend: str
    positions: Array | None
    feed: Array = field(metadata=FIRST)
    thickness: Array = field(metadata=FIRST)
    pore_radius: Array = field(metadata=FIRST)
    pore_permittivity: Array = field(metadata=FIRST)
    matrix_permittivity: Array = field(metadata=FIRST)
    charge_density: Array = field(metadata=LAST)
    steric: Array = field(metadata=FIRST)
    born: Array = field(metadata=FIRST)
    diffusive: Array = field(metadata=FIRST)
    convective: Array = field(metadata=FIRST)
    permeable: Bools = field(metadata=FIRST)

    @classmethod
    def of(
        cls,
        membrane: Membrane,
        solution: Solution,
        shape: tuple[int, ...],
        *,
        model: Model,
        film: Film | None,
        method: str,
        cells: int,
        backend: str | None,
    ) -> "Conditions":
        """Fields broadcast to a shape and flattened."""

        def flat(array: npt.ArrayLike) -> Array:
            return np.broadcast_to(np.asarray(array, dtype=float), shape).reshape(-1)

        _check(model, film, method, cells, backend)
        feed = np.stack([flat(value) for value in solution.values], axis=1)
        radius, permittivity = flat(membrane.pore_radius), flat(membrane.pore_permittivity)
        profile, positions = membrane.charge_density, None
        if isinstance(profile, Profile):
            positions = np.asarray(profile.x, dtype=float)
            density = np.stack([flat(value) for value in np.asarray(profile.X, dtype=float)])
        else:
            density = flat(profile)
        lam = np.stack([ion.stokes_radius / radius for ion in solution.ions], axis=1)
        born = [
            partitioning.born(
                ion, permittivity, solution.permittivity, solution.temperature, model.born_radius
            )
            for ion in solution.ions
        ]
        diffusive = hindrance.diffusive(lam, model.hindrance)
        return cls(
            solution,
            model,
            film,
            method,
            cells,
            backend or METER.backend(math.prod(shape)),
            positions,
            feed=feed,
            thickness=flat(membrane.effective_thickness),
            pore_radius=radius,
            pore_permittivity=permittivity,
            matrix_permittivity=flat(membrane.matrix_permittivity),
            charge_density=density,
            steric=partitioning.steric(lam),
            born=np.stack(born, axis=1),
            diffusive=diffusive,
            convective=hindrance.convective(lam, model.hindrance),
            permeable=(lam < TIGHTEST) & (diffusive > 0) & (feed > 0),
        )

    @property
    def size_and_born(self) -> Array:
        """Partition coefficients (B, n) without Donnan, of ideal solutions and no image charges."""
        return self.steric * self.born

    @property
    def compiled(self) -> bool:
        """Whether the march is that of compiled loops."""
        return self.method == "march" and self.backend == NUMBA

    @property
    def out_of_range(self) -> str:
        """Which ions the hindrance law is used for beyond its range, in words; else empty."""
        radii = {ion.name: ion.stokes_radius / self.pore_radius for ion in self.solution.ions}
        kind = self.model.hindrance
        beyond = [n for n, lam in radii.items() if not hindrance.in_range(lam, kind).all()]
        return f", beyond its range for {', '.join(beyond)} in some cases" if beyond else ""

    @property
    def charges(self) -> Array:
        """z (n,)."""
        return np.array([float(ion.charge) for ion in self.solution.ions])

    @property
    def pass_salt(self) -> Bools:
        """Rows (B,) in which ions of both signs enter the pore; in others no salt passes."""
        entering = np.where(self.permeable, self.charges, 0.0)
        return np.asarray((entering > 0).any(axis=1) & (entering < 0).any(axis=1))

    @property
    def unbalanced(self) -> Bools:
        """Rows (B,) of a charged membrane whose counter-ions all stay out of the pores."""
        entering = np.where(self.permeable, self.charges, 0.0)
        density = np.atleast_2d(self.charge_density)
        no_cation = ~(entering > 0).any(axis=1) & (density < 0).any(axis=0)
        no_anion = ~(entering < 0).any(axis=1) & (density > 0).any(axis=0)
        salty = ((np.atleast_2d(self.feed) > 0) & (self.charges != 0)).any(axis=1)
        return np.asarray((no_cation | no_anion) & salty)

    def problem(self, flux: Array, partition: Array, permeate_partition: Array) -> Problem:
        """The kernel's problem at a flux (B,) and partition coefficients of both sides (B, n)."""
        excluded, absent = ~self.permeable, self.feed <= 0
        diffusivity = np.array([ion.diffusivity for ion in self.solution.ions])
        hindered = np.where(excluded, 1.0, diffusivity * self.diffusive)
        peclet = (flux * self.thickness)[:, None] / hindered
        transfer = mobility = film_charges = None
        if self.film is not None:
            transfer = coefficients(self.film, self.solution.ions, flux) / flux[:, None]
            mobility = diffusivity / diffusivity.max() * transfer.max(axis=1)[:, None]
            film_charges = np.where(absent, 0.0, self.charges)
        return Problem(
            feed=np.where(absent, 1.0, self.feed),
            charges=np.where(excluded, 0.0, self.charges),
            partition=np.where(excluded, 1.0, partition),
            peclet=np.where(excluded, 0.0, peclet),
            convection=np.where(excluded, 1.0, self.convective),
            charge_density=self.charge_density,
            excluded=excluded,
            permeate_partition=np.where(excluded, 1.0, permeate_partition),
            positions=self.positions,
            film_transfer=transfer,
            film_mobility=mobility,
            film_charges=film_charges,
        )


def _check(model: object, film: object, method: str, cells: int, backend: str | None) -> None:
    if not isinstance(model, Model):
        raise ValueError(f"model is {model!r}, allowed: a Model, or None")
    if not (film is None or isinstance(film, Film)):
        raise ValueError(f"film is {film!r}, allowed: a Film, or None")
    if method not in METHODS:
        raise ValueError(f"method is {method!r}, allowed: {', '.join(METHODS)}")
    if backend not in (None, *BACKENDS):
        raise ValueError(f"backend is {backend!r}, allowed: {', '.join(BACKENDS)}")
    if cells != int(cells) or cells < march.FEWEST_CELLS:
        raise ValueError(f"cells is {cells!r}, allowed: whole numbers from {march.FEWEST_CELLS}")
