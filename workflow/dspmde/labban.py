"""The study of Labban et al. (2018) with the continuum solver: its tables and figures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.continuum import performance, solve, solve_pressure
from analysis.continuum.membranes import FEEDS, LABBAN_MEMBRANES, MEASURED, MEMBRANES
from analysis.continuum.pressure import applied_pressure
from analysis.continuum.units import LMH, MICRO, NANO, PASCAL_PER_BAR
from mdtools.atomic import write_text
from workflow.dspmde import labban_files, labban_text

BENCHMARK, FEED = "LbL1.5C", "seawater"
FLUX = 1e-6
"""m/s, of figures 5 to 8."""
PRESSURE_BAR = 4.0
"""Of figures 10 and 11."""
POINTS = 81
SWEEPS = {
    "effective_thickness": ("effective_thickness_um", MICRO, np.linspace(0.25, 4.0, POINTS)),
    "charge_density": ("charge_density_mol_m3", 1.0, np.linspace(-100, 100, POINTS)),
    "pore_radius": ("pore_radius_nm", NANO, np.linspace(0.25, 0.8, 2 * POINTS)),
    "pore_permittivity": ("pore_permittivity", 1.0, np.linspace(30, 65, POINTS)),
}
"""Field of the membrane: its column, the column's unit in SI units, its values."""
MAP_RADII_NM = np.linspace(0.35, 0.7, POINTS)
MAP_THICKNESSES_UM = np.linspace(0.25, 2.0, POINTS)
DIVALENT = ("Ca2+", "Mg2+", "SO4--")
DIGITS = "%.7g"
SOFTER = ("LbL3", "LbL1.5C", 0.5)
"""Whose permeate has which share of whose hardness, as the text says."""


def write(directory: Path) -> list[Path]:
    """Draw figures 4 to 11, each as .png, .pdf and .csv, and write what the text says beside them.

    Returns the files.
    """
    from analysis.figures.continuum import LABBAN_FIGURES, draw, save_all

    figure_tables = tables()
    files = []
    for name, function in LABBAN_FIGURES.items():
        figure = draw(function, **figure_tables[name])
        files += save_all(figure, Path(directory) / name)
    for name, table in beside_text(figure_tables).items():
        path = Path(directory) / f"{name}.csv"
        write_text(path, table.to_csv(index=False, float_format=DIGITS))
        files.append(path)
    return files


def beside_text(figure_tables: dict[str, dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Return the tables of `labban_files.TABLES`: what the text says, and what the model gives."""
    tables = (
        labban_text.statements({name: figure_tables[name] for name in SWEEPS}),
        labban_text.recommendations(BENCHMARK, FEED, FLUX),
        labban_text.depositions(BENCHMARK),
    )
    return dict(zip(labban_files.TABLES, tables, strict=True))


def tables() -> dict[str, dict[str, pd.DataFrame]]:
    """Return the tables that each figure takes, by figure and parameter."""
    membranes, rejections = five_membranes()
    divalent = rejections[rejections.ion.isin(DIVALENT)]
    places = ["membrane", "pore_radius_nm", "effective_thickness_um"]
    return {
        "permeability_map": {
            "permeability": permeability_on_grid(),
            "membranes": membranes[places],
        },
        **{name: sensitivity(name) for name in SWEEPS},
        "pure_water": {"membranes": membranes},
        "seawater_performance": {"membranes": membranes},
        "divalent_rejections": {"rejections": divalent},
    }


def permeability_on_grid() -> pd.DataFrame:
    """Compute the permeability to pure water on a grid of pore radius and effective thickness."""
    radius, thickness = np.meshgrid(MAP_RADII_NM, MAP_THICKNESSES_UM)
    benchmark = MEMBRANES[BENCHMARK]
    grid = replace(benchmark, pore_radius=NANO * radius, effective_thickness=MICRO * thickness)
    return pd.DataFrame(
        {
            "pore_radius_nm": radius.ravel(),
            "effective_thickness_um": thickness.ravel(),
            "permeability_lmh_bar": performance.pure_water_permeability(grid).lmh_bar().ravel(),
        }
    )


def sensitivity(name: str) -> dict[str, pd.DataFrame]:
    """Solve the benchmark at a fixed flux with one property varied: rejections and performance."""
    column, unit, values = SWEEPS[name]
    benchmark = MEMBRANES[BENCHMARK]
    own = float(getattr(benchmark, name)) / unit
    values = np.unique(np.append(values, own))
    varied = replace(benchmark, **{name: unit * values})
    transport = solve(varied, FEEDS[FEED], FLUX)
    rejections = pd.concat(
        pd.DataFrame({column: values, "ion": ion, "rejection": rejection})
        for ion, rejection in transport.rejection.items()
    )
    return {
        "rejections": rejections,
        "performance": pd.DataFrame(
            {
                column: values,
                "flux_lmh": FLUX / LMH,
                "hardness_removal": performance.hardness_removal(transport),
                "pressure_bar": applied_pressure(varied, FEEDS[FEED], transport) / PASCAL_PER_BAR,
                "benchmark": values == own,
            }
        ),
    }


def five_membranes() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Solve the five membranes in seawater and set them beside the measured values.

    Returns
    -------
    membranes : DataFrame
        One row for each; ``measured_`` columns are NaN where the sources print no number.
    rejections : DataFrame
        membrane, ion, rejection, measured_rejection.
    """
    rows, rejections = [], []
    for name in LABBAN_MEMBRANES:
        membrane, measured = MEMBRANES[name], MEASURED[name]
        permeability = performance.pure_water_permeability(membrane)
        transport = solve_pressure(membrane, FEEDS[FEED], PRESSURE_BAR * PASCAL_PER_BAR)
        rows.append(
            {
                "membrane": name,
                "pore_radius_nm": float(membrane.pore_radius) / NANO,
                "effective_thickness_um": float(membrane.effective_thickness) / MICRO,
                "pressure_bar": PRESSURE_BAR,
                "permeability_lmh_bar": float(permeability.lmh_bar()),
                "measured_permeability_lmh_bar": measured.permeability_lmh_bar,
                "flux_lmh": float(transport.flux) / LMH,
                "measured_flux_lmh": measured.flux_lmh,
                "hardness_removal": float(performance.hardness_removal(transport)),
                "measured_hardness_removal": _hardness_removal(measured.rejection),
            }
        )
        rejections.append(
            pd.DataFrame(
                {
                    "membrane": name,
                    "pressure_bar": PRESSURE_BAR,
                    "ion": ion,
                    "rejection": float(rejection),
                    "measured_rejection": measured.rejection.get(ion, np.nan),
                }
                for ion, rejection in transport.rejection.items()
            )
        )
    membranes = pd.DataFrame(rows).astype({"measured_flux_lmh": float}).set_index("membrane")
    better, reference, share = SOFTER
    passed = 1 - membranes.measured_hardness_removal[reference]
    membranes.loc[better, "measured_hardness_removal"] = 1 - share * passed
    return membranes.reset_index(), pd.concat(rejections, ignore_index=True)


def _hardness_removal(rejection: dict[str, float]) -> float:
    """Return the hardness removal of measured rejections, NaN without them; eq. 10 by amounts."""
    if not rejection:
        return np.nan
    feed = {ion: float(FEEDS[FEED].concentrations[ion]) for ion in performance.HARDNESS}
    passed = sum((1 - rejection[ion]) * feed[ion] for ion in performance.HARDNESS)
    return 1 - passed / sum(feed.values())
