"""Wrapping into the periodic box and unwrapping of trajectories."""

import numpy as np
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite

LONGEST_STEP = 0.4
"""Share of the box length that a step may have: beyond it the nearest image is a guess."""


def _lengths(box: ArrayLike, dimensions: int) -> np.ndarray:
    lengths = finite(box, "box")
    if lengths.shape[-1] != dimensions:
        raise ValueError(f"box has {lengths.shape[-1]} lengths for {dimensions} coordinates")
    if np.any(lengths < 0):
        raise ValueError("box lengths must be positive, or 0 where the box is not periodic")
    return lengths


def wrap(positions: ArrayLike, box: ArrayLike) -> np.ndarray:
    """Wrap positions by whole box lengths into [-L/2, L/2).

    Parameters
    ----------
    positions : array_like, shape (..., d)
    box : array_like, shape (d,) or broadcastable to positions
        Lengths in the unit of the positions, 0 where not periodic.

    Raises
    ------
    ValueError
        An entry that is not finite, a negative length.

    Examples
    --------
    >>> wrap([[2.6, 7.0]], [5.0, 0.0]).tolist()
    [[-2.4, 7.0]]
    """
    points = finite(positions, "positions")
    lengths = _lengths(box, points.shape[-1])
    period = np.where(lengths > 0, lengths, 1.0)
    images = np.where(lengths > 0, np.floor(points / period + 0.5), 0.0)
    inside: np.ndarray = points - images * period
    # The subtraction may round up to L/2 itself, which belongs to the next image.
    return np.where((lengths > 0) & (inside >= period / 2), inside - period, inside)


def unwrap(positions: ArrayLike, box: ArrayLike) -> np.ndarray:
    """Unwrap trajectories by the toroidal-view-preserving scheme.

    u(i+1) = u(i) + d - L(i+1) round(d / L(i+1)) with d = w(i+1) - w(i) (von Buelow, Bullerjahn &
    Hummer 2020): displacements are right in a box of any history, which scaling by images is not.

    Parameters
    ----------
    positions : array_like, shape (T, N, d)
        Frames in order.
    box : array_like, shape (T, d) or (d,)
        Lengths of each frame in the unit of the positions, 0 where not periodic.

    Returns
    -------
    positions : array, shape (T, N, d), float64; the first frame is as given

    Raises
    ------
    ValueError
        An entry that is not finite, a negative length, or a step longer than 0.4 L: the frames
        are then too far apart in time to tell which way a particle went.

    Examples
    --------
    >>> unwrap([[[2.0]], [[-2.0]]], [5.0]).ravel().tolist()
    [2.0, 3.0]
    """
    points = finite(positions, "positions")
    if points.ndim != 3:
        raise ValueError(f"positions has shape {points.shape}, it must be (T, N, d)")
    lengths = np.broadcast_to(_lengths(box, points.shape[2]), (len(points), points.shape[2]))
    later = lengths[1:, None, :]
    steps = np.diff(points, axis=0)
    period = np.where(later > 0, later, 1.0)
    steps = steps - np.where(later > 0, np.round(steps / period), 0.0) * period
    far = (later > 0) & (np.abs(steps) > LONGEST_STEP * later)
    if far.any():
        frame, particle, axis = (int(i) for i in np.argwhere(far)[0])
        raise ValueError(
            f"particle {particle} moves {abs(steps[frame, particle, axis]):.3g} along axis {axis} "
            f"between frames {frame} and {frame + 1}, more than {LONGEST_STEP} of the box length "
            f"{later[frame, 0, axis]:.3g}: store frames more often"
        )
    return np.concatenate([points[:1], points[:1] + np.cumsum(steps, axis=0)])
