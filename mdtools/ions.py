"""Ions of cells: their atoms and shapes, which of a feed prevails, which neutralise a membrane."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from mdtools.roles import charge

Name = TypeVar("Name", bound=str)

SULFATE_BOND_NM, NITRATE_BOND_NM = 0.152, 0.1256
"""Lengths at rest in their force fields; sources: `mdtools.forcefield.generate.solvent`."""
CATION, ANION = "Na+", "Cl-"
"""Counter-ions where no salt says which, and those that take an odd charge beside divalent ones."""
CHARGE_SCALES = {"ecc-kohagen-martinek": 0.75}
"""Of ion sets whose ions, and so the charged groups of a membrane, have less than their formal
charge; 1/sqrt(1.78) of the electronic continuum (Leontyev & Stuchebrukhov, Phys. Chem. Chem. Phys.
13, 2613 (2011))."""
TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
TRIANGLE = np.array([[1, 0, 0], [-0.5, np.sqrt(0.75), 0], [-0.5, -np.sqrt(0.75), 0]])


@dataclass(frozen=True)
class IonShape:
    """Atoms of an ion: the central one, which stands for it, and those bonded to it.

    ``names`` and ``elements`` have an entry for each atom; ``places_nm`` (n, 3) are relative to the
    central one.
    """

    names: tuple[str, ...]
    elements: tuple[str, ...]
    places_nm: np.ndarray

    @property
    def bonds(self) -> list[tuple[int, int]]:
        """Pairs of the ion's atoms."""
        return [(0, other) for other in range(1, len(self.names))]

    def __len__(self) -> int:
        return len(self.names)


def _single(name: str, element: str) -> IonShape:
    return IonShape((name,), (element,), np.zeros((1, 3)))


def _around(element: str, oxygens: np.ndarray, bond_nm: float) -> IonShape:
    names = tuple(f"O{number}" for number in range(1, len(oxygens) + 1))
    places = np.concatenate([np.zeros((1, 3)), bond_nm * oxygens])
    return IonShape((element, *names), (element, *("O" for _ in names)), places)


SHAPES = {
    "Li+": _single("LI", "Li"),
    "Na+": _single("NA", "Na"),
    "K+": _single("K", "K"),
    "Mg2+": _single("MG", "Mg"),
    "Ca2+": _single("CA", "Ca"),
    "Cl-": _single("CL", "Cl"),
    "NO3-": _around("N", TRIANGLE, NITRATE_BOND_NM),
    "SO4--": _around("S", TETRAHEDRON, SULFATE_BOND_NM),
}


def atom_count(ions: Mapping[str, int]) -> int:
    """Count the atoms of ions given by species.

    >>> atom_count({"Mg2+": 2, "SO4--": 2})
    12
    """
    return sum(len(SHAPES[name]) * count for name, count in ions.items())


def central_atoms(species: Iterable[str]) -> np.ndarray:
    """Return the place of each ion's central atom among the atoms of all of them, one by one.

    >>> central_atoms(["Na+", "SO4--", "Cl-"]).tolist()
    [0, 1, 6]
    """
    sizes = np.array([len(SHAPES[name]) for name in species], dtype=int)
    return np.cumsum(sizes) - sizes


def prevailing(ions: Mapping[Name, int], sign: int) -> Name | None:
    """Return the ion of a sign that carries most of its charge; of equals the first by name.

    >>> prevailing({"Li+": 3, "Mg2+": 2, "Cl-": 7}, 1), prevailing({"Na+": 1}, -1)
    ('Mg2+', None)
    """
    own = {name: charge(name) * sign * count for name, count in sorted(ions.items())}
    found = max(own, key=own.__getitem__, default=None)
    return found if found is not None and own[found] > 0 else None


def counter_ions(membrane_charge: int, cation: str, anion: str = ANION) -> dict[str, int]:
    """Count the ions that neutralise a membrane of a whole charge (e), by species.

    The cation for a negative membrane, the anion for a positive one; where a divalent one cannot
    match an odd charge, one more of it, and one Cl- or Na+.

    >>> counter_ions(14, "Na+"), counter_ions(-14, "Ca2+"), counter_ions(-3, "Ca2+")
    ({'Cl-': 14}, {'Ca2+': 7}, {'Ca2+': 2, 'Cl-': 1})
    >>> counter_ions(3, "Na+", "SO4--")
    {'SO4--': 2, 'Na+': 1}
    """
    if not membrane_charge:
        return {}
    own, other = (cation, ANION) if membrane_charge < 0 else (anion, CATION)
    valence = abs(charge(own))
    count = -(-abs(membrane_charge) // valence)
    surplus = count * valence - abs(membrane_charge)
    return {own: count} | ({other: surplus} if surplus else {})
