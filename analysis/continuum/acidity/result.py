"""Result of a fit against pH: parameters with intervals, residuals, curves, cautions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import scipy

from analysis.continuum.acidity.forward import Forward
from analysis.continuum.acidity.variants import UNITS
from analysis.continuum.arrays import Array, Ints
from analysis.continuum.inference import Profile

if TYPE_CHECKING:
    import pandas as pd

REFUSED_BELOW = 0.05
"""Probability of as large a misfit below which the variant does not describe the data."""
BOUND = 1e-3
"""Share of a range within which a parameter is at its bound."""


@dataclass(frozen=True)
class Curves:
    """Predictions (C,) for each salt and pH.

    Attributes
    ----------
    salts : C names
    pH : (C,)
    permeation : (C,)
    band, charge_band, bare_band : pairs of (C,)
        Envelopes; NaN without profiles.
    charge : (C,) mol/m3
        Mean charge in the pore, ions bound to acids included.
    bare_charge : (C,) mol/m3
        The same without bound ions, which is that of the groups alone.
    """

    salts: tuple[str, ...]
    pH: Array
    permeation: Array
    band: tuple[Array, Array]
    charge: Array
    charge_band: tuple[Array, Array]
    bare_charge: Array
    bare_band: tuple[Array, Array]

    def of(self, salt: str) -> Ints:
        """Indices of one salt."""
        return np.flatnonzero(np.array(self.salts) == salt)


@dataclass(frozen=True)
class AcidityFit:
    """Best fit of a variant.

    Attributes
    ----------
    forward : Forward
        Of the observations, with sites, variant, model and film.
    best : dict by name, SI
        Free and fixed parameters.
    profiles : dict by name of Profile
        Of free parameters, scaled; empty where none were asked for.
    predicted : (N,) permeations at the observations
    chi2 : sum of squared residuals over their standard deviations
    converged : bool
    level : of intervals and bands
    curves : Curves
    """

    forward: Forward
    best: Mapping[str, float]
    profiles: Mapping[str, Profile]
    predicted: Array
    chi2: float
    converged: bool
    level: float
    curves: Curves = field(repr=False)

    @property
    def freedom(self) -> int:
        """Observations less free parameters."""
        return len(self.forward.observed) - len(self.forward.variant.space.free)

    @property
    def probability(self) -> float:
        """Of a misfit as large or larger; NaN without a degree of freedom."""
        return float(scipy.special.chdtrc(self.freedom, self.chi2)) if self.freedom else np.nan

    @property
    def residuals(self) -> Array:
        """(N,) predicted less measured, over the standard deviation."""
        observed = self.forward.observed
        measured = np.array([one.permeation for one in observed])
        sd = np.array([one.sd for one in observed])
        return np.asarray((self.predicted - measured) / sd)

    def interval(self, name: str) -> tuple[float, float]:
        """Ends of the profile likelihood interval, SI; NaN of a fixed parameter."""
        if name not in self.profiles:
            return np.nan, np.nan
        space = self.forward.variant.space
        ends = space.free[space.labels.index(name)].value(np.array(self.profiles[name].interval))
        return float(ends.min()), float(ends.max())

    def open(self, name: str) -> tuple[bool, bool]:
        """Whether a bound and not the data ends the interval, below and above."""
        if name not in self.profiles:
            return False, False
        profile = self.profiles[name]
        space = self.forward.variant.space
        low, high = space.free[space.labels.index(name)].value(np.array([0.0, 1.0]))
        ends = (profile.open_low, profile.open_high)
        return ends if low < high else ends[::-1]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the numbers must know, in words."""
        found = [] if self.converged else ["the fit did not converge"]
        space = self.forward.variant.space
        for parameter in space.free:
            scaled = parameter.scaled(self.best[parameter.label])
            if not BOUND < scaled < 1 - BOUND:
                found.append(f"{parameter.label} is at a bound, {self.best[parameter.label]:.3g}")
            low, high = self.open(parameter.label)
            if low or high:
                sides = " and ".join(
                    word for word, is_open in (("low", low), ("high", high)) if is_open
                )
                found.append(
                    f"the data do not end the interval of {parameter.label} at the {sides} side"
                )
        if self.probability < REFUSED_BELOW:
            found.append(
                f"a misfit as large has probability {self.probability:.2g}: the variant does not "
                "describe the data, and intervals and bands are those of a wrong model"
            )
        if self.freedom == 0:
            found.append("as many parameters as data: any agreement is by construction")
        return tuple(found)

    def parameter_table(self) -> "pd.DataFrame":
        """Columns variant, parameter, unit, value, low, high, state, open_low, open_high."""
        import pandas as pd

        rows = []
        for name, value in self.best.items():
            low, high = self.interval(name)
            open_low, open_high = self.open(name)
            free = name in self.forward.variant.space.labels
            rows.append(
                {
                    "variant": self.forward.variant.name,
                    "parameter": name,
                    "unit": UNITS.get(name, ""),
                    "value": value,
                    "low": low,
                    "high": high,
                    "state": "fitted" if free else "fixed",
                    "open_low": open_low,
                    "open_high": open_high,
                }
            )
        return pd.DataFrame(rows)

    def point_table(self) -> "pd.DataFrame":
        """Columns variant, salt, ion, pH, measured, sd, predicted, residual_sd."""
        import pandas as pd

        observed = self.forward.observed
        return pd.DataFrame(
            {
                "variant": self.forward.variant.name,
                "salt": [one.salt for one in observed],
                "ion": [one.ion.name for one in observed],
                "pH": [one.pH for one in observed],
                "measured": [one.permeation for one in observed],
                "sd": [one.sd for one in observed],
                "predicted": self.predicted,
                "residual_sd": self.residuals,
            }
        )

    def curve_table(self) -> "pd.DataFrame":
        """Columns variant, salt, pH, permeation and charges in mol/m3, each with its band."""
        import pandas as pd

        curves = self.curves
        table: dict[str, object] = {
            "variant": self.forward.variant.name,
            "salt": curves.salts,
            "pH": curves.pH,
        }
        for name, value, band in (
            ("permeation", curves.permeation, curves.band),
            ("charge_mol_m3", curves.charge, curves.charge_band),
            ("bare_charge_mol_m3", curves.bare_charge, curves.bare_band),
        ):
            table |= {name: value, f"{name}_low": band[0], f"{name}_high": band[1]}
        return pd.DataFrame(table)
