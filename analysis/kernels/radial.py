"""Radial distribution functions between two planes, and coordination numbers."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite
from analysis.kernels.contacts import check_cutoff, periodic_lengths
from analysis.kernels.profiles import bin_sums


@dataclass(frozen=True)
class Radial:
    """A radial distribution in a slab, every array of shape (b,) over shells.

    Attributes
    ----------
    r : array
        Middle of each shell.
    g : array
        Pairs over those of an ideal gas of the same particles in the same slab; NaN where no part
        of any shell lies in the slab.
    density : array
        Pairs per reference particle and volume of the whole shell, 4/3 pi (r2^3 - r1^3): tends to
        no limit in a slab, but needs no idea of the volume.
    pairs : int array
        Pairs counted.
    coordination : array
        Neighbours per reference particle up to the outer edge of each shell.
    references : int
        Reference particles, summed over frames.
    """

    r: np.ndarray
    g: np.ndarray
    density: np.ndarray
    pairs: np.ndarray
    coordination: np.ndarray
    references: int


def shell_volumes(z: ArrayLike, faces: tuple[float, float], edges: ArrayLike) -> np.ndarray:
    """Compute the volume of each spherical shell between two planes.

    Of a ball of radius r, whose centre is the distance d from a plane, pi (r - d)^2 (2 r + d) / 3
    lies beyond the plane for -r <= d <= r (d negative: the centre lies beyond, too).

    Parameters
    ----------
    z : array_like, shape (n,)
        Of the centres.
    faces : tuple of two floats
        Lower and upper plane; -inf and inf for none.
    edges : array_like, shape (b + 1,)
        Radii of the shells, ascending from 0 or above.

    Returns
    -------
    volumes : array, shape (n, b)

    Raises
    ------
    ValueError
        Planes or edges that do not ascend, or a z that is not finite.

    Examples
    --------
    >>> ball = 4 / 3 * np.pi
    >>> (shell_volumes([0.0, 9.0], (0.0, 10.0), [0.0, 1.0]) / ball).round(9).tolist()
    [[0.5], [1.0]]
    """
    centre, radius = finite(z, "z")[:, None], _edges(edges)
    low, high = _faces(faces)
    balls = np.broadcast_to(4 / 3 * np.pi * radius**3, (len(centre), len(radius)))
    for depth in (centre - low, high - centre):
        d = np.clip(depth, -radius, radius)
        balls = balls - np.pi / 3 * (radius - d) ** 2 * (2 * radius + d)
    return np.diff(np.maximum(balls, 0.0), axis=1)


def slab_rdf(
    first: ArrayLike,
    second: ArrayLike,
    edges: ArrayLike,
    box: ArrayLike,
    faces: tuple[float, float],
    same: bool = False,
) -> Radial:
    """Compute the radial distribution of `second` around `first` between two planes.

    g = pairs / sum over frames and reference particles of rho dV, with dV the volume of the shell
    that lies between the planes (`shell_volumes`) and rho the number of `second` there per volume
    (less one if the groups are the same). So g of an ideal gas is 1 at every r, near the planes,
    too; the usual 4 pi r^2 dr would let it fall with r.

    Parameters
    ----------
    first, second : array_like, shapes (T, A, 3) and (T, B, 3), or (A, 3) and (B, 3)
        Wrapped or not.
    edges : array_like, shape (b + 1,)
        Radii of the shells.
    box : array_like, shape (2,)
        Periodic lengths along x and y.
    faces : tuple of two floats
        Lower and upper z.
    same : bool
        Whether `second` is `first`; a particle is then no neighbour of itself.

    Raises
    ------
    ValueError
        A shape that does not fit, shells beyond half of the box, planes that do not ascend, no
        particle between them, or an entry that is not finite.
    """
    a, b = _frames(first, "first"), _frames(second, "second")
    if len(a) != len(b) or (same and a.shape != b.shape):
        raise ValueError(f"first and second have shapes {a.shape} and {b.shape}, which differ")
    radius, lateral = _edges(edges), finite(box, "box")
    if lateral.shape != (2,) or np.any(lateral < 2 * radius[-1]):
        raise ValueError(
            f"box is {lateral.tolist()}, it must be two lengths of at least twice the last edge, "
            f"{2 * radius[-1]:g}"
        )
    low, high = _faces(faces)
    if not np.isfinite([low, high]).all():
        raise ValueError(f"faces are {low} and {high}, a slab needs both")
    pairs, expected = np.zeros(len(radius) - 1, dtype=int), np.zeros(len(radius) - 1)
    references = 0
    for ours, theirs in zip(a, b, strict=True):
        ours, theirs = (p[(p[:, 2] >= low) & (p[:, 2] <= high)] for p in (ours, theirs))
        references += len(ours)
        if len(ours) == 0 or len(theirs) <= same:
            continue
        pairs += _shell_pairs(ours, theirs, radius, [*lateral, 0.0])
        rho = (len(theirs) - same) / (lateral.prod() * (high - low))
        expected += rho * shell_volumes(ours[:, 2], (low, high), radius).sum(axis=0)
    if references == 0:
        raise ValueError(f"no particle of first lies between {low:g} and {high:g} in any frame")
    balls = references * 4 / 3 * np.pi * np.diff(radius**3)
    g = np.divide(pairs, expected, out=np.full_like(expected, np.nan), where=expected > 0)
    middle = (radius[1:] + radius[:-1]) / 2
    return Radial(middle, g, pairs / balls, pairs, np.cumsum(pairs) / references, references)


def coordination(
    centres: ArrayLike, neighbours: ArrayLike, cutoff: float, box: ArrayLike | None = None
) -> np.ndarray:
    """Count the neighbours within the cutoff of each centre in one frame.

    Parameters
    ----------
    centres, neighbours : array_like, shapes (A, 3) and (B, 3)
        Give disjoint groups: a centre among its neighbours counts itself. Of a water with more
        sites than atoms, give the oxygens.
    cutoff : float
        The distance itself still counts.
    box : array_like, shape (3,), optional
        Lengths, 0 where not periodic. By default nothing is periodic.

    Returns
    -------
    count : int array, shape (A,)

    Raises
    ------
    ValueError
        A shape that does not fit, an entry that is not finite, a cutoff that is not positive or
        reaches beyond half of a periodic length.

    Examples
    --------
    >>> coordination([[0, 0, 0]], [[0, 0, 2.0], [9.5, 0, 0]], 3.0, [10.0, 10.0, 0.0]).tolist()
    [2]
    """
    a, b = finite(centres, "centres"), finite(neighbours, "neighbours")
    for points, name in ((a, "centres"), (b, "neighbours")):
        if points.ndim != 2 or points.shape[1] != 3:
            raise ValueError(f"{name} has shape {points.shape}, it must be (n, 3)")
    lengths = periodic_lengths(box)
    check_cutoff(cutoff, lengths)
    if len(b) == 0:
        return np.zeros(len(a), dtype=int)
    tree = scipy.spatial.cKDTree(_wrapped(b, lengths), boxsize=lengths)
    return np.asarray(
        tree.query_ball_point(_wrapped(a, lengths), cutoff, return_length=True), dtype=int
    )


def coordination_profile(
    z: ArrayLike, counts: ArrayLike, edges: ArrayLike, fewest: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Average the coordination number in each bin of z, over all ions and frames.

    Sum of the counts over number of ions, both over everything that was ever in the bin: a ratio
    of sums, not a mean of ratios.

    Parameters
    ----------
    z, counts : array_like, shape (n,)
        Of every ion in every frame.
    edges : array_like, shape (b + 1,)
        Ascending and evenly spaced.
    fewest : int
        Bins with fewer samples have no mean.

    Returns
    -------
    mean : array, shape (b,), NaN where there are too few samples
    samples : int array, shape (b,)

    Raises
    ------
    ValueError
        Arrays of different lengths, or a z outside the edges.

    Examples
    --------
    >>> coordination_profile([0.1, 0.2, 1.5], [6, 5, 4], [0.0, 1.0, 2.0, 3.0])[0].tolist()
    [5.5, 4.0, nan]
    """
    heights, numbers = np.asarray(z, dtype=float), finite(counts, "counts")
    if heights.shape != numbers.shape or heights.ndim != 1:
        raise ValueError(
            f"z and counts have shapes {heights.shape} and {numbers.shape}, not (n,) both"
        )
    samples = bin_sums(heights, edges)
    sums = bin_sums(heights, edges, numbers)
    enough = samples >= max(fewest, 1)
    mean = np.divide(sums, samples, out=np.full_like(sums, np.nan), where=enough)
    return mean, samples.astype(int)


def _shell_pairs(
    ours: np.ndarray, theirs: np.ndarray, radius: np.ndarray, box: ArrayLike
) -> np.ndarray:
    """Count the pairs in each shell; a particle and itself are within every radius, so in none."""
    lengths = np.asarray(box)
    trees = [
        scipy.spatial.cKDTree(_wrapped(points, lengths), boxsize=lengths)
        for points in (ours, theirs)
    ]
    return np.diff(trees[0].count_neighbors(trees[1], radius))


def _wrapped(points: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Wrap points into [0, L) along periodic axes, as cKDTree requires."""
    period = np.where(lengths > 0, lengths, 1.0)
    folded = points - np.where(lengths > 0, np.floor(points / period) * period, 0.0)
    # Rounding may leave L itself.
    return np.where((lengths > 0) & (folded >= period), 0.0, folded)


def _frames(positions: ArrayLike, name: str) -> np.ndarray:
    points = finite(positions, name)
    if points.ndim not in (2, 3) or points.shape[-1] != 3:
        raise ValueError(f"{name} has shape {points.shape}, it must be (T, n, 3) or (n, 3)")
    return points.reshape(-1, *points.shape[-2:])


def _edges(edges: ArrayLike) -> np.ndarray:
    radius = finite(edges, "edges")
    if radius.ndim != 1 or len(radius) < 2 or radius[0] < 0 or np.any(np.diff(radius) <= 0):
        raise ValueError("edges must be two or more radii, ascending from 0 or above")
    return radius


def _faces(faces: tuple[float, float]) -> tuple[float, float]:
    low, high = (float(face) for face in faces)
    if not low < high:
        raise ValueError(f"faces are {low} and {high}, the first must be below the second")
    return low, high
