"""The continuum twin of a simulation: its problem, grids, steps in time, and what comes out."""
