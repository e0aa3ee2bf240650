"""Atoms beside theory: the continuum twin of a simulation, with its charges, ions and drive."""

from analysis.comparison.charges import ChargeProfile, charge_profile
from analysis.comparison.geometry import Geometry
from analysis.comparison.ions import Species, cell_species
from analysis.comparison.pores import pore_properties
from analysis.comparison.solve import TwinResult, solve_twin
from analysis.comparison.twin import Curve, Twin

__all__ = [
    "ChargeProfile",
    "Curve",
    "Geometry",
    "Species",
    "Twin",
    "TwinResult",
    "cell_species",
    "charge_profile",
    "pore_properties",
    "solve_twin",
]
