"""What a segment of a campaign's runs takes, which a walltime has to have room for."""

from pathlib import Path

from mdtools.runs import progress, rates
from mdtools.runs.status import directories
from workflow.campaign import packing
from workflow.campaign.model import Campaign
from workflow.campaign.speeds import Speeds, measured, segment_seconds, usable
from workflow.cluster.refusals import Segment


def segment_of(campaign: Campaign, results: Path) -> Segment | None:
    """Tell what a segment takes; None where nothing is known of such a campaign.

    Of runs that have begun the fastest tells, else the speeds that are kept of a GPU.
    """
    wants_gpu = packing.wants_gpu(campaign.platform)
    seen = [
        taken
        for run in directories(results)
        if (taken := progress.of(run)["segment_s"]) and not (wants_gpu and _on_processors(run))
    ]
    if seen:
        said = "as the fastest of its runs took"
        return Segment(campaign.transport.segment_ps, min(seen), said, seen=True)
    kept = usable(rates.kept(), campaign, None, None)
    return by_speeds(campaign, measured(kept, _transport(campaign), 1)) if kept else None


def by_speeds(campaign: Campaign, speeds: Speeds | None) -> Segment | None:
    """Tell it by the speed of one run; None without one."""
    if speeds is None:
        return None
    seconds = segment_seconds(campaign, speeds.transport.ns_per_day)
    return Segment(campaign.transport.segment_ps, seconds, speeds.transport.said, seen=False)


def _on_processors(run: Path) -> bool:
    """Whether a run was last at work without a GPU, as on a laptop before it was moved."""
    platform = progress.last_session(run).get("platform") or {}
    return platform.get("name") in packing.NO_GPU


def _transport(campaign: Campaign):
    from workflow.campaign import plan

    stages = plan.stages(campaign, figures=0, tables=0)
    return next(stage for stage in stages if stage.name == "transport")
