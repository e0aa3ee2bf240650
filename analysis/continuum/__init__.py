"""Continuum transport through charged nanofiltration membranes (DSPM-DE), in SI units."""

from analysis.continuum.model import Membrane, Model, Solution
from analysis.continuum.profiles import Profile
from analysis.continuum.species import IONS, SOLUTES, Ion
from analysis.continuum.transport import Transport, solve

__all__ = [
    "IONS",
    "SOLUTES",
    "Ion",
    "Membrane",
    "Model",
    "Profile",
    "Solution",
    "Transport",
    "solve",
]
