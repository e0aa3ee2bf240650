"""DSPM-DE gives the rejection of every ion at a given flux, for batches of membranes and feeds."""

import warnings
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from analysis.continuum import activity, partitioning
from analysis.continuum.arrays import Array, Bools
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution, finite_array
from analysis.continuum.solver import compiled, fluxes
from analysis.continuum.solver.conditions import Conditions
from analysis.continuum.solver.fixed_point import BatchSolution, solve_at_flux
from analysis.continuum.solver.pore_profiles import PoreProfiles, pore_profiles

CELLS = 256
"""Most cells of the march, in every piece of the pore."""
ATTRACTS = "above the solution's in some cases: Born's energy then draws ions into the pore"
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
        interface with the feed.
    donnan_feed, donnan_permeate : arrays, RT/F
        Of the pore against the solution next to it.
    partition : dict of dicts of arrays
        Factors of q / c at the interface with the feed: ``steric``, ``born``, ``image``,
        ``activity`` (of the solution over the pore) and ``donnan``.
    converged : bool array
    assumptions : dict
        What was chosen, in words.
    batch : BatchSolution
        The flat batch that was solved.
    """

    flux: Array
    rejection: dict[str, Array]
    permeate: dict[str, Array]
    wall: dict[str, Array]
    donnan_feed: Array
    donnan_permeate: Array
    partition: dict[str, dict[str, Array]]
    converged: Bools
    assumptions: dict[str, object]
    batch: BatchSolution = field(repr=False)

    @classmethod
    def of(
        cls, batch: BatchSolution, shape: tuple[int, ...], notes: dict[str, object]
    ) -> "Transport":
        """Result in the shape of the inputs; ``notes`` are further assumptions."""
        conditions, solution = batch.conditions, batch.solution
        with np.errstate(all="ignore"):
            feed = conditions.feed
            rejection = np.where(feed > 0, 1 - solution.permeate / feed, np.nan)
            in_pore, donnan_feed = _equilibrium(batch, solution.wall, 0)
            _, donnan_permeate = _equilibrium(batch, solution.permeate, -1)
            valence = np.where(conditions.permeable, conditions.charges, 0.0)
            donnan = np.exp(-valence * donnan_feed[:, None])
        beyond = _beyond_davies(conditions, solution.wall, in_pore)
        notes = notes | _unbalanced(conditions)
        partition = {
            "steric": conditions.steric,
            "born": conditions.born,
            "image": batch.inlet.image,
            "activity": batch.inlet.activity,
            "donnan": donnan,
        }
        return cls(
            flux=batch.flux.reshape(shape),
            rejection=_by_ion(batch, rejection, shape),
            permeate=_by_ion(batch, solution.permeate, shape),
            wall=_by_ion(batch, solution.wall, shape),
            donnan_feed=donnan_feed.reshape(shape),
            donnan_permeate=donnan_permeate.reshape(shape),
            partition={name: _by_ion(batch, value, shape) for name, value in partition.items()},
            converged=solution.converged.reshape(shape),
            assumptions={**_assumptions(conditions, beyond), **notes},
            batch=batch,
        )

    @cached_property
    def _pore(self) -> PoreProfiles:
        batch = self.batch
        profiles = pore_profiles(batch.problem, batch.solution, PROFILE_CELLS)
        solved = batch.solution.converged & batch.conditions.pass_salt
        profiles.pore[:, ~solved] = np.nan
        profiles.potential[:, ~solved] = np.nan
        profiles.pore[0], _ = _equilibrium(batch, batch.solution.wall, 0)
        return profiles

    @cached_property
    def _contributions(self) -> dict[str, dict[str, Array]]:
        with np.errstate(all="ignore"):
            parts = fluxes.contributions(self.batch, self._pore.x, self._pore.pore)
        return {name: _by_ion(self.batch, part, self.flux.shape) for name, part in parts.items()}

    @property
    def x(self) -> Array:
        """Position (M + 1,) in the pore from feed (0) to permeate (1).

        Twice the same where the charge jumps or bends.
        """
        return self._pore.x

    @cached_property
    def profile(self) -> dict[str, Array]:
        """Pore concentrations (M + 1, ...) in mol/m3 at ``x``.

        NaN where no ion of one sign can enter the pore.
        """
        return _by_ion(self.batch, self._pore.pore, self.flux.shape)

    @property
    def potential(self) -> Array:
        """In the pore (M + 1, ...), RT/F, from the solution at the feed's interface."""
        along = self._pore.potential.reshape((len(self.x), *self.flux.shape))
        return self.donnan_feed + along

    @property
    def diffusion(self) -> dict[str, Array]:
        """Share (M + 1, ...) of an ion's flux J c_p, mol/m2/s."""
        return self._contributions["diffusion"]

    @property
    def convection(self) -> dict[str, Array]:
        """Share (M + 1, ...) of an ion's flux J c_p, mol/m2/s."""
        return self._contributions["convection"]

    @property
    def migration(self) -> dict[str, Array]:
        """Share (M + 1, ...) of an ion's flux J c_p, mol/m2/s."""
        return self._contributions["migration"]


def solve(
    membrane: Membrane,
    solution: Solution,
    flux: npt.ArrayLike,
    model: Model | None = None,
    film: Film | None = None,
    method: str = "march",
    cells: int = CELLS,
    backend: str | None = None,
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
    backend : "numba" or "numpy"
        What the march runs on: loops that are compiled once on a machine, for a batch on as many
        threads as ``NUMBA_NUM_THREADS`` or else ``OMP_NUM_THREADS`` of the environment allow, or
        else as there are processors; or arrays on one thread. The same results to 1e-10. None takes
        arrays until a process has solved a few hundred cases, then the loops: before, they are
        not worth the seconds of their start.

    Raises
    ------
    ValueError
        Before any step, naming the argument and its value. A case that does not converge is
        flagged in ``converged`` and has NaN, it raises nothing.
    """
    flux = finite_array("flux", flux, positive=True)
    shape = shape_of(membrane, solution, flux=flux)
    conditions = Conditions.of(
        membrane,
        solution,
        shape,
        model=model or Model(),
        film=film,
        method=method,
        cells=cells,
        backend=backend,
    )
    batch = solve_at_flux(conditions, np.broadcast_to(flux, shape).reshape(-1))
    return Transport.of(batch, shape, {"flux": "given"})


def shape_of(membrane: Membrane, solution: Solution, **others: Array) -> tuple[int, ...]:
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


def _by_ion(batch: BatchSolution, array: Array, shape: tuple[int, ...]) -> dict[str, Array]:
    """Arrays (..., B, n) by ion name, in the shape of the inputs."""
    leading = array.shape[:-2]
    names = [ion.name for ion in batch.conditions.solution.ions]
    return {name: array[..., i].reshape((*leading, *shape)) for i, name in enumerate(names)}


def _equilibrium(batch: BatchSolution, outside: Array, end: int) -> tuple[Array, Array]:
    """Pore concentrations (B, n) and Donnan potential (B,) next to a solution outside (B, n)."""
    problem = batch.problem
    partition = problem.partition if end == 0 else problem.outlet_partition
    donnan = compiled.donnan if batch.conditions.compiled else partitioning.donnan
    pore, potential = donnan(
        np.where(problem.excluded, 0.0, outside),
        problem.charges,
        problem.interface_density(end),
        partition,
    )
    solved = batch.solution.converged & batch.conditions.pass_salt
    return np.where(solved[:, None], pore, np.nan), np.where(solved, potential, np.nan)


def _beyond_davies(conditions: Conditions, wall: Array, in_pore: Array) -> dict[str, str]:
    """What is said of Davies' law where it is used beyond its range, by field; warned of, too."""
    model, ions = conditions.model, conditions.solution.ions
    said = {}
    if model.activity == "davies":
        # The film's wall is stronger than the feed; unsolved rows have the feed's.
        outside = np.where(np.isfinite(wall), wall, conditions.feed)
        said["activity"] = activity.beyond_davies(activity.strongest(ions, outside))
    if model.pore_activity == "davies":
        said["pore_activity"] = activity.beyond_davies(activity.strongest(ions, in_pore))
    for name, words in said.items():
        if words:
            warnings.warn(
                f"{name} davies{words}: its coefficients may be wrong by orders of magnitude",
                UserWarning,
                stacklevel=4,
            )
    return said


def _unbalanced(conditions: Conditions) -> dict[str, object]:
    """What is said, and warned of, where no counter-ion can enter a charged membrane."""
    rows, count = int(conditions.unbalanced.sum()), len(conditions.unbalanced)
    if not rows:
        return {}
    where = f" in {rows} of {count} cases" if rows < count else ""
    said = (
        f"larger than the pores{where}: nothing there balances the membrane's charge, and that no "
        "salt passes (rejection 1) is assumed, not solved for"
    )
    warnings.warn(f"counter-ions {said}", UserWarning, stacklevel=4)
    return {"counter_ions": said}


def _assumptions(conditions: Conditions, beyond: dict[str, str]) -> dict[str, object]:
    model, film = conditions.model, conditions.film
    ideal = model.pore_activity == "ideal"
    pore = "ideal" if ideal else f"{model.pore_activity}, at the faces only"
    pore += beyond.get("pore_activity", "")
    density = "uniform"
    if conditions.positions is not None:
        density = f"profile of {len(conditions.positions)} places"
    drawn = np.asarray(conditions.pore_permittivity) > conditions.solution.permittivity
    odd = {"pore_permittivity": ATTRACTS} if drawn.any() else {}
    march = f"march, at most {conditions.cells} cells, extrapolated from half as many"
    return {
        "hindrance": model.hindrance + conditions.out_of_range,
        "activity": model.activity + beyond.get("activity", ""),
        "pore_activity": pore,
        "born_radius": model.born_radius,
        "image_charges": model.image_charges,
        "film": film and f"linear, {'with' if film.suction else 'without'} suction",
        "charge_density": density,
        "method": march if conditions.method == "march" else conditions.method,
        "cells": conditions.cells,
        "backend": "numba" if conditions.compiled else "numpy",
        "temperature_K": conditions.solution.temperature,
        "bulk_permittivity": conditions.solution.permittivity,
        "diffusivities": "as the ions have them, whatever the temperature",
        **odd,
    }
