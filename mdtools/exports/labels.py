"""Residue names for the files of programs in which the same name means the same atoms."""

from mdtools.polymer import Polymer


def plain_labels(polymer: Polymer) -> list[str]:
    """Name each residue by the set of its atoms: R000, R001, ..."""
    atoms = polymer.atoms.groupby("residue")["name"].agg(lambda names: " ".join(sorted(names)))
    number = {names: f"R{row:03d}" for row, names in enumerate(sorted(set(atoms)))}
    return [number[names] for names in atoms]
