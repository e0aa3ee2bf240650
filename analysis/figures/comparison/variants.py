"""Variants of the theory have a colour, the same in every figure, and numbers in a legend."""

from collections.abc import Iterable

from matplotlib.lines import Line2D

VARIANT_COLORS = {
    "study pore, nominal charge": "#222222",
    "study pore, effective charge": "#8C8C8C",
    "NF270 pore, nominal charge": "#7B3FA0",
    "NF270 pore, effective charge": "#C79BDB",
}


def variant_handles(names: Iterable[str]) -> list[Line2D]:
    """Return a legend handle for each variant, numbered from 1."""
    return [
        Line2D(
            [],
            [],
            color=VARIANT_COLORS[name],
            lw=2.0,
            marker="o",
            ms=3.5,
            label=f"{number} {name}",
        )
        for number, name in enumerate(names, 1)
    ]
