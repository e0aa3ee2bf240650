"""The commands ``polyamide membranes``."""
