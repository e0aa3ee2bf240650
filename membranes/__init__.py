"""Polyamide membranes, atom by atom: packing, polymerisation, treatments and charge layouts."""

from importlib import import_module

_HOMES = {
    "Network": "membranes.networks.network",
    "build": "membranes.building.builder",
    "lay_out": "membranes.layouts.place",
    "titrate": "membranes.layouts.titration",
}

__all__ = ["Network", "build", "lay_out", "titrate"]


def __getattr__(name: str):
    """Import a public name when it is asked for: OpenMM takes seconds to load."""
    if name not in _HOMES:
        raise AttributeError(f"module 'membranes' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
