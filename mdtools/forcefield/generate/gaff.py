"""The part of GAFF that the networks need, cut out of gaff.dat and completed by parmchk2.

Values stay in AMBER's own units here (kcal/mol, angstrom, degree; E = K (x - x0)^2; torsions
E = PK / IDIVF (1 + cos(n phi - phase))); `assemble` converts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import permutations

from ..states import AMINES
from .graphs import Graph, all_states, residue

Types = tuple[str, ...]


@dataclass
class Table:
    """The parameters of a file by atom types; torsions are lists of terms."""

    masses: dict[str, float] = field(default_factory=dict)
    bonds: dict[Types, tuple[float, float]] = field(default_factory=dict)
    angles: dict[Types, tuple[float, float]] = field(default_factory=dict)
    propers: dict[Types, list[tuple[float, float, float]]] = field(default_factory=dict)
    impropers: dict[Types, tuple[float, float, float]] = field(default_factory=dict)
    nonbonded: dict[str, tuple[float, float]] = field(default_factory=dict)


def read_gaff(text: str) -> Table:
    """Parse a parm.dat style file: title, then blank-line separated sections in fixed order."""
    sections = [block.splitlines() for block in re.split(r"\n(?:[ \t]*\n)+", text)]
    table = Table()
    _masses(table, sections[0][1:])
    _bonds(table, sections[1][1:])  # the line before the bonds lists the hydrophilic types
    _angles(table, sections[2])
    _propers(table, sections[3])
    _impropers(table, sections[4])
    start = next(i for i, s in enumerate(sections) if s and s[0].startswith("MOD4"))
    _nonbonded(table, sections[start][1:])
    return table


def read_frcmod(text: str) -> Table:
    """Parse the file that parmchk2 writes for parameters it had to estimate."""
    table = Table()
    read = {
        "MASS": _masses,
        "BOND": _bonds,
        "ANGLE": _angles,
        "DIHE": _propers,
        "IMPROPER": _impropers,
        "NONBON": _nonbonded,
    }
    blocks: dict[str, list[str]] = {}
    current = None
    for line in text.splitlines()[1:]:
        if line.strip() in read:
            current = blocks.setdefault(line.strip(), [])
        elif line.strip() and current is not None:
            current.append(line)
    for name, lines in blocks.items():
        read[name](table, lines)
    return table


def subset(gaff: Table, extra: Table) -> dict:
    """Collect every parameter that some network needs, as a JSON-ready dictionary.

    Each entry carries its source: "gaff.dat" or "parmchk2". Raises KeyError naming the types
    of a bond, angle or torsion that neither table has.
    """
    needed = _types_in_networks()
    sources = (("gaff.dat", gaff), ("parmchk2", extra))
    out: dict = {
        "atoms": [],
        "bonds": [],
        "angles": [],
        "propers": [],
        "impropers": [],
    }
    for name in sorted(needed[1]):
        radius, epsilon = gaff.nonbonded[name[0]]
        out["atoms"].append([name[0], gaff.masses[name[0]], radius, epsilon, "gaff.dat"])
    for key, size in (("bonds", 2), ("angles", 3)):
        for types in sorted(needed[size]):
            source, values = _find(types, [(s, getattr(t, key)) for s, t in sources])
            out[key].append([*types, *values, source])
    for types in sorted(needed[4]):
        source, terms = _find_proper(types, sources)
        out["propers"].append([*types, terms, source])
    for types in sorted(needed["improper"]):
        improper = _find_improper(types, sources)
        if improper:
            out["impropers"].append(improper)
    return out


def _types_in_networks() -> dict:
    types_of: dict = {1: set(), 2: set(), 3: set(), 4: set(), "improper": set()}
    for types, near in _environments():
        for i in near:
            types_of[1].add((types[i],))
            for j in near[i]:
                types_of[2].add(_forward((types[i], types[j])))
                for k in near[j] - {i}:
                    types_of[3].add(_forward((types[i], types[j], types[k])))
                    for m in near[k] - {i, j}:
                        types_of[4].add(_forward((types[i], types[j], types[k], types[m])))
            if len(near[i]) == 3:
                types_of["improper"].add((types[i], *sorted(types[j] for j in near[i])))
    return types_of


def _environments() -> Iterator[tuple[dict, dict]]:
    """Yield types and neighbours of every residue, pair joined by an amide, and full residue.

    In the last every amide arm has its partner: between two arms of one residue there may be a
    torsion from partner to partner.
    """
    residues = {key: residue(*key) for key in all_states()}
    for graph in residues.values():
        yield _numbered([("a", graph)], [])
    donors = [g for (kind, _), g in residues.items() if kind in AMINES and g.external]
    acceptors = [g for (kind, _), g in residues.items() if kind not in AMINES and g.external]
    for donor in donors:
        for acceptor in acceptors:
            link = (("a", donor.external[0]), ("b", acceptor.external[0]))
            yield _numbered([("a", donor), ("b", acceptor)], [link])
    for acceptor in acceptors:
        partners = [(str(n), donors[0]) for n in range(len(acceptor.external))]
        links = [
            ((label, donor.external[0]), ("b", site))
            for (label, donor), site in zip(partners, acceptor.external, strict=True)
        ]
        yield _numbered([("b", acceptor), *partners], links)


def _numbered(parts: Iterable[tuple[str, Graph]], links: Iterable) -> tuple[dict, dict]:
    types: dict[tuple[str, str], str] = {}
    near: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for label, graph in parts:
        for atom in graph.atoms:
            types[label, atom.name] = atom.type
            near[label, atom.name] = set()
        for a, b, _ in graph.bonds:
            near[label, a].add((label, b))
            near[label, b].add((label, a))
    for a, b in links:
        near[a].add(b)
        near[b].add(a)
    return types, near


def _forward(types: Types) -> Types:
    return min(types, types[::-1])


def _find(types: Types, tables: list) -> tuple:
    for source, table in tables:
        for key in (types, types[::-1]):
            if key in table:
                return source, table[key]
    raise KeyError(f"no GAFF parameter for {'-'.join(types)}")


def _find_proper(types: Types, sources: Iterable) -> tuple:
    specific = [(s, t.propers) for s, t in sources]
    try:
        return _find(types, specific)
    except KeyError:
        return _find(("X", types[1], types[2], "X"), specific)


def _find_improper(types: Types, sources: Iterable) -> list | None:
    """Find the improper of a centre and three neighbours, the match with fewest wildcards.

    Neighbours come out in AMBER's order (first, second, fourth atom of the torsion).
    """
    centre, neighbours = types[0], types[1:]
    best: list | None = None
    best_rank = 4
    for source, table in sources:
        for pattern, values in table.impropers.items():
            rank = pattern.count("X")
            if pattern[2] != centre or rank >= best_rank:
                continue
            outer = (pattern[0], pattern[1], pattern[3])
            for order in sorted(set(permutations(neighbours))):
                if all(p in ("X", t) for p, t in zip(outer, order, strict=True)):
                    best, best_rank = [order[0], order[1], centre, order[2], *values, source], rank
                    break
    return best


def _split(line: str, count: int) -> tuple[Types, list[str]]:
    width = 3 * count - 1
    return tuple(t.strip() for t in line[:width].split("-")), line[width:].split()


def _masses(table: Table, lines: Iterable[str]) -> None:
    for line in lines:
        table.masses[line.split()[0]] = float(line.split()[1])


def _nonbonded(table: Table, lines: Iterable[str]) -> None:
    for line in lines:
        words = line.split()
        table.nonbonded[words[0]] = (float(words[1]), float(words[2]))


def _bonds(table: Table, lines: Iterable[str]) -> None:
    for line in lines:
        types, words = _split(line, 2)
        table.bonds[types] = (float(words[0]), float(words[1]))


def _angles(table: Table, lines: Iterable[str]) -> None:
    for line in lines:
        types, words = _split(line, 3)
        table.angles[types] = (float(words[0]), float(words[1]))


def _propers(table: Table, lines: Iterable[str]) -> None:
    """A negative periodicity announces a further term for the same types on the next line."""
    continued = False
    for line in lines:
        types, words = _split(line, 4)
        divider, barrier, phase, period = (float(w) for w in words[:4])
        terms = table.propers[types] if continued else table.propers.setdefault(types, [])
        if not continued:
            terms.clear()
        terms.append((barrier / divider, phase, abs(period)))
        continued = period < 0


def _impropers(table: Table, lines: Iterable[str]) -> None:
    for line in lines:
        types, words = _split(line, 4)
        barrier, phase, period = (float(w) for w in words[:3])
        table.impropers[types] = (barrier, phase, abs(period))
