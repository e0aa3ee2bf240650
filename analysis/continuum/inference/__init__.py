"""Inference in a box: least squares, curvature, profiles and samples of any model's residuals."""

from analysis.continuum.inference.curvature import covariance
from analysis.continuum.inference.levenberg import Residuals, jacobian, minimise
from analysis.continuum.inference.profiles import BETTER, Profile, lowest, profiles
from analysis.continuum.inference.stretch import Chain, LogDensity, stretch_moves

__all__ = [
    "BETTER",
    "Chain",
    "LogDensity",
    "Profile",
    "Residuals",
    "covariance",
    "jacobian",
    "lowest",
    "minimise",
    "profiles",
    "stretch_moves",
]
