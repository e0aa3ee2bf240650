"""Constants of nature and factors between units, each defined once."""

AVOGADRO = 6.02214076e23
"""1/mol (SI 2019)."""
GAS_CONSTANT = 8.31446261815324e-3
"""kJ/mol/K (SI 2019)."""

KJ_PER_KCAL = 4.184
"""Thermochemical calorie."""
KJ_NM_PER_KCAL_ANGSTROM = 41.84
"""1 kcal/mol/angstrom in kJ/mol/nm."""
KJ_NM_PER_MPA_NM2 = AVOGADRO * 1e-24
"""A pressure of 1 MPa on 1 nm2, 1e-12 N, in kJ/mol/nm."""
MOLAR_PER_NM3 = 1e24 / AVOGADRO
"""One particle per nm3 in mol/L."""
G_CM3_PER_DA_NM3 = 1.66053906660e-3
"""1 Da/nm3 in g/cm3: the atomic mass constant (CODATA 2018)."""
STANDARD_ATOMIC_WEIGHTS = {
    "H": 1.008,
    "C": 12.011,
    "N": 14.007,
    "O": 15.999,
    "F": 18.998,
    "Na": 22.990,
    "Mg": 24.305,
    "S": 32.06,
    "Cl": 35.45,
    "K": 39.098,
    "Ca": 40.078,
}
"""Da (IUPAC 2021, abridged)."""
HEAVY_HYDROGEN_DA = 3.024
"""Three times the mass of hydrogen (Hopkins et al., J. Chem. Theory Comput. 11, 1864 (2015))."""
WATER_DA = 18.015
"""Mass of a water molecule, of the weights above."""
WATERS_PER_NM3 = 33.4
"""Number density of liquid water at 300 K."""

ANGSTROM_PER_NM = 10
FS_PER_PS = 1000
PS_PER_NS = 1000
SECONDS_PER_DAY = 86400
HOURS_PER_DAY = 24
G_PER_KG = 1000
