"""The molecular network: residues with arm states, atoms, bonds and positions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from mdtools.forcefield import template_name, templates
from mdtools.polymer import Polymer
from membranes.networks.geometry import place_state
from membranes.networks.monomers import FORMAL_CHARGES, MONOMERS, element, state_atoms, state_bonds

SCHEMA = 1
MASSES = {"H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "Cl": 35.45}
"""Standard atomic weights, g/mol (IUPAC 2021, abridged)."""

Arm = tuple[int, int]
"""Row of a residue and number of its arm."""


class NetworkError(ValueError):
    """A network on disk or in memory that contradicts itself."""

    exit_code = 78


@dataclass(frozen=True)
class Network:
    """Residues whose arms have states; atoms follow from the states.

    Attributes
    ----------
    kinds : tuple of str, R
        Residue kinds (PIP, TMC).
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

    @property
    def residues(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Kind and arm states of every residue."""
        return tuple(zip(self.kinds, self.arms, strict=True))

    @cached_property
    def rows(self) -> dict[tuple[int, str], int]:
        """Atom row by (residue row, atom name)."""
        keys = zip(self.residue.tolist(), self.names.tolist(), strict=True)
        return {key: row for row, key in enumerate(keys)}

    @cached_property
    def elements(self) -> np.ndarray:
        """Element symbols, (N,)."""
        return np.array([element(name) for name in self.names])

    @cached_property
    def masses(self) -> np.ndarray:
        """Atomic masses in g/mol, (N,)."""
        return np.array([MASSES[symbol] for symbol in self.elements])

    def centre(self, arm: Arm) -> int:
        """Atom row of an arm's centre (the N or the acyl C)."""
        residue, number = arm
        return self.rows[residue, MONOMERS[self.kinds[residue]].centres[number]]

    def state(self, arm: Arm) -> str:
        """State of one arm."""
        return self.arms[arm[0]][arm[1]]

    def arms_in(self, *states: str) -> list[Arm]:
        """All arms that are in one of the states, in residue order."""
        return [
            (residue, number)
            for residue, arms in enumerate(self.arms)
            for number, state in enumerate(arms)
            if state in states
        ]

    @cached_property
    def links(self) -> np.ndarray:
        """Amide bonds as (L, 2) atom rows, amine N first."""
        between = self.bonds[self.residue[self.bonds[:, 0]] != self.residue[self.bonds[:, 1]]]
        nitrogen_first = self.elements[between[:, 0]] == "N"
        return np.where(nitrogen_first[:, None], between, between[:, ::-1])

    @property
    def formal_charge(self) -> int:
        """Sum of formal charges of the arm states, e."""
        return sum(FORMAL_CHARGES.get(state, 0) for arms in self.arms for state in arms)

    @property
    def template_names(self) -> tuple[str, ...]:
        """Force field template of every residue."""
        return tuple(template_name(kind, arms) for kind, arms in self.residues)

    @property
    def template_charge(self) -> float:
        """Sum of the templates' partial charges, e."""
        known = templates()
        return float(sum(known[name].charge_sum for name in self.template_names))

    def vectors(self, first, second) -> np.ndarray:
        """Minimum-image vectors from atom rows ``first`` to ``second``, nm."""
        return minimum_image(self.positions[second] - self.positions[first], self.box_nm)

    def distances(self, first, second) -> np.ndarray:
        """Minimum-image distances between atom rows ``first`` and ``second``, nm."""
        return np.linalg.norm(self.vectors(first, second), axis=-1)

    @property
    def groups(self) -> pd.DataFrame:
        """Charged groups: group, kind, residue, atom (row of the N or C), x_nm, y_nm, z_nm."""
        arms = self.arms_in(*FORMAL_CHARGES)
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

    def report(self) -> dict:
        """Conversion, composition, density, charge and structural checks as plain numbers."""
        from membranes.networks.report import network_report

        return network_report(self)

    def polymer(self) -> Polymer:
        """The network as the cell builder takes it."""
        atoms = pd.DataFrame(
            {"residue": self.residue, "name": self.names, "element": self.elements}
        )
        residues = pd.DataFrame({"name": self.kinds, "template": self.template_names})
        groups = self.groups[["group", "kind", "residue", "atom"]]
        return Polymer(atoms, residues, self.bonds, self.positions, self.box_nm[:2], groups)

    def change(self, states: Mapping[Arm, str], links: Iterable[tuple[Arm, Arm]] = ()) -> Network:
        """Network with some arms in new states and new amide bonds between arm centres.

        Atoms that a state lacks are deleted and those it adds are placed by geometry, at rest.
        """
        doomed, added, new_bonds = [], [], []
        for arm, state in sorted(states.items()):
            centre = MONOMERS[self.kinds[arm[0]]].centres[arm[1]]
            old, new = state_atoms(centre, self.state(arm)), state_atoms(centre, state)
            doomed += [self.rows[arm[0], name] for name in old if name not in new]
            placed = place_state(self, arm, state)
            added += [(arm[0], name, placed[name]) for name in new if name not in old]
            bonds_before = state_bonds(centre, self.state(arm))
            new_bonds += [
                ((arm[0], a), (arm[0], b))
                for a, b in state_bonds(centre, state)
                if (a, b) not in bonds_before
            ]
        new_bonds += [(self._centre_key(a), self._centre_key(b)) for a, b in links]
        arms = [list(states_) for states_ in self.arms]
        for (residue, number), state in states.items():
            arms[residue][number] = state
        return self._rebuild(tuple(map(tuple, arms)), doomed, added, new_bonds)

    def _centre_key(self, arm: Arm) -> tuple[int, str]:
        return arm[0], MONOMERS[self.kinds[arm[0]]].centres[arm[1]]

    def _rebuild(self, arms, doomed, added, new_bonds) -> Network:
        kept = np.ones(len(self.names), dtype=bool)
        kept[doomed] = False
        residue = np.concatenate([self.residue[kept], [a[0] for a in added]]).astype(int)
        names = np.concatenate([self.names[kept], np.array([a[1] for a in added], dtype=object)])
        ids = np.concatenate([self.ids[kept], self.next_id + np.arange(len(added))]).astype(int)
        new_xyz = np.array([a[2] for a in added]).reshape(-1, 3)
        order = np.argsort(residue, kind="stable")
        row_of_id = np.full(self.next_id + len(added), -1)
        row_of_id[ids[order]] = np.arange(len(ids))
        kept_bonds = self.bonds[kept[self.bonds].all(axis=1)]
        bonds = row_of_id[self.ids[kept_bonds]].reshape(-1, 2)
        network = replace(
            self,
            arms=arms,
            residue=residue[order],
            names=names[order],
            ids=ids[order],
            bonds=bonds,
            positions=np.concatenate([self.positions[kept], new_xyz])[order],
            velocities=None
            if self.velocities is None
            else np.concatenate([self.velocities[kept], np.zeros_like(new_xyz)])[order],
            next_id=self.next_id + len(added),
        )
        extra = [[network.rows[a], network.rows[b]] for a, b in new_bonds]
        bonds = np.concatenate([bonds, np.array(extra, dtype=int).reshape(-1, 2)])
        return replace(network, bonds=bonds)

    def check(self) -> None:
        """Raise NetworkError unless every amide arm has exactly one amide bond and no other has."""
        ends = self.links.ravel().tolist()
        amides = sorted(self.centre(arm) for arm in self.arms_in("amide"))
        if sorted(ends) != amides:
            raise NetworkError(
                f"{len(amides)} arms are in state amide but amide bonds end on {len(ends)} atoms"
            )

    def save(self, directory: Path) -> None:
        """Write atoms.csv, residues.csv, bonds.csv and network.json."""
        from membranes.networks.storage import save

        save(self, Path(directory))

    @staticmethod
    def load(directory: Path) -> Network:
        """Read what ``save`` wrote; NetworkError names the file that is missing or damaged."""
        from membranes.networks.storage import load

        return load(Path(directory))


def minimum_image(vectors: np.ndarray, box_nm: Sequence[float]) -> np.ndarray:
    """Shortest periodic image in x and y of vectors (..., 3); z is left alone."""
    vectors = np.array(vectors, dtype=float)
    lateral = np.asarray(box_nm, dtype=float)[:2]
    vectors[..., :2] -= lateral * np.round(vectors[..., :2] / lateral)
    return vectors
