"""Correlations give the mass transfer coefficients of usual modules by ion, in m/s.

Sh = k L / D, Re = v L / nu, Sc = nu / D, with L the length that each correlation is written in and
nu the kinematic viscosity; water of 25 C unless told otherwise. Coefficients are those of a wall
without flux: :class:`~analysis.continuum.film.Film` adds the suction.
"""

from collections.abc import Callable
from functools import partial

from analysis.continuum.constants import WATER_DENSITY, WATER_VISCOSITY
from analysis.continuum.species import Ion

KINEMATIC_VISCOSITY = WATER_VISCOSITY / WATER_DENSITY
"""m2/s."""
LAMINAR_TO, TURBULENT_FROM = 2100.0, 4000.0
"""Reynolds numbers of tubes and channels; no correlation is offered between them."""

Correlation = Callable[[Ion], float]


def hollow_fibre(
    velocity: float, diameter: float, length: float, viscosity: float = KINEMATIC_VISCOSITY
) -> Correlation:
    """Flow inside a fibre: Sh = (3.66^3 + 1.615^3 Re Sc d/L)^(1/3), the mean over its length.

    Laminar flow; Graetz and Leveque's limits, joined as in the VDI Heat Atlas.

    Parameters
    ----------
    velocity : m/s, mean
    diameter, length : m, inner diameter
    viscosity : m2/s

    >>> from analysis.continuum.species import IONS
    >>> round(1e6 * hollow_fibre(0.3, 1e-3, 0.24)(IONS["Na+"]), 2)
    21.13
    """
    _positive(velocity=velocity, diameter=diameter, length=length, viscosity=viscosity)
    reynolds = velocity * diameter / viscosity
    if reynolds > LAMINAR_TO:
        raise ValueError(
            f"hollow_fibre: Re is {reynolds:.0f}, allowed is up to {LAMINAR_TO:.0f} (laminar)"
        )
    return partial(_tube, velocity, diameter, length)


def flat_channel(
    velocity: float,
    height: float,
    length: float,
    viscosity: float = KINEMATIC_VISCOSITY,
) -> Correlation:
    """Flow in an empty slit, L = 2 heights: Sh = 1.85 (Re Sc L/length)^(1/3), laminar.

    Turbulent flow, from Re 4000: Sh = 0.04 Re^0.75 Sc^0.33; Mulder, Basic Principles of Membrane
    Technology (1996).

    Parameters
    ----------
    velocity : m/s, mean
    height, length : m
    viscosity : m2/s
    """
    _positive(velocity=velocity, height=height, length=length, viscosity=viscosity)
    hydraulic = 2 * height
    reynolds = velocity * hydraulic / viscosity
    if LAMINAR_TO < reynolds < TURBULENT_FROM:
        raise ValueError(
            f"flat_channel: Re is {reynolds:.0f}, allowed is up to {LAMINAR_TO:.0f} or from "
            f"{TURBULENT_FROM:.0f}"
        )
    if reynolds >= TURBULENT_FROM:
        return partial(_power, 0.04, reynolds**0.75, 0.33, hydraulic, viscosity)
    return partial(_slit, velocity, hydraulic, length)


def stirred_cell(
    radius: float, angular_velocity: float, viscosity: float = KINEMATIC_VISCOSITY
) -> Correlation:
    """Stirred dead-end cell: Sh = 0.23 Re^0.567 Sc^0.33, L = r and Re = omega r^2 / nu.

    Opong and Zydney, AIChE J. 37, 1497 (1991).

    Parameters
    ----------
    radius : m, of the cell
    angular_velocity : rad/s
    viscosity : m2/s
    """
    _positive(radius=radius, angular_velocity=angular_velocity, viscosity=viscosity)
    reynolds = angular_velocity * radius**2 / viscosity
    return partial(_power, 0.23, reynolds**0.567, 0.33, radius, viscosity)


def spiral_wound(
    velocity: float,
    height: float,
    mixing_length: float = 6e-3,
    mixing_efficiency: float = 0.5,
    viscosity: float = KINEMATIC_VISCOSITY,
) -> Correlation:
    """Channel with a spacer that mixes: k = 0.753 (e/(2-e))^0.5 (2D/h) Sc^(-1/6) (Pe h / 2l)^0.5.

    Pe = 2 h v / D; Marinas and Urama, J. Environ. Eng. 122, 292 (1996), in the form that Geraldes
    and Alves, J. Membr. Sci. 321, 172 (2008), use for DSPM-DE.

    Parameters
    ----------
    velocity : m/s
    height : m, of the channel
    mixing_length : m, between the spacer's strands
    mixing_efficiency : in (0, 1]
    viscosity : m2/s
    """
    _positive(velocity=velocity, height=height, mixing_length=mixing_length, viscosity=viscosity)
    if not 0 < mixing_efficiency <= 1:
        raise ValueError(f"mixing_efficiency is {mixing_efficiency}, allowed is in (0, 1]")
    efficiency = (mixing_efficiency / (2 - mixing_efficiency)) ** 0.5
    return partial(_spacer, efficiency, velocity, height, mixing_length, viscosity)


def _tube(velocity: float, diameter: float, length: float, ion: Ion) -> float:
    graetz = velocity * diameter**2 / (ion.diffusivity * length)
    sherwood: float = (3.66**3 + 1.615**3 * graetz) ** (1 / 3)
    return sherwood * ion.diffusivity / diameter


def _slit(velocity: float, hydraulic: float, length: float, ion: Ion) -> float:
    graetz = velocity * hydraulic**2 / (ion.diffusivity * length)
    sherwood: float = 1.85 * graetz ** (1 / 3)
    return sherwood * ion.diffusivity / hydraulic


def _power(
    factor: float,
    reynolds_term: float,
    schmidt_power: float,
    length: float,
    viscosity: float,
    ion: Ion,
) -> float:
    schmidt = viscosity / ion.diffusivity
    sherwood: float = factor * reynolds_term * schmidt**schmidt_power
    return sherwood * ion.diffusivity / length


def _spacer(
    efficiency: float,
    velocity: float,
    height: float,
    mixing_length: float,
    viscosity: float,
    ion: Ion,
) -> float:
    schmidt = viscosity / ion.diffusivity
    peclet = 2 * height * velocity / ion.diffusivity
    mixing: float = (peclet * height / (2 * mixing_length)) ** 0.5
    coefficient: float = 0.753 * efficiency * 2 * ion.diffusivity / height * schmidt ** (-1 / 6)
    return coefficient * mixing


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not 0 < value < float("inf"):
            raise ValueError(f"{name} is {value}, allowed is positive and finite")
