"""Monte Carlo moves of the area, the length or the volume of a box with constraints."""

import math

import numpy as np
import openmm

from mdtools.constants import GAS_CONSTANT, KJ_NM_PER_MPA_NM2
from mdtools.errors import SettingsError
from mdtools.systems.group_scaling import GroupScaling, axes_of

FIRST_STEP = 0.01
LARGEST_STEP = 0.3
"""Largest change of volume proposed in a move, as shares of the volume: at first, and ever."""
ADAPTED_EVERY = 10
TOO_FEW, TOO_MANY = 0.25, 0.75
ADAPTATION = 1.1
"""In a warm-up, after so many moves, the step is divided or multiplied by this factor if a smaller
or larger share was accepted; all as in OpenMM's Monte Carlo barostats."""


class GroupMonteCarlo:
    """Moves of box lengths at a pressure and a temperature, beside the dynamics of a Context.

    A move proposes V' = V + u, u uniform in [-step, step], scales the chosen box lengths and the
    centroids of all constraint groups with them (`mdtools.systems.group_scaling`), and accepts with

        min(1, exp(-(U' - U + P (V' - V) - N kT ln(V'/V)) / kT)),

    N the number of constraint groups with mass (Frenkel and Smit, Understanding Molecular
    Simulation, 2nd ed. (2002), eq. 5.4.11, with groups in place of particles). N ln(V'/V) is the
    logarithm of the Jacobian: the change of variables from atoms to a centroid and what is rigid
    about it is linear, and a scaling along one, two or three axes multiplies the volume element of
    each centroid by V'/V. The metric of the constraints depends on the shape of the groups alone
    and drops out. Along ``xy`` with z fixed this samples the area at the lateral pressure P, along
    ``z`` the length at the normal pressure P. Velocities stay. Only with a fixed step do moves
    between stretches of dynamics keep detailed balance: it adapts until `stop_adapting`.

    Parameters
    ----------
    context : openmm.Context
        As `GroupScaling` takes it. Forces with fixed places are not moved with the box.
    axes : str
        A key of `mdtools.systems.group_scaling.AXES`.
    pressure_MPa : float
        Negative for a tension, under which a liquid is metastable.
    temperature_K : float
        That of the thermostat.
    rng : numpy Generator
        Seeded; decides what is proposed and accepted.
    scaling : GroupScaling, optional
        Of the same Context, to share between moves of several axes.

    Attributes
    ----------
    step_nm3 : float
        Largest change of volume that is proposed.
    attempts, accepted : int
        Since the start, or since the step was fixed.

    Raises
    ------
    SettingsError
        Unknown axes, a pressure that is not finite, a temperature not above zero, and what
        `GroupScaling` raises.
    """

    def __init__(
        self,
        context: openmm.Context,
        axes: str,
        *,
        pressure_MPa: float,
        temperature_K: float,
        rng: np.random.Generator,
        scaling: GroupScaling | None = None,
    ) -> None:
        self._axes = list(axes_of(axes))
        if not math.isfinite(pressure_MPa):
            raise SettingsError(f"pressure_MPa is {pressure_MPa}, it must be finite")
        if not (math.isfinite(temperature_K) and temperature_K > 0):
            raise SettingsError(f"temperature_K is {temperature_K}, it must be above zero")
        self._scaling = scaling or GroupScaling(context)
        self._pressure = pressure_MPa * KJ_NM_PER_MPA_NM2
        self._kT = GAS_CONSTANT * temperature_K
        self._rng = rng
        self._adapting = True
        self._recent = 0
        _, box, _ = self._scaling.present()
        self.step_nm3 = FIRST_STEP * float(np.prod(box))
        self.attempts = self.accepted = 0

    @property
    def acceptance(self) -> float:
        """Share of the moves that were accepted; NaN before the first."""
        return self.accepted / self.attempts if self.attempts else math.nan

    def attempt(self) -> bool:
        """Propose one move; returns whether it was accepted, and else leaves all as it was.

        Raises
        ------
        PhysicsError
            If a proposed box is below twice the longest cut-off.
        """
        positions, box, before = self._scaling.present()
        volume = float(np.prod(box))
        change = self.step_nm3 * self._rng.uniform(-1.0, 1.0)
        threshold = math.log1p(-self._rng.random())
        accepted = False
        if change > -volume:
            ratio = 1.0 + change / volume
            factors = np.ones(3)
            factors[self._axes] = ratio ** (1.0 / len(self._axes))
            after = self._scaling.energy_of(self._scaling.scaled(positions, factors), box * factors)
            work = after - before + self._pressure * change
            # False for an energy that is not a number.
            accepted = threshold < self._scaling.moving_groups * math.log(ratio) - work / self._kT
            if not accepted:
                self._scaling.put(positions, box)
        self._count(accepted, volume)
        return accepted

    def stop_adapting(self) -> None:
        """Fix the step, from now on, and count acceptance anew."""
        self._adapting = False
        self.attempts = self.accepted = 0

    def _count(self, accepted: bool, volume: float) -> None:
        self.attempts += 1
        self.accepted += accepted
        self._recent += accepted
        if not self._adapting or self.attempts % ADAPTED_EVERY:
            return
        share, self._recent = self._recent / ADAPTED_EVERY, 0
        if share < TOO_FEW:
            self.step_nm3 /= ADAPTATION
        elif share > TOO_MANY:
            self.step_nm3 = min(self.step_nm3 * ADAPTATION, LARGEST_STEP * volume)
