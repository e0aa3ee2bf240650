"""Molecules counted through a plane, from which of its sides they are seen on."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def net_passages(
    frame: ArrayLike, molecule: ArrayLike, z: ArrayLike, plane: float, frames: int, longest: int
) -> NDArray[np.int64]:
    """Count passages upwards less those downwards through a plane, up to each frame.

    A molecule has passed when it is on the other side than it was when it was last seen, at most
    ``longest`` frames before: who leaves the range in which molecules are seen and comes back on
    the same side has not.

    Parameters
    ----------
    frame, molecule, z : array_like, shape (n,)
        Number of the frame, label and height of each sighting, in any order.
    plane : float
    frames : int
        Number of all frames, of which the results are as many.
    longest : int
        Frames after which a molecule that was not seen counts as another one.

    Examples
    --------
    Molecule 5 comes up through 0, molecule 7 goes down and comes back:

    >>> seen = [0, 0, 1, 1, 2], [5, 7, 5, 7, 7], [-1.0, 1.0, 1.0, -1.0, 1.0]
    >>> net_passages(*seen, plane=0.0, frames=3, longest=2).tolist()
    [0, 0, 1]
    """
    frame, molecule = np.asarray(frame), np.asarray(molecule)
    above = np.asarray(z) > plane
    order = np.lexsort((frame, molecule))
    frame, molecule, above = frame[order], molecule[order], above[order].astype(int)
    same = (np.diff(molecule) == 0) & (np.diff(frame) <= longest)
    steps = np.bincount(frame[1:], weights=np.where(same, np.diff(above), 0), minlength=frames)
    return np.cumsum(steps).round().astype(np.int64)
