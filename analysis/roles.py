"""Names that a cell gives its atoms in the roles table, and what the analysis knows of them."""

import re

FEED_ION = "feed ion"
COUNTER_ION = "counter-ion"
CHARGED_GROUP = "charged group"
MEMBRANE = "membrane"
PISTON = "piston"
WATER_OXYGEN = "water oxygen"

IONS = (FEED_ION, COUNTER_ION)
TRACKED = (*IONS, CHARGED_GROUP)
"""Roles whose atoms the fast stream holds."""
GROUP_CHARGE_E = {"NH2+": 1, "COO-": -1}
"""Formal charge of each kind of charged group, in elementary charges."""
SIGN = re.compile(r"(\d*)([+-])$")


def charge(species: str) -> int:
    """Charge that the end of a species' name gives, in elementary charges.

    Raises
    ------
    ValueError
        A name that ends in none.

    Examples
    --------
    >>> charge("Ca2+"), charge("Cl-")
    (2, -1)
    """
    found = SIGN.search(species)
    if not found:
        raise ValueError(f"{species!r} does not end in a charge, as Na+, Ca2+ or Cl- do")
    return int(f"{found[2]}{found[1] or 1}")
