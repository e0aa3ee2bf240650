"""What a reader of a page would trip over, as headless Chromium finds it."""

import importlib.util
import shutil
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / ".ci" / "page.py"
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

pytestmark = pytest.mark.skipif(not BROWSER, reason="Chromium is not here")


@pytest.fixture(scope="module")
def page():
    spec = importlib.util.spec_from_file_location("page", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def found(page, folder, body):
    path = folder / "page.html"
    path.write_text(f"<html><head></head><body>{body}</body></html>", encoding="utf-8")
    return page.look(BROWSER, path, 1400)


def test_a_sound_page_has_no_faults_and_hidden_words_do_not_count(page, tmp_path):
    body = f'''<a href="#end">to the end</a><img alt="dot" src="{DOT}">
        <details><summary>more</summary>six words that are not shown</details>
        <p id="end" style="height: 3000px">end</p>'''
    seen = found(page, tmp_path, body)
    assert page.faults(seen, 1400, 4000, 5) == []
    assert seen["words"] == 5 and seen["images"] == 1 and 3000 < seen["pixels"] < 3200


def test_every_fault_of_a_page_is_found(page, tmp_path):
    body = """<a href="#nowhere">astray</a><img alt="broken" src="data:image/png;base64,AAAA">
        <p style="width: 1500px; height: 5000px">wide and high</p>
        <script>console.error("told"); throw new Error("thrown");</script>"""
    told = "\n".join(page.faults(found(page, tmp_path, body), 1400, 4000, 3))
    for fault in ("told", "thrown", "not drawn: broken", "#nowhere", "wider", "high, at most 4000"):
        assert fault in told
    assert "4 words are shown, at most 3" in told
