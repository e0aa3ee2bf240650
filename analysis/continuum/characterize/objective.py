"""Weighted residuals of measurements against the theory, in scaled parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.continuum import water
from analysis.continuum.arrays import Array, Ints
from analysis.continuum.characterize.faults import MeasurementsError
from analysis.continuum.characterize.forward import Forward
from analysis.continuum.characterize.parameters import NAMES, Space
from analysis.continuum.constants import TEMPERATURE_K
from analysis.continuum.model import Membrane, finite_number
from analysis.continuum.performance import pure_water_permeability

LOCAL_CELLS = 64
"""Most cells of the march while parameters are sought; rejections are right to 1e-6 then."""


@dataclass(frozen=True)
class WaterPermeability:
    """A measured permeability of pure water, which ties thickness to pore radius.

    Attributes
    ----------
    value, sd : m/s/Pa
    temperature : K, of the measurement
    """

    value: float
    sd: float
    temperature: float = TEMPERATURE_K

    def __post_init__(self) -> None:
        for name in ("value", "sd"):
            finite_number(f"{name} of the water permeability", getattr(self, name), positive=True)

    def residual(self, values: Mapping[str, Array]) -> Array:
        """ln(A / measured) over the relative sd, of membranes (P,)."""
        membrane = Membrane(values["pore_radius"], values["effective_thickness"], 1.0, 0.0)
        viscosity = water.viscosity(self.temperature)
        predicted = np.asarray(pure_water_permeability(membrane, viscosity))
        return np.log(predicted / self.value) * self.value / self.sd


@dataclass(frozen=True)
class Objective:
    """Residuals over their standard deviations, of (B, k) scaled parameters.

    Attributes
    ----------
    measured : (N,), or (P, N) for problems that differ in their data
    sd : (N,)
        1 where unknown: residuals are those of rejections then, and their common standard
        deviation is estimated from them.
    known : bool
        Whether the standard deviations are.
    """

    forward: Forward
    space: Space
    measured: Array
    sd: Array
    known: bool
    permeability: WaterPermeability | None = None
    cells: int = LOCAL_CELLS

    @classmethod
    def of(
        cls,
        forward: Forward,
        space: Space,
        sd: float | None,
        permeability: WaterPermeability | None,
    ) -> "Objective":
        """Objective of the data; ``sd`` holds for all rejections of a table that gives none.

        Raises
        ------
        ValueError
            The table and the call both give an sd, or one that is not positive.
        MeasurementsError
            Fewer data than free parameters.
        """
        data = forward.data
        given = np.isfinite(data.sd).all()
        if given and sd is not None:
            raise ValueError(
                f"sd is {sd:g}, but {data.source} has its own; allowed is to leave it out"
            )
        spread = data.sd if given else np.ones(len(data))
        if sd is not None:
            spread = np.full(len(data), finite_number("sd", sd, positive=True))
        known = bool(given or sd is not None)
        if permeability is not None and not known:
            raise ValueError(
                "water_permeability has an sd, but the rejections have none; allowed is sd=..."
            )
        needed = len(space.free) + (not known)
        number = len(data) + (permeability is not None)
        if number < needed:
            raise MeasurementsError(
                f"{data.source}: {number} data for {len(space.free)} free parameters, allowed are "
                f"{needed} or more{'' if known else ' where no sd is given'}; or fix parameters"
            )
        return cls(forward, space, data.rejection, spread, known, permeability)

    def predicted(self, scaled: Array, cells: int | None = None) -> Array:
        """Rejections (B, N); NaN of membranes whose transport does not converge."""
        values = self.space.values(scaled)
        charges = np.stack([values[label] for label in self.space.charge_labels()], axis=-1)
        named = {name: values[name] for name in NAMES[:-1]}
        return self.forward(named, charges, self.cells if cells is None else cells)

    def __call__(self, scaled: Array, rows: Ints) -> Array:
        """Residuals (B, N), one more with a water permeability."""
        measured = self.measured[rows] if self.measured.ndim == 2 else self.measured
        residual = (self.predicted(scaled) - measured) / self.sd
        if self.permeability is None:
            return residual
        values = self.space.values(scaled)
        return np.concatenate([residual, self.permeability.residual(values)[:, None]], axis=1)

    @property
    def number(self) -> int:
        """Of data."""
        return int(self.measured.shape[-1]) + (self.permeability is not None)
