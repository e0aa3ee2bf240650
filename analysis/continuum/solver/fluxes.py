"""Diffusion, convection and migration of every ion along the pore."""

import numpy as np

from analysis.continuum.solver.run import Run


def parts(found: Run, x, pore) -> dict[str, np.ndarray]:
    """The three shares of J c_p (M + 1, B, n) in mol/m2/s.

    J c_p = Kc J q - (J / Pe) (dq/dx + z q E). The field at a node follows from pore neutrality,
    E = [sum z (Kc Pe q - Pe c_p) + dX/dx] / sum z^2 q, and diffusion is what remains.

    Parameters
    ----------
    x : (M + 1,) array
    pore : (M + 1, B, n) array, mol/m3
    """
    problem = found.problem
    z, peclet = problem.charges, problem.peclet
    permeate = np.where(problem.kept_out, 0.0, found.permeate)
    drift = peclet * (problem.convection * pore - permeate)
    field = ((z * drift).sum(axis=2) + _slope(problem, x)) / (z**2 * pore).sum(axis=2)
    flux = found.flux[:, None]
    convection = flux * problem.convection * pore
    mobility = flux / np.where(peclet > 0, peclet, np.inf)
    migration = -mobility * z * pore * field[..., None]
    total = flux * permeate
    return {
        "diffusion": np.where(problem.kept_out, 0.0, total - convection - migration),
        "convection": np.where(problem.kept_out, 0.0, convection),
        "migration": np.where(problem.kept_out, 0.0, migration),
    }


def _slope(problem, x):
    """dX/dx (M + 1, B) of the piece that a place belongs to, first of two at a repeated place."""
    if problem.positions is None:
        return 0.0
    places, density = problem.positions, problem.charge_density
    spans = np.flatnonzero(np.diff(places) > 0)
    slope = np.diff(density, axis=0)[spans] / np.diff(places)[spans, None]
    first = np.append(np.diff(x) == 0, False)
    second = np.append(False, np.diff(x) == 0)
    span = np.searchsorted(places[spans + 1], x, side="left")
    span = np.where(second & ~first, np.searchsorted(places[spans + 1], x, side="right"), span)
    return slope[np.minimum(span, len(spans) - 1)]
