"""Constants of nature (SI 2019) and defaults of the continuum theory."""

BOLTZMANN = 1.380649e-23
"""J/K."""
ELEMENTARY_CHARGE = 1.602176634e-19
"""C."""
VACUUM_PERMITTIVITY = 8.8541878128e-12
"""F/m."""
TEMPERATURE_K = 298.15
WATER_PERMITTIVITY = 78.54
"""Relative, at 25 C."""
