"""Atoms beside theory: the continuum twin of a simulation, with its charges, ions and drive."""

from analysis.comparison.charges import ChargeCurve, ChargeProfile, charge_profile
from analysis.comparison.curves import Curve
from analysis.comparison.geometry import Geometry
from analysis.comparison.ions import Species, cell_species
from analysis.comparison.pores import pore_properties
from analysis.comparison.problem import TwinProblem
from analysis.comparison.result import Twin
from analysis.comparison.slab import Slab, twin
from analysis.comparison.solve import solve_twin

__all__ = [
    "ChargeCurve",
    "ChargeProfile",
    "Curve",
    "Geometry",
    "Slab",
    "Species",
    "Twin",
    "TwinProblem",
    "cell_species",
    "charge_profile",
    "pore_properties",
    "solve_twin",
    "twin",
]
