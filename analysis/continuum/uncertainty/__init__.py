"""How far what a membrane does is uncertain, what that comes from, and what designs would do."""

from analysis.continuum.uncertainty.design import (
    Front,
    Optimum,
    Sweep,
    optimum_charge,
    pareto_front,
    sweep,
)
from analysis.continuum.uncertainty.posteriors import Posterior
from analysis.continuum.uncertainty.propagation import Propagation, propagate
from analysis.continuum.uncertainty.sampling import Quantiles
from analysis.continuum.uncertainty.sensitivity import SobolIndices, indices_of, sobol_indices

__all__ = [
    "Front",
    "Optimum",
    "Posterior",
    "Propagation",
    "Quantiles",
    "SobolIndices",
    "Sweep",
    "indices_of",
    "optimum_charge",
    "pareto_front",
    "propagate",
    "sobol_indices",
    "sweep",
]
