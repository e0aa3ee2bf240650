"""Observables: one module each, from the trials of one layout and salt to tidy tables.

Every module has `tables(trials, options)`, which returns data frames by the name of their file;
every column of numbers ends in its unit, or is a count or a share.
"""

from analysis.observables import (
    extent,
    mean_z,
    permeation,
    profiles,
    snapshots,
    water,
    water_msd,
    z_pdf,
)

MODULES = (extent, snapshots, z_pdf, mean_z, permeation, profiles, water, water_msd)

__all__ = ["MODULES"]
