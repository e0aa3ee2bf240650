"""State of a campaign's runs, including those that have not started yet."""

from pathlib import Path
from typing import TYPE_CHECKING

from mdtools import records
from mdtools.runs import progress
from mdtools.runs.status import rows
from workflow.campaign import stages

if TYPE_CHECKING:
    from workflow.campaign.model import Campaign

FILE = "campaign.json"
ROUNDING_PS = 1e-6
IDENTITY = ("campaign", "layout", "salt", "trial")


def write(campaign: "Campaign", directory: Path) -> None:
    """Write the campaign, every default filled in, into its results in one atomic step."""
    from workflow.campaign.model import plain

    directory.mkdir(parents=True, exist_ok=True)
    records.write(directory / FILE, plain(campaign))


def status(results: Path) -> list[dict]:
    """List the state of every run and of those that wait for cells; see `mdtools.runs.status`."""
    started = rows(results)
    seen = {_identity(row) for row in started}
    files = [path for path in (results / FILE, *results.glob(f"*/{FILE}")) if path.is_file()]
    waiting = [row for path in files for row in _runs(path) if _identity(row) not in seen]
    return sorted([*started, *waiting], key=_identity)


def behind(campaign: "Campaign", results: Path) -> list[Path]:
    """List the records of chunks that end before the campaign's do, in runs that count as done.

    Snakemake tells a longer duration by its notes of earlier calls. Results that come from another
    machine have none, so that to it all files are there and nothing is to be done.
    """
    found = []
    for layout, salt, trial in stages.members(campaign, "transport"):
        store = results / "observables" / layout / salt / f"trial{trial}.store.npz"
        run = results / "transport" / layout / salt / f"trial{trial}"
        found += _chunks_behind(campaign, run, store.exists())
    return found


def _chunks_behind(campaign: "Campaign", run: Path, collected: bool) -> list[Path]:
    """List those of a run; of one that was not read yet, only records that are there."""
    found = []
    for chunk in range(campaign.transport.chunks):
        record = run / f"chunk_{chunk}.json"
        reached = (records.read_sound(record) or {}).get("until_ps", 0.0)
        short = reached < campaign.chunk_end_ps(chunk) - ROUNDING_PS
        if short and (collected or record.exists()):
            found.append(record)
    return found


def _identity(row: dict) -> tuple:
    return tuple(row[key] for key in IDENTITY)


def _runs(path: Path) -> list[dict]:
    """List all runs that a campaign asks for, as those that have not started."""
    campaign = records.read(path, "start the campaign again, which writes it")
    name = path.resolve().parent.name
    unstarted = progress.of(path.parent / "transport" / "none")
    target = campaign.get("transport", {}).get("duration_ns")
    return [
        {"campaign": name, "layout": layout, "salt": salt, "trial": trial}
        | unstarted
        | {"ns_target": target, "percent": 0.0}
        for layout in campaign.get("layouts", ())
        for salt in campaign.get("salts", ())
        for trial in range(1, campaign.get("trials", 0) + 1)
    ]
