"""Stages of a campaign: what tells their members apart, and where their results are.

Nothing here takes seconds to import, as Snakemake reads it before every command.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from mdtools.runs.status import MEMBRANES

if TYPE_CHECKING:
    from workflow.campaign.model import Campaign

NAMES = {
    "network": (),
    "charged": ("layout",),
    "hydrated": ("layout",),
    "cell": ("layout", "salt"),
    "start": ("layout", "salt", "trial"),
    "transport": ("layout", "salt", "trial"),
}
"""Stages in order, and what tells the members of each apart."""
WATER, GROUPS, CURVE, REPORT = "water.npz", "groups.csv", "curve.csv", "report.json"
"""Files of a hydration beside the network; others have groups and a report, too."""


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
    found: list[tuple[str, ...]] = [()]
    for kind in NAMES[stage]:
        found = [(*names, name) for names in found for name in names_of(campaign, kind)]
    return found


def names_of(campaign: "Campaign", kind: str) -> list[str]:
    """List the names of all layouts, salts or trials of a campaign; ``kind`` in the singular."""
    if kind == "trial":
        return [str(trial) for trial in range(1, campaign.trials + 1)]
    return list(campaign.layouts if kind == "layout" else campaign.salts)
