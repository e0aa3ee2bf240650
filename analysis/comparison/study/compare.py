"""The published campaign as a case of its own: its statements beside continuum theory."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.comparison.study import cells as study_cells
from analysis.comparison.study import orders as study_orders
from analysis.comparison.study import places as study_places
from analysis.comparison.study import published, steady
from analysis.comparison.study.cells import CATIONS, VARIANTS, Placement, Variant
from analysis.comparison.study.counts import CENTER_NM, SURFACE_NM, count_table
from analysis.comparison.study.orders import order_table, together_table
from analysis.comparison.study.partings import parting_table, said, summary_table
from analysis.comparison.study.places import place_table
from analysis.comparison.study.twins import TIMES_NS, TOLERANCE, Cells, solve_study
from analysis.continuum.arrays import Array
from mdtools.atomic import write_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class StudyComparison:
    """What the study says of its campaign and experiments beside continuum theory.

    Attributes
    ----------
    tables : dict of DataFrame
        summary, a row for each variant; counts, orders, places, together, partings, each with a
        column variant; mean_z, of the twins through time; steady, steady_orders, charge.
    assumptions : dict
        What it rests on, with sources, and what columns mean.
    """

    tables: "dict[str, pd.DataFrame]"
    assumptions: dict[str, Any]

    def write(self, directory: Path | str) -> list[Path]:
        """Write every table as .csv and the assumptions as .json; returns the files."""
        root = Path(directory)
        root.mkdir(parents=True, exist_ok=True)
        files = []
        for name, table in self.tables.items():
            files.append(root / f"{name}.csv")
            write_text(files[-1], table.to_csv(index=False, float_format="%.6g"))
        files.append(root / "assumptions.json")
        text = json.dumps(self.assumptions, indent=1, ensure_ascii=False)
        write_text(files[-1], text + "\n")
        return files


def compare_study(
    placements: Mapping[str, Sequence[Placement]],
    *,
    variants: Sequence[Variant] = VARIANTS,
    salts: Sequence[str] = tuple(CATIONS),
    times_ns: Array = TIMES_NS,
    tolerance: float = TOLERANCE,
    level: int | None = None,
    processes: int = 1,
) -> StudyComparison:
    """Hold the study's counts, orders and places to continuum twins of its own cells.

    Nothing is fitted: the variants are what theory would be given before any run is seen.

    Parameters
    ----------
    placements : mapping
        Of charged groups by layout, each in the swollen membrane (`study.cells.swollen`): what
        differs among the placements of a layout is what its name leaves open. Cells whose layout is
        not there are left out.
    variants : sequence of Variant
    salts : sequence of str
        NaCl, CaCl2.
    times_ns : (T,) array
        With all of the times of published counts, and 0.
    tolerance, level
        Of `solve_twin`.
    processes : int

    Raises
    ------
    ValueError
        No placements, or times that lack one that the study speaks of.
    """
    cells = solve_study(
        placements,
        variants,
        salts=salts,
        times_ns=np.asarray(times_ns, dtype=float),
        tolerance=tolerance,
        level=level,
        processes=processes,
    )
    chosen = tuple(variants)
    counts, orders, places = count_table(cells), order_table(cells), place_table(cells)
    together = together_table(cells)
    tables = {
        "summary": summary_table(counts, orders, places),
        "counts": counts,
        "orders": orders,
        "places": places,
        "together": together,
        "partings": parting_table(cells, chosen, counts, orders, together),
        "mean_z": mean_z_table(cells),
    }
    if set(steady.LAYOUT_OF_PH.values()) <= set(placements):
        tables["steady"] = steady.permeation_table(placements)
        tables["steady_orders"] = steady.steady_orders(tables["steady"])
        tables["charge"] = steady.charge_against_ph(placements)
    errors = [twin.error for cell in cells.values() for twin in cell.twins]
    numbers = {layout: len(own) for layout, own in placements.items()}
    return StudyComparison(tables, _assumptions(chosen, numbers, max(errors)))


def mean_z_table(cells: Cells) -> "pd.DataFrame":
    """Mean z of feed ions in the twins through time.

    Returns
    -------
    DataFrame
        variant, layout, salt, ion, time_ns; mean_z_nm, mean over placements; low_nm and high_nm,
        the least and the most of them.
    """
    import pandas as pd

    parts = []
    for (variant, layout, salt), cell in cells.items():
        for ion in cell.twins[0].ions:
            each = np.array([twin.ions[ion].mean_z for twin in cell.twins])
            parts.append(
                pd.DataFrame(
                    {
                        "variant": variant,
                        "layout": layout,
                        "salt": salt,
                        "ion": ion,
                        "time_ns": cell.times_ns,
                        "mean_z_nm": each.mean(axis=0),
                        "low_nm": each.min(axis=0),
                        "high_nm": each.max(axis=0),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _assumptions(
    variants: tuple[Variant, ...], placements: dict[str, int], error: float
) -> dict[str, Any]:
    return {
        "study": published.source(),
        "cells": study_cells.SOURCES,
        "variants": said(variants),
        "placements": placements,
        "twins": {
            "transport": "Nernst and Planck with Poisson's equation, one dimension, ideal, water "
            "at rest, closed ends",
            "error": f"at most {error:.1g} of a species on the wrong side of any place",
        },
        "counts": {
            "range": "95 % of the binomial distribution with the mean share and all ions of the "
            "kind over three trials, as if they were independent of each other",
            "at the feed surface": f"from {SURFACE_NM[0]:g} to {SURFACE_NM[1]:g} nm, assumed",
            "near the middle": f"within {CENTER_NM:g} nm, assumed",
            "past the carboxylates": "beyond the last of the layout",
            "about": "5 % of all ions either way",
        },
        "orders": study_orders.DEFINITIONS,
        "places": study_places.DEFINITIONS,
        "steady": steady.SOURCES,
        "quantities": published.definitions(),
        "cautions": published.cautions()["caution"].tolist(),
    }
