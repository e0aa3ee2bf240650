"""Kernels: formulas on numpy arrays, without files, Universes or Contexts."""

from analysis.kernels.autocorrelation import (
    Autocorrelation,
    autocorrelation_time,
    block_means,
    blocking,
)
from analysis.kernels.chaperones import advance_in_company, chaperoned
from analysis.kernels.clusters import Clusters, clusters
from analysis.kernels.contacts import contact_events, within
from analysis.kernels.diffusion import (
    PowerLaw,
    diffusivity,
    generalized_diffusivity,
    log_lags,
    power_law,
)
from analysis.kernels.displacements import MSD, msd
from analysis.kernels.energies import (
    full_minimage,
    lorentz_berthelot,
    namdenergy_default,
    pair_energy,
)
from analysis.kernels.first_minimum import Valley, first_valley
from analysis.kernels.hopping import dwells, hop_counts, hops, site_states
from analysis.kernels.intervals import (
    clopper_pearson,
    nested_trials,
    poisson_interval,
    t_interval,
)
from analysis.kernels.ion_energies import ion_energies
from analysis.kernels.kernel_density import kde, ksdensity_bandwidth
from analysis.kernels.layered import layered_shells
from analysis.kernels.lifetimes import (
    Estimate,
    Survival,
    maximum_lifetime,
    mean_lifetime,
    survival,
)
from analysis.kernels.neighbours import Neighbours, neighbours
from analysis.kernels.passages import net_passages
from analysis.kernels.periodic import unwrap, wrap
from analysis.kernels.profiles import bin_sums, slab_edges
from analysis.kernels.radial import (
    Radial,
    coordination,
    coordination_profile,
    shell_volumes,
    slab_rdf,
)
from analysis.kernels.voids import BONDI_NM, VAN_DER_WAALS_NM, void_layers

__all__ = [
    "BONDI_NM",
    "VAN_DER_WAALS_NM",
    "MSD",
    "Autocorrelation",
    "Clusters",
    "Estimate",
    "Neighbours",
    "PowerLaw",
    "Radial",
    "Survival",
    "Valley",
    "advance_in_company",
    "autocorrelation_time",
    "bin_sums",
    "block_means",
    "blocking",
    "chaperoned",
    "clopper_pearson",
    "clusters",
    "contact_events",
    "coordination",
    "coordination_profile",
    "diffusivity",
    "dwells",
    "first_valley",
    "full_minimage",
    "generalized_diffusivity",
    "hop_counts",
    "hops",
    "ion_energies",
    "kde",
    "ksdensity_bandwidth",
    "layered_shells",
    "log_lags",
    "lorentz_berthelot",
    "maximum_lifetime",
    "mean_lifetime",
    "msd",
    "namdenergy_default",
    "neighbours",
    "pair_energy",
    "poisson_interval",
    "power_law",
    "shell_volumes",
    "site_states",
    "slab_edges",
    "slab_rdf",
    "survival",
    "nested_trials",
    "t_interval",
    "unwrap",
    "void_layers",
    "within",
    "wrap",
    "net_passages",
]
