"""What became of the ions of a twin, by species and by ion."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.comparison.twins.problem import TwinProblem
from analysis.continuum.arrays import Array, Bools
from analysis.continuum.constants import AVOGADRO, FARADAY, GAS_CONSTANT


@dataclass(frozen=True)
class Twin:
    """A continuum twin through time: ions along z, from closed end to closed end.

    Quantities by ion are those of all its ions, in dictionaries; arrays by species, which may be
    several of one ion (driven feed ions, counter-ions), have an axis of length n in the order of
    ``problem.species``.

    Attributes
    ----------
    problem : TwinProblem
    time : (T,) array, s
    faces : (K + 1,) array, m
        Of the cells.
    by_species : (T, n, K) array, mol/m3
        Concentrations, averages over cells.
    drop : (T, K) array, RT/F
        Electric potential in the middles of cells, over that of the feed's end.
    drop_at_faces : (T, K + 1) array, RT/F
    error : float
        Estimate: largest share of a species on the wrong side of a place, from the last two grids;
        not a number if one grid was asked for.
    steps : int
        In time, on the last grid.
    """

    problem: TwinProblem
    time: Array
    faces: Array
    by_species: Array
    drop: Array
    drop_at_faces: Array
    error: float
    steps: int

    @property
    def z(self) -> Array:
        """Middles of the cells, (K,), m."""
        return (self.faces[1:] + self.faces[:-1]) / 2

    @property
    def potential(self) -> Array:
        """Electric potential in the middles of cells over that of the feed's end, (T, K), V."""
        return self.drop * (GAS_CONSTANT * self.problem.temperature / FARADAY)

    @property
    def concentration(self) -> dict[str, Array]:
        """Concentration of each ion, (T, K), mol/m3 of the box's volume."""
        return self._by_ion(lambda mask: self.by_species[:, mask].sum(axis=1))

    @property
    def number(self) -> dict[str, Array]:
        """Amount of each ion, (T,), mol."""
        return self._by_ion(lambda mask: self.amounts[:, mask].sum(axis=(1, 2)) / AVOGADRO)

    @property
    def mean_z(self) -> dict[str, Array]:
        """Mean place of each ion, (T,), m."""

        def mean(mask: Bools) -> Array:
            amounts = self.amounts[:, mask].sum(axis=1)
            return np.asarray(amounts @ self.z / amounts.sum(axis=1))

        return self._by_ion(mean)

    @property
    def assumptions(self) -> dict[str, str]:
        """What was assumed and how exactly it was solved, in words."""
        return {
            **self.problem.assumptions,
            "cells": f"{len(self.z)}, {self.steps} steps in time",
            "error": (
                "not estimated, one grid"
                if np.isnan(self.error)
                else f"at most {self.error:.1g} of a species on the wrong side of any place"
            ),
        }

    @property
    def amounts(self) -> Array:
        """Ions of each species in each cell, (T, n, K)."""
        volume = self.problem.geometry.area * np.diff(self.faces)
        return np.asarray(AVOGADRO * volume * self.by_species)

    @property
    def mean_z_by_species(self) -> Array:
        """Mean place of each species, (T, n), m."""
        return np.asarray(self.amounts @ self.z / self.amounts.sum(axis=2))

    def of(self, ion: str, *, driven: bool | None = None) -> Bools:
        """Mask (n,) of the species of an ion, of driven ones only or of others only if so asked."""
        species = self.problem.species
        return np.array(
            [s.ion.name == ion and driven in (None, s.driven) for s in species], dtype=bool
        )

    def between(self, low: float = -np.inf, high: float = np.inf) -> Array:
        """Ions of each species between two places (m), (T, n).

        Counted cell by cell; within a cell ions lie evenly. The ends, the membrane's faces and the
        geometry's marks are faces of cells.
        """
        inside = np.clip(self.faces, low, high)
        return np.asarray(self.amounts @ (np.diff(inside) / np.diff(self.faces)))

    @property
    def feed(self) -> Array:
        """Ions of each species before the membrane, (T, n)."""
        return self.between(high=self.problem.geometry.faces[0])

    @property
    def membrane(self) -> Array:
        """Ions of each species between the membrane's faces, (T, n)."""
        return self.between(*self.problem.geometry.faces)

    @property
    def permeate(self) -> Array:
        """Ions of each species behind the membrane, (T, n)."""
        return self.between(low=self.problem.geometry.faces[1])

    def past(self, place: float = 0.0) -> Array:
        """Ions of each species beyond a place (m), z = 0 unless given, (T, n)."""
        return self.between(low=place)

    def _by_ion(self, what: Callable[[Bools], Array]) -> dict[str, Array]:
        names = dict.fromkeys(s.ion.name for s in self.problem.species)
        return {name: what(self.of(name)) for name in names}
