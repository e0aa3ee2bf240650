"""Flexible graphene sheets that span the periodic box and serve as pistons.

Whether one fits a box is asked before every command, so what a whole sheet needs loads later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mdtools.errors import SettingsError
from mdtools.forcefield import sheet as constants

if TYPE_CHECKING:
    import openmm

BOND_NM = 0.142
"""Carbon-carbon bond of graphite; Trucano and Chen, Nature 258:136 (1975)."""
CELL_NM = np.array([np.sqrt(3) * BOND_NM, 3 * BOND_NM])
"""Rectangular cell of four atoms, zigzag rows along x."""
BASIS = np.array([(0, 0), (1 / 2, 1 / 6), (1 / 2, 1 / 2), (0, 2 / 3)])
LARGEST_STRAIN = 0.05
"""Beyond this the sheet's density, hence its grip on water, is no longer graphene's."""


@dataclass(frozen=True)
class Sheet:
    """One flat sheet that fits its box.

    Attributes
    ----------
    positions : (n, 2) array, nm
    bonds : (B, 2) int array
        Nearest neighbours, across the boundary too; three per atom.
    repeats : (2,) int array
        Cells along x and y.
    strain : (2,) array
        Stretch of the cell along x and y, 0.01 is 1 %.
    box_nm : (2,) array
    """

    positions: np.ndarray
    bonds: np.ndarray
    repeats: np.ndarray
    strain: np.ndarray
    box_nm: np.ndarray


def fit_cells(box_nm: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return how many cells along x and y (2,) strain least in a box (2,) in nm, and the strain.

    Raises ValueError beyond 5 % strain, naming the box lengths that fit.

    >>> fit_cells([5.2, 5.2])[0].tolist()
    [21, 12]
    """
    lengths = np.asarray(box_nm, dtype=float)
    around = np.floor(lengths / CELL_NM)[:, None] + [0, 1]
    strains = lengths[:, None] / (np.maximum(around, 1) * CELL_NM[:, None]) - 1
    best = np.abs(strains).argmin(axis=1)
    repeats = np.maximum(around, 1)[[0, 1], best].astype(int)
    strain = strains[[0, 1], best]
    for axis in np.flatnonzero(np.abs(strain) > LARGEST_STRAIN):
        fits = " or ".join(f"{n * CELL_NM[axis]:.3f}" for n in around[axis] if n > 0)
        raise SettingsError(
            f"box length {'xy'[axis]} is {lengths[axis]:.3f} nm: graphene would be strained by "
            f"{100 * strain[axis]:+.1f} %, allowed are {100 * LARGEST_STRAIN:.0f} %; "
            f"lengths near {fits} nm fit"
        )
    return repeats, strain


def sheet_size(box_nm: ArrayLike) -> int:
    """Return the number of atoms of the sheet that fits a box (2,) in nm; raises as `fit_cells`.

    >>> sheet_size([5.2, 5.2])
    1008
    """
    return len(BASIS) * int(fit_cells(box_nm)[0].prod())


def fit_sheet(box_nm: ArrayLike) -> Sheet:
    """Fit a graphene sheet to a box (2,) in nm; raises as `fit_cells`.

    >>> len(fit_sheet([5.2, 5.2]).positions)
    1008
    """
    from scipy.spatial import cKDTree

    lengths = np.asarray(box_nm, dtype=float)
    repeats, strain = fit_cells(lengths)
    cells = np.stack(np.meshgrid(*map(np.arange, repeats), indexing="ij"), -1).reshape(-1, 1, 2)
    fractions = ((cells + BASIS) / repeats).reshape(-1, 2)
    ideal = cKDTree(fractions * repeats * CELL_NM, boxsize=repeats * CELL_NM)
    bonds = ideal.query_pairs(1.1 * BOND_NM, output_type="ndarray")
    bonds = bonds[np.lexsort(bonds.T[::-1])]
    return Sheet(fractions * lengths, bonds, repeats, strain, lengths)


def neighbours(sheet: Sheet) -> np.ndarray:
    """Return the three nearest neighbours (n, 3) of each atom."""
    both = np.concatenate([sheet.bonds, sheet.bonds[:, ::-1]])
    return both[np.lexsort(both.T[::-1]), 1].reshape(-1, 3)


def angles(sheet: Sheet) -> np.ndarray:
    """List the angles (3 n, 3), the central atom in the middle."""
    near = neighbours(sheet)
    centre = np.arange(len(near))
    return np.concatenate(
        [np.stack([near[:, a], centre, near[:, b]], 1) for a, b in ((0, 1), (0, 2), (1, 2))]
    )


def propers(sheet: Sheet) -> np.ndarray:
    """List the torsions (4 B, 4) about every bond."""
    near = neighbours(sheet)
    rows = [
        (i, j, k, m) for j, k in sheet.bonds for i in near[j] for m in near[k] if i != k and m != j
    ]
    return np.array(rows)


def separations(sheet: Sheet, pairs: np.ndarray) -> np.ndarray:
    """Return vectors (P, 2) in nm from the first to the second atom of pairs, nearest image."""
    apart = sheet.positions[pairs[:, 1]] - sheet.positions[pairs[:, 0]]
    return apart - np.round(apart / sheet.box_nm) * sheet.box_nm


def bond_lengths(sheet: Sheet) -> np.ndarray:
    """Measure the bond lengths (B,) in nm in the strained sheet."""
    return np.linalg.norm(separations(sheet, sheet.bonds), axis=1)


def bond_angles(sheet: Sheet) -> np.ndarray:
    """Measure the angles (3 n,) in radian in the strained sheet, in the order of `angles`."""
    rows = angles(sheet)
    one, two = separations(sheet, rows[:, [1, 0]]), separations(sheet, rows[:, [1, 2]])
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
    return np.arccos(np.einsum("ij,ij->i", one, two) / lengths)


def excluded_pairs(sheet: Sheet) -> np.ndarray:
    """List the pairs (P, 2) one to three bonds apart, which have bonded terms only."""
    ends = [sheet.bonds, angles(sheet)[:, [0, 2]], propers(sheet)[:, [0, 3]]]
    return np.unique(np.sort(np.concatenate(ends), axis=1), axis=0)


def add_bonded_terms(system: openmm.System, first_atom: int, sheet: Sheet) -> None:
    """Add bonds, angles, torsions and exclusions of a sheet, at rest in its strained shape.

    Constants are GAFF's for aromatic carbon (`mdtools.forcefield.sheet`); lengths and angles at
    rest are those of the strained lattice, so that the flat sheet bears no bonded stress.

    Parameters
    ----------
    first_atom : int
        Index in the system of the sheet's first atom.
    """
    import openmm

    forces = {type(force): force for force in system.getForces()}
    bonds = forces[openmm.HarmonicBondForce]
    for pair, length in zip(sheet.bonds + first_atom, bond_lengths(sheet), strict=True):
        bonds.addBond(*pair.tolist(), length, constants.CC_BOND_K_KJ_MOL_NM2)
    bends = forces[openmm.HarmonicAngleForce]
    for row, angle in zip(angles(sheet) + first_atom, bond_angles(sheet), strict=True):
        bends.addAngle(*row.tolist(), angle, constants.CCC_ANGLE_K_KJ_MOL_RAD2)
    torsions = forces[openmm.PeriodicTorsionForce]
    for row in propers(sheet) + first_atom:
        torsions.addTorsion(
            *row.tolist(),
            constants.CCCC_TORSION_PERIODICITY,
            constants.CCCC_TORSION_PHASE_RAD,
            constants.CCCC_TORSION_K_KJ_MOL,
        )
    nonbonded = forces[openmm.NonbondedForce]
    for i, j in (excluded_pairs(sheet) + first_atom).tolist():
        nonbonded.addException(i, j, 0.0, 1.0, 0.0)
