"""Solution, diffusion and electromigration are the limit of the pore model without convection.

dc/dx = -J c_p / P - z c E in virtual concentrations, with sum z c = 0 and one permeance P (m/s) an
ion; Yaroshchuk, Bruening and Licon Bernal, J. Membr. Sci. 447, 463 (2013).
"""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array
from analysis.continuum.model import Solution, finite_array
from analysis.continuum.solver import march
from analysis.continuum.solver.problem import Problem

CELLS = 64
CONVECTION = 1e-12
"""In place of no convection: the march starts from the ratio of convection to diffusion."""


def salt_permeance(
    cation_charge: int, anion_charge: int, cation: npt.ArrayLike, anion: npt.ArrayLike
) -> Array:
    """Permeance of a single salt, (z+ + |z-|) P+ P- / (z+ P+ + |z-| P-), in the ions' unit.

    >>> round(float(salt_permeance(1, -1, 113.0, 3.9)), 5)
    7.53978
    """
    if not cation_charge > 0 > anion_charge:
        raise ValueError(
            f"charges are {cation_charge} and {anion_charge}, allowed: a positive and a negative"
        )
    cation = finite_array("permeance of the cation", cation, positive=True)
    anion = finite_array("permeance of the anion", anion, positive=True)
    weighted = cation_charge * cation - anion_charge * anion
    return (cation_charge - anion_charge) * cation * anion / weighted


def salt_rejection(permeance: npt.ArrayLike, flux: npt.ArrayLike) -> Array:
    """Rejection J / (J + P) of a single salt.

    >>> float(salt_rejection(2e-6, 6e-6))
    0.75
    """
    permeance = finite_array("permeance", permeance, positive=True)
    flux = finite_array("flux", flux, positive=True)
    return flux / (flux + permeance)


def rejections(
    solution: Solution,
    permeances: Mapping[str, npt.ArrayLike],
    flux: npt.ArrayLike,
    cells: int = CELLS,
) -> dict[str, Array]:
    """Rejection of every ion of a mixture; arguments broadcast.

    Parameters
    ----------
    permeances : m/s by ion name
    flux : m/s, positive
    cells : int
        Of the march that integrates; even.

    Raises
    ------
    ValueError
        An ion of the solution has no permeance or one that is not positive.

    Returns NaN where it does not converge.

    >>> feed = Solution({"Li+": 3.4, "Mg2+": 19.6, "Cl-": 42.6})
    >>> permeances = {"Li+": 7.8028e-6, "Mg2+": 0.1556e-6, "Cl-": 7.8028e-6}
    >>> float(rejections(feed, permeances, 2.93427e-6)["Mg2+"].round(4))
    0.8909
    """
    missing = [ion.name for ion in solution.ions if ion.name not in permeances]
    if missing:
        raise ValueError(f"permeances has no {missing[0]}, only {', '.join(permeances)}")
    flux = finite_array("flux", flux, positive=True)
    permeance = [
        finite_array(f"permeance of {ion.name}", permeances[ion.name], positive=True)
        for ion in solution.ions
    ]
    shape = np.broadcast_shapes(*(np.shape(a) for a in (flux, *permeance, *solution.values)))

    def rows(arrays: Iterable[Array]) -> Array:
        return np.stack([np.broadcast_to(a, shape).reshape(-1) for a in arrays], axis=1)

    feed = rows(solution.values)
    absent = feed <= 0
    charges = np.broadcast_to([float(ion.charge) for ion in solution.ions], feed.shape)
    problem = Problem(
        feed=np.where(absent, 1.0, feed),
        charges=np.where(absent, 0.0, charges),
        partition=np.ones_like(feed),
        peclet=np.where(absent, 0.0, rows([flux])) / rows(permeance),
        convection=np.full_like(feed, CONVECTION),
        charge_density=np.zeros(len(feed)),
        excluded=absent,
    )
    with np.errstate(all="ignore"):
        marched = march.solve(problem, cells)
    rejection = np.where(
        marched.converged[:, None] & ~absent, 1 - marched.permeate / problem.feed, np.nan
    )
    return {ion.name: rejection[:, i].reshape(shape) for i, ion in enumerate(solution.ions)}
