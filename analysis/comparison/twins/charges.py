"""Fixed charge along z, from the places of charged groups, in the units of continuum theory."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import scipy

from analysis.comparison.twins.curves import Curve
from analysis.comparison.twins.geometry import Geometry
from analysis.comparison.twins.smearing import binned, smeared
from analysis.continuum.arrays import Array
from analysis.continuum.constants import AVOGADRO

BIN = 0.25e-9
"""m, the width of bins unless another is given: six of them make up a charged layer of 1.5 nm."""


class FixedCharge(Protocol):
    """Fixed charge of a membrane, as a twin needs it."""

    @property
    def area(self) -> float:
        """Cross-section of the box, m2."""
        ...

    @property
    def net(self) -> float:
        """Net charge, e."""
        ...

    @property
    def jumps(self) -> Array:
        """Places that have to be faces of cells, m."""
        ...

    def amounts(self, faces: npt.ArrayLike) -> Array:
        """Charge of the cells between faces, mol/m2; they sum to the net charge."""
        ...


@dataclass(frozen=True)
class ChargeCurve:
    """Fixed charge X(z) that is linear between places, and 0 beyond the first and the last.

    Attributes
    ----------
    curve : Curve
        X, mol/m3 of the box's volume.
    area : m2
    """

    curve: Curve
    area: float

    @property
    def _padded(self) -> Curve:
        z, values = np.asarray(self.curve.z), np.asarray(self.curve.values)
        return Curve(np.concatenate([z[:1], z, z[-1:]]), np.concatenate([[0.0], values, [0.0]]))

    @property
    def net(self) -> float:
        """Net charge, e."""
        z = np.asarray(self.curve.z)
        return float(self._padded.integrals([z[0], z[-1]])[0] * AVOGADRO * self.area)

    @property
    def jumps(self) -> Array:
        """Where it begins and ends, and where it jumps, m."""
        return self._padded.jumps

    def amounts(self, faces: npt.ArrayLike) -> Array:
        """Charge of the cells between faces, mol/m2."""
        return self._padded.integrals(faces)


@dataclass(frozen=True)
class ChargeProfile:
    """Fixed charge X_d(z) between edges; its integral is exact on any grid.

    Attributes
    ----------
    edges : (K + 1,) array, m
        Rising.
    charges : (K,) array
        Of each bin, in elementary charges over the area of the box.
    area : m2
    smooth : bool
        Whether it goes on smoothly from bin to bin, the sum below a place being a cubic spline, and
        has no slope at the ends; else it is uniform in each bin.

    Raises
    ------
    ValueError
        Edges that do not rise, other numbers of charges than of bins, what is not finite.

    >>> layer = ChargeProfile([-1e-9, 0, 1e-9], [-14, 14], 5.2e-9**2)
    >>> layer.net, layer.density.round(2).tolist()
    (0.0, [-859.75, 859.75])
    """

    edges: npt.ArrayLike
    charges: npt.ArrayLike
    area: float
    smooth: bool = False

    def __post_init__(self) -> None:
        edges, charges = np.asarray(self.edges, dtype=float), np.asarray(self.charges, dtype=float)
        if edges.ndim != 1 or len(edges) < 2 or charges.shape != (len(edges) - 1,):
            raise ValueError(
                f"{edges.shape} edges and {charges.shape} charges, allowed: one edge more, in a row"
            )
        if not (np.isfinite(edges).all() and np.isfinite(charges).all()):
            raise ValueError("edges and charges must be finite")
        if not (np.diff(edges) > 0).all():
            raise ValueError("edges of a charge profile must rise")
        if not 0 < self.area < np.inf:
            raise ValueError(f"area is {self.area:g} m2, allowed is positive")
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "charges", charges)

    @property
    def net(self) -> float:
        """Net charge, e."""
        return float(np.sum(self.charges))

    @property
    def jumps(self) -> Array:
        """Where it begins and ends, m."""
        return np.asarray(self.edges)[[0, -1]]

    @property
    def density(self) -> Array:
        """X_d of each bin, mol/m3 of the box's volume: nominal, as every group counts."""
        volume = self.area * np.diff(np.asarray(self.edges))
        return np.asarray(np.asarray(self.charges) / (AVOGADRO * volume))

    def mean_density(self, faces: tuple[float, float]) -> float:
        """Net charge over the volume between two faces, mol/m3: the nominal X of a membrane."""
        return self.net / (AVOGADRO * self.area * (faces[1] - faces[0]))

    def amounts(self, faces: npt.ArrayLike) -> Array:
        """Charge of the cells between faces, mol/m2; they sum to the net charge.

        Raises ValueError if charge lies beyond the first or last face.
        """
        places, edges = np.asarray(faces, dtype=float), np.asarray(self.edges)
        charged = np.flatnonzero(self.charges)
        slack = 1e-9 * (places[-1] - places[0])
        if charged.size and (
            edges[charged[0]] < places[0] - slack or edges[charged[-1] + 1] > places[-1] + slack
        ):
            raise ValueError(
                f"charge reaches from {edges[charged[0]]:g} to {edges[charged[-1] + 1]:g} m, "
                f"beyond the cell from {places[0]:g} to {places[-1]:g} m"
            )
        below = np.append(0.0, np.cumsum(self.charges))
        if self.smooth:
            inside = np.clip(places, edges[0], edges[-1])
            sums = scipy.interpolate.CubicSpline(edges, below, bc_type="natural")(inside)
        else:
            sums = np.interp(places, edges, below)
        sums[0], sums[-1] = 0.0, self.net
        return np.asarray(np.diff(sums) / (AVOGADRO * self.area))

    @classmethod
    def of_groups(
        cls,
        z_nm: npt.ArrayLike,
        charges: npt.ArrayLike,
        geometry: Geometry,
        *,
        width: float = BIN,
        smooth: bool = False,
    ) -> "ChargeProfile":
        """Fixed charge of the membrane from its charged groups; its sum is their net charge.

        Binned, each group counts in the bin that it lies in (its lower edge included), groups
        outside the faces in the outermost ones. Smooth, each is a Gaussian of standard deviation
        ``width``, reflected at the faces of the membrane so that no charge leaves it.

        Parameters
        ----------
        z_nm : (groups,) array, nm
            From the membrane's centre, the feed at negative z, as in ``groups.csv`` of a layout.
        charges : (groups,) array, e
            +1 of NH2+, -1 of COO-.
        geometry : Geometry
            Whose faces bound the profile, and whose area it is per.
        width : m
            Of bins, which is adjusted so that a whole number fits; or the standard deviation.
        smooth : bool

        Returns
        -------
        ChargeProfile
            From face to face.

        Raises
        ------
        ValueError
            Arrays of unequal length, what is not finite, or a width that is not positive.

        >>> cell = Geometry.symmetric(4.6e-9, 4e-9, 5.2e-9**2)
        >>> z, charges = [-1.9, -1.8, 0.5], [-1, -1, 1]
        >>> ChargeProfile.of_groups(z, charges, cell, width=1e-9).charges.tolist()
        [-2.0, 0.0, 1.0, 0.0]
        """
        z, signs = 1e-9 * np.asarray(z_nm, dtype=float), np.asarray(charges, dtype=float)
        if z.ndim != 1:
            raise ValueError(f"z_nm has shape {z.shape}, allowed is a row of groups")
        if signs.shape != z.shape:
            raise ValueError(
                f"charges have shape {signs.shape}, z_nm {z.shape}: one for each group"
            )
        if not (np.isfinite(z).all() and np.isfinite(signs).all()):
            raise ValueError("z_nm and charges must be finite")
        if not 0 < width < np.inf:
            raise ValueError(f"width is {width:g} m, allowed is positive")
        low, high = geometry.faces
        z = np.clip(z, low, high)
        if smooth:
            return cls(*smeared(z, signs, (low, high), width), geometry.area, smooth=True)
        count = max(1, round((high - low) / width))
        edges = np.linspace(low, high, count + 1)
        return cls(edges, binned(z, signs, edges), geometry.area)

    def mirrored(self) -> "ChargeProfile":
        """The mirror image in z = 0."""
        return replace(
            self, edges=-np.asarray(self.edges)[::-1], charges=np.asarray(self.charges)[::-1]
        )

    def averaged(self, faces: tuple[float, float]) -> "ChargeProfile":
        """The same net charge, uniform between two faces (m)."""
        return ChargeProfile(faces, [self.net], self.area)
