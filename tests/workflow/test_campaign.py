"""A wrong campaign file is refused with lines that help; the committed ones are right."""

import pytest
from typer.testing import CliRunner

from tests.workflow.conftest import MISSING, ROOT, call
from workflow.campaign import Campaign, CampaignError
from workflow.cli import app

WRONG = [
    # key to change, value, key in the message, what the message must say
    ("transport.duration_ps", 12, "transport.duration_ps", "did you mean duration_ns, in ns?"),
    ("transport.duration", 12, "transport.duration", "did you mean duration_ns, in ns?"),
    ("platfrm", {}, "platfrm", "did you mean platform?"),
    ("cell.duration_ns", 1, "cell.duration_ns", "it belongs to transport"),
    ("transport.duration_ns", "100 ns", "transport.duration_ns", "a number, in ns"),
    ("trials", "three", "trials", "a whole number"),
    ("trials", True, "trials", "a whole number"),
    ("trials", 2.5, "trials", "a whole number"),
    ("trials", 0, "trials", "at least 1"),
    ("seed", -1, "seed", "at least 0"),
    ("transport.duration_ns", -3, "transport.duration_ns", "above 0 ns"),
    ("transport.duration_ns", float("inf"), "transport.duration_ns", "finite"),
    ("transport.duration_ns", 5000, "transport.duration_ns", "at most 4295 ns"),
    ("transport.timestep_fs", 5, "transport.timestep_fs", "at most 2"),
    ("membrane.reaction.timestep_fs", 2, "membrane.reaction.timestep_fs", "at most 1"),
    ("transport.segment_ps", 0.7, "transport.segment_ps", "whole multiple"),
    ("layouts", ["pH2", "pH8"], "layouts.1", "pH7"),
    ("layouts", ["contrl"], "layouts.0", "did you mean control?"),
    ("layouts", ["pH2", "pH2"], "layouts.1", "once"),
    ("layouts", [], "layouts", "at least 1"),
    ("layout_options.counts", {"pH2": {"NH2+": 40}}, "layout_options.counts.pH2.NH2+", "at most"),
    ("layout_options.counts", {"ph7": {"NH2+": 1}}, "layout_options.counts.ph7", "pH7?"),
    ("salts.NaCl.ions", {"Na": 2, "Cl-": 2}, "salts.NaCl.ions.Na", "did you mean Na+?"),
    ("salts.NaCl.ions", {"Na+": 2, "Cl-": 1}, "salts.NaCl", "must be neutral"),
    ("salts.NaCl.ions", {"Na+": 30, "Cl-": 30}, "salts.NaCl.ions.Na+", "at most 7"),
    ("salts", {"a/b": {"ions": {"Na+": 1, "Cl-": 1}}}, "salts.a/b", "letters, digits"),
    ("name", "../up", "name", "letters, digits"),
    ("nonbonded.cutoff_nm", 0.7, "nonbonded.cutoff_nm", "below 0.64 nm"),
    ("nonbonded.ion_set", "beglov", "nonbonded.ion_set", "did you mean beglov-roux-1994?"),
    ("membrane.box_nm", [14.8, 12.8, 20.0], "membrane.box_nm", "in angstrom?"),
    ("membrane.box_nm", [1.35, 1.36, 2.0], "membrane.box_nm", "graphene would be strained"),
    ("membrane.box_nm", [1.48, 1.28], "membrane.box_nm.2", "required"),
    ("membrane.monomers", MISSING, "membrane.monomers", "required"),
    ("cell.vacuum_nm", 0.5, "cell.vacuum_nm", "at least 1"),
    ("cell.piston_pressure_MPa", -0.1, "cell.piston_pressure_MPa", "at least 0 MPa"),
    ("analysis.snapshots_ns", [0.001, 10], "analysis.snapshots_ns.1", "at most 0.002"),
    ("analysis.mean_z_every_ns", 1, "analysis.mean_z_every_ns", "transport.duration_ns"),
    ("analysis.pdf_bandwidth_factor", {"Mg": 1}, "analysis.pdf_bandwidth_factor.Mg", "Na+"),
    ("platform.name", "cuda", "platform.name", "did you mean CUDA?"),
    ("stamp", 5, "stamp", "text"),
]


def lines(path) -> list[str]:
    with pytest.raises(CampaignError) as caught:
        Campaign.read(path)
    return caught.value.faults


@pytest.mark.parametrize(("key", "value", "named", "said"), WRONG)
def test_fault_names_file_key_value_and_what_is_allowed(campaign_file, key, value, named, said):
    path = campaign_file({key: value})
    found = [line for line in lines(path) if f": {named}: value " in line]
    assert len(found) == 1
    assert found[0].startswith(f"{path}:")
    assert said in found[0]
    assert "\n" not in found[0]


def test_all_faults_are_reported_at_once_in_the_order_of_the_file(tmp_path):
    path = tmp_path / "many.yaml"
    text = (ROOT / "tests" / "data" / "tiny.yaml").read_text()
    text = text.replace("seed: 7", "seed: seven").replace("[pH2, pH7]", "[pH3, pH7]")
    path.write_text(text.replace("cutoff_nm: 0.6", "cutoff_nm: 0.8"))
    numbers = [int(line.removeprefix(f"{path}:").split(":")[0]) for line in lines(path)]
    rows = text.splitlines()
    assert [rows[number - 1].split(":")[0].strip() for number in numbers] == [
        "seed",
        "layouts",
        "nonbonded",
    ]


def test_key_given_twice_is_refused(tmp_path, campaign_file):
    path = tmp_path / "twice.yaml"
    path.write_text(campaign_file().read_text() + "seed: 8\n")
    assert [line for line in lines(path) if "given twice" in line]


@pytest.mark.parametrize("text", ["", "- 1\n", "a: [\n", "name: \x00\n"])
def test_file_that_is_no_campaign_is_refused_in_lines(tmp_path, text):
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    assert all(line.startswith(str(path)) for line in lines(path))


def test_numbers_are_those_of_yaml_1_2(tmp_path, campaign_file):
    path = tmp_path / "scientific.yaml"
    path.write_text(campaign_file().read_text().replace("duration_ns: 0.002", "duration_ns: 2e-3"))
    assert Campaign.read(path).transport.duration_ns == 0.002


@pytest.mark.parametrize("name", ["demo", "reduced", "paper"])
def test_committed_campaigns_are_right(name):
    assert Campaign.read(ROOT / "config" / f"{name}.yaml").name == name


def test_paper_campaign_is_the_published_one():
    campaign = Campaign.read(ROOT / "config" / "paper.yaml")
    runs = len(campaign.layouts) * len(campaign.salts) * campaign.trials
    assert runs == 48
    assert campaign.transport.duration_ns == 100
    assert dict(campaign.membrane.monomers) == {"PIP": 332, "TMC": 228}
    assert campaign.transport.drive.force_kcal_mol_angstrom == 0.072


def test_plan_of_a_wrong_campaign_exits_with_78(campaign_file):
    result = CliRunner().invoke(app, ["plan", str(campaign_file({"trials": -1}))])
    assert result.exit_code == 78
    assert "trials: value -1: allowed is at least 1" in result.stderr


def test_run_of_a_wrong_campaign_exits_with_78_and_starts_nothing(tmp_path, campaign_file):
    answer = call("run", campaign_file({"trials": -1}), cwd=tmp_path)
    assert answer.returncode == 78
    assert "trials: value -1: allowed is at least 1" in answer.stderr
    assert not (tmp_path / ".snakemake").exists()
    assert not (tmp_path / "results").exists()


def blocks(model, prefix=""):
    """Dotted keys of a model, blocks of blocks included."""
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}"
        if hasattr(field.annotation, "model_fields"):
            yield from blocks(field.annotation, f"{prefix}{name}.")


@pytest.mark.parametrize("key", list(blocks(Campaign)))
def test_every_key_is_explained(key):
    assert f"`{key}`" in (ROOT / "config" / "README.md").read_text()
