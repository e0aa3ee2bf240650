"""Where ions go at once in the limit of no permittivity: by drift, until they feel no field.

As the permittivity eps goes to 0, a charge that is not balanced sets up a field of order 1 / eps,
which lasts for a time of order eps. In that time ions drift as their mobilities say; diffusion and
body forces have no time to act. This is followed once, with the small permittivity that stands for
none, on one grid for all grids that come after.

What is left has no field where ions are, yet may have one where none are: fixed charge whose
counter-ions would have to come through a region that repels them.
"""

from dataclasses import dataclass

import numpy as np

from analysis.comparison.twins.stepping import Course
from analysis.comparison.twins.system import System
from analysis.continuum.arrays import Array

RELAXATIONS = 300.0
"""Mean times of relaxation that are followed."""
FIRST_STEP = 1e-4
"""Of a mean time of relaxation."""


@dataclass(frozen=True)
class Relaxed:
    """Amounts (n, K + 1) of each species below faces (K + 1,), mol/m2."""

    faces: Array
    below: Array

    def start(self, faces: Array) -> Array:
        """Concentrations (n, k) in cells between other faces, mol/m3."""
        found = [np.diff(np.interp(faces, self.faces, below)) for below in self.below]
        return np.stack(found) / np.diff(faces)


def relax(faces: Array, start: Array, system: System, tolerance: float) -> Relaxed:
    """Follow ions from concentrations (n, K) at the start until no field moves them.

    Parameters
    ----------
    faces : (K + 1,) array, m
    system : System
        On this grid, with the permittivity that stands for none.
    tolerance : float
        Of a step (`Course.advance`).
    """
    length = system.width.sum()
    mobility = length / (2 * system.resistance.sum(axis=1))
    mean = start @ system.width / length
    conductivity = (system.valence[:, 0] ** 2 * mobility * mean).sum()
    if not conductivity:
        return _relaxed(faces, system.width * start)
    time = float(length / (1 / system.capacity).sum() / conductivity)
    course = Course(start, system.steps_of_potential(start), FIRST_STEP * time)
    course.advance(system, RELAXATIONS * time, tolerance)
    return _relaxed(faces, system.width * course.concentration)


def _relaxed(faces: Array, amounts: Array) -> Relaxed:
    return Relaxed(faces, np.pad(np.cumsum(amounts, axis=1), ((0, 0), (1, 0))))
