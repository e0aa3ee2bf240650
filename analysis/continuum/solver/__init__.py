"""The solver treats the extended Nernst-Planck equations for batches of membranes."""
