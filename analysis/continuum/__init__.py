"""DSPM-DE is the continuum theory of transport through charged nanofiltration membranes, in SI."""

from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution
from analysis.continuum.pressure import solve_pressure
from analysis.continuum.profiles import Profile
from analysis.continuum.species import IONS, SOLUTES, Ion
from analysis.continuum.transport import Transport, solve

__all__ = [
    "IONS",
    "SOLUTES",
    "Film",
    "Ion",
    "Membrane",
    "Model",
    "Profile",
    "Solution",
    "Transport",
    "solve",
    "solve_pressure",
]
