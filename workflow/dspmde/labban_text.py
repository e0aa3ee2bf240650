"""What the text of Labban et al. (2018) says beside what the model gives: trends, tables 3, 5."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.continuum import performance, solve
from analysis.continuum.constants import GAS_CONSTANT, TEMPERATURE_K
from analysis.continuum.membranes import FEEDS, MEMBRANES
from analysis.continuum.pressure import applied_pressure
from analysis.continuum.units import MICRO, NANO, PASCAL_PER_BAR

YES, IN_PART, NO = "yes", "in part", "no"
DIVALENT = ("Ca2+", "Mg2+", "SO4--")
FLAT = 1.2
"""Ratio of pressures from which on a change is none that is insignificant."""
LINEAR = 0.99
"""Correlation of what is almost linear."""
STEEPER = 1.5
"""Ratio of two spans from which on the larger is the more sensitive one."""
SATURATED = 0.98
"""Hardness removal to which nothing much can be added."""
SIGNIFICANT = 0.1
"""Rejection of a monovalent ion that counts."""
TIGHT_NM, TIGHTEST_NM, LOW_PERMITTIVITY = 0.4, 0.25, 35.0
"""What the text names, and where the sweep of radii ends."""
RECOMMENDED = {
    "effective_thickness": ("below 1 µm", 1.0, MICRO),
    "charge_density": ("about 20 mol/m3", 20.0, 1.0),
    "pore_radius": ("about 0.4 nm", 0.4, NANO),
}
"""Table 3: the text's words, and the value that is tried with its unit in SI."""
DEPOSITIONS = {
    "LbL1.5C": ("(PSS/PAH/PSS) + GA", 0.02, ()),
    "LbL1": ("(PSS/PAH/PSS) + GA", 0.1, ("thinner",)),
    "LbL2": ("PSS/PAH/PSS/PAH", 0.1, ("looser", "more positive")),
    "LbL3": ("(PSS/PAH/PSS/PAH) + GA", 0.1, ("thinner", "tighter", "more positive")),
}
"""Table 5: layers, concentration of PAH (M), what is observed beside the benchmark."""


def statements(sweeps: Mapping[str, Mapping[str, pd.DataFrame]]) -> pd.DataFrame:
    """Hold what the text says of figures 5 to 8 against the sweeps that draw them.

    Parameters
    ----------
    sweeps : mapping
        ``labban.sensitivity`` of each property, by its name.

    Returns
    -------
    DataFrame
        figure, text (in other words than the text's), model (numbers), agrees: yes, in part, no.
    """
    thick, charge, radius, eps = (
        _Sweep(sweeps[name])
        for name in ("effective_thickness", "charge_density", "pore_radius", "pore_permittivity")
    )
    gained = radius.made[radius.x <= TIGHT_NM].hardness_removal.min()
    rows = [
        (
            5,
            "a thicker membrane rejects every ion better",
            f"Na+ {thick.told('Na+', 'µm')}; all others rise",
            YES if thick.monotone("Na+") else NO,
        ),
        (
            5,
            "the pressure grows almost linearly with thickness",
            f"{thick.pressures()}; correlation {thick.linearity:.3f}",
            YES if thick.linearity > LINEAR else NO,
        ),
        (
            6,
            "charge hardly changes the pressure",
            f"{charge.pressures()} over ±100 mol/m3; a ratio of {charge.ratio(100):.2f}, within "
            f"±30 mol/m3 of {charge.ratio(30):.2f}",
            IN_PART if charge.ratio(30) < FLAT < charge.ratio(100) else NO,
        ),
        (
            6,
            "hardness removal is less sensitive to charge than to pore size",
            f"{charge.removals()} over ±100 mol/m3, {radius.removals()} over 0.25 to 0.8 nm",
            YES if radius.span > STEEPER * charge.span else NO,
        ),
        (
            7,
            "below 0.4 nm the rejection of divalent ions has nothing to gain",
            f"hardness removal is {gained:.3f} or more there",
            YES if gained > SATURATED else NO,
        ),
        (
            7,
            "sulfate is always rejected better than the other divalent ions",
            f"magnesium overtakes it below {radius.crossing('Mg2+', 'SO4--'):.2f} nm",
            NO if np.isfinite(radius.crossing("Mg2+", "SO4--")) else YES,
        ),
        (
            7,
            "the pressure approaches that of reverse osmosis in the tightest pores",
            f"{radius.pressure_at(TIGHTEST_NM):.1f} bar at 0.25 nm, where Cl- is rejected to "
            f"{radius.at('Cl-', TIGHTEST_NM):.2f}; the feed's osmotic pressure, which reverse "
            f"osmosis has to exceed, is {_osmotic_bar():.0f} bar",
            YES if radius.pressure_at(TIGHTEST_NM) > _osmotic_bar() else NO,
        ),
        (
            8,
            "a higher permittivity lowers the rejection of every ion",
            f"Na+ {eps.told('Na+')}; all others fall",
            YES if eps.monotone("Na+") else NO,
        ),
        (
            8,
            "monovalent ions are rejected noticeably below a permittivity of about 35",
            f"Na+ {eps.at('Na+', LOW_PERMITTIVITY):.2f}, Cl- {eps.at('Cl-', LOW_PERMITTIVITY):.2f} "
            "at 35",
            YES if eps.at("Cl-", LOW_PERMITTIVITY) > SIGNIFICANT else NO,
        ),
        (
            8,
            "the effect of permittivity is comparable to that of pore size",
            f"hardness removal {eps.removals()} over 30 to 65, {radius.removals()} over 0.25 to "
            "0.8 nm",
            YES if eps.span > radius.span / STEEPER else NO,
        ),
    ]
    return pd.DataFrame(rows, columns=["figure", "text", "model", "agrees"])


def recommendations(benchmark: str, feed: str, flux: float) -> pd.DataFrame:
    """Try the recommendations of table 3, each by itself and all together, at a flux in m/s.

    Returns
    -------
    DataFrame
        changed, recommended, hardness_removal, pressure_bar, permeability_lmh_bar; the first row is
        the benchmark.
    """
    own = MEMBRANES[benchmark]
    tried = {"nothing": ("", own)}
    together = {}
    for name, (words, value, unit) in RECOMMENDED.items():
        together[name] = value * unit
        tried[name] = (words, replace(own, **{name: value * unit}))
    tried["all three"] = ("", replace(own, **together))
    rows = []
    for changed, (words, membrane) in tried.items():
        transport = solve(membrane, FEEDS[feed], flux)
        pressure = float(applied_pressure(membrane, FEEDS[feed], transport)) / PASCAL_PER_BAR
        permeability = float(performance.pure_water_permeability(membrane).lmh_bar())
        removal = float(performance.hardness_removal(transport))
        rows.append((changed, words, removal, pressure, permeability))
    columns = ["changed", "recommended", "hardness_removal", "pressure_bar", "permeability_lmh_bar"]
    return pd.DataFrame(rows, columns=columns)


def depositions(benchmark: str) -> pd.DataFrame:
    """Table 5: how each membrane was deposited and what is said of it, beside table 4's numbers.

    Returns
    -------
    DataFrame
        membrane, layers, pah_M, observed, by_table_4 (the same words from the numbers), agrees.
    """
    own = MEMBRANES[benchmark]
    rows = []
    for name, (layers, concentration, observed) in DEPOSITIONS.items():
        membrane = MEMBRANES[name]
        pairs = (
            (membrane.effective_thickness, own.effective_thickness, "thinner", "thicker"),
            (membrane.pore_radius, own.pore_radius, "tighter", "looser"),
            (membrane.charge_density, own.charge_density, "more negative", "more positive"),
        )
        told = [
            less if float(value) < float(other) else more
            for value, other, less, more in pairs
            if float(value) != float(other)
        ]
        agrees = YES if set(told) == set(observed) else IN_PART
        agrees = agrees if set(observed) <= set(told) else NO
        words = ", ".join(observed) or "benchmark"
        rows.append((name, layers, concentration, words, ", ".join(told) or "benchmark", agrees))
    columns = ["membrane", "layers", "pah_M", "observed", "by_table_4", "agrees"]
    return pd.DataFrame(rows, columns=columns)


class _Sweep:
    """Rejections and performance of a sweep, against the property that is varied."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]):
        made = tables["performance"]
        column = made.columns[0]
        self.made = made.sort_values(column).reset_index(drop=True)
        self.x = self.made[column].to_numpy()
        long = tables["rejections"]
        self._rejections = long.pivot(index=column, columns="ion", values="rejection").sort_index()

    def at(self, ion: str, place: float) -> float:
        return float(np.interp(place, self.x, self._rejections[ion]))

    def pressure_at(self, place: float) -> float:
        return float(np.interp(place, self.x, self.made.pressure_bar))

    def monotone(self, ion: str) -> bool:
        steps = np.diff(self._rejections[ion])
        return bool((steps >= 0).all() or (steps <= 0).all())

    def told(self, ion: str, unit: str = "") -> str:
        """Say where an ion's rejection begins, where it turns, and where it ends."""
        values = self._rejections[ion].to_numpy()
        turn = int(np.argmin(values))
        places = dict.fromkeys((0, turn, len(values) - 1))
        said = (f"{values[k]:.3f} at {self.x[k]:.3g}" for k in places)
        return ", ".join(f"{part} {unit}".strip() for part in said)

    def pressures(self) -> str:
        return f"{self.made.pressure_bar.min():.1f} to {self.made.pressure_bar.max():.1f} bar"

    def removals(self) -> str:
        removal = self.made.hardness_removal
        return f"{removal.min():.2f} to {removal.max():.2f}"

    @property
    def span(self) -> float:
        return float(np.ptp(self.made.hardness_removal))

    @property
    def linearity(self) -> float:
        return float(np.corrcoef(self.x, self.made.pressure_bar)[0, 1])

    def ratio(self, within: float) -> float:
        """Return the highest over the lowest pressure where the property is within a bound."""
        pressure = self.made.pressure_bar[np.abs(self.x) <= within]
        return float(pressure.max() / pressure.min())

    def crossing(self, above: str, below: str) -> float:
        """Return the largest value at which one ion is rejected better than another, or NaN."""
        better = self._rejections[above].to_numpy() > self._rejections[below].to_numpy()
        return float(self.x[better].max()) if better.any() else float("nan")


def _osmotic_bar(feed: str = "seawater") -> float:
    """Return the ideal osmotic pressure of a feed, R T sum c."""
    total = sum(float(value) for value in FEEDS[feed].concentrations.values())
    return GAS_CONSTANT * TEMPERATURE_K * total / PASCAL_PER_BAR
