"""How each ion is drawn: cations blue, anions orange, each with a shade and dashes of its own."""

from collections.abc import Iterable

from matplotlib.colors import to_hex, to_rgb
from matplotlib.lines import Line2D

from analysis.continuum.species import IONS
from analysis.figures.style import PALETTE, kind

SUPERSCRIPTS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
LIGHT, DARK = 0.45, -0.45
"""Share of white, or of black where negative, that is mixed into the colour of a sign."""
SOLID, DASHED, DOTTED = "solid", (0, (3, 1.2)), (0, (1, 1.1))
DASH_DOT = (0, (4, 1, 1, 1))
LINES = {
    "Na+": (LIGHT, SOLID, "^"),
    "K+": (LIGHT, DOTTED, "v"),
    "Li+": (0.0, DOTTED, "<"),
    "H+": (DARK, DOTTED, ">"),
    "Ca2+": (0.0, DASHED, "s"),
    "Mg2+": (DARK, DASH_DOT, "D"),
    "Cl-": (LIGHT, SOLID, "o"),
    "NO3-": (0.0, DOTTED, "P"),
    "SO4--": (DARK, DASHED, "X"),
    "NH4+": (DARK, SOLID, "p"),
    "Sr2+": (LIGHT, DASH_DOT, "8"),
    "Ba2+": (0.0, DASH_DOT, "d"),
    "HCO3-": (0.0, DASH_DOT, "p"),
    "F-": (DARK, SOLID, "8"),
    "Br-": (LIGHT, DASHED, "d"),
    "OH-": (LIGHT, DOTTED, "v"),
}
"""Shade, dashes and marker."""
OTHER = (0.0, SOLID, "h")
NEUTRAL = "#555555"


def sign_of(name: str) -> int:
    """Return the sign of a solute's charge, from the end of its name.

    >>> sign_of("Mg2+"), sign_of("SO4--"), sign_of("xylose")
    (1, -1, 0)
    """
    return {"+": 1, "-": -1}.get(name[-1], 0)


def label(name: str) -> str:
    """Return the name of an ion as printed; one that the package does not know stays as it is.

    >>> label("SO4--"), label("Mg2+"), label("NO3-"), label("xylose")
    ('SO₄²⁻', 'Mg²⁺', 'NO₃⁻', 'xylose')
    """
    if name not in IONS:
        return name
    charge = IONS[name].charge
    size = str(abs(charge)) if abs(charge) > 1 else ""
    formula = name.rstrip("+-")
    if charge > 0:
        formula = formula.removesuffix(size)
    sign = "+" if charge > 0 else "-"
    return formula.translate(SUBSCRIPTS) + (size + sign).translate(SUPERSCRIPTS)


def color(name: str) -> str:
    """Return the colour of an ion: a shade of that of its sign."""
    if sign_of(name) == 0:
        return NEUTRAL
    share = LINES.get(name, OTHER)[0]
    base = to_rgb(PALETTE[kind(name)])
    other = 1.0 if share > 0 else 0.0
    return to_hex([(1 - abs(share)) * part + abs(share) * other for part in base])


def line_style(name: str) -> dict:
    """Return the keywords of a line for an ion."""
    return {"color": color(name), "ls": LINES.get(name, OTHER)[1]}


def marker_style(name: str) -> dict:
    """Return the keywords of single points for an ion."""
    return {"color": color(name), "marker": LINES.get(name, OTHER)[2], "ls": "none"}


def ordered(names: Iterable[str]) -> list[str]:
    """Return each ion once: cations, anions, neutral ones; within a sign as given.

    >>> ordered(["Cl-", "Na+", "xylose", "Cl-", "Mg2+"])
    ['Na+', 'Mg2+', 'Cl-', 'xylose']
    """
    return sorted(dict.fromkeys(names), key=lambda name: (1, -1, 0).index(sign_of(name)))


def line_handles(names: Iterable[str]) -> list[Line2D]:
    """Return the legend handles of lines."""
    return [Line2D([], [], label=label(name), **line_style(name)) for name in ordered(names)]


def marker_handles(names: Iterable[str]) -> list[Line2D]:
    """Return the legend handles of points."""
    return [Line2D([], [], label=label(name), **marker_style(name)) for name in ordered(names)]
