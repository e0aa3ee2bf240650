"""Conformers of the capped models, from RDKit."""

from __future__ import annotations

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers, rdMolAlign

from .graphs import Graph

SEED = 20240607
CANDIDATES = 40
MIN_RMSD_ANGSTROM = 0.3
ENERGY_WINDOW_KCAL = 6.0
PIPERAZINE_RING = ("N1", "C2", "C3", "N4", "C5", "C6")
INNER_HYDROGEN_BOND_ANGSTROM = 2.5
"""O...H below which an acid's hydrogen is bonded to another group of its molecule."""


def molecule(graph: Graph) -> Chem.Mol:
    """Build an RDKit molecule with explicit hydrogens, atoms in the order of the graph."""
    editable = Chem.RWMol()
    index = {}
    for atom in graph.atoms:
        rd = Chem.Atom(atom.element)
        rd.SetFormalCharge(atom.formal_charge)
        rd.SetNoImplicit(True)
        index[atom.name] = editable.AddAtom(rd)
    order = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE}
    for a, b, n in graph.bonds:
        editable.AddBond(index[a], index[b], order[n])
    mol = editable.GetMol()
    Chem.SanitizeMol(mol)
    return mol


def smiles(graph: Graph) -> str:
    """Write canonical SMILES without explicit hydrogens."""
    return Chem.MolToSmiles(Chem.RemoveHs(molecule(graph)))


def conformers(graph: Graph, count: int) -> list[np.ndarray]:
    """Find up to `count` distinct MMFF94 minima, lowest first, (n_atoms, 3) in angstrom.

    Mirror images count as one: no model is chiral, so they have equal charges.
    Every piperazine ring must be a chair: in vacuum a free ammonium folds the ring into a boat to
    reach the other nitrogen, which it does not do in a network. For the same reason no acid may
    have its hydrogen at an oxygen of another group, to which a chain would fold. Where none of
    CANDIDATES embeddings is so, ten times as many are tried.
    """
    for candidates in (CANDIDATES, 10 * CANDIDATES):
        mol, minima = _minima(graph, candidates)
        if minima:
            break
    skeleton = _without_carbon_hydrogens(mol)
    images = (skeleton, _mirrored(skeleton))
    chosen: list[int] = []
    for energy, k in minima:
        if energy - minima[0][0] > ENERGY_WINDOW_KCAL or len(chosen) == count:
            break
        distances = (rdMolAlign.GetBestRMS(skeleton, x, k, j) for j in chosen for x in images)
        if all(distance > MIN_RMSD_ANGSTROM for distance in distances):
            chosen.append(k)
    return [mol.GetConformer(k).GetPositions() for k in chosen]


def _minima(graph: Graph, candidates: int) -> tuple[Chem.Mol, list[tuple[float, int]]]:
    """Minimise conformers; returns the molecule and (energy, number) of those that are allowed."""
    mol = molecule(graph)
    rdDistGeom.EmbedMultipleConfs(mol, candidates, randomSeed=SEED)
    done = rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(mol, maxIters=5000)
    rings = piperazine_rings(graph)
    minima = []
    for k, (_, energy) in enumerate(done):
        xyz = mol.GetConformer(k).GetPositions()
        if all(is_chair(xyz[ring]) for ring in rings) and not folded(graph, xyz):
            minima.append((energy, k))
    return mol, sorted(minima)


def folded(graph: Graph, xyz: np.ndarray) -> bool:
    """Test whether an acid's hydrogen is at an oxygen of another group; positions (n_atoms, 3)."""
    near, rows = graph.neighbours(), {atom.name: i for i, atom in enumerate(graph.atoms)}
    oxygens = {atom.name for atom in graph.atoms if atom.element == "O"}
    for hydrogen in (atom.name for atom in graph.atoms if atom.type == "ho"):
        (hydroxyl,) = near[hydrogen]
        own = {oxygen for carbon in near[hydroxyl] if carbon != hydrogen for oxygen in near[carbon]}
        others = [rows[name] for name in sorted(oxygens - own)]
        gaps = np.linalg.norm(xyz[others] - xyz[rows[hydrogen]], axis=1)
        if (gaps < INNER_HYDROGEN_BOND_ANGSTROM).any():
            return True
    return False


def piperazine_rings(graph: Graph) -> list[list[int]]:
    """List the atom rows of each piperazine ring; names may have a `<residue>.` prefix."""
    rows = {atom.name: i for i, atom in enumerate(graph.atoms)}
    prefixes = [n[:-2] for n in rows if n.rpartition(".")[2] == "N4"]
    return [[rows[prefix + n] for n in PIPERAZINE_RING] for prefix in prefixes]


def _without_carbon_hydrogens(mol: Chem.Mol) -> Chem.Mol:
    """Copy with polar hydrogens only, so that N-H and O-H rotamers count as distinct."""
    editable = Chem.RWMol(mol)
    editable.BeginBatchEdit()
    for atom in mol.GetAtoms():
        if atom.GetSymbol() == "H" and atom.GetNeighbors()[0].GetSymbol() == "C":
            editable.RemoveAtom(atom.GetIdx())
    editable.CommitBatchEdit()
    return editable.GetMol()


def _mirrored(mol: Chem.Mol) -> Chem.Mol:
    """Copy with every conformer reflected in the plane x = 0."""
    image = Chem.Mol(mol)
    for conformer in image.GetConformers():
        conformer.SetPositions(conformer.GetPositions() * [-1.0, 1.0, 1.0])
    return image


def is_chair(ring: np.ndarray) -> bool:
    """Test whether six ring atoms (6, 3) alternate in sign of torsion, beyond 35 degrees."""
    angles = [dihedral(*ring[[i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6]]) for i in range(6)]
    signs = [np.sign(a) * (-1) ** i for i, a in enumerate(angles)]
    return len(set(signs)) == 1 and min(abs(a) for a in angles) > 35.0


def dihedral(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> float:
    """Compute the signed dihedral angle of four points in degrees."""
    u, v, w = b - a, c - b, d - c
    n1, n2 = np.cross(u, v), np.cross(v, w)
    return float(np.degrees(np.arctan2(np.linalg.norm(v) * u @ n2, n1 @ n2)))


def sdf(graph: Graph, xyz: np.ndarray) -> str:
    """Write the MDL V2000 block of a model at coordinates (n_atoms, 3) in angstrom."""
    mol = molecule(graph)
    conformer = Chem.Conformer(len(xyz))
    for i, point in enumerate(xyz):
        conformer.SetAtomPosition(i, [float(v) for v in point])
    mol.AddConformer(conformer)
    return Chem.MolToMolBlock(mol) + "$$$$\n"
