"""Defaults of questions as the command line shows them, without numpy, so that help is quick."""

from analysis.continuum.constants import (
    ACTIVITY,
    BORN_RADIUS,
    HINDRANCE,
    IMAGES,
    PORE_ACTIVITY,
    WATER_VISCOSITY,
)

NO_IMAGE_CHARGES = "none"
"""What the command line has for None."""
IMAGE_CHARGES_NAMED = IMAGES or NO_IMAGE_CHARGES
WATER_VISCOSITY_MPA_S = round(1e3 * WATER_VISCOSITY, 6)
"""Rounded, as the quotient of two binary numbers has sixteen digits in the help."""

__all__ = [
    "ACTIVITY",
    "BORN_RADIUS",
    "HINDRANCE",
    "IMAGE_CHARGES_NAMED",
    "NO_IMAGE_CHARGES",
    "PORE_ACTIVITY",
    "WATER_VISCOSITY_MPA_S",
]
