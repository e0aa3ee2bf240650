"""Selfcheck of a platform: its forces against those of OpenMM's Reference platform."""

import numpy as np
import openmm
from openmm import unit

from mdtools.options import PlatformOptions
from mdtools.systems.platforms import GPU_PLATFORMS, open_platform

LARGEST_MEDIAN_ERROR = 1e-3
"""Single precision gives about 1e-5 in the median; a broken driver or compiler gives order 1."""


def needed(options: PlatformOptions) -> bool:
    """Whether a run on this platform has to be checked first: on a GPU."""
    return open_platform(options)[0].getName() in GPU_PLATFORMS


def selfcheck(system: openmm.System, state: openmm.State, options: PlatformOptions) -> dict:
    """Compare the forces on all atoms with those of the Reference platform.

    Parameters
    ----------
    state : openmm.State
        With positions and box.

    Returns
    -------
    dict
        ``platform``, ``median_relative_force_error`` (of |F - F_ref| / |F_ref| over the atoms that
        feel a force), ``passed``.
    """
    platform, properties = open_platform(options)
    forces = _forces(system, state, platform, properties)
    reference = _forces(system, state, openmm.Platform.getPlatform("Reference"), {})
    size = np.linalg.norm(reference, axis=1)
    felt = size > 0
    error = np.linalg.norm(forces - reference, axis=1)[felt] / size[felt]
    median = float(np.median(error)) if felt.any() else 0.0
    return {
        "platform": platform.getName(),
        "median_relative_force_error": median,
        "passed": median < LARGEST_MEDIAN_ERROR,
    }


def _forces(
    system: openmm.System, state: openmm.State, platform: openmm.Platform, properties: dict
) -> np.ndarray:
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform, properties)
    context.setPeriodicBoxVectors(*state.getPeriodicBoxVectors())
    context.setPositions(state.getPositions(asNumpy=True))
    forces = context.getState(forces=True).getForces(asNumpy=True)
    return forces.value_in_unit(unit.kilojoule_per_mole / unit.nanometer)
