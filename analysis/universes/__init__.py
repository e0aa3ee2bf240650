"""Trajectories of any other program: their frames for the one pass, and all tables of them.

study = Study.read("study.yaml")
results = analyse(study, "results/mine")
results["z_pdf"]
"""

from analysis.universes.pipeline import analyse, collect_trial, open_trial
from analysis.universes.source import UniverseSource
from analysis.universes.study import Study

__all__ = ["Study", "UniverseSource", "analyse", "collect_trial", "open_trial"]
