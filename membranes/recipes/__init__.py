"""Membranes made in several steps: pre-protonated amine, solvent activation, second amidation."""
