"""Diameters of atoms as hard spheres."""

import numpy as np

UFF_SIGMA_ANGSTROM = {
    "H": 2.571,
    "C": 3.431,
    "N": 3.261,
    "O": 3.118,
    "F": 2.997,
    "Na": 2.658,
    "S": 3.595,
    "Cl": 3.516,
    "Ca": 3.028,
    "Cu": 3.114,
}
"""Lennard-Jones sigma of the Universal Force Field, angstrom: its x_I / 2^(1/6).

Rappe et al., J. Am. Chem. Soc. 114, 10024 (1992).
"""
NITROGEN_ANGSTROM = 3.314
"""Diameter of the nitrogen probe: sigma of N2 as one sphere, angstrom.

Sarkisov et al., Chem. Mater. 32, 9849 (2020).
"""


def radii_of(elements) -> np.ndarray:
    """Return the radius of each atom, half of UFF's sigma, angstrom.

    Raises
    ------
    ValueError
        An element that the table does not have.

    >>> radii_of(["C", "H"]).tolist()
    [1.7155, 1.2855]
    """
    elements = np.asarray(elements, dtype=str)
    symbols, inverse = np.unique(elements, return_inverse=True)
    for symbol in symbols.tolist():
        if symbol not in UFF_SIGMA_ANGSTROM:
            first = int(np.flatnonzero(elements == symbol)[0])
            known = ", ".join(UFF_SIGMA_ANGSTROM)
            raise ValueError(f"element {symbol!r} of atom {first} has no radius; known: {known}")
    return np.array([UFF_SIGMA_ANGSTROM[symbol] / 2 for symbol in symbols])[inverse]
