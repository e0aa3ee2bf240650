"""Ionised sites of a membrane at each pH, as charge per pore fluid if every one of them counted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array, Ints
from analysis.continuum.model import finite_array

SAME_PH = 1e-6


@dataclass(frozen=True)
class Sites:
    """Concentrations of charged groups at each pH.

    Attributes
    ----------
    pH : (P,), rising
    positive, negative : (P,) mol/m3 of pore fluid, 0 or more
        Protonated amines and deprotonated acids, each of one elementary charge.
    surface_negative : (P,)
        Part of ``negative`` that lies toward the feed; 0 where nothing is known of it.
    source : str
        Where they come from, in words.

    Raises
    ------
    ValueError
        Naming what is not so, and the value.

    >>> Sites([2.0, 7.0], [700.0, 700.0], [0.0, 300.0]).net(0.1, 0.1)
    array([70., 40.])
    """

    pH: npt.ArrayLike
    positive: npt.ArrayLike
    negative: npt.ArrayLike
    surface_negative: npt.ArrayLike | None = None
    source: str = ""

    def __post_init__(self) -> None:
        at = finite_array("pH of the sites", self.pH)
        if at.ndim != 1 or not at.size or (np.diff(at) <= 0).any():
            raise ValueError(f"pH of the sites is {at.tolist()}, allowed is a rising row")
        object.__setattr__(self, "pH", at)
        if self.surface_negative is None:
            object.__setattr__(self, "surface_negative", np.zeros_like(at))
        for name in ("positive", "negative", "surface_negative"):
            value = finite_array(f"{name} sites", getattr(self, name))
            if value.shape != at.shape:
                raise ValueError(
                    f"{name} sites have shape {value.shape}, allowed is {at.shape}, one for each pH"
                )
            if (value < 0).any():
                raise ValueError(f"{name} sites are {value.min():g} mol/m3, allowed is 0 or more")
            object.__setattr__(self, name, value)
        within = np.asarray(self.surface_negative) <= np.asarray(self.negative) * (1 + 1e-9)
        if not within.all():
            raise ValueError("surface_negative sites exceed negative ones, of which they are part")

    def rows(self, pH: npt.ArrayLike) -> Ints:
        """Indices of pH; ValueError for one that has no sites."""
        known = np.asarray(self.pH)
        asked = np.atleast_1d(np.asarray(pH, dtype=float))
        nearest = np.abs(known[:, None] - asked).argmin(axis=0)
        missing = asked[np.abs(known[nearest] - asked) > SAME_PH]
        if missing.size:
            listed = ", ".join(f"{value:g}" for value in known)
            raise ValueError(f"no sites at pH {missing[0]:g}, allowed is one of {listed}")
        return np.asarray(nearest, dtype=np.intp)

    def weighed(
        self, positive_fraction: npt.ArrayLike, negative_fraction: npt.ArrayLike
    ) -> tuple[Array, Array]:
        """Groups (..., P) of each sign that count, mol/m3, by shares (...)."""
        positive, negative = np.asarray(self.positive), np.asarray(self.negative)
        return (
            np.asarray(positive_fraction, dtype=float)[..., None] * positive,
            np.asarray(negative_fraction, dtype=float)[..., None] * negative,
        )

    def net(self, positive_fraction: npt.ArrayLike, negative_fraction: npt.ArrayLike) -> Array:
        """Net charge (..., P), mol/m3, where shares (...) of the groups of each sign count."""
        amines, acids = self.weighed(positive_fraction, negative_fraction)
        return np.asarray(amines - acids)

    def layers(
        self, positive_fraction: npt.ArrayLike, negative_fraction: npt.ArrayLike, share: float
    ) -> Array:
        """Charge (2, ..., P) of the feed's layer and of the rest, with the same mean as ``net``.

        Acids of the surface lie in the layer, which takes a ``share`` of the thickness; all other
        groups are spread evenly.
        """
        even = self.net(positive_fraction, negative_fraction)
        surface = np.asarray(self.surface_negative)
        own = np.asarray(negative_fraction, dtype=float)[..., None] * surface
        return np.stack([even + own - own / share, even + own])
