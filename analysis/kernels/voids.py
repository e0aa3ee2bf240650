"""Void fractions along z: the volume accessible to a spherical probe between atoms."""

import numpy as np
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite

BONDI_NM = {"H": 0.120, "C": 0.170, "N": 0.155, "O": 0.152, "F": 0.147, "S": 0.180, "Cl": 0.175}
"""Van der Waals radii, nm: A. Bondi, J. Phys. Chem. 68, 441 (1964)."""
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
    fill_spheres(filled, centres, radii[near], steps)
    fill_spheres(closed, centres, reach[near], steps)
    if closed.all():
        return np.zeros(len(edges) - 1)
    reached = probe + GRID_SHORTFALL * np.cbrt(np.prod(steps))
    void = within_reach(closed, reached, steps) & ~filled
    return np.asarray(void.mean(axis=(0, 1))[beyond:-beyond])
