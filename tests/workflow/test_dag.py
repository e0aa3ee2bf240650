"""Which jobs Snakemake sees: all of a new campaign, and only what a change concerns."""

import os
import re
import shutil

import pytest
import yaml

from analysis.catalogue import FIGURES, figure_jobs
from analysis.observables import TABLES
from mdtools import records
from tests.workflow.conftest import ROOT, TINY, changed
from tests.workflow.separate import snakemake as call
from workflow.campaign import plan
from workflow.campaign.model import Campaign
from workflow.cli.run import to_be_forced

FIGURE_JOBS = {f"figures_{k}": 1 for k, _ in enumerate(figure_jobs(dict.fromkeys(FIGURES)), 1)}
COMPARED = {"comparison": 1, "comparison_figures": 1}
AFTER_RUNS = FIGURE_JOBS | COMPARED | {"tables": 2, "report_page": 1}
ALL_JOBS = AFTER_RUNS | {
    "network": 1,
    "charged": 2,
    "hydrated": 2,
    "cell": 2,
    "hydration_figure": 1,
}
ALL_JOBS |= {"start": 4, "transport": 8, "collect": 4}


@pytest.fixture(scope="module")
def new_campaign(tmp_path_factory):
    """A copy of the workflow, and what Snakemake says of a campaign that is still to be run."""
    place = tmp_path_factory.mktemp("campaign")
    shutil.copy(ROOT / "Snakefile", place)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "workflow", place / "workflow", ignore=ignore)
    shutil.copy(TINY, place / "tiny.yaml")
    return place, snakemake(place, "--dry-run", "--quiet", "host")


@pytest.fixture(scope="module")
def place(new_campaign):
    """The copy with a campaign that counts as done: every output is there and recorded."""
    place, answer = new_campaign
    for outputs in re.findall(r"^    output: (.*)$", answer.stdout, flags=re.MULTILINE):
        for output in outputs.split(", "):
            (place / output).parent.mkdir(parents=True, exist_ok=True)
            (place / output).touch()
    assert snakemake(place, "--touch", "--forceall").returncode == 0
    return place


def snakemake(place, *arguments, campaign="tiny.yaml"):
    profile = "workflow/profiles/laptop"
    arguments = ("--configfile", campaign, "--workflow-profile", profile, *arguments)
    return call(*arguments, cwd=place)


def jobs_in(answer) -> dict[str, int]:
    """Jobs that a dry run lists, by rule."""
    assert answer.returncode == 0, answer.stdout + answer.stderr
    rows = re.findall(r"^(\w+) +(\d+)$", answer.stdout, flags=re.MULTILINE)
    return {rule: int(n) for rule, n in rows if rule not in ("total", "campaign", "all")}


def dry_run(place, *arguments, campaign="tiny.yaml") -> dict[str, int]:
    return jobs_in(snakemake(place, "--dry-run", *arguments, campaign=campaign))


def bent(place, changes: dict) -> str:
    data = changed(yaml.safe_load(TINY.read_text()), changes)
    (place / "bent.yaml").write_text(yaml.safe_dump(data))
    return "bent.yaml"


def test_door_leads_to_every_job_of_a_new_campaign(new_campaign):
    assert jobs_in(new_campaign[1]) == ALL_JOBS


def test_comment_in_a_script_of_a_finished_campaign_runs_nothing(place):
    script = place / "workflow" / "scripts" / "stage.py"
    script.write_text(script.read_text() + "# a remark\n")
    assert dry_run(place) == {}
    assert dry_run(place, "--rerun-triggers", "code")["network"] == 1


def test_analysis_option_runs_only_the_analysis_again(place):
    campaign = bent(place, {"analysis.snapshots_ns": [0.002]})
    assert dry_run(place, campaign=campaign) == AFTER_RUNS


def test_longer_run_goes_on_from_its_last_chunk(place):
    campaign = bent(place, {"transport.duration_ns": 0.003})
    jobs = dry_run(place, campaign=campaign)
    assert jobs == AFTER_RUNS | {"transport": 4, "collect": 4}


def test_windows_of_a_mixed_feed_have_the_jobs_that_the_plan_counts(place):
    changes = {
        "name": "mixed",
        "nonbonded.ion_set": "joung-cheatham-li-merz-tip4pew",
        "salts": {"mixed": {"ions": {"Li+": 1, "Mg2+": 1, "NO3-": 1, "SO4--": 1}}},
        "transport.drive": {"kind": ["body force", "field"], "field_V_nm": 0.02},
        "umbrella": {"ions": ["Li+", "SO4--"], "layouts": ["pH7"], "z_angstrom": [-12, -10]},
    }
    file = bent(place, changes)
    jobs = dry_run(place, campaign=file)
    stages = plan.stages(Campaign.read(place / file), figures=1, tables=1)
    planned = {stage.name: stage.jobs for stage in stages}
    assert jobs["pulled"] == planned["pulled"] == 2
    assert jobs["umbrella"] == planned["umbrella"] == 2 * 3
    assert jobs["free_energy"] + jobs["free_energy_figure"] == planned["free energies"] == 3
    assert {name: jobs[name] for name in ("cell", "start", "transport", "collect")} == {
        name: ALL_JOBS[name] for name in ("cell", "start", "transport", "collect")
    }


def test_free_energies_of_several_membranes_are_put_together_and_drawn(place):
    windows = {"ions": ["Na+"], "layouts": ["pH7"], "z_angstrom": [-12, -10]}
    file = bent(place, {"name": "several", "membranes": [1, 2], "umbrella": windows})
    jobs = dry_run(place, campaign=file)
    stages = plan.stages(Campaign.read(place / file), figures=1, tables=1)
    (planned,) = (stage.jobs for stage in stages if stage.name == "free energies")
    assert jobs["free_energy_of_all"] == 1
    assert jobs["free_energy"] == 2
    assert jobs["free_energy_figure"] == 3
    assert planned == 1 + 2 + 3


@pytest.mark.parametrize("packs", [0, 1])
def test_results_of_another_machine_go_on_without_the_notes_of_snakemake(place, tmp_path, packs):
    moved = tmp_path / "moved"
    shutil.copytree(place, moved, ignore=shutil.ignore_patterns(".snakemake"))
    changes = {"platform.replicas_per_gpu": 2} if packs else {}
    campaign = Campaign.read(moved / bent(moved, changes))
    results = moved / "results" / campaign.name
    for record in results.glob("transport/*/*/*/chunk_*.json"):
        number = int(record.stem.removeprefix("chunk_"))
        records.write(record, {"until_ps": campaign.chunk_end_ps(number), "segments": []})
        os.utime(record, (0, 0))
    assert to_be_forced(campaign, results) == []
    longer = bent(moved, changes | {"transport.duration_ns": 0.003})
    forced = to_be_forced(Campaign.read(moved / longer), results)
    forced = [name.removeprefix(f"{moved}/") for name in forced]
    assert len(forced) == 4 + packs
    jobs = dry_run(moved, "--forcerun", *forced, "--rerun-triggers", "mtime", campaign=longer)
    assert jobs["collect"] == 4
    assert jobs["tables"] == jobs["report_page"] * 2 == 2
    # Packs are asked for all of their chunks, and are done at once with those that are there.
    assert (jobs["transport"], jobs.get("pack_transport")) == ((12, 6) if packs else (4, None))


def test_other_lengths_of_segments_leave_finished_cells_as_they_are(place):
    assert dry_run(place, campaign=bent(place, {"cell.segment_ps": 0.5})) == {"report_page": 1}


def test_a_slab_correction_leaves_the_dry_network_as_it_is(place):
    jobs = dry_run(place, campaign=bent(place, {"nonbonded.slab_correction": True}))
    assert jobs["hydrated"] == jobs["cell"] == 2
    assert not {"network", "charged"} & jobs.keys()


def test_new_layout_leaves_the_others_alone(place):
    jobs = dry_run(place, campaign=bent(place, {"layouts": ["pH2", "pH7", "pH10"]}))
    one_layout = {
        "charged": 1,
        "hydrated": 1,
        "hydration_figure": 1,
        "cell": 1,
        "start": 2,
        "transport": 4,
    }
    one_layout |= {"collect": 2, "tables": 1}
    assert jobs == AFTER_RUNS | one_layout


def test_packs_advance_the_runs_of_a_new_campaign(place):
    """Two runs at a time: a job for each pack, and a light one for each of its members."""
    changes = {"name": "packed", "platform.replicas_per_gpu": 2}
    answer = snakemake(place, "--dry-run", "--quiet", "host", campaign=bent(place, changes))
    packs = {"pack_hydrated": 1, "pack_cell": 1, "pack_start": 2, "pack_transport": 4}
    assert jobs_in(answer) == ALL_JOBS | packs
    campaign = Campaign.read(place / "bent.yaml")
    stages = plan.stages(campaign, figures=len(FIGURES), tables=len(TABLES))
    assert plan.total(stages).jobs == sum((ALL_JOBS | packs).values())


def test_packs_of_a_finished_campaign_leave_its_results_alone(place):
    """What was made one by one is not made again; the packs find every member done."""
    changes = {"platform.replicas_per_gpu": 2}
    answer = snakemake(place, "--dry-run", "--quiet", "host", campaign=bent(place, changes))
    assert set(jobs_in(answer)) >= {"pack_transport"}


def test_a_plan_counts_the_files_of_all_jobs(new_campaign):
    # Declared outputs and logs; segments and what else lies in the directory of a run are not
    # Snakemake's.
    _, answer = new_campaign
    jobs = re.findall(r"^    (?:output|log): (.*)$", answer.stdout, flags=re.MULTILINE)
    declared = {name for line in jobs for name in line.split(", ")}
    campaign = Campaign.read(TINY)
    stages = plan.stages(campaign, figures=len(FIGURES), tables=len(TABLES))
    segments = campaign.transport.segments * plan.SEGMENT_FILES + plan.FILES_BESIDE_SEGMENTS
    runs = len(campaign.layouts) * len(campaign.salts) * campaign.trials
    assert plan.total(stages).files == len(declared) + runs * segments


def test_each_of_several_membranes_has_all_jobs_and_there_are_some_over_all(new_campaign):
    place, _ = new_campaign
    changes = {"name": "several", "membranes": [1, 2], "platform.replicas_per_gpu": 2}
    answer = snakemake(place, "--dry-run", "--quiet", "host", campaign=bent(place, changes))
    packs = {"pack_hydrated": 1, "pack_cell": 1, "pack_start": 2, "pack_transport": 4}
    twice = {rule: 2 * count for rule, count in (ALL_JOBS | packs).items()}
    over_all = dict.fromkeys(FIGURE_JOBS, 3) | {"tables_of_all": 2, "report_of_all": 1}
    assert jobs_in(answer) == twice | over_all
    campaign = Campaign.read(place / "bent.yaml")
    stages = plan.stages(campaign, figures=len(FIGURES), tables=len(TABLES))
    assert plan.total(stages).jobs == sum(jobs_in(answer).values())
    outputs = re.findall(r"^    output: (.*)$", answer.stdout, flags=re.MULTILINE)
    networks = [name for line in outputs for name in line.split(", ") if "network.json" in name]
    assert {name.split("/")[3] for name in networks} == {"seed1", "seed2"}
