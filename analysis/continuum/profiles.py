"""A Profile is fixed charge that varies along the pore."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array


@dataclass(frozen=True)
class Profile:
    """Fixed charge, linear between places; a place given twice is a jump between two layers.

    Attributes
    ----------
    x : (K,) array
        Rising from 0, the feed's interface, to 1, the permeate's; an inner value may appear twice.
    X : (K,) or (K, ...) array
        mol/m3; further axes are a batch.

    Raises
    ------
    ValueError
        Naming what is not so, and the value.

    >>> float(Profile([0, 0.5, 0.5, 1], [-80, -80, 0, 0]).mean)
    -40.0
    """

    x: npt.ArrayLike
    X: npt.ArrayLike

    def __post_init__(self) -> None:
        x, density = np.asarray(self.x, dtype=float), np.asarray(self.X, dtype=float)
        for name, array in (("x", x), ("X", density)):
            if not np.isfinite(array).all():
                raise ValueError(f"{name} of the profile has {array[~np.isfinite(array)].flat[0]}")
        if x.ndim != 1 or len(x) < 2 or density.shape[:1] != x.shape:
            raise ValueError(
                f"the profile has x of shape {x.shape} and X of shape {density.shape}, "
                "allowed: (K,) and (K, ...) with K of 2 or more"
            )
        if x[0] != 0 or x[-1] != 1:
            raise ValueError(f"x of the profile goes from {x[0]:g} to {x[-1]:g}, allowed: 0 to 1")
        step = np.diff(x)
        if (step < 0).any():
            at = np.argmax(step < 0)
            raise ValueError(f"x of the profile falls from {x[at]:g} to {x[at + 1]:g}")
        flat = step == 0
        if flat[0] or flat[-1] or (flat[1:] & flat[:-1]).any():
            raise ValueError("x of the profile may repeat a value once, and only inside (0, 1)")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "X", density)

    @classmethod
    def layers(cls, edges: npt.ArrayLike, X: npt.ArrayLike) -> "Profile":
        """Layers of uniform charge: K + 1 ``edges`` from 0 to 1 and the K charges between them.

        >>> Profile.layers([0, 0.2, 1], [-100.0, -50.0]).x
        array([0. , 0.2, 0.2, 1. ])
        """
        ends, density = np.asarray(edges, dtype=float), np.asarray(X, dtype=float)
        if ends.ndim != 1 or len(ends) != len(density) + 1:
            raise ValueError(f"{len(ends)} edges for {len(density)} layers, allowed: one more")
        return cls(np.repeat(ends, 2)[1:-1], np.repeat(density, 2, axis=0))

    @property
    def mean(self) -> Array:
        """Average over the pore, mol/m3."""
        return np.asarray(np.trapezoid(np.asarray(self.X), np.asarray(self.x), axis=0))
