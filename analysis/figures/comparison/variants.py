"""Variants of the theory have a colour and a number, the same in every figure."""

from collections.abc import Iterable

from matplotlib.lines import Line2D

VARIANT_COLORS = {
    "study pore, nominal charge": "#222222",
    "study pore, effective charge": "#8C8C8C",
    "NF270 pore, nominal charge": "#7B3FA0",
    "NF270 pore, effective charge": "#C79BDB",
}
NUMBER = {name: number for number, name in enumerate(VARIANT_COLORS, 1)}


def variant_handles(names: Iterable[str]) -> list[Line2D]:
    """Return a legend handle for each variant."""
    return [
        Line2D(
            [],
            [],
            color=VARIANT_COLORS[name],
            lw=2.0,
            marker="o",
            ms=3.5,
            label=f"{NUMBER[name]} {name}",
        )
        for name in names
    ]
