"""Concentration polarisation is mass transfer through the film on the feed's side of a membrane.

The film's balance is linear in concentrations (Geraldes and Afonso, J. Membr. Sci. 300, 20 (2007)),

    c_b = c_w + [J (c_p - c_w) + z c_w D Xi] / k* ,    sum z c_w = 0 ,

with the potential gradient Xi (RT/F per m) at the wall. k* is the mass transfer coefficient under
suction; their boundary layer gives k* / k = phi + (1 + 0.26 phi^1.4)^-1.7 of phi = J / k.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array
from analysis.continuum.correlations import flat_channel, hollow_fibre, spiral_wound, stirred_cell
from analysis.continuum.species import Ion, find

__all__ = [
    "Film",
    "coefficients",
    "flat_channel",
    "hollow_fibre",
    "spiral_wound",
    "stirred_cell",
    "suction_factor",
]


@dataclass(frozen=True)
class Film:
    """What lies between the bulk of the feed and the membrane.

    Attributes
    ----------
    mass_transfer : mapping from ion name to m/s, or callable(ion) giving m/s
        Without suction; see the correlations of this module.
    suction : bool
        Correct for the flux through the wall. Without it no flux may reach the smallest k.
    """

    mass_transfer: Mapping[str, float] | Callable[[Ion], float]
    suction: bool = True

    def __post_init__(self) -> None:
        if callable(self.mass_transfer):
            return
        if not isinstance(self.mass_transfer, Mapping):
            raise ValueError(
                f"mass_transfer is {self.mass_transfer!r}, allowed: a mapping from ion names to "
                "m/s, or a function of an ion"
            )
        for name, value in self.mass_transfer.items():
            _check(name, value)

    def coefficient(self, ion: Ion) -> float:
        """Mass transfer coefficient of an ion without suction, m/s."""
        if callable(self.mass_transfer):
            return _check(ion.name, self.mass_transfer(ion))
        if ion.name not in self.mass_transfer:
            known = ", ".join(self.mass_transfer)
            raise ValueError(f"mass_transfer has no {ion.name}, only {known}")
        return float(self.mass_transfer[ion.name])


def coefficients(film: Film, ions: Sequence[str | Ion], flux: npt.ArrayLike) -> Array:
    """Mass transfer coefficients k* (B, n) in m/s at a flux.

    Parameters
    ----------
    flux : (B,) array, m/s

    Raises
    ------
    ValueError
        An ion has no coefficient; or, without suction, a flux reaches an ion's k, where the
        linear balance has no solution: names the ion, the flux and k.

    >>> film = Film({"Na+": 2e-5, "Cl-": 3e-5})
    >>> (1e6 * coefficients(film, ["Na+", "Cl-"], [0.0, 2e-5])).round(3)
    array([[20.   , 30.   ],
           [33.502, 43.747]])
    """
    known = [find(ion) for ion in ions]
    speed = np.atleast_1d(np.asarray(flux, dtype=float))
    still = np.array([film.coefficient(ion) for ion in known])
    if film.suction:
        return still * suction_factor(speed[:, None] / still)
    beyond = speed[:, None] >= still
    if beyond.any():
        row, column = np.argwhere(beyond)[0]
        raise ValueError(
            f"flux is {speed[row]:.4g} m/s, but without suction the film of {known[column].name} "
            f"carries less than its k = {still[column]:.4g} m/s; allowed is a smaller flux, or "
            "suction=True"
        )
    return np.broadcast_to(still, (len(speed), len(known))).copy()


def suction_factor(ratio: npt.ArrayLike) -> Array:
    """k* / k against J / k: ratio + (1 + 0.26 ratio^1.4)^-1.7, Geraldes and Afonso (2007).

    >>> float(suction_factor(1.0).round(4))
    1.6751
    """
    phi = np.asarray(ratio, dtype=float)
    factor: Array = phi + (1 + 0.26 * phi**1.4) ** -1.7
    return factor


def _check(name: str, value: float) -> float:
    if not 0 < value < np.inf:
        raise ValueError(f"mass_transfer of {name} is {value} m/s, allowed is positive and finite")
    return float(value)
