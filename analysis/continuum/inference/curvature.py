"""Curvature of a sum of squares at its minimum."""

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.inference import levenberg

STEP = 1e-3
"""Of the central differences, in parameters in [0, 1]."""
FLAT = 1e-10
"""Least curvature, as a share of the largest, that counts; what is flatter has this one."""


def covariance(residuals: levenberg.Residuals, best: Array) -> Array:
    """Covariance (J^T J)^-1 (k, k) of parameters (k,), with J of residuals over their sd.

    Directions without curvature have a finite, large variance.

    >>> covariance(lambda x, rows: x * [2.0, 4.0], np.array([0.5, 0.5])).round(4)
    array([[0.25  , 0.    ],
           [0.    , 0.0625]])
    """
    slopes = levenberg.jacobian(residuals, best[None], np.zeros(1, dtype=np.intp), step=STEP)[0]
    values, vectors = np.linalg.eigh(slopes.T @ slopes)
    values = np.maximum(values, FLAT * max(float(values.max(initial=0.0)), 1e-300))
    return np.asarray((vectors / values) @ vectors.T)
