"""Monomers as arms that change state: atom names, elements and first geometries.

Atom names are those of the force field templates. An arm is named by its centre atom; the atoms
that only some of its states have carry the centre's number, so changing a state is adding and
deleting names.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from mdtools.constants import STANDARD_ATOMIC_WEIGHTS
from mdtools.forcefield.states import DIACYLS

CONFORMERS = Path(__file__).with_name("conformers.json")


@dataclass(frozen=True)
class Monomer:
    """A monomer is one molecule that is packed and reacted.

    Attributes
    ----------
    smiles : str
        Heavy atoms, and hydrogens that are not named after their count, carry map numbers, the
        keys of ``names``.
    names : dict
        Map number to atom name.
    centres : tuple of str
        Centre atom of each arm.
    packed_state : str
        State of every arm when packed.
    """

    kind: str
    smiles: str
    names: dict[int, str]
    centres: tuple[str, ...]
    packed_state: str

    @property
    def packed_arms(self) -> tuple[str, ...]:
        """Return the arm states of the monomer as packed."""
        return (self.packed_state,) * len(self.centres)


PIP = Monomer(
    kind="PIP",
    smiles="[NH:1]1[CH2:2][CH2:3][NH:4][CH2:5][CH2:6]1",
    names={1: "N1", 2: "C2", 3: "C3", 4: "N4", 5: "C5", 6: "C6"},
    centres=("N1", "N4"),
    packed_state="NH",
)
MPD = Monomer(
    kind="MPD",
    smiles="[c:1]1([N:7]([H:17])[H:27])[cH:2][c:3]([N:9]([H:19])[H:29])[cH:4][cH:5][cH:6]1",
    names={n: f"C{n}" for n in range(1, 7)}
    | {7: "N1", 17: "H1A", 27: "H1", 9: "N3", 19: "H3A", 29: "H3"},
    centres=("N1", "N3"),
    packed_state="NH",
)
TMC = Monomer(
    kind="TMC",
    smiles="[c:1]1([C:7](=[O:17])[Cl:27])[cH:2][c:3]([C:8](=[O:18])[Cl:28])"
    "[cH:4][c:5]([C:9](=[O:19])[Cl:29])[cH:6]1",
    names={n: f"C{n}" for n in range(1, 10)}
    | {10 + n: f"O{n}" for n in (7, 8, 9)}
    | {20 + n: f"CL{n}" for n in (7, 8, 9)},
    centres=("C7", "C8", "C9"),
    packed_state="COCl",
)


def _diacyl(kind: str, length: int) -> Monomer:
    """Return the diacyl chloride with a number of CH2 groups between its acyl carbons."""
    chain = "".join(f"[CH2:{n}]" for n in range(1, length + 1))
    names = {n: f"C{n}" for n in (*range(1, length + 1), 7, 8)}
    return Monomer(
        kind=kind,
        smiles=f"[C:7](=[O:17])([Cl:27]){chain}[C:8](=[O:18])[Cl:28]",
        names=names | {10 + n: f"O{n}" for n in (7, 8)} | {20 + n: f"CL{n}" for n in (7, 8)},
        centres=("C7", "C8"),
        packed_state="COCl",
    )


DIACYL_CHLORIDES = tuple(_diacyl(kind, length) for kind, length in DIACYLS.items())
MONOMERS = {monomer.kind: monomer for monomer in (PIP, TMC, *DIACYL_CHLORIDES, MPD)}

STATE_ATOMS = {
    "NH": ("H{}",),
    "NH2+": ("H{}", "H{}B"),
    "COCl": ("CL{}",),
    "COOH": ("O{}B", "H{}"),
    "COO-": ("O{}B",),
    "amide": (),
}
"""Names of the atoms that an arm in this state has besides its centre; {} is the arm's number."""

TRANSITIONS = {
    "NH": ("NH2+", "amide"),
    "NH2+": ("NH",),
    "COCl": ("COOH", "amide"),
    "COOH": ("COO-",),
    "COO-": ("COOH",),
    "amide": (),
}
"""States that an arm may go to from each state."""

RINGS = {
    "PIP": ("N1", "C2", "C3", "N4", "C5", "C6"),
    "TMC": ("C1", "C2", "C3", "C4", "C5", "C6"),
    "MPD": ("C1", "C2", "C3", "C4", "C5", "C6"),
}
"""Atoms of the ring of each residue that has one, in ring order."""

STAYING_HYDROGENS = {"MPD": ("H{}A",)}
"""Names of the hydrogens that each nitrogen of a primary amine keeps in every state."""


def state_atoms(centre: str, state: str) -> tuple[str, ...]:
    """Return the names of the atoms that an arm has in a state besides its centre.

    >>> state_atoms("C7", "COOH")
    ('O7B', 'H7')
    """
    return tuple(name.format(centre[1:]) for name in STATE_ATOMS[state])


def amine_hydrogens(kind: str, centre: str) -> tuple[str, ...]:
    """Return the names of the hydrogens of a free amine, that which a reaction takes first.

    >>> amine_hydrogens("PIP", "N1"), amine_hydrogens("MPD", "N3")
    (('H1',), ('H3', 'H3A'))
    """
    stay = (name.format(centre[1:]) for name in STAYING_HYDROGENS.get(kind, ()))
    return (*state_atoms(centre, "NH"), *stay)


def state_bonds(centre: str, state: str) -> tuple[tuple[str, str], ...]:
    """Return the bonds that an arm's state adds, as pairs of atom names.

    >>> state_bonds("C7", "COOH")
    (('C7', 'O7B'), ('O7B', 'H7'))
    """
    atoms = state_atoms(centre, state)
    if state == "COOH":
        return ((centre, atoms[0]), (atoms[0], atoms[1]))
    return tuple((centre, atom) for atom in atoms)


def element(name: str) -> str:
    """Return the element symbol of an atom name.

    >>> element("CL7"), element("C7"), element("H2")
    ('Cl', 'C', 'H')
    """
    return "Cl" if name.startswith("CL") else name[0]


@cache
def geometry(kind: str) -> tuple[tuple[str, ...], np.ndarray, tuple[tuple[str, str], ...]]:
    """Return atom names, positions (N, 3) in nm about the centroid, and bonds of a monomer.

    They are those of the committed conformer: RDKit's ETKDG refined with MMFF94
    (``membranes.networks.conformers``).
    """
    known = json.loads(CONFORMERS.read_text(encoding="utf-8"))[kind]
    bonds = tuple((first, second) for first, second in known["bonds"])
    return tuple(known["names"]), np.array(known["positions_nm"]), bonds


def molar_mass(kind: str) -> float:
    """Return the mass of a packed monomer, g/mol.

    >>> [round(molar_mass(kind), 3) for kind in ("PIP", "MPD", "TMC")]
    [86.138, 108.144, 265.47]
    """
    return sum(STANDARD_ATOMIC_WEIGHTS[element(name)] for name in geometry(kind)[0])
