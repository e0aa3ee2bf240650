"""Residue templates of the polyamide force field as data."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from mdtools.roles import GROUP_CHARGE_E

from .files import DATA


@dataclass(frozen=True)
class Template:
    """One residue template: charges in e; atoms are (name, element, type, charge).

    Arms stand in canonical state order: arm 0 has the lowest state. `external` names the atoms
    that bond to the next residue, one per amide arm.
    """

    name: str
    kind: str
    states: tuple[str, ...]
    formal_charge: int
    n_amide: int
    charge_sum: float
    atoms: tuple[tuple[str, str, str, float], ...]
    bonds: tuple[tuple[str, str], ...]
    external: tuple[str, ...]


@cache
def templates() -> MappingProxyType[str, Template]:
    """Read the 72 templates from polyamide.xml, once; returns them by name."""
    root = ElementTree.parse(DATA / "polyamide.xml").getroot()
    elements = {t.get("name"): t.get("element") for t in root.iterfind("AtomTypes/Type")}
    read = (_read(node, elements) for node in root.iterfind("Residues/Residue"))
    return MappingProxyType({template.name: template for template in read})


def _read(node: ElementTree.Element, elements: dict) -> Template:
    name = node.attrib["name"]
    kind, _, arms = name.rstrip(")").partition("(")
    states = tuple(arms.split(","))
    atoms = tuple(
        (a.attrib["name"], elements[a.attrib["type"]], a.attrib["type"], float(a.attrib["charge"]))
        for a in node.iterfind("Atom")
    )
    return Template(
        name=name,
        kind=kind,
        states=states,
        formal_charge=sum(GROUP_CHARGE_E.get(s, 0) for s in states),
        n_amide=states.count("amide"),
        charge_sum=round(sum(a[3] for a in atoms), 6),
        atoms=atoms,
        bonds=tuple((b.attrib["atomName1"], b.attrib["atomName2"]) for b in node.iterfind("Bond")),
        external=tuple(b.attrib["atomName"] for b in node.iterfind("ExternalBond")),
    )
