"""A batch of conditions, flat, and the problem that a flux makes of it."""

from dataclasses import dataclass

import numpy as np

from analysis.continuum import hindrance, partitioning
from analysis.continuum.film import Film, coefficients
from analysis.continuum.model import Membrane, Model, Solution
from analysis.continuum.profiles import Profile
from analysis.continuum.solver import march
from analysis.continuum.solver.faces import Faces
from analysis.continuum.solver.problem import Problem

METHODS = ("march", "collocation")
TIGHTEST = 0.999
"""Share of the pore's radius from which on an ion is kept out: radii are known to three digits."""


@dataclass(frozen=True)
class Case:
    """Conditions without the flux; arrays (B,) or (B, n).

    Attributes
    ----------
    density : (B,), or (K, B) at ``positions``
    factors : dict of (B, n) arrays
        steric, born, diffusive, convective.
    """

    solution: Solution
    model: Model
    film: Film | None
    method: str
    cells: int
    feed: np.ndarray
    thickness: np.ndarray
    density: np.ndarray
    positions: np.ndarray | None
    faces: Faces
    factors: dict[str, np.ndarray]

    @classmethod
    def of(cls, membrane: Membrane, solution: Solution, shape, **choices) -> "Case":
        """Fields broadcast to a shape and flattened; ``choices`` are the remaining fields."""

        def flat(array):
            return np.broadcast_to(array, shape).reshape(-1)

        _check(**choices)
        model: Model = choices["model"]
        feed = np.stack([flat(value) for value in solution.values], axis=1)
        radius, permittivity = flat(membrane.pore_radius), flat(membrane.pore_permittivity)
        profile, positions = membrane.charge_density, None
        if isinstance(profile, Profile):
            positions = profile.x
            density = np.stack([flat(value) for value in profile.X])
        else:
            density = flat(profile)
        lam = np.stack([ion.stokes_radius / radius for ion in solution.ions], axis=1)
        born = [
            partitioning.born(
                ion, permittivity, solution.permittivity, solution.temperature, model.born_radius
            )
            for ion in solution.ions
        ]
        factors = {
            "steric": partitioning.steric(lam),
            "born": np.stack(born, axis=1),
            "diffusive": hindrance.diffusive(lam, model.hindrance),
            "convective": hindrance.convective(lam, model.hindrance),
        }
        fixed = factors["steric"] * factors["born"]
        is_open = (lam < TIGHTEST) & (factors["diffusive"] > 0) & (feed > 0)
        faces = Faces(
            model,
            solution.ions,
            solution.temperature,
            fixed,
            is_open,
            radius,
            permittivity,
            flat(membrane.matrix_permittivity),
        )
        thickness = flat(membrane.effective_thickness)
        return cls(
            solution,
            feed=feed,
            thickness=thickness,
            density=density,
            positions=positions,
            faces=faces,
            factors=factors,
            **choices,
        )

    def rows(self, which) -> "Case":
        """Part of the batch."""
        return Case(
            **{
                **vars(self),
                "feed": self.feed[which],
                "thickness": self.thickness[which],
                "density": self.density[..., which],
                "faces": self.faces.rows(which),
                "factors": {name: value[which] for name, value in self.factors.items()},
            }
        )

    @property
    def out_of_range(self) -> str:
        """Which ions the hindrance law is used for beyond its range, in words; else empty."""
        radii = {ion.name: ion.stokes_radius / self.faces.pore_radius for ion in self.solution.ions}
        kind = self.model.hindrance
        beyond = [n for n, lam in radii.items() if not hindrance.in_range(lam, kind).all()]
        return f", beyond its range for {', '.join(beyond)} in some cases" if beyond else ""

    @property
    def charges(self) -> np.ndarray:
        """z (n,)."""
        return np.array([float(ion.charge) for ion in self.solution.ions])

    @property
    def balanced(self) -> np.ndarray:
        """Rows (B,) in which ions of both signs enter the pore; in others no salt passes."""
        inside = np.where(self.faces.open, self.charges, 0.0)
        return (inside > 0).any(axis=1) & (inside < 0).any(axis=1)

    def problem(self, flux, entering, leaving) -> Problem:
        """The kernel's problem at a flux (B,) and partition coefficients of both faces (B, n)."""
        out = ~self.faces.open
        diffusivity = np.array([ion.diffusivity for ion in self.solution.ions])
        hindered = np.where(out, 1.0, diffusivity * self.factors["diffusive"])
        peclet = (flux * self.thickness)[:, None] / hindered
        absent = self.feed <= 0
        film = {}
        if self.film is not None:
            transfer = coefficients(self.film, self.solution.ions, flux) / flux[:, None]
            film = {
                "film_transfer": transfer,
                "film_mobility": diffusivity / diffusivity.max() * transfer.max(axis=1)[:, None],
                "film_charges": np.where(absent, 0.0, self.charges),
            }
        return Problem(
            feed=np.where(absent, 1.0, self.feed),
            charges=np.where(out, 0.0, self.charges),
            partition=np.where(out, 1.0, entering),
            peclet=np.where(out, 0.0, peclet),
            convection=np.where(out, 1.0, self.factors["convective"]),
            charge_density=self.density,
            kept_out=out,
            permeate_partition=np.where(out, 1.0, leaving),
            positions=self.positions,
            **film,
        )


def _check(model, film, method, cells) -> None:
    if not isinstance(model, Model):
        raise ValueError(f"model is {model!r}, allowed: a Model, or None")
    if not (film is None or isinstance(film, Film)):
        raise ValueError(f"film is {film!r}, allowed: a Film, or None")
    if method not in METHODS:
        raise ValueError(f"method is {method!r}, allowed: {', '.join(METHODS)}")
    if cells != int(cells) or cells < march.FEWEST_CELLS:
        raise ValueError(f"cells is {cells!r}, allowed: whole numbers from {march.FEWEST_CELLS}")
