"""Concentrations in the pore from those of the permeate, cell by cell toward the feed.

In a cell of width h the field is constant, E h = e in RT/F, and an ion moves exactly as
(Scharfetter and Gummel, IEEE Trans. Electron Devices 16, 64 (1969))

    q_i(x - h) = exp(-y_i) q_i(x) + Pe_i c_p,i h (1 - exp(-y_i)) / y_i ,   y_i = Kc_i Pe_i h - z_i e

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

    ``pore`` is q (n, B), ``log`` its logarithm where the sweep is wide, ``slope`` d ln q_i / d ln
    c_p,j (n, n, B), ``drop`` e (B,) of the cell that was just crossed and ``turn`` de / d ln c_p,j
    (n, B); the first node has none of the last two.
    """

    pore: np.ndarray
    log: np.ndarray | None
    slope: np.ndarray | None
    drop: np.ndarray | None
    turn: np.ndarray | None


def sweep(
    pore: Pore, permeate, widths, density, drops=None, *, derivatives=True, wide=False
) -> Iterator[Node]:
    """Yield the nodes.

    Parameters
    ----------
    permeate : (n, B) array
        ln c_p.
    widths : (M, B) array, from feed to permeate
    density : (M + 1, B) array
        X at the nodes.
    drops : (M, B) array, optional
        Where the search for the cells' e starts.
    derivatives : bool
        Whether the slopes by ln c_p are carried along.
    wide : bool
        Go through logarithms, for concentrations beyond the range of floating point numbers: a
        streaming potential of thousands of RT/F keeps small ions from the permeate. Slower.
    """
    z = pore.charges
    q, potential = donnan(np.exp(permeate).T, z.T, density[-1], pore.leaving.T)
    q, log = q.T, None
    if wide:
        log = np.log(pore.leaving) + permeate - z * potential
    slope = None
    if derivatives:
        weights = z * q
        shift = weights / (z * weights).sum(axis=0)
        slope = np.eye(len(q))[:, :, None] - z[:, None] * shift
    yield Node(q, log, slope, None, None)
    diagonal = np.arange(len(q))
    drop = np.zeros(q.shape[1])
    sides = np.maximum(z, 0), np.maximum(-z, 0)
    kind = _WideCell if wide else _Cell
    inflow = np.log(pore.peclet) + permeate if wide else pore.peclet * np.exp(permeate)
    for cell in reversed(range(len(widths))):
        width = widths[cell]
        source = inflow + np.log(width) if wide else inflow * width
        entry = log if wide else q
        problem = kind(entry, z, *sides, pore.pull * width, source, density[cell])
        drop, (q, log, kept, lift) = problem.solved(drop if drops is None else drops[cell])
        turn = None
        if derivatives:
            slope = kept[:, None] * slope
            slope[diagonal, diagonal] += 1 - kept
            weights = z * q
            moved = z * lift
            turn = -(weights[:, None] * slope).sum(axis=0) / (weights * moved).sum(axis=0)
            slope += moved[:, None] * turn
        yield Node(q, log, slope, drop, turn)


class _Cell(NamedTuple):
    """One cell of every problem, crossed toward the feed."""

    entry: np.ndarray
    charges: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    pull: np.ndarray
    source: np.ndarray
    density: np.ndarray

    def rows(self, which):
        return type(self)(*(array[..., which] for array in self))

    def at(self, drop):
        """Newton's step of ln(positive / negative charges) at e, and what holds there.

        That is q, its logarithm if known, the share of it that was there before, and d ln q_i / de
        over z_i, which is positive.
        """
        values = self.moved(self.pull - self.charges * drop)
        q, lift = values[0], values[3]
        plus, minus = self.positive * q, self.negative * q
        total = plus.sum(axis=0) + np.maximum(self.density, 0)
        opposite = minus.sum(axis=0) + np.maximum(-self.density, 0)
        rate = (self.positive * plus * lift).sum(axis=0) / total
        rate = rate + (self.negative * minus * lift).sum(axis=0) / opposite
        return -np.log(total / opposite) / rate, values

    def moved(self, y):
        decay = np.exp(-np.maximum(y, LOWEST_EXPONENT))
        share, bend = _shares(y, decay)
        kept = decay * self.entry
        q = kept + self.source * share
        return q, None, kept / q, (kept - self.source * bend) / q

    def solved(self, start):
        """The root e, and the values there."""
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
        step = np.where(np.abs(step) < ROOT, step, 0)
        q, log, kept, lift = values
        change = self.charges * lift * step
        return drop + step, (q + q * change, None if log is None else log + change, kept, lift)

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


class _WideCell(_Cell):
    """The same with ``entry`` and ``source`` as logarithms."""

    def at(self, drop):
        values = self.moved(self.pull - self.charges * drop)
        _, log, _, lift = values
        total, rising = _side(self.positive, log, lift, np.maximum(self.density, 0))
        opposite, falling = _side(self.negative, log, lift, np.maximum(-self.density, 0))
        return (opposite - total) / (rising + falling), values

    def moved(self, y):
        size = np.abs(y)
        decay = np.exp(-size)
        share, bend = _shares(size, decay)
        kept, entering = self.entry - y, self.source + np.log(share) + np.maximum(-y, 0)
        log = np.logaddexp(kept, entering)
        remains = np.exp(kept - log)
        rate = np.where(y < 0, 1 + bend / share, -bend / share)
        return np.exp(log), log, remains, remains + (1 - remains) * rate


def _side(valence, log, lift, fixed):
    """Logarithm of the summed charges of one sign, and its derivative by e up to the sign."""
    parts = np.concatenate([np.log(valence) + log, np.log(fixed)[None]])
    total = np.logaddexp.reduce(parts, axis=0)
    shares = np.exp(parts[:-1] - total)
    return total, (valence * shares * lift).sum(axis=0)


def _shares(y, decay):
    """(1 - exp(-y)) / y and its derivative by y, smooth through y = 0, from exp(-y)."""
    small = np.abs(y) < SMALL
    if small.any():
        safe = np.where(small, 1.0, y)
        near = 1 - y / 2 * (1 - y / 3 * (1 - y / 4 * (1 - y / 5 * (1 - y / 6))))
        share = np.where(small, near, (1 - decay) / safe)
        bend = -0.5 + y / 3 * (1 - 3 * y / 8 * (1 - 4 * y / 15))
        return share, np.where(small, bend, (decay - share) / safe)
    share = (1 - decay) / y
    return share, (decay - share) / y
