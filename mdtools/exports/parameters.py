"""Force field parameters of a network as plain arrays, read from its OpenMM System."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import openmm
from openmm import app, unit

from mdtools.exports.atom_types import atom_types
from mdtools.options import NonbondedOptions
from mdtools.polymer import Polymer
from mdtools.systems.system import (
    SLAB_VACUUM_NM,
    charges,
    create_system,
    lennard_jones,
    masses,
    nonbonded_force,
    plain,
    polymer_topology,
)

COULOMB_14, LENNARD_JONES_14 = 1.2, 2.0
"""Divisors of interactions three bonds apart in GAFF (Wang et al. 2004): SCEE and SCNB."""
RELATIVE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Terms:
    """The bonded terms of one kind: atoms (T, 2 to 4), parameters (T, ...) in nm, rad, kJ/mol."""

    atoms: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Parameters:
    """A network with everything that another program needs to compute its energy.

    Attributes
    ----------
    title : str
    residues : tuple of str, R
        Residue names, unique per set of atoms, at most four characters.
    residue : (N,) int array
    names, elements, types : (N,) str arrays
    charges, masses, sigma_nm, epsilon : (N,) arrays
        e, Da, nm, kJ/mol.
    bonds, angles : Terms
        Values are length or angle, and k of k/2 (x - x0)^2.
    torsions : Terms
        Values are periodicity, phase, k of k (1 + cos(n phi - phase)).
    improper : (T,) bool array
        Torsions whose atoms are no chain; the third atom is central.
    pairs : (P, 2) int array
        Atoms three bonds apart, first below second.
    excluded : (E, 2) int array
        Atoms one or two bonds apart, first below second.
    positions : (N, 3) array
        nm, the middle of the atoms at half of the box in z.
    box_nm : (3,) array
    """

    title: str
    residues: tuple[str, ...]
    residue: np.ndarray
    names: np.ndarray
    elements: np.ndarray
    types: np.ndarray
    charges: np.ndarray
    masses: np.ndarray
    sigma_nm: np.ndarray
    epsilon: np.ndarray
    bonds: Terms
    angles: Terms
    torsions: Terms
    improper: np.ndarray
    pairs: np.ndarray
    excluded: np.ndarray
    positions: np.ndarray
    box_nm: np.ndarray

    @cached_property
    def first_atoms(self) -> np.ndarray:
        """First atom of each residue, (R,)."""
        return np.concatenate([[0], np.flatnonzero(np.diff(self.residue)) + 1])

    @cached_property
    def atomic_numbers(self) -> np.ndarray:
        """Atomic number of each atom, (N,)."""
        return np.array(
            [app.element.get_by_symbol(symbol).atomic_number for symbol in self.elements]
        )

    @cached_property
    def type_rows(self) -> dict[str, int]:
        """One atom of each type, by type in alphabetical order."""
        kinds, rows = np.unique(self.types, return_index=True)
        return dict(zip(kinds.tolist(), rows.tolist(), strict=True))

    def images(self, atoms: np.ndarray) -> np.ndarray:
        """Find the image (B, 3) in which the second atom of each pair (B, 2) is nearest."""
        first, second = self.positions[atoms].swapaxes(0, 1)
        return np.round((first - second) / self.box_nm).astype(int)


def parameters(
    polymer: Polymer,
    labels: Sequence[str],
    title: str,
    nonbonded: NonbondedOptions | None = None,
) -> Parameters:
    """Read the force field parameters of a network from its System.

    Parameters
    ----------
    polymer : Polymer
        Residues whole; z is not periodic.
    labels : sequence of str, R
        Name of each residue in the files, the same only for residues of the same atoms.
    title : str
    nonbonded : NonbondedOptions, optional
        With a cut-off that fits the box; no parameter depends on it.

    Raises
    ------
    ValueError
        If a label is too long or stands for residues of different atoms, or if the force field
        has terms that the formats of AMBER and GROMACS cannot hold.
    """
    _check_labels(labels, polymer)
    positions, box_nm = _centred(polymer)
    topology, templates = polymer_topology(polymer, box_nm)
    system = create_system(
        topology, templates, nonbonded or NonbondedOptions(), constrain_hydrogens=False
    )
    sigma, epsilon = _lennard_jones(system)
    graph = {frozenset(pair) for pair in polymer.bonds.tolist()}
    torsions = terms_of(system, openmm.PeriodicTorsionForce)
    chains = [[frozenset(t[k : k + 2]) in graph for k in range(3)] for t in torsions.atoms.tolist()]
    pairs, excluded = _exceptions(system, sigma, epsilon)
    read = Parameters(
        title=title,
        residues=tuple(labels),
        residue=polymer.atoms["residue"].to_numpy(),
        names=polymer.atoms["name"].to_numpy(),
        elements=polymer.atoms["element"].to_numpy(),
        types=atom_types(polymer),
        charges=charges(system),
        masses=masses(system),
        sigma_nm=sigma,
        epsilon=epsilon,
        bonds=terms_of(system, openmm.HarmonicBondForce),
        angles=terms_of(system, openmm.HarmonicAngleForce),
        torsions=torsions,
        improper=np.asarray(~np.array(chains, dtype=bool).reshape(-1, 3).all(axis=1)),
        pairs=pairs,
        excluded=excluded,
        positions=positions,
        box_nm=box_nm,
    )
    _check_types(read)
    return read


def _centred(polymer: Polymer) -> tuple[np.ndarray, np.ndarray]:
    """Centre positions (N, 3) in a box (3,) with vacuum above and below."""
    low, high = polymer.positions[:, 2].min(), polymer.positions[:, 2].max()
    box_nm = np.array([*polymer.box_nm, high - low + SLAB_VACUUM_NM])
    return polymer.positions + [0.0, 0.0, box_nm[2] / 2 - (low + high) / 2], box_nm


TERMS: dict[type, tuple[str, int, int]] = {
    openmm.HarmonicBondForce: ("Bond", 2, 2),
    openmm.HarmonicAngleForce: ("Angle", 3, 2),
    openmm.PeriodicTorsionForce: ("Torsion", 4, 3),
}
"""Noun, atoms and parameters of the terms of each force."""


def terms_of(system: openmm.System, kind: type) -> Terms:
    """Read all terms of one kind of force of a System."""
    noun, atoms, count = TERMS[kind]
    force = next(force for force in system.getForces() if isinstance(force, kind))
    read = getattr(force, f"get{noun}Parameters")
    rows = [read(index) for index in range(getattr(force, f"getNum{noun}s")())]
    values = [
        [plain(value) if unit.is_quantity(value) else value for value in row[atoms:]]
        for row in rows
    ]
    return Terms(
        np.array([row[:atoms] for row in rows], dtype=int).reshape(-1, atoms),
        np.array(values, dtype=float).reshape(-1, count),
    )


def _lennard_jones(system: openmm.System) -> tuple[np.ndarray, np.ndarray]:
    sigma, epsilon = lennard_jones(system)
    return np.where(epsilon > 0, sigma, 0.0), epsilon


def _exceptions(system, sigma, epsilon) -> tuple[np.ndarray, np.ndarray]:
    """Read scaled and excluded pairs; raises ValueError for a pair scaled in another way."""
    force, charge = nonbonded_force(system), charges(system)
    scaled, excluded = [], []
    for index in range(force.getNumExceptions()):
        i, j, product, size, depth = force.getExceptionParameters(index)
        i, j = sorted((i, j))
        product, size, depth = plain(product), plain(size), plain(depth)
        if product == 0 and depth == 0:
            excluded.append((i, j))
            continue
        scaled.append((i, j))
        expected = [
            charge[i] * charge[j] / COULOMB_14,
            np.sqrt(epsilon[i] * epsilon[j]) / LENNARD_JONES_14,
            (sigma[i] + sigma[j]) / 2 if depth else size,
        ]
        if not np.allclose([product, depth, size], expected, rtol=RELATIVE_TOLERANCE, atol=1e-12):
            raise ValueError(
                f"atoms {i} and {j} are not scaled by 1/{COULOMB_14} and 1/{LENNARD_JONES_14:g} "
                "as all others; the formats of AMBER and GROMACS cannot hold that"
            )
    return _pairs(scaled), _pairs(excluded)


def _pairs(rows: list[tuple[int, int]]) -> np.ndarray:
    """Sorted pairs (P, 2) of atoms."""
    return np.array(sorted(rows), dtype=int).reshape(-1, 2)


def _check_labels(labels: Sequence[str], polymer: Polymer) -> None:
    residue = polymer.atoms["residue"].to_numpy()
    names = np.split(polymer.atoms["name"].to_numpy(), np.flatnonzero(np.diff(residue)) + 1)
    atoms_of: dict[str, frozenset] = {}
    for label, mine in zip(labels, names, strict=True):
        if not 1 <= len(label) <= 4:
            raise ValueError(f"residue name {label!r}: allowed are one to four characters")
        if atoms_of.setdefault(label, frozenset(mine)) != frozenset(mine):
            raise ValueError(f"residue name {label} stands for residues of different atoms")


def _check_types(read: Parameters) -> None:
    for kind, row in read.type_rows.items():
        mine = read.types == kind
        for values in (read.masses, read.sigma_nm, read.epsilon):
            if not np.allclose(values[mine], values[row], rtol=RELATIVE_TOLERANCE, atol=0):
                raise ValueError(f"atoms of type {kind} have different masses or sizes")
