"""Membranes that agree with the data: a fit's posterior, sampled, and bands of what they reject."""

from analysis.continuum.ensembles.bands import curve_points, intervals, rejections
from analysis.continuum.ensembles.membranes import Ensemble, sample

__all__ = [
    "Ensemble",
    "curve_points",
    "intervals",
    "rejections",
    "sample",
]
