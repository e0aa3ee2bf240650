"""Text of the water, ion and graphene files from published values."""

from __future__ import annotations

from math import cos, radians

from . import xml

TIP4P_SOURCE = "TIP4P: Jorgensen et al., J. Chem. Phys. 1983, 79, 926"
TIP4P_SIGMA_NM = 0.315365
TIP4P_EPSILON_KJ_MOL = 0.64852
TIP4P_HYDROGEN_E = 0.52
TIP4P_OH_NM = 0.09572
TIP4P_HOH_DEGREES = 104.52
TIP4P_OM_NM = 0.015

FLEXIBLE_BOND_K = 462750.4
FLEXIBLE_ANGLE_K = 836.8
"""TIP3P's force constants (kJ/mol/nm^2, kJ/mol/rad^2), in use only if water is left flexible."""

IONS = {
    "Na+": ("NA", "Na", 22.99, 1),
    "K+": ("K", "K", 39.1, 1),
    "Ca2+": ("CA", "Ca", 40.08, 2),
    "Cl-": ("CL", "Cl", 35.45, -1),
}
"""Atom name, element, mass (dalton) and charge (e) of each ion."""

ION_SETS = {
    "beglov-roux-1994": (
        "Na+, K+, Cl-: Beglov & Roux, J. Chem. Phys. 1994, 100, 9050; Ca2+ of the same CHARMM "
        "family; Lorentz-Berthelot mixing",
        {
            "Na+": (1.36375, 0.0469),
            "K+": (1.76375, 0.0870),
            "Ca2+": (1.367, 0.120),
            "Cl-": (2.27, 0.150),
        },
    ),
    "joung-cheatham-li-merz-tip4pew": (
        "Na+, K+, Cl-: Joung & Cheatham, J. Phys. Chem. B 2008, 112, 9020; Ca2+: Li et al., "
        "J. Chem. Theory Comput. 2013, 9, 2733 (12-6, compromise set); both fitted for TIP4P-Ew",
        {
            "Na+": (1.226, 0.1684375),
            "K+": (1.590, 0.2794651),
            "Ca2+": (1.657, 0.11068733),
            "Cl-": (2.760, 0.0116615),
        },
    ),
}
"""Source, and Rmin/2 (angstrom) with epsilon (kcal/mol) of each ion."""

GRAPHENE_SOURCE = "sp2 carbon ca of GAFF 1.81: Wang et al., J. Comput. Chem. 2004, 25, 1157"
GRAPHENE_MASS = 12.011


def tip4p_xml() -> str:
    """Write rigid four-site water; the charge site is an average of O, H and H."""
    height = TIP4P_OH_NM * cos(radians(TIP4P_HOH_DEGREES / 2))
    weight_h = TIP4P_OM_NM / (2 * height)
    types = [
        xml.element("Type", {"name": n, "class": n, **rest})
        for n, rest in (
            ("tip4p-O", {"element": "O", "mass": "15.9994"}),
            ("tip4p-H", {"element": "H", "mass": "1.008"}),
            ("tip4p-M", {"mass": "0"}),
        )
    ]
    charge = {"O": 0.0, "H1": TIP4P_HYDROGEN_E, "H2": TIP4P_HYDROGEN_E, "M": -2 * TIP4P_HYDROGEN_E}
    lines = [
        xml.element("Atom", {"name": n, "type": f"tip4p-{n[0]}", "charge": xml.number(q)})
        for n, q in charge.items()
    ]
    site = {"type": "average3", "siteName": "M"}
    site |= {f"atomName{i}": n for i, n in enumerate(("O", "H1", "H2"), start=1)}
    weights = (1 - 2 * weight_h, weight_h, weight_h)
    site |= {f"weight{i}": f"{w:.12f}" for i, w in enumerate(weights, start=1)}
    lines.append(xml.element("VirtualSite", site))
    lines += [xml.element("Bond", {"atomName1": "O", "atomName2": h}) for h in ("H1", "H2")]
    oh = {"length": xml.number(TIP4P_OH_NM), "k": xml.number(FLEXIBLE_BOND_K)}
    hoh = {"angle": xml.number(radians(TIP4P_HOH_DEGREES)), "k": xml.number(FLEXIBLE_ANGLE_K)}
    bond = xml.element("Bond", {"class1": "tip4p-O", "class2": "tip4p-H", **oh})
    angle_classes = {"class1": "tip4p-H", "class2": "tip4p-O", "class3": "tip4p-H"}
    return xml.force_field(
        TIP4P_SOURCE,
        [
            xml.element("AtomTypes", {}, types),
            xml.element("Residues", {}, [xml.element("Residue", {"name": "HOH"}, lines)]),
            xml.element("HarmonicBondForce", {}, [bond]),
            xml.element("HarmonicAngleForce", {}, [xml.element("Angle", {**angle_classes, **hoh})]),
            xml.nonbonded(
                [
                    {
                        "type": "tip4p-O",
                        "sigma": xml.number(TIP4P_SIGMA_NM),
                        "epsilon": xml.number(TIP4P_EPSILON_KJ_MOL),
                    },
                    {"type": "tip4p-H", "sigma": "1", "epsilon": "0"},
                    {"type": "tip4p-M", "sigma": "1", "epsilon": "0"},
                ]
            ),
        ],
    )


def ions_xml(ion_set: str) -> str:
    """Write Na+, K+, Ca2+ and Cl- of one named set; templates have the ions' names."""
    source, values = ION_SETS[ion_set]
    types, residues = [], []
    for ion, (atom, symbol, mass, charge) in IONS.items():
        kind = {"name": ion, "class": ion, "element": symbol, "mass": xml.number(mass)}
        types.append(xml.element("Type", kind))
        site = xml.element("Atom", {"name": atom, "type": ion, "charge": xml.number(charge)})
        residues.append(xml.element("Residue", {"name": ion}, [site]))
    return xml.force_field(
        source,
        [
            xml.element("AtomTypes", {}, types),
            xml.element("Residues", {}, residues),
            xml.nonbonded({"type": n, **xml.lennard_jones(*values[n])} for n in IONS),
        ],
    )


def graphene_xml(gaff: dict) -> str:
    """Write one uncharged carbon with the Lennard-Jones parameters of GAFF's ca."""
    ((radius, epsilon),) = [(r, e) for name, _, r, e, _ in gaff["atoms"] if name == "ca"]
    name = "graphene-C"
    kind = {"name": name, "class": name, "element": "C", "mass": xml.number(GRAPHENE_MASS)}
    atom = xml.element("Atom", {"name": "C", "type": name, "charge": "0"})
    return xml.force_field(
        GRAPHENE_SOURCE,
        [
            xml.element("AtomTypes", {}, [xml.element("Type", kind)]),
            xml.element("Residues", {}, [xml.element("Residue", {"name": "graphene"}, [atom])]),
            xml.nonbonded([{"type": name, **xml.lennard_jones(radius, epsilon)}]),
        ],
    )
