"""Bundles: molecular systems on disk, as the stages of a campaign hand them on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openmm
import pandas as pd
from openmm import app, unit

from mdtools import atomic, psf
from mdtools.bundle_files import (
    COORDINATES,
    FILES,
    MANIFEST,
    PROVENANCE,
    ROLE_TABLE,
    STATE,
    SYSTEM,
    TOPOLOGY,
)
from mdtools.constants import ANGSTROM_PER_NM
from mdtools.errors import BundleError
from mdtools.roles import ROLES
from mdtools.systems.system import charges, lennard_jones

if TYPE_CHECKING:
    import MDAnalysis as mda

FORMAT = 1

SEGMENTS = ("MEM", "WAT", "ION", "GRF")
WATERS = ("HOH", "WAT", "SOL")
ROLE_COLUMNS = {"atom": int, "role": str, "species": str, "group": int, "side": str}
NO_GROUP = -1
REMEDY = "delete this directory and let the workflow make it again"


@dataclass(frozen=True)
class Bundle:
    """Topology, system, state, roles and provenance of one molecular system.

    Attributes
    ----------
    topology : DataFrame, N rows
        ``index``, ``name``, ``element`` (empty for a virtual site), ``residue`` (its name),
        ``resid`` (from 1 in each segment), ``segment`` (MEM, WAT, ION, GRF), ``charge`` in e,
        ``mass`` in Da (of the element: an anchor keeps it, a virtual site has 0), ``template``.
    bonds : (B, 2) int array
    system : openmm.System
        Without the drive.
    state : openmm.State
        Positions, velocities and box.
    roles : DataFrame
        One row per atom and role: ``atom``, ``role``, ``species``, ``group``, ``side``.
    provenance : dict
    path : Path or None
        Where it was loaded from or saved to.
    hashes : dict
        SHA-256 of each file, if on disk.
    """

    topology: pd.DataFrame
    bonds: np.ndarray
    system: openmm.System
    state: openmm.State
    roles: pd.DataFrame
    provenance: atomic.Json
    path: Path | None = None
    hashes: Mapping[str, str] | None = None

    @classmethod
    def from_parts(
        cls,
        topology: app.Topology,
        system: openmm.System,
        state: openmm.State,
        roles: pd.DataFrame,
        provenance: atomic.Json,
        templates: Mapping[app.topology.Residue, str] | None = None,
    ) -> "Bundle":
        """Build a bundle from OpenMM objects.

        Parameters
        ----------
        topology : app.Topology
            Chain ids MEM, WAT, ION, GRF become segments; other chains are told by their residues.
        state : openmm.State
            With positions and velocities.
        templates : mapping of residue to template name
            The residue's name where it has none.

        Raises
        ------
        ValueError
            If topology, system, state and roles do not fit together.
        """
        counts = topology.getNumAtoms(), system.getNumParticles(), len(_positions(state))
        if len(set(counts)) > 1:
            raise ValueError("topology, system and state have {} / {} / {} atoms".format(*counts))
        atoms = _atom_table(topology, charges(system), templates or {})
        bonds = np.array([(a.index, b.index) for a, b in topology.bonds()], dtype=int)
        return cls(
            atoms, bonds.reshape(-1, 2), system, state, _check_roles(roles, len(atoms)), provenance
        )

    @property
    def positions(self) -> np.ndarray:
        """Positions (N, 3) in nm."""
        return _positions(self.state)

    @property
    def box_nm(self) -> np.ndarray:
        """Lengths (3,) of the rectangular box in nm."""
        vectors = self.state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer)
        return np.asarray(np.diag(vectors))

    @property
    def directory(self) -> Path:
        """Directory of the files; raises BundleError for a bundle that is in memory only."""
        if self.path is None:
            raise BundleError("this bundle is in memory only: save it first")
        return self.path

    def sha256(self, name: str) -> str:
        """Return the SHA-256 of a file; raises BundleError for a bundle that is in memory only."""
        if self.hashes is None:
            raise BundleError("this bundle is in memory only: save it first")
        return self.hashes[name]

    @cached_property
    def lennard_jones(self) -> tuple[np.ndarray, np.ndarray]:
        """Sigma (nm) and epsilon (kJ/mol) of every atom, each of shape (N,)."""
        return lennard_jones(self.system)

    def atoms(self, *roles: str) -> np.ndarray:
        """Return the atoms with any of these roles, in the order of the role table, none twice."""
        rows = self.roles["role"].isin(roles)
        return np.asarray(pd.unique(self.roles["atom"][rows]), dtype=int)

    def universe(self) -> "mda.Universe":
        """Build an MDAnalysis Universe (angstrom) with bonds, charges, masses, elements and box.

        Raises BundleError if the bundle was never saved.
        """
        if self.path is None:
            raise BundleError("this bundle is in memory only: save it, then ask for its universe")
        from MDAnalysis.coordinates.memory import MemoryReader

        frame = ANGSTROM_PER_NM * self.positions.astype(np.float32)[None]
        box = np.array([*ANGSTROM_PER_NM * self.box_nm, 90, 90, 90], dtype=np.float32)
        return self.universe_of(frame, format=MemoryReader, dimensions=box)

    def universe_of(self, trajectory: object, **reader: Any) -> "mda.Universe":
        """Build a Universe of these atoms over any trajectory that MDAnalysis takes."""
        import MDAnalysis as mda

        universe = mda.Universe(self.directory / TOPOLOGY, trajectory, to_guess=(), **reader)
        universe.add_TopologyAttr("elements", self.topology["element"].to_numpy(dtype=object))
        return universe

    def save(self, directory: Path | str) -> "Bundle":
        """Write all files, or none if that fails; returns the saved bundle."""
        directory = Path(directory)
        with atomic.new_directory(directory, replace=True) as staged:
            psf.write_psf(staged / TOPOLOGY, self.topology, self.bonds, "polyamide transport")
            psf.write_pdb(staged / COORDINATES, self.topology, self.positions, self.box_nm)
            for name, content in ((SYSTEM, self.system), (STATE, self.state)):
                (staged / name).write_text(openmm.XmlSerializer.serialize(content))
            self.roles.to_csv(staged / ROLE_TABLE, index=False, lineterminator="\n")
            (staged / PROVENANCE).write_text(atomic.json_text(self.provenance))
            files = atomic.file_table(staged, FILES)
            manifest = {"format": FORMAT, "files": files, "templates": _runs(self.topology)}
            (staged / MANIFEST).write_text(atomic.json_text(manifest))
        return self._at(directory, files)

    @classmethod
    def load(cls, directory: Path | str) -> "Bundle":
        """Read a bundle after checking every file against its SHA-256.

        Raises
        ------
        BundleError
            Naming the file and the remedy.
        """
        directory = Path(directory)
        atomic.recover(directory)
        manifest = _manifest(directory)
        if problems := atomic.damaged(directory, manifest["files"]):
            raise BundleError(f"{directory}: {'; '.join(problems)}. {REMEDY.capitalize()}.")
        atoms, bonds = psf.read_psf(directory / TOPOLOGY)
        atoms.insert(0, "index", np.arange(len(atoms)))
        lengths = atoms.groupby(["segment", "resid"], sort=False).size().to_numpy()
        templates = [name for name, count in manifest["templates"] for _ in range(count)]
        atoms["template"] = np.repeat(templates, lengths)
        roles = pd.read_csv(directory / ROLE_TABLE, dtype=ROLE_COLUMNS, keep_default_na=False)
        return cls(
            topology=atoms[TABLE_COLUMNS],
            bonds=bonds,
            system=openmm.XmlSerializer.deserialize((directory / SYSTEM).read_text()),
            state=openmm.XmlSerializer.deserialize((directory / STATE).read_text()),
            roles=roles,
            provenance=json.loads((directory / PROVENANCE).read_text(encoding="utf-8")),
        )._at(directory, manifest["files"])

    def _at(self, directory: Path, files: dict[str, atomic.Json]) -> "Bundle":
        hashes = {name: entry["sha256"] for name, entry in files.items()}
        return Bundle(
            self.topology,
            self.bonds,
            self.system,
            self.state,
            self.roles,
            self.provenance,
            directory,
            hashes,
        )


TABLE_COLUMNS = [
    "index",
    "name",
    "element",
    "residue",
    "resid",
    "segment",
    "charge",
    "mass",
    "template",
]


def _manifest(directory: Path) -> atomic.Json:
    path = directory / MANIFEST
    if not path.is_file():
        raise BundleError(
            f"{directory} holds no bundle ({MANIFEST} is missing): name the directory of a cell, "
            "such as results/demo/cell/pH7/NaCl"
        )
    manifest = atomic.read_json(path)
    if manifest is None or not {"format", "files", "templates"} <= manifest.keys():
        raise BundleError(f"{path} is not readable as JSON of a bundle: {REMEDY}.")
    if manifest["format"] != FORMAT:
        raise BundleError(
            f"{path} has format {manifest['format']}, this version reads {FORMAT}: {REMEDY}."
        )
    if missing := sorted(set(FILES) - manifest["files"].keys()):
        raise BundleError(f"{path} does not list {', '.join(missing)}: {REMEDY}.")
    return manifest


def _positions(state: openmm.State) -> np.ndarray:
    return np.asarray(state.getPositions(asNumpy=True).value_in_unit(unit.nanometer))


def _runs(atoms: pd.DataFrame) -> list[list[str | int]]:
    """Templates of the residues in order, run-length encoded: [[name, count], ...]."""
    residues = atoms.drop_duplicates(["segment", "resid"])["template"]
    return [[name, sum(1 for _ in run)] for name, run in groupby(residues)]


def _atom_table(
    topology: app.Topology, charge: np.ndarray, templates: Mapping[app.topology.Residue, str]
) -> pd.DataFrame:
    numbers = dict.fromkeys(SEGMENTS, 0)
    elements = {atom.element for atom in topology.atoms()} - {None}
    mass = {None: 0.0} | {one: one.mass.value_in_unit(unit.dalton) for one in elements}
    rows = []
    for residue in topology.residues():
        segment = _segment(residue)
        numbers[segment] += 1
        template = templates.get(residue, residue.name)
        rows += [
            (
                atom.index,
                atom.name,
                atom.element.symbol if atom.element else "",
                residue.name,
                numbers[segment],
                segment,
                charge[atom.index],
                mass[atom.element],
                template,
            )
            for atom in residue.atoms()
        ]
    return pd.DataFrame(rows, columns=TABLE_COLUMNS)


def _segment(residue: app.topology.Residue) -> str:
    if residue.chain.id in SEGMENTS:
        return str(residue.chain.id)
    elements = [atom.element.symbol for atom in residue.atoms() if atom.element]
    if residue.name in WATERS:
        return "WAT"
    if len(elements) == 1 and elements[0] != "C":
        return "ION"
    return "GRF" if set(elements) == {"C"} else "MEM"


def _check_roles(roles: pd.DataFrame, atoms: int) -> pd.DataFrame:
    if missing := sorted(ROLE_COLUMNS.keys() - set(roles.columns)):
        raise ValueError(f"the role table lacks the columns {', '.join(missing)}")
    if unknown := sorted(set(roles["role"]) - set(ROLES)):
        raise ValueError(f"unknown roles {', '.join(unknown)}; known: {', '.join(ROLES)}")
    outside = roles["atom"][~roles["atom"].between(0, atoms - 1)]
    if len(outside):
        raise ValueError(f"role table names atom {outside.iloc[0]}, but there are {atoms} atoms")
    filled = roles[list(ROLE_COLUMNS)].fillna({"group": NO_GROUP, "species": "", "side": ""})
    return filled.astype(ROLE_COLUMNS).reset_index(drop=True)
