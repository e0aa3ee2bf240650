"""Where the windows of an ion lie along z, told by the options alone."""

import math

import numpy as np

from mdtools.constants import ANGSTROM_PER_NM
from mdtools.options import UmbrellaOptions


def centres_nm(z_angstrom: tuple[float, float], options: UmbrellaOptions) -> np.ndarray:
    """Return the centres (K,) of all windows in nm from the membrane's centre, feed to permeate.

    They are evenly spaced from end to end, at most the options' spacing apart.

    >>> options = UmbrellaOptions(ions=("Na+",), spacing_angstrom=2)
    >>> centres_nm((-4, 3), options).round(3).tolist()
    [-0.4, -0.225, -0.05, 0.125, 0.3]
    """
    low, high = (z / ANGSTROM_PER_NM for z in z_angstrom)
    steps = max(1, math.ceil((high - low) * ANGSTROM_PER_NM / options.spacing_angstrom - 1e-6))
    return np.linspace(low, high, steps + 1)
