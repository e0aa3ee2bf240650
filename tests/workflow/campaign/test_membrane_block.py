"""A membrane made by a recipe: what a campaign file may say of it, and what it amounts to."""

import copy
import json
import re

import jsonschema
import pytest
import yaml

from membranes.recipes.family import Family
from tests.workflow.conftest import MISSING, ROOT, changed
from workflow.campaign import plan
from workflow.campaign.model import Campaign, CampaignError, plain
from workflow.campaign.schema import FILE

TINY = ROOT / "tests" / "data" / "tiny_recipe.yaml"
FAMILY = "membrane.family"


def steps_of_the_family() -> list[dict]:
    """Steps that the tiny campaign's name stands for, as a file would list them."""
    block = yaml.safe_load(TINY.read_text())["membrane"]
    recipe = Family(**block["family"]).recipe(block["recipe"])
    return [
        {"step": step.step} | step.model_dump(mode="json", exclude_unset=True)
        for step in recipe.steps
    ]


@pytest.fixture
def bent(tmp_path):
    def write(changes: dict, steps: list[dict] | None = None):
        data = yaml.safe_load(TINY.read_text())
        if steps is not None:
            data["membrane"] = {"recipe": copy.deepcopy(steps)}
        path = tmp_path / "bent.yaml"
        path.write_text(yaml.safe_dump(changed(data, changes), sort_keys=False))
        return path

    return write


def told(path) -> list[str]:
    with pytest.raises(CampaignError) as error:
        Campaign.read(path)
    return error.value.faults


def line_of(path, key: str, value) -> int:
    """Line of a key with its value, of the last such key where the value is a block."""
    scalar = isinstance(value, int | float | str)
    wanted = f"{key}: {value}" if scalar else f"{key}:"
    return max(n for n, row in enumerate(path.read_text().splitlines(), 1) if row.strip() == wanted)


@pytest.mark.parametrize(
    ("change", "value", "key", "words"),
    [
        ("membrane.recipe", "8P10-0.5AC30", "membrane.recipe", "AC of .* has no template"),
        ("membrane.recipe", "NF270", "membrane.recipe", "not named as 8P"),
        ("membrane.recipe", 8, "membrane.recipe", "allowed is text"),
        ("membrane.family", MISSING, "membrane.family", "required, but not given"),
        ("membrane.monomers", {"PIP": 3, "TMC": 2}, "membrane.monomers", "beside a recipe"),
        (f"{FAMILY}.leach.largest_residues", 0, f"{FAMILY}.leach.largest_residues", "at least 1"),
        (f"{FAMILY}.leach.largest_residues", 99, f"{FAMILY}.leach.largest_residues", "15 residues"),
        (f"{FAMILY}.soak.swelling", 9, f"{FAMILY}.soak.swelling", "at most 3"),
        (f"{FAMILY}.soak.temperature_K", 20, f"{FAMILY}.soak.temperature_K", "200 to 1000"),
        (f"{FAMILY}.soak.swell", 1.1, f"{FAMILY}.soak.swell", "did you mean swelling"),
        (f"{FAMILY}.react.temperature_K", 6000, f"{FAMILY}.react.temperature_K", "200 to 1000"),
        (f"{FAMILY}.react.batch_percent", "9 %", f"{FAMILY}.react.batch_percent", "a number"),
        (f"{FAMILY}.pack.box_nm", [14, 13, 20], f"{FAMILY}.pack.box_nm", "0.5 to 1.4"),
        (f"{FAMILY}.pack.pH", 7, f"{FAMILY}.pack.pH", "names of membranes say it"),
        (f"{FAMILY}.relax.timestep_fs", 4, f"{FAMILY}.relax.timestep_fs", "at most 1"),
        ("nonbonded.cutoff_nm", 0.9, "nonbonded.cutoff_nm", "below 0.64"),
    ],
)
def test_a_fault_of_a_named_recipe_has_line_key_and_what_is_allowed(
    bent, change, value, key, words
):
    path = bent({change: value})
    lines = told(path)
    assert len(lines) == 1, lines
    assert re.search(rf"{re.escape(key)}: value .*{words}", lines[0]), lines[0]
    if value is not MISSING:
        assert f":{line_of(path, key.rpartition('.')[2], value)}:" in lines[0]


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        (lambda s: s[4].update(reagent="AC"), "membrane.recipe.4.reagent", "OC, MC, SC, GC, TMC"),
        (lambda s: s[4].update(molecules=2), "membrane.recipe.4", "one of them"),
        (lambda s: s[4].pop("step"), "membrane.recipe.4", "required is step"),
        (lambda s: s[4].update(step="amidate"), "membrane.recipe.4.step", "allowed is pack, re"),
        (lambda s: s[4].update(dose=2), "membrane.recipe.4.dose", "no such key.*reagent"),
        (lambda s: s.insert(1, s[3]), "membrane.recipe.1", "step 2 of 9 is leach, but nothing"),
        (lambda s: s.pop(5), "membrane.recipe", "hydrolyses the acyl chlorides"),
        (lambda s: s.insert(6, s[1]), "membrane.recipe.6", "no acyl chloride is left"),
        (lambda s: s[3].update(largest_residues=15), "membrane.recipe.3.largest", "at most 14"),
        (
            lambda s: s[4]["reaction"]["stages"][0].update(cutoff_angstrom=90),
            "membrane.recipe.4.reaction.stages.0.cutoff_angstrom",
            "1.5 to 15",
        ),
        (lambda s: s[7].update(duration_ps=-1), "membrane.recipe.7.duration_ps", "above 0 ps"),
    ],
)
def test_a_fault_of_a_listed_recipe_names_its_step(bent, change, key, words):
    steps = steps_of_the_family()
    change(steps)
    (line,) = told(bent({}, steps))
    assert re.search(rf"{re.escape(key)}.*: value .*{words}", line), line


def test_a_family_beside_a_list_of_steps_is_refused(bent):
    path = bent({"membrane.family": {}}, steps_of_the_family())
    (line,) = told(path)
    assert "membrane.family" in line and "nothing is allowed" in line


def test_layouts_ask_for_no_more_groups_than_enter_the_film(bent):
    groups = "layout_options.profiles.charges"
    (line,) = told(bent({f"{groups}.NH2+.count": 19, f"{groups}.COO-.count": 19}))
    assert "at most 18, the sites that the steps of 9 PIP and 6 TMC can leave" in line


def test_a_name_and_its_steps_are_the_same_campaign(bent):
    assert Campaign.read(TINY) == Campaign.read(bent({}, steps_of_the_family()))


def test_a_campaign_with_a_recipe_survives_what_jobs_get_of_it():
    campaign = Campaign.read(TINY)
    assert Campaign.model_validate(json.loads(json.dumps(plain(campaign)))) == campaign


def test_faults_of_other_blocks_are_told_beside_those_of_a_recipe(bent):
    lines = told(bent({"trials": 0, "membrane.family.soak.swelling": 9}))
    assert len(lines) == 2
    assert "trials" in "".join(lines) and "swelling" in "".join(lines)


def test_a_plan_counts_the_steps_of_a_recipe():
    # 0.4 ps of reaction, 0.1 of soaking, 0.2 of the second one, 0.1 of drying and of relaxation.
    stage = plan.network_stage(Campaign.read(TINY))
    assert stage.steps == 900
    assert stage.simulated_ns == pytest.approx(0.0009)


def test_editors_know_both_forms(bent):
    validator = jsonschema.Draft202012Validator(json.loads(FILE.read_text()))
    data = yaml.safe_load(TINY.read_text())
    listed = data | {"membrane": {"recipe": steps_of_the_family()}}
    assert validator.is_valid(data) and validator.is_valid(listed)
    for membrane in (
        {"recipe": "8P10"},
        data["membrane"] | {"box_nm": [2, 2, 2]},
        {"recipe": [{"step": "bake"}]},
    ):
        assert not validator.is_valid(data | {"membrane": membrane})
