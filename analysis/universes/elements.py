"""Elements of the atoms of a Universe: stated, of the topology, or told from masses that fit."""

import MDAnalysis as mda
import numpy as np
from MDAnalysis.exceptions import NoDataError

from analysis.reading.observer import CollectError
from mdtools.constants import STANDARD_ATOMIC_WEIGHTS

EDITIONS = 5e-4
"""How far, as a share, a mass may be from today's standard weight: weights of elements have moved
by less between the tables that programs took theirs from (Ti was 47.88, Zn 65.409, C 12.0107), and
a CH2 is three times as far from N, a CH4 five times from O."""
SINGLE_PRECISION_DIGITS = 7
HEAVY_HYDROGEN_DA = (1.5, 4.6)
"""Masses of repartitioned hydrogens, 2 to 4 Da, with which longer timesteps are stable; deuterium's
lies there, too."""
UNITED_DA = {
    "CH": (13.019, "C"),
    "CH2": (14.027, "C"),
    "CH3": (15.035, "C"),
    "CH4": (16.043, "C"),
    "NH": (15.015, "N"),
    "NH2": (16.023, "N"),
    "OH": (17.007, "O"),
    "CF2": (50.008, "C"),
    "CF3": (69.006, "C"),
}
"""Masses of united atoms, and the element that stands in their middle."""
UNITED_NEAR_DA = 0.005
ODD_UNITED_DA, ODD_NEAR_DA = (13.0, 15.0), 0.04
"""CH and CH3: no element is as heavy. Beside them a mass of 14 or 16 may be CH2 or CH4."""
OF_WHOLE_NUMBERS = ("H", "C", "N", "O", "F", "P", "S", "Cl")
"""Elements of organic molecules, which force fields round to 1, 12, 14, 16, 19, 31, 32 and 35. Of
the numbers above, almost every one rounds some metal's weight, and beads weigh 28, 45, 56, 72."""
BOND_ANGSTROM, HYDROGEN_BOND_ANGSTROM = 1.75, 1.25
"""Longest bonds, where a topology holds none: between two of C, N, O, P, S and Cl, and to H."""
LISTED = 6


def elements_of(
    universe: mda.Universe, stated: dict[str, np.ndarray], needed: np.ndarray
) -> np.ndarray:
    """Return the element of each atom; of those that are not needed it may be "", unknown.

    What is stated counts before what the topology holds, and that before masses. Mass that was
    repartitioned to hydrogens is shifted back along the bonds first.

    Parameters
    ----------
    universe : Universe
    stated : atoms of each element, as the study states them
    needed : (M,) int
        Atoms whose elements must be known: those of the membrane.

    Raises
    ------
    CollectError
        An atom of the membrane whose mass is no element's, naming the remedy.
    """
    atoms = universe.atoms
    known = getattr(atoms, "elements", None)
    given = np.full(len(atoms), "", dtype=object)
    if known is not None:
        given[:] = [str(symbol).strip().capitalize() for symbol in known]
        given[~np.isin(given.astype(str), list(STANDARD_ATOMIC_WEIGHTS))] = ""
    for element, chosen in stated.items():
        given[chosen] = element
    open_ = given == ""
    if not open_.any():
        return given
    masses = np.array(atoms.masses, dtype=float)
    heavy = open_ & (masses > HEAVY_HYDROGEN_DA[0]) & (masses < HEAVY_HYDROGEN_DA[1])
    own = masses[needed[open_[needed]]]
    united = is_united(own) or (not heavy.any() and is_of_beads(own))
    elements = np.where(open_, fitting(masses, united), given)
    bonds = topology_bonds(universe)
    if heavy.any() and len(bonds):
        elements[heavy] = "H"
        shifted = shifted_back(masses, heavy, bonds)
        touched = open_ & ~heavy & (shifted != masses)
        before = fitting(shifted, united)
        # Deuterium took no mass from what it is bonded to.
        elements[touched] = np.where(before != "", before, elements)[touched]
    missing = needed[elements[needed] == ""]
    if len(missing) and heavy.any() and not len(bonds):
        raise CollectError(
            f"masses of {heavy.sum()} atoms are those of heavy hydrogens, and there are no "
            "bonds to tell whose mass they took: give a topology with bonds or elements, or "
            "state the elements as `elements` of the study"
        )
    if len(missing):
        raise CollectError(unknown_elements(universe, missing))
    if (elements[needed] == "H").all() and open_[needed].all():
        raise CollectError(
            f"every atom of the membrane has the mass {masses[needed[0]]:g}, hydrogen's: give "
            "masses in Da, or state the elements, as in elements: {all: C}"
        )
    return elements


def is_united(masses: np.ndarray) -> bool:
    """Return whether some of the masses are those of CH or CH3, which no element has.

    >>> is_united(np.array([14.0, 15.035])), is_united(np.array([14.0, 12.0, 1.0]))
    (True, False)
    """
    return bool((np.abs(masses[:, None] - ODD_UNITED_DA) < ODD_NEAR_DA).any())


def is_of_beads(masses: np.ndarray) -> bool:
    """Return whether a whole number among the masses is that of no element of organic molecules.

    >>> is_of_beads(np.array([12.0, 1.0, 56.0])), is_of_beads(np.array([12.0, 1.0, 55.845, 0.0]))
    (True, False)
    """
    values = np.unique(masses[masses > 0])
    known = [round(STANDARD_ATOMIC_WEIGHTS[symbol]) for symbol in OF_WHOLE_NUMBERS]
    return any(not decimals_of(value) and value not in known for value in values)


def fitting(masses: np.ndarray, united: bool = False) -> np.ndarray:
    """Return the symbol of the only element that a mass fits, "" where none does.

    A mass fits where it is within `EDITIONS` of the standard weight, or the weight rounded to as
    many decimals as the mass has. A whole number fits one of `OF_WHOLE_NUMBERS` alone, and beside
    united atoms or beads none.

    >>> fitting(np.array([1.0, 12.01, 14.01, 14.027, 15.035, 16.0, 10.811, 47.88, 28.09, 0.0]))
    array(['H', 'C', 'N', '', '', 'O', 'B', 'Ti', 'Si', ''], dtype=object)
    >>> fitting(np.array([45.0, 56.0, 55.8, 32.0]))
    array(['', '', 'Fe', 'S'], dtype=object)
    >>> fitting(np.array([14.0, 16.0, 15.999]), united=True)
    array(['', '', 'O'], dtype=object)
    """
    symbols = np.array(list(STANDARD_ATOMIC_WEIGHTS), dtype=object)
    weights = np.array(list(STANDARD_ATOMIC_WEIGHTS.values()))
    values, rows = np.unique(masses, return_inverse=True)
    found = np.full(len(values), "", dtype=object)
    for row, mass in enumerate(values):
        decimals = decimals_of(mass)
        fits = np.abs(weights - mass) <= EDITIONS * weights
        fits |= np.isclose(np.round(weights, decimals), mass, rtol=1e-6, atol=0)
        if not decimals:
            fits &= np.isin(symbols, OF_WHOLE_NUMBERS) & (not united)
        if fits.sum() == 1:
            found[row] = symbols[fits][0]
    return found[rows.reshape(-1)]


def decimals_of(value: float) -> int:
    """Return the decimals of a number, as single precision shows them.

    >>> decimals_of(14.0), decimals_of(14.01), decimals_of(float(np.float32(12.011)))
    (0, 2, 3)
    """
    text = np.format_float_positional(
        np.float32(value), precision=SINGLE_PRECISION_DIGITS, trim="-", fractional=True
    )
    return len(text.partition(".")[2])


def shifted_back(masses: np.ndarray, heavy: np.ndarray, bonds: np.ndarray) -> np.ndarray:
    """Return masses with what hydrogens are too heavy by given back to what they are bonded to."""
    shifted = masses.copy()
    for one, other in (bonds.T, bonds.T[::-1]):
        taken = heavy[one] & ~heavy[other]
        np.add.at(shifted, other[taken], masses[one[taken]] - STANDARD_ATOMIC_WEIGHTS["H"])
    return shifted


def unknown_elements(universe: mda.Universe, missing: np.ndarray) -> str:
    """Return what is said of atoms whose masses are no element's."""
    atoms = universe.atoms
    key = next((k for k in ("name", "type") if hasattr(atoms, f"{k}s")), "mass")
    labels = getattr(atoms, f"{key}s")[missing].astype(str)
    kinds: dict[str, float] = {}
    for label, mass in zip(labels, atoms.masses[missing], strict=True):
        kinds.setdefault(label, float(mass))
    told, example = [], []
    for label, mass in list(kinds.items())[:LISTED]:
        united = [
            (name, element)
            for name, (weight, element) in UNITED_DA.items()
            if abs(weight - mass) < UNITED_NEAR_DA
        ]
        told.append(f"{key} {label} of mass {mass:.6g}" + "".join(f" ({n}?)" for n, _ in united))
        example.append(f"{key} {label}: {united[0][1] if united else 'C'}")
    more = f" and {len(kinds) - LISTED} more" if len(kinds) > LISTED else ""
    return (
        f"no element can be told from the mass of {len(missing)} atoms of the membrane: "
        f"{', '.join(told)}{more}; say what they are, as in elements: {{{', '.join(example)}}}, "
        "or give a topology that holds elements"
    )


def topology_bonds(universe: mda.Universe) -> np.ndarray:
    """Return the bonds of the topology, shape (B, 2), B = 0 if it holds none."""
    try:
        return np.asarray(universe.bonds.indices, dtype=int).reshape(-1, 2)
    except NoDataError:
        return np.empty((0, 2), dtype=int)
