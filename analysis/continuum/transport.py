"""DSPM-DE for batches: rejection of every ion at a given flux."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from analysis.continuum import partitioning
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution, finite_array
from analysis.continuum.solver import fluxes
from analysis.continuum.solver.case import Case
from analysis.continuum.solver.inside import Inside, inside
from analysis.continuum.solver.run import Run, run

CELLS = 256
"""Most cells of the march, in every piece of the pore."""
PROFILE_CELLS = 32
"""Even cells, in every piece of the pore, at whose ends profiles are given."""


@dataclass(frozen=True)
class Transport:
    """Result of a solve; every array has the shape that the inputs broadcast to.

    What lies along the pore is worked out when it is first asked for: a batch that only needs its
    rejections takes less time and memory.

    Attributes
    ----------
    flux : array, m/s
    rejection, permeate, wall : dict of arrays by ion name
        1 - c_permeate / c_feed with the feed before the film; mol/m3; mol/m3 at the membrane's
        feed face.
    donnan_feed, donnan_permeate : arrays, RT/F
        Of the pore against the solution next to it.
    partition : dict of dicts of arrays
        Factors of q / c at the feed's face: ``steric``, ``born``, ``image``, ``activity`` (of the
        solution over the pore) and ``donnan``.
    converged : bool array
    assumptions : dict
        What was chosen, in words.
    run : Run
        The batch as it was solved, flat.
    """

    flux: np.ndarray
    rejection: dict[str, np.ndarray]
    permeate: dict[str, np.ndarray]
    wall: dict[str, np.ndarray]
    donnan_feed: np.ndarray
    donnan_permeate: np.ndarray
    partition: dict[str, dict[str, np.ndarray]]
    converged: np.ndarray
    assumptions: dict
    run: Run = field(repr=False)

    @cached_property
    def _pore(self) -> Inside:
        whole = inside(self.run.problem, self.run.solved, PROFILE_CELLS)
        sound = self.run.converged & self.run.case.balanced
        whole.pore[:, ~sound] = np.nan
        whole.potential[:, ~sound] = np.nan
        whole.pore[0], _ = _equilibrium(self.run, self.run.wall, 0)
        return whole

    @cached_property
    def _parts(self) -> dict[str, dict[str, np.ndarray]]:
        with np.errstate(all="ignore"):
            parts = fluxes.parts(self.run, self._pore.x, self._pore.pore)
        return {name: _by_ion(self.run, part, self.flux.shape) for name, part in parts.items()}

    @property
    def x(self) -> np.ndarray:
        """Position (M + 1,) in the pore from feed (0) to permeate (1).

        Twice the same where the charge jumps or bends.
        """
        return self._pore.x

    @cached_property
    def profile(self) -> dict[str, np.ndarray]:
        """Pore concentrations (M + 1, ...) in mol/m3 at ``x``.

        NaN where no ion of one sign can enter the pore.
        """
        return _by_ion(self.run, self._pore.pore, self.flux.shape)

    @property
    def potential(self) -> np.ndarray:
        """In the pore (M + 1, ...), RT/F, from the solution at the feed's face."""
        along = self._pore.potential.reshape((len(self.x), *self.flux.shape))
        return self.donnan_feed + along

    @property
    def diffusion(self) -> dict[str, np.ndarray]:
        """Share (M + 1, ...) of an ion's flux J c_p, mol/m2/s."""
        return self._parts["diffusion"]

    @property
    def convection(self) -> dict[str, np.ndarray]:
        """Share (M + 1, ...) of an ion's flux J c_p, mol/m2/s."""
        return self._parts["convection"]

    @property
    def migration(self) -> dict[str, np.ndarray]:
        """Share (M + 1, ...) of an ion's flux J c_p, mol/m2/s."""
        return self._parts["migration"]


def solve(
    membrane: Membrane,
    solution: Solution,
    flux,
    model: Model | None = None,
    film: Film | None = None,
    method: str = "march",
    cells: int = CELLS,
) -> Transport:
    """Rejection of every ion of a feed by a membrane at a volume flux.

    The Donnan steric pore model with dielectric exclusion (Bowen and Welfoot, Chem. Eng. Sci. 57,
    1121 (2002)) with the extended Nernst-Planck equation in the pore.

    Parameters
    ----------
    membrane, solution : fields broadcast against each other and against ``flux``
    flux : array_like, m/s
        Positive.
    film : concentration polarisation; None for a perfectly stirred feed
    method : "march", or "collocation" as a check of it, slower and for mild Peclet numbers
    cells : int
        Most cells of the march in every piece of the pore; it stops where two meshes agree.

    Raises
    ------
    ValueError
        Before any step, naming the argument and its value. A case that does not converge is
        flagged in ``converged`` and has NaN, it raises nothing.
    """
    flux = finite_array("flux", flux, positive=True)
    shape = shape_of(membrane, solution, flux=flux)
    case = Case.of(
        membrane, solution, shape, model=model or Model(), film=film, method=method, cells=cells
    )
    found = run(case, np.broadcast_to(flux, shape).reshape(-1))
    return transport(found, shape, {"flux": "given"})


def shape_of(membrane: Membrane, solution: Solution, **others) -> tuple[int, ...]:
    """What all arguments broadcast to; ValueError with their shapes where they do not."""
    shapes = {"membrane": membrane.shape}
    for ion, value in zip(solution.ions, solution.values, strict=True):
        shapes[ion.name] = np.shape(value)
    shapes.update({name: np.shape(value) for name, value in others.items()})
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
        raise ValueError(f"these shapes do not broadcast: {listed}") from None


def transport(found: Run, shape, notes: dict) -> Transport:
    """Result in the shape of the inputs."""
    case = found.case
    with np.errstate(all="ignore"):
        rejection = np.where(case.feed > 0, 1 - found.permeate / case.feed, np.nan)
        _, donnan_feed = _equilibrium(found, found.wall, 0)
        _, donnan_permeate = _equilibrium(found, found.permeate, -1)
        valence = np.where(case.faces.open, case.charges, 0.0)
        donnan = np.exp(-valence * donnan_feed[:, None])
    partition = {
        "steric": case.factors["steric"],
        "born": case.factors["born"],
        "image": found.feed_face["image"],
        "activity": found.feed_face["activity"],
        "donnan": donnan,
    }
    return Transport(
        flux=found.flux.reshape(shape),
        rejection=_by_ion(found, rejection, shape),
        permeate=_by_ion(found, found.permeate, shape),
        wall=_by_ion(found, found.wall, shape),
        donnan_feed=donnan_feed.reshape(shape),
        donnan_permeate=donnan_permeate.reshape(shape),
        partition={name: _by_ion(found, value, shape) for name, value in partition.items()},
        converged=found.converged.reshape(shape),
        assumptions={**_assumptions(case), **notes},
        run=found,
    )


def _by_ion(found: Run, array, shape) -> dict[str, np.ndarray]:
    """Arrays (..., B, n) by ion name, in the shape of the inputs."""
    leading = array.shape[:-2]
    names = [ion.name for ion in found.case.solution.ions]
    return {name: array[..., i].reshape((*leading, *shape)) for i, name in enumerate(names)}


def _equilibrium(found: Run, solution, face: int):
    """Pore concentrations (B, n) and Donnan potential (B,) next to a solution."""
    problem = found.problem
    partition = problem.partition if face == 0 else problem.leaving
    pore, potential = partitioning.donnan(
        np.where(problem.kept_out, 0.0, solution),
        problem.charges,
        problem.face_density(face),
        partition,
    )
    sound = found.converged & found.case.balanced
    return np.where(sound[:, None], pore, np.nan), np.where(sound, potential, np.nan)


def _assumptions(case: Case) -> dict:
    model, film = case.model, case.film
    ideal = model.pore_activity == "ideal"
    pore = "ideal" if ideal else f"{model.pore_activity}, at the faces only"
    density = "uniform"
    if case.positions is not None:
        density = f"profile of {len(case.positions)} places"
    marched = f"march, at most {case.cells} cells, extrapolated from half as many"
    return {
        "hindrance": model.hindrance + case.out_of_range,
        "activity": model.activity,
        "pore_activity": pore,
        "born_radius": model.born_radius,
        "image_charges": model.image_charges,
        "film": film and f"linear, {'with' if film.suction else 'without'} suction",
        "charge_density": density,
        "method": marched if case.method == "march" else case.method,
        "cells": case.cells,
        "temperature_K": case.solution.temperature,
        "bulk_permittivity": case.solution.permittivity,
        "diffusivities": "as the ions have them, whatever the temperature",
    }
