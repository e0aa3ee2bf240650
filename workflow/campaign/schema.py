"""The JSON schema of campaign files, by which editors complete and check keys.

``python -m workflow.campaign.schema`` writes the committed schema anew: the campaign model, with
the meaning of every key from config/README.md.
"""

import json
import re
from pathlib import Path

from mdtools.options import Options
from membranes import library
from workflow.campaign.membrane_block import Listed, Named
from workflow.campaign.model import Campaign

FILE = Path(__file__).with_name("campaign.schema.json")
TABLE = re.compile(r"^\| key \| default \| meaning \|\n\|[-|]+\|\n((?:\|.*\n)+)", re.MULTILINE)
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
CHOSEN_NAMES = ("NAME", "KIND")
"""Parts of a key in whose place stands a name that the author of a campaign file chooses."""


def schema(explained: str) -> dict:
    """JSON schema of campaign files.

    Parameters
    ----------
    explained : str
        Text of config/README.md.

    Raises
    ------
    KeyError
        A row of the text whose key no campaign file may hold.
    """
    made = Campaign.model_json_schema()
    for line in "".join(TABLE.findall(explained)).splitlines():
        key, default, meaning = (cell.strip(" `") for cell in line.strip("|").split("|"))
        _property(made, key).update(description=_description(default, meaning))
    properties, membrane = made["properties"], made["$defs"]["Membrane"]
    ready, recipe = (membrane["properties"].pop(key) for key in ("ready", "recipe"))
    by_name = {"enum": library.names(), "description": ready["description"]}
    properties["membrane"] = {
        "anyOf": [
            properties["membrane"],
            {
                "type": "object",
                "properties": {"ready": by_name},
                "required": ["ready"],
                "additionalProperties": False,
            },
            *(_by_recipe(made, model, recipe["description"]) for model in (Named, Listed)),
        ],
    }
    names = made["$defs"]["Entry"] = {"anyOf": [{"enum": library.names()}, {"type": "integer"}]}
    names["anyOf"][1]["minimum"] = 0
    listed = properties["membranes"]
    listed |= {"items": {"$ref": "#/$defs/Entry"}, "minItems": 1, "uniqueItems": True}
    made["required"].remove("membrane")
    made["anyOf"] = [{"required": ["membrane"]}, {"required": ["membranes"]}]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Polyamide Transport campaign",
    }
    return head | {key: value for key, value in made.items() if key != "title"}


def _by_recipe(made: dict, model: type[Options], meaning: str) -> dict:
    """A membrane that is made by a recipe; what it refers to joins the schema's definitions."""
    block = model.model_json_schema()
    made["$defs"] |= block.pop("$defs")
    block["properties"]["recipe"]["description"] = meaning
    return block


def _description(default: str, meaning: str) -> str:
    default = "" if default in ("", "*") else f"default: {default}"
    parts = (LINK.sub(r"\1", meaning), default)
    return "; ".join(filter(None, parts)).replace("`", "")


def _property(made: dict, key: str) -> dict:
    """The place of a dotted key in the schema."""
    block = made
    for part in key.split("."):
        block = _followed(made, block)
        if part in CHOSEN_NAMES:
            patterns = block.get("patternProperties")
            block = next(iter(patterns.values())) if patterns else block["additionalProperties"]
        else:
            block = block["properties"][part]
    return block


def _followed(made: dict, block: dict) -> dict:
    """The definition that a reference of the schema stands for, also of what may be left out."""
    while "$ref" in block or "anyOf" in block:
        block = next((one for one in block.get("anyOf", ()) if "$ref" in one), block)
        if "$ref" not in block:
            return block
        block = made["$defs"][block["$ref"].rpartition("/")[2]]
    return block


def as_text(content: dict) -> str:
    """Text of a schema as it is committed."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    keys = Path(__file__).parents[2] / "config" / "README.md"
    FILE.write_text(as_text(schema(keys.read_text(encoding="utf-8"))), encoding="utf-8")
