"""Molecular dynamics with OpenMM, and files of systems, coordinates and trajectories."""

from importlib import import_module
from typing import Any

_HOMES = {"Bundle": "mdtools.bundle", "Run": "mdtools.runs.run"}

__all__ = ["Bundle", "Run"]


def __getattr__(name: str) -> Any:
    """Import a public class on first access: OpenMM and MDAnalysis take seconds to load."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mdtools' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
