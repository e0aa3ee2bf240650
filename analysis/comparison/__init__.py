"""Atoms beside theory: the continuum twin of a simulation, with its charges, ions and drive."""

from analysis.comparison.parameters.pores import pore_properties
from analysis.comparison.twins.charges import ChargeCurve, ChargeProfile
from analysis.comparison.twins.curves import Curve
from analysis.comparison.twins.geometry import Geometry
from analysis.comparison.twins.group_table import charge_profile
from analysis.comparison.twins.ions import Species, cell_species
from analysis.comparison.twins.problem import TwinProblem
from analysis.comparison.twins.result import Twin
from analysis.comparison.twins.slab import Slab, twin
from analysis.comparison.twins.solve import solve_twin

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
