"""Molecular networks: monomers with arm states, atoms, bonds, storage and reports."""
