"""Molecular graphs of the residue templates and of the capped models that stand for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, pairwise

from ..states import AMINES, ARMS, DIACYLS, STATES

ACYL_RING = {0: "C1", 1: "C3", 2: "C5"}
"""Ring carbon of TMC that carries arm 0, 1, 2; its acyl carbon is C7, C8, C9."""

CAPS = "benzoyl on amide N of PIP and of MPD, dimethylamide on amide C of TMC and of diacyls"


@dataclass(frozen=True)
class Atom:
    """An atom: name in templates, element symbol, GAFF 1.81 type and formal charge (e)."""

    name: str
    element: str
    type: str
    formal_charge: int = 0


@dataclass(frozen=True)
class Graph:
    """A molecular graph: atoms, bonds (name, name, order) and atoms bonded to the next residue."""

    atoms: tuple[Atom, ...]
    bonds: tuple[tuple[str, str, int], ...]
    external: tuple[str, ...] = ()

    @property
    def formal_charge(self) -> int:
        """Sum of the formal charges in e."""
        return sum(atom.formal_charge for atom in self.atoms)

    def neighbours(self) -> dict[str, list[str]]:
        """List the names bonded to each atom, in the order of bonds."""
        near: dict[str, list[str]] = {atom.name: [] for atom in self.atoms}
        for a, b, _ in self.bonds:
            near[a].append(b)
            near[b].append(a)
        return near


def all_states() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (kind, canonical states) of templates: 6 of an amine, 20 of TMC, 10 of a diacyl."""
    for kind, arms in ARMS.items():
        for states in combinations_with_replacement(STATES[kind], arms):
            yield kind, states


def residue(kind: str, states: tuple[str, ...]) -> Graph:
    """Build the graph of one residue without caps; `states` lists its arms in order."""
    if kind in DIACYLS:
        return _diacyl(DIACYLS[kind], states)
    return {"PIP": _pip, "MPD": _mpd, "TMC": _tmc}[kind](states)


def capped(kind: str, states: tuple[str, ...]) -> Graph:
    """Build the closed-shell model of a residue, its amide arms capped as CAPS says."""
    core = residue(kind, states)
    atoms, bonds = list(core.atoms), list(core.bonds)
    for i, site in enumerate(core.external):
        add = _benzoyl if kind in AMINES else _dimethylamide
        add(site, f"x{i}", atoms, bonds)
    return Graph(tuple(atoms), tuple(bonds))


def is_cap(name: str) -> bool:
    """Whether an atom of a capped model belongs to a cap."""
    return name.startswith("x")


def symmetry_classes(graph: Graph) -> dict[str, int]:
    """Number the symmetry classes: atoms that bond topology cannot tell apart share one."""
    near = graph.neighbours()
    colour: dict[str, object] = {atom.name: atom.element for atom in graph.atoms}
    for _ in graph.atoms:
        keys = {n: (colour[n], tuple(sorted(str(colour[m]) for m in near[n]))) for n in near}
        order = {key: i for i, key in enumerate(sorted(set(keys.values()), key=str))}
        colour = {n: order[key] for n, key in keys.items()}
    return colour  # type: ignore[return-value]


def _pip(states: tuple[str, ...]) -> Graph:
    nitrogen = {"NH": ("n3", 0), "NH2+": ("n4", 1), "amide": ("n", 0)}
    ring = ("N1", "C2", "C3", "N4", "C5", "C6")
    arm_of = {"N1": 0, "C2": 0, "C6": 0, "N4": 1, "C3": 1, "C5": 1}
    atoms, bonds, external = [], [], []
    for name in ring:
        if name[0] == "N":
            kind, charge = nitrogen[states[arm_of[name]]]
            atoms.append(Atom(name, "N", kind, charge))
        else:
            atoms.append(Atom(name, "C", "c3"))
    bonds += [(ring[i], ring[(i + 1) % 6], 1) for i in range(6)]
    for name in ring:
        state = states[arm_of[name]]
        if name[0] == "C":
            for h in (f"H{name[1]}1", f"H{name[1]}2"):
                atoms.append(Atom(h, "H", "hx" if state == "NH2+" else "h1"))
                bonds.append((name, h, 1))
    for name in ("N1", "N4"):
        external += _amine_hydrogens(name, states[arm_of[name]], atoms, bonds)
    return Graph(tuple(atoms), tuple(bonds), tuple(external))


def _mpd(states: tuple[str, ...]) -> Graph:
    nitrogen = {"NH": ("nh", 0), "NH2+": ("n4", 1), "amide": ("n", 0)}
    atoms, bonds = _benzene(("2", "4", "5", "6"))
    external = []
    for name, state in zip(("N1", "N3"), states, strict=True):
        kind, charge = nitrogen[state]
        atoms += [Atom(name, "N", kind, charge), Atom(f"H{name[1]}A", "H", "hn")]
        bonds += [(f"C{name[1]}", name, 1), (name, f"H{name[1]}A", 1)]
        external += _amine_hydrogens(name, state, atoms, bonds)
    return Graph(tuple(atoms), tuple(bonds), tuple(external))


def _amine_hydrogens(name: str, state: str, atoms: list, bonds: list) -> list[str]:
    """Add the hydrogens of an amine's state; returns its nitrogen if that is bonded further."""
    if state == "amide":
        return [name]
    for h in (f"H{name[1]}", f"H{name[1]}B")[: 1 if state == "NH" else 2]:
        atoms.append(Atom(h, "H", "hn"))
        bonds.append((name, h, 1))
    return []


def _tmc(states: tuple[str, ...]) -> Graph:
    atoms, bonds = _benzene(("2", "4", "6"))
    external = []
    for arm, state in enumerate(states):
        external += _acyl(7 + arm, ACYL_RING[arm], state, atoms, bonds)
    return Graph(tuple(atoms), tuple(bonds), tuple(external))


def _benzene(hydrogens: tuple[str, ...]) -> tuple[list[Atom], list[tuple[str, str, int]]]:
    """Return atoms and bonds of a ring C1 to C6 with hydrogens at the carbons of these numbers."""
    atoms = [Atom(f"C{i}", "C", "ca") for i in range(1, 7)]
    bonds = [(f"C{i}", f"C{i % 6 + 1}", 1 + i % 2) for i in range(1, 7)]
    for i in hydrogens:
        atoms.append(Atom(f"H{i}", "H", "ha"))
        bonds.append((f"C{i}", f"H{i}", 1))
    return atoms, bonds


def _diacyl(length: int, states: tuple[str, ...]) -> Graph:
    chain = [f"C{i}" for i in range(1, length + 1)]
    atoms = [Atom(name, "C", "c3") for name in chain]
    bonds = [(a, b, 1) for a, b in pairwise(chain)]
    for name in chain:
        for h in (f"H{name[1]}1", f"H{name[1]}2"):
            atoms.append(Atom(h, "H", "hc"))
            bonds.append((name, h, 1))
    external = []
    first, last = (chain[0], chain[-1]) if chain else (None, "C7")
    for number, holder, state in ((7, first, states[0]), (8, last, states[1])):
        external += _acyl(number, holder, state, atoms, bonds)
    return Graph(tuple(atoms), tuple(bonds), tuple(external))


def _acyl(n: int, holder: str | None, state: str, atoms: list, bonds: list) -> list[str]:
    """Add an acyl arm in a state on its holder; returns its carbon if that is bonded further."""
    atoms += [Atom(f"C{n}", "C", "c"), Atom(f"O{n}", "O", "o")]
    if holder is not None:
        bonds.append((holder, f"C{n}", 1))
    bonds.append((f"C{n}", f"O{n}", 2))
    if state == "amide":
        return [f"C{n}"]
    if state == "COCl":
        atoms.append(Atom(f"CL{n}", "Cl", "cl"))
        bonds.append((f"C{n}", f"CL{n}", 1))
    elif state == "COO-":
        atoms.append(Atom(f"O{n}B", "O", "o", -1))
        bonds.append((f"C{n}", f"O{n}B", 1))
    else:
        atoms += [Atom(f"O{n}B", "O", "oh"), Atom(f"H{n}", "H", "ho")]
        bonds += [(f"C{n}", f"O{n}B", 1), (f"O{n}B", f"H{n}", 1)]
    return []


def _methyl(carbon: str, atoms: list, bonds: list) -> None:
    atoms.append(Atom(carbon, "C", "c3"))
    for k in "abc":
        atoms.append(Atom(f"{carbon}{k}", "H", "h1"))
        bonds.append((carbon, f"{carbon}{k}", 1))


def _benzoyl(site: str, prefix: str, atoms: list, bonds: list) -> None:
    carbonyl, oxygen = f"{prefix}C", f"{prefix}O"
    ring = [f"{prefix}P{k}" for k in range(6)]
    atoms += [Atom(carbonyl, "C", "c"), Atom(oxygen, "O", "o")]
    bonds += [(site, carbonyl, 1), (carbonyl, oxygen, 2), (carbonyl, ring[0], 1)]
    for k, name in enumerate(ring):
        atoms.append(Atom(name, "C", "ca"))
        bonds.append((name, ring[(k + 1) % 6], 1 + k % 2))
        if k:
            atoms.append(Atom(f"{name}h", "H", "ha"))
            bonds.append((name, f"{name}h", 1))


def _dimethylamide(site: str, prefix: str, atoms: list, bonds: list) -> None:
    nitrogen = f"{prefix}N"
    atoms.append(Atom(nitrogen, "N", "n"))
    bonds.append((site, nitrogen, 1))
    for methyl in (f"{prefix}A", f"{prefix}B"):
        _methyl(methyl, atoms, bonds)
        bonds.append((nitrogen, methyl, 1))
