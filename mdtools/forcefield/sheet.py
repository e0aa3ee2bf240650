"""Bonded constants of a graphene sheet, from GAFF's aromatic carbon ca.

Source: GAFF 1.81, Wang et al., J. Comput. Chem. 2004, 25, 1157. Energies are
k/2 (r - r0)^2, k/2 (theta - theta0)^2 and k (1 + cos(n phi - phase)), as in OpenMM.
"""

from __future__ import annotations

from math import pi, radians

from mdtools.constants import KJ_PER_KCAL

CC_BOND_LENGTH_NM = 0.13984
"""ca-ca: 1.3984 angstrom."""

CC_BOND_K_KJ_MOL_NM2 = 2 * 461.1 * 418.4
"""ca-ca: 461.1 kcal/mol/angstrom^2."""

CCC_ANGLE_RAD = radians(120.02)
"""ca-ca-ca: 120.02 degrees."""

CCC_ANGLE_K_KJ_MOL_RAD2 = 2 * 66.6 * KJ_PER_KCAL
"""ca-ca-ca: 66.6 kcal/mol/rad^2."""

CCCC_TORSION_K_KJ_MOL = 14.5 / 4 * KJ_PER_KCAL
"""X-ca-ca-X: 14.5 kcal/mol over four torsions per bond."""

CCCC_TORSION_PERIODICITY = 2
CCCC_TORSION_PHASE_RAD = pi
