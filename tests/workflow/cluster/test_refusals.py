"""What a cluster would refuse is said in a line each by `polyamide run`, and nothing is submitted.

Slurm's programs are stand-ins that answer as those of a cluster do.
"""

import os
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from typer.testing import CliRunner

from mdtools.runs import rates
from mdtools.runs.rates import Rate
from workflow.campaign.model import Campaign
from workflow.cli.main import app
from workflow.cli.run import SLURM_PLUGIN
from workflow.cli.walltime import segment_of
from workflow.cluster import refusals
from workflow.cluster.refusals import Segment

ROOT = Path(__file__).parents[3]
ANSWERS = {
    "scontrol": (
        "ClusterName = lab\nAccountingStorageType = accounting_storage/slurmdbd\n"
        "AccountingStorageEnforce = associations,limits\nMinJobAge = 300 sec\n"
    ),
    "sinfo": (
        "cpu*|up|12:00:00|(null)|40|64|256000\ngpu|up|2-00:00:00|gpu:a100:4(S:0-1)|8|64|512000\n"
    ),
    "sacctmgr": "membranes\n",
    "squeue": "",
}
GOOD = {
    "executor": "slurm",
    "default-resources": {"slurm_account": "membranes", "slurm_partition": "cpu"},
    "set-resources": {"transport": {"slurm_partition": "gpu", "runtime": 60}},
}


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """A folder with a campaign for GPUs, and Slurm's programs in front of the PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, said in ANSWERS.items():
        (programs / f"{name}.txt").write_text(said)
        program = programs / name
        program.write_text(f'#!/bin/sh\ncat "{programs / name}.txt"\n')
        program.chmod(0o755)
    sbatch = programs / "sbatch"
    sbatch.write_text(f'#!/bin/sh\ntouch "{tmp_path / "submitted"}"\nexit 1\n')
    sbatch.chmod(0o755)
    campaign = yaml.safe_load((ROOT / "tests/data/tiny.yaml").read_text())
    campaign["platform"] = {"name": "CUDA"}
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(campaign))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    # Snakemake's plugin is asked for first, and not everyone has it.
    plugin = ModuleType(SLURM_PLUGIN)
    plugin.__spec__ = ModuleSpec(SLURM_PLUGIN, None)
    monkeypatch.setitem(sys.modules, SLURM_PLUGIN, plugin)
    return tmp_path


def refused(place: Path, settings: dict) -> list[str]:
    """Lines with which a run by these settings ends."""
    (place / "profiles" / "lab").mkdir(parents=True)
    (place / "profiles" / "lab" / "config.yaml").write_text(yaml.safe_dump(settings))
    ended = CliRunner().invoke(app, ["run", "tiny.yaml", "--profile", "lab"])
    assert ended.exit_code == 78, ended.output
    assert not (place / "submitted").exists()
    assert not (place / "results").exists()
    return ended.stderr.splitlines()


def with_transport(**resources) -> dict:
    own = GOOD["set-resources"]["transport"] | resources
    return GOOD | {"set-resources": {"transport": own}}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            GOOD | {"default-resources": {"slurm_partition": "cpu"}},
            "default-resources.slurm_account: missing, and lab refuses jobs without an account; "
            "yours are membranes",
        ),
        (
            GOOD | {"default-resources": {"slurm_account": "physics", "slurm_partition": "cpu"}},
            "slurm_account: physics is not yours; yours are membranes",
        ),
        (
            with_transport(slurm_partition="gpus"),
            "slurm_partition: gpus, no such partition; there are cpu, gpu",
        ),
        (
            with_transport(slurm_partition="cpu"),
            "set-resources.transport.slurm_partition: cpu has no GPU, and the campaign's platform "
            "wants one; those that have: gpu",
        ),
        (
            with_transport(gpu_model="h100"),
            "gpu_model: h100, and the nodes of gpu have 4 a100",
        ),
        (with_transport(gres="gpu:v100:1"), "gres: v100, and the nodes of gpu have 4 a100"),
        (with_transport(gpu=8), "gpu: 8 GPUs for a job, and a node of gpu has 4 a100"),
        (
            with_transport(runtime=6000),
            "set-resources.transport.runtime: 6000 min, gpu allows 2880",
        ),
    ],
)
def test_what_is_not_there_is_one_line_before_anything_is_submitted(cluster, settings, said):
    (line,) = refused(cluster, settings)
    assert line == f"{cluster / 'profiles/lab/config.yaml'}: {said}"


def test_a_walltime_shorter_than_a_segment_is_one_line_too(cluster, monkeypatch):
    monkeypatch.setenv("POLYAMIDE_CACHE", str(cluster / "cache"))
    campaign = Campaign.read(cluster / "tiny.yaml")
    per_day = campaign.transport.segment_ps / 1000 / (5 / 24)
    rates.keep(Rate("A100", "CUDA", "mixed", 2000, campaign.transport.timestep_fs, per_day))
    segment = segment_of(campaign, cluster / "results" / "tiny")
    (line,) = refused(cluster, GOOD)
    assert f"runtime: 60 min, and a segment of {segment.ps:g} ps takes about" in line
    assert "measured on A100" in line and "no job would finish one" in line


def test_runs_that_have_begun_tell_how_long_a_segment_takes(cluster, monkeypatch):
    from mdtools import records

    monkeypatch.setenv("POLYAMIDE_CACHE", str(cluster / "cache"))
    campaign = Campaign.read(cluster / "tiny.yaml")
    results = cluster / "elsewhere"
    assert segment_of(campaign, results) is None
    for trial, seconds in ((1, 400.0), (2, 300.0)):
        run = results / f"transport/pH7/NaCl/trial{trial}"
        run.mkdir(parents=True)
        records.write(run / "run.json", {"session": {"seconds": [50.0, seconds]}})
    found = segment_of(campaign, results)
    assert (found.seconds, found.seen) == (300.0, True)


@pytest.mark.parametrize(
    ("seconds", "seen", "refuses", "doubts"),
    [
        (3_000, True, False, False),
        (3_700, True, True, False),
        (3_700, False, False, True),
        (7_300, False, True, False),
    ],
)
def test_an_estimate_is_a_doubt_until_it_is_beyond_a_factor_of_two(seconds, seen, refuses, doubts):
    from tests.workflow.cluster.test_profile import LAB

    settings = GOOD | {"default-resources": {"slurm_account": "membranes"}}
    segment = Segment(1000.0, seconds, "as measured", seen)
    assert bool(refusals.faults(settings, LAB, True, segment=segment)) is refuses
    assert bool(refusals.doubts(settings, segment=segment)) is doubts
    line = ["--set-resources", "transport:runtime=600"]
    assert refusals.faults(settings, LAB, True, line, segment) == []
