"""Observables: one module each, from the trials of one layout and salt to tidy tables.

Every module has `TABLES`, the names of its tables, and `tables(trials, options)`, which returns
those data frames by name; every column of numbers ends in its unit, or is a count or a share. What
its `definition` columns mean stands in its `DEFINITIONS`, or in `analysis.definitions`.
"""

from analysis.definitions import SHARED
from analysis.observables import (
    chaperones,
    clusters,
    coordination,
    crossings,
    energies,
    extent,
    hopping,
    ion_msd,
    mean_z,
    pairs,
    permeation,
    profiles,
    radial,
    residence,
    snapshots,
    water,
    water_msd,
    z_pdf,
)

MODULES = (
    extent,
    snapshots,
    z_pdf,
    mean_z,
    permeation,
    profiles,
    water,
    water_msd,
    energies,
    radial,
    coordination,
    pairs,
    clusters,
    chaperones,
    residence,
    hopping,
    crossings,
    ion_msd,
)
TABLES = tuple(name for module in MODULES for name in module.TABLES)
DEFINITIONS = SHARED | {
    name: sentence
    for module in MODULES
    for name, sentence in getattr(module, "DEFINITIONS", {}).items()
}
"""A sentence or more for each name in a `definition` column."""

__all__ = ["DEFINITIONS", "MODULES", "TABLES"]
