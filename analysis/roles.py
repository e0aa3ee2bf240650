"""Names that a cell gives its atoms in the roles table, and what the analysis knows of them."""

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
