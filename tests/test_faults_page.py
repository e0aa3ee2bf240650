"""The page on faults names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_fault_on_the_page_has_its_test():
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs" / "faults.md").read_text())
    files = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    defined = {name for text in files for name in re.findall(r"^def (test_\w+)\(", text, re.M)}
    assert len(named) > 40
    assert set(named) <= defined
