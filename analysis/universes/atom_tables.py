"""Tables of atoms, roles and bonds are taken from a Universe of MDAnalysis and a study."""

import re

import MDAnalysis as mda
import numpy as np
import pandas as pd
from MDAnalysis.exceptions import SelectionError
from MDAnalysis.lib.distances import capped_distance

from analysis.reading.observer import CollectError
from analysis.universes.elements import (
    BOND_ANGSTROM,
    HYDROGEN_BOND_ANGSTROM,
    elements_of,
    topology_bonds,
)
from analysis.universes.study import Selections, Study
from mdtools.roles import (
    CHARGED_GROUP,
    COUNTER_ION,
    FEED_ION,
    IONS,
    MEMBRANE,
    PISTON,
    TRACKED,
    WATER_OXYGEN,
)


def roles_of(universe: mda.Universe, selections: Selections) -> pd.DataFrame:
    """Return the table of roles. Raises CollectError for an empty or a wrong selection."""
    chosen = [("membrane", selections.membrane, MEMBRANE, "")]
    if selections.water_oxygen is not None:
        chosen.append(("water_oxygen", selections.water_oxygen, WATER_OXYGEN, "H2O"))
    for key, role in (
        ("feed_ions", FEED_ION),
        ("counter_ions", COUNTER_ION),
        ("charged_groups", CHARGED_GROUP),
    ):
        of_species = getattr(selections, key)
        chosen += [(f"{key}.{name}", text, role, name) for name, text in of_species.items()]
    rows = []
    for key, text, role, species in chosen:
        atoms = selected(universe, f"selections.{key}", text)
        rows += [(int(i), role, species, n, "") for n, i in enumerate(atoms)]
    for side, text in enumerate(selections.pistons or ()):
        rows += [
            (int(i), PISTON, "", side, "")
            for i in selected(universe, f"selections.pistons.{side}", text)
        ]
    table = pd.DataFrame(rows, columns=["atom", "role", "species", "group", "side"])
    check_roles(table)
    return table


def check_roles(table: pd.DataFrame) -> None:
    """Raise CollectError for atoms of two exclusive roles."""
    names = table.role + np.where(table.species != "", " " + table.species, "")
    tracked = table.role.isin(TRACKED)
    twice = table.atom[tracked & table.atom.duplicated(keep=False) & ~table.role.eq(MEMBRANE)]
    for atom in twice[twice.duplicated()]:
        both = " and ".join(names[tracked & (table.atom == atom)])
        raise CollectError(f"selections overlap: atom {atom} is {both}")
    membrane = set(table.atom[table.role == MEMBRANE])
    apart = table[table.role.isin((WATER_OXYGEN, *IONS, PISTON))]
    both = apart[apart.atom.isin(membrane)]
    if len(both):
        raise CollectError(
            f"selections overlap: atom {both.atom.iloc[0]} is in membrane and a {both.role.iloc[0]}"
        )
    groups = table[table.role == CHARGED_GROUP]
    strange = groups[~groups.atom.isin(membrane)]
    if len(strange):
        raise CollectError(
            f"selections.charged_groups.{strange.species.iloc[0]}: atom {strange.atom.iloc[0]} is "
            "not in the membrane: widen selections.membrane"
        )


def selected(universe: mda.Universe, key: str, text: str) -> np.ndarray:
    """Return the indices of the atoms of a selection."""
    try:
        atoms = universe.select_atoms(text)
    except (SelectionError, AttributeError, ValueError, TypeError) as error:
        raise CollectError(f"{key}: {text!r} is no selection: {reason_of(error)}") from None
    if len(atoms) == 0:
        raise CollectError(
            f"{key}: {text!r} selects no atom; residues are "
            f"{', '.join(sorted(set(getattr(universe.residues, 'resnames', ['unnamed'])))[:12])}"
        )
    return atoms.indices


def reason_of(error: Exception) -> str:
    """Return why a selection is none, in words for the study's user."""
    word = re.search(r"Unknown selection token: '(.*)'", str(error))
    if word is None:
        return (
            "it asks for what the topology does not hold, or in other words than the selections "
            "of MDAnalysis have"
        )
    if word[1] == "None":
        return "it ends too early, or a parenthesis is not closed"
    return f"{word[1]!r} is no word of the selections of MDAnalysis, or not in this place"


def topology_of(universe: mda.Universe, study: Study) -> pd.DataFrame:
    """Return the table of elements, charges, masses and Lennard-Jones parameters."""
    atoms = universe.atoms
    masses = getattr(atoms, "masses", None)
    if masses is None or np.isnan(masses).any():
        raise CollectError("the topology holds no masses: give one that does, or set them")
    stated: dict[str, np.ndarray] = {}
    for selection, element in study.elements.items():
        chosen = selected(universe, "elements", selection)
        stated = {k: np.setdiff1d(v, chosen) for k, v in stated.items()}
        stated[element] = np.union1d(stated.get(element, chosen), chosen)
    membrane = selected(universe, "selections.membrane", study.selections.membrane)
    charges = getattr(atoms, "charges", None)
    table = pd.DataFrame(
        {
            "element": elements_of(universe, stated, membrane),
            "charge": np.full(len(atoms), np.nan) if charges is None else charges,
            "mass": masses,
            "epsilon_kcal_mol": np.nan,
            "rmin_half_angstrom": np.nan,
        }
    )
    for key, text in (("charges_e", study.charges_e), ("lennard_jones", study.lennard_jones)):
        for selection, value in text.items():
            chosen = selected(universe, key, selection)
            columns = (
                ["charge"] if key == "charges_e" else ["epsilon_kcal_mol", "rmin_half_angstrom"]
            )
            table.loc[chosen, columns] = value
    if table.charge.isna().any():
        missing = np.flatnonzero(table.charge.isna())
        residues = sorted(set(getattr(atoms[missing], "resnames", ["unnamed"])))[:12]
        raise CollectError(
            f"{len(missing)} atoms of {', '.join(residues)} have no charge: give a topology that "
            "holds charges (PSF, PRMTOP, TPR), or charges_e in the study"
        )
    return table


def bonds_of(universe: mda.Universe, roles: pd.DataFrame, box_angstrom: np.ndarray) -> np.ndarray:
    """Return the bonds (B, 2); without any in the topology, those near groups by distance.

    Distances are those of the current frame.
    """
    known = topology_bonds(universe)
    if len(known):
        return known
    membrane = roles.atom[roles.role == MEMBRANE].to_numpy(dtype=int)
    central = roles.atom[roles.role == CHARGED_GROUP].to_numpy(dtype=int)
    bonds = [np.empty((0, 2), dtype=int)]
    for reach in (BOND_ANGSTROM, HYDROGEN_BOND_ANGSTROM):
        near = capped_distance(
            universe.atoms.positions[central],
            universe.atoms.positions[membrane],
            reach,
            box=[*box_angstrom, 90, 90, 90],
            return_distances=False,
        )
        pairs = np.column_stack([central[near[:, 0]], membrane[near[:, 1]]])
        bonds.append(pairs[pairs[:, 0] != pairs[:, 1]])
        central = np.setdiff1d(bonds[-1][:, 1], central)
    return np.vstack(bonds)
