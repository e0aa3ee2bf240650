"""Diameters of atoms as hard spheres."""

import numpy as np

UFF_SIGMA_ANGSTROM = {
    "H": 2.571,
    "Li": 2.184,
    "Be": 2.446,
    "B": 3.638,
    "C": 3.431,
    "N": 3.261,
    "O": 3.118,
    "F": 2.997,
    "Na": 2.658,
    "Mg": 2.691,
    "Al": 4.008,
    "Si": 3.826,
    "P": 3.695,
    "S": 3.595,
    "Cl": 3.516,
    "K": 3.396,
    "Ca": 3.028,
    "Sc": 2.936,
    "Ti": 2.829,
    "V": 2.801,
    "Cr": 2.693,
    "Mn": 2.638,
    "Fe": 2.594,
    "Co": 2.559,
    "Ni": 2.525,
    "Cu": 3.114,
    "Zn": 2.462,
    "Ga": 3.905,
    "Ge": 3.813,
    "As": 3.769,
    "Se": 3.746,
    "Br": 3.732,
    "Rb": 3.665,
    "Sr": 3.244,
    "Y": 2.980,
    "Zr": 2.783,
    "Nb": 2.820,
    "Mo": 2.719,
    "Ru": 2.640,
    "Rh": 2.609,
    "Pd": 2.583,
    "Ag": 2.805,
    "Cd": 2.537,
    "In": 3.976,
    "Sn": 3.913,
    "Sb": 3.938,
    "Te": 3.982,
    "I": 4.009,
    "Cs": 4.024,
    "Ba": 3.299,
    "La": 3.138,
    "Ce": 3.168,
    "Hf": 2.798,
    "Ta": 2.824,
    "W": 2.734,
    "Re": 2.632,
    "Os": 2.780,
    "Ir": 2.530,
    "Pt": 2.454,
    "Au": 2.934,
    "Hg": 2.410,
    "Tl": 3.873,
    "Pb": 3.828,
    "Bi": 3.893,
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
