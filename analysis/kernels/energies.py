"""Non-bonded energies between two groups of atoms, with the cutoffs of NAMD or with none."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite
from analysis.kernels.contacts import nearest_image, periodic_lengths

COULOMB = 332.0636
"""Energy of two unit charges at 1 angstrom in vacuum, kcal/mol: the constant of NAMD."""
NAMDENERGY_CUTOFF, NAMDENERGY_SWITCH = 12.0, 10.0
"""Defaults of the NAMDEnergy plugin of VMD, angstrom."""
BATCH = 2**18
"""Pairs of atoms taken at a time."""
Coefficients = tuple[ArrayLike, ArrayLike]
"""A and B of every pair of atoms, each broadcastable to (A, B)."""


def pair_energy(
    positions_a: ArrayLike,
    charges_a: ArrayLike,
    positions_b: ArrayLike,
    charges_b: ArrayLike,
    lj: Coefficients | None = None,
    cutoff: float | None = None,
    switch: float | None = None,
    box: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Sum Coulomb and Lennard-Jones energies between two groups of atoms, in vacuum.

    With C = 332.0636 kcal angstrom/mol/e^2, pair by pair,

        electrostatic = C q q' / r * (1 - r^2 / rc^2)^2,        0 from rc = cutoff on,
        vdw = (A / r^12 - B / r^6) * S(r),
        S = (rc^2 - r^2)^2 (rc^2 + 2 r^2 - 3 rs^2) / (rc^2 - rs^2)^3 from rs = switch to rc,

    with S = 1 up to the switch: what NAMD does without particle-mesh Ewald (J. C. Phillips et al.,
    J. Comput. Chem. 26, 1781 (2005)). The shift of the charges needs a cutoff only; without a
    switch the vdw energy is cut off as it is. Without a cutoff nothing is left out.

    Parameters
    ----------
    positions_a, positions_b : array_like, shapes (..., A, 3) and (..., B, 3), or (3,)
        Angstrom. The leading axes (frames, ions one by one) broadcast against each other.
    charges_a, charges_b : array_like, shapes (A,) and (B,), or numbers for all atoms
        Elementary charges.
    lj : tuple of two array_like, each broadcastable to (A, B), optional
        A and B of every pair, kcal/mol angstrom^12 and angstrom^6 (see `lorentz_berthelot`).
        Without it vdw is 0.
    cutoff, switch : float, optional
        Angstrom, 0 < switch < cutoff.
    box : array_like, shape (3,), optional
        Lengths, 0 where not periodic: only the nearest image of a pair counts. By default there
        are no images, and wrapped coordinates of a periodic cell are taken as they are.

    Returns
    -------
    electrostatic, vdw : arrays of the shape of the leading axes, kcal/mol

    Raises
    ------
    ValueError
        A shape that does not fit, an entry that is not finite, a switch without a cutoff above
        it, or two atoms at the same place.

    Examples
    --------
    >>> electrostatic, vdw = pair_energy([0, 0, 0], 1.0, [0, 0, 2.0], -1.0)
    >>> float(electrostatic), float(vdw)
    (-166.0318, 0.0)
    """
    a, b = _atoms(positions_a, "positions_a"), _atoms(positions_b, "positions_b")
    _check_reach(cutoff, switch)
    lengths = periodic_lengths(box)
    if lengths.ndim != 1:
        raise ValueError(f"box has shape {lengths.shape}, it must be (3,)")
    shape = (a.shape[-2], b.shape[-2])
    charges = COULOMB * np.outer(
        _charges(charges_a, shape[0], "charges_a"), _charges(charges_b, shape[1], "charges_b")
    )
    repulsion, attraction = _coefficients(lj, shape)

    def summed(rows: slice, square: np.ndarray) -> np.ndarray:
        pairs = charges[rows], repulsion[rows], attraction[rows]
        return _summed(square, *pairs, cutoff, switch)

    electrostatic, vdw = _over_sets(a, b, lengths, summed)
    return np.asarray(electrostatic), np.asarray(vdw)


def namdenergy_default(
    positions_a: ArrayLike,
    charges_a: ArrayLike,
    positions_b: ArrayLike,
    charges_b: ArrayLike,
    lj: Coefficients | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute `pair_energy` with NAMDEnergy's defaults: cutoff 12, switch 10 angstrom, no images.

    An ion more than 12 angstrom away from every charge has no energy at all.
    """
    return pair_energy(
        positions_a,
        charges_a,
        positions_b,
        charges_b,
        lj,
        cutoff=NAMDENERGY_CUTOFF,
        switch=NAMDENERGY_SWITCH,
    )


def full_minimage(
    positions_a: ArrayLike,
    charges_a: ArrayLike,
    positions_b: ArrayLike,
    charges_b: ArrayLike,
    box: ArrayLike,
    lj: Coefficients | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute `pair_energy` without cutoff, with nearest images along x and y.

    `box` has two or three lengths, angstrom; a third one is not used, since z is not periodic.
    """
    lengths = finite(box, "box")
    if lengths.shape not in ((2,), (3,)):
        raise ValueError(f"box has shape {lengths.shape}, it must be two or three lengths")
    lateral = [lengths[0], lengths[1], 0.0]
    return pair_energy(positions_a, charges_a, positions_b, charges_b, lj, box=lateral)


def lorentz_berthelot(
    epsilon_a: ArrayLike, rmin_half_a: ArrayLike, epsilon_b: ArrayLike, rmin_half_b: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Mix A and B of E = A / r^12 - B / r^6 for every pair: `lj` of `pair_energy`.

    Minimum -sqrt(epsilon epsilon') at r = rmin_half + rmin_half'.

    Parameters
    ----------
    epsilon_a, rmin_half_a : array_like, shape (A,)
        kcal/mol and angstrom. rmin_half is half of the distance of the minimum, 2^(1/6) sigma / 2.
    epsilon_b, rmin_half_b : array_like, shape (B,)

    Returns
    -------
    repulsion, attraction : arrays of shape (A, B)

    Raises
    ------
    ValueError
        An entry that is not finite or is negative.

    Examples
    --------
    >>> repulsion, attraction = lorentz_berthelot([0.25], [1.0], [0.25], [1.0])
    >>> float(repulsion[0, 0]), float(attraction[0, 0])  # epsilon R^12 and 2 epsilon R^6
    (1024.0, 32.0)
    """
    named = {
        "epsilon_a": epsilon_a,
        "rmin_half_a": rmin_half_a,
        "epsilon_b": epsilon_b,
        "rmin_half_b": rmin_half_b,
    }
    values = [np.atleast_1d(finite(values, name)) for name, values in named.items()]
    for name, entries in zip(named, values, strict=True):
        if np.any(entries < 0):
            raise ValueError(f"{name} has an entry {entries.min():g}, allowed are 0 and above")
    epsilon = np.sqrt(np.multiply.outer(values[0], values[2]))
    sixth = np.add.outer(values[1], values[3]) ** 6
    return epsilon * sixth**2, 2 * epsilon * sixth


def _over_sets(
    a: np.ndarray,
    b: np.ndarray,
    lengths: np.ndarray,
    summed: Callable[[slice, np.ndarray], np.ndarray],
) -> np.ndarray:
    """Sum the energies (2, ...) of sets of atoms, a batch at a time.

    `summed` takes a slice of the atoms of a and squares (sets, atoms of a, B) of distances.
    """
    shape = (a.shape[-2], b.shape[-2])
    try:
        leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except ValueError:
        raise ValueError(
            f"positions_a {a.shape} and positions_b {b.shape} do not broadcast before their last "
            "two axes"
        ) from None
    a = np.broadcast_to(a, (*leading, shape[0], 3))
    b = np.broadcast_to(b, (*leading, shape[1], 3))
    sums = np.zeros((2, int(np.prod(leading, dtype=int))))
    rows = max(1, BATCH // max(1, shape[1]))
    sets = max(1, BATCH // max(1, shape[0] * shape[1]))
    for first in range(0, sums.shape[1], sets):
        some = np.arange(first, min(first + sets, sums.shape[1]))
        chosen = np.unravel_index(some, leading) if leading else (None,)
        ours, theirs = a[chosen], b[chosen]
        for begin in range(0, shape[0], rows):
            part = slice(begin, begin + rows)
            apart = nearest_image(ours[:, part, None] - theirs[:, None], lengths)
            square = np.einsum("...i,...i->...", apart, apart)
            if not square.all():
                _, i, j = (int(k) for k in np.argwhere(square == 0)[0])
                raise ValueError(f"atom {begin + i} of a and atom {j} of b are at the same place")
            sums[:, some] += summed(part, square)
    return sums.reshape(2, *leading)


def _summed(
    square: np.ndarray,
    charges: np.ndarray,
    repulsion: np.ndarray,
    attraction: np.ndarray,
    cutoff: float | None,
    switch: float | None,
) -> np.ndarray:
    """Sum the energies (2, sets) of all pairs, given squared distances (sets, A, B)."""
    if cutoff is None:
        return np.stack(
            [
                (charges / np.sqrt(square)).sum(axis=(1, 2)),
                _lennard_jones(square, repulsion, attraction).sum(axis=(1, 2)),
            ]
        )
    sets, i, j = np.nonzero(square < cutoff**2)
    near = square[sets, i, j]
    electrostatic = charges[i, j] / np.sqrt(near) * (1 - near / cutoff**2) ** 2
    vdw = _lennard_jones(near, repulsion[i, j], attraction[i, j])
    if switch is not None:
        smooth = (cutoff**2 - near) ** 2 * (cutoff**2 + 2 * near - 3 * switch**2)
        vdw = vdw * np.where(near > switch**2, smooth / (cutoff**2 - switch**2) ** 3, 1.0)
    return np.stack(
        [np.bincount(sets, energies, minlength=len(square)) for energies in (electrostatic, vdw)]
    )


def _lennard_jones(square: np.ndarray, repulsion: np.ndarray, attraction: np.ndarray) -> np.ndarray:
    """Return A / r^12 - B / r^6."""
    if not (repulsion.any() or attraction.any()):
        return np.zeros_like(square)
    sixth = square**-3
    return np.asarray((repulsion * sixth - attraction) * sixth)


def _atoms(positions: ArrayLike, name: str) -> np.ndarray:
    """Check positions and return them in the shape (..., n, 3)."""
    points = np.atleast_2d(finite(positions, name))
    if points.shape[-1] != 3:
        raise ValueError(f"{name} has shape {points.shape}, it must be (..., atoms, 3)")
    return points


def _charges(charges: ArrayLike, count: int, name: str) -> np.ndarray:
    values = finite(charges, name)
    if values.shape not in ((), (1,), (count,)):
        raise ValueError(f"{name} has shape {values.shape} for {count} atoms")
    return np.broadcast_to(values, (count,))


def _coefficients(lj: Coefficients | None, shape: tuple[int, int]) -> list[np.ndarray]:
    if lj is None:
        return [np.broadcast_to(0.0, shape)] * 2
    if len(lj) != 2:
        raise ValueError(f"lj has {len(lj)} entries, it must be A and B of every pair")
    both = []
    for values, name in zip(lj, ("lj[0]", "lj[1]"), strict=True):
        array = finite(values, name)
        try:
            both.append(np.broadcast_to(array, shape))
        except ValueError:
            raise ValueError(
                f"{name} has shape {array.shape}, it must broadcast to {shape}"
            ) from None
    return both


def _check_reach(cutoff: float | None, switch: float | None) -> None:
    if cutoff is not None and not (np.isfinite(cutoff) and cutoff > 0):
        raise ValueError(f"cutoff is {cutoff}, it must be positive, or None for no cutoff")
    if switch is not None and (cutoff is None or not 0 < switch < cutoff):
        raise ValueError(f"switch is {switch} and cutoff {cutoff}: 0 < switch < cutoff")
