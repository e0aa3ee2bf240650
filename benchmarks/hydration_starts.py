"""Whether a network takes up the same water from a dry start and from an overswollen one.

python benchmarks/hydration_starts.py [CAMPAIGN.yaml] --out DIR [--stretch 1 --stretch 1.6]

Builds the campaign's network (once), charges it as its first layout, and hydrates it from each
start as the campaign's ``hydration`` says. Ends with waters, thickness and density of the last
block of each, with intervals, and whether the starts lie within each other's. A run that was
stopped goes on; ``--stretch`` given once runs one start, so that two can run side by side.

At 300 K the polymer hardly moves within a block, so that the parts of the last block tell little of
what another run would end with: it ends with whatever shape it cooled from. How much that varies is
seen while it is hot. The interval of an end state is therefore the last block's mean +- t times the
standard deviation of block means in the hottest stretch of all starts, the first 200 ps left out.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from mdtools import seeds
from membranes import Network, build, lay_out
from workflow.campaign.model import Campaign
from workflow.campaign.stages import REPORT
from workflow.jobs.hydration import hydrate_network
from workflow.jobs.membrane import timed_log

FORGETTING_PS = 200.0
HOT_BLOCK_PS = 100.0
LEVEL = 0.95
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


def hot_blocks(directory: Path) -> pd.DataFrame:
    """Block means of the hottest stretch of the cycle, its first 200 ps left out."""
    curve = pd.read_csv(directory / "curve.csv")
    cycle = curve[curve["stage"] == "cycle"]
    hot = cycle[cycle["temperature_K"] == cycle["temperature_K"].max()]
    after = hot["time_ps"] - hot["time_ps"].min() - FORGETTING_PS
    block = np.floor(after[after >= 0] / HOT_BLOCK_PS)
    blocks = hot.loc[block.index, list(COMPARED)].groupby(block)
    return blocks.mean()[blocks.size() > blocks.size().max() / 2]


def compare(reports: dict[float, dict], blocks: dict[float, pd.DataFrame]) -> None:
    """Print hot and end states of every start, their intervals, and whether these meet."""
    freedom = sum(len(table) - 1 for table in blocks.values())
    squares = sum(((table - table.mean()) ** 2).sum() for table in blocks.values())
    one_more = stats.t.ppf((1 + LEVEL) / 2, freedom) * np.sqrt(squares / freedom)
    for key in COMPARED:
        edges = []
        for stretch, report in reports.items():
            hot, half = blocks[stretch][key], float(one_more[key])
            mean_half = stats.t.ppf((1 + LEVEL) / 2, len(hot) - 1) * stats.sem(hot)
            end = report[key]
            edges.append((end - half, end + half))
            print(
                f"{key:15} from {stretch:g}: hot {hot.mean():.3f} +- {mean_half:.3f} "
                f"({len(hot)} blocks); end {end:.3f}, within the last block "
                f"[{report[f'{key}_low']:.3f}, {report[f'{key}_high']:.3f}], "
                f"of one more run [{end - half:.3f}, {end + half:.3f}]"
            )
        ends = [report[key] for report in reports.values()]
        within = all(low <= end <= high for low, high in edges for end in ends)
        print(f"{key:15} each end within the other's interval: {within}")
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
    starts = arguments.stretch or [1.0, 1.6]
    places = {stretch: arguments.out / f"stretch_{stretch:g}" for stretch in starts}
    results = {
        stretch: hydrated(campaign, charged, stretch, place) for stretch, place in places.items()
    }
    compare(results, {stretch: hot_blocks(place) for stretch, place in places.items()})
    print(json.dumps({stretch: str(place / REPORT) for stretch, place in places.items()}))
