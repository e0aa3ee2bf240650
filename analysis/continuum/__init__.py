"""DSPM-DE is the continuum theory of transport through charged nanofiltration membranes, in SI."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.continuum.film import Film
    from analysis.continuum.model import Membrane, Model, Solution
    from analysis.continuum.pressure import solve_pressure
    from analysis.continuum.profiles import Profile
    from analysis.continuum.species import IONS, SOLUTES, Ion
    from analysis.continuum.transport import Transport, solve

_HOMES = {
    "IONS": "species",
    "SOLUTES": "species",
    "Film": "film",
    "Ion": "species",
    "Membrane": "model",
    "Model": "model",
    "Profile": "profiles",
    "Solution": "model",
    "Transport": "transport",
    "solve": "transport",
    "solve_pressure": "pressure",
}

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


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a module of names needs no scipy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis.continuum' has no attribute {name!r}")
    return getattr(import_module(f"analysis.continuum.{_HOMES[name]}"), name)
