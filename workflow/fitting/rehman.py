"""Figures 2 to 5 of Rehman, Sheriff and Lienhard (2023), as far as public data go.

The feeds and rejections of Micari et al. (2020), on which most of them rest, are not printed. What
is drawn is the membrane that the study prints for them, in the brine of Foo et al. (2023), and fits
to the published data that come with this package.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.continuum import Ion, Membrane, Solution
from analysis.continuum.characterize import dataset, fit
from analysis.continuum.pores import LogNormal, expectation_maximization
from analysis.continuum.species import at_temperature
from analysis.continuum.uncertainty import propagate, sweep
from analysis.continuum.units import LMH, MICRO, NANO
from analysis.figures.characterize import parity
from analysis.figures.characterize.pore_effects import (
    ENDS,
    design_sweeps,
    learning_paths,
    partition_and_fluxes,
    rejection_distributions,
)
from analysis.figures.continuum import draw
from analysis.figures.files import save_all
from analysis.figures.sheet import Sheet
from workflow.fitting.files import REHMAN_FIGURES

MEMBRANE = Membrane(0.50e-9, 1.16e-6, 43.86, -63.0)
PORES = LogNormal(0.50e-9, 0.13e-9)
"""NF270, as the study fits it to Micari et al. (2020)."""
FLUX = 15 * LMH
SAMPLES = 512
LEVELS = (ENDS[0], 0.5, ENDS[1])
SWEPT: dict[str, tuple[str, float, np.ndarray]] = {
    "charge_density": ("charge density (mol m⁻³)", 1.0, np.linspace(-120.0, 240.0, 49)),
    "effective_thickness": ("effective thickness (µm)", MICRO, np.geomspace(0.2, 4.0, 25)),
    "pore_radius": ("mean pore radius (nm)", NANO, np.linspace(0.40, 0.80, 25)),
}
"""Axis, unit and values, in the unit, of each parameter of figure 4."""
FITTED = (
    ("foo-2023-nf270", "NF270"),
    ("labban-2017-lbl15c", "LbL1.5C"),
    ("fernandez-2021-nf270", "NF270"),
    ("wang-2023-lithium", "NF270"),
    ("wang-2023-lithium", "NF90"),
    ("wang-2023-lithium", "NFX"),
)
"""Data sets and membranes of the parity plot."""
STARTS_NM = ((0.40, 0.05), (0.40, 0.20), (0.60, 0.05), (0.60, 0.20))
ITERATIONS = 500
STUDY = "Rehman, Sheriff and Lienhard, Water Research 243, 120325 (2023)"
NF270 = (
    "NF270 with the parameters that the study prints (1.16 µm, 43.86, −63 mol m⁻³, log-normal "
    "radii of mean 0.50 and standard deviation 0.13 nm) in the Li-Mg-Cl brine of Foo et al. "
    "(2023), a feed that they were not fitted to, at 15 L m⁻² h⁻¹."
)


def write(directory: Path) -> list[Path]:
    """Draw every figure as .png, .pdf and .csv; returns the files."""
    made = {
        "published_parity": published_parity,
        "learning_paths": learning,
        "rejection_distributions": distributions,
        "design_sweeps": sweeps,
        "partition_and_fluxes": mechanisms,
    }
    files = []
    for name in REHMAN_FIGURES:
        files += save_all(made[name](), Path(directory) / name)
    return files


def brine() -> Solution:
    """Feed of Foo et al. (2023)."""
    point = dataset("foo-2023-nf270").points[0]
    amounts: dict[str | Ion, float] = {
        at_temperature(ion, point.temperature): amount for ion, amount in point.composition
    }
    return Solution(amounts, point.temperature, point.permittivity)


def published_parity() -> Sheet:
    """Draw all published rejections against fits of their membranes (figure 2A)."""
    parts = []
    for name, membrane in FITTED:
        found = fit(dataset(name, membrane), with_profiles=False)
        parts.append(found.residuals.table().assign(dataset=name, low=np.nan, high=np.nan))
    table = pd.concat(parts, ignore_index=True)
    sets = ", ".join(dict.fromkeys(f"{membrane} ({name})" for name, membrane in FITTED))
    within = (table.residual.abs() <= 0.15).mean()
    about = (
        f"Fits of four parameters each to {sets}. {100 * within:.0f} % lie within 0.15. As figure "
        f"2A of {STUDY}, which has eight sets, most of them not public."
    )
    return draw(parity, table, about)


def learning() -> Sheet:
    """Draw how expectation maximisation learns pores from several starts (figure 3A)."""
    data = dataset("foo-2023-nf270")
    fluxes = np.unique(data.flux)
    rejection = {
        ion: np.array(
            [
                point.rejection
                for flux in fluxes
                for point in data.points
                if point.flux == flux and point.ion is not None and point.ion.name == ion
            ]
        )
        for ion in data.ions
    }
    best = fit(data, with_profiles=False)
    assert best.sd is not None
    parts = []
    for number, (mean, sd) in enumerate(STARTS_NM):
        found = expectation_maximization(
            best.membrane(),
            brine(),
            fluxes,
            rejection,
            best.sd,
            LogNormal(mean * NANO, sd * NANO),
            iterations=ITERATIONS,
        )
        history = found.history
        parts.append(
            pd.DataFrame(
                {
                    "start": number,
                    "iteration": np.arange(len(history["mean"])),
                    "mean_nm": history["mean"] / NANO,
                    "sd_nm": history["sd"] / NANO,
                }
            )
        )
    about = (
        "Pore radii of NF270 learnt from the eight rejections of Foo et al. (2023), thickness, "
        "permittivity and charge held at those of the fit of one radius. Standard deviation of a "
        f"rejection, from that fit: {best.sd:.3f}. As figure 3A, whose data are not public."
    )
    return draw(learning_paths, pd.concat(parts, ignore_index=True), about)


def distributions() -> Sheet:
    """Draw distributions of rejections over the pores (figure 3B)."""
    found = propagate(MEMBRANE, brine(), FLUX, PORES, SAMPLES)
    samples = pd.concat(
        [
            pd.DataFrame({"ion": ion, "rejection": values})
            for (quantity, ion), values in found.values.items()
            if quantity == "rejection"
        ],
        ignore_index=True,
    )
    low, middle, high = found.quantiles(("selectivity", "Li+/Mg2+"), LEVELS).value
    about = (
        f"{NF270} Selectivity of Li⁺ over Mg²⁺ {middle:.3g}, central 68 % {low:.3g} to {high:.3g}; "
        "the study states 2.23, 1.15 to 46.4 with parameters of its own fit to this brine, which "
        "it does not print. As figure 3B."
    )
    return draw(rejection_distributions, samples, about)


def sweeps() -> Sheet:
    """Draw rejections against charge, thickness and radius (figures 4B to 4D)."""
    parts, own = [], []
    for name, (axis, unit, values) in SWEPT.items():
        found = sweep(MEMBRANE, brine(), FLUX, name, unit * values, PORES, SAMPLES // 2)
        table = pd.DataFrame(found.propagation.table(LEVELS))
        table = table[table.quantity == "rejection"]
        table = table.assign(axis=axis, x=values[table.place.to_numpy()])
        parts.append(_wide(table, ["axis", "x", "ion"]))
        own.append({"axis": axis, "x": float(getattr(MEMBRANE, name)) / unit})
    about = f"{NF270} As figures 4B to 4D."
    return draw(design_sweeps, pd.concat(parts, ignore_index=True), pd.DataFrame(own), about)


def mechanisms() -> Sheet:
    """Draw partition coefficients and fluxes (figures 5B and 5F)."""
    found = propagate(MEMBRANE, brine(), FLUX, PORES, SAMPLES, quantities=("partition", "fluxes"))
    table = _wide(pd.DataFrame(found.table(LEVELS)), ["quantity", "ion"])
    about = f"{NF270} No image charges. As figures 5B and 5F, which have those of another fit."
    return draw(partition_and_fluxes, table, about)


def _wide(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Columns low, median, high of the three levels."""
    wide = table.pivot_table(index=keys, columns="level", values="value", sort=False)
    wide.columns = pd.Index(["low", "median", "high"])
    return wide.reset_index()
