"""Constants of nature and factors between units, each defined once."""

AVOGADRO = 6.02214076e23
"""1/mol (SI 2019)."""
GAS_CONSTANT = 8.31446261815324e-3
"""kJ/mol/K (SI 2019)."""

KJ_NM_PER_KCAL_ANGSTROM = 41.84
"""1 kcal/mol/angstrom in kJ/mol/nm (thermochemical calorie)."""
KJ_NM_PER_MPA_NM2 = AVOGADRO * 1e-24
"""A pressure of 1 MPa on 1 nm2, 1e-12 N, in kJ/mol/nm."""
MOLAR_PER_NM3 = 1e24 / AVOGADRO
"""One particle per nm3 in mol/L."""
G_CM3_PER_DA_NM3 = 1e21 / AVOGADRO
"""1 Da/nm3 in g/cm3."""
WATER_DA = 18.0153
"""Mass of a water molecule."""

ANGSTROM_PER_NM = 10
FS_PER_PS = 1000
PS_PER_NS = 1000
SECONDS_PER_DAY = 86400
G_PER_KG = 1000
