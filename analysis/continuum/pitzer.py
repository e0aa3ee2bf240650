"""Activity and osmotic coefficients of mixed electrolytes by Pitzer and Kim's equations.

Pitzer and Kim, J. Am. Chem. Soc. 96, 5701 (1974), in the form of Harvie, Moller and Weare,
Geochim. Cosmochim. Acta 48, 723 (1984), with the unsymmetrical mixing of Pitzer, J. Solution
Chem. 4, 249 (1975). On the molal scale; single-ion values are defined only up to exp(z s).
"""

import warnings
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import gammainc

from analysis.continuum import water
from analysis.continuum.constants import TEMPERATURE_K, WATER_PERMITTIVITY
from analysis.continuum.pitzer_parameters import parameters
from analysis.continuum.species import Ion, find

DEBYE_HUECKEL = 0.3915
"""A_phi at 25 C, (kg/mol)^(1/2); Pitzer and Mayorga (1973) round it to 0.392."""
CLOSEST = 1.2
"""b, (kg/mol)^(1/2)."""
ALPHA, ALPHA_TWO_TWO, ALPHA_PAIRING = 2.0, 1.4, 12.0
"""(kg/mol)^(1/2): beta1; beta1 of 2-2 salts; beta2."""
SMALLEST_STRENGTH = 1e-14
"""mol/kg; stands in for none, where every term is the limiting law's."""
"""Of J's argument: an ionic strength of 1e-14 to beyond 1000 mol/kg."""
