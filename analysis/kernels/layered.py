"""Reference of radial distributions: an ideal gas whose density depends on z."""

import numpy as np
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite


def layered_shells(
    z: ArrayLike, edges: ArrayLike, density: ArrayLike, radii: ArrayLike
) -> np.ndarray:
    """Count the particles in spherical shells of an ideal gas whose density depends on z alone.

    A sphere of radius r about z has the same area 2 pi r dz' between any two planes that cut it
    (Archimedes' hat-box theorem), so in the shell from r to r + dr there are

        dr * integral from z - r to z + r of rho(z') 2 pi r dz'.

    With a density that is constant within layers this is summed without error: the part of a ball
    below the height d over its centre is pi (r^2 d - d^3 / 3) + 2/3 pi r^3 for -r <= d <= r.
    Dividing counted pairs by these numbers gives a radial distribution that is 1 for such a gas at
    every r, in layers, before walls and at the surface of a membrane.

    Parameters
    ----------
    z : array_like, shape (n,)
        Of the centres.
    edges : array_like, shape (b + 1,)
        Of the layers, ascending; there is no gas beyond the outermost.
    density : array_like, shape (..., b)
        Particles per volume in each layer, several gases at once.
    radii : array_like, shape (s + 1,)
        Of the shells, ascending from 0 or above.

    Returns
    -------
    particles : array, shape (n, ..., s)

    Raises
    ------
    ValueError
        Edges or radii that do not ascend, a shape that does not fit, or an entry that is not
        finite.

    Examples
    --------
    >>> shells = layered_shells([0.0, 0.0], [-9.0, 0.0, 9.0], [1.0, 3.0], [0.0, 1.0])
    >>> (shells / (4 / 3 * np.pi)).round(9).tolist()
    [[2.0], [2.0]]
    """
    centres, planes, rho = finite(z, "z"), finite(edges, "edges"), finite(density, "density")
    radius = finite(radii, "radii")
    for values, name in ((planes, "edges"), (radius, "radii")):
        if values.ndim != 1 or len(values) < 2 or np.any(np.diff(values) <= 0):
            raise ValueError(f"{name} must be two or more numbers that ascend")
    if radius[0] < 0:
        raise ValueError(f"radii begin at {radius[0]:g}, allowed are 0 and above")
    if centres.ndim != 1 or rho.shape[-1:] != (len(planes) - 1,):
        raise ValueError(
            f"z has shape {centres.shape} and density {rho.shape}, they must be (n,) and "
            f"(..., {len(planes) - 1})"
        )
    particles = np.empty((len(centres), *rho.shape[:-1], len(radius) - 1))
    for number, centre in enumerate(centres):
        first = max(np.searchsorted(planes, centre - radius[-1], "right") - 1, 0)
        last = min(np.searchsorted(planes, centre + radius[-1], "left"), len(planes) - 1)
        height = np.clip(planes[first : last + 1, None] - centre, -radius, radius)
        below = np.pi * (radius**2 * height - height**3 / 3)
        particles[number] = np.diff(rho[..., first:last] @ np.diff(below, axis=0), axis=-1)
    return particles
