"""Stages of a campaign whose membrane is made by a recipe."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from mdtools.bundle import Bundle
from membranes.networks.network import Network
from tests.workflow.conftest import ROOT, changed
from workflow.campaign.model import Campaign
from workflow.cli.main import app
from workflow.jobs.stages import Member, advance

TINY = ROOT / "tests" / "data" / "tiny_recipe.yaml"
STAGES = {
    "network": (),
    "charged": ("charges",),
    "hydrated": ("charges",),
    "cell": ("charges", "NaCl"),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Results up to the cell, with every carboxyl of the network charged."""
    directory = tmp_path_factory.mktemp("results")
    campaign = Campaign.read(TINY)
    for stage, names in STAGES.items():
        advance(Member(campaign, directory, stage, names), log=lambda _: None)
    return directory


def test_a_cell_holds_the_residues_that_the_second_amidation_has_bound(results):
    network = Network.load(results / "charged" / "charges")
    second = json.loads((results / "network" / "report.json").read_text())["steps"][4]
    bound = second["grafts"] + second["bridges"]
    assert bound > 0 and network.kinds.count("MC") == bound
    groups = network.groups.kind.value_counts().to_dict()
    assert groups == {"COO-": 3, "NH2+": 1}
    cell = results / "cell" / "charges" / "NaCl"
    atoms = Bundle.load(cell).universe().select_atoms("resname MC*")
    own = network.residue[[network.kinds[row] == "MC" for row in network.residue]]
    assert len(atoms) == len(own)
    report = json.loads((cell / "report.json").read_text())
    counters = [ion for ion in report["ions"] if ion["role"] != "feed ion"]
    assert sum(ion["count"] for ion in counters if ion["species"] == "Na+") == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"second_amidation.per_residual_amine": 200.0, "second_amidation.probe_angstrom": 3.0},
            "step 5 of 8, second_amidation: ",
        ),
        (
            {"react.stages": [{"cutoff_angstrom": 1.5, "duration_ps": 0.1}]},
            "step 4 of 8, leach: none of 15 residues",
        ),
    ],
)
def test_what_cannot_be_carried_out_is_one_line_with_the_numbers(tmp_path, changes, words):
    data = yaml.safe_load(TINY.read_text())
    path = tmp_path / "bent.yaml"
    family = {f"membrane.family.{key}": value for key, value in changes.items()}
    path.write_text(yaml.safe_dump(changed(data, family)))
    arguments = ["advance", str(path), "network", "--results", str(tmp_path / "results")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 78
    assert len(done.stderr.splitlines()) == 1 and words in done.stderr
