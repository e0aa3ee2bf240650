"""DSPM-DE for batches: rejection of every ion at a given flux."""

from dataclasses import dataclass

import numpy as np

from analysis.continuum import fluxes, partitioning
from analysis.continuum.case import Case
from analysis.continuum.film import Film
from analysis.continuum.inside import inside
from analysis.continuum.model import Membrane, Model, Solution, finite_array
from analysis.continuum.run import Run, run

CELLS = 256
"""Most cells of the march, in every piece of the pore."""
PROFILE_CELLS = 32
"""Even cells, in every piece of the pore, at whose ends profiles are given."""


@dataclass(frozen=True)
class Transport:
    """Result of a solve; every array has the shape that the inputs broadcast to.

    Attributes
    ----------
    flux : array, m/s
    rejection, permeate, wall : dict of arrays by ion name
        1 - c_permeate / c_feed with the feed before the film; mol/m3; mol/m3 at the membrane's
        feed face.
    x : (M + 1,) array
        Position in the pore from feed (0) to permeate (1); twice the same where the charge jumps
        or bends.
    profile : dict of (M + 1, ...) arrays, mol/m3
        NaN where no ion of one sign can enter the pore.
    potential : (M + 1, ...) array
        In the pore, RT/F, from the solution at the feed's face.
    donnan_feed, donnan_permeate : arrays, RT/F
        Of the pore against the solution next to it.
    diffusion, convection, migration : dict of (M + 1, ...) arrays, mol/m2/s
        Shares of an ion's flux, J c_p, along the pore.
    partition : dict of dicts of arrays
        Factors of q / c at the feed's face: ``steric``, ``born``, ``image``, ``activity`` (of the
        solution over the pore) and ``donnan``.
    converged : bool array
    assumptions : dict
        What was chosen, in words.
    """

    flux: np.ndarray
    rejection: dict[str, np.ndarray]
    permeate: dict[str, np.ndarray]
    wall: dict[str, np.ndarray]
    x: np.ndarray
    profile: dict[str, np.ndarray]
    potential: np.ndarray
    donnan_feed: np.ndarray
    donnan_permeate: np.ndarray
    diffusion: dict[str, np.ndarray]
    convection: dict[str, np.ndarray]
    migration: dict[str, np.ndarray]
    partition: dict[str, dict[str, np.ndarray]]
    converged: np.ndarray
    assumptions: dict


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
    shape = shape_of(membrane, solution, flux)
    case = Case.of(
        membrane, solution, shape, model=model or Model(), film=film, method=method, cells=cells
    )
    found = run(case, np.broadcast_to(flux, shape).reshape(-1))
    return transport(found, shape, {"flux": "given"})


def shape_of(membrane: Membrane, solution: Solution, *others) -> tuple[int, ...]:
    """What all arguments broadcast to."""
    arrays = (*solution.values, *others)
    return np.broadcast_shapes(membrane.shape, *(np.shape(array) for array in arrays))


def transport(found: Run, shape, notes: dict) -> Transport:
    """Result in the shape of the inputs."""
    case = found.case
    names = [ion.name for ion in case.solution.ions]

    def by_ion(array):
        leading = array.shape[:-2]
        return {name: array[..., i].reshape((*leading, *shape)) for i, name in enumerate(names)}

    with np.errstate(all="ignore"):
        rejection = np.where(case.feed > 0, 1 - found.permeate / case.feed, np.nan)
        pore = _pore(found)
        parts = fluxes.parts(found, pore.x, pore.pore)
        feed_face, donnan_feed = _equilibrium(found, found.wall, 0)
        _, donnan_permeate = _equilibrium(found, found.permeate, -1)
        pore.pore[0] = feed_face
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
        rejection=by_ion(rejection),
        permeate=by_ion(found.permeate),
        wall=by_ion(found.wall),
        x=pore.x,
        profile=by_ion(pore.pore),
        potential=(donnan_feed + pore.potential).reshape((len(pore.x), *shape)),
        donnan_feed=donnan_feed.reshape(shape),
        donnan_permeate=donnan_permeate.reshape(shape),
        **{name: by_ion(part) for name, part in parts.items()},
        partition={name: by_ion(value) for name, value in partition.items()},
        converged=found.converged.reshape(shape),
        assumptions={**_assumptions(case), **notes},
    )


def _pore(found: Run):
    """Profiles; NaN where a row failed or has no salt in the pore."""
    whole = inside(found.problem, found.solved, PROFILE_CELLS)
    sound = found.converged & found.case.balanced
    whole.pore[:, ~sound] = np.nan
    whole.potential[:, ~sound] = np.nan
    return whole


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
    density = "uniform"
    if case.positions is not None:
        density = f"profile of {len(case.positions)} places"
    marched = f"march, at most {case.cells} cells, extrapolated from half as many"
    return {
        "hindrance": model.hindrance,
        "activity": model.activity,
        "pore_activity": f"{model.pore_activity}, at the faces",
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
