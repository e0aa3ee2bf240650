"""Status of all runs of a campaign."""

from pathlib import Path

import pandas as pd

from mdtools.runs import progress

COLUMNS = (
    "campaign",
    "layout",
    "salt",
    "trial",
    "state",
    "ns_done",
    "ns_target",
    "percent",
    "ns_per_day",
    "eta_h",
)
TRIALS = "transport/*/*/trial*"


def campaign_status(results: Path | str) -> pd.DataFrame:
    """Tabulate the status of every run below a results directory, of one or several campaigns.

    Returns
    -------
    DataFrame
        ``campaign``, ``layout``, ``salt``, ``trial`` (int), ``state`` (waiting, running, done,
        failed), ``ns_done``, ``ns_target``, ``percent``, ``ns_per_day``, ``eta_h``; a row for
        every trial directory, also an empty one; no rows if there is none.
    """
    results = Path(results)
    runs = sorted({*results.glob(TRIALS), *results.glob(f"*/{TRIALS}")}, key=_order)
    rows = [_identity(run) | progress.of(run) for run in runs if run.is_dir()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _order(run: Path) -> tuple:
    identity = _identity(run)
    return tuple(identity.values())


def _identity(run: Path) -> dict:
    layout, salt, trial = run.parts[-3:]
    number = trial.removeprefix("trial")
    return {
        "campaign": run.resolve().parts[-5],
        "layout": layout,
        "salt": salt,
        "trial": int(number) if number.isdigit() else -1,
    }
