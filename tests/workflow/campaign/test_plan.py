"""A plan's numbers are those of arithmetic by hand."""

import pytest
from typer.testing import CliRunner

from analysis import catalogue, figures
from analysis.catalogue import table_names
from analysis.figures import FIGURES
from analysis.figures.continuum import LABBAN_FIGURES
from analysis.observables import TABLES
from mdtools import bundle_files
from mdtools.options import SaltOptions
from membranes import library
from membranes.layouts.capacity import guaranteed_sites
from tests.workflow.conftest import ROOT
from workflow.campaign import disk, plan
from workflow.campaign.model import Campaign, CampaignError, plain
from workflow.cli.main import app


@pytest.fixture(scope="module")
def paper() -> Campaign:
    return Campaign.read(ROOT / "config" / "paper.yaml")


def test_membrane_atoms_follow_from_the_chemistry(paper):
    # 332 PIP of 16 atoms, 228 TMC of 18; 531 amides (80 % of 664 N-H) lose H and Cl each;
    # 684 - 531 acyl chlorides become COOH, one atom more.
    assert plan.membrane_atoms(paper) == 332 * 16 + 228 * 18 - 2 * 531 + (684 - 531)


def test_particles_of_a_cell_add_up(paper):
    # pH 7 with CaCl2: -14 e, so 7 Ca2+ beside 10 Ca2+ and 20 Cl-; 14 H more, 28 H less;
    # graphene of 21 x 12 cells of four atoms twice; two reservoirs of 3918 four-site waters, and a
    # third of a wet membrane's mass inside.
    size = plan.cell_size(paper, "pH7", "CaCl2")
    inside = plan.inside_waters(paper)
    assert size.particles == 8507 + 14 - 28 + 37 + 2 * 21 * 12 * 4 + (2 * 3918 + inside) * 4
    assert inside == pytest.approx(8507 * 7.4 * 0.35 / 0.65 / 18.015, rel=1e-3)
    assert size.fast == 37 + 42


def test_a_plan_counts_every_atom_of_an_ion_and_follows_one(paper):
    # pH 7 has -14 e: seven Mg2+ more, whose charge prevails; nitrate is four atoms, sulfate five.
    ions = {"Li+": 1, "Mg2+": 9, "NO3-": 3, "SO4--": 8}
    salts = {"CaCl2": SaltOptions(ions=ions)}
    mixed = plan.cell_size(paper.model_copy(update={"salts": salts}), "pH7", "CaCl2")
    calcium = plan.cell_size(paper, "pH7", "CaCl2")
    assert mixed.particles - calcium.particles == (1 + 9 + 12 + 40 + 7) - 37
    assert mixed.fast - calcium.fast == (21 + 7) - 37


def test_jobs_and_steps_of_the_published_campaign(paper):
    stages = {stage.name: stage for stage in plan.stages(paper, figures=12, tables=20)}
    assert {name: stage.jobs for name, stage in stages.items()} == {
        "network": 1,
        "charged": 8,
        # A pack for each eight members, and their own jobs.
        "hydrated": 8 + 1,
        "cell": 16 + 2,
        "start": 48 + 6,
        "transport": 10 * (48 + 6),
        "analysis": 48 + 16,
        # Twelve figures, five a job, and that of swelling.
        "figures": 3 + 1,
        "comparison": 2,
        "report": 1,
    }
    assert stages["network"].steps == 200_000 + 5_000_000
    assert stages["transport"].steps == 48 * 100_000_000
    assert stages["transport"].simulated_ns == 4800


def test_disk_of_a_run_is_the_sum_of_its_streams(paper):
    full, fast, states = 10_000 * 40_000 * 3.5, 50_000 * (1200 + 32), 100 * 40_000 * 155
    expected = full + fast + states
    assert disk.run_bytes(paper, 40_000, 100) == pytest.approx(expected, rel=1e-3)


def test_every_stage_takes_disk(paper):
    stages = plan.stages(paper, figures=5, tables=20)
    assert all(stage.disk_bytes for stage in stages)


def test_files_of_the_published_campaign(paper):
    alone = paper.platform.model_copy(update={"replicas_per_gpu": 1})
    one_by_one = paper.model_copy(update={"platform": alone})
    stages = {stage.name: stage for stage in plan.stages(one_by_one, figures=5, tables=20)}
    # A hundred segments of four files and a manifest, four files of the run, ten records and logs.
    assert stages["transport"].files == 48 * (100 * 5 + 4 + 2 * 10)
    # Seven files of a bundle and a log; the cells have reports, too.
    assert (stages["cell"].files, stages["start"].files) == (16 * 9, 48 * 8)
    assert stages["analysis"].files == 48 * 2 + 16 * (2 * 20 + 1)
    packed = {stage.name: stage for stage in plan.stages(paper, figures=5, tables=20)}
    # A record and a log of each pack, and a log of each member.
    assert packed["transport"].files - stages["transport"].files == 10 * (2 * 6 + 48)
    assert 1 + len(bundle_files.FILES) == plan.BUNDLE_FILES


def test_the_catalogue_knows_tables_and_figures_without_their_modules():
    assert table_names() == TABLES
    assert {name: catalogue.tables_of(name) for name in FIGURES} == {
        name: figures.tables_of(name) for name in figures.FIGURES
    }
    assert catalogue.LABBAN_FIGURES == tuple(LABBAN_FIGURES)


def test_plan_counts_the_jobs_that_snakemake_would_run(paper):
    said = CliRunner().invoke(app, ["plan", str(ROOT / "tests" / "data" / "tiny.yaml")]).stdout
    # network, 2 layouts, 2 cells, 4 runs of 2 chunks, 4 stores and 2 sets of tables, comparison and
    # its figures, report, and the figures, with that of swelling
    drawn = len(catalogue.figure_jobs(dict.fromkeys(FIGURES))) + 1
    assert f"{1 + 2 + 2 + 2 + 4 + 8 + 6 + 2 + 1 + drawn} jobs" in said


def test_plan_sums_its_stages(paper):
    stages = plan.stages(paper, figures=5, tables=20)
    total = plan.total(stages)
    assert total.jobs == 1 + 8 + 9 + 18 + 54 + 540 + 64 + 2 + 2 + 1
    assert total.simulated_ns == pytest.approx(4800 + 160 + 20.2 + 8 * 35 + 48 * 0.2)
    assert total.disk_bytes == pytest.approx(sum(stage.disk_bytes or 0 for stage in stages))


def test_plan_notes_what_no_ion_can_reach_and_a_platform_that_is_not_here(paper):
    # half of the reaction box, and 3918 waters of 0.03 nm3 over 27 nm2
    assert plan.reach_angstrom(paper) == pytest.approx(25 + 43, abs=1)
    installed = ["Reference", "CPU"]
    (note,) = plan.notes(paper, installed)
    assert "CUDA: not installed on this machine" in note
    far = paper.analysis.model_copy(update={"permeated_above_angstrom": 80.0})
    paper = paper.model_copy(update={"analysis": far})
    assert "no ion will count" in plan.notes(paper, installed)[0]


def test_a_ready_membrane_costs_no_steps(tmp_path):
    text = (ROOT / "config" / "paper.yaml").read_text()
    start, end = text.index("membrane:"), text.index("layouts:")
    file = tmp_path / "ready.yaml"
    file.write_text(text[:start] + "membrane: {ready: pip-tmc-2021}\n" + text[end:])
    campaign = Campaign.read(file)
    network = plan.stages(campaign, figures=5, tables=20)[0]
    assert (network.jobs, network.steps) == (1, None)
    assert network.particles == len(library.load("pip-tmc-2021").names)
    # Read, written out with every default and read again, as jobs get it, it is the same.
    assert type(campaign.membrane)(**plain(campaign.membrane)) == campaign.membrane
    assert guaranteed_sites(campaign.membrane).counts == {"NH2+": 79, "COO-": 99}


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("{ready: pip-tmc-2029}", "not in the library; there are mpd-tmc-small, pip-tmc-2020"),
        (
            "{ready: pip-tmc-2020, box_nm: [5, 5, 5]}",
            "box_nm: .*beside ready nothing",
        ),
        (
            "{ready: pip-tmc-2020, reaction: {batch_percent: 5}}",
            "reaction: .*beside ready",
        ),
    ],
)
def test_nothing_stands_beside_ready(tmp_path, block, said):
    text = (ROOT / "config" / "paper.yaml").read_text()
    start, end = text.index("membrane:"), text.index("layouts:")
    file = tmp_path / "ready.yaml"
    file.write_text(text[:start] + f"membrane: {block}\n" + text[end:])
    with pytest.raises(CampaignError, match=said):
        Campaign.read(file)
