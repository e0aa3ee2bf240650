"""What `polyamide status` says of all runs, once, as JSON and again and again."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from mdtools import atomic, records
from mdtools.lease import Lease
from tests.workflow.conftest import ROOT
from workflow.campaign import runs
from workflow.campaign.model import Campaign
from workflow.cli.main import app


@pytest.fixture
def results(tmp_path):
    """Three runs of 2 ns: one at work, one of a pack, one without a file."""
    place = tmp_path / "results"
    for trial in (1, 2, 3):
        run = place / "transport" / "pH7" / "NaCl" / f"trial{trial}"
        run.mkdir(parents=True)
        if trial < 3:
            content = {"done_ps": 500.0 * trial, "target_ps": 2000.0, "ns_per_day": 12.0}
            atomic.write_json(run / "run.json", content)
    return place


def test_json_tells_of_all_runs_and_of_the_campaign(results):
    with Lease(results / "transport" / "pH7" / "NaCl" / "trial1" / "lease"):
        said = CliRunner().invoke(app, ["status", str(results), "--json"]).stdout
    content = json.loads(said)
    assert [run["state"] for run in content["runs"]] == ["running", "waiting", "waiting"]
    assert content["totals"]["ns_done"] == 1.5
    assert content["eta_h"] == pytest.approx(24 * 2.5 / 12)
    assert content["when_utc"].endswith("Z")


def test_packs_are_a_column_where_there_are_any(results):
    def header() -> str:
        said = CliRunner().invoke(app, ["status", str(results)]).stdout
        return next(line for line in said.splitlines() if "layout" in line)

    assert "pack" not in header()
    run = results / "transport" / "pH7" / "NaCl" / "trial2"
    atomic.write_json(run / "pack.json", {"pack": 7, "gpu": "GPU-3"})
    assert header().split()[-2:] == ["pack", "gpu"]
    assert "GPU-3" in CliRunner().invoke(app, ["status", str(results)]).stdout
    (run / "pack.json").write_text("{")
    assert "pack" not in header()


def test_windows_of_free_energies_are_a_line(results, campaign_file):
    windows = {"ions": ["Na+"], "layouts": ["pH7"], "z_angstrom": [-1, 1], "duration_ns": 2}
    campaign = Campaign.read(campaign_file({"umbrella": windows}))
    runs.write(campaign, results)
    for number, done_ps in ((0, 2000.0), (1, 500.0)):
        window = results / f"umbrella/pH7/NaCl/Na+/window{number}"
        window.mkdir(parents=True)
        atomic.write_json(window / "run.json", {"done_ps": done_ps, "target_ps": 2000.0})
    said = " ".join(CliRunner().invoke(app, ["status", str(results)]).stdout.split())
    assert "Free energies: 1 of 3 windows done; 2.5 of 6 ns" in said
    content = json.loads(CliRunner().invoke(app, ["status", str(results), "--json"]).stdout)
    assert content["windows"]["runs"] == 3
    runs.write(campaign.model_copy(update={"umbrella": None}), results)
    assert "Free energies" not in CliRunner().invoke(app, ["status", str(results)]).stdout


def test_a_directory_that_is_not_there_is_refused(tmp_path):
    assert CliRunner().invoke(app, ["status", str(tmp_path / "none")]).exit_code == 2
    assert CliRunner().invoke(app, ["status", str(tmp_path), "--watch", "0"]).exit_code == 2


def test_a_place_without_runs_says_so_in_json_too(tmp_path):
    (tmp_path / "network").mkdir()
    content = json.loads(CliRunner().invoke(app, ["status", str(tmp_path), "--json"]).stdout)
    assert (content["runs"], content["eta_h"], content["totals"]["runs"]) == ([], None, 0)


def test_a_folder_that_holds_no_results_is_refused_in_a_line(tmp_path):
    answer = CliRunner().invoke(app, ["status", str(tmp_path)])
    assert answer.exit_code == 78
    assert answer.stderr.count("\n") == 1 and "holds no results" in answer.stderr


def test_runs_that_ended_before_their_file_was_raised_have_the_new_target(results):
    run = results / "transport" / "pH7" / "NaCl"
    atomic.write_json(run / "trial1" / "run.json", {"done_ps": 2000.0, "target_ps": 2000.0})
    campaign = {"layouts": ["pH7"], "salts": {"NaCl": {}}, "trials": 3}
    records.write(results / "campaign.json", campaign | {"transport": {"duration_ns": 2.0}})
    before = CliRunner().invoke(app, ["status", str(results)]).stdout
    assert "raised" not in before and "1 of 3 runs done" in before
    records.write(results / "campaign.json", campaign | {"transport": {"duration_ns": 5.0}})
    said = CliRunner().invoke(app, ["status", str(results)]).stdout
    assert "0 of 3 runs done" in said and "of 15 ns" in said
    assert "raised from 2 to 5 ns: 1 of 3 runs have reached what it said before" in said
    runs = json.loads(CliRunner().invoke(app, ["status", str(results), "--json"]).stdout)["runs"]
    assert [run["raised_from_ns"] for run in runs] == [2.0, 2.0, None]
    assert (runs[0]["state"], runs[0]["percent"]) == ("waiting", 40.0)


def test_watching_without_a_terminal_prints_at_every_look_until_it_is_interrupted(results):
    with watching(results, "--watch", "0.1", "--json", stdout=subprocess.PIPE) as process:
        lines = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert all(len(line["runs"]) == 3 for line in lines)
    assert (process.returncode, errors) == (0, "")


def test_watching_draws_over_what_it_drew_and_ends_without_a_traceback(results):
    terminal, end = pty.openpty()
    with watching("--watch", results, stdout=end) as process:
        os.close(end)
        seen = read_until(terminal, b"runs done")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    os.close(terminal)
    assert b"pH7" in seen
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("arguments", [("--watch", "x"), ("--watch=x",), ("--watch", "-1")])
def test_seconds_that_are_none_are_refused(results, arguments):
    assert CliRunner().invoke(app, ["status", str(results), *arguments]).exit_code == 2


@contextlib.contextmanager
def watching(*arguments, stdout) -> Iterator[subprocess.Popen]:
    """`polyamide status`, which is gone when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "workflow", "status", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests go on in the background of a shell, interrupts are ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(handle: int, text: bytes, seconds: float = 60) -> bytes:
    seen, deadline = b"", time.monotonic() + seconds
    while text not in seen and time.monotonic() < deadline:
        seen += os.read(handle, 4096)
    return seen


def test_status_loads_neither_openmm_nor_pandas(results):
    program = (
        "import sys\nfrom workflow.cli.main import app\n"
        f"sys.argv = ['polyamide', 'status', {str(results)!r}]\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('openmm', 'pandas', 'MDAnalysis', 'scipy') if name in "
        "sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("text", "words"),
    [('{"trials": 3, "checksum": "00"}', "is not what was written"), ('{"tri', "cannot be read")],
)
def test_a_campaign_that_was_changed_or_cut_short_is_named_in_a_line(tmp_path, text, words):
    (tmp_path / "campaign.json").write_text(text)
    answer = CliRunner().invoke(app, ["status", str(tmp_path)])
    assert answer.exit_code == 1
    assert answer.stderr.startswith(f"status: {tmp_path / 'campaign.json'} {words}")
    assert answer.stderr.count("\n") == 1
