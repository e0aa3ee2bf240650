"""Text of the water, ion and graphene files from published values."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians

import numpy as np

from mdtools.ions import CHARGE_SCALES, SHAPES
from mdtools.roles import charge

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

MASSES = {
    "Li": 6.94,
    "N": 14.007,
    "O": 15.999,
    "Na": 22.99,
    "Mg": 24.305,
    "S": 32.06,
    "Cl": 35.45,
    "K": 39.1,
    "Ca": 40.08,
}
"""Dalton, of the atoms of ions."""


@dataclass(frozen=True)
class Oxyanion:
    """A central atom with oxygens around it, flexible; all its atoms are excluded from each other.

    ``charges`` (e), ``sigma_nm`` and ``epsilon`` (kJ/mol) are of the central atom and of an oxygen;
    energies are k/2 x^2 of bonds (kJ/mol/nm2) and angles (degrees, kJ/mol/rad2), and ``planar``
    (1 - cos(2 phi)) of one improper dihedral angle.
    """

    source: str
    charges: tuple[float, float]
    sigma_nm: tuple[float, float]
    epsilon: tuple[float, float]
    bond_k: float
    degrees: float
    angle_k: float
    planar: float = 0.0


OXYANIONS = {
    "NO3-": Oxyanion(
        "NO3-: OPLS (Sambasivarao & Acevedo, J. Chem. Theory Comput. 2009, 5, 1038), whose own "
        "mixing rule is geometric",
        charges=(0.794, -0.598),
        sigma_nm=(0.315, 0.286),
        epsilon=(0.71128, 0.87864),
        bond_k=530698.56,
        degrees=120.0,
        angle_k=1011.022,
        planar=3 * 4.184,
    ),
    "SO4--": Oxyanion(
        "SO4--: S. Gravelle, GROMACS tutorials (2024), sodium sulfate in the four-site water "
        "TIP4P/epsilon with Lorentz-Berthelot mixing; its bonds as stiff as those of alkyl "
        "sulfates, Schweighofer et al., J. Phys. Chem. B 1997, 101, 3793",
        charges=(2.0, -1.0),
        sigma_nm=(0.355, 0.386),
        epsilon=(1.0465, 0.12),
        bond_k=376560.0,
        degrees=109.5,
        angle_k=520.0,
    ),
}
"""The improper angle of nitrate stands for three of a third of its height, one from each oxygen.
The tutorial's bonds of sulfate are a tenth as stiff: Mg2+ beside it would shorten them by 0.04 nm.
"""


@dataclass(frozen=True)
class IonSet:
    """Source, well (sigma in nm, epsilon in kJ/mol) of each ion of one atom, and oxyanions."""

    source: str
    wells: dict[str, tuple[float, float]]
    oxyanions: tuple[str, ...] = ()


def _wells(values: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Convert Rmin/2 in angstrom and epsilon in kcal/mol."""
    return {name: xml.sigma_epsilon(*well) for name, well in values.items()}


ION_SETS = {
    "beglov-roux-1994": IonSet(
        "Na+, K+, Cl-: Beglov & Roux, J. Chem. Phys. 1994, 100, 9050; Li+, Mg2+, Ca2+ of the same "
        "CHARMM family; Lorentz-Berthelot mixing",
        _wells(
            {
                "Li+": (1.2975, 0.00233),
                "Na+": (1.36375, 0.0469),
                "K+": (1.76375, 0.0870),
                "Mg2+": (1.185, 0.015),
                "Ca2+": (1.367, 0.120),
                "Cl-": (2.27, 0.150),
            }
        ),
    ),
    "joung-cheatham-li-merz-tip4pew": IonSet(
        "Li+, Na+, K+, Cl-: Joung & Cheatham, J. Phys. Chem. B 2008, 112, 9020; Mg2+, Ca2+: Li et "
        "al., J. Chem. Theory Comput. 2013, 9, 2733 (12-6, compromise set); all fitted for "
        "TIP4P-Ew; Lorentz-Berthelot mixing",
        _wells(
            {
                "Li+": (0.808, 0.1039884),
                "Na+": (1.226, 0.1684375),
                "K+": (1.590, 0.2794651),
                "Mg2+": (1.353, 0.00941798),
                "Ca2+": (1.657, 0.11068733),
                "Cl-": (2.760, 0.0116615),
            }
        ),
        ("NO3-", "SO4--"),
    ),
    "ecc-kohagen-martinek": IonSet(
        "charges times 0.75, the electronic continuum correction; Na+: Kohagen, Mason & Jungwirth, "
        "J. Phys. Chem. B 2016, 120, 1454; Ca2+, Cl-: Martinek et al., J. Chem. Phys. 2018, 148, "
        "222813; all fitted for SPC/E; Lorentz-Berthelot mixing",
        {"Na+": (0.2115, 0.544284), "Ca2+": (0.26656, 0.5072), "Cl-": (0.41, 0.4928)},
    ),
}

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
    """Write the ions of one named set; templates have the ions' names."""
    chosen, scale = ION_SETS[ion_set], CHARGE_SCALES.get(ion_set, 1.0)
    anions = {name: OXYANIONS[name] for name in chosen.oxyanions}
    types, residues, sites = [], [], []
    for ion, (sigma, epsilon) in chosen.wells.items():
        (name,), (element,) = SHAPES[ion].names, SHAPES[ion].elements
        types.append(_type(ion, element))
        site = {"name": name, "type": ion, "charge": xml.number(scale * charge(ion))}
        residues.append(xml.element("Residue", {"name": ion}, [xml.element("Atom", site)]))
        sites.append(_site(ion, sigma, epsilon))
    for ion, anion in anions.items():
        own = _kinds(ion)
        types += [_type(kind, SHAPES[ion].elements[place]) for place, kind in enumerate(own)]
        residues.append(_oxyanion_residue(ion, anion, scale))
        sites += [_site(*values) for values in zip(own, anion.sigma_nm, anion.epsilon, strict=True)]
    return xml.force_field(
        "; ".join([chosen.source, *(anion.source for anion in anions.values())]),
        [
            xml.element("AtomTypes", {}, types),
            xml.element("Residues", {}, residues),
            *_bonded(anions),
            xml.nonbonded(sites),
        ],
    )


def _kinds(ion: str) -> tuple[str, str]:
    return f"{ion} {SHAPES[ion].elements[0]}", f"{ion} O"


def _type(name: str, element: str) -> str:
    mass = xml.number(MASSES[element])
    return xml.element("Type", {"name": name, "class": name, "element": element, "mass": mass})


def _site(kind: str, sigma_nm: float, epsilon: float) -> dict[str, str]:
    return {"type": kind, "sigma": xml.number(sigma_nm), "epsilon": xml.number(epsilon)}


def _oxyanion_residue(ion: str, anion: Oxyanion, scale: float) -> str:
    shape, own = SHAPES[ion], _kinds(ion)
    charges = [xml.number(scale * value) for value in anion.charges]
    lines = [
        xml.element("Atom", {"name": n, "type": own[place > 0], "charge": charges[place > 0]})
        for place, n in enumerate(shape.names)
    ]
    lines += [
        xml.element("Bond", {"atomName1": shape.names[a], "atomName2": shape.names[b]})
        for a, b in shape.bonds
    ]
    return xml.element("Residue", {"name": ion}, lines)


def _bonded(anions: dict[str, Oxyanion]) -> list[str]:
    bonds, angles, torsions = [], [], []
    for ion, anion in anions.items():
        central, oxygen = _kinds(ion)
        length = float(np.linalg.norm(SHAPES[ion].places_nm[1]))
        pair = {"class1": central, "class2": oxygen}
        bonds.append(
            xml.element(
                "Bond", {**pair, "length": xml.number(length), "k": xml.number(anion.bond_k)}
            )
        )
        bend = {"angle": xml.number(radians(anion.degrees)), "k": xml.number(anion.angle_k)}
        triple = {"class1": oxygen, "class2": central, "class3": oxygen}
        angles.append(xml.element("Angle", {**triple, **bend}))
        if anion.planar:
            four = {"class1": central, **{f"class{n}": oxygen for n in (2, 3, 4)}}
            term = {"periodicity1": "2", "phase1": xml.number(pi), "k1": xml.number(anion.planar)}
            torsions.append(xml.element("Improper", {**four, **term}))
    if not anions:
        return []
    return [
        xml.element("HarmonicBondForce", {}, bonds),
        xml.element("HarmonicAngleForce", {}, angles),
        xml.element("PeriodicTorsionForce", {"ordering": "amber"}, torsions),
    ]


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
