"""First geometries of the monomers, made with RDKit by ``python -m membranes.networks.conformers``.

Building a membrane reads the committed file and needs no RDKit.
"""

import numpy as np
from rdkit import Chem
from rdkit.Chem import AllChem

from mdtools.atomic import write_json
from membranes.networks.monomers import CONFORMERS, MONOMERS, Monomer

EMBEDDING_SEED = 2020
"""RDKit conformer seed; part of what makes a build reproducible."""
FORCE_FIELD_STEPS = 2000


def conformer(monomer: Monomer) -> dict:
    """Embed a monomer by ETKDG, refined with MMFF94: names, positions (nm, centred), bonds."""
    written = Chem.SmilesParserParams()
    written.removeHs = False
    molecule = Chem.AddHs(Chem.MolFromSmiles(monomer.smiles, written))
    AllChem.EmbedMolecule(molecule, randomSeed=EMBEDDING_SEED)
    AllChem.MMFFOptimizeMolecule(molecule, maxIters=FORCE_FIELD_STEPS)
    names = _names(molecule, monomer)
    positions = molecule.GetConformer().GetPositions() / 10
    bonds = [
        [names[bond.GetBeginAtomIdx()], names[bond.GetEndAtomIdx()]] for bond in molecule.GetBonds()
    ]
    centred = positions - np.mean(positions, axis=0)
    return {"names": list(names), "positions_nm": centred.tolist(), "bonds": bonds}


def _names(molecule: Chem.Mol, monomer: Monomer) -> tuple[str, ...]:
    names = {}
    for atom in molecule.GetAtoms():
        if atom.GetAtomMapNum():
            names[atom.GetIdx()] = monomer.names[atom.GetAtomMapNum()]
    for index, parent in list(names.items()):
        hydrogens = [
            neighbour.GetIdx()
            for neighbour in molecule.GetAtomWithIdx(index).GetNeighbors()
            if neighbour.GetAtomicNum() == 1 and not neighbour.GetAtomMapNum()
        ]
        for count, hydrogen in enumerate(hydrogens, start=1):
            suffix = str(count) if len(hydrogens) > 1 else ""
            names[hydrogen] = f"H{parent[1:]}{suffix}"
    return tuple(names[index] for index in range(molecule.GetNumAtoms()))


if __name__ == "__main__":
    write_json(CONFORMERS, {kind: conformer(monomer) for kind, monomer in MONOMERS.items()})
