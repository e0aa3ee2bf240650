"""Figures of a characterisation: one function each, from tidy tables to a Sheet."""

from analysis.figures.characterize.corner import corner
from analysis.figures.characterize.parity import parity
from analysis.figures.characterize.pore_sizes import pore_sizes
from analysis.figures.characterize.profile_likelihoods import profile_likelihoods
from analysis.figures.characterize.rejection_bands import rejection_bands
from analysis.figures.characterize.residuals import residuals

FIGURES = {
    function.__name__: function
    for function in (
        rejection_bands,
        parity,
        residuals,
        profile_likelihoods,
        corner,
        pore_sizes,
    )
}
"""By name, in the order of a report."""

__all__ = ["FIGURES", *FIGURES]
