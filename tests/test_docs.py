"""Pages of the documentation: their code blocks, and the site that they make."""

import importlib.util
import re

import pytest
import yaml

from tests.test_dependencies import ROOT

spec = importlib.util.spec_from_file_location("blocks", ROOT / "docs" / "blocks.py")
blocks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(blocks)

NAMES = [str(path.relative_to(ROOT)) for path in blocks.PAGES]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_block_has_a_language_and_is_what_it_says(name):
    text = page(name)
    faults = list(blocks.faults_of_form(text))
    for block in blocks.blocks(text):
        if block.language == "bash" and not block.left_out:
            faults += [
                f"line {block.line}: {fault}" for fault in blocks.faults_of_commands(block.text)
            ]
        blocks.parse(block)
    assert faults == []


def test_wrong_commands_are_found():
    text = "polyamide plan x.yaml --nonsense\npolyamide plot\nmake nothing\npython docs/none.py\n"
    assert list(blocks.faults_of_commands(text)) == [
        "polyamide plan has no option --nonsense",
        "polyamide has no command plot",
        "make has no target nothing",
        "there is no docs/none.py",
    ]


def test_few_blocks_are_left_out():
    left = [name for name in NAMES for block in blocks.blocks(page(name)) if block.left_out]
    assert len(left) <= 6


def test_blocks_run_in_order_and_their_faults_are_told(tmp_path):
    text = (
        "```python\nx = 2\n```\n\n```pycon\n>>> x + 1\n3\n>>> x + 2\n5\n```\n\n"
        "```python\nraise ValueError('told')\n```\n\n<!-- not run: hard -->\n```python\nno\n```\n"
    )
    failed = blocks.run_python(text, tmp_path)
    assert len(failed) == 2
    assert "Expected" in failed[0]
    assert "told" in failed[1]


def test_every_page_is_in_the_navigation_once():
    class Loader(yaml.SafeLoader):
        """Reads what is no plain YAML in MkDocs' configuration as nothing."""

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    settings = yaml.load((ROOT / "mkdocs.yml").read_text(), Loader)
    named = re.findall(r"[\w/]+\.md", str(settings["nav"]))
    made = {"campaign_keys.md", "contributing.md", "changelog.md", "api.md", "commands.md"}
    assert sorted(named) == sorted({path.name for path in (ROOT / "docs").glob("*.md")} | made)
