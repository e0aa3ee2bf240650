"""This package reads a trajectory once: frame sources, observers, and the store they fill."""
