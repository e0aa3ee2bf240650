"""Transport cells: a membrane between reservoirs and pistons, brought to equilibrium."""
