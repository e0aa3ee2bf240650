"""Rows that come a few at a time, kept in one array."""

import numpy as np

FIRST = 2**14
"""Rows that there is room for at first."""
GROWTH = 1.125
"""Room grows by so much where it is used up."""


class Rows:
    """An array that grows: thousands of small ones would have to be held twice to be joined.

    Parameters
    ----------
    dtype
    shape : tuple of int
        Of one row.

    Examples
    --------
    >>> rows = Rows(np.uint8)
    >>> rows.add([1, 2]), rows.add([3])
    (None, None)
    >>> rows.joined().tolist()
    [1, 2, 3]
    """

    def __init__(self, dtype, shape: tuple[int, ...] = ()):
        self.array = np.empty((FIRST, *shape), dtype=dtype)
        self.count = 0

    def add(self, rows) -> None:
        """Put rows (n, ...) after those that are there."""
        end = self.count + len(rows)
        if end > len(self.array):
            self._resize(max(end, int(GROWTH * len(self.array))))
        self.array[self.count : end] = rows
        self.count = end

    def joined(self) -> np.ndarray:
        """All rows; nothing can be added any more."""
        self._resize(self.count)
        return self.array

    def _resize(self, count: int) -> None:
        # In place, where np.concatenate would copy: nothing else refers to the array yet.
        self.array.resize((count, *self.array.shape[1:]), refcheck=False)
