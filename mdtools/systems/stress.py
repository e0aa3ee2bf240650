"""Pressure along chosen axes at a fixed box, from trial scalings of it."""

import math
from typing import NamedTuple

import numpy as np
import openmm
from numpy.typing import ArrayLike

from mdtools.constants import GAS_CONSTANT, KJ_NM_PER_MPA_NM2
from mdtools.errors import SettingsError
from mdtools.systems.group_scaling import GroupScaling, axes_of

STRAIN = 1e-3
"""Relative change of volume of a trial: in water it changes the energy by about kT at most, and by
far more than the rounding of energies in single precision."""


class EnergyRises(NamedTuple):
    """Energies in kJ/mol of a box expanded and compressed, less that of the box itself."""

    expanded: float
    compressed: float


class TrialScaling:
    """Trial scalings of a Context's box along some axes, which leave it as it was.

    The volume changes by a small share, forth and back, with the centroids of the constraint groups
    (`mdtools.systems.group_scaling`); nothing is accepted. The pressure along the axes is minus the
    change of the free energy with volume,

        P = kT / dV ln < (1 + dV/V)^N exp(-dU/kT) >,

    the mean of both directions: Gloor, Jackson, Blas and de Miguel, J. Chem. Phys. 123, 134703
    (2005), who change area and height at constant volume; here the axes change alone, which gives
    each component by itself, as in de Miguel and Jackson, J. Chem. Phys. 125, 164109 (2006). Where
    energies are cut off without a switch, pairs that cross the cut-off scatter the pressure of a
    single configuration, by some 10 MPa in water; over many, the step of a Lennard-Jones energy
    counts as it does for a Monte Carlo move, which forces do not show.

    Parameters
    ----------
    context : openmm.Context
        As `GroupScaling` takes it.
    axes : str
        A key of `mdtools.systems.group_scaling.AXES`: ``xy`` for the lateral pressure.
    temperature_K : float
    scaling : GroupScaling, optional
        Of the same Context, to share.

    Raises
    ------
    SettingsError
        Unknown axes, a temperature not above zero, and what `GroupScaling` raises.
    """

    def __init__(
        self,
        context: openmm.Context,
        axes: str,
        *,
        temperature_K: float,
        scaling: GroupScaling | None = None,
    ) -> None:
        self._axes = list(axes_of(axes))
        if not (math.isfinite(temperature_K) and temperature_K > 0):
            raise SettingsError(f"temperature_K is {temperature_K}, it must be above zero")
        self._scaling = scaling or GroupScaling(context)
        self._kT = GAS_CONSTANT * temperature_K

    def sample(self) -> EnergyRises:
        """Evaluate the present configuration expanded and compressed."""
        positions, box, before = self._scaling.present()
        energies = []
        for sign in (1, -1):
            factors = np.ones(3)
            factors[self._axes] = (1 + sign * STRAIN) ** (1 / len(self._axes))
            scaled = self._scaling.scaled(positions, factors)
            energies.append(self._scaling.energy_of(scaled, box * factors) - before)
        self._scaling.put(positions, box)
        return EnergyRises(*energies)

    def pressure_MPa(self, rises: ArrayLike, volume_nm3: float) -> float:
        """Return the pressure along the axes from samples (n, 2) at one box, MPa."""
        groups = self._scaling.moving_groups
        return pressure_MPa(rises, groups, volume_nm3, self._kT)


def pressure_MPa(rises: ArrayLike, groups: int, volume_nm3: float, kT: float) -> float:
    """Return the pressure from energies of trial scalings.

    Parameters
    ----------
    rises : (n, 2) array
        `EnergyRises` of n configurations, kJ/mol.
    groups : int
        Constraint groups with mass.
    volume_nm3 : float
    kT : float
        kJ/mol.

    Examples
    --------
    Groups that do not interact are an ideal gas, N kT / V:

    >>> kT = 2.5
    >>> found = pressure_MPa(np.zeros((10, 2)), 500, 15.0, kT)
    >>> round(found / (500 * kT / 15.0 / KJ_NM_PER_MPA_NM2), 6)
    1.0
    """
    energies = np.asarray(rises, dtype=float)
    found = []
    for column, sign in enumerate((1, -1)):
        exponents = -energies[:, column] / kT
        largest = exponents.max()
        average = largest + math.log(np.exp(exponents - largest).mean())
        share = sign * STRAIN
        found.append(kT * (average + groups * math.log1p(share)) / (share * volume_nm3))
    return float(np.mean(found)) / KJ_NM_PER_MPA_NM2
