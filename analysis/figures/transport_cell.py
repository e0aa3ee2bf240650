"""The transport cell as it was built: membrane, reservoirs, graphene, ions, lengths."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.sheet import Cell, Sheet, cells, sides
from analysis.figures.style import PALETTE, Z_LABEL, color, kind, label, marker, ordered
from mdtools.roles import CHARGED_GROUP, COUNTER_ION, FEED_ION, MEMBRANE, PISTON, WATER_OXYGEN

WIDTH_INCHES = 6.4
MARGIN_INCHES = 0.75
"""What titles and labels of a panel take beside the cell itself."""
DOTS: dict[str, dict] = {
    WATER_OXYGEN: {"c": PALETTE["water"], "alpha": 0.3, "zorder": 1},
    MEMBRANE: {"c": PALETTE["membrane"], "alpha": 0.4, "zorder": 2},
    PISTON: {"c": "#222222", "alpha": 1.0, "zorder": 2},
}
"""Atoms by the thousand, one mark each, as pixels also in the pdf."""
DOT_ANGSTROM = 1.1
"""Width of a dot: small enough that atoms behind one another make shades and no wall."""
NAMES = {WATER_OXYGEN: "water O", MEMBRANE: "membrane", PISTON: "graphene"}
SIZES = {"cation": 26, "anion": 24, "NH2+": 40, "COO-": 16}
BEYOND = 3.0
"""Room (angstrom) behind the graphene."""
UNDER, ABOVE = 0.2, 0.12
"""Room below the box, where lengths stand, and above it, as shares of its height."""


def transport_cell(atoms: pd.DataFrame, lengths: pd.DataFrame) -> Figure:
    """Draw cells in the xz-plane to scale, from graphene sheet to graphene sheet.

    Parameters
    ----------
    atoms : DataFrame
        layout, salt, role, species, x_angstrom, z_angstrom (z from the membrane's centre of mass);
        of water the oxygens, of membrane and graphene the heavy atoms.
    lengths : DataFrame
        layout, salt, place (feed reservoir, membrane, permeate reservoir, x, y), from_angstrom,
        to_angstrom.
    """
    everything = cells(lengths)
    shape = [extents(cell.of(lengths)) for cell in everything]
    ratio = max(height / width for width, height in shape)
    height = (WIDTH_INCHES - MARGIN_INCHES) * ratio * (1 + UNDER + ABOVE) + MARGIN_INCHES
    sheet = Sheet(WIDTH_INCHES, height * len(everything))
    atoms, lengths = sheet.keep("atoms", atoms), sheet.keep("lengths", lengths)
    grid = sheet.subplots(len(everything), 1, squeeze=False)[:, 0]
    for axes, cell in zip(grid, everything, strict=True):
        points = 72 * (WIDTH_INCHES - MARGIN_INCHES) / extents(cell.of(lengths))[0]
        draw_atoms(axes, cell.of(atoms), (DOT_ANGSTROM * points) ** 2)
        draw_lengths(axes, cell.of(lengths).set_index("place"))
        axes.set_title(cell.title)
        axes.set(xlabel=Z_LABEL, ylabel="x (Å)", aspect="equal")
        sides(axes)
    sheet.key(handles(atoms))
    return sheet.finish(caption(atoms, lengths, everything))


def extents(lengths: pd.DataFrame) -> tuple[float, float]:
    """Return the width, graphene to graphene, and the height of a cell, angstrom."""
    by_place = lengths.set_index("place")
    low, high = by_place.from_angstrom["feed reservoir"], by_place.to_angstrom["permeate reservoir"]
    return high - low + 2 * BEYOND, by_place.to_angstrom["x"] - by_place.from_angstrom["x"]


def draw_atoms(axes, atoms: pd.DataFrame, size: float) -> None:
    """Draw the atoms of a cell as dots, its ions and groups as the marks of their species."""
    for role, look in DOTS.items():
        own = atoms[atoms.role == role]
        look = look | {"s": size, "linewidths": 0, "rasterized": True}
        axes.scatter(own.z_angstrom, own.x_angstrom, **look)
    for role, rows in atoms[~atoms.role.isin(DOTS)].groupby("role"):
        for species in ordered(rows.species):
            own = rows[rows.species == species]
            axes.scatter(own.z_angstrom, own.x_angstrom, **mark(role, species))


def mark(role: str, species: str) -> dict:
    """Return how an ion or group is marked: counter-ions are hollow."""
    hollow = role == COUNTER_ION
    return {
        "marker": marker(species),
        "s": SIZES[kind(species)],
        "facecolors": "white" if hollow else color(species),
        "edgecolors": color(species) if hollow else "white",
        "linewidths": 1.0 if hollow else 0.5,
        "zorder": 3 if role == CHARGED_GROUP else 4,
        "clip_on": False,
    }


def draw_lengths(axes, lengths: pd.DataFrame) -> None:
    """Draw the reservoirs' and the membrane's length along z under the cell, set the limits."""
    low, high = lengths.from_angstrom["x"], lengths.to_angstrom["x"]
    height = high - low
    axes.set_ylim(low - UNDER * height, high + ABOVE * height)
    axes.set_xlim(
        lengths.from_angstrom["feed reservoir"] - BEYOND,
        lengths.to_angstrom["permeate reservoir"] + BEYOND,
    )
    y = low - 0.06 * height
    for place in ("feed reservoir", "membrane", "permeate reservoir"):
        start, end = lengths.from_angstrom[place], lengths.to_angstrom[place]
        arrow = {"arrowstyle": "<->", "lw": 0.7, "color": "#333333", "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (start, y), (end, y), arrowprops=arrow)
        text = f"{(end - start) / 10:.1f} nm"
        axes.text((start + end) / 2, y - 0.02 * height, text, ha="center", va="top", fontsize=6.5)


def handles(atoms: pd.DataFrame) -> list:
    """Return the legend handles: atoms, then ions and groups that are there."""
    present = set(atoms.role)
    dots = [
        Line2D([], [], ls="none", marker="o", ms=3.5, color=look["c"], label=NAMES[role])
        for role, look in DOTS.items()
        if role in present
    ]
    marks = []
    for role in (FEED_ION, COUNTER_ION, CHARGED_GROUP):
        for species in ordered(atoms.species[atoms.role == role]):
            hollow = role == COUNTER_ION
            name = f"{label(species)} counter-ion" if hollow else label(species)
            look: dict = {"mfc": "white" if hollow else color(species), "mec": color(species)}
            look |= {"ls": "none", "marker": marker(species), "ms": 5.5}
            marks.append(Line2D([], [], label=name, **look))
    return [*marks, *dots]


def numbers_text(atoms: pd.DataFrame) -> str:
    """Return what a cell holds, for the caption.

    >>> numbers_text(pd.DataFrame({"role": ["feed ion"] * 2, "species": ["Na+", "Cl-"]}))
    'feed ions 1 Na⁺, 1 Cl⁻; 0 waters'
    """
    parts = []
    for role, words in (
        (FEED_ION, "feed ions"),
        (COUNTER_ION, "counter-ions"),
        (CHARGED_GROUP, "charged groups"),
    ):
        counts = atoms.species[atoms.role == role].value_counts()
        if len(counts):
            each = ", ".join(f"{counts[name]} {label(name)}" for name in ordered(counts.index))
            parts.append(f"{words} {each}")
    return "; ".join([*parts, f"{(atoms.role == WATER_OXYGEN).sum()} waters"])


def caption(atoms: pd.DataFrame, lengths: pd.DataFrame, everything: list[Cell]) -> str:
    """Return the caption: what is drawn, the numbers of particles, and what the lengths are."""
    texts = []
    for cell in everything:
        sizes = cell.of(lengths).set_index("place")
        x, y = (sizes.to_angstrom[a] - sizes.from_angstrom[a] for a in "xy")
        box = f"{x / 10:.2f} nm × {y / 10:.2f} nm across"
        texts.append(f"{cell.title}: {numbers_text(cell.of(atoms))}; {box}")
    return (
        "The cell after its equilibration, from which each trial starts, to scale and seen through "
        f"along y: {'. '.join(texts)}. x and y are periodic, z is not: the graphene sheets close "
        "the reservoirs. Of the membrane its heavy atoms, of water its oxygens; groups on N and C. "
        "Lengths: from graphene to face and from face to face, where the faces have 5 % of the "
        "membrane's mass outside of each."
    )
