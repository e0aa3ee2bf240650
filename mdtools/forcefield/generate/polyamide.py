"""Text of polyamide.xml from the GAFF subset and the AM1-BCC charges."""

from __future__ import annotations

from ..states import template_name
from . import xml
from .charges import shifted
from .graphs import all_states, residue

SOURCE = (
    "GAFF 1.81 (Wang et al., J. Comput. Chem. 2004, 25, 1157); AM1-BCC charges (Jakalian et al., "
    "J. Comput. Chem. 2002, 23, 1623) of capped models, shifted to exact sums"
)

ELEMENTS = {"ca": "C", "c": "C", "c3": "C", "cl": "Cl"}
"""Elements of the types whose first letter does not tell."""


def polyamide_xml(gaff: dict, document: dict) -> str:
    """Write the force field file: types, 72 templates, bonded and nonbonded parameters."""
    return xml.force_field(
        SOURCE,
        [
            xml.element("AtomTypes", {}, _types(gaff)),
            xml.element("Residues", {}, _residues(document)),
            xml.element("HarmonicBondForce", {}, _bonds(gaff)),
            xml.element("HarmonicAngleForce", {}, _angles(gaff)),
            xml.element("PeriodicTorsionForce", {"ordering": "amber"}, _torsions(gaff)),
            xml.nonbonded(
                {"type": name, **xml.lennard_jones(radius, epsilon)}
                for name, _, radius, epsilon, _ in gaff["atoms"]
            ),
        ],
    )


def _types(gaff: dict) -> list[str]:
    return [
        xml.element(
            "Type",
            {
                "name": name,
                "class": name,
                "element": ELEMENTS.get(name, name[0].upper()),
                "mass": xml.number(mass),
            },
        )
        for name, mass, *_ in gaff["atoms"]
    ]


def _residues(document: dict) -> list[str]:
    out = []
    for kind, states in all_states():
        core, charges = residue(kind, states), shifted(kind, states, document).final
        lines = [
            xml.element(
                "Atom", {"name": a.name, "type": a.type, "charge": f"{charges[a.name]:.6f}"}
            )
            for a in core.atoms
        ]
        lines += [xml.element("Bond", {"atomName1": a, "atomName2": b}) for a, b, _ in core.bonds]
        lines += [xml.element("ExternalBond", {"atomName": a}) for a in core.external]
        out.append(xml.element("Residue", {"name": template_name(kind, states)}, lines))
    return out


def _classes(types: list[str]) -> dict[str, str]:
    return {f"class{i}": t for i, t in enumerate(types, start=1)}


def _bonds(gaff: dict) -> list[str]:
    return [
        xml.element("Bond", {**_classes([a, b]), **xml.bond(length, k)})
        for a, b, k, length, _ in gaff["bonds"]
    ]


def _angles(gaff: dict) -> list[str]:
    return [
        xml.element("Angle", {**_classes([a, b, c]), **xml.angle(degrees, k)})
        for a, b, c, k, degrees, _ in gaff["angles"]
    ]


def _torsions(gaff: dict) -> list[str]:
    """Write the torsions, without terms of no height; OpenMM names an improper's centre first."""
    out = []
    for a, b, c, d, series, _ in gaff["propers"]:
        kept = [term for term in series if term[0] != 0.0]
        if kept:
            out.append(xml.element("Proper", {**_classes([a, b, c, d]), **xml.terms(kept)}))
    for a, b, c, d, k, phase, period, _ in gaff["impropers"]:
        attributes = {**_classes([c, a, b, d]), **xml.terms([(k, phase, period)])}
        out.append(xml.element("Improper", attributes))
    return out
