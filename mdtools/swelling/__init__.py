"""Swelling: a network opened, filled with water and run until it takes up no more."""
