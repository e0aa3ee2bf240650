"""Geometry of a transport cell along z: two reservoirs, the membrane between, closed ends."""

from dataclasses import dataclass

import numpy as np

PERMEATED_ABOVE = 4e-9
"""m; ions beyond count as permeated in the study of charge effects that is followed."""


@dataclass(frozen=True)
class Geometry:
    """A cell from its feed end to its permeate end, both closed.

    z = 0 is the membrane's centre of mass, as in the tables of runs; in a `symmetric` cell, its
    middle.

    Attributes
    ----------
    ends : (low, high), m
        Where the centres of ions can get to: the pistons, less how near they let an ion come.
    faces : (low, high), m
        Of the membrane, within the ends; the feed is below.
    area : m2
        Cross-section of the box.
    marks : m
        Places beyond which ions are counted, which become faces of cells.

    Raises
    ------
    ValueError
        Naming what is out of order.

    >>> cell = Geometry.symmetric(reservoir=4.6e-9, membrane=5e-9, area=5.2e-9**2)
    >>> [round(1e9 * z, 3) for z in (*cell.ends, *cell.faces)]
    [-7.1, 7.1, -2.5, 2.5]
    """

    ends: tuple[float, float]
    faces: tuple[float, float]
    area: float
    marks: tuple[float, ...] = (0.0, PERMEATED_ABOVE)

    def __post_init__(self) -> None:
        places = np.array([self.ends[0], *self.faces, self.ends[1]], dtype=float)
        if not (np.isfinite(places).all() and (np.diff(places) > 0).all()):
            listed = ", ".join(f"{z:g}" for z in places)
            raise ValueError(f"feed end, faces, permeate end are {listed} m, allowed is rising")
        if not 0 < self.area < np.inf:
            raise ValueError(f"area is {self.area:g} m2, allowed is positive")

    @classmethod
    def symmetric(cls, reservoir: float, membrane: float, area: float) -> "Geometry":
        """Reservoirs of one length on both sides of a membrane; m and m2."""
        face = membrane / 2
        return cls((-face - reservoir, face + reservoir), (-face, face), area)

    @property
    def length(self) -> float:
        """From end to end, m."""
        return self.ends[1] - self.ends[0]
