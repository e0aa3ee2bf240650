"""What several formats need: atomic numbers and tables of distinct parameters."""

import numpy as np

ATOMIC_NUMBERS = {"H": 1, "C": 6, "N": 7, "O": 8, "Cl": 17}


def distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct rows (K, V) of values (T, V), and the row of each term, (T,).

    >>> table, row = distinct(np.array([[1.0, 2.0], [0.0, 1.0], [1.0, 2.0]]))
    >>> table.tolist(), row.tolist()
    ([[0.0, 1.0], [1.0, 2.0]], [1, 0, 1])
    """
    table, row = np.unique(values, axis=0, return_inverse=True)
    return table, row.reshape(-1)
