"""The command ``polyamide run``: a campaign handed to Snakemake."""

import importlib.util
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.terminal import CampaignFile, console, read_campaign, refuse

SLURM_PLUGIN = "snakemake_executor_plugin_slurm"
WORKFLOW = Path(__file__).parents[1]


class MachineProfile(StrEnum):
    """Kinds of machine that workflow/profiles has a profile of Snakemake for."""

    laptop = "laptop"
    workstation = "workstation"
    slurm = "slurm"


def run(
    context: typer.Context,
    file: CampaignFile,
    profile: Annotated[
        MachineProfile, typer.Option(help="Kind of machine.")
    ] = MachineProfile.laptop,
    cores: Annotated[int | None, typer.Option(min=1, help="Cores, if not the profile's.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only list the jobs.")] = False,
) -> None:
    """Run a campaign, or go on with it; what is done is not done again.

    Anything else on the line is handed to Snakemake.
    """
    from workflow.campaign import runs

    campaign = read_campaign(file)
    if profile is MachineProfile.slurm and importlib.util.find_spec(SLURM_PLUGIN) is None:
        raise refuse(
            "profile slurm: Snakemake's Slurm plugin is not installed; install it with "
            '`make venv LOCKS="requirements.lock requirements-slurm.lock"`, on NVIDIA GPUs with '
            "requirements-cuda12.lock in place of requirements.lock"
        )
    results = Path("results") / campaign.name
    if not dry_run:
        runs.write(campaign, results)
    console.print(f"Report, once done: {results}/report.html")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(WORKFLOW / "Snakefile")]
    command += ["--configfile", str(file)]
    command += ["--workflow-profile", str(WORKFLOW / "profiles" / profile)]
    command += ["--cores", str(cores)] if cores else []
    command += ["--dry-run"] if dry_run else []
    command += context.args
    sys.stdout.flush()
    os.execv(sys.executable, command)
