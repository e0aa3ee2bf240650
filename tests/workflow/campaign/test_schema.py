"""The schema that editors read says what the campaign model says."""

import json

import jsonschema
import pytest
import yaml

from tests.workflow.conftest import ROOT, TINY, call
from workflow.campaign.schema import FILE, as_text, schema

FABRICATION = ("hisel", "hisel_wide")
"""Studies of films: they have a model of their own."""
CAMPAIGNS = [
    *(path for path in sorted((ROOT / "config").glob("*.yaml")) if path.stem not in FABRICATION),
    TINY,
    TINY.with_name("tiny_recipe.yaml"),
]


@pytest.fixture(scope="module")
def validator():
    committed = json.loads(FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(committed)
    return jsonschema.Draft202012Validator(committed)


def tiny() -> dict:
    return yaml.safe_load(TINY.read_text())


def test_committed_schema_is_that_of_the_model_and_of_the_table_of_keys():
    explained = (ROOT / "config" / "README.md").read_text()
    assert FILE.read_text() == as_text(schema(explained))


def test_a_row_of_a_key_that_does_not_exist_is_found():
    row = "| key | default | meaning |\n|---|---|---|\n| `cell.pistons` | 2 | sheets |\n"
    with pytest.raises(KeyError, match="pistons"):
        schema(row + "| `membrane.ready` | none | name |\n")


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.stem)
def test_campaigns_of_this_repository_are_valid_and_name_the_schema(validator, path):
    validator.validate(yaml.safe_load(path.read_text()))
    first = path.read_text().splitlines()[0].partition("$schema=")[2]
    assert (path.parent / first).resolve() == FILE.resolve()


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("trials", 0),
        ("seed", "one"),
        ("colour", "blue"),
        ("layouts", []),
        ("platform", {"name": "TPU"}),
        ("membrane", {"ready": "pip-tmc-1999"}),
        ("membrane", {"ready": "pip-tmc-2020", "box_nm": [5.2, 5.2, 5.0]}),
        ("salts", {"NaCl": {"ions": {"Xx+": 1}}}),
    ],
)
def test_what_the_model_refuses_the_schema_refuses(validator, block, value):
    assert not validator.is_valid(tiny() | {block: value})


def test_a_ready_membrane_needs_nothing_but_its_name(validator):
    assert validator.is_valid(tiny() | {"membrane": {"ready": "pip-tmc-2020"}})


def test_membranes_are_names_or_seeds_and_stand_for_a_block(validator):
    block = tiny()
    assert validator.is_valid(block | {"membranes": [1, 2]})
    names = ["pip-tmc-2020", "pip-tmc-2021"]
    without = {key: value for key, value in block.items() if key != "membrane"}
    assert validator.is_valid(without | {"membranes": names})
    assert not validator.is_valid(without)
    for wrong in ([], [1, 1], [1.5], ["none"], 3, [-1]):
        assert not validator.is_valid(block | {"membranes": wrong})


def test_command_prints_and_writes_it(tmp_path):
    assert call("schema", cwd=tmp_path).stdout == FILE.read_text()
    assert call("schema", "--out", "campaign.schema.json", cwd=tmp_path).returncode == 0
    assert (tmp_path / "campaign.schema.json").read_text() == FILE.read_text()
    refused = call("schema", "--out", "missing/file.json", cwd=tmp_path)
    assert refused.returncode == 78 and refused.stderr.count("\n") == 1
