"""State of a campaign's runs, including those that have not started yet."""

import json
from pathlib import Path

import pandas as pd

from mdtools import atomic
from mdtools.runs.status import campaign_status
from workflow.campaign.model import Campaign, plain

FILE = "campaign.json"
IDENTITY = ["campaign", "layout", "salt", "trial"]


def write(campaign: Campaign, directory: Path) -> None:
    """Write the campaign, every default filled in, into its results in one atomic step."""
    directory.mkdir(parents=True, exist_ok=True)
    atomic.write_json(directory / FILE, plain(campaign))


def status(results: Path) -> pd.DataFrame:
    """Return the state of every run and of those that wait for cells; see `campaign_status`."""
    started = campaign_status(results)
    seen = set(started[IDENTITY].itertuples(index=False, name=None))
    files = [path for path in (results / FILE, *results.glob(f"*/{FILE}")) if path.is_file()]
    waiting = [row for path in files for row in _runs(path) if _identity(row) not in seen]
    rows = sorted([*started.to_dict("records"), *waiting], key=_identity)
    return pd.DataFrame(rows, columns=started.columns, dtype=object)


def _identity(row: dict) -> tuple:
    return tuple(row[key] for key in IDENTITY)


def _runs(path: Path) -> list[dict]:
    campaign = json.loads(path.read_text(encoding="utf-8"))
    return [
        {
            "campaign": path.resolve().parent.name,
            "layout": layout,
            "salt": salt,
            "trial": trial,
            "state": "waiting",
            "ns_done": 0.0,
            "ns_target": campaign["transport"]["duration_ns"],
            "percent": 0.0,
            "ns_per_day": None,
            "eta_h": None,
        }
        for layout in campaign["layouts"]
        for salt in campaign["salts"]
        for trial in range(1, campaign["trials"] + 1)
    ]
