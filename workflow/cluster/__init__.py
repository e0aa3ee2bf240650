"""Slurm clusters: what one offers, a profile made from it, and what of a profile cannot be."""
