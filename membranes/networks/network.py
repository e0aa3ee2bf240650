"""The molecular network: a structure whose arms can change, with its storage and report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from mdtools.polymer import Polymer
from membranes.networks import storage
from membranes.networks.errors import NetworkError
from membranes.networks.geometry import place_state
from membranes.networks.monomers import MONOMERS, state_atoms, state_bonds
from membranes.networks.report import network_report
from membranes.networks.structure import Arm, Structure


class Network(Structure):
    """A network is a `Structure` whose arms may change their states."""

    def report(self) -> dict:
        """Report conversion, composition, density, charge and structural checks as numbers."""
        return network_report(self)

    def polymer(self) -> Polymer:
        """Return the network as the cell builder takes it."""
        atoms = pd.DataFrame(
            {"residue": self.residue, "name": self.names, "element": self.elements}
        )
        residues = pd.DataFrame({"name": self.kinds, "template": self.template_names})
        groups = self.groups[["group", "kind", "residue", "atom"]]
        return Polymer(atoms, residues, self.bonds, self.positions, self.box_nm[:2], groups)

    def change(self, states: Mapping[Arm, str], links: Iterable[tuple[Arm, Arm]] = ()) -> Network:
        """Return a network with arms in new states and new amide bonds between arm centres.

        Atoms that a state lacks are deleted and those it adds are placed by geometry, at rest.
        """
        removed, added, new_bonds = [], [], []
        for arm, state in sorted(states.items()):
            centre = MONOMERS[self.kinds[arm[0]]].centres[arm[1]]
            old, new = state_atoms(centre, self.state(arm)), state_atoms(centre, state)
            removed += [self.rows[arm[0], name] for name in old if name not in new]
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
        return self._rebuild(tuple(map(tuple, arms)), removed, added, new_bonds)

    def _centre_key(self, arm: Arm) -> tuple[int, str]:
        return arm[0], MONOMERS[self.kinds[arm[0]]].centres[arm[1]]

    def _rebuild(self, arms, removed, added, new_bonds) -> Network:
        kept = np.ones(len(self.names), dtype=bool)
        kept[removed] = False
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
        storage.save(self, Path(directory))

    @staticmethod
    def load(directory: Path) -> Network:
        """Read what ``save`` wrote; NetworkError names the file that is missing or damaged."""
        network = Network(**storage.load(Path(directory)))
        network.check()
        return network
