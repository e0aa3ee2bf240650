"""Observables: one module each, from the trials of one layout and salt to tidy tables.

Every module has `TABLES`, the names of its tables, and `tables(trials, options)`, which returns
those data frames by name; every column of numbers ends in its unit, or is a count or a share. What
its `definition` columns mean stands in its `DEFINITIONS`, or in `analysis.definitions`.
"""

from importlib import import_module

from analysis.catalogue import OBSERVABLES
from analysis.definitions import SHARED

MODULES = tuple(import_module(f"analysis.observables.{name}") for name in OBSERVABLES)
TABLES = tuple(name for module in MODULES for name in module.TABLES)
DEFINITIONS = SHARED | {
    name: sentence
    for module in MODULES
    for name, sentence in getattr(module, "DEFINITIONS", {}).items()
}
"""A sentence or more for each name in a `definition` column."""

__all__ = ["DEFINITIONS", "MODULES", "TABLES"]
