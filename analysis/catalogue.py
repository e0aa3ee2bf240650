"""The names of all observables and figures, each a module of its own, in the order of reports.

A new observable or figure is a module in ``analysis/observables`` or ``analysis/figures`` and its
name here.
"""

OBSERVABLES = (
    "extent",
    "snapshots",
    "density_map",
    "z_pdf",
    "mean_z",
    "permeation",
    "profiles",
    "structure",
    "water",
    "water_msd",
    "energies",
    "radial",
    "coordination",
    "pair_lifetimes",
    "clusters",
    "chaperones",
    "group_lifetimes",
    "hopping",
    "crossings",
    "ion_msd",
)
"""Modules of ``analysis.observables``; each has ``TABLES`` and ``tables(trials, options)``."""
FIGURES = (
    "snapshots",
    "z_pdf",
    "mean_z",
    "permeation",
    "profiles",
    "structure",
    "water",
    "energies",
    "coordination",
    "overlay",
    "radial",
    "lifetimes",
    "clusters",
    "chaperones",
    "hopping",
    "crossings",
    "ion_msd",
)
"""Modules of ``analysis.figures``, each with a function of its name that draws one figure; what it
shows is told in ``workflow/report/<name>.rst``."""
