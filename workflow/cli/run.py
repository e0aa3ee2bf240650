"""The command ``polyamide run``: a campaign handed to Snakemake."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflow.cli import completion
from workflow.cli.engine import HOLDING, only_looks
from workflow.cli.interpreter import in_one_word
from workflow.cli.terminal import CampaignFile, console, read_campaign, refuse

if TYPE_CHECKING:
    from workflow.cluster.refusals import Segment

SLURM_PLUGIN = "snakemake_executor_plugin_slurm"
WORKFLOW = Path(__file__).parents[1]


def run(
    context: typer.Context,
    file: CampaignFile,
    profile: Annotated[
        str,
        typer.Option(
            metavar="laptop|workstation|slurm|NAME",
            help="Kind of machine, a cluster known from `doctor --cluster`, or a directory.",
            autocompletion=completion.profiles,
        ),
    ] = "laptop",
    cores: Annotated[int | None, typer.Option(min=1, help="Cores, if not the profile's.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only list the jobs.")] = False,
) -> None:
    """Run a campaign, or go on with it; what is done is not done again.

    Anything else on the line is handed to Snakemake.
    """
    from mdtools.filesystem import faults as faults_of_directory
    from workflow.campaign import packing, runs
    from workflow.cluster.profile import ProfileError, find, read

    campaign = read_campaign(file)
    try:
        place = find(profile, Path.cwd())
        settings = read(place)
    except ProfileError as error:
        raise refuse(str(error)) from None
    on_slurm = settings.get("executor") == "slurm"
    if on_slurm and importlib.util.find_spec(SLURM_PLUGIN) is None:
        raise refuse(
            f"profile {profile}: Snakemake's Slurm plugin is not installed; install it with "
            '`make venv LOCKS="requirements.lock requirements-slurm.lock"`, on NVIDIA GPUs with '
            "requirements-cuda12.lock in place of requirements.lock"
        )
    results = Path("results") / campaign.name
    environment = dict(os.environ)
    makes = not dry_run and not only_looks(context.args)
    if makes:
        _refuse_a_second(results)
        if on_slurm:
            from workflow.cli.walltime import segment_of

            wants_gpu = packing.wants_gpu(campaign.platform)
            segment = segment_of(campaign, results)
            rule = "pack_transport" if _packed(campaign) else "transport"
            environment |= _asked_of_the_cluster(
                settings, place, wants_gpu, context.args, segment, rule
            )
        results.mkdir(parents=True, exist_ok=True)
        if faults := faults_of_directory(results):
            raise refuse(f"{results}: {'; '.join(faults)}. Put results on another file system")
        runs.write(campaign, results)
        console.print(f"Report, once done: {results}/report.html")
    python = in_one_word(sys.executable)
    command = [python, "-m", "workflow.cli.engine"]
    command += [HOLDING, str(results)] if makes else []
    command += ["--snakefile", str(WORKFLOW / "Snakefile")]
    if all(word.startswith("-") for word in context.args):
        # Forced files become targets: not where the line names targets of its own.
        forced = to_be_forced(campaign, results)
        command += ["--forcerun", *forced] if forced else []
    command += ["--configfile", str(file)]
    command += ["--workflow-profile", str(place)]
    command += ["--cores", str(cores)] if cores else []
    command += ["--dry-run"] if dry_run else []
    command += context.args
    sys.stdout.flush()
    os.execve(python, command, environment)


def _refuse_a_second(results: Path) -> None:
    """End where another command makes these results, before anything of them is touched."""
    from mdtools.lease import DIRECTORY, holder, in_words

    try:
        live = holder(results / DIRECTORY, by_its_clock=True)
    except OSError:
        # That it cannot be written to is said by what has to write to it.
        live = None
    if live:
        print(f"run: {in_words(results / DIRECTORY, live)}", file=sys.stderr)
        raise typer.Exit(os.EX_TEMPFAIL)


def to_be_forced(campaign, results: Path) -> list[str]:
    """Return what Snakemake has to make again of runs that are to be longer than they are."""
    from workflow.campaign import runs

    records = runs.behind(campaign, results)
    packs = ["pack_transport"] if records and _packed(campaign) else []
    return [*map(str, records), *packs]


def _packed(campaign) -> bool:
    """Whether runs share GPUs."""
    from workflow.campaign import packing, stages

    return packing.jobs(campaign.platform, len(stages.members(campaign, "transport"))) > 0


def _asked_of_the_cluster(
    settings: dict,
    place: Path,
    wants_gpu: bool,
    line: list[str],
    segment: "Segment | None",
    rule: str,
) -> dict[str, str]:
    """End before the first job where the profile asks for what the cluster does not have.

    Returns the environment of programs that outlast a silent controller.
    """
    from workflow.cluster import programs
    from workflow.cluster.profile import FILE
    from workflow.cluster.refusals import doubts, faults
    from workflow.cluster.slurm import NoSlurm, ask, jobs_in

    try:
        cluster = ask()
        found = faults(settings, cluster, wants_gpu, line, segment, rule)
        older = [] if found else jobs_in(Path.cwd())
    except NoSlurm as error:
        raise refuse(f"profile {place.name}: {error}") from None
    if found:
        raise refuse("\n".join(f"{place / FILE}: {line}" for line in found))
    for doubt in doubts(settings, line, segment, rule):
        console.print(f"Note: {place / FILE}: {doubt}", markup=False, highlight=False)
    if older:
        console.print(
            f"Jobs of an earlier command are in the queue here: {' '.join(older)}. New jobs for "
            "the same runs wait for them; `scancel` with these numbers ends them, and no frame is "
            "lost."
        )
    place_of_programs = Path(".snakemake") / "slurm_programs"
    programs.install(place_of_programs, cluster.settings)
    path = [str(place_of_programs.resolve()), os.environ.get("PATH", os.defpath)]
    return {"PATH": os.pathsep.join(path)}
