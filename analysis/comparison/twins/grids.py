"""Grids of cells: graded toward faces and ends at first, then fitted to what varies."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from analysis.comparison.twins.geometry import Geometry
from analysis.continuum.arrays import Array

GRADING = 0.9
"""How much narrower cells of the first grid are at the ends of a section: 1 - 0.9."""
COARSEST, FEWEST = 32, 3
"""Cells of the coarsest grid, about, and of each of its sections at least."""
KEPT = 0.4
"""Share of the cells that a fitted grid lays as the one before."""
NOISE = 1e-6
"""Of its size; what varies less than this does not move cells."""


@dataclass(frozen=True)
class Section:
    """A stretch without a jump: where the ends of its cells are, as a smooth rising map.

    Attributes
    ----------
    places : (M,) array, m
        At even steps of the map's coordinate from 0 to 1 unless ``at`` has other ones.
    at : (M,) array
    count : int
        Cells of the coarsest grid.
    """

    places: Array
    at: Array
    count: int

    def ends(self, level: int) -> Array:
        """Ends of cells, the first left out; each level halves the cells of the one before."""
        count = self.count * 2**level
        curve = scipy.interpolate.PchipInterpolator(self.at, self.places)
        return np.append(curve(np.arange(1, count) / count), self.places[-1])


@dataclass(frozen=True)
class Mesh:
    """Grids of all levels; every face of a level is a face of all higher ones too."""

    sections: tuple[Section, ...]

    def faces(self, level: int) -> Array:
        """Faces of the cells of a level, (K + 1,), m."""
        parts = [section.ends(level) for section in self.sections]
        return np.concatenate([self.sections[0].places[:1], *parts])

    def fitted(self, faces: Array, varying: list[Array]) -> "Mesh":
        """Mesh with the same sections and about as many cells, where quantities vary most.

        The density of cells is a share of the present one, and for the rest follows the square
        root of each quantity's slope, all of them with the same weight.

        Parameters
        ----------
        faces : (K + 1,) array, m
            Of a grid of this mesh.
        varying : list of (..., K) arrays
            Quantities in its cells; of further axes the steepest counts.
        """
        width = np.diff(faces)
        middles = (faces[1:] + faces[:-1]) / 2
        density = np.ones_like(width) / len(width)
        # What jumps from section to section needs no cells.
        stops = [section.places[0] for section in self.sections[1:]]
        within = ~np.isin(faces[1:-1], stops)
        between = ((middles[1:] + middles[:-1]) / 2)[within]
        shares = []
        for values in varying:
            size = np.abs(values).max(initial=0)
            slope = np.abs(np.diff(values, axis=-1))
            slope = np.where(slope > NOISE * size, slope, 0) / np.diff(middles)
            steep = np.sqrt(slope.reshape(-1, len(middles) - 1).max(axis=0))
            share = np.interp(middles, between, steep[within]) * width
            if share.sum() > 0:
                shares.append(share / share.sum())
        if shares:
            density = KEPT * density + (1 - KEPT) * np.mean(shares, axis=0)
        total = sum(section.count for section in self.sections)
        fitted = []
        for section in self.sections:
            low, high = section.places[0], section.places[-1]
            inside = (middles > low) & (middles < high)
            rising = np.append(0, np.cumsum(density[inside]))
            count = max(FEWEST, round(total * rising[-1]))
            places = np.append(faces[:-1][inside], high)
            fitted.append(Section(places, rising / rising[-1], count))
        return Mesh(tuple(fitted))


def first_mesh(geometry: Geometry, jumps: npt.ArrayLike = ()) -> Mesh:
    """Mesh whose cells are narrower toward the ends, the membrane's faces, marks and jumps.

    Parameters
    ----------
    jumps : (n,) array, m
        More places where cells have to end, as those where a profile jumps.

    >>> cell = Geometry.symmetric(4.6e-9, 5e-9, 5.2e-9**2)
    >>> len(first_mesh(cell).faces(1)) - 1
    64
    """
    places = [*geometry.ends, *geometry.faces, *geometry.marks, *np.ravel(jumps)]
    stops = np.unique(np.clip(np.asarray(places, dtype=float), *geometry.ends))
    # Places that differ by rounding only are one.
    stops = stops[np.append(True, np.diff(stops) > 1e-9 * geometry.length)]
    even = np.linspace(0, 1, 65)
    graded = even - GRADING * np.sin(2 * np.pi * even) / (2 * np.pi)
    return Mesh(
        tuple(
            Section(
                np.append(low + (high - low) * graded[:-1], high),
                even,
                max(FEWEST, round(COARSEST * (high - low) / geometry.length)),
            )
            for low, high in zip(stops[:-1], stops[1:], strict=True)
        )
    )
