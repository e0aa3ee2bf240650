"""The continuum theory uses these constants of nature (SI 2019) and defaults."""

BOLTZMANN = 1.380649e-23
"""J/K."""
AVOGADRO = 6.02214076e23
"""1/mol."""
GAS_CONSTANT = BOLTZMANN * AVOGADRO
"""J/mol/K."""
ELEMENTARY_CHARGE = 1.602176634e-19
"""C."""
FARADAY = ELEMENTARY_CHARGE * AVOGADRO
"""C/mol."""
VACUUM_PERMITTIVITY = 8.8541878128e-12
"""F/m."""
TEMPERATURE_K = 298.15
WATER_PERMITTIVITY = 78.54
"""Relative, at 25 C, as in the nanofiltration literature."""
WATER_DENSITY = 997.05
"""kg/m3, at 25 C; turns molarities into molalities."""
WATER_VISCOSITY = 0.89e-3
"""Pa s, at 25 C."""
MATRIX_PERMITTIVITY = 4.5
"""Relative, of a polyamide; Rehman, Sheriff and Lienhard, Water Research 243 (2023)."""

HINDRANCE = "dechadilok-deen"
ACTIVITY = PORE_ACTIVITY = "ideal"
IMAGES: str | None = None
BORN_RADIUS = "stokes"
"""Kinds that a `Model` has where none is named."""
