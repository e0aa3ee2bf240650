"""A membrane is judged by permeability, selectivity, hardness and molecular weight cut-off."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analysis.continuum import hindrance, partitioning
from analysis.continuum.arrays import Array
from analysis.continuum.constants import WATER_VISCOSITY
from analysis.continuum.model import Membrane, Model, finite_array
from analysis.continuum.species import Ion, find
from analysis.continuum.transport import Transport

HARDNESS = ("Ca2+", "Mg2+")
CUT_OFF = 0.9
"""Rejection that defines the molecular weight cut-off."""
LMH_BAR = 3.6e6 * 1e5
"""L/m2/h/bar of a m/s/Pa."""


class Permeability(np.ndarray):
    """Array in m/s/Pa that also gives L/m2/h/bar; arithmetic with it gives plain arrays."""

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: object, **others: object
    ) -> object:
        plain = [np.asarray(x) if isinstance(x, Permeability) else x for x in inputs]
        return getattr(ufunc, method)(*plain, **others)

    def lmh_bar(self) -> Array:
        """In L/m2/h/bar."""
        return np.asarray(self) * LMH_BAR


def pure_water_permeability(
    membrane: Membrane, viscosity: npt.ArrayLike = WATER_VISCOSITY
) -> Permeability:
    """A = r^2 / (8 mu dx), Hagen and Poiseuille; Labban et al. (2018), eq. 9, in m/s/Pa.

    Parameters
    ----------
    viscosity : Pa s

    >>> lbl15c = Membrane(0.51e-9, 1.33e-6, 41.0, -27.0)
    >>> float(pure_water_permeability(lbl15c).lmh_bar().round(4))
    9.8881
    """
    viscosity = finite_array("viscosity", viscosity, positive=True)
    radius, thickness = map(np.asarray, (membrane.pore_radius, membrane.effective_thickness))
    return np.asarray(radius**2 / (8 * viscosity * thickness)).view(Permeability)


def neutral_rejection(
    solute: str | Ion, membrane: Membrane, flux: npt.ArrayLike, model: Model | None = None
) -> Array:
    """Rejection of an uncharged solute by size alone; Rehman et al. (2023), eq. D.8.

    R = 1 - Kc Phi / (1 - (1 - Kc Phi) exp(-Pe)), Pe = Kc J dx / (Kd D), Phi = (1 - lambda)^2. As
    the flux grows it tends to 1 - Kc Phi; a solute as large as the pore has 1.

    Parameters
    ----------
    solute : name or Ion, of charge 0
    flux : m/s, positive

    Raises
    ------
    ValueError
        The solute has a charge, or the flux is not positive.

    >>> membrane = Membrane(0.5e-9, 1e-6, 42.0, 0.0)
    >>> float(neutral_rejection("glucose", membrane, 1e-5).round(8))
    0.77700486
    """
    solute = find(solute)
    if solute.charge != 0:
        raise ValueError(f"solute is {solute.name} of charge {solute.charge:+d}, allowed is 0")
    flux = finite_array("flux", flux, positive=True)
    kind = (model or Model()).hindrance
    lam = solute.stokes_radius / np.asarray(membrane.pore_radius)
    convected = hindrance.convective(lam, kind) * partitioning.steric(lam)
    diffusivity = hindrance.diffusive(lam, kind) * solute.diffusivity
    excluded = (convected <= 0) | (diffusivity <= 0)
    peclet = (
        hindrance.convective(lam, kind)
        * flux
        * np.asarray(membrane.effective_thickness)
        / np.where(excluded, 1.0, diffusivity)
    )
    passage = convected / (convected - np.expm1(-peclet) * (1 - convected))
    return np.where(excluded, 1.0, 1 - passage)


def b_over_a(
    rejection: npt.ArrayLike,
    pressure_drop_bar: npt.ArrayLike,
    osmotic_difference_bar: npt.ArrayLike = 0.0,
) -> Array:
    """Solute over water permeability, B/A = (dP - dPi) (1 - R) / R in bar.

    B = J (1 - R) / R and J = A (dP - dPi); without ``osmotic_difference_bar`` osmotic pressure is
    neglected, as it mostly is where B/A is printed.

    Parameters
    ----------
    rejection : array_like, above 0 and up to 1
    pressure_drop_bar : bar
    osmotic_difference_bar : bar
        Of the feed at the membrane less that of the permeate, below the pressure drop.

    >>> float(b_over_a(0.7, 5.0).round(3)), float(b_over_a(0.7, 5.0, 0.35).round(3))
    (2.143, 1.993)
    """
    rejection = finite_array("rejection", rejection)
    if ((rejection <= 0) | (rejection > 1)).any():
        bad = rejection[(rejection <= 0) | (rejection > 1)].flat[0]
        raise ValueError(f"rejection is {bad:g}, allowed is above 0 and up to 1")
    drop = finite_array("pressure_drop_bar", pressure_drop_bar, positive=True)
    osmotic = finite_array("osmotic_difference_bar", osmotic_difference_bar)
    if (osmotic >= drop).any():
        raise ValueError(
            f"osmotic_difference_bar is {osmotic.max():g}, allowed is below pressure_drop_bar, "
            f"{drop.min():g}"
        )
    return (drop - osmotic) * (1 - rejection) / rejection


def hardness_removal(transport: Transport) -> Array:
    """Share of the calcium and magnesium, counted as CaCO3, that stays; Labban (2018), eq. 10.

    As each mole counts as one of CaCO3, R_h = 1 - sum c_p / sum c_f.

    Raises
    ------
    ValueError
        The feed has neither ion.
    """
    present = [name for name in HARDNESS if name in transport.permeate]
    if not present:
        raise ValueError(f"hardness: the feed has neither {' nor '.join(HARDNESS)}")
    zero = np.zeros(())
    feed: Array = sum((_feed(transport, name) for name in present), zero)
    permeate: Array = sum((transport.permeate[name] for name in present), zero)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 - permeate / feed


def mwco(rejections: Mapping[str | Ion, float], level: float = CUT_OFF) -> float:
    """Molar mass in g/mol at which a rejection curve of neutral solutes reaches ``level``.

    Between the two solutes that enclose the level, rejection is taken linear in the logarithm of
    the molar mass.

    Parameters
    ----------
    rejections : rejection by name or Ion with a molar mass, at one flux

    Raises
    ------
    ValueError
        A charged solute, one without molar mass, or a curve that does not cross the level.

    >>> round(mwco({"glucose": 0.8, "sucrose": 1.0}), 1)
    248.3
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, allowed is between 0 and 1")
    curve = []
    for key, rejection in rejections.items():
        solute = find(key)
        if solute.charge != 0 or solute.molar_mass is None:
            raise ValueError(f"{solute.name}: allowed is a neutral solute with a molar mass")
        curve.append((solute.molar_mass, float(finite_array(f"rejection of {key}", rejection))))
    curve.sort()
    for (light, below), (heavy, above) in zip(curve, curve[1:], strict=False):
        if below < level <= above:
            share = (level - below) / (above - below)
            return float(1e3 * light * (heavy / light) ** share)
    values = ", ".join(f"{r:.3f} at {1e3 * m:.0f} g/mol" for m, r in curve)
    raise ValueError(f"rejections ({values}) do not cross {level}: add lighter or heavier solutes")


def _feed(transport: Transport, name: str) -> Array:
    """Concentration in the bulk feed; of an excluded ion, at the wall."""
    passing = transport.permeate[name] > 0
    share = np.where(passing, 1 - transport.rejection[name], 1.0)
    return np.where(passing, transport.permeate[name] / share, transport.wall[name])
