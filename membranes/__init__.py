"""Polyamide membranes, atom by atom: packing, polymerisation, treatments and charge layouts."""

from membranes.build import build
from membranes.layouts import lay_out
from membranes.network import Network

__all__ = ["Network", "build", "lay_out"]
