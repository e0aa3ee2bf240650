"""Everything that touches OpenMM or a file of coordinates."""

from mdtools.bundle import Bundle
from mdtools.run import Run

__all__ = ["Bundle", "Run"]
