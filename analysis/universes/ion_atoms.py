"""Which atoms an ion is made of: those of its residue, bonded to it, or near enough to be."""

import MDAnalysis as mda
import numpy as np
import pandas as pd

from analysis.kernels.contacts import nearest_image
from analysis.reading.observer import CollectError
from analysis.universes.elements import BOND_ANGSTROM, HYDROGEN_BOND_ANGSTROM
from mdtools.roles import IONS, charge, is_charge_of

APART_ANGSTROM = 2.7
"""Ions of one name are never as near as this, atoms of one ion always: O and O of sulfate 2.45."""
LARGEST_ION = 30
"""Atoms of an ion; more of them are no ion but all that shares a molecule's number."""


def ion_atoms(
    universe: mda.Universe,
    roles: pd.DataFrame,
    topology: pd.DataFrame,
    bonds: np.ndarray,
    box_angstrom: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Return the atoms of each ion, in order of the roles table: its central one first.

    Taken is what the bonds of the topology hold together, else what the residue of an ion holds
    beside it, else what is near enough to be bonded in the current frame; of these the first whose
    charge is that of the ion's name, or the first of several atoms where none is.

    Parameters
    ----------
    box_angstrom : array, shape (3,)
        Lengths, 0 where not periodic.
    """
    ions = roles[roles.role.isin(IONS)]
    taken = set(roles.atom)
    charges = topology.charge.to_numpy(dtype=float)
    neighbours = adjacency(bonds)
    residues = residue_members(universe, ions.atom.to_numpy(dtype=int))
    found = []
    for atom, species in zip(ions.atom.astype(int), ions.species, strict=True):
        known = taken - {atom}
        choices = [np.array([atom])]
        for others in (
            fragment(atom, neighbours, known),
            [] if known.intersection(residues.get(atom, [])) else residues.get(atom, []),
        ):
            choices.append(np.array([atom, *(n for n in others if n != atom)], dtype=int))
        if not any(suits(charges[choice], species) for choice in choices):
            near = bonded_by_distance(universe, topology, atom, taken, box_angstrom)
            choices.append(np.array([atom, *near], dtype=int))
        # The more atoms the better: a central atom alone may have the ion's charge by chance.
        choices.sort(key=len, reverse=True)
        fitting = [choice for choice in choices if suits(charges[choice], species)]
        found.append((fitting or choices)[0])
    return tuple(found)


def suits(charges: np.ndarray, species: str) -> bool:
    """Return whether charges of an ion's atoms add up to that of its name, or to a scaled one."""
    return len(charges) <= LARGEST_ION and is_charge_of(species, float(charges.sum()))


def charge_notes(
    roles: pd.DataFrame, atoms: tuple[np.ndarray, ...], topology: pd.DataFrame
) -> list[str]:
    """Return a note for each species whose ions have another charge than their name says."""
    ions = roles[roles.role.isin(IONS)]
    charges = topology.charge.to_numpy(dtype=float)
    notes = []
    for species in dict.fromkeys(ions.species):
        own = [part for part, name in zip(atoms, ions.species, strict=True) if name == species]
        sums = np.array([charges[part].sum() for part in own])
        fit = np.array([suits(charges[part], species) for part in own])
        if not fit.all():
            bad = np.flatnonzero(~fit)[0]
            notes.append(
                f"an ion {species}, taken to be of {len(own[bad])} atom{'s'[: len(own[bad]) - 1]}, "
                f"has a charge of {sums[bad]:+.3g} e, its name says {charge(species):+d}: no "
                "interaction energy of "
                "it is given; the topology needs its other atoms in one residue or bonded to it, "
                "or charges_e the right values"
            )
        elif np.abs(sums - charge(species)).max() > 0.02 * abs(charge(species)):
            notes.append(
                f"ions {species} have a charge of {sums.mean():+.3g} e, scaled from that of their "
                "name; their interaction energies are those of this charge"
            )
    return notes


def check_single_atoms(
    universe: mda.Universe, roles: pd.DataFrame, bonds: np.ndarray, box_angstrom: np.ndarray
) -> None:
    """Raise CollectError where several atoms of one ion are selected for it.

    They are bonded to each other, or, in one residue, nearer than two ions of one name can be.
    """
    neighbours = adjacency(bonds)
    for name, ions in roles[roles.role.isin(IONS)].groupby("species", sort=False):
        atoms = ions.atom.to_numpy(dtype=int)
        chosen = set(atoms.tolist())
        pairs = [
            (atom, other)
            for atom in atoms.tolist()
            for other in fragment(atom, neighbours, set())
            if other != atom and other in chosen
        ]
        if not pairs:
            residues = universe.atoms.resindices[atoms]
            near = nearest_pair(
                universe.atoms.positions[atoms].astype(float), residues, box_angstrom
            )
            pairs = [] if near is None else [(int(atoms[near[0]]), int(atoms[near[1]]))]
        if pairs:
            raise CollectError(
                f"the selection of {name} has several atoms of one ion, {pairs[0][0]} and "
                f"{pairs[0][1]} among them: select one atom of each ion, its central one"
            )


def nearest_pair(
    points: np.ndarray, residues: np.ndarray, box: np.ndarray
) -> tuple[int, int] | None:
    """Return two points of a residue that are nearer than ions of one name, or None."""
    for first in range(len(points) - 1):
        apart = nearest_image(points[first + 1 :] - points[first], box)
        squares = (apart**2).sum(axis=1)
        squares[residues[first + 1 :] != residues[first]] = np.inf
        nearest = int(squares.argmin())
        if squares[nearest] < APART_ANGSTROM**2:
            return first, first + 1 + nearest
    return None


def adjacency(bonds: np.ndarray) -> dict[int, list[int]]:
    """Return the atoms bonded to each atom that has a bond."""
    bonded: dict[int, list[int]] = {}
    for one, other in np.asarray(bonds, dtype=int).reshape(-1, 2).tolist():
        bonded.setdefault(one, []).append(other)
        bonded.setdefault(other, []).append(one)
    return bonded


def fragment(atom: int, neighbours: dict[int, list[int]], known: set[int]) -> list[int]:
    """Return what bonds hold together with an atom; nothing if it is large or has a role."""
    seen, edge = {atom}, [atom]
    while edge:
        edge = [n for one in edge for n in neighbours.get(one, []) if n not in seen]
        seen.update(edge)
        if len(seen) > LARGEST_ION or seen & known:
            return []
    return sorted(seen)


def residue_members(universe: mda.Universe, atoms: np.ndarray) -> dict[int, list[int]]:
    """Return the atoms of the residue of each ion, where it is small enough to be one ion."""
    indices = universe.atoms.resindices
    sizes = np.bincount(indices)
    small = [int(atom) for atom in atoms if sizes[indices[atom]] <= LARGEST_ION]
    wanted = np.unique(indices[small])
    of_residue: dict[int, list[int]] = {int(n): [] for n in wanted}
    for member in np.flatnonzero(np.isin(indices, wanted)):
        of_residue[int(indices[member])].append(int(member))
    return {atom: of_residue[int(indices[atom])] for atom in small}


def bonded_by_distance(
    universe: mda.Universe,
    topology: pd.DataFrame,
    atom: int,
    taken: set[int],
    box: np.ndarray,
) -> list[int]:
    """Return the atoms without a role that distances in the current frame bond to an atom."""
    positions = universe.atoms.positions
    hydrogen = topology.element.to_numpy() == "H"
    seen, edge = {atom}, [atom]
    while edge and len(seen) <= LARGEST_ION:
        new: set[int] = set()
        for one in edge:
            apart = nearest_image((positions - positions[one]).astype(float), box)
            squares = (apart**2).sum(axis=1)
            reach = np.where(hydrogen | hydrogen[one], HYDROGEN_BOND_ANGSTROM, BOND_ANGSTROM)
            new |= set(np.flatnonzero(squares <= reach**2).tolist()) - seen - taken
        seen |= new
        edge = sorted(new)
    return sorted(seen - {atom})
