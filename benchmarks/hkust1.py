"""HKUST-1 and what PoreBlazer 4.0 gives for it: a public case with known pores."""

import itertools

import numpy as np

CELL_ANGSTROM = 26.28791
"""Edge of the cubic cell of PoreBlazer's case study."""
SITES = (
    ("Cu", (0.28322, 0.28322, 0.0)),
    ("O", (0.31698, 0.24421, -0.05251)),
    ("C", (0.32187, 0.17813, -0.11334)),
    ("C", (0.29644, 0.20356, -0.06939)),
    ("C", (0.36497, 0.20129, -0.13503)),
    ("H", (0.38018, 0.23407, -0.11982)),
)
"""Fractional coordinates of the asymmetric unit in Fm-3m, without the axial water.

Chui et al., Science 283, 1148 (1999); relaxed cell of the case study.
"""
CENTRING = np.array([(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)])

POREBLAZER_SECONDS = 88.0
"""PoreBlazer 4.0, rebuilt with gfortran -O2, for this cell at 0.2 angstrom on one core."""
POREBLAZER = {
    "largest": 12.86,
    "limiting": 6.38,
    "void_fraction": 12757.117 / 18166.371,
    "occupiable_fraction": 0.67394,
}
"""Its summary for this cell: grid 0.2 angstrom, probe 3.314 angstrom.

Case study of Sarkisov et al., Chem. Mater. 32, 9849 (2020).
"""
POREBLAZER_FIRST_ANGSTROM = 2.125
POREBLAZER_DENSITY = (
    (0.0002, 0.0040, 0.0175, 0.0194, 0.0160, 0.0354, 0.0429, 0.0377, 0.0381, 0.0419, 0.0411)
    + (0.0444, 0.1492, 0.1332, 0.0208, 0.0208, 0.0256, 0.0331, 0.0333, 0.0317, 0.0294, 0.0281)
    + (0.0271, 0.0231, 0.0298, 0.0356, 0.0425, 0.0427, 0.0354, 0.0429, 0.0540, 0.0548, 0.0498)
    + (0.0500, 0.3966, 0.5112, 0.1507, 0.0190, 0.0217, 0.0225, 0.0198, 0.2096, 0.7584, 0.5587)
)
"""Its pore size distribution, 1/angstrom, at printed diameters 0.25 angstrom apart."""


def framework() -> tuple[np.ndarray, list[str]]:
    """Positions (624, 3) in angstrom and elements of the 624 atoms of the cubic cell."""
    operations = [
        np.eye(3)[list(order)] * np.array(signs)[:, None]
        for order in itertools.permutations(range(3))
        for signs in itertools.product((1, -1), repeat=3)
    ]
    positions, elements = [], []
    for element, site in SITES:
        images = np.concatenate([(np.array(operations) @ site) + shift for shift in CENTRING])
        orbit = np.unique(np.mod(images.round(5), 1).round(5), axis=0)
        positions.append(orbit * CELL_ANGSTROM)
        elements += [element] * len(orbit)
    return np.concatenate(positions), elements


def as_poreblazer_prints(density) -> np.ndarray:
    """A density per bin as PoreBlazer prints it: the mean of a bin and the next one.

    It takes the derivative over two bins, (V(d) - V(d + 2 w)) / 2 w, and prints it at d + w / 2,
    half a bin below where it belongs.
    """
    density = np.asarray(density)
    return (density + np.append(density[1:], 0.0)) / 2
