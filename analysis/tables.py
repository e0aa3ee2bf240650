"""All tidy tables of one layout and salt, with the provenance of each."""

import json
from pathlib import Path

import pandas as pd

from analysis.definitions import OVER_TRIALS
from analysis.observables import DEFINITIONS, MODULES
from analysis.options import AnalysisOptions
from analysis.results import TABLE_SHA256
from analysis.store import SCHEMA
from analysis.trials import Trials
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


def texts_of(name: str, table: pd.DataFrame, shared: dict) -> dict[str, str]:
    """Return the files of a table, by name: its rows, and their definitions and provenance."""
    leading = [column for column in LEADING if column in table]
    table = table[[*leading, *(c for c in table if c not in leading)]]
    used = sorted({*table.definition, OVER_TRIALS})
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
