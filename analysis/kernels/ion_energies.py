"""Interaction energies of ions with a membrane, in both presets of `energies` at once."""

import numpy as np
from numpy.typing import ArrayLike

from analysis.compiling import first_call
from analysis.kernels.checks import finite
from analysis.kernels.energies import COULOMB, NAMDENERGY_CUTOFF, NAMDENERGY_SWITCH

PRESETS = ("namdenergy_default", "full_minimage")
SCOPES = ("charged groups", "membrane")
TERMS = ("electrostatic", "vdw")


def ion_energies(
    ions: ArrayLike,
    ion_parameters: ArrayLike,
    atoms: ArrayLike,
    atom_parameters: ArrayLike,
    group: ArrayLike,
    box: ArrayLike,
) -> np.ndarray:
    """Sum Coulomb and Lennard-Jones energies of each ion with a membrane, in vacuum.

    The sums of `energies.namdenergy_default` and `energies.full_minimage`, which hold the formulas,
    compiled and taken in one loop over all pairs.

    Parameters
    ----------
    ions, atoms : array_like, shapes (n, 3) and (m, 3)
        Angstrom. `namdenergy_default` knows no images: wrap both into one cell.
    ion_parameters, atom_parameters : array_like, shapes (n, 3) and (m, 3)
        Charge (e), well depth (kcal/mol) and half of the distance of the minimum (angstrom), with
        the rules of Lorentz and Berthelot.
    group : array_like of bool, shape (m,)
        Atoms that belong to a charged group.
    box : array_like, shape (2,) or (3,)
        Lengths along x and y, both periodic; a third one is not used.

    Returns
    -------
    energies : array, shape (n, 2, 2, 2), kcal/mol
        By PRESETS, SCOPES and TERMS.

    Raises
    ------
    ValueError
        A shape that does not fit, an entry that is not finite, or an ion at the place of an atom.

    Examples
    --------
    >>> ion, atom = [[1.0, 0.0, 1.0]], [[-1.0, 0.0, 1.0]]
    >>> energies = ion_energies([[0, 0, 0]], ion, [[0, 0, 2.0]], atom, [True], [50, 50])
    >>> energies[0, PRESETS.index("full_minimage"), 0].tolist()
    [-166.0318, 0.0]
    """
    a, b = (np.ascontiguousarray(finite(v, n)) for v, n in ((ions, "ions"), (atoms, "atoms")))
    ours, theirs = finite(ion_parameters, "ion_parameters"), finite(atom_parameters, "atoms'")
    member = np.ascontiguousarray(np.asarray(group, dtype=bool))
    lengths = finite(box, "box")[:2].copy()
    shapes = {a.shape, ours.shape}, {b.shape, theirs.shape, (len(member), 3)}
    if any(len(shape) > 1 for shape in shapes) or a.shape[1:] != (3,):
        raise ValueError(f"shapes do not fit: ions {shapes[0]}, atoms {shapes[1]}")
    if not np.all(lengths > 0):
        raise ValueError(f"box is {lengths.tolist()}, both lengths must be positive")
    from analysis.kernels.compiled import two_presets

    tables = [np.vstack([t[:, 0], np.sqrt(t[:, 1]), t[:, 2]]) for t in (ours, theirs)]
    tables[0][0] *= COULOMB
    with first_call("two presets of energies"):
        energies = two_presets(
            a,
            tables[0],
            np.ascontiguousarray(b.T),
            tables[1],
            member.astype(float),
            lengths,
            NAMDENERGY_CUTOFF,
            NAMDENERGY_SWITCH,
        )
    if not np.isfinite(energies).all():
        raise ValueError("an ion and an atom are at the same place")
    return energies
