"""What a user or the system ends in the middle: Ctrl-C, and a limit on the size of files."""

import resource
import signal
import subprocess
import sys
import time

import pytest

from tests.workflow.conftest import ROOT

PYTHON = [sys.executable, "-m"]
MEMBRANE = "membranes export pip-tmc-quarter-2020 --format pdb --out exported"
LIMIT_BYTES = 20_000


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Function that starts a program, which heeds Ctrl-C whatever this process does."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def start(words: str, limit: int | None = None) -> subprocess.Popen:
        def prepare():
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.Popen(
            [*PYTHON, *words.split()],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=prepare,
        )

    return start


def interrupted(process: subprocess.Popen, module: str) -> tuple[int, str]:
    """Interrupt a process once it has loaded a compiled module; return its code and last words."""
    maps = f"/proc/{process.pid}/maps"
    while process.poll() is None:
        with open(maps) as file:
            if module in file.read():
                process.send_signal(signal.SIGINT)
                break
        time.sleep(0.01)
    # Packages that try imports take an interrupt for a failed one: then one presses again.
    for _ in range(20):
        try:
            return process.wait(1), process.stderr.read()
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
    return process.wait(1), process.stderr.read()


@pytest.mark.skipif(sys.platform != "linux", reason="asks what a process has loaded")
@pytest.mark.parametrize(
    ("words", "module"),
    [
        ("workflow schema", "_hashlib"),
        ("workflow.cli.engine --help", "_socket"),
        (f"workflow {MEMBRANE}", "pandas"),
    ],
)
def test_ctrl_c_ends_a_process_with_a_line_wherever_it_is(started, tmp_path, words, module):
    code, line = interrupted(started(words), module)
    assert (code, line.count("\n")) == (128 + signal.SIGINT, 1)
    assert line.endswith(": interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_has_no_room_is_named_and_not_left_in_part(started, tmp_path):
    process = started(f"workflow {MEMBRANE}", LIMIT_BYTES)
    _, error = process.communicate(timeout=120)
    named = "exported/pip-tmc-quarter-2020.pdb"
    assert (process.returncode, error) == (75, f"membranes export: {named}: File too large\n")
    assert not list((tmp_path / "exported").iterdir())
