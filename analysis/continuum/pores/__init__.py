"""Pores of many sizes: their distribution, what it rejects, how it is learnt from rejections."""

from analysis.continuum.pores.bilevels import Bilevel, bilevel
from analysis.continuum.pores.expectation import Learned, expectation_maximization
from analysis.continuum.pores.fits import Fit
from analysis.continuum.pores.intervals import Estimate
from analysis.continuum.pores.lognormal import LogNormal
from analysis.continuum.pores.mixtures import Mixture, mixture

__all__ = [
    "Bilevel",
    "Estimate",
    "Fit",
    "Learned",
    "LogNormal",
    "Mixture",
    "bilevel",
    "expectation_maximization",
    "mixture",
]
