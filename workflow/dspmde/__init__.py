"""Continuum theory from the command line: questions, files, and the study of Labban et al."""
