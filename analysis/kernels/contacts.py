"""Contacts between particles: distance criterion, and begin and end of each contact."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite

BATCH = 2**20
"""Distances that are held at a time: 8 MiB for each coordinate."""
COLUMNS = ("pair", "start", "end", "left_censored", "right_censored")


def within(
    first: ArrayLike, second: ArrayLike, cutoff: float, box: ArrayLike | None = None
) -> np.ndarray:
    """Test every pair of two groups for a distance within the cutoff, frame by frame.

    Parameters
    ----------
    first, second : array_like, shapes (T, A, 3) and (T, B, 3), or (A, 3) and (B, 3)
        Wrapped or not.
    cutoff : float
        The distance itself is still a contact.
    box : array_like, shape (3,) or (T, 3), optional
        Lengths, 0 where not periodic; the nearest image counts. By default nothing is periodic.

    Returns
    -------
    contact : bool array, shape (T, A, B) or (A, B)

    Raises
    ------
    ValueError
        A shape that does not fit, an entry that is not finite, a cutoff that is not positive or
        reaches beyond half of a periodic length.

    Examples
    --------
    >>> within([[0, 0, 0]], [[0, 0, 2.0], [9.5, 0, 0]], cutoff=1.0, box=[10.0, 10.0, 0.0])
    array([[False,  True]])
    """
    a, b = finite(first, "first"), finite(second, "second")
    if a.ndim not in (2, 3) or a.ndim != b.ndim or a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(
            f"first and second have shapes {a.shape} and {b.shape}, they must be (T, A, 3) and "
            "(T, B, 3), or (A, 3) and (B, 3)"
        )
    a, b = (points.reshape(-1, *points.shape[-2:]) for points in (a, b))
    if len(a) != len(b):
        raise ValueError(f"first has {len(a)} frames and second {len(b)}")
    lengths = periodic_lengths(box)
    check_cutoff(cutoff, lengths)
    lengths = np.broadcast_to(lengths, (len(a), 3))
    contact = np.empty((len(a), a.shape[1], b.shape[1]), dtype=bool)
    each = max(1, BATCH // max(1, a.shape[1] * b.shape[1]))
    for begin in range(0, len(a), each):
        part = slice(begin, begin + each)
        apart = nearest_image(a[part, :, None] - b[part, None, :], lengths[part, None, None, :])
        contact[part] = np.einsum("...i,...i->...", apart, apart) <= cutoff**2
    return contact if np.ndim(first) == 3 else contact[0]


def check_cutoff(cutoff: float, lengths: np.ndarray) -> None:
    """Raise ValueError unless a cutoff is positive and within half of each periodic length."""
    if not cutoff > 0 or np.any((lengths > 0) & (cutoff > lengths / 2)):
        raise ValueError(
            f"cutoff is {cutoff:g}, it must be positive and at most half of each periodic length"
        )


def periodic_lengths(box: ArrayLike | None) -> np.ndarray:
    """Convert a box to lengths (..., 3), zeros for None; raises ValueError for anything else."""
    lengths = np.zeros(3) if box is None else finite(box, "box")
    if lengths.shape[-1:] != (3,) or np.any(lengths < 0):
        raise ValueError(
            f"box is {box!s}, it must be three lengths, positive, or 0 where not periodic"
        )
    return lengths


def nearest_image(apart: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Apply the minimum image convention to vectors (..., 3); lengths 0 where not periodic."""
    if not np.any(lengths):
        return apart
    period = np.where(lengths > 0, lengths, np.inf)
    return np.asarray(apart - np.where(lengths > 0, lengths * np.rint(apart / period), 0.0))


def contact_events(contact: ArrayLike, gap: int = 0) -> pd.DataFrame:
    """Tabulate the uninterrupted contacts of each pair, as begin and end frames.

    Parameters
    ----------
    contact : array_like of bool, shape (T, P) or (T, A, B)
        Frames evenly spaced in time; with two groups, pair a B + b is ion a with partner b.
    gap : int
        Interruptions of up to so many frames do not end a contact and count as part of it. What
        comes back after the last frame is not known: an end in the last frames stays an end.

    Returns
    -------
    events : DataFrame, ordered by pair and start
        pair; start and end in frames, end exclusive; left_censored if in contact in the first
        frame (it began before), right_censored if in the last one (its end was not seen). With
        two groups, ion and partner, too.

    Raises
    ------
    ValueError
        An array that is not bool or has another shape, or a gap that is no whole number >= 0.

    Examples
    --------
    >>> events = contact_events([[True], [False], [True], [False], [False]], gap=1)
    >>> events[["start", "end"]].to_numpy().tolist()
    [[0, 3]]
    """
    touching = np.asarray(contact)
    if touching.dtype != bool or touching.ndim not in (2, 3) or len(touching) == 0:
        raise ValueError(
            f"contact has shape {touching.shape} and type {touching.dtype}, it must be bool and "
            "(T, P) or (T, A, B) with at least one frame"
        )
    if gap != int(gap) or gap < 0:
        raise ValueError(f"gap is {gap}, it must be a whole number of frames, 0 or more")
    frames, partners = len(touching), touching.shape[2] if touching.ndim == 3 else None
    pair, start, end = _runs(touching.reshape(frames, -1))
    # A run joins the one before it if that is of the same pair and close enough.
    joins = (pair[1:] == pair[:-1]) & (start[1:] - end[:-1] <= gap)
    first = np.concatenate([[True], ~joins])[: len(pair)]
    last = np.concatenate([~joins, [True]])[: len(pair)]
    pair, start, end = pair[first], start[first], end[last]
    columns = (pair, start, end, start == 0, end == frames)
    events = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
    if partners is not None:
        events["ion"], events["partner"] = np.divmod(pair, max(1, partners))
    return events


def _runs(touching: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find column, begin and exclusive end of each run of True down the columns."""
    # Booleans by column are 8 times smaller than the differences of integers would be.
    columns = np.ascontiguousarray(touching.T)
    before = np.pad(columns[:, :-1], ((0, 0), (1, 0)))
    after = np.pad(columns[:, 1:], ((0, 0), (0, 1)))
    column, start = np.nonzero(columns & ~before)
    return column, start, np.nonzero(columns & ~after)[1] + 1
