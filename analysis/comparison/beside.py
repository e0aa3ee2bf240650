"""Atoms and their twin side by side: where feed ions are, time by time, for one layout and salt."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.parameters.campaign import ALL, Campaign
from analysis.comparison.parameters.cells import CellTwin, cell_twin
from analysis.comparison.parameters.found import Missing
from analysis.comparison.parameters.parameters import Parameters
from analysis.comparison.twins.resampling import mean_range, share_range, spread
from analysis.comparison.twins.result import Twin
from analysis.comparison.twins.solve import TOLERANCE, solve_twin
from analysis.continuum.arrays import Array
from analysis.continuum.constants import AVOGADRO

if TYPE_CHECKING:
    import pandas as pd

LINES = {
    "feed face": "share_entered",
    "center": "share_past_center",
    "permeate face": "share_past_permeate_face",
    "permeated": "share_permeated",
}
"""Quantity of each line of the table of permeation: share of feed ions beyond it at a time."""
MEAN_Z = "mean_z_nm"
MOST_TIMES = 40
NS, NM = 1e-9, 1e-9
BIN_NM = 0.05
"""Of the profiles that are kept."""
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
    MEAN_Z: "mean z of the feed ions from the membrane's centre, nm, the permeate at positive z",
    "share_entered": "share of feed ions beyond the feed face of the membrane at a time",
    "share_past_center": "share of feed ions beyond the membrane's centre at a time",
    "share_past_permeate_face": "share of feed ions beyond the permeate face at a time",
    "share_permeated": "share of feed ions beyond the line of permeation at a time",
    "md": "the runs, with the interval that md_interval names",
    "continuum": "the twin; from continuum_low to continuum_high is where so many independent ions "
    "would be found with the level's probability if the twin were right",
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
        `COLUMNS`; without runs those of md are not numbers.
    profiles : DataFrame
        `PROFILE_COLUMNS`; continuum_per_nm is the distribution of feed ions, whose integral is 1,
        and concentration_mol_m3 that of all ions of the kind.
    without_runs : str
        Why the runs say nothing; empty where they do.
    """

    cell: CellTwin
    twin: Twin
    table: "pd.DataFrame"
    profiles: "pd.DataFrame"
    without_runs: str = ""


def beside(
    campaign: Campaign,
    parameters: Parameters,
    *,
    pore_radius_nm: float | None = None,
    tolerance: float = TOLERANCE,
) -> Beside:
    """Solve the twin of a layout and salt and set it beside what the runs say.

    Raises
    ------
    Missing
        What the twin needs is not there.
    """
    import pandas as pd

    without_runs = ""
    try:
        runs = _runs(campaign)
    except Missing as reason:
        runs, without_runs = {}, str(reason)
    lines, times_ns, snapshots_ns = _asked(campaign, runs)
    cell = cell_twin(
        campaign,
        parameters,
        marks_nm=tuple(lines.values()),
        pore_radius_nm=pore_radius_nm,
    )
    faces = (place / NM for place in cell.problem.geometry.faces)
    lines = dict(zip(("feed face", "permeate face"), faces, strict=True)) | lines
    twin = solve_twin(cell.problem, NS * times_ns, tolerance)
    rows = []
    for ion in dict.fromkeys(s.ion.name for s in cell.problem.species if s.driven):
        driven = twin.of(ion, driven=True)
        amounts = twin.amounts[:, driven].sum(axis=1)
        number = float(amounts[0].sum())
        mean = amounts @ twin.z / number
        sd = spread(amounts, twin.z, np.diff(twin.faces))
        for k, time in enumerate(times_ns):
            known = runs.get((MEAN_Z, ion, round(time, 6)))
            count = known.ions if known else max(1, round(number))
            ranges = mean_range(mean[k] / NM, sd[k] / NM, count, campaign.level)
            rows.append(_row(campaign, cell, ion, time, MEAN_Z, known, mean[k] / NM, ranges, count))
        for line, place in lines.items():
            shares = twin.past(NM * place)[:, driven].sum(axis=1) / number
            for time, share in zip(times_ns, shares, strict=True):
                known = runs.get((LINES[line], ion, round(time, 6)))
                count = known.ions if known else max(1, round(number))
                ranges = share_range(float(share), count, campaign.level)
                rows.append(
                    _row(campaign, cell, ion, time, LINES[line], known, float(share), ranges, count)
                )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    profiles = _profiles(campaign, twin, times_ns, snapshots_ns)
    return Beside(cell, twin, table, profiles, without_runs)


@dataclass(frozen=True)
class _Known:
    value: float
    low: float
    high: float
    interval: str
    ions: int


def _row(
    campaign: Campaign,
    cell: CellTwin,
    ion: str,
    time: float,
    quantity: str,
    known: _Known | None,
    continuum: float,
    ranges: tuple[float, float],
    count: int,
) -> tuple[object, ...]:
    md = (known.value, known.low, known.high, known.interval) if known else (*[np.nan] * 3, "none")
    # A share that is a whole number of ions over their count may differ from it by rounding.
    slack = 1e-9
    within = None
    if known is not None and np.isfinite(known.value):
        within = bool(ranges[0] - slack <= known.value <= ranges[1] + slack)
    head = (campaign.layout, campaign.salt, ion, time, quantity)
    return (*head, *md, float(continuum), *ranges, count, within, cell.basis)


def _runs(campaign: Campaign) -> dict[tuple[str, str, float], _Known]:
    """What the tables of all trials say, by quantity, ion and time; Missing without them."""
    found: dict[tuple[str, str, float], _Known] = {}
    path = campaign.path_of("mean_z")
    columns = ("z_angstrom", "low_angstrom", "high_angstrom")
    means = campaign.csv(path, ("species", "trial", "time_ns", "interval", "n", *columns))
    path = campaign.path_of("permeation")
    columns = ("share", "low_share", "high_share")
    wanted = ("definition", "species", "line", "trial", "time_ns", "interval", "n", *columns)
    shares = campaign.csv(path, wanted)
    for row in means[means["trial"] == ALL].itertuples():
        z = (0.1 * row.z_angstrom, 0.1 * row.low_angstrom, 0.1 * row.high_angstrom)
        key = (MEAN_Z, str(row.species), round(float(row.time_ns), 6))
        found[key] = _Known(*z, str(row.interval), int(row.n))
    shares = shares[(shares["trial"] == ALL) & (shares["definition"] == "at time")]
    for row in shares[shares["line"].isin(LINES)].itertuples():
        key = (LINES[row.line], str(row.species), round(float(row.time_ns), 6))
        values = (float(row.share), float(row.low_share), float(row.high_share))
        found[key] = _Known(*values, str(row.interval), int(row.n))
    return found


def _asked(
    campaign: Campaign, runs: dict[tuple[str, str, float], _Known]
) -> tuple[dict[str, float], Array, Array]:
    """Lines (nm), times and times of snapshots, ns: those of the runs, else of the campaign."""
    settings = campaign.json("campaign.json")
    try:
        analysis = settings["analysis"]
        permeated = 0.1 * float(analysis["permeated_above_angstrom"])
        snapshots = np.array([float(time) for time in analysis["snapshots_ns"]])
        duration = float(settings["transport"]["duration_ns"])
    except (KeyError, TypeError, ValueError):
        raise Missing("campaign.json does not say times and the line of permeation") from None
    lines = {"center": 0.0, "permeated": permeated}
    try:
        table = campaign.csv(campaign.path_of("permeation"), ("line", "trial", "line_angstrom"))
        for line, place in table[table["trial"] == ALL].groupby("line")["line_angstrom"]:
            if line in LINES:
                lines[str(line)] = 0.1 * float(place.mean())
    except Missing:
        pass
    reached = sorted({time for _, _, time in runs})
    if reached:
        duration = reached[-1]
        picks = np.unique(np.linspace(0, len(reached) - 1, min(MOST_TIMES, len(reached))).round())
        times = np.array(reached)[picks.astype(int)]
        near = [reached[int(np.abs(np.array(reached) - time).argmin())] for time in snapshots]
        snapshots = np.unique(near)
    else:
        times = np.linspace(0, duration, MOST_TIMES // 2 + 1)
        snapshots = np.unique(np.minimum(snapshots, duration))
    return lines, np.union1d(times, snapshots), snapshots


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
