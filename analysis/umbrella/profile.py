"""From the windows of one ion to tables: its free energy along z, its windows, their overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.kernels.umbrella import LEAST_BLOCK, LEAST_OVERLAP, FreeEnergy, free_energy
from mdtools.constants import ANGSTROM_PER_NM, GAS_CONSTANT, KJ_PER_KCAL
from mdtools.umbrella.window import Samples

WATER_ANGSTROM = 5.0
"""From the feed face and from the feed's sheet: what lies between is the feed reservoir, where the
water has no layers and the free energy is zero."""
LEAST_MEMBERS = 1e-4
"""Of the overlap matrix; smaller entries are left out of the table."""
MOST_DRIFT_ANGSTROM = 0.5
"""By which the membrane's centre may leave the frame that windows lie in."""


@dataclass(frozen=True)
class Profile:
    """Tables of one ion, and ``notes``: one line for each thing that is not as it should be.

    ``zero`` says in words where the free energy is zero, ``in_its_place`` whether that is where it
    is to be; ``level`` is that of its intervals.
    """

    free_energy: pd.DataFrame
    windows: pd.DataFrame
    overlap: pd.DataFrame
    notes: tuple[str, ...]
    zero: str
    in_its_place: bool
    level: float
    blocks: int


def profile(
    samples: Sequence[Samples], *, blocks: int, bin_angstrom: float, level: float
) -> Profile:
    """Join windows, sorted from feed to permeate, to a free energy along z.

    Where neighbours overlap too little, what lies beyond them has no free energy against the feed.

    Raises
    ------
    ValueError
        As of `analysis.kernels.umbrella.free_energy`.
    """
    facts = [one.facts for one in samples]
    centres = ANGSTROM_PER_NM * np.array([one["z_nm"] for one in facts])
    kT = GAS_CONSTANT * facts[0]["temperature_K"]
    stiffness = np.array([one["stiffness_kJ_mol_nm2"] for one in facts]) / kT / ANGSTROM_PER_NM**2
    count = max(1, round((centres[-1] - centres[0]) / bin_angstrom))
    edges = np.linspace(centres[0], centres[-1], count + 1)
    asked, where = _zero(edges, facts[0]["path"])
    z = [ANGSTROM_PER_NM * one.z_nm for one in samples]
    found = free_energy(z, centres, stiffness, edges, asked, blocks=blocks, level=level)
    table = _free_energy_table(found, z, kT / KJ_PER_KCAL)
    rows = _window_table(samples, found, centres, z)
    in_its_place = bool((found.zero & asked).any())
    said = _said(found, where, in_its_place)
    notes = _notes(rows, blocks)
    if not in_its_place:
        notes = (*notes, _unsampled(found, where))
    return Profile(table, rows, _overlap_table(found), notes, said, in_its_place, level, blocks)


def _zero(edges: np.ndarray, path: dict) -> tuple[np.ndarray, str]:
    """Return the bins (b,) in which the free energy is to be zero, and where that is in words."""
    middle = (edges[1:] + edges[:-1]) / 2
    face, sheet = (ANGSTROM_PER_NM * (path[key][0] - path["centre"]) for key in ("faces", "sheets"))
    water = (middle < face - WATER_ANGSTROM) & (middle > sheet + WATER_ANGSTROM)
    if water.any():
        return water, (
            f"the feed reservoir, {WATER_ANGSTROM:g} angstrom and more from membrane and sheet"
        )
    if (middle < face).any():
        return middle < face, "the feed side, near to the membrane"
    first = np.arange(len(middle)) == 0
    return first, "the end of the range, within the membrane"


def _said(found: FreeEnergy, where: str, in_its_place: bool) -> str:
    """Return where the free energy is zero, in words."""
    if not found.zero.any():
        return "no place"
    if not in_its_place:
        where = f"the place that the ion came to nearest to {where}"
    low, high = found.edges[:-1][found.zero][0], found.edges[1:][found.zero][-1]
    return f"{where} (z from {low:.1f} to {high:.1f} angstrom)"


def _unsampled(found: FreeEnergy, where: str) -> str:
    """Return what to say of a zero that is not where it is to be, as no ion came there."""
    if found.zero.any():
        return f"no window's ion came to {where}: zero is elsewhere, at the nearest that one came"
    return (
        f"no ion came to {where}, nor to any other place that windows lead to from there without "
        "a gap: no free energy is given; pull for longer (pull_ps) and make windows longer"
    )


def _free_energy_table(found: FreeEnergy, z: Sequence[np.ndarray], kcal_mol: float) -> pd.DataFrame:
    parts = {"free_energy": found.value, "low": found.low, "high": found.high}
    return pd.DataFrame(
        {"z_angstrom": (found.edges[1:] + found.edges[:-1]) / 2}
        | {f"{name}_kT": values for name, values in parts.items()}
        | {f"{name}_kcal_mol": kcal_mol * values for name, values in parts.items()}
        | {"samples": np.histogram(np.concatenate(z), found.edges)[0]}
    )


def _window_table(
    samples: Sequence[Samples],
    found: FreeEnergy,
    centres: np.ndarray,
    z: Sequence[np.ndarray],
) -> pd.DataFrame:
    interval = np.array([float(np.median(np.diff(one.time_ps))) for one in samples])
    counts = np.array([len(one) for one in z])
    return pd.DataFrame(
        {
            "window": np.arange(len(z)),
            "z_angstrom": centres,
            "mean_z_angstrom": [one.mean() for one in z],
            "sd_angstrom": [one.std(ddof=1) for one in z],
            "samples": counts,
            "sample_ps": interval,
            "correlation_ps": found.correlation * interval,
            "independent": counts / (2 * found.correlation),
            "overlap_with_next": [*found.neighbours, np.nan],
            "membrane_drift_angstrom": [ANGSTROM_PER_NM * one.drift_nm for one in samples],
            "complete": [one.complete for one in samples],
            "start": [one.facts["source"] for one in samples],
        }
    )


def _overlap_table(found: FreeEnergy) -> pd.DataFrame:
    rows, columns = np.nonzero(found.overlap > LEAST_MEMBERS)
    values = found.overlap[rows, columns]
    return pd.DataFrame({"window": rows, "with": columns, "overlap": values})


def _notes(windows: pd.DataFrame, blocks: int) -> tuple[str, ...]:
    notes = []
    place = windows.z_angstrom
    for k, overlap in enumerate(windows.overlap_with_next[:-1]):
        if overlap < LEAST_OVERLAP:
            notes.append(
                f"windows {k} and {k + 1} (z = {place[k]:.1f} and {place[k + 1]:.1f} angstrom) do "
                f"not overlap: {overlap:.2g}, at least {LEAST_OVERLAP:g} is needed; beyond them no "
                "free energy is given"
            )
    long = windows.samples / blocks >= LEAST_BLOCK * windows.correlation_ps / windows.sample_ps
    short = windows.window[~long]
    if len(short):
        notes.append(
            f"{len(short)} of {len(windows)} windows (first {short.iloc[0]}) have blocks shorter "
            f"than {LEAST_BLOCK:g} autocorrelation times, or are too short to tell: their "
            "intervals are too narrow"
        )
    moved = windows.membrane_drift_angstrom.abs().max()
    if moved > MOST_DRIFT_ANGSTROM:
        notes.append(f"the membrane's centre moved by up to {moved:.1f} angstrom in the windows")
    if not windows.complete.all():
        notes.append(f"{(~windows.complete).sum()} windows have not come to their end")
    return tuple(notes)
