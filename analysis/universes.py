"""Tables of atoms and roles from a Universe of MDAnalysis and a study."""

import MDAnalysis as mda
import numpy as np
import pandas as pd
from MDAnalysis.exceptions import SelectionError
from MDAnalysis.guesser.default_guesser import DefaultGuesser

from analysis.observer import CollectError
from analysis.roles import (
    CHARGED_GROUP,
    COUNTER_ION,
    FEED_ION,
    MEMBRANE,
    PISTON,
    TRACKED,
    WATER_OXYGEN,
)
from analysis.study import Selections, Study

MASSES = {
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
"""Elements that a mass tells, where a topology holds none: standard atomic weights, Da."""
MASS_TOLERANCE = 0.05


def roles_of(universe: mda.Universe, selections: Selections) -> pd.DataFrame:
    """Table of roles from selections. Raises CollectError for an empty or a wrong one."""
    wanted = [("membrane", selections.membrane, MEMBRANE, "")]
    wanted.append(("water_oxygen", selections.water_oxygen, WATER_OXYGEN, "H2O"))
    for key, role in (
        ("feed_ions", FEED_ION),
        ("counter_ions", COUNTER_ION),
        ("charged_groups", CHARGED_GROUP),
    ):
        chosen = getattr(selections, key)
        wanted += [(f"{key}.{name}", text, role, name) for name, text in chosen.items()]
    rows = []
    for key, text, role, species in wanted:
        atoms = selected(universe, key, text)
        rows += [(int(i), role, species, n, "") for n, i in enumerate(atoms)]
    for side, text in enumerate(selections.pistons or ()):
        rows += [
            (int(i), PISTON, "", side, "") for i in selected(universe, f"pistons.{side}", text)
        ]
    table = pd.DataFrame(rows, columns=["atom", "role", "species", "group", "side"])
    ions = table[table.role.isin(TRACKED)]
    twice = ions.atom[ions.atom.duplicated()]
    if len(twice):
        raise CollectError(f"selections overlap: atom {twice.iloc[0]} is in two of them")
    return table


def selected(universe: mda.Universe, key: str, text: str) -> np.ndarray:
    """Indices of the atoms of a selection."""
    try:
        atoms = universe.select_atoms(text)
    except (SelectionError, AttributeError, ValueError) as error:
        raise CollectError(f"selections.{key}: {text!r} is no selection: {error}") from error
    if len(atoms) == 0:
        raise CollectError(
            f"selections.{key}: {text!r} selects no atom; residues are "
            f"{', '.join(sorted(set(getattr(universe.residues, 'resnames', ['unnamed'])))[:12])}"
        )
    return atoms.indices


def topology_of(universe: mda.Universe, study: Study) -> pd.DataFrame:
    """Table of elements, charges, masses and Lennard-Jones parameters."""
    atoms = universe.atoms
    masses = getattr(atoms, "masses", None)
    if masses is None or np.isnan(masses).any():
        raise CollectError("the topology holds no masses: give one that does, or set them")
    charges = getattr(atoms, "charges", None)
    table = pd.DataFrame(
        {
            "element": elements_of(universe),
            "charge": np.full(len(atoms), np.nan) if charges is None else charges,
            "mass": masses,
            "epsilon_kcal_mol": np.nan,
            "rmin_half_angstrom": np.nan,
        }
    )
    for key, text in (("charges_e", study.charges_e), ("lennard_jones", study.lennard_jones)):
        for selection, value in text.items():
            chosen = selected(universe, f"{key} in the study", selection)
            columns = (
                ["charge"] if key == "charges_e" else ["epsilon_kcal_mol", "rmin_half_angstrom"]
            )
            table.loc[chosen, columns] = value
    if table.charge.isna().any():
        missing = int(table.charge.isna().sum())
        raise CollectError(
            f"{missing} atoms have no charge: give a topology that holds charges (PSF, PRMTOP, "
            "TPR), or charges_e in the study"
        )
    return table


def elements_of(universe: mda.Universe) -> np.ndarray:
    """Elements of the topology, or told by masses, or by names."""
    atoms = universe.atoms
    known = getattr(atoms, "elements", None)
    if known is not None and all(known):
        return np.asarray(known, dtype=object)
    symbols, weights = np.array(list(MASSES), dtype=object), np.array(list(MASSES.values()))
    apart = np.abs(np.asarray(atoms.masses)[:, None] - weights)
    found = symbols[apart.argmin(axis=1)]
    unsure = apart.min(axis=1) > MASS_TOLERANCE
    if unsure.any() and hasattr(atoms, "names"):
        guessed = DefaultGuesser(universe).guess_types(atom_types=atoms.names)
        found[unsure] = np.array([name.capitalize() for name in guessed], dtype=object)[unsure]
    return found
