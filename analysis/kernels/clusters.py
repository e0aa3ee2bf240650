"""Ion clusters: connected components of the contacts between two groups of ions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite

PAIR = 2
"""Ions of the smallest cluster that is one."""


@dataclass(frozen=True)
class Clusters:
    """The clusters of every frame; an ion without contact is a cluster of size 1.

    Attributes
    ----------
    label : int array, shape (T, A + B)
        Row of `table` that each ion belongs to: the A ions of the first group, then the B others.
    table : DataFrame
        One row per frame and cluster: frame, size, first and second (ions of each group), charge.
    """

    label: np.ndarray
    table: pd.DataFrame

    def size(self) -> np.ndarray:
        """Return the size of the cluster of each ion, shape (T, A + B)."""
        return np.asarray(self.table["size"].to_numpy()[self.label])

    def share(self, smallest: int = PAIR) -> np.ndarray:
        """Return the share of ions in clusters of at least `smallest` ions in each frame, (T,)."""
        if smallest < 1:
            raise ValueError(f"smallest is {smallest}, it must be 1 or more")
        return np.asarray((self.size() >= smallest).mean(axis=1))

    def largest(self) -> np.ndarray:
        """Return the size of the largest cluster of each frame, shape (T,)."""
        return np.asarray(self.size().max(axis=1))


def clusters(contact: ArrayLike, charges_first: ArrayLike, charges_second: ArrayLike) -> Clusters:
    """Find the clusters of two groups of ions in every frame: connected components of contacts.

    Ions are in one cluster if a chain of contacts leads from one to the other. Two ions of one
    group are joined only through ions of the other group: like charges stand near each other
    because of what is between them.

    Parameters
    ----------
    contact : array_like of bool, shape (T, A, B) or (A, B)
        As of `within`: say, cations and anions. One of the groups may be empty.
    charges_first, charges_second : array_like, shapes (A,) and (B,), or a number for a group
        Elementary charges.

    Raises
    ------
    ValueError
        An array that is not bool or has another shape, no ion, or charges that do not fit.

    Examples
    --------
    >>> found = clusters([[True, True, False]], 2.0, -1.0)  # one Ca2+ between two of three Cl-
    >>> found.table[["size", "charge"]].to_numpy().tolist()
    [[3.0, 0.0], [1.0, -1.0]]
    >>> found.share().tolist(), found.largest().tolist()
    ([0.75], [3])
    """
    touching = np.asarray(contact)
    touching = touching[None] if touching.ndim == 2 else touching
    if (
        touching.dtype != bool
        or touching.ndim != 3
        or not len(touching)
        or not sum(touching.shape[1:])
    ):
        raise ValueError(
            f"contact has shape {np.shape(contact)} and type {touching.dtype}, it must be bool and "
            "(T, A, B) or (A, B), with at least one frame and ion"
        )
    frames, first, second = touching.shape
    ions = first + second
    charges = np.concatenate(
        [
            _charges(charges_first, first, "charges_first"),
            _charges(charges_second, second, "charges_second"),
        ]
    )
    frame, one, other = np.nonzero(touching)
    # All frames are one graph, in which ions of different frames never touch.
    edges = (frame * ions + one, frame * ions + first + other)
    graph = scipy.sparse.coo_array(
        (np.ones(len(frame), dtype=np.int8), edges), shape=(frames * ions,) * 2
    )
    count, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    of_first = np.tile(np.arange(ions) < first, frames)
    sums = {
        "size": np.bincount(label, minlength=count),
        "first": np.bincount(label[of_first], minlength=count),
        "second": np.bincount(label[~of_first], minlength=count),
        "charge": np.bincount(label, np.tile(charges, frames), minlength=count),
    }
    at = np.empty(count, dtype=int)
    at[label] = np.repeat(np.arange(frames), ions)
    return Clusters(label.reshape(frames, ions), pd.DataFrame({"frame": at, **sums}))


def _charges(charges: ArrayLike, count: int, name: str) -> np.ndarray:
    values = finite(charges, name)
    if values.shape not in ((), (count,)):
        raise ValueError(f"{name} has shape {values.shape} for {count} ions")
    return np.broadcast_to(values, (count,))
