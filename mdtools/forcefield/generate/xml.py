"""Small writer for OpenMM ForceField files: fixed layout, so that equal data give equal bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import radians
from xml.sax.saxutils import quoteattr

from mdtools.constants import KJ_PER_KCAL

NM = 0.1
"""nm per angstrom."""

COULOMB_14 = "0.8333333333"
LJ_14 = "0.5"
"""Scales of 1-4 pairs in AMBER force fields (1/1.2 and 1/2)."""


def number(value: float) -> str:
    """Format a number at ten significant digits, without an exponent for plain values."""
    return f"{value:.10g}"


def bond(length_angstrom: float, k: float) -> dict[str, str]:
    """Convert a harmonic bond of E = k (r - r0)^2, k in kcal/mol/angstrom^2."""
    return {"length": number(length_angstrom * NM), "k": number(2 * k * KJ_PER_KCAL / NM**2)}


def angle(degrees: float, k: float) -> dict[str, str]:
    """Convert a harmonic angle of E = k (theta - theta0)^2, k in kcal/mol/rad^2."""
    return {"angle": number(radians(degrees)), "k": number(2 * k * KJ_PER_KCAL)}


def sigma_epsilon(rmin_half_angstrom: float, epsilon_kcal: float) -> tuple[float, float]:
    """Convert half the minimum distance and the well depth to sigma (nm), epsilon (kJ/mol)."""
    return 2 * rmin_half_angstrom * NM / 2 ** (1 / 6), epsilon_kcal * KJ_PER_KCAL


def lennard_jones(rmin_half_angstrom: float, epsilon_kcal: float) -> dict[str, str]:
    """Write what `sigma_epsilon` returns as attributes."""
    sigma, epsilon = sigma_epsilon(rmin_half_angstrom, epsilon_kcal)
    return {"sigma": number(sigma), "epsilon": number(epsilon)}


def terms(series: Iterable[tuple[float, float, float]]) -> dict[str, str]:
    """Convert torsion terms k (1 + cos(n phi - phase)) of (k kcal/mol, phase degrees, n)."""
    out = {}
    for i, (k, phase, period) in enumerate(series, start=1):
        out[f"periodicity{i}"] = number(period)
        out[f"phase{i}"] = number(radians(phase))
        out[f"k{i}"] = number(k * KJ_PER_KCAL)
    return out


def element(tag: str, attributes: Mapping[str, str], children: Iterable[str] = ()) -> str:
    """Write an element; children are complete element strings, indented by one space."""
    head = " ".join([tag, *(f"{k}={quoteattr(v)}" for k, v in attributes.items())])
    body = [f" {line}" for child in children for line in child.splitlines()]
    return "\n".join([f"<{head}>", *body, f"</{tag}>"]) if body else f"<{head}/>"


def nonbonded(atoms: Iterable[Mapping[str, str]]) -> str:
    """Write a NonbondedForce with the charges of the residues and AMBER's 1-4 scales."""
    charge = element("UseAttributeFromResidue", {"name": "charge"})
    scales = {"coulomb14scale": COULOMB_14, "lj14scale": LJ_14}
    return element("NonbondedForce", scales, [charge, *(element("Atom", a) for a in atoms)])


def force_field(source: str, sections: Iterable[str]) -> str:
    """Write a complete file; `source` is kept in its Info element."""
    info = element("Info", {}, [element("Source", {"Source": source})])
    return element("ForceField", {}, [info, *sections]) + "\n"
