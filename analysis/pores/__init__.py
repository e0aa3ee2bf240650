"""Pores between atoms taken as hard spheres: sizes, bottlenecks, free volume; angstrom."""

from analysis.pores.radii import NITROGEN_ANGSTROM, UFF_SIGMA_ANGSTROM
from analysis.pores.sizes import PoreSizes, pore_size_distribution

__all__ = ["NITROGEN_ANGSTROM", "UFF_SIGMA_ANGSTROM", "PoreSizes", "pore_size_distribution"]
