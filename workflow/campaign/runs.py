"""State of a campaign's runs, including those that have not started yet."""

from pathlib import Path
from typing import TYPE_CHECKING

from mdtools import records
from mdtools.constants import PS_PER_NS
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
    """List the files of campaigns that have runs: of several membranes, those of each."""
    own = [path for path in (results / FILE, *results.glob(f"*/{FILE}")) if path.is_file()]
    each = [one for path in own for one in path.parent.glob(f"{stages.MEMBRANES}/*/{FILE}")]
    return each + [path for path in own if not _several(path)]


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


def _content(path: Path) -> dict:
    return records.read(path, "start the campaign again, which writes it")


def _runs(path: Path) -> list[dict]:
    """List all runs that a campaign asks for, as those that have not started."""
    campaign = _content(path)
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
