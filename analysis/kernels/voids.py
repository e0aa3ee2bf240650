"""Void fractions along z: the volume accessible to a spherical probe between atoms."""

import numpy as np
from numpy.typing import ArrayLike

from analysis.compiling import first_call
from analysis.kernels.checks import finite

BONDI_NM = {
    "H": 0.120,
    "C": 0.170,
    "N": 0.155,
    "O": 0.152,
    "F": 0.147,
    "S": 0.180,
    "Cl": 0.175,
    "Li": 0.182,
    "Na": 0.227,
    "Mg": 0.173,
    "Si": 0.210,
    "P": 0.180,
    "K": 0.275,
    "Ni": 0.163,
    "Cu": 0.140,
    "Zn": 0.139,
    "Ga": 0.187,
    "As": 0.185,
    "Se": 0.190,
    "Br": 0.185,
    "Pd": 0.163,
    "Ag": 0.172,
    "Cd": 0.158,
    "In": 0.193,
    "Sn": 0.217,
    "Te": 0.206,
    "I": 0.198,
    "Pt": 0.175,
    "Au": 0.166,
    "Hg": 0.155,
    "Tl": 0.196,
    "Pb": 0.202,
}
"""Van der Waals radii, nm: A. Bondi, J. Phys. Chem. 68, 441 (1964)."""
MANTINA_NM = {
    "Be": 0.153,
    "B": 0.192,
    "Al": 0.184,
    "Ca": 0.231,
    "Ge": 0.211,
    "Rb": 0.303,
    "Sr": 0.249,
    "Sb": 0.206,
    "Cs": 0.343,
    "Ba": 0.268,
    "Bi": 0.207,
}
"""Of the rest of the main group: M. Mantina et al., J. Phys. Chem. A 113, 5806 (2009)."""
ALVAREZ_NM = {
    "Sc": 0.258,
    "Ti": 0.246,
    "V": 0.242,
    "Cr": 0.245,
    "Mn": 0.245,
    "Fe": 0.244,
    "Co": 0.240,
    "Y": 0.275,
    "Zr": 0.252,
    "Nb": 0.256,
    "Mo": 0.245,
    "Ru": 0.246,
    "Rh": 0.244,
    "La": 0.298,
    "Ce": 0.288,
    "Hf": 0.263,
    "Ta": 0.253,
    "W": 0.257,
    "Re": 0.249,
    "Os": 0.248,
    "Ir": 0.241,
}
"""Of metals that neither has: S. Alvarez, Dalton Trans. 42, 8617 (2013); of their neutral atoms, so
that in an oxide most of their volume lies in the oxygens around them."""
VAN_DER_WAALS_NM = BONDI_NM | MANTINA_NM | ALVAREZ_NM
GRID_SHORTFALL = 0.3
"""How much farther than the true nearest place of a probe the nearest grid point that is one may
be, in grid steps: measured on one sphere and on pairs of spheres, 0.12 to 0.3 nm, whose excluded
volumes are then right within 1 % at steps of 0.02 to 0.05 nm."""


def void_layers(
    positions: ArrayLike,
    radii: ArrayLike,
    box: ArrayLike,
    edges: ArrayLike,
    probe: float,
    spacing: float,
) -> np.ndarray:
    """Compute the share of each layer of z that probe spheres between the atoms can cover.

    The probe's centre goes where it is at least radius + probe from every atom; void is all that
    some such probe covers, and the rest is filled: the solvent-excluded volume of F. M. Richards,
    Annu. Rev. Biophys. Bioeng. 6, 151 (1977). Holes that nothing leads to count as void.

    Parameters
    ----------
    positions : array_like, shape (n, 3)
        z is not periodic.
    radii : array_like, shape (n,)
    box : array_like, shape (2,)
        Periodic lengths along x and y.
    edges : array_like, shape (b + 1,)
        Ascending and evenly spaced; each layer is looked at in its middle plane.
    probe : float
        Radius.
    spacing : float
        Of the grid in x and y at most, all lengths in one unit.

    Returns
    -------
    share : array, shape (b,), 0 to 1

    Raises
    ------
    ValueError
        An entry that is not finite, or a length that is not positive.

    Examples
    --------
    >>> void_layers([[0, 0, 0]], [9.0], [1.0, 1.0], [-0.2, 0.0, 0.2], probe=0.1, spacing=0.1)
    array([0., 0.])
    """
    points, radii, box = finite(positions, "positions"), finite(radii, "radii"), finite(box, "box")
    if not (np.all(box > 0) and probe > 0 and spacing > 0 and np.all(radii > 0)):
        raise ValueError("box, probe, spacing and radii must be positive")
    from analysis.kernels.compiled_grids import fill_spheres, within_reach

    edges = np.asarray(edges, dtype=float)
    height = (edges[-1] - edges[0]) / (len(edges) - 1)
    # Probes centred in the layers just beyond the edges reach into those between them.
    beyond = int(np.ceil(probe / height))
    layers = edges[0] + height * (np.arange(-beyond, len(edges) - 1 + beyond) + 0.5)
    count = np.ceil(box / spacing).astype(int)
    steps = np.array([*(box / count), height])
    filled, closed = np.zeros((2, *count, len(layers)), dtype=bool)
    reach = radii + probe
    near = (points[:, 2] > layers[0] - reach) & (points[:, 2] < layers[-1] + reach)
    origin = np.array([0.0, 0.0, layers[0]])
    centres = (points[near] - origin) / steps
    with first_call("spheres"):
        fill_spheres(filled, centres, radii[near], steps)
    fill_spheres(closed, centres, reach[near], steps)
    if closed.all():
        return np.zeros(len(edges) - 1)
    reached = probe + GRID_SHORTFALL * np.cbrt(np.prod(steps))
    with first_call("reach of grids"):
        void = within_reach(closed, reached, steps) & ~filled
    return np.asarray(void.mean(axis=(0, 1))[beyond:-beyond])
