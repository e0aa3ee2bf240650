"""The stages of a campaign, each advanced from wherever it is by one call.

What a stage needs is loaded where it is called: a job has one stage, and all of them take seconds.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mdtools import records, seeds
from mdtools.bundle_files import MANIFEST
from mdtools.constants import PS_PER_NS
from mdtools.errors import SettingsError, TryAgain
from mdtools.runs.stopping import slurm_seconds_left, stop_on_signals
from workflow.campaign.model import Campaign
from workflow.campaign.stages import (
    DIRECTORIES,
    GROUPS,
    NAMES,
    REPORT,
    STARTS,
    STATE,
    WINDOW_START,
    homes,
    members,
    names_of,
)
from workflow.jobs import pack_record
from workflow.jobs.gpu import own_gpu

ROUNDING = 1e-9
"""Relative; of times that are sums of segments."""
ASKING = ("hydrated", "cell", "start", "transport", "pulled", "umbrella")
"""Stages that are asked to stop between steps; the network keeps its state batch by batch."""
BUNDLE_STAGES = ("cell", "start")
"""Stages whose results are bundles."""
LAST_FILES = dict.fromkeys(BUNDLE_STAGES, MANIFEST) | {"pulled": STARTS}
"""File that is written last, of stages where it is not the report."""
RUNS = ("transport", "umbrella")
"""Stages whose members are runs: their segments tell how far they are."""
SEEDS = {"charged": "layout"}
"""First key of a stage's seed where it is not the stage's name."""


@dataclass(frozen=True)
class Member:
    """One member of a stage: its place among the results and its seed.

    Parameters
    ----------
    stage : str
        One of `NAMES`.
    names : tuple of str
        Layout, salt and number of the trial, as far as the stage has them.

    Raises
    ------
    SettingsError
        If the campaign has no such member.
    """

    campaign: Campaign
    results: Path
    stage: str
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.stage not in NAMES:
            raise SettingsError(f"stage is {self.stage}, allowed is {', '.join(NAMES)}")
        wanted = NAMES[self.stage]
        if len(self.names) != len(wanted):
            named = " ".join(wanted).upper() or "nothing else"
            raise SettingsError(f"stage {self.stage} needs {named}, got {' '.join(self.names)}")
        for kind, name in zip(wanted, self.names, strict=True):
            if name not in (allowed := names_of(self.campaign, kind)):
                known = ", ".join(allowed) or "none"
                raise SettingsError(f"{kind} is {name}, the campaign has {known}")
        if "ion" in wanted and self.names not in members(self.campaign, self.stage):
            raise SettingsError(f"the campaign has no windows of {' '.join(self.names[:3])}")

    @property
    def directory(self) -> Path:
        """Directory of its results."""
        return self.before(self.stage)

    @property
    def seed(self) -> int:
        """Seed of the stage; each transport run derives its own from the campaign's."""
        first = SEEDS.get(self.stage, self.stage)
        return seeds.integer(self.campaign.seed, first, *self.names)

    @property
    def kept(self) -> bool:
        """Whether the end of its dynamics is on disk, from which its results can be written."""
        none = self.stage == "start" and self.campaign.cell.feed_ions == "shared"
        home = self.directory / WINDOW_START if self.stage == "umbrella" else self.directory
        return none or (home / STATE).is_file()

    @property
    def made(self) -> bool:
        """Whether its results are there; never of a run, which its segments tell."""
        if self.stage in RUNS:
            return False
        last = LAST_FILES.get(self.stage, REPORT)
        return (self.directory / last).is_file()

    def before(self, stage: str) -> Path:
        """Return the directory of an earlier stage that it goes back to."""
        kinds = NAMES[stage]
        named = zip(kinds, self.names[: len(kinds)], strict=True)
        names = [DIRECTORIES.get(kind, "{}").format(name) for kind, name in named]
        return self.results.joinpath(stage, *names)


def advance(
    member: Member,
    *,
    until_ps: float | None = None,
    publish: bool = True,
    stop: Callable[[], bool] | None = None,
    seconds_left: Callable[[], float | None] = slurm_seconds_left,
    replicas: int = 1,
    log: Callable[[str], None] = print,
) -> None:
    """Bring a member of a stage to its end, from wherever it is; the stages before it are there.

    Parameters
    ----------
    until_ps : float, optional
        For transport; its whole duration if left out.
    publish : bool
        False leaves the end of its dynamics on disk, from which the results are then written
        within seconds: Snakemake deletes the results of a job before it starts.
    seconds_left : callable
        Wall time that remains for a run of transport, None if unlimited.
    replicas : int
        Members at work on the device at the same time.

    Raises
    ------
    mdtools.errors.TryAgain, mdtools.errors.PhysicsError, mdtools.errors.SettingsError
        As the library call of the stage.
    """
    campaign, platform, directory = member.campaign, member.campaign.platform, member.directory
    if member.stage == "network":
        from membranes.recipes.make import make

        make(
            campaign.membrane,
            seed=member.seed,
            directory=directory,
            nonbonded=campaign.nonbonded,
            platform=platform,
        )
    elif member.stage == "charged":
        _charge(member)
    elif member.stage == "hydrated":
        from membranes import Network
        from workflow.jobs.hydration import hydrate_network

        hydrate_network(
            Network.load(member.before("charged")),
            directory,
            campaign.hydration,
            campaign.nonbonded,
            platform,
            waters_per_reservoir=campaign.cell.waters_per_reservoir,
            seed=member.seed,
            stop=stop,
            log=log,
            publish=publish,
        )
    elif member.stage == "cell":
        from workflow.jobs.cells import make_cell

        make_cell(
            member.before("hydrated"),
            directory,
            campaign.salts[member.names[1]],
            campaign.cell,
            campaign.nonbonded,
            platform,
            seed=member.seed,
            stop=stop,
            log=log,
            publish=publish,
        )
    elif member.stage == "start":
        from workflow.jobs.cells import make_start

        make_start(
            member.before("cell"),
            directory,
            campaign.cell,
            platform,
            seed=member.seed,
            stop=stop,
            log=log,
            publish=publish,
        )
    elif member.stage == "pulled":
        from workflow.jobs.umbrella import pull

        pull(
            campaign,
            member.names,
            member.before("cell"),
            member.results.joinpath("transport", *member.names[:2]),
            directory,
            member.results.joinpath("umbrella", *member.names),
            seed=member.seed,
            stop=stop,
            log=log,
        )
    elif member.stage == "umbrella":
        from workflow.jobs.umbrella import sample

        sample(
            campaign,
            member.names,
            member.before("cell"),
            member.before("pulled"),
            directory,
            seed=member.seed,
            publish=publish,
            stop=stop,
            seconds_left=seconds_left,
            replicas=replicas,
            log=log,
        )
    else:
        from workflow.jobs.transport import advance as advance_run

        layout, salt, trial = member.names
        longest = PS_PER_NS * campaign.transport.duration_ns
        until_ps = longest if until_ps is None else until_ps
        if until_ps > longest * (1 + ROUNDING):
            raise SettingsError(
                f"a run until {until_ps:g} ps, allowed is at most {longest:g}: make "
                "transport.duration_ns longer"
            )
        cell = member.before("start")
        advance_run(
            campaign,
            layout,
            salt,
            int(trial),
            until_ps,
            cell,
            directory,
            stop,
            seconds_left,
            replicas,
        )


def run_job(
    stage: str,
    config: Mapping,
    wildcards: Mapping[str, str],
    pack: str | None = None,
) -> None:
    """Bring the member of a job of Snakemake to its end, on a GPU of its own if it needs one.

    Parameters
    ----------
    config : mapping
        The campaign with every default filled in.
    wildcards : mapping
        Names of the member, and ``home``, which ends in the name of one of several membranes.
    pack : str
        Record of the pack that has done its dynamics.

    Raises
    ------
    workflow.jobs.pack_record.MemberFailed
        If it has failed in its pack.
    """
    names = tuple(wildcards.get(kind) for kind in NAMES[stage])
    campaign = Campaign.model_validate(dict(config))
    membrane = wildcards["home"].rpartition("/")[2]
    member = Member(campaign.of_membrane(membrane), homes(campaign)[membrane], stage, names)
    if pack:
        pack_record.refuse_unfinished(Path(pack), "/".join(names))
        if not member.kept:
            raise TryAgain(
                f"{member.directory} has no state any more, although {pack} says it is done: "
                "delete that record, and its pack makes it again"
            )
    with stopping(stage) as stop:
        if pack or stage == "charged":
            advance(member, stop=stop)
        else:
            with own_gpu(member.campaign.platform, stop):
                advance(member, stop=stop)


@contextmanager
def stopping(stage: str) -> Iterator[Callable[[], bool] | None]:
    """Let signals and the end of a walltime stop a stage that asks; others end at a signal."""
    if stage in ASKING:
        with stop_on_signals(seconds_left=slurm_seconds_left) as stop:
            yield stop
    else:
        yield None


def _charge(member: Member) -> None:
    from membranes import Network
    from membranes.layouts.place import place

    layout = place(
        Network.load(member.before("network")),
        member.names[0],
        seed=member.seed,
        options=member.campaign.layout_options_of(member.names[0]),
    )
    layout.network.save(member.directory)
    layout.network.groups.to_csv(member.directory / GROUPS, index=False)
    records.write(member.directory / REPORT, layout.report)
