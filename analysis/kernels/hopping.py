"""Residence at sites and hops between them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite
from analysis.kernels.contacts import periodic_lengths

FREE = -1
"""State of an ion that dwells at no site."""
BATCH = 2**16
"""Distances that are held at a time: half a MiB for each array, which stays in a core's cache."""


def site_states(
    positions: ArrayLike,
    sites: ArrayLike,
    enter: float,
    leave: float,
    box: ArrayLike | None = None,
) -> np.ndarray:
    """Assign each ion the site at which it resides in each frame, with hysteresis.

    An ion that is free joins the nearest site once that is within `enter`, and stays there until
    it is farther than `leave` from it, whatever else is near. In the frame in which it leaves, it
    joins the nearest other site if that is within `enter`. So neither a wobble across one radius
    nor a place between two sites makes hops: the stable states picture (D. Laage & J. T. Hynes,
    J. Phys. Chem. B 112, 7697 (2008)).

    Parameters
    ----------
    positions : array_like, shape (T, N, 3)
    sites : array_like, shape (T, S, 3), or (S, 3) for sites that do not move
    enter, leave : float
        0 < enter <= leave, in the unit of the positions.
    box : array_like, shape (3,) or (T, 3), optional
        Lengths, 0 where not periodic, in all frames. By default nothing is periodic.

    Returns
    -------
    state : int array, shape (T, N)
        Index of the site, -1 for none.

    Raises
    ------
    ValueError
        A shape that does not fit, radii of the wrong order, or an entry that is not finite.

    Examples
    --------
    >>> x = [[[0.5, 0, 0]], [[3.5, 0, 0]], [[4.5, 0, 0]], [[9.5, 0, 0]]]
    >>> site_states(x, [[0, 0, 0], [10.0, 0, 0]], enter=3.0, leave=4.0).ravel().tolist()
    [0, 0, -1, 1]
    """
    if not 0 < enter <= leave < np.inf:
        raise ValueError(f"enter is {enter} and leave {leave}: 0 < enter <= leave")
    points, places, lengths = _checked(positions, sites, box)
    state = np.empty(points.shape[:2], dtype=int)
    ions, current = np.arange(points.shape[1]), np.full(points.shape[1], FREE)
    for part, squares in _squares(points, places, lengths):
        nearest = squares.argmin(axis=2)
        least = np.take_along_axis(squares, nearest[..., None], axis=2)[..., 0]
        joined = np.where(least <= enter**2, nearest, FREE)
        far = squares > leave**2
        for frame, (join, gone) in enumerate(zip(joined, far, strict=True), part.start):
            # current is -1 for a free ion: the last site is looked up for it, and not used.
            current = np.where((current == FREE) | gone[ions, current], join, current)
            state[frame] = current
    return state


def near(
    positions: ArrayLike, sites: ArrayLike, cutoff: float, box: ArrayLike | None = None
) -> np.ndarray:
    """Test whether any site is within the cutoff of each ion, in each frame by itself.

    Parameters
    ----------
    positions, sites, box
        As of `site_states`.
    cutoff : float
        The distance itself is still near.

    Returns
    -------
    near : bool array, shape (T, N)

    Examples
    --------
    >>> near([[[0.5, 0, 0]], [[3.5, 0, 0]]], [[0, 0, 0], [10.0, 0, 0]], 3.0).ravel().tolist()
    [True, False]
    """
    if not 0 < cutoff < np.inf:
        raise ValueError(f"cutoff is {cutoff}, it must be positive")
    points, places, lengths = _checked(positions, sites, box)
    within = np.empty(points.shape[:2], dtype=bool)
    for part, squares in _squares(points, places, lengths):
        within[part] = squares.min(axis=2) <= cutoff**2
    return within


def _checked(
    positions: ArrayLike, sites: ArrayLike, box: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Check and return positions (T, N, 3), sites (T or 1, S, 3) and box (3,) or (T, 3)."""
    points, places = np.asarray(positions), np.asarray(sites)
    if points.ndim != 3 or points.shape[2] != 3 or 0 in points.shape:
        raise ValueError(
            f"positions has shape {points.shape}, it must be (T, N, 3) with a frame and an ion"
        )
    fits = places.shape[-1:] == (3,) and places.ndim in (2, 3) and places.shape[-2] > 0
    if not fits or (places.ndim == 3 and len(places) != len(points)):
        raise ValueError(
            f"sites has shape {places.shape}, it must be (S, 3) or ({len(points)}, S, 3)"
        )
    finite(points, "positions"), finite(places, "sites")
    lengths = periodic_lengths(box)
    if lengths.shape not in ((3,), (len(points), 3)):
        raise ValueError(f"box has shape {lengths.shape}, it must be (3,) or ({len(points)}, 3)")
    return points, places if places.ndim == 3 else places[None], lengths


def _squares(
    points: np.ndarray, places: np.ndarray, lengths: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield squared distances (b, N, S) between nearest images, some frames at a time."""
    each = max(1, BATCH // (points.shape[1] * places.shape[1]))
    for begin in range(0, len(points), each):
        part = slice(begin, min(begin + each, len(points)))
        theirs = places[part] if len(places) > 1 else places
        total = np.zeros((part.stop - begin, points.shape[1], theirs.shape[1]))
        for axis in range(3):
            ours = points[part, :, axis, None].astype(float)
            apart = ours - theirs[:, None, :, axis]
            length = lengths[axis] if lengths.ndim == 1 else lengths[part, axis][:, None, None]
            if np.all(length > 0):
                images = np.rint(apart / length)
                images *= length
                apart -= images
            apart *= apart
            total += apart
        yield part, total


def dwells(state: ArrayLike) -> pd.DataFrame:
    """Tabulate the uninterrupted stays of ions at sites.

    Parameters
    ----------
    state : array_like of int, shape (T, N)
        As of `site_states`.

    Returns
    -------
    stays : DataFrame, ordered by ion and start
        ion, site, start and end in frames (end exclusive), left_censored and right_censored as of
        `contact_events`: `mean_lifetime` and `survival` take it for residence times.

    Raises
    ------
    ValueError
        An array that is not of integers or has another shape, or a state below -1.

    Examples
    --------
    >>> dwells([[0], [0], [-1], [1]])[["site", "start", "end"]].to_numpy().tolist()
    [[0, 0, 2], [1, 3, 4]]
    """
    states = np.asarray(state)
    if states.ndim != 2 or 0 in states.shape or not np.issubdtype(states.dtype, np.integer):
        raise ValueError(
            f"state has shape {states.shape} and type {states.dtype}, it must be whole numbers "
            "(T, N) with a frame and an ion"
        )
    if states.min() < FREE:
        raise ValueError(f"state has an entry {states.min()}, allowed are sites and {FREE}")
    frames = len(states)
    paths = states.T
    changes = paths[:, 1:] != paths[:, :-1]
    begins = np.pad(changes, ((0, 0), (1, 0)), constant_values=True)
    ends = np.pad(changes, ((0, 0), (0, 1)), constant_values=True)
    ion, start = np.nonzero(begins)
    end = np.nonzero(ends)[1] + 1
    site = paths[ion, start]
    stays = pd.DataFrame(
        {
            "ion": ion,
            "site": site,
            "start": start,
            "end": end,
            "left_censored": start == 0,
            "right_censored": end == frames,
        }
    )
    return stays[site != FREE].reset_index(drop=True)


def hops(stays: pd.DataFrame) -> pd.DataFrame:
    """Tabulate the moves of ions from one stay to the next.

    Parameters
    ----------
    stays : DataFrame
        As of `dwells`.

    Returns
    -------
    hops : DataFrame, ordered by ion and time
        ion; origin and target, which are equal if the ion came back to the site it had left; left,
        the first frame away from the origin, and arrived, the first at the target: equal if the
        ion was handed over.

    Raises
    ------
    ValueError
        A column that is missing.

    Examples
    --------
    >>> hops(dwells([[0], [-1], [1], [0]]))[["origin", "target", "left"]].to_numpy().tolist()
    [[0, 1, 1], [1, 0, 3]]
    """
    missing = [name for name in ("ion", "site", "start", "end") if name not in stays]
    if missing:
        raise ValueError(f"stays has no column {', '.join(missing)}")
    ordered = stays.sort_values(["ion", "start"], ignore_index=True)
    before, after = ordered.iloc[:-1], ordered.iloc[1:].reset_index(drop=True)
    moves = pd.DataFrame(
        {
            "ion": after["ion"],
            "origin": before["site"],
            "target": after["site"],
            "left": before["end"],
            "arrived": after["start"],
        }
    )
    return moves[(before["ion"] == after["ion"]).to_numpy(dtype=bool)].reset_index(drop=True)


def hop_counts(moves: pd.DataFrame, sites: int) -> np.ndarray:
    """Count the hops from each site to each, shape (S, S); the diagonal holds returns.

    Divided by the frames that ions spent at the origin (sum of the stays) it is a rate.

    Raises
    ------
    ValueError
        A site that is not one of the `sites`.

    Examples
    --------
    >>> hop_counts(hops(dwells([[0], [1], [0], [1]])), 2).tolist()
    [[0, 2], [1, 0]]
    """
    ends = moves[["origin", "target"]].to_numpy(dtype=int)
    if len(ends) and not (ends.min() >= 0 and ends.max() < sites):
        raise ValueError(f"hops lead between sites {ends.min()} and {ends.max()} of {sites}")
    counts = np.zeros((sites, sites), dtype=int)
    np.add.at(counts, tuple(ends.T), 1)
    return counts
