"""Mean squared displacements over all time origins, of particles that may enter and leave."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite

CONVENTIONS = ("both", "start", "continuous")
BATCH = 2**20
"""Numbers that one Fourier transform takes at a time: 8 MiB, whatever the number of walkers."""
DIMENSIONS = 3
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Paths (3, n, L) of walkers, and weights (n, L) of origins and of ends."""


@dataclass(frozen=True)
class MSD:
    """The mean squared displacements by lag, every array of shape (T,) but for `mean`.

    Attributes
    ----------
    lag : int array
        0 to T - 1 frames.
    total, lateral, axial : arrays
        Of x, y and z, of x and y, of z; squared unit of the positions, NaN where `count` is 0.
    count : int array
        Pairs of walker and origin that the means are taken over.
    origins : int array
        Pairs of walker and origin with the walker inside at the origin, whatever it does later.
    mean : array, shape (3, T)
        Mean displacement along x, y and z over the same pairs: the drift.
    """

    lag: np.ndarray
    total: np.ndarray
    lateral: np.ndarray
    axial: np.ndarray
    count: np.ndarray
    origins: np.ndarray
    mean: np.ndarray

    @property
    def stayed(self) -> np.ndarray:
        """Share of the origins that the convention keeps."""
        share = np.full(len(self.lag), np.nan)
        np.divide(self.count, self.origins, out=share, where=self.origins > 0)
        return share

    def variance(self, direction: str) -> np.ndarray:
        """Return <dr^2> - <dr>^2 of "total", "lateral" or "axial", (T,): the drift is subtracted.

        Of n independent displacements it is by 1 / n of itself too low.
        """
        axes = {"total": slice(None), "lateral": slice(2), "axial": slice(2, None)}[direction]
        squares: np.ndarray = getattr(self, direction)
        return np.asarray(np.maximum(squares - (self.mean[axes] ** 2).sum(axis=0), 0))


def msd(positions: ArrayLike, inside: ArrayLike | None = None, convention: str = "both") -> MSD:
    """Average squared displacements over all walkers and time origins, by fast Fourier transform.

    With weights a(t) at the origin and b(t) at the end, summed over walkers before dividing,

        MSD(k) = [C(a r^2, b) + C(a, b r^2) - 2 C(a r, b r)](k) / C(a, b)(k),
        C(u, v)(k) = sum_t u(t) v(t + k),

    which for a = b = 1 is the algorithm of Calandrini et al., Collection SFN 12, 201 (2011); the
    mean displacement is `[C(a, b r) - C(a r, b)](k) / C(a, b)(k)`, without squares. Only
    walkers and origins that are inside count, in one of three conventions:

    - "both": inside at the origin and at the end, a = b = inside;
    - "start": inside at the origin, wherever the walker goes, a = inside, b = 1;
    - "continuous": inside in every frame from origin to end; each visit is a walker of its own.

    Displacements across a region of width w are then not free: "both" and "continuous" keep those
    that stayed, so that across the region (not along it) they tend to w^2/6 or less and look
    subdiffusive, even of a random walk.

    Parameters
    ----------
    positions : array_like, shape (T, N, 3)
        Continuous paths (see `unwrap`), frames evenly spaced in time. Where a walker is not inside,
        "both" and "continuous" read nothing: NaN is allowed there.
    inside : array_like of bool, shape (T, N), optional
        By default every walker counts in every frame.
    convention : str

    Raises
    ------
    ValueError
        A shape that does not fit, no frame or walker, an unknown convention, or a position that is
        needed and not finite.

    Examples
    --------
    >>> path = [[[0.0, 0.0, 0.0]], [[1.0, 0.0, 2.0]], [[2.0, 0.0, 4.0]]]  # constant velocity
    >>> msd(path).lateral.round(9).tolist(), msd(path).axial.round(9).tolist()
    ([0.0, 1.0, 4.0], [0.0, 4.0, 16.0])
    """
    points, mask = _checked(positions, inside, convention)
    frames = len(points)
    origins = np.cumsum(mask.sum(axis=1))[::-1]
    sums, count = np.zeros((2, DIMENSIONS, frames)), np.zeros(frames)
    for paths, start, end in _batches(points, mask, convention):
        length = paths.shape[2]
        more, pairs = _correlated(paths, start, end)
        sums[..., :length] += more
        count[:length] += pairs
    count = np.rint(count).astype(int)
    squares, drift = np.divide(sums, count, out=np.full_like(sums, np.nan), where=count > 0)
    # Rounding may leave -1e-15 where a walker did not move.
    x, y, z = np.where(count > 0, np.maximum(squares, 0), np.nan)
    if count[0]:
        x[0] = y[0] = z[0] = 0.0
        drift[:, 0] = 0.0
    return MSD(np.arange(frames), x + y + z, x + y, z, count, origins, drift)


def _checked(
    positions: ArrayLike, inside: ArrayLike | None, convention: str
) -> tuple[np.ndarray, np.ndarray]:
    """Check positions and mask: equal frames and walkers, and no entry that is not finite."""
    points = np.asarray(positions)
    if points.ndim != 3 or points.shape[2] != DIMENSIONS or 0 in points.shape:
        raise ValueError(
            f"positions has shape {points.shape}, it must be (T, N, 3) with a frame and a walker"
        )
    if convention not in CONVENTIONS:
        raise ValueError(f"convention is {convention!r}, allowed are {', '.join(CONVENTIONS)}")
    mask = np.ones(points.shape[:2], bool) if inside is None else np.asarray(inside)
    if mask.shape != points.shape[:2] or mask.dtype != bool:
        raise ValueError(
            f"inside has shape {mask.shape} and type {mask.dtype}, it must be "
            f"{points.shape[:2]} and bool"
        )
    needed = mask[..., None] if convention != "start" else np.True_
    finite(np.where(needed, points, 0.0), "positions")
    return points, mask


def _batches(points: np.ndarray, mask: np.ndarray, convention: str) -> Iterator[Batch]:
    """Yield some walkers at a time: paths about their means, weights of origins and of ends."""
    if convention == "continuous":
        yield from _visits(points, mask)
        return
    frames, walkers = mask.shape
    each = max(1, BATCH // (2 * frames))
    for first in range(0, walkers, each):
        part = slice(first, first + each)
        start = mask[:, part].T.astype(float)
        end = np.ones_like(start) if convention == "start" else start
        yield _centred(points[:, part].transpose(2, 1, 0), end), start, end


def _visits(points: np.ndarray, mask: np.ndarray) -> Iterator[Batch]:
    """Yield uninterrupted stays, similar lengths together, so that padding at most doubles them."""
    steps = np.diff(np.pad(mask.T.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    walker, begin = np.nonzero(steps == 1)
    length = np.nonzero(steps == -1)[1] - begin
    power = np.ceil(np.log2(length)).astype(int)
    for exponent in np.unique(power):
        chosen = np.flatnonzero(power == exponent)
        longest = int(length[chosen].max())
        each = max(1, BATCH // (2 * longest))
        for first in range(0, len(chosen), each):
            some = chosen[first : first + each]
            within = np.arange(longest) < length[some, None]
            frames = begin[some, None] + np.where(within, np.arange(longest), 0)
            paths = points[frames, walker[some, None]].transpose(2, 0, 1)
            weight = within.astype(float)
            yield _centred(paths, weight), weight, weight


def _centred(paths: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Subtract each walker's own mean, with 0 where there is no weight: it limits rounding."""
    weighted = np.where(weight > 0, paths, 0.0)
    mean = weighted.sum(axis=2, keepdims=True) / np.maximum(weight.sum(axis=1), 1)[:, None]
    return np.where(weight > 0, weighted - mean, 0.0)


def _correlated(
    paths: np.ndarray, start: np.ndarray, end: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum squared and plain displacements (2, 3, L) and weights (L,) by lag."""
    length = paths.shape[2]
    size = scipy.fft.next_fast_len(2 * length - 1, real=True)
    same = start is end

    def spectra(series: np.ndarray, weight: np.ndarray) -> list[np.ndarray]:
        powers = (np.ones_like(series), series, series**2)
        return [scipy.fft.rfft(weight * power, size) for power in powers]

    def over_lags(cross: np.ndarray) -> np.ndarray:
        return np.asarray(scipy.fft.irfft(cross.sum(axis=0), size)[:length])

    sums = np.empty((2, DIMENSIONS, length))
    for axis, series in enumerate(paths):
        b0, b1, b2 = spectra(series, end)
        a0, a1, a2 = (b0, b1, b2) if same else spectra(series, start)
        sums[0, axis] = over_lags(a2.conj() * b0 + a0.conj() * b2 - 2 * a1.conj() * b1)
        sums[1, axis] = over_lags(a0.conj() * b1 - a1.conj() * b0)
    return sums, over_lags(a0.conj() * b0)
