"""Atoms and their twin side by side: where feed ions are, time by time, for one layout and salt."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.observed import LINES, MEAN_Z, NOTHING, Runs, asked, moment
from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.cells import CellTwin, cell_twin
from analysis.comparison.parameters.parameters import Parameters
from analysis.comparison.twins.resampling import mean_range, share_range, spread
from analysis.comparison.twins.result import Twin
from analysis.comparison.twins.solve import TOLERANCE, solve_twin
from analysis.continuum.arrays import Array
from analysis.continuum.constants import AVOGADRO

if TYPE_CHECKING:
    import pandas as pd

NS, NM = 1e-9, 1e-9
BIN_NM = 0.05
"""Of the profiles that are kept."""
SHARE_FLOOR = 1e-9
"""A share of a twin's ions below it is rounding, and written as 0: twins are solved to 1e-4."""
KEYS = ("layout", "salt", "ion", "time_ns", "quantity")
COLUMNS = (
    *KEYS,
    *("md", "md_low", "md_high", "md_interval"),
    *("continuum", "continuum_low", "continuum_high", "ions", "within", "basis"),
)
PROFILE_COLUMNS = (
    *("layout", "salt", "ion", "time_ns", "z_nm"),
    *("continuum_per_nm", "concentration_mol_m3"),
)
DEFINITIONS = {
    "z": "nm from the membrane's centre of mass, the permeate at positive z, in every table: runs, "
    "twins, profiles and charges alike",
    MEAN_Z: "mean z of the feed ions",
    "share_entered": "share of feed ions beyond the feed face of the membrane at a time",
    "share_past_center": "share of feed ions beyond the membrane's centre of mass at a time",
    "share_past_permeate_face": "share of feed ions beyond the permeate face at a time",
    "share_permeated": "share of feed ions beyond the line of permeation at a time",
    "md": "the runs, with the interval that md_interval names",
    "continuum": "the twin; from continuum_low to continuum_high is where so many independent ions "
    f"would be found with the level's probability if the twin were right; shares below "
    f"{SHARE_FLOOR:g} are written as 0",
    "ions": "feed ions of the kind over all trials; empty, as the twin's range is, where no run is",
    "within": "whether the runs lie in that range",
}


@dataclass(frozen=True)
class Beside:
    """Runs and twin of one layout and salt.

    Attributes
    ----------
    cell : CellTwin
    twin : Twin
    table : DataFrame
        `COLUMNS`; without runs those of md, the range of the twin and ions are empty.
    profiles : DataFrame
        `PROFILE_COLUMNS`; continuum_per_nm is the distribution of feed ions, whose integral is 1,
        and concentration_mol_m3 that of all ions of the kind.
    """

    cell: CellTwin
    twin: Twin
    table: "pd.DataFrame"
    profiles: "pd.DataFrame"


def beside(
    campaign: Campaign,
    parameters: Parameters,
    runs: Runs,
    *,
    also_ns: float | None = None,
    pore_radius_nm: float | None = None,
    tolerance: float = TOLERANCE,
) -> Beside:
    """Solve the twin of a layout and salt and set it beside what the runs say.

    Parameters
    ----------
    runs : Runs
        What `observed` finds; empty without runs.
    also_ns : float, optional
        One more time to solve for.

    Raises
    ------
    Missing
        What the twin needs is not there.
    """
    import pandas as pd

    lines, times_ns, snapshots_ns = asked(campaign, runs, also_ns)
    cell = cell_twin(
        campaign,
        parameters,
        marks_nm=tuple(lines.values()),
        pore_radius_nm=pore_radius_nm,
    )
    faces = (place / NM for place in cell.problem.geometry.faces)
    lines = dict(zip(("feed face", "permeate face"), faces, strict=True)) | lines
    twin = solve_twin(cell.problem, NS * times_ns, tolerance)
    counts = {ion: known.ions for (_, ion, _), known in runs.items()}
    rows = []
    for theory in _theory(twin, lines):
        count = counts.get(theory.ion)
        for k, time in enumerate(times_ns):
            known = runs.get((theory.quantity, theory.ion, moment(time)), NOTHING)
            low, high = theory.range(k, count, campaign.level)
            rows.append(
                (
                    *(campaign.layout, campaign.salt, theory.ion, time, theory.quantity),
                    *(known.value, known.low, known.high, known.interval),
                    *(float(theory.values[k]), low, high, count),
                    *(_within(known.value, low, high), cell.basis),
                )
            )
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"ions": "Int64"})
    return Beside(cell, twin, table, _profiles(campaign, twin, times_ns, snapshots_ns))


@dataclass(frozen=True)
class _Theory:
    """One quantity of a twin in time, (T,); sd of one ion's z where it is a mean."""

    ion: str
    quantity: str
    values: Array
    sd: Array | None = None

    def range(self, k: int, count: int | None, level: float) -> tuple[float, float]:
        """Where so many independent ions would be found; no numbers without a count."""
        if not count:
            return np.nan, np.nan
        if self.sd is None:
            return share_range(float(self.values[k]), count, level)
        return mean_range(float(self.values[k]), float(self.sd[k]), count, level)


def _theory(twin: Twin, lines: dict[str, float]) -> Iterator[_Theory]:
    """Mean z (nm) of each driven ion, and its shares beyond lines (nm)."""
    for ion in dict.fromkeys(s.ion.name for s in twin.problem.species if s.driven):
        driven = twin.of(ion, driven=True)
        amounts = twin.amounts[:, driven].sum(axis=1)
        number = float(amounts[0].sum())
        sd = spread(amounts, twin.z, np.diff(twin.faces))
        yield _Theory(ion, MEAN_Z, amounts @ twin.z / number / NM, sd / NM)
        for line, place in lines.items():
            shares = twin.past(NM * place)[:, driven].sum(axis=1) / number
            yield _Theory(ion, LINES[line], np.where(shares < SHARE_FLOOR, 0.0, shares))


def _within(md: float, low: float, high: float) -> bool | None:
    """Whether the runs lie in a twin's range; None where one of them is not there."""
    if not (np.isfinite(md) and np.isfinite(low)):
        return None
    # A share that is a whole number of ions over their count may differ from it by rounding.
    slack = 1e-9
    return bool(low - slack <= md <= high + slack)


def _profiles(
    campaign: Campaign, twin: Twin, times_ns: Array, snapshots_ns: Array
) -> "pd.DataFrame":
    import pandas as pd

    low, high = (place / NM for place in twin.problem.geometry.ends)
    edges = np.linspace(low, high, max(2, round((high - low) / BIN_NM) + 1))
    # Ions below a place grow linearly within a cell.
    below = np.concatenate(
        [np.zeros((*twin.amounts.shape[:2], 1)), np.cumsum(twin.amounts, axis=2)], axis=2
    )
    parts = []
    for ion in dict.fromkeys(s.ion.name for s in twin.problem.species):
        driven, every = twin.of(ion, driven=True), twin.of(ion)
        for time in snapshots_ns:
            k = int(np.abs(times_ns - time).argmin())
            held = [
                np.diff(np.interp(edges, twin.faces / NM, below[k, mask].sum(axis=0)))
                for mask in (driven, every)
            ]
            total = held[0].sum()
            widths = np.diff(edges)
            volume = NM * widths * twin.problem.geometry.area * AVOGADRO
            parts.append(
                pd.DataFrame(
                    {
                        "layout": campaign.layout,
                        "salt": campaign.salt,
                        "ion": ion,
                        "time_ns": time,
                        "z_nm": (edges[1:] + edges[:-1]) / 2,
                        "continuum_per_nm": held[0] / (total * widths) if total else np.nan,
                        "concentration_mol_m3": held[1] / volume,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
