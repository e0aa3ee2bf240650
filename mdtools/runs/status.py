"""Status of all runs of a campaign, read without OpenMM and pandas."""

from collections import Counter
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mdtools.runs import progress

if TYPE_CHECKING:
    import pandas as pd

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
STATES = ("running", "failed", "waiting", "done")
TRIALS = "transport/*/*/trial*"
MEMBRANES = "membranes"
"""Directory of a campaign's results with those of each of several membranes."""
OF_MEMBRANE = "membrane"
"""Column, behind the campaign's, of runs whose campaign has several membranes."""


def campaign_status(results: Path | str) -> "pd.DataFrame":
    """Tabulate the status of every run below a results directory, of one or several campaigns.

    Returns
    -------
    DataFrame
        ``campaign``, ``layout``, ``salt``, ``trial`` (int), ``state`` (waiting, running, done,
        failed), ``ns_done``, ``ns_target``, ``percent``, ``ns_per_day``, ``eta_h``; a row for
        every trial directory, also an empty one; no rows if there is none. Where a campaign has
        several membranes, ``membrane`` behind ``campaign``.
    """
    import pandas as pd

    runs = rows(results)
    return pd.DataFrame(runs, columns=columns_of(runs))


def columns_of(runs: list[dict]) -> list[str]:
    """Return COLUMNS, with that of the membrane where there are several."""
    first, *others = COLUMNS
    return [first, OF_MEMBRANE, *others] if any(OF_MEMBRANE in run for run in runs) else [*COLUMNS]


def rows(results: Path | str) -> list[dict]:
    """List the same as dicts, with all that `mdtools.runs.progress.of` knows of a run."""
    return [_identity(run) | progress.of(run) for run in directories(results)]


def directories(results: Path | str) -> list[Path]:
    """List the directories of all runs below a results directory, in the order of `rows`."""
    results = Path(results)
    places = (TRIALS, f"{MEMBRANES}/*/{TRIALS}")
    runs = {run for place in places for run in (*results.glob(place), *results.glob(f"*/{place}"))}
    return sorted((run for run in runs if run.is_dir()), key=_order)


def totals(runs: list[dict]) -> dict:
    """Add up runs, and reckon when all are done.

    What is left of the runs that have not failed is divided by the summed speed of those that are
    running. Where none is, by that of the runs that were at work together last.

    Returns
    -------
    dict
        ``runs``, the number in each state, ``ns_done``, ``ns_target``, ``percent``, ``ns_left``
        (of runs that have not failed), ``ns_per_day`` (of all together), ``speed_of`` ("running",
        "last" or None), ``eta_h``; None where not known.
    """
    states = Counter(run["state"] for run in runs)
    done = sum(run["ns_done"] for run in runs)
    target = sum(run["ns_target"] or 0.0 for run in runs)
    left = sum(_left(run) for run in runs if run["state"] != "failed")
    running = [run for run in runs if run["state"] == "running"]
    speed = _summed_speed(running or _last_together(runs), runs)
    return {
        "runs": len(runs),
        **{state: states[state] for state in STATES},
        "ns_done": done,
        "ns_target": target,
        "percent": min(100.0, 100 * done / target) if target else None,
        "ns_left": left,
        "ns_per_day": speed,
        "speed_of": None if speed is None else ("running" if running else "last"),
        "eta_h": 0.0 if runs and not left else (24 * left / speed if speed else None),
    }


def _left(run: dict) -> float:
    return max(0.0, (run["ns_target"] or 0.0) - run["ns_done"])


def _summed_speed(together: list[dict], runs: list[dict]) -> float | None:
    """Add up ns/day; a run that has not measured its own yet counts as the mean of all others."""
    known = [run["ns_per_day"] for run in runs if run["ns_per_day"]]
    if not known or not together:
        return None
    mean = sum(known) / len(known)
    return sum(run["ns_per_day"] or mean for run in together)


def _last_together(runs: list[dict]) -> list[dict]:
    """Find the runs whose last sessions were at work when the newest of all sessions ended.

    Sessions are known to end at most one segment after the last that was finished.
    """
    spans = [(run, *span) for run in runs if run["ns_per_day"] and (span := _span(run))]
    if not spans:
        return []
    newest = max(end for _, _, end, _ in spans)
    return [run for run, begin, end, slack in spans if begin <= newest <= end + slack]


def _span(run: dict) -> tuple[float, float, float] | None:
    """Return begin and end of the last session and the time of a segment, in s of the epoch."""
    try:
        begin = datetime.fromisoformat(run["began_utc"]).timestamp()
    except (TypeError, ValueError):
        return None
    slack = run.get("segment_s") or 0.0
    return begin, begin + run["worked_s"], slack


def _order(run: Path) -> tuple:
    identity = _identity(run)
    return identity["campaign"], identity.get(OF_MEMBRANE, ""), *list(identity.values())[-3:]


def _identity(run: Path) -> dict:
    layout, salt, trial = run.parts[-3:]
    number = trial.removeprefix("trial")
    return of_results(run.parents[3]) | {
        "layout": layout,
        "salt": salt,
        "trial": int(number) if number.isdigit() else -1,
    }


@lru_cache(maxsize=64)
def _names(results: Path) -> dict[str, str]:
    """Names of a directory of results, asked for of every run: it costs a look at each part."""
    place = results.resolve()
    if place.parent.name == MEMBRANES:
        return {"campaign": place.parents[1].name, OF_MEMBRANE: place.name}
    return {"campaign": place.name}


def of_results(results: Path) -> dict[str, str]:
    """Return ``campaign`` of a directory of results, and ``membrane`` of one of several."""
    return dict(_names(results))
