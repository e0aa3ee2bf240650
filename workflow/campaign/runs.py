"""State of a campaign's runs, including those that have not started yet."""

from pathlib import Path
from typing import TYPE_CHECKING

from mdtools import records
from mdtools.runs import progress
from mdtools.runs.status import of_results, rows
from workflow.campaign import stages

if TYPE_CHECKING:
    from workflow.campaign.model import Campaign

FILE = "campaign.json"
ROUNDING_PS = 1e-6
IDENTITY = ("campaign", "membrane", "layout", "salt", "trial")


def write(campaign: "Campaign", directory: Path) -> None:
    """Write the campaign, every default filled in, into its results in one atomic step.

    Of several membranes each has its own in its directory, too: that of a campaign of one.
    """
    from workflow.campaign.model import plain

    of_each = [
        (campaign.of_membrane(name), home)
        for name, home in stages.homes(campaign, directory).items()
        if name
    ]
    for one, home in [*of_each, (campaign, directory)]:
        home.mkdir(parents=True, exist_ok=True)
        records.write(home / FILE, plain(one))


def status(results: Path) -> list[dict]:
    """List the state of every run and of those that wait for cells; see `mdtools.runs.status`."""
    started = rows(results)
    seen = {_identity(row) for row in started}
    own = [path for path in (results / FILE, *results.glob(f"*/{FILE}")) if path.is_file()]
    each = [one for path in own for one in path.parent.glob(f"{stages.MEMBRANES}/*/{FILE}")]
    # Of several membranes the campaign itself has no runs, each of them has.
    files = each + [path for path in own if not _several(path)]
    waiting = [row for path in files for row in _runs(path) if _identity(row) not in seen]
    return sorted([*started, *waiting], key=_identity)


def behind(campaign: "Campaign", results: Path) -> list[Path]:
    """List the records of chunks that end before the campaign's do, in runs that count as done.

    Snakemake tells a longer duration by its notes of earlier calls. Results that come from another
    machine have none, so that to it all files are there and nothing is to be done.
    """
    found = []
    for home in stages.homes(campaign, results).values():
        for layout, salt, trial in stages.members(campaign, "transport"):
            store = home / "observables" / layout / salt / f"trial{trial}.store.npz"
            run = home / "transport" / layout / salt / f"trial{trial}"
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
    return tuple(row.get(key, "") for key in IDENTITY)


def _several(path: Path) -> bool:
    """Whether a campaign's file lists several membranes."""
    return bool((records.read_sound(path) or {}).get("membranes"))


def _runs(path: Path) -> list[dict]:
    """List all runs that a campaign asks for, as those that have not started."""
    campaign = records.read(path, "start the campaign again, which writes it")
    whose = of_results(path.resolve().parent)
    unstarted = progress.of(path.parent / "transport" / "none")
    target = campaign.get("transport", {}).get("duration_ns")
    return [
        whose
        | {"layout": layout, "salt": salt, "trial": trial}
        | unstarted
        | {"ns_target": target, "percent": 0.0}
        for layout in campaign.get("layouts", ())
        for salt in campaign.get("salts", ())
        for trial in range(1, campaign.get("trials", 0) + 1)
    ]
