"""Whether a network takes up the same water from a dry start and from an overswollen one.

python benchmarks/hydration_starts.py [CAMPAIGN.yaml] --out DIR [--stretch 1 --stretch 1.6]

Builds the campaign's network (once), charges it as its first layout, and hydrates it from each
start as the campaign's ``hydration`` says. Ends with waters, thickness and density of the last
block of each, with intervals, and whether the starts lie within each other's. A run that was
stopped goes on; ``--stretch`` given once runs one start, so that two can run side by side.
"""

import argparse
import json
from pathlib import Path

from mdtools import seeds
from membranes import Network, build, lay_out
from workflow.campaign.model import Campaign
from workflow.campaign.stages import REPORT
from workflow.jobs.hydration import hydrate_network
from workflow.jobs.membrane import timed_log

COMPARED = ("waters", "water_percent", "thickness_nm", "density_g_cm3")


def neutral(campaign: Campaign, directory: Path) -> Network:
    """The campaign's network, built if it is not there."""
    if (directory / "report.json").exists():
        return Network.load(directory)
    return build(
        campaign.membrane,
        seed=seeds.integer(campaign.seed, "network"),
        directory=directory,
        nonbonded=campaign.nonbonded,
        platform=campaign.platform,
        log=timed_log(),
    )


def hydrated(campaign: Campaign, network: Network, stretch: float, directory: Path) -> dict:
    """Report of one start, from its file if it has ended by its criterion."""
    options = campaign.hydration.model_copy(update={"stretch": stretch})
    return hydrate_network(
        network,
        directory,
        options,
        campaign.nonbonded,
        campaign.platform,
        waters_per_reservoir=campaign.cell.waters_per_reservoir,
        seed=seeds.integer(campaign.seed, "hydrated", str(stretch)),
        log=timed_log(),
    )


def compare(reports: dict[float, dict]) -> None:
    """Print the last block of every start, and whether their intervals meet."""
    for key in COMPARED:
        for stretch, report in reports.items():
            low, high = report[f"{key}_low"], report[f"{key}_high"]
            print(f"{key:15} from {stretch:g}: {report[key]:.3f} [{low:.3f}, {high:.3f}]")
        lows = [report[f"{key}_low"] for report in reports.values()]
        highs = [report[f"{key}_high"] for report in reports.values()]
        print(f"{key:15} intervals meet: {max(lows) <= min(highs)}")
    print({stretch: report["criterion_met"] for stretch, report in reports.items()})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).with_suffix(".yaml")
    parser.add_argument("campaign", nargs="?", type=Path, default=default)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--stretch", type=float, action="append")
    arguments = parser.parse_args()
    campaign = Campaign.read(arguments.campaign)
    seed = seeds.integer(campaign.seed, "layout", campaign.layouts[0])
    charged = lay_out(neutral(campaign, arguments.out / "network"), campaign.layouts[0], seed=seed)
    results = {
        stretch: hydrated(campaign, charged, stretch, arguments.out / f"stretch_{stretch:g}")
        for stretch in arguments.stretch or [1.0, 1.6]
    }
    compare(results)
    print(
        json.dumps(
            {stretch: str(arguments.out / f"stretch_{stretch:g}" / REPORT) for stretch in results}
        )
    )
