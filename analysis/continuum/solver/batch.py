"""Batches are dataclasses of arrays with one entry for every problem along a declared axis.

A field that has such an axis says so in its metadata, FIRST or LAST (for a batch inside a batch
either); the other fields belong to all problems.
"""

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

import numpy as np

from analysis.continuum.arrays import Ints

Batch = TypeVar("Batch")

AXIS = "batch axis"
FIRST, LAST = {AXIS: 0}, {AXIS: -1}


@cache
def _axes(kind: Any) -> tuple[tuple[str, int | None], ...]:
    return tuple((field.name, field.metadata.get(AXIS)) for field in fields(kind))


def take(batch: Batch, rows: Ints) -> Batch:
    """Some problems of a batch, by their indices; arrays are contiguous whichever axis is taken.

    >>> from dataclasses import dataclass, field
    >>> @dataclass
    ... class Pair:
    ...     name: str
    ...     first: np.ndarray = field(metadata=FIRST)
    ...     last: np.ndarray = field(metadata=LAST)
    >>> take(Pair("a", np.arange(3), np.arange(6).reshape(2, 3)), np.array([0, 2]))
    Pair(name='a', first=array([0, 2]), last=array([[0, 2],
           [3, 5]]))
    """
    kind: Any = type(batch)
    values = {}
    for name, axis in _axes(kind):
        value = getattr(batch, name)
        if axis is not None and value is not None:
            is_array = isinstance(value, np.ndarray)
            value = value.take(rows, axis=axis) if is_array else take(value, rows)
        values[name] = value
    selected: Batch = kind(**values)
    return selected


def concatenate(batches: Sequence[Batch]) -> Batch:
    """One batch of the problems of several, which agree in all fields without such an axis."""
    kind: Any = type(batches[0])
    values = {}
    for name, axis in _axes(kind):
        parts = [getattr(batch, name) for batch in batches]
        value = parts[0]
        if axis is not None and value is not None:
            is_array = isinstance(value, np.ndarray)
            value = np.concatenate(parts, axis=axis) if is_array else concatenate(parts)
        values[name] = value
    joined: Batch = kind(**values)
    return joined
