"""Concentrations in the pore from those of the permeate, cell by cell toward the feed.

In a cell of width h the field is constant, E h = e in RT/F, and an ion moves exactly as (Scharfetter
and Gummel, IEEE Trans. Electron Devices 16, 64 (1969))

    q_i(x - h) = exp(-y_i) q_i(x) + Pe_i c_p,i h (1 - exp(-y_i)) / y_i ,   y_i = Kc_i Pe_i h - z_i e .

Every q stays positive, errors shrink on the way, and with h = 0 a cell is a Donnan jump between
layers of different charge. The positive charges over the negative ones, those of the membrane
among them, rise with e, so that e has one root.

Arrays have the ion first and the problem last, (n, B): sums over few ions are then quick.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analysis.continuum.partitioning import donnan

QUICK_STEPS = 4
"""Of Newton's method for all problems at once; those left are bracketed."""
BRACKETED_STEPS = 200
ROOT = 1e-8
"""In e. The last step is taken to first order, which leaves an error of its square."""
LOWEST_EXPONENT = -600.0
"""exp(600) is still a number; no root lies beyond it."""
SMALL = 1e-2
"""y below which (1 - exp(-y)) / y is its series."""


@dataclass(frozen=True)
class Pore:
    """What the sweep needs of a batch; arrays (n, B).

    Attributes
    ----------
    charges : 0 for an ion that is kept out
    pull : Kc Pe
    peclet : Pe
    leaving : G_i without Donnan at the permeate's face
    """

    charges: np.ndarray
    pull: np.ndarray
    peclet: np.ndarray
    leaving: np.ndarray

    def rows(self, which) -> "Pore":
        """Part of the batch."""
        return Pore(**{name: value[:, which] for name, value in vars(self).items()})


class Node(NamedTuple):
    """One node of the mesh, from the permeate's to the feed's.

    ``pore`` is q (n, B), ``slope`` dq_i/d ln c_p,j (n, n, B), ``drop`` e (B,) of the cell that was
    just crossed and ``turn`` de/d ln c_p,j (n, B); the first node has none.
    """

    pore: np.ndarray
    slope: np.ndarray | None
    drop: np.ndarray | None
    turn: np.ndarray | None


def sweep(
    pore: Pore, permeate, widths, density, drops=None, *, derivatives: bool = True
) -> Iterator[Node]:
    """Yield the nodes.

    Parameters
    ----------
    permeate : (n, B) array, mol/m3
    widths : (M, B) array, from feed to permeate
    density : (M + 1, B) array
        X at the nodes.
    drops : (M, B) array, optional
        Where the search for the cells' e starts.
    derivatives : bool
        Whether the slopes by ln c_p are carried along.
    """
    z = pore.charges
    positive, negative = np.maximum(z, 0), np.maximum(-z, 0)
    q = donnan(permeate.T, z.T, density[-1], pore.leaving.T)[0].T
    slope = None
    if derivatives:
        weights = z * q
        shift = weights / (z * weights).sum(axis=0)
        eye = np.eye(len(q))[:, :, None]
        slope = q[:, None] * (eye - z[:, None] * shift)
    yield Node(q, slope, None, None)
    diagonal = np.arange(len(q))
    drop = np.zeros(q.shape[1])
    for cell in reversed(range(len(widths))):
        width = widths[cell]
        source = pore.peclet * permeate * width
        problem = _Cell(q, z, positive, negative, pore.pull * width, source, density[cell])
        drop, q, decay, entering, by_drop = problem.solved(drop if drops is None else drops[cell])
        turn = None
        if derivatives:
            slope = decay[:, None] * slope
            slope[diagonal, diagonal] += entering
            moved = z * by_drop
            turn = -(z[:, None] * slope).sum(axis=0) / (z * moved).sum(axis=0)
            slope += moved[:, None] * turn
        yield Node(q, slope, drop, turn)


class _Cell(NamedTuple):
    """One cell of every problem, crossed toward the feed."""

    entry: np.ndarray
    charges: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    pull: np.ndarray
    source: np.ndarray
    density: np.ndarray

    def rows(self, which) -> "_Cell":
        return _Cell(*(array[..., which] for array in self))

    def at(self, drop):
        """Newton's step of ln(positive / negative charges) at e, then q, exp(-y), Pe c_p h (1 -
        exp(-y)) / y and z_i^-1 dq_i/de, which is positive."""
        decay, share, share_slope = _exponentials(self.pull - self.charges * drop)
        kept, entering = decay * self.entry, self.source * share
        q = kept + entering
        by_drop = kept - self.source * share_slope
        plus = (self.positive * q).sum(axis=0) + np.maximum(self.density, 0)
        minus = (self.negative * q).sum(axis=0) + np.maximum(-self.density, 0)
        rate = (self.positive**2 * by_drop).sum(axis=0) / plus
        rate = rate + (self.negative**2 * by_drop).sum(axis=0) / minus
        return -np.log(plus / minus) / rate, (q, decay, entering, by_drop)

    def solved(self, start):
        """The root e, with q and what its derivatives take."""
        drop = start
        for _ in range(QUICK_STEPS):
            step, values = self.at(drop)
            left = ~(np.abs(step) < ROOT)
            if not left.any():
                break
            drop = drop + np.where(left, step, 0)
        else:
            step, values = self.at(drop)
            left = np.flatnonzero(~(np.abs(step) < ROOT))
            if len(left):
                drop[left] = self.rows(left).bracketed(drop[left])
                step, values = self.at(drop)
        q, decay, entering, by_drop = values
        step = np.where(np.abs(step) < ROOT, step, 0)
        return drop + step, q + self.charges * by_drop * step, decay, entering, by_drop

    def bracketed(self, drop):
        """Root by Newton's method that is kept between the closest values known to lie on its two
        sides, and halves their distance where its steps do not shrink."""
        drop = np.where(np.isfinite(drop), drop, 0.0)
        low, high = np.full(drop.shape, -np.inf), np.full(drop.shape, np.inf)
        before = np.full(drop.shape, np.inf)
        for _ in range(BRACKETED_STEPS):
            step, _ = self.at(drop)
            high = np.where(step < 0, drop, high)
            low = np.where(step > 0, drop, low)
            if not (np.abs(step) >= ROOT).any():
                break
            outside = ~((drop + step >= low) & (drop + step <= high))
            middle = (outside | (np.abs(step) > before / 2)) & np.isfinite(low) & np.isfinite(high)
            before = np.abs(step)
            drop = np.where(middle, (low + high) / 2, drop + step)
        return drop


def _exponentials(y):
    """exp(-y), (1 - exp(-y)) / y and its derivative by y, smooth through y = 0."""
    decay = np.exp(-np.maximum(y, LOWEST_EXPONENT))
    small = np.abs(y) < SMALL
    if small.any():
        safe = np.where(small, 1.0, y)
        near = 1 - y / 2 * (1 - y / 3 * (1 - y / 4 * (1 - y / 5 * (1 - y / 6))))
        share = np.where(small, near, (1 - decay) / safe)
        bend = -0.5 + y / 3 * (1 - 3 * y / 8 * (1 - 4 * y / 15))
        return decay, share, np.where(small, bend, (decay - share) / safe)
    share = (1 - decay) / y
    return decay, share, (decay - share) / y
