"""Trajectories of any other program are read in one pass, and analysed in the same tables.

study = Study.read("study.yaml")
results = analyse(study, "results/mine")
results["z_pdf"]
"""

from analysis.universes.pipeline import analyse, collect_trial, notes_of, open_trial
from analysis.universes.study import Study
from analysis.universes.universe_source import UniverseSource

__all__ = ["Study", "UniverseSource", "analyse", "collect_trial", "notes_of", "open_trial"]
