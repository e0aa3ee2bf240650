"""Which backend a batch runs on where the caller does not say.

Compiling the loops takes as long as some 50,000 problems on arrays take, once on a machine; reading
them again takes as long as 3,000, or as a few of the hard ones that a search over wide bounds
tries. So a process solves its first problems on arrays, and only a few.
"""

NUMPY, NUMBA = BACKENDS = ("numpy", "numba")
ON_ARRAYS = 300
"""Problems of a process that are solved on arrays before the loops are worth their start."""


class Meter:
    """Counts the problems of a process.

    >>> meter = Meter()
    >>> meter.backend(10), meter.backend(ON_ARRAYS), meter.backend(10)
    ('numpy', 'numba', 'numba')
    """

    def __init__(self) -> None:
        self._solved = 0

    def backend(self, problems: int) -> str:
        """Return the backend for so many problems more."""
        self._solved += problems
        return NUMBA if self._solved > ON_ARRAYS else NUMPY


METER = Meter()
