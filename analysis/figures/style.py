"""Colours, markers and names of species, the same in every figure."""

from collections.abc import Iterable
from importlib.resources import files

PALETTE = {
    "cation": "#0072B2",
    "anion": "#D55E00",
    "NH2+": "#009E73",
    "COO-": "#CC79A7",
    "water": "#56B4E9",
    "membrane": "#666666",
}
"""After Okabe & Ito (2008); a test holds the distances that colour-blind readers see."""
WHEEL = ("#0072B2", "#D55E00", "#009E73", "#B07D2B", "#8E5EA2", "#666666")
"""For curves that stand for no species."""
MARKERS = {"cation": "^", "anion": "o", "NH2+": "*", "COO-": "D"}
IONS = {
    "Li+": ("#074F6D", "<"),
    "K+": ("#6A37D4", "v"),
    "Mg2+": ("#2D0567", "p"),
    "Ca2+": ("#2008A7", "s"),
    "NO3-": ("#5D0F38", "P"),
    "SO4--": ("#A0211E", "X"),
}
"""Colour and marker of ions that stand beside Na+ and Cl-, which have those of their sign; as far
from all of PALETTE and from each other as those are."""
LABELS = {
    "Li+": "Li⁺",
    "Na+": "Na⁺",
    "K+": "K⁺",
    "Mg2+": "Mg²⁺",
    "Ca2+": "Ca²⁺",
    "Cl-": "Cl⁻",
    "NO3-": "NO₃⁻",
    "SO4--": "SO₄²⁻",
    "NH2+": "NH₂⁺",
    "COO-": "COO⁻",
    "CaCl2": "CaCl₂",
    "MgCl2": "MgCl₂",
    "Na2SO4": "Na₂SO₄",
    "MgSO4": "MgSO₄",
}
"""Unicode and no mathtext: captions are also the description in the files."""
Z_LABEL = "z from membrane centre (Å)"
Z_LABEL_SHORT = "z (Å)"
"""Where panels are too narrow for the other."""
NARROW_COLUMNS = 3
"""From this many panels side by side on, they are too narrow for the long label of z."""
MPLSTYLE = str(files("analysis.figures").joinpath("polyamide.mplstyle"))


def z_label(columns: int) -> str:
    """Return the label of z below so many panels side by side.

    >>> z_label(2), z_label(3)
    ('z from membrane centre (Å)', 'z (Å)')
    """
    return Z_LABEL if columns < NARROW_COLUMNS else Z_LABEL_SHORT


def kind(species: str) -> str:
    """Return the key of PALETTE for a species: charged groups, water and membrane are their own.

    >>> kind("Ca2+"), kind("Cl-"), kind("NH2+")
    ('cation', 'anion', 'NH2+')
    """
    if species in PALETTE:
        return species
    return "cation" if species.endswith("+") else "anion"


def ordered(species: Iterable[str]) -> list[str]:
    """Return each species once, in the order of every legend: cations, anions, groups.

    >>> ordered(["COO-", "Cl-", "Na+", "Cl-"])
    ['Na+', 'Cl-', 'COO-']
    """
    kinds = list(PALETTE)
    return sorted(set(species), key=lambda name: (kinds.index(kind(name)), name))


def color(species: str) -> str:
    """Return the colour of a species: its own, or that of its kind."""
    return IONS[species][0] if species in IONS else PALETTE[kind(species)]


def marker(species: str) -> str:
    """Return the marker of a species: its own, or that of its kind.

    >>> marker("Na+"), marker("Ca2+"), marker("SO4--")
    ('^', 's', 'X')
    """
    return IONS[species][1] if species in IONS else MARKERS[kind(species)]


def label(species: str) -> str:
    """Return the name of a species or a salt as printed."""
    return LABELS.get(species, species)


def time_label(time_ns: float) -> str:
    """Return the time in the unit that reads best.

    >>> time_label(100.0), time_label(0.003)
    ('100 ns', '3 ps')
    """
    return f"{time_ns:.4g} ns" if time_ns >= 1 else f"{1000 * time_ns:.4g} ps"
