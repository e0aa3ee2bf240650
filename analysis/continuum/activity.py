"""Activity coefficients and osmotic pressure of a solution: ideal, Davies or Pitzer."""

import numpy as np

from analysis.continuum import pitzer, water
from analysis.continuum.constants import (
    AVOGADRO,
    BOLTZMANN,
    ELEMENTARY_CHARGE,
    GAS_CONSTANT,
    TEMPERATURE_K,
    VACUUM_PERMITTIVITY,
    WATER_DENSITY,
    WATER_PERMITTIVITY,
)

KINDS = ("ideal", "davies", "pitzer")
DAVIES_SLOPE = 0.3
"""Davies, Ion Association, Butterworths (1962)."""
