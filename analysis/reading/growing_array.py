"""An array grows along its first axis as rows are appended to it."""

import numpy as np

FIRST = 2**14
"""Rows that are allocated at first."""
GROWTH = 1.125
"""Factor by which the allocation grows once it is full."""


class GrowingArray:
    """Rows are appended in place: joining thousands of small arrays would need twice the memory.

    Parameters
    ----------
    dtype
    shape : tuple of int
        Shape of one row.

    Examples
    --------
    >>> rows = GrowingArray(np.uint8)
    >>> rows.add([1, 2]), rows.add([3])
    (None, None)
    >>> rows.joined().tolist()
    [1, 2, 3]
    """

    def __init__(self, dtype, shape: tuple[int, ...] = ()):
        self.array = np.empty((FIRST, *shape), dtype=dtype)
        self.count = 0

    def add(self, rows) -> None:
        """Append rows (n, ...)."""
        end = self.count + len(rows)
        if end > len(self.array):
            self._resize(max(end, int(GROWTH * len(self.array))))
        self.array[self.count : end] = rows
        self.count = end

    def joined(self) -> np.ndarray:
        """Return all rows; none can be appended after this."""
        self._resize(self.count)
        return self.array

    def _resize(self, count: int) -> None:
        # In place, where np.concatenate would copy: nothing else refers to the array yet.
        self.array.resize((count, *self.array.shape[1:]), refcheck=False)
