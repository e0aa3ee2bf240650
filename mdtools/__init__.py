"""Everything that touches OpenMM or a file of coordinates."""

from importlib import import_module

_HOMES = {"Bundle": "mdtools.bundle", "Run": "mdtools.runs.run"}

__all__ = ["Bundle", "Run"]


def __getattr__(name: str):
    """Import a public class when it is asked for: OpenMM and MDAnalysis take seconds to load."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mdtools' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
