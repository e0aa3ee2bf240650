"""Crossings of a membrane: the side that particles entered from, and when they came through."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite

FEED, FROM_FEED, STARTED_INSIDE, FROM_PERMEATE, PERMEATE = -2, -1, 0, 1, 2
"""States of `five_states`: the reservoirs, and inside by the way in."""
NEVER = -1
"""Frame of `first_frame` where there is none."""


def passed(z: ArrayLike, plane: float, margin: float = 0.0) -> np.ndarray:
    """Test whether particles are beyond a plane, with hysteresis.

    It is beyond once z > plane + margin and no longer once z < plane - margin; between the two it
    stays what it was. In the first frame the plane itself decides.

    Parameters
    ----------
    z : array_like, shape (T, N)
    plane, margin : float
        In the unit of z; margin >= 0.

    Returns
    -------
    beyond : bool array, shape (T, N)

    Raises
    ------
    ValueError
        Another shape, a negative margin, or an entry that is not finite.

    Examples
    --------
    >>> passed([[-3], [1], [3], [-1], [-3]], plane=0.0, margin=2.0).ravel().tolist()
    [False, False, True, True, False]
    """
    heights = finite(z, "z")
    if heights.ndim != 2 or len(heights) == 0:
        raise ValueError(f"z has shape {heights.shape}, it must be (T, N) with a frame")
    if not 0 <= margin < np.inf:
        raise ValueError(f"margin is {margin}, it must be 0 or more")
    on = heights > plane + margin
    decided = on | (heights < plane - margin)
    decided[0], on[0] = True, heights[0] > plane
    # Undecided frames take the last decided one.
    frames = np.where(decided, np.arange(len(heights))[:, None], 0)
    return np.take_along_axis(on, np.maximum.accumulate(frames, axis=0), axis=0)


def five_states(
    z: ArrayLike,
    feed: float,
    permeate: float,
    margin: float = 0.0,
    rounds: ArrayLike | None = None,
) -> np.ndarray:
    """Assign each particle the reservoir it is in, or the side it entered the membrane from.

    The states of permeation.tcl, of the nanotube tutorial of VMD: in the feed reservoir (-2),
    inside having come from the feed (-1), inside from the start (0), inside having come from the
    permeate (1), in the permeate reservoir (2). There a particle on a face changes its state with
    every wobble; here it is across only once it is a margin beyond (see `passed`). One that is
    found in the other reservoir went through, unless it came round the end of a periodic box.

    Parameters
    ----------
    z : array_like, shape (T, N)
    feed, permeate : float
        Faces, feed < permeate.
    margin : float
    rounds : array_like of int, shape (T, N), optional
        How often each particle has come round the end of a box that is periodic along z, upwards
        positive. Whoever has just come round upwards is in the feed reservoir, whatever it was in.

    Returns
    -------
    state : int8 array, shape (T, N)

    Raises
    ------
    ValueError
        Faces of the wrong order, or what `passed` refuses.

    Examples
    --------
    >>> five_states([[-9], [0], [-9], [0], [9], [0]], feed=-5, permeate=5).ravel().tolist()
    [-2, -1, -2, -1, 2, 1]
    """
    if not feed < permeate:
        raise ValueError(f"feed is {feed:g} and permeate {permeate:g}: feed < permeate")
    entered, left = passed(z, feed, margin), passed(z, permeate, margin)
    state = np.where(left, PERMEATE, np.where(entered, STARTED_INSIDE, FEED)).astype(np.int8)
    # Inside, the last frame in a reservoir says from where: half of its state.
    reservoir = state if rounds is None else np.where(came_round(rounds), came_round(rounds), state)
    frames = np.where(reservoir != STARTED_INSIDE, np.arange(len(state))[:, None], -1)
    last = np.maximum.accumulate(frames, axis=0)
    origin = np.take_along_axis(reservoir, np.maximum(last, 0), axis=0) // 2
    inside = (state == STARTED_INSIDE) & (last >= 0)
    return np.where(inside, origin, state).astype(np.int8)


def came_round(rounds: ArrayLike) -> np.ndarray:
    """Return the reservoir that each particle came into round the end of the box, 0 for none.

    >>> came_round([[0], [1], [1], [0]]).ravel().tolist()
    [0, -2, 0, 2]
    """
    steps = np.diff(np.asarray(rounds, dtype=int), axis=0, prepend=np.asarray(rounds)[:1])
    return np.where(steps > 0, FEED, np.where(steps < 0, PERMEATE, 0)).astype(np.int8)


def changes(state: ArrayLike, rounds: ArrayLike | None = None) -> pd.DataFrame:
    """Tabulate every change of a state in time.

    Parameters
    ----------
    state : array_like of int, shape (T, N)
        As of `five_states`.
    rounds : array_like of int, shape (T, N), optional
        As of `five_states`: who comes round the end of the box goes from one reservoir to the other
        without a change, and one that is inside in the same frame came from the reservoir there.

    Returns
    -------
    changes : DataFrame, ordered by ion and frame
        ion; frame, the first in the new state; before and after.

    Examples
    --------
    >>> changes([[-2], [-2], [-1]]).to_numpy().tolist()
    [[0, 2, -2, -1]]
    """
    paths = np.asarray(state).T
    before = paths[:, :-1]
    if rounds is not None:
        arrived = came_round(rounds).T[:, 1:]
        before = np.where(arrived, arrived, before)
    ion, frame = np.nonzero(paths[:, 1:] != before)
    return pd.DataFrame(
        {
            "ion": ion,
            "frame": frame + 1,
            "before": before[ion, frame].astype(int),
            "after": paths[ion, frame + 1].astype(int),
        }
    )


def first_frame(happened: ArrayLike, since: ArrayLike | None = None) -> np.ndarray:
    """Find the first frame in which a condition holds for each particle, -1 for none.

    Parameters
    ----------
    happened : array_like of bool, shape (T, N)
    since : array_like of int, shape (N,), optional
        Frames before it do not count; -1 for a particle for which none counts.

    Returns
    -------
    frame : int array, shape (N,)

    Examples
    --------
    >>> first_frame([[True, False], [False, False], [True, True]], since=[1, 0]).tolist()
    [2, 2]
    """
    true = np.asarray(happened, dtype=bool)
    if since is not None:
        begin = np.asarray(since)
        true = true & (np.arange(len(true))[:, None] >= begin) & (begin >= 0)
    return np.where(true.any(axis=0), true.argmax(axis=0), NEVER)
