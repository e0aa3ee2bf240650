"""Piperazine in water at a pH: how much of it is protonated once and twice.

The thermodynamic dissociation constants at 25 C are those of Hetzer, Robinson and Bates, J. Phys.
Chem. 72, 2081 (1968); activity coefficients are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

PKA_DICATION = 5.333
"""Of PIPH2(2+) to PIPH+."""
PKA_CATION = 9.731
"""Of PIPH+ to PIP."""


@dataclass(frozen=True)
class Speciation:
    """Shares of piperazine's three forms; they sum to 1."""

    free: float
    once: float
    twice: float

    @property
    def nitrogens(self) -> float:
        """Share of all nitrogens that carry a proton."""
        return self.once / 2 + self.twice

    @property
    def cation(self) -> float:
        """Share of the molecules that carry a proton or two."""
        return self.once + self.twice


def speciation(pH: float | None) -> Speciation:
    """Return the forms of piperazine at a pH; without one all of it is free.

    >>> at = speciation(9.731)
    >>> round(at.free, 4), round(at.once, 4), round(at.nitrogens, 3)
    (0.5, 0.5, 0.25)
    """
    if pH is None:
        return Speciation(1.0, 0.0, 0.0)
    once = 10.0 ** (PKA_CATION - pH)
    twice = once * 10.0 ** (PKA_DICATION - pH)
    total = 1.0 + once + twice
    return Speciation(1.0 / total, once / total, twice / total)
