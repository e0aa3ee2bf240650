"""Continuum theory from the command line: questions, answers, files, and Labban's study."""
