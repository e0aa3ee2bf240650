"""Atom types of a network's force field, from the graphs of its residues."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np

from mdtools.forcefield import templates
from mdtools.polymer import Polymer

ROUNDS = 4
"""Of neighbourhood refinement; the farthest state that a type depends on is three bonds away."""
OUTSIDE = "outside"
"""Colour of the atom of another residue that an amide bonds to."""


def atom_types(polymer: Polymer) -> np.ndarray:
    """Assign each atom its force field type, (N,) str.

    A residue and its template are the same graph, whichever arm carries which state, so atoms of
    equal neighbourhoods (Weisfeiler-Lehman colours) have equal types.

    Raises
    ------
    ValueError
        If a residue is not the graph of its template.
    """
    residue = polymer.atoms["residue"].tolist()
    names = polymer.residues["template"].tolist()
    neighbours: list[list[int | None]] = [[] for _ in residue]
    for a, b in polymer.bonds.tolist():
        same = residue[a] == residue[b]
        neighbours[a].append(b if same else None)
        neighbours[b].append(a if same else None)
    types = []
    for row, colour in zip(residue, _colours(polymer.atoms["element"], neighbours), strict=True):
        if colour not in _types(names[row]):
            raise ValueError(f"residue {row} has not the atoms and bonds of {names[row]}")
        types.append(_types(names[row])[colour])
    return np.array(types)


@cache
def _types(template_name: str) -> dict[str, str]:
    """Tabulate the types of one template by colour."""
    template = templates()[template_name]
    index = {atom[0]: k for k, atom in enumerate(template.atoms)}
    neighbours: list[list[int | None]] = [[] for _ in template.atoms]
    for a, b in template.bonds:
        neighbours[index[a]].append(index[b])
        neighbours[index[b]].append(index[a])
    for name in template.external:
        neighbours[index[name]].append(None)
    colours = _colours([atom[1] for atom in template.atoms], neighbours)
    types = dict(zip(colours, (atom[2] for atom in template.atoms), strict=True))
    for colour, (name, _, kind, _) in zip(colours, template.atoms, strict=True):
        if types[colour] != kind:
            raise ValueError(f"{template_name}: {name} may be {kind} or {types[colour]}")
    return types


def _colours(elements, neighbours: list[list[int | None]]) -> list[str]:
    """Colour each atom by a hash of its element and, round by round, of the colours around it."""
    colours = list(elements)
    for _ in range(ROUNDS):
        around = [sorted(OUTSIDE if k is None else colours[k] for k in mine) for mine in neighbours]
        colours = [
            hashlib.sha256(" ".join([own, *mine]).encode()).hexdigest()
            for own, mine in zip(colours, around, strict=True)
        ]
    return colours
