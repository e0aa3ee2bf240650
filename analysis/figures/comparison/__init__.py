"""Figures of atoms beside theory: one function each, from tidy tables to a matplotlib Figure."""
