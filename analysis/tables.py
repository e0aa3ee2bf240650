"""All tidy tables of one layout and salt, with the provenance of each."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.definitions import OVER_MEMBRANES, OVER_TRIALS
from analysis.joinings import MEMBRANE
from analysis.levels import joined
from analysis.observables import DEFINITIONS, MODULES, TABLES
from analysis.options import AnalysisOptions
from analysis.results import AGAIN, TABLE_SHA256, read_table
from analysis.store import SCHEMA
from analysis.trials import Trials
from mdtools import records
from mdtools.atomic import text_sha256, write_text
from mdtools.records import sealed

FLOAT_FORMAT = "%.7g"
IN_TIME = (
    "mean_z",
    "pair_lifetimes",
    "clusters",
    "chaperones",
    "group_lifetimes",
    "hopping",
    "crossings",
    "ion_msd",
    "flow",
)
"""Observables of what happens in time: of one structure their tables have no rows."""
LEADING = (
    "definition",
    "role",
    "pair",
    "species",
    "partner",
    "preset",
    "scope",
    "of",
    "site",
    "place",
    "line",
    "direction",
    "event",
    MEMBRANE,
    "trial",
    "time_ns",
    "lag_ps",
)
"""Columns that come first where a table has them."""


def write_tables(stores: list[Path], directory: Path, options: AnalysisOptions) -> None:
    """Write every table of one layout and salt as <name>.csv with its parameters in <name>.json.

    All tables are made before the first is written.

    Parameters
    ----------
    stores : list of Path
        Stores of the trials, in any order.
    directory : Path
        Where the tables go.

    Raises
    ------
    analysis.store.StoreError
        A store that cannot be read, or stores that are not of one cell.
    ValueError
        An option that the stored frames cannot serve.
    """
    trials = Trials.read([Path(path) for path in stores])
    shared = provenance(trials, options)
    texts: dict[str, str] = {}
    try:
        nothing = trials.without_ions() if trials.one_frame else trials
        for module in MODULES:
            in_time = module.__name__.rpartition(".")[2] in IN_TIME
            for name, table in module.tables(nothing if in_time else trials, options).items():
                texts |= texts_of(name, table, shared)
    finally:
        for store in trials.stores:
            store.kept.clear()
    # Not before all of them are there: tables of two versions side by side would not agree.
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(directory / name, text)


def write_joined(membranes: Mapping[str, Path], directory: Path) -> None:
    """Write the tables of several membranes as one each, with what is known over all of them.

    All tables are made before the first is written.

    Parameters
    ----------
    membranes : mapping of Path
        Directory of the tables of each membrane, by its name, as `write_tables` writes them.
    directory : Path
        Where the tables go.

    Raises
    ------
    mdtools.records.DamagedRecord
        A table that is not what was written.
    ValueError
        Tables that were made with different parameters.
    """
    texts: dict[str, str] = {}
    for name in TABLES:
        abouts = {m: records.read(path / f"{name}.json", AGAIN) for m, path in membranes.items()}
        shared = _shared(abouts)
        tables = {m: read_table(path / f"{name}.csv") for m, path in membranes.items()}
        table = joined(name, tables, shared["parameters"]["level"])
        texts |= texts_of(name, table, shared, (OVER_TRIALS, OVER_MEMBRANES))
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(directory / name, text)


def _shared(abouts: Mapping[str, dict]) -> dict:
    """Return what the tables of all membranes were made with, and the trials of each."""
    first = next(iter(abouts.values()))
    for membrane, about in abouts.items():
        if about["parameters"] != first["parameters"]:
            raise ValueError(
                f"tables of membrane {membrane} were made with other parameters than those of "
                f"{next(iter(abouts))}: {AGAIN}"
            )
    return {
        "store_schema": first["store_schema"],
        "parameters": first["parameters"],
        "common_ns": min(about["common_ns"] for about in abouts.values()),
        "complete": all(about["complete"] for about in abouts.values()),
        "trials": [
            {MEMBRANE: membrane} | trial
            for membrane, about in abouts.items()
            for trial in about["trials"]
        ],
    }


def texts_of(
    name: str, table: pd.DataFrame, shared: dict, always: tuple[str, ...] = (OVER_TRIALS,)
) -> dict[str, str]:
    """Return the files of a table, by name: its rows, and their definitions and provenance.

    ``always``: definitions that stand beside every table.
    """
    leading = [column for column in LEADING if column in table]
    table = table[[*leading, *(c for c in table if c not in leading)]]
    used = sorted({*table.definition, *always})
    parameters = shared | {"table": name, "definitions": {key: DEFINITIONS[key] for key in used}}
    rows = table.to_csv(index=False, float_format=FLOAT_FORMAT)
    about = parameters | {TABLE_SHA256: text_sha256(rows)}
    return {
        f"{name}.csv": rows,
        f"{name}.json": json.dumps(sealed(about), indent=1, sort_keys=True) + "\n",
    }


def provenance(trials: Trials, options: AnalysisOptions) -> dict:
    """Return the parameters, trials and inputs that every table of a directory shares."""
    return {
        "store_schema": SCHEMA,
        "parameters": options.model_dump(mode="json"),
        "common_ns": trials.common_ns,
        "complete": all(store.manifest["complete"] for store in trials.stores),
        "trials": [
            {"trial": store.trial, "analysed_ns": store.analysed_ns, "store_sha256": store.sha256}
            | {
                key: store.manifest[key]
                for key in ("complete", "target_ns", "fast_frames", "full_frames", "versions")
            }
            for store in trials.stores
        ],
    }
