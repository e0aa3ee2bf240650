"""Analysis of ion transport: one pass over a run, tidy tables with intervals, figures."""

from importlib import import_module
from typing import Any

_HOMES = {"Results": "analysis.results", "load": "analysis.results"}

__all__ = ["Results", "load"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `analysis.continuum` needs no pandas."""
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
