"""Calcium bound to single acids takes their charge away, and gives its own.

COO- + Ca2+ = COOCa+ with an association constant K, at the concentration in the pore: a Langmuir
isotherm of the bound share, theta = K q / (1 + K q), as in Stern layers of oxides and gels; each
bound ion changes the charge of its site from -1 to z - 1.
"""

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array

CALCIUM_ACETATE = 10**1.18 * 1e-3
"""m3/mol, of Ca2+ and acetate, log K = 1.18 at 25 C and ionic strength 0: Martell and Smith,
Critical Stability Constants, vol. 3, Plenum (1977). At 0.1 mol/L it is some 0.6 lower."""
STEPS = 200
WIDEST = 60.0
"""RT/F, beyond any Donnan potential."""


def bound_charge(
    positive: npt.ArrayLike,
    negative: npt.ArrayLike,
    feed: npt.ArrayLike,
    charges: npt.ArrayLike,
    partition: npt.ArrayLike,
    association: npt.ArrayLike,
) -> Array:
    """Fixed charge in equilibrium with a feed, with ions bound to acids.

    Donnan equilibrium of a neutral pore, q = G c exp(-z psi), whose charge itself depends on q. The
    sum of charges falls with psi, so that one psi leaves the pore neutral; it is bisected.

    Parameters
    ----------
    positive, negative : (B,) groups that count, mol/m3 of pore fluid
    feed : (B, n) mol/m3
    charges : (n,) z
    partition : (B, n) G, without Donnan's factor
    association : (n,) m3/mol, 0 for ions that do not bind

    Returns
    -------
    (B,) mol/m3
        positive - negative + sum z q_bound.

    Without association it is the net charge:

    >>> feed, charges, partition = [[100.0, 200.0]], [2, -1], [[0.05, 0.2]]
    >>> float(bound_charge([10.0], [60.0], feed, charges, partition, [0.0, 0.0])[0])
    -50.0
    """
    amines, acids = (np.asarray(x, dtype=float) for x in (positive, negative))
    outside, factors = np.asarray(feed, dtype=float), np.asarray(partition, dtype=float)
    z, constant = np.asarray(charges, dtype=float), np.asarray(association, dtype=float)

    def at(potential: Array) -> tuple[Array, Array]:
        pore = factors * outside * np.exp(-z * potential[..., None])
        occupied = constant * pore
        share = occupied / (1 + occupied.sum(axis=-1, keepdims=True))
        fixed = amines - acids + acids * (share * z).sum(axis=-1)
        return fixed, fixed + (z * pore).sum(axis=-1)

    low = np.full(np.broadcast_shapes(amines.shape, acids.shape, outside.shape[:-1]), -WIDEST)
    high = -low
    for _ in range(STEPS):
        middle = (low + high) / 2
        positive_sum = at(middle)[1] > 0
        low, high = np.where(positive_sum, middle, low), np.where(positive_sum, high, middle)
        if (high - low).max(initial=0.0) < 1e-13:
            break
    return at((low + high) / 2)[0]
