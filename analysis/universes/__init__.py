"""Trajectories of any other program are read in one pass, and analysed in the same tables.

study = Study.read("study.yaml")
results = analyse(study, "results/mine")
results["z_pdf"]
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "Study": "study",
    "UniverseSource": "universe_source",
    "analyse": "pipeline",
    "collect_trial": "pipeline",
    "notes_of": "pipeline",
    "open_trial": "pipeline",
}

__all__ = ["Study", "UniverseSource", "analyse", "collect_trial", "notes_of", "open_trial"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a wrong study is told without MDAnalysis."""
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis.universes' has no attribute {name!r}")
    return getattr(import_module(f"analysis.universes.{_HOMES[name]}"), name)
