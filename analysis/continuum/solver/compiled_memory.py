"""Arrays for Numba loops that are cut from one block of memory and are not counted.

Numba counts the references to every array that it makes or is given, with locked instructions at
each call of a function; in loops over a few ions that is most of the time, and more where threads
count the same array. Arrays of a pointer are not counted. Whoever calls a loop keeps alive the
block, and every array that rows are taken of.
"""

from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.extending import intrinsic


def _as_pointer(typing_context: Any, address: Any) -> Any:
    """The address as a pointer to numbers."""
    pointer: Any = types.CPointer
    kind = pointer(types.float64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(kind))

    return kind(types.uintp), generate


_pointer: Any = intrinsic(_as_pointer)


@njit(error_model="numpy")
def _cut(block: np.ndarray, used: np.ndarray, size: int) -> int:
    """Address of the next numbers of a block; ``used`` (1,) is how many were cut from it before."""
    start = used[0]
    used[0] += size
    if used[0] > len(block):
        raise MemoryError("the block of memory is too small for the arrays of the march")
    address: int = block.ctypes.data + 8 * start
    return address


@njit(error_model="numpy")
def row(block: np.ndarray, used: np.ndarray, size: int) -> np.ndarray:
    """An array (size,) of the block's next numbers."""
    return carray(_pointer(np.uintp(_cut(block, used, size))), (size,))


@njit(error_model="numpy")
def table(block: np.ndarray, used: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """An array (rows, columns) of the block's next numbers."""
    return carray(_pointer(np.uintp(_cut(block, used, rows * columns))), (rows, columns))


@njit(error_model="numpy")
def stack(block: np.ndarray, used: np.ndarray, layers: int, rows: int, columns: int) -> np.ndarray:
    """An array (layers, rows, columns) of the block's next numbers."""
    start = _cut(block, used, layers * rows * columns)
    return carray(_pointer(np.uintp(start)), (layers, rows, columns))


@njit(error_model="numpy")
def row_at(address: int, index: int, size: int) -> np.ndarray:
    """A row of a contiguous array (B, size) that begins at an address, not counted either."""
    return carray(_pointer(np.uintp(address + 8 * index * size)), (size,))


@njit(error_model="numpy")
def table_at(address: int, index: int, rows: int, columns: int) -> np.ndarray:
    """A table of a contiguous array (B, rows, columns) that begins at an address."""
    start = address + 8 * index * rows * columns
    return carray(_pointer(np.uintp(start)), (rows, columns))
