"""Structure of a network: residues with arm states, atoms, bonds and positions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from mdtools.constants import STANDARD_ATOMIC_WEIGHTS
from mdtools.forcefield import AMINES, template_name, templates
from mdtools.periodic import minimum_image
from mdtools.roles import GROUP_CHARGE_E
from membranes.networks.monomers import MONOMERS, element

Arm = tuple[int, int]
"""Row of a residue and number of its arm."""


@dataclass(frozen=True, repr=False)
class Structure:
    """A structure consists of residues whose arms have states; atoms follow from the states.

    Attributes
    ----------
    kinds : tuple of str, R
        Residue kinds (PIP, MPD, TMC).
    arms : tuple of tuple of str, R
        State of every arm.
    residue : (N,) int array
        Residue row of each atom; the atoms of a residue are contiguous.
    names : (N,) str array
    ids : (N,) int array
        Stable atom ids; an id is never given twice.
    bonds : (B, 2) int array
        Pairs of atom rows.
    positions : (N, 3) float array
        nm. x and y may be any periodic image; z is not periodic.
    box_nm : (3,) float array
        Lateral periodic lengths and the slab thickness given to the monomers.
    next_id : int
    seed : int
    velocities : (N, 3) float array or None
        nm/ps, only while dynamics go on.
    """

    kinds: tuple[str, ...]
    arms: tuple[tuple[str, ...], ...]
    residue: np.ndarray
    names: np.ndarray
    ids: np.ndarray
    bonds: np.ndarray
    positions: np.ndarray
    box_nm: np.ndarray
    next_id: int
    seed: int
    velocities: np.ndarray | None = None

    def __repr__(self) -> str:
        """Return one line: what there is, its charge and its box."""
        monomers = ", ".join(f"{count} {kind}" for kind, count in Counter(self.kinds).items())
        box = " x ".join(f"{length:.3g}" for length in self.box_nm)
        return (
            f"{type(self).__name__}({len(self.names)} atoms: {monomers}; {len(self.links)} amide "
            f"bonds; charge {self.formal_charge:+d} e; box {box} nm)"
        )

    @property
    def residues(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return kind and arm states of every residue."""
        return tuple(zip(self.kinds, self.arms, strict=True))

    @cached_property
    def rows(self) -> dict[tuple[int, str], int]:
        """Map (residue row, atom name) to the atom's row."""
        keys = zip(self.residue.tolist(), self.names.tolist(), strict=True)
        return {key: row for row, key in enumerate(keys)}

    @cached_property
    def elements(self) -> np.ndarray:
        """Return the element symbols, (N,)."""
        return np.array([element(name) for name in self.names])

    @cached_property
    def masses(self) -> np.ndarray:
        """Return the atomic masses in g/mol, (N,)."""
        return np.array([STANDARD_ATOMIC_WEIGHTS[symbol] for symbol in self.elements])

    def centre(self, arm: Arm) -> int:
        """Return the atom row of an arm's centre (the N or the acyl C)."""
        residue, number = arm
        return self.rows[residue, MONOMERS[self.kinds[residue]].centres[number]]

    def state(self, arm: Arm) -> str:
        """Return the state of one arm."""
        return self.arms[arm[0]][arm[1]]

    def arms_in(self, *states: str) -> list[Arm]:
        """Return all arms that are in one of the states, in residue order."""
        return [
            (residue, number)
            for residue, arms in enumerate(self.arms)
            for number, state in enumerate(arms)
            if state in states
        ]

    def sites_in(self, *states: str) -> list[Arm]:
        """Return arms in one of the states as sites: an amide counts once, on its nitrogen."""
        return [
            arm
            for arm in self.arms_in(*states)
            if self.state(arm) != "amide" or self.kinds[arm[0]] in AMINES
        ]

    @cached_property
    def links(self) -> np.ndarray:
        """Return the amide bonds as (L, 2) atom rows, amine N first."""
        between = self.bonds[self.residue[self.bonds[:, 0]] != self.residue[self.bonds[:, 1]]]
        nitrogen_first = self.elements[between[:, 0]] == "N"
        return np.where(nitrogen_first[:, None], between, between[:, ::-1])

    @property
    def formal_charge(self) -> int:
        """Return the sum of formal charges of the arm states, e."""
        return sum(GROUP_CHARGE_E.get(state, 0) for arms in self.arms for state in arms)

    @property
    def template_names(self) -> tuple[str, ...]:
        """Return the force field template of every residue."""
        return tuple(template_name(kind, arms) for kind, arms in self.residues)

    @property
    def template_charge(self) -> float:
        """Return the sum of the templates' partial charges, e."""
        known = templates()
        return float(sum(known[name].charge_sum for name in self.template_names))

    def vectors(self, first, second) -> np.ndarray:
        """Return the minimum-image vectors from atom rows ``first`` to ``second``, nm."""
        return minimum_image(self.positions[second] - self.positions[first], self.box_nm)

    def distances(self, first, second) -> np.ndarray:
        """Return the minimum-image distances between atom rows ``first`` and ``second``, nm."""
        return np.linalg.norm(self.vectors(first, second), axis=-1)

    @property
    def groups(self) -> pd.DataFrame:
        """Tabulate charged groups: group, kind, residue, atom (row of N or C), x_nm, y_nm, z_nm."""
        arms = self.arms_in(*GROUP_CHARGE_E)
        atoms = np.array([self.centre(arm) for arm in arms], dtype=int)
        xyz = self.positions[atoms].reshape(-1, 3)
        lateral = np.mod(xyz[:, :2], self.box_nm[:2])
        return pd.DataFrame(
            {
                "group": np.arange(len(arms)),
                "kind": [self.state(arm) for arm in arms],
                "residue": [arm[0] for arm in arms],
                "atom": atoms,
                "x_nm": lateral[:, 0],
                "y_nm": lateral[:, 1],
                "z_nm": xyz[:, 2],
            }
        )
