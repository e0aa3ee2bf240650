"""State of a campaign's runs, including those that have not started yet."""

from pathlib import Path
from typing import TYPE_CHECKING

from mdtools import records
from mdtools.constants import PS_PER_NS
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
    """List the state of every run and of those that wait for cells; see `mdtools.runs.status`.

    A run that ends before the campaign's do, whose file was raised since, has the new target;
    ``raised_from_ns`` is then the one that it was last run with, None else.
    """
    asked = {_identity(row): row for path in _files(results) for row in _runs(path)}
    started = [_raised(row, asked.get(_identity(row))) for row in rows(results)]
    seen = {_identity(row) for row in started}
    waiting = [row | {"raised_from_ns": None} for name, row in asked.items() if name not in seen]
    return sorted([*started, *waiting], key=_identity)


def windows(results: Path) -> list[dict]:
    """List the state of every umbrella window that campaigns ask for, as `status` does of runs."""
    found = []
    for path in _files(results):
        content = _content(path)
        if not content.get("umbrella"):
            continue
        from workflow.campaign.model import Campaign

        campaign = Campaign.model_validate(content)
        asked = {"ns_target": campaign.umbrella.duration_ns}
        for *ion, number in stages.members(campaign, "umbrella"):
            window = stages.DIRECTORIES["window"].format(number)
            place = path.parent.joinpath("umbrella", *ion, window)
            found.append(_raised(progress.of(place), asked))
    return found


def are_there(results: Path) -> bool:
    """Whether a folder is one of results, of one campaign or of several."""
    made = (FILE, *stages.NAMES, "observables")
    return any((place / name).exists() for place in (results, *results.glob("*/")) for name in made)


def _files(results: Path) -> list[Path]:
    return [path for path in (results / FILE, *results.glob(f"*/{FILE}")) if path.is_file()]


def _raised(row: dict, asked: dict | None) -> dict:
    """Return a run that was started with the target that its campaign has now."""
    known, wanted = row["ns_target"], asked["ns_target"] if asked else None
    if known is None:
        return row | {"ns_target": wanted, "raised_from_ns": None}
    if wanted is None or wanted <= known + ROUNDING_PS / PS_PER_NS:
        return row | {"raised_from_ns": None}
    state = "waiting" if row["state"] == "done" else row["state"]
    percent = 100 * row["ns_done"] / wanted
    return row | {
        "state": state,
        "ns_target": wanted,
        "percent": percent,
        "raised_from_ns": known,
    }


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


def _content(path: Path) -> dict:
    return records.read(path, "start the campaign again, which writes it")


def _runs(path: Path) -> list[dict]:
    """List all runs that a campaign asks for, as those that have not started."""
    campaign = _content(path)
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
