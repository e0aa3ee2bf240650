"""Solvers of the extended Nernst-Planck equations for batches of membranes."""
