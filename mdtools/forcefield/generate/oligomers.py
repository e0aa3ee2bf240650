"""Oligomers that hold every template once: each residue with its amide arms reacted."""

from __future__ import annotations

from dataclasses import dataclass

from ..states import AMINES, ARMS, template_name
from .graphs import Atom, Graph, all_states, residue

ACYL_PARTNER, AMINE_PARTNER = ("TMC", ("COCl", "COCl", "amide")), ("PIP", ("NH", "amide"))
PARTNER = {kind: ACYL_PARTNER if kind in AMINES else AMINE_PARTNER for kind in ARMS}
"""Residue that closes an amide arm of the named kind."""

Link = tuple[int, str, int, str]


@dataclass(frozen=True)
class Oligomer:
    """An oligomer: residues (kind, canonical states), links (residue, atom, residue, atom)."""

    residues: tuple[tuple[str, tuple[str, ...]], ...]
    links: tuple[Link, ...]

    @property
    def templates(self) -> list[str]:
        """Template name of each residue."""
        return [template_name(kind, states) for kind, states in self.residues]

    def graph(self) -> Graph:
        """Build one graph of the whole molecule; atoms are named `<residue>.<atom>`."""
        atoms, bonds = [], []
        for i, part in enumerate(residue(*r) for r in self.residues):
            atoms += [Atom(f"{i}.{a.name}", a.element, a.type, a.formal_charge) for a in part.atoms]
            bonds += [(f"{i}.{a}", f"{i}.{b}", n) for a, b, n in part.bonds]
        bonds += [(f"{i}.{a}", f"{j}.{b}", 1) for i, a, j, b in self.links]
        return Graph(tuple(atoms), tuple(bonds))


def oligomers() -> dict[str, Oligomer]:
    """Build one oligomer per template, under the template's name."""
    by_template = {}
    for kind, states in all_states():
        partner = PARTNER[kind]
        (partner_atom,) = residue(*partner).external
        residues, links = [(kind, states)], []
        for atom in residue(kind, states).external:
            links.append((0, atom, len(residues), partner_atom))
            residues.append(partner)
        by_template[template_name(kind, states)] = Oligomer(tuple(residues), tuple(links))
    return by_template
