"""Formulas on numpy arrays: nothing here knows of files, Universes or Contexts."""

from analysis.kernels.anomalous import PowerLaw, diffusivity, log_lags, power_law
from analysis.kernels.density import kde, ksdensity_bandwidth
from analysis.kernels.displacement import MSD, msd
from analysis.kernels.intervals import clopper_pearson, t_interval
from analysis.kernels.periodic import unwrap, wrap
from analysis.kernels.slab import bin_sums, slab_core, slab_edges, slab_faces
from analysis.kernels.voids import BONDI_NM, void_layers

__all__ = [
    "BONDI_NM",
    "MSD",
    "PowerLaw",
    "bin_sums",
    "clopper_pearson",
    "diffusivity",
    "kde",
    "ksdensity_bandwidth",
    "log_lags",
    "msd",
    "power_law",
    "slab_core",
    "slab_edges",
    "slab_faces",
    "t_interval",
    "unwrap",
    "void_layers",
    "wrap",
]
