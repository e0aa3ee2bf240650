"""From atoms to continuum parameters, and from a campaign's results to the problem of a twin."""

from analysis.comparison.parameters.parameters import Parameters, continuum_parameters

__all__ = ["Parameters", "continuum_parameters"]
