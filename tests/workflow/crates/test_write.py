"""Results as an RO-Crate."""

import json
import zipfile

import pytest
from rocrate.rocrate import ROCrate
from typer.testing import CliRunner

from mdtools import records
from mdtools.atomic import sha256
from workflow.cli.main import app
from workflow.crates.write import CrateError, check, write

CAMPAIGN = {
    "name": "small",
    "seed": 7,
    "stamp": "demo",
    "layouts": ["pH7"],
    "salts": {"NaCl": {}},
    "trials": 1,
    "transport": {"duration_ns": 0.5},
}


@pytest.fixture
def results(tmp_path):
    """What a finished campaign leaves, made by hand."""
    root = tmp_path / "results" / "small"
    texts = {
        "report.html": "<html></html>",
        "observables/pH7/NaCl/mean_z.csv": "time_ns,z_nm\n0.5,1\n",
        "observables/pH7/NaCl/mean_z.json": '{"definitions": {"mean z": "of all ions"}}',
        "figures/mean_z.png": "png",
        "umbrella/free_energies.png": "png",
        "umbrella/pH7/NaCl/Na+/free_energy.csv": "z_nm,kT\n0.1,0\n",
        "umbrella/pH7/NaCl/Na+/window0/samples.csv": "z_nm\n0.1\n",
        "transport/pH7/NaCl/trial1/segments/seg_00000/full.xtc": "frames",
        "transport/pH7/NaCl/trial1/segments/seg_00000/state.xml": "state",
        "cell/pH7/NaCl/state/latest.npz": "state",
        "figures/.mean_z.png.tmp": "half",
        "logs/network.log": "a log",
    }
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    records.write(root / "campaign.json", CAMPAIGN)
    records.write(root / "transport/pH7/NaCl/trial1/run.json", {"done_ps": 500.0})
    return root


def test_a_crate_says_what_made_which_results_from_which_campaign(results, tmp_path):
    assert write(results, tmp_path / "crate", license="https://spdx.org/licenses/CC-BY-4.0") == 8
    crate = ROCrate(tmp_path / "crate")
    assert crate.mainEntity.id == "workflow/Snakefile"
    (action,) = crate.root_dataset["mentions"]
    assert action.type == "CreateAction" and action["instrument"] == crate.mainEntity
    assert [one.id for one in action["object"]] == ["campaign.json", "#seed"]
    assert {one.id for one in action["result"]} == {
        "report.html",
        "observables/pH7/NaCl/mean_z.csv",
        "observables/pH7/NaCl/mean_z.json",
        "figures/mean_z.png",
        "umbrella/free_energies.png",
        "umbrella/pH7/NaCl/Na%2B/free_energy.csv",
        "transport/pH7/NaCl/trial1/run.json",
    }
    required = {one.id for one in crate.mainEntity["softwareRequirements"]}
    assert "environment.txt" in required
    assert "numpy==" in (tmp_path / "crate" / "environment.txt").read_text()
    profiles = {one.id for one in crate.root_dataset["conformsTo"]}
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in profiles
    table = crate.get("observables/pH7/NaCl/mean_z.csv")
    assert table["sha256"] == sha256(results / "observables/pH7/NaCl/mean_z.csv")
    assert "Stamped demo" in crate.description and "0.5 ns" in crate.description


def test_trajectories_come_when_asked_for_and_states_never(results, tmp_path):
    write(results, tmp_path / "crate.zip", trajectories=True)
    with zipfile.ZipFile(tmp_path / "crate.zip") as archive:
        names = archive.namelist()
    assert "transport/pH7/NaCl/trial1/segments/seg_00000/full.xtc" in names
    assert "ro-crate-metadata.json" in names
    assert not [name for name in names if "state" in name or name.endswith((".tmp", ".log"))]


def test_a_file_that_is_not_the_one_described_is_found(results, tmp_path):
    write(results, tmp_path / "crate")
    (tmp_path / "crate" / "figures" / "mean_z.png").write_text("another")
    with pytest.raises(CrateError, match=r"figures/mean_z\.png is missing or not what"):
        check(tmp_path / "crate")


def test_an_action_without_its_workflow_is_found(results, tmp_path):
    write(results, tmp_path / "crate")
    path = tmp_path / "crate" / "ro-crate-metadata.json"
    content = json.loads(path.read_text())
    (action,) = [one for one in content["@graph"] if one["@id"] == "#campaign"]
    action["instrument"] = {"@id": "campaign.json"}
    path.write_text(json.dumps(content))
    with pytest.raises(CrateError, match="no action"):
        check(tmp_path / "crate")


@pytest.mark.parametrize(
    ("damage", "code", "words"),
    [
        (lambda root: (root / "campaign.json").unlink(), 78, "holds no campaign"),
        (lambda root: (root / "campaign.json").write_text('{"a": 1, "checksum": ""}'), 1, "is not"),
        (lambda root: (root.parent / "crate").mkdir(), 78, "crate is there"),
        (
            lambda root: [path.unlink() for path in root.glob("observables/*/*/*")],
            78,
            "no observables yet",
        ),
    ],
)
def test_what_cannot_be_packed_is_said_in_a_line(results, damage, code, words):
    damage(results)
    answer = CliRunner().invoke(
        app, ["export", "crate", str(results), "--out", str(results.parent / "crate")]
    )
    assert answer.exit_code == code
    assert words in answer.stderr + answer.stdout
    assert not (results.parent / "crate" / "ro-crate-metadata.json").exists()
