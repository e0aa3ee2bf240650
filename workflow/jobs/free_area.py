"""Job that brings a membrane to a free area in water, and its report."""

from pathlib import Path

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from analysis.kernels import block_means, t_interval
from mdtools import provenance, records, seeds
from mdtools.atomic import replacing
from mdtools.cells.free_area import FIXED, FREE, FreeArea, free_area
from mdtools.cells.hydrated_box import hydrated_box
from mdtools.constants import WATER_DA
from mdtools.errors import SettingsError
from mdtools.options import FreeAreaOptions, NonbondedOptions, PlatformOptions
from mdtools.polymer import Polymer
from mdtools.systems.system import element_masses
from membranes.building.relaxation import centred
from membranes.networks.network import Network
from workflow.jobs.membrane import timed_log

REPORT, SERIES = "report.json", "series.csv"
BLOCKS = 6
LEVEL = 0.95
SETTLED_SHARE = 0.5
"""Of the phase at fixed area, the part at its end whose pressures are averaged."""


def free_area_of_membrane(
    network: Network,
    source: str,
    directory: Path,
    options: FreeAreaOptions,
    *,
    nonbonded: NonbondedOptions,
    seed: int,
    platform: PlatformOptions,
) -> dict:
    """Run a hydrated network at its own area and at a free one; write the series and a report.

    Parameters
    ----------
    network : Network
        Charged or not; counter-ions are added.
    source : str
        Its name, directory or file, for the report.
    directory : Path
        Gets ``series.csv`` and ``report.json``; the run cannot be resumed.

    Returns
    -------
    dict
        The report.

    Raises
    ------
    SettingsError
        If the directory holds a report, or the network does not fit the options.
    PhysicsError
        If the system blows up.
    """
    if (directory / REPORT).exists():
        raise SettingsError(f"{directory} holds a {REPORT}; name another directory")
    log = timed_log()
    polymer = centred(network).polymer()
    cell = hydrated_box(polymer, options, nonbonded, seed)
    log(f"{cell.report['particles']} particles, {cell.report['waters']} waters; minimising")
    found = free_area(cell, options, platform, seeds.integer(seed, "free area"), log)
    directory.mkdir(parents=True, exist_ok=True)
    with replacing(directory / SERIES) as path:
        found.series.to_csv(path, index=False)
    report = {
        "source": source,
        **cell.report,
        "summary": summary(found, polymer),
        "assumptions": assumptions(options, nonbonded),
        "options": options.model_dump(mode="json"),
        "nonbonded": nonbonded.model_dump(mode="json"),
        "seed": seed,
        "provenance": provenance.record(platform=platform.model_dump()),
    }
    records.write(directory / REPORT, report)
    log(f"wrote {directory}")
    return report


def summary(found: FreeArea, polymer: Polymer) -> dict:
    """Summarise a series: means over phases with t intervals of blocks, and whether they drift."""
    fixed = found.series[found.series["phase"] == FIXED]
    fixed = fixed.tail(max(1, round(SETTLED_SHARE * len(fixed))))
    free = found.series[found.series["phase"] == FREE]
    mass = float(element_masses(polymer.atoms["element"]).sum())
    strain = averaged(100 * free["area_strain"])
    waters = averaged(free["waters_in_membrane"])
    thickness = averaged(fixed["length_z_nm"])
    return {
        "area_strain_percent": strain | {"in_words": _area_in_words(strain, waters)},
        "length_z_nm": averaged(free["length_z_nm"]),
        "waters_in_membrane": waters,
        "water_content_g_per_g": averaged(WATER_DA / mass * free["waters_in_membrane"]),
        "acceptance": found.acceptance,
        "largest_constraint_error_nm": found.largest_constraint_error_nm,
        "at_fixed_area": {
            "lateral_pressure_MPa": averaged(fixed["lateral_pressure_MPa"]),
            "normal_pressure_MPa": averaged(fixed["normal_pressure_MPa"]),
            "lateral_tension_mN_m": averaged(tension(fixed)),
            "length_z_nm": thickness,
            "waters_in_membrane": averaged(fixed["waters_in_membrane"]),
            "in_words": _thickness_in_words(thickness),
        },
    }


def tension(series: pd.DataFrame) -> pd.Series:
    """Return the tension (P_normal - P_lateral) L_z in mN/m of each row; 1 MPa nm is 1 mN/m."""
    excess = series["normal_pressure_MPa"] - series["lateral_pressure_MPa"]
    return excess * series["length_z_nm"]


def averaged(values: ArrayLike) -> dict:
    """Average a series over blocks, with a t interval and the drift over the whole of it.

    ``drift`` is the slope of the block means times the number of blocks, with the t interval of a
    regression; a series of fewer values than blocks has a mean alone.

    >>> averaged([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])["drift"]
    6.0
    """
    series = np.asarray(values, dtype=float)
    if len(series) < BLOCKS:
        return {"mean": float(series.mean()), "interval": None, "drift": None, "drifts": None}
    means = block_means(series, BLOCKS)
    mean, low, high = (float(value) for value in t_interval(means, LEVEL))
    drift, certain = _drift(means)
    return {
        "mean": mean,
        "interval": [low, high],
        "kind": f"{100 * LEVEL:g} % t interval over {BLOCKS} blocks of one run",
        "drift": drift,
        "drifts": certain,
    }


def _drift(means: np.ndarray) -> tuple[float, bool]:
    """Change over the series, and whether the slope of the blocks differs from zero (t test)."""
    line = scipy.stats.linregress(np.arange(len(means)), means)
    return float(line.slope * len(means)), bool(line.pvalue < 1 - LEVEL)


def _area_in_words(strain: dict, waters: dict) -> str:
    if strain["drift"] is None:
        return "the run is too short to tell whether the area drifts"
    change = f"the area changes by {strain['drift']:+.2f} % over the time averaged"
    if strain["drifts"]:
        return f"{change}: it still drifts, and the mean is no value of equilibrium"
    hidden = f"{change}, which its fluctuations hide; slower drifts cannot be seen in this time"
    if waters["drifts"]:
        return f"{hidden}; the water in the membrane still drifts"
    return hidden


def _thickness_in_words(thickness: dict) -> str:
    if thickness["drift"] is None:
        return "this phase is too short to tell whether the network has filled with water"
    change = f"the length along z changes by {thickness['drift']:+.3f} nm over the time averaged"
    if thickness["drifts"]:
        return (
            f"{change}: voids of the network are still filling or closing, the pressure is none of "
            "equilibrium, and the area goes on with that once it is free; a longer equilibration "
            "tells them apart"
        )
    return f"{change}, which its fluctuations hide"


def assumptions(options: FreeAreaOptions, nonbonded: NonbondedOptions) -> list[str]:
    """State what the run took for granted, for readers of its report."""
    tail = (
        "with the isotropic tail correction, which takes polymer and water as one mixture"
        if options.tail_correction
        else "truncated: the moves feel the step of the energy at the cut-off, the dynamics do not"
    )
    return [
        "periodic along x, y and z: the polymer's faces see water, and through it their images; no "
        "sheet and no anchor holds the area",
        f"area and length move at {options.pressure_MPa:g} MPa each, x and y by one factor; the "
        "box stays rectangular",
        f"Lennard-Jones to {nonbonded.cutoff_nm:g} nm, {tail}",
        "the number of waters is fixed: swelling takes water from the layers outside of the faces",
        f"counter-ions are {options.cation} of a negative polymer, Cl- of a positive one, placed "
        "away from the polymer; no salt",
        "a network relaxes over nanoseconds and more; a short run shows which way its area goes, "
        "and bounds of the strain only where it has stopped drifting",
        "intervals are over blocks of one run of one network: other networks are not in them",
    ]
