"""Ions and neutral solutes: charge, diffusivity at 25 C and Stokes radius, with their sources."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ion:
    """A solute; neutral ones have charge 0.

    Attributes
    ----------
    charge : int
        e.
    diffusivity : float
        In water at infinite dilution, m2/s.
    stokes_radius : float
        m.
    """

    name: str
    charge: int
    diffusivity: float
    stokes_radius: float


def _ions(rows) -> dict[str, Ion]:
    return {name: Ion(name, z, 1e-9 * d, 1e-9 * r) for name, z, d, r in rows}


IONS = _ions(
    (
        # Labban, Liu, Chong and Lienhard, J. Membr. Sci. 554, 26 (2018), table 2.
        ("Na+", 1, 1.33, 0.184),
        ("Ca2+", 2, 0.792, 0.309),
        ("Mg2+", 2, 0.706, 0.347),
        ("SO4--", -2, 1.06, 0.230),
        ("Cl-", -1, 2.03, 0.121),
        # Radii: Rehman, Sheriff and Lienhard, Water Research 243 (2023); diffusivities from them by
        # Stokes and Einstein, D = kT / (6 pi mu r), in water of 0.89 mPa s.
        ("K+", 1, 1.96, 0.125),
        ("Li+", 1, 1.03, 0.238),
        # Limiting molar conductivities at 25 C (CRC Handbook): D = RT lambda / (|z| F^2); radius by
        # Stokes and Einstein.
        ("H+", 1, 9.311, 0.0264),
        ("NO3-", -1, 1.902, 0.129),
    )
)
"""Ions by name."""

SOLUTES = _ions((("xylose", 0, 0.769, 0.290), ("glucose", 0, 0.690, 0.365)))
"""Neutral solutes by name; radii agree with Stokes and Einstein in water of 0.89 mPa s to 10 %."""
