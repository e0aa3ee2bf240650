"""Roles of atoms in a cell, and the formal charges of ions and charged groups by their names."""

import re

FEED_ION = "feed ion"
COUNTER_ION = "counter-ion"
CHARGED_GROUP = "charged group"
ANCHOR = "anchor"
PISTON = "piston"
MEMBRANE = "membrane"
WATER_OXYGEN = "water oxygen"

ROLES = (FEED_ION, COUNTER_ION, CHARGED_GROUP, ANCHOR, PISTON, MEMBRANE, WATER_OXYGEN)
IONS = (FEED_ION, COUNTER_ION)
TRACKED = (*IONS, CHARGED_GROUP)
"""Roles whose atoms the fast stream holds."""
GROUP_CHARGE_E = {"NH2+": 1, "COO-": -1}
"""Formal charge of each kind of charged group, in elementary charges."""
LEAST_OF_CHARGE, MOST_OF_CHARGE = 0.7, 1.02
"""Charge of an ion in a force field as a share of its name's: as low as it is scaled for the
polarisation of water by electrons, 1/sqrt(1.78) = 0.75 (I. V. Leontyev & A. A. Stuchebrukhov, Phys.
Chem. Chem. Phys. 13, 2613 (2011))."""
SIGN = re.compile(r"(\d*)([+-])$")


def charge(species: str) -> int:
    """Read the charge of a species from the end of its name, in elementary charges.

    Raises
    ------
    ValueError
        A name that ends in none.

    Examples
    --------
    >>> charge("Ca2+"), charge("Cl-")
    (2, -1)
    """
    sign = SIGN.search(species)
    if not sign:
        raise ValueError(f"{species!r} does not end in a charge, as Na+, Ca2+ or Cl- do")
    return int(f"{sign[2]}{sign[1] or 1}")


def is_charge_of(species: str, charge_e: float) -> bool:
    """Return whether a charge is that of a species' name, or one that is scaled from it.

    >>> is_charge_of("SO42-", -2.0), is_charge_of("SO42-", 2.0), is_charge_of("Ca2+", 1.5)
    (True, False, True)
    """
    return LEAST_OF_CHARGE <= charge_e / charge(species) <= MOST_OF_CHARGE
