"""The sweep integrates the pore's concentrations from the permeate, cell by cell, to the feed.

In a cell of width h the field is constant, E h = e in RT/F, and an ion moves exactly as
(Scharfetter and Gummel, IEEE Trans. Electron Devices 16, 64 (1969))

    q_i(x - h) = exp(-y_i) q_i(x) + Pe_i c_p,i h (1 - exp(-y_i)) / y_i ,   y_i = Kc_i Pe_i h - z_i e

Every q stays positive, errors shrink on the way, and with h = 0 a cell is a Donnan jump between
layers of different charge. The positive charges over the negative ones, those of the membrane
among them, rise with the potential drop e, so that e has one root.

Arrays have the ion first and the problem last, (n, B): sums over few ions are then quick.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from analysis.continuum.arrays import Array, Ints
from analysis.continuum.partitioning import donnan

NEWTON_STEPS = 4
"""Of Newton's method for all problems at once; those left are bracketed."""
BRACKETED_STEPS = 200
ROOT_TOLERANCE = 1e-8
"""In e. The last step is taken to first order, which leaves an error of its square."""
LOWEST_EXPONENT = -600.0
"""exp(600) is still a number; no root lies beyond it."""
SERIES_BELOW = 1e-2
"""y below which (1 - exp(-y)) / y is its series."""


class Node(NamedTuple):
    """Concentrations at one node of the mesh, and the cell that was crossed on the way to it.

    Attributes
    ----------
    pore : (n, B) array
        q, mol/m3.
    log_pore : (n, B) array or None
        Its logarithm, in the logarithmic form.
    slope : (n, n, B) array
        d ln q_i / d ln c_p,j; empty without derivatives, as is ``drop_slope``.
    drop : (B,) array
        e of the cell, RT/F; 0 at the first node, the permeate's.
    drop_slope : (n, B) array
        de / d ln c_p,j.
    """

    pore: Array
    log_pore: Array | None
    slope: Array
    drop: Array
    drop_slope: Array


class Crossing(NamedTuple):
    """Concentrations (n, B) on the feed's side of a cell of a given potential drop.

    ``retained`` is the share of q that was on the permeate's side before, ``sensitivity`` is
    d ln q_i / de over z_i, which is positive.
    """

    pore: Array
    log_pore: Array | None
    retained: Array
    sensitivity: Array


def sweep(
    *,
    charges: Array,
    drift: Array,
    peclet: Array,
    outlet_partition: Array,
    widths: Array,
    density: Array,
    log_permeate: Array,
    drops: Array | None = None,
    derivatives: bool = True,
    logarithmic: bool = False,
) -> Iterator[Node]:
    """Yield the nodes, from the permeate's to the feed's.

    Parameters
    ----------
    charges : (n, B) array
        0 for an excluded ion.
    drift, peclet : (n, B) arrays
        Kc Pe and Pe.
    outlet_partition : (n, B) array
        G_i without Donnan at the permeate's interface.
    widths : (M, B) array, from feed to permeate
    density : (M + 1, B) array
        X at the nodes.
    log_permeate : (n, B) array
        ln c_p.
    drops : (M, B) array, optional
        Where the search for the cells' e starts.
    derivatives : bool
        Whether the slopes by ln c_p are carried along.
    logarithmic : bool
        Carry ln q, for concentrations beyond the range of floating point numbers: a streaming
        potential of thousands of RT/F keeps small ions from the permeate. Slower.
    """
    z = charges
    at_outlet, potential = donnan(np.exp(log_permeate).T, z.T, density[-1], outlet_partition.T)
    pore, log_pore = at_outlet.T, None
    if logarithmic:
        log_pore = np.log(outlet_partition) + log_permeate - z * potential
    slope = drop_slope = np.empty((0, *z.shape))
    if derivatives:
        weights = z * pore
        shift = weights / (z * weights).sum(axis=0)
        slope = np.eye(len(pore))[:, :, None] - z[:, None] * shift
        drop_slope = np.zeros_like(pore)
    drop = np.zeros(z.shape[1])
    yield Node(pore, log_pore, slope, drop, drop_slope)
    diagonal = np.arange(len(z))
    sides = np.maximum(z, 0), np.maximum(-z, 0)
    form = _LogarithmicCell if logarithmic else _Cell
    inflow = np.log(peclet) + log_permeate if logarithmic else peclet * np.exp(log_permeate)
    for index in reversed(range(len(widths))):
        width = widths[index]
        source = inflow + np.log(width) if logarithmic else inflow * width
        entry = pore if log_pore is None else log_pore
        cell = form(entry, z, *sides, drift * width, source, density[index])
        drop, crossing = cell.neutral(drop if drops is None else drops[index])
        pore, log_pore, retained, sensitivity = crossing
        if derivatives:
            slope = retained[:, None] * slope
            slope[diagonal, diagonal] += 1 - retained
            weights = z * pore
            change = z * sensitivity
            drop_slope = -(weights[:, None] * slope).sum(axis=0) / (weights * change).sum(axis=0)
            slope += change[:, None] * drop_slope
        yield Node(pore, log_pore, slope, drop, drop_slope)


class _Cell(NamedTuple):
    """One cell of every problem, crossed toward the feed."""

    entry: Array
    charges: Array
    positive: Array
    negative: Array
    drift: Array
    source: Array
    density: Array

    def take(self, rows: Ints) -> "_Cell":
        return type(self)(*(array.take(rows, axis=-1) for array in self))

    def newton_step(self, drop: Array) -> tuple[Array, Crossing]:
        """Newton's step of ln(positive / negative charges) at a potential drop e."""
        crossing = self.cross(self.drift - self.charges * drop)
        pore, sensitivity = crossing.pore, crossing.sensitivity
        plus, minus = self.positive * pore, self.negative * pore
        total = plus.sum(axis=0) + np.maximum(self.density, 0)
        opposite = minus.sum(axis=0) + np.maximum(-self.density, 0)
        rate = (self.positive * plus * sensitivity).sum(axis=0) / total
        rate = rate + (self.negative * minus * sensitivity).sum(axis=0) / opposite
        return -np.log(total / opposite) / rate, crossing

    def cross(self, y: Array) -> Crossing:
        """Concentrations on the feed's side for the cell's exponents y (n, B)."""
        decay = np.exp(-np.maximum(y, LOWEST_EXPONENT))
        phi, phi_slope = _phi(y, decay)
        carried = decay * self.entry
        pore = carried + self.source * phi
        return Crossing(pore, None, carried / pore, (carried - self.source * phi_slope) / pore)

    def neutral(self, guess: Array) -> tuple[Array, Crossing]:
        """The potential drop at which the feed's side is neutral, and the concentrations there."""
        drop = guess
        for _ in range(NEWTON_STEPS):
            step, crossing = self.newton_step(drop)
            moving = ~(np.abs(step) < ROOT_TOLERANCE)
            if not moving.any():
                break
            drop = drop + np.where(moving, step, 0)
        else:
            step, crossing = self.newton_step(drop)
            rows = np.flatnonzero(~(np.abs(step) < ROOT_TOLERANCE))
            if len(rows):
                drop[rows] = self.take(rows).bracketed(drop[rows])
                step, crossing = self.newton_step(drop)
        step = np.where(np.abs(step) < ROOT_TOLERANCE, step, 0)
        pore, log_pore, retained, sensitivity = crossing
        change = self.charges * sensitivity * step
        log_pore = None if log_pore is None else log_pore + change
        return drop + step, Crossing(pore + pore * change, log_pore, retained, sensitivity)

    def bracketed(self, drop: Array) -> Array:
        """Root by Newton's method between the closest values known to lie on its two sides.

        Where steps do not shrink the distance of the two is halved.
        """
        drop = np.where(np.isfinite(drop), drop, 0.0)
        low, high = np.full(drop.shape, -np.inf), np.full(drop.shape, np.inf)
        last_size = np.full(drop.shape, np.inf)
        for _ in range(BRACKETED_STEPS):
            step, _ = self.newton_step(drop)
            high = np.where(step < 0, drop, high)
            low = np.where(step > 0, drop, low)
            if not (np.abs(step) >= ROOT_TOLERANCE).any():
                break
            outside = ~((drop + step >= low) & (drop + step <= high))
            slow = np.abs(step) > last_size / 2
            halve = (outside | slow) & np.isfinite(low) & np.isfinite(high)
            last_size = np.abs(step)
            drop = np.where(halve, (low + high) / 2, drop + step)
        return drop


class _LogarithmicCell(_Cell):
    """The same with ``entry`` and ``source`` as logarithms."""

    def newton_step(self, drop: Array) -> tuple[Array, Crossing]:
        crossing = self.cross(self.drift - self.charges * drop)
        log_pore, sensitivity = crossing.log_pore, crossing.sensitivity
        total, rising = _log_charge(
            self.positive, log_pore, sensitivity, np.maximum(self.density, 0)
        )
        opposite, falling = _log_charge(
            self.negative, log_pore, sensitivity, np.maximum(-self.density, 0)
        )
        return (opposite - total) / (rising + falling), crossing

    def cross(self, y: Array) -> Crossing:
        size = np.abs(y)
        decay = np.exp(-size)
        phi, phi_slope = _phi(size, decay)
        carried, entering = self.entry - y, self.source + np.log(phi) + np.maximum(-y, 0)
        log_pore = np.logaddexp(carried, entering)
        retained = np.exp(carried - log_pore)
        rate = np.where(y < 0, 1 + phi_slope / phi, -phi_slope / phi)
        return Crossing(np.exp(log_pore), log_pore, retained, retained + (1 - retained) * rate)


def _log_charge(
    valence: Array, log_pore: Array | None, sensitivity: Array, fixed: Array
) -> tuple[Array, Array]:
    """Logarithm of the summed charges of one sign, and its derivative by e up to the sign."""
    parts = np.concatenate([np.log(valence) + log_pore, np.log(fixed)[None]])
    total = np.logaddexp.reduce(parts, axis=0)
    shares = np.exp(parts[:-1] - total)
    return total, (valence * shares * sensitivity).sum(axis=0)


def _phi(y: Array, decay: Array) -> tuple[Array, Array]:
    """phi = (1 - exp(-y)) / y and its derivative by y, smooth through y = 0, from exp(-y)."""
    small = np.abs(y) < SERIES_BELOW
    if small.any():
        safe = np.where(small, 1.0, y)
        near = 1 - y / 2 * (1 - y / 3 * (1 - y / 4 * (1 - y / 5 * (1 - y / 6))))
        phi = np.where(small, near, (1 - decay) / safe)
        near_slope = -0.5 + y / 3 * (1 - 3 * y / 8 * (1 - 4 * y / 15))
        return phi, np.where(small, near_slope, (decay - phi) / safe)
    phi = (1 - decay) / y
    return phi, (decay - phi) / y
