"""Stages of a campaign: what tells their members apart, and where their results are.

Nothing here takes seconds to import, as Snakemake reads it before every command.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from mdtools.runs.status import MEMBRANES
from workflow.campaign import windows

if TYPE_CHECKING:
    from workflow.campaign.model import Campaign

NAMES = {
    "network": (),
    "charged": ("layout",),
    "hydrated": ("layout",),
    "cell": ("layout", "salt"),
    "start": ("layout", "salt", "trial"),
    "transport": ("layout", "salt", "trial"),
    "pulled": ("layout", "salt", "ion"),
    "umbrella": ("layout", "salt", "ion", "window"),
}
"""Stages in order, and what tells the members of each apart."""
WATER, GROUPS, CURVE, REPORT = "water.npz", "groups.csv", "curve.csv", "report.json"
"""Files of a hydration beside the network; others have groups and a report, too."""
STATE = Path("state") / "latest.npz"
"""State of a hydration, a cell or a start within its directory."""
STARTS = "starts.csv"
"""File that says where the windows of an ion begin."""
WINDOW_START, WINDOW = "start", "window.json"
"""In the directory of a window: that of the bundle that its run begins from, and its record."""
DIRECTORIES = {"trial": "trial{}", "window": "window{}"}
"""Names of directories of members that are numbered."""


def results_of(campaign: "Campaign") -> Path:
    """Return the directory of a campaign's results, below the one that the workflow runs in."""
    return Path("results") / campaign.name


def homes(campaign: "Campaign", results: Path | None = None) -> dict[str, Path]:
    """Return the directory of each membrane's results by its name; of one, without a name, all."""
    root = results or results_of(campaign)
    names = campaign.membrane_names
    return {name: root / MEMBRANES / name for name in names} if names else {"": root}


def members(campaign: "Campaign", stage: str) -> list[tuple[str, ...]]:
    """List the names of all members of a stage, in the order of the campaign file."""
    if "ion" in NAMES[stage]:
        ions = windows.members(campaign)
        if stage == "pulled":
            return list(ions)
        return [(*names, number) for names in ions for number in names_of(campaign, "window")]
    found: list[tuple[str, ...]] = [()]
    for kind in NAMES[stage]:
        found = [(*names, name) for names in found for name in names_of(campaign, kind)]
    return found


def names_of(campaign: "Campaign", kind: str) -> list[str]:
    """List the names of all layouts, salts, trials, ions or windows; ``kind`` in the singular."""
    if kind == "trial":
        return [str(trial) for trial in range(1, campaign.trials + 1)]
    if kind == "window":
        return [str(number) for number in range(len(windows.centres(campaign)))]
    if kind == "ion":
        return list(dict.fromkeys(ion for *_, ion in windows.members(campaign)))
    return list(campaign.layouts if kind == "layout" else campaign.salts)
