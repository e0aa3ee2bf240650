"""A campaign's membrane made by its recipe, on disk."""

import json
from pathlib import Path

import pandas as pd
import pytest

from membranes.building.builder import UNFINISHED
from membranes.building.journal import Journal
from membranes.layouts.place import lay_out
from membranes.networks.network import Network
from membranes.recipes.make import make
from tests.membranes.recipes.test_steps import quiet
from workflow.campaign.model import Campaign

TINY = Path(__file__).parents[2] / "data" / "tiny_recipe.yaml"
SEED = 96551360


class Stopped(BaseException):
    """What a signal does, at a known place."""


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    """The smallest one, in less time yet; with more acyl chlorides than amines left, so that some
    stay acids."""
    text = TINY.read_text().replace("per_residual_amine: 0.5", "per_residual_amine: 3")
    for long, brief in (("0.4", "0.2"), ("0.1", "0.03")):
        for key in ("duration_ps", "drying_ps"):
            text = text.replace(f"{key}: {long}", f"{key}: {brief}")
    file = tmp_path_factory.mktemp("campaign") / "campaign.yaml"
    file.write_text(text)
    return Campaign.read(file)


def made(campaign, directory, log=quiet) -> Network:
    return make(
        campaign.membrane,
        seed=SEED,
        directory=directory,
        nonbonded=campaign.nonbonded,
        platform=campaign.platform,
        log=log,
    )


@pytest.fixture(scope="module")
def straight(campaign, tmp_path_factory):
    directory = tmp_path_factory.mktemp("straight")
    made(campaign, directory)
    return directory


def files(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def test_files_tell_the_steps_and_every_amide(straight):
    report = json.loads((straight / "report.json").read_text())
    events = pd.read_csv(straight / "events.csv")
    assert [step["step"] for step in report["steps"]] == [step["step"] for step in report["recipe"]]
    first, second = report["steps"][1]["amides"], report["steps"][4]["amides"]
    assert second > 0
    assert events.step.value_counts().to_dict() == {2: first, 5: second}
    assert not (straight / UNFINISHED).exists()


def test_stopped_after_many_states_ends_in_the_same_files(
    campaign, straight, tmp_path, monkeypatch
):
    write, writes = Journal.write, []

    def write_and_stop(self, network, facts):
        write(self, network, facts)
        writes.append(facts)
        # Also within the reactions, whose states have rounds.
        if "rounds" in facts or len(writes) % 3 == 0:
            raise Stopped

    monkeypatch.setattr(Journal, "write", write_and_stop)
    said = []
    for _ in range(40):
        try:
            made(campaign, tmp_path, said.append)
            break
        except Stopped:
            continue
    assert sum(line.startswith("reaction goes on") for line in said) >= 3
    assert files(tmp_path) == files(straight)


def test_a_network_that_is_there_is_taken_as_it_is(campaign, straight):
    said = []
    made(campaign, straight, said.append)
    # No dry network has a slab to correct.
    nonbonded = campaign.nonbonded.model_copy(update={"slab_correction": True})
    made(campaign.model_copy(update={"nonbonded": nonbonded}), straight, said.append)
    assert said == 2 * [f"{straight} holds this network already"]


def test_carboxyls_of_diacyls_carry_charges_as_others_do(straight):
    network = Network.load(straight)
    acids = network.arms_in("COOH")
    diacyls = {row for row, _ in acids if network.kinds[row] == "MC"}
    assert diacyls
    charged = lay_out(network, {"COO-": ([0, 1], [1, 1])}, counts={"COO-": len(acids)}, seed=1)
    assert {row for row, _ in charged.arms_in("COO-")} >= diacyls
    assert charged.template_charge == pytest.approx(-len(acids), abs=1e-9)
