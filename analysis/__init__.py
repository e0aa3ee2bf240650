"""Measure what the ions did: one pass over a run, tidy tables with intervals, figures."""

from analysis.results import Results, load

__all__ = ["Results", "load"]
