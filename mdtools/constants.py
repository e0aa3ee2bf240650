"""Constants of nature and factors between units, each defined once."""

AVOGADRO = 6.02214076e23
"""1/mol (SI 2019)."""
GAS_CONSTANT = 8.31446261815324e-3
"""kJ/mol/K (SI 2019)."""

KJ_PER_KCAL = 4.184
"""Thermochemical calorie."""
KJ_NM_PER_KCAL_ANGSTROM = 41.84
"""1 kcal/mol/angstrom in kJ/mol/nm."""
KJ_PER_EV = 96.48533212331
"""One elementary charge through 1 V, in kJ/mol (CODATA 2018); a force of 1 e V/nm in kJ/mol/nm."""
KJ_NM_PER_MPA_NM2 = AVOGADRO * 1e-24
"""A pressure of 1 MPa on 1 nm2, 1e-12 N, in kJ/mol/nm."""
MOLAR_PER_NM3 = 1e24 / AVOGADRO
"""One particle per nm3 in mol/L."""
G_CM3_PER_DA_NM3 = 1.66053906660e-3
"""1 Da/nm3 in g/cm3: the atomic mass constant (CODATA 2018)."""
STANDARD_ATOMIC_WEIGHTS = {
    "H": 1.008,
    "Li": 6.94,
    "Be": 9.0122,
    "B": 10.81,
    "C": 12.011,
    "N": 14.007,
    "O": 15.999,
    "F": 18.998,
    "Na": 22.990,
    "Mg": 24.305,
    "Al": 26.982,
    "Si": 28.085,
    "P": 30.974,
    "S": 32.06,
    "Cl": 35.45,
    "K": 39.098,
    "Ca": 40.078,
    "Sc": 44.956,
    "Ti": 47.867,
    "V": 50.942,
    "Cr": 51.996,
    "Mn": 54.938,
    "Fe": 55.845,
    "Co": 58.933,
    "Ni": 58.693,
    "Cu": 63.546,
    "Zn": 65.38,
    "Ga": 69.723,
    "Ge": 72.630,
    "As": 74.922,
    "Se": 78.971,
    "Br": 79.904,
    "Rb": 85.468,
    "Sr": 87.62,
    "Y": 88.906,
    "Zr": 91.224,
    "Nb": 92.906,
    "Mo": 95.95,
    "Ru": 101.07,
    "Rh": 102.91,
    "Pd": 106.42,
    "Ag": 107.87,
    "Cd": 112.41,
    "In": 114.82,
    "Sn": 118.71,
    "Sb": 121.76,
    "Te": 127.60,
    "I": 126.90,
    "Cs": 132.91,
    "Ba": 137.33,
    "La": 138.91,
    "Ce": 140.12,
    "Hf": 178.49,
    "Ta": 180.95,
    "W": 183.84,
    "Re": 186.21,
    "Os": 190.23,
    "Ir": 192.22,
    "Pt": 195.08,
    "Au": 196.97,
    "Hg": 200.59,
    "Tl": 204.38,
    "Pb": 207.2,
    "Bi": 208.98,
}
"""Da (IUPAC 2021, abridged); without noble gases, most lanthanides and what is radioactive."""
HEAVY_HYDROGEN_DA = 3.024
"""Three times the mass of hydrogen (Hopkins et al., J. Chem. Theory Comput. 11, 1864 (2015))."""
WATER_DA = 18.015
"""Mass of a water molecule, of the weights above."""
WATER_SITES = 4
"""Of a molecule of OPC, the water of the cells: oxygen, two hydrogens, and where the charge is."""
WATERS_PER_NM3 = 33.4
"""Number density of liquid water at 300 K."""

ANGSTROM_PER_NM = 10
FS_PER_PS = 1000
PS_PER_NS = 1000
SECONDS_PER_DAY = 86400
HOURS_PER_DAY = 24
SECONDS_PER_HOUR = 3600
G_PER_KG = 1000
