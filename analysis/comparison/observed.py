"""What the runs of a layout and salt say of their feed ions in time, and what twins are asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.comparison.parameters.campaign import ALL, Campaign
from analysis.comparison.parameters.found import Missing
from analysis.continuum.arrays import Array

LINES = {
    "feed face": "share_entered",
    "center": "share_past_center",
    "permeate face": "share_past_permeate_face",
    "permeated": "share_permeated",
}
"""Quantity of each line of the table of permeation: share of feed ions beyond it at a time."""
MEAN_Z = "mean_z_nm"
MOST_TIMES = 40


@dataclass(frozen=True)
class Known:
    """A number over all trials at a time, with its interval and how many ions it is of."""

    value: float
    low: float
    high: float
    interval: str
    ions: int


NOTHING = Known(np.nan, np.nan, np.nan, "none", 0)
Runs = dict[tuple[str, str, float], Known]
"""By quantity, ion and time (ns), rounded as `moment` does."""


def moment(time_ns: float) -> float:
    """A time (ns) as a key: what differs by rounding is the same time."""
    return round(float(time_ns), 6)


def observed(campaign: Campaign) -> Runs:
    """What the tables of all trials say; Missing without them."""
    found: Runs = {}
    path = campaign.path_of("mean_z")
    columns = ("z_angstrom", "low_angstrom", "high_angstrom")
    means = campaign.csv(path, ("species", "trial", "time_ns", "interval", "n", *columns))
    path = campaign.path_of("permeation")
    columns = ("share", "low_share", "high_share")
    wanted = ("definition", "species", "line", "trial", "time_ns", "interval", "n", *columns)
    shares = campaign.csv(path, wanted)
    for row in means[means["trial"] == ALL].itertuples():
        z = (0.1 * row.z_angstrom, 0.1 * row.low_angstrom, 0.1 * row.high_angstrom)
        key = (MEAN_Z, str(row.species), moment(row.time_ns))
        found[key] = Known(*z, str(row.interval), int(row.n))
    shares = shares[(shares["trial"] == ALL) & (shares["definition"] == "at time")]
    for row in shares[shares["line"].isin(LINES)].itertuples():
        key = (LINES[row.line], str(row.species), moment(row.time_ns))
        values = (float(row.share), float(row.low_share), float(row.high_share))
        found[key] = Known(*values, str(row.interval), int(row.n))
    return found


def times_of(runs: Runs) -> list[float]:
    """Times (ns) at which the runs say something, rising."""
    return sorted({time for _, _, time in runs})


def common_end(runs: Sequence[Runs]) -> float | None:
    """Last time (ns) that all of these runs have, None without one after the start."""
    times = [set(times_of(one)) for one in runs if one]
    shared = set.intersection(*times) if times else set()
    return max((time for time in shared if time > 0), default=None)


def asked(
    campaign: Campaign, runs: Runs, also_ns: float | None
) -> tuple[dict[str, float], Array, Array]:
    """Lines (nm), times and times of snapshots, ns: those of the runs, else of the campaign.

    Parameters
    ----------
    also_ns : float or None
        One more time, as the last one that the layouts of a salt share.
    """
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
    reached = times_of(runs)
    if reached:
        picks = np.unique(np.linspace(0, len(reached) - 1, min(MOST_TIMES, len(reached))).round())
        times = np.array(reached)[picks.astype(int)]
        near = [reached[int(np.abs(np.array(reached) - time).argmin())] for time in snapshots]
        snapshots = np.unique(near)
    else:
        times = np.linspace(0, duration, MOST_TIMES // 2 + 1)
        snapshots = np.unique(np.minimum(snapshots, duration))
    also = [] if also_ns is None else [also_ns]
    return lines, np.union1d(np.union1d(times, snapshots), also), snapshots
