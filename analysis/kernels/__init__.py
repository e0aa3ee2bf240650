"""Formulas on numpy arrays: nothing here knows of files, Universes or Contexts."""

from analysis.kernels.density import kde, ksdensity_bandwidth
from analysis.kernels.intervals import clopper_pearson, t_interval
from analysis.kernels.periodic import unwrap, wrap
from analysis.kernels.slab import bin_sums, slab_edges, slab_faces

__all__ = [
    "bin_sums",
    "clopper_pearson",
    "kde",
    "ksdensity_bandwidth",
    "slab_edges",
    "slab_faces",
    "t_interval",
    "unwrap",
    "wrap",
]
