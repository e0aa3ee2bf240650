"""Water that flows through the membrane, counted and by the pistons, and what the anchors carry."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.kernels import net_passages
from analysis.observables.shared.stacking import stacked
from analysis.options import AnalysisOptions
from analysis.statistics import Interval, over_blocks, over_trials
from analysis.store import Store
from analysis.trials import POOLED, Trials, faces_of
from mdtools.constants import (
    ANGSTROM_PER_NM,
    KJ_NM_PER_MPA_NM2,
    PS_PER_NS,
    WATERS_PER_NM3,
)

TABLES = ("water_flow", "anchors_force")

PLANES = (0.25, 0.5, 0.75)
"""Places of the planes between the faces, of which the mean counts: each is passed by the same
water, in the long run."""
START_SHARE = 0.2
"""Of a run that is left out: its water is compressed, and its membrane bent, at first. More where
its drive rises for longer."""
BLOCKS = 5
"""Of a trial, for its own interval."""
DRY_ANGSTROM = 10.0
"""Between the feed's piston and the membrane's face: where the sheet touches water (3.4) and two of
its layers. With less, the flow is no longer that of a membrane with a reservoir before it."""
M_S_PER_NM_NS = 1.0
L_M2_H_PER_M_S = 3.6e6
PN_PER_KJ_NM = 1 / KJ_NM_PER_MPA_NM2
"""1 MPa on 1 nm2 is 1 pN."""
FLOW_COLUMNS = (
    "definition",
    "trial",
    "from_ns",
    "to_ns",
    "molecules",
    "per_ns",
    "low_per_ns",
    "high_per_ns",
    "flux_l_m2_h",
    "low_l_m2_h",
    "high_l_m2_h",
    "feed_angstrom",
    "interval",
    "note",
)
FORCE_COLUMNS = (
    "definition",
    "trial",
    "from_ns",
    "to_ns",
    "force_pN",
    "low_pN",
    "high_pN",
    "pressure_MPa",
    "low_MPa",
    "high_MPa",
    "interval",
)
WINDOW = (
    f"From the first {START_SHARE:.0%} of a trial on, which are left out, as is the time in which "
    "its drive rises, to its end, or to where the feed's piston is within "
    f"{DRY_ANGSTROM:g} Å of the membrane's face: the feed is dry then, and the note says so. The "
    f"interval of a trial is over {BLOCKS} blocks of it, that of 'all' over the trials, of one "
    "trial over its blocks."
)
VOLUME = f"The flux takes a molecule of water as 1/{WATERS_PER_NM3:g} nm³."
DEFINITIONS = {
    "water through planes": (
        "Molecules of water that passed planes through the membrane towards the permeate, less "
        "those that came back: the mean over planes at a quarter, half and three quarters of the "
        "way between its faces, from the full frames in which water is followed. A molecule has "
        "passed when it is on the other side than it was last seen on. "
        f"{WINDOW} {VOLUME}"
    ),
    "water by pistons": (
        "How far both pistons move towards the permeate, times the area, over the volume of a "
        "molecule: the mean of the feed's, which follows the water that leaves it, and the "
        f"permeate's. {WINDOW} {VOLUME}"
    ),
    "force on anchors": (
        "Mean of all forces along z on the fixed atoms of the membrane, and over its area; means "
        "over the fast frames. In the long run it is what drives push on everything that moves, as "
        f"nothing gathers speed. {WINDOW}"
    ),
}


NOTHING = Interval(
    np.asarray(np.nan),
    np.asarray(np.nan),
    np.asarray(np.nan),
    "none: a trial that is too short, in full drive or at all, or dry from the start",
)


@dataclass(frozen=True)
class Window:
    """Part of a trial (ps) in which water flows from a feed that has some; whether it ran dry."""

    begin_ps: float
    end_ps: float
    dry: bool


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `water_flow` and `anchors_force`."""
    return {"water_flow": water_flow(trials, options), "anchors_force": anchors(trials, options)}


def water_flow(trials: Trials, options: AnalysisOptions) -> pd.DataFrame:
    """Return molecules per time and fluxes, of each trial and of all, for both ways to count."""
    area = float(np.prod(trials.first.box_nm[:2]))
    rows = []
    for definition, series in (
        ("water through planes", through_planes),
        ("water by pistons", by_pistons),
    ):
        windows, rates = [], []
        for store in trials.stores:
            window = window_of(store)
            rates.append(rates_of(*series(store), window))
            windows.append(window)
        if not any(len(rate) for rate in rates):
            continue
        for store, window, rate in zip(trials.stores, windows, rates, strict=True):
            band = over_blocks(rate, options.level) if len(rate) else NOTHING
            rows.append(flow_row(definition, str(store.trial), [store], [window], band, area))
        band = pooled(rates, options.level) if all(len(rate) for rate in rates) else NOTHING
        rows.append(flow_row(definition, POOLED, trials.stores, windows, band, area))
    return stacked(rows, FLOW_COLUMNS)


def window_of(store: Store) -> Window:
    """Return the part of a trial that counts."""
    time = store.arrays["time_ps"]
    gap = faces_of(store)[0] - store.pistons_angstrom[:, 0]
    settled = time[0] + START_SHARE * (time[-1] - time[0])
    begin = max(settled, store.manifest["ramp_ps"])
    dry = np.flatnonzero(gap < DRY_ANGSTROM)
    end = time[max(dry[0] - 1, 0)] if len(dry) else time[-1]
    return Window(float(begin), float(end), bool(len(dry)))


def through_planes(store: Store) -> tuple[np.ndarray, np.ndarray]:
    """Return times (ps) and how many molecules have passed up to then, as the mean over planes."""
    time, counts = store.arrays["water_time_ps"], store.arrays["water_counts"]
    frame = np.repeat(np.arange(len(counts)), counts)
    feed, permeate = (face / ANGSTROM_PER_NM for face in faces_of(store))
    # Around the end of a periodic box a molecule comes back without a passage.
    longest = 1 if store.period_z_angstrom else len(time)
    passed = [
        net_passages(
            frame,
            store.arrays["water_molecule"],
            store.arrays["water_nm"][:, 2],
            feed + share * (permeate - feed),
            len(time),
            longest,
        )
        for share in PLANES
    ]
    return time, np.mean(passed, axis=0)


def by_pistons(store: Store) -> tuple[np.ndarray, np.ndarray]:
    """Return times (ps) and the molecules that the way of the pistons makes room for.

    Nothing where they are not: along a periodic z.
    """
    if store.period_z_angstrom:
        return np.empty(0), np.empty(0)
    z = store.pistons_angstrom.mean(axis=1) / ANGSTROM_PER_NM
    area = float(np.prod(store.box_nm[:2]))
    return store.arrays["time_ps"], (z - z[0]) * area * WATERS_PER_NM3


def rates_of(time: np.ndarray, passed: np.ndarray, window: Window) -> np.ndarray:
    """Return molecules per ns in equal blocks of a window; none where it holds too few frames."""
    inside = np.flatnonzero((time >= window.begin_ps - 1e-6) & (time <= window.end_ps + 1e-6))
    if len(inside) < 2:
        return np.empty(0)
    blocks = min(BLOCKS, len(inside) - 1)
    edges = inside[np.linspace(0, len(inside) - 1, blocks + 1).round().astype(int)]
    return np.diff(passed[edges]) / np.diff(time[edges]) * PS_PER_NS


def pooled(rates: list[np.ndarray], level: float) -> Interval:
    """Return the mean over the trials with its interval; of one trial that over its blocks."""
    if len(rates) == 1:
        return over_blocks(rates[0], level)
    return over_trials([rate.mean() for rate in rates], level)


def flow_row(definition, trial: str, stores, windows, band: Interval, area: float) -> dict:
    """Return one row of the flow of water."""
    span = [max(window.begin_ps for window in windows), max(window.end_ps for window in windows)]
    per_ns = [float(edge) for edge in (band.value, band.low, band.high)]
    flux = [rate / WATERS_PER_NM3 / area * M_S_PER_NM_NS * L_M2_H_PER_M_S for rate in per_ns]
    spans = [window.end_ps - window.begin_ps for window in windows]
    dry = [store.trial for store, window in zip(stores, windows, strict=True) if window.dry]
    gaps = [faces_of(store)[0] - store.pistons_angstrom[-1, 0] for store in stores]
    numbers = (per_ns[0] * float(np.mean(spans)) / PS_PER_NS, *per_ns, *flux, float(np.mean(gaps)))
    named = dict(zip(FLOW_COLUMNS[4:12], numbers, strict=True))
    return {
        "definition": definition,
        "trial": trial,
        "from_ns": span[0] / PS_PER_NS,
        "to_ns": span[1] / PS_PER_NS,
        **named,
        "interval": band.kind,
        "note": f"dry feed in trial {', '.join(map(str, dry))}" if dry else "",
    }


def anchors(trials: Trials, options: AnalysisOptions) -> pd.DataFrame:
    """Return what the anchors carry; no row where a run did not record it."""
    if not all("anchors_force_kJ_mol_nm" in store.arrays for store in trials.stores):
        return stacked([], FORCE_COLUMNS)
    area = float(np.prod(trials.first.box_nm[:2]))
    parts, windows = [], []
    for store in trials.stores:
        window, time = window_of(store), store.arrays["anchors_time_ps"]
        inside = (time >= window.begin_ps) & (time <= window.end_ps + 1e-6)
        force = store.arrays["anchors_force_kJ_mol_nm"][inside]
        blocks = np.array_split(force, min(BLOCKS, len(force))) if len(force) else []
        parts.append(np.array([block.mean() for block in blocks]))
        windows.append(window)
    if not any(len(part) for part in parts):
        return stacked([], FORCE_COLUMNS)
    rows = []
    bands = [over_blocks(part, options.level) if len(part) else NOTHING for part in parts]
    together = pooled(parts, options.level) if all(len(part) for part in parts) else NOTHING
    names = [str(store.trial) for store in trials.stores]
    for name, band, chosen in zip(
        [*names, POOLED],
        [*bands, together],
        [*([window] for window in windows), windows],
        strict=True,
    ):
        edges = [float(edge) for edge in (band.value, band.low, band.high)]
        numbers = [
            *(edge * PN_PER_KJ_NM for edge in edges),
            *(edge / (area * KJ_NM_PER_MPA_NM2) for edge in edges),
        ]
        rows.append(
            {
                "definition": "force on anchors",
                "trial": name,
                "from_ns": max(window.begin_ps for window in chosen) / PS_PER_NS,
                "to_ns": max(window.end_ps for window in chosen) / PS_PER_NS,
                **dict(zip(FORCE_COLUMNS[4:10], numbers, strict=True)),
                "interval": band.kind,
            }
        )
    return stacked(rows, FORCE_COLUMNS)
