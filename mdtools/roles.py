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
SIGN = re.compile(r"(?P<formula>.*?)(?P<caret>\^?)(?P<digits>\d*)(?P<signs>\++|-+)$")
OF_SEVERAL_ATOMS = re.compile(r"(?!(?:CO|MN|RH|SN|TH|ZN)$)[A-Z].*(?:O|N|H|F|Cl)$")
"""Formulas before a digit that counts atoms: NO3-, NH4+, BF4-; in Ca2+ or ZN2+ it is the charge."""


def formula_and_charge(species: str) -> tuple[str, int]:
    """Part the name of a species into its formula and its charge, in elementary charges.

    Of several digits before the sign the last one is the charge, the others count atoms; a single
    one counts atoms where the formula before it has several that end in O, N, H, F or Cl. Signs may
    also be repeated, or digits follow a caret.

    Raises
    ------
    ValueError
        A name that does not end in a charge.

    Examples
    --------
    >>> [formula_and_charge(name) for name in ("SO42-", "SO4--", "SO4^2-", "NO3-", "Ca2+")]
    [('SO4', -2), ('SO4', -2), ('SO4', -2), ('NO3', -1), ('Ca', 2)]
    """
    name = SIGN.fullmatch(species)
    if not name or not name["formula"]:
        raise ValueError(f"{species!r} does not end in a charge, as Na+, Ca2+ or Cl- do")
    formula, digits = name["formula"], name["digits"]
    sign = 1 if name["signs"][0] == "+" else -1
    if len(name["signs"]) > 1:
        return formula + digits, sign * len(name["signs"])
    counts_atoms = len(digits) == 1 and not name["caret"]
    if not digits or (counts_atoms and OF_SEVERAL_ATOMS.fullmatch(formula)):
        return formula + digits, sign
    if name["caret"]:
        return formula, sign * int(digits)
    return formula + digits[:-1], sign * int(digits[-1])


def charge(species: str) -> int:
    """Read the charge of a species from the end of its name, as of `formula_and_charge`.

    >>> charge("Ca2+"), charge("Cl-"), charge("NO3-"), charge("SO42-"), charge("SO4--")
    (2, -1, -1, -2, -2)
    """
    return formula_and_charge(species)[1]


def is_same_ion(one: str, other: str) -> bool:
    """Return whether two names are spellings of one ion.

    >>> is_same_ion("SO42-", "SO4--"), is_same_ion("Na+", "K+"), is_same_ion("SOD", "SOD")
    (True, False, True)
    """
    try:
        return one == other or formula_and_charge(one) == formula_and_charge(other)
    except ValueError:
        return False


def is_charge_of(species: str, charge_e: float) -> bool:
    """Return whether a charge is that of a species' name, or one that is scaled from it.

    >>> is_charge_of("SO42-", -2.0), is_charge_of("SO42-", 2.0), is_charge_of("Ca2+", 1.5)
    (True, False, True)
    """
    return LEAST_OF_CHARGE <= charge_e / charge(species) <= MOST_OF_CHARGE
