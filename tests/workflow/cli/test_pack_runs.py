"""The command that packs finished chunks."""

import pytest
from typer.testing import CliRunner

from mdtools.lease import Lease
from mdtools.runs import segments
from tests.mdtools.running import contents
from tests.mdtools.runs.small_runs import write_run
from workflow.cli.main import app


@pytest.fixture
def results(tmp_path):
    """Two runs of four segments in two finished chunks each."""
    for trial in (1, 2):
        files = [tuple(f"{name} {k}".encode() for name in segments.FILES) for k in range(4)]
        write_run(tmp_path / f"tiny/transport/pH7/NaCl/trial{trial}", files, [2, 2])
    return tmp_path / "tiny"


def pack_runs(*words):
    return CliRunner().invoke(app, ["pack-runs", *map(str, words)])


def test_all_runs_are_packed_and_unpacked(results):
    runs = sorted(results.glob("transport/*/*/*"))
    before = [contents(run) for run in runs]
    told = pack_runs(results)
    assert told.exit_code == 0, told.stderr
    # 5 files of each of 4 segments become 2; records and leases are counted, too.
    assert told.stdout.splitlines() == [
        "transport/pH7/NaCl/trial1: 2 files packed",
        "transport/pH7/NaCl/trial2: 2 files packed",
        "44 files before, 10 now",
    ]
    told = pack_runs(results, "--unpack")
    assert told.stdout.splitlines()[0] == "transport/pH7/NaCl/trial1: 4 segments unpacked"
    assert [contents(run) for run in runs] == before


def test_a_run_at_work_and_a_damaged_one_are_told_and_the_others_packed(results):
    first, second = sorted(results.glob("transport/*/*/*"))
    with Lease(first / "lease"):
        told = pack_runs(results)
    assert told.exit_code == 75 and "trial1: " in told.stderr and "is being run" in told.stderr
    assert list((second / "segments").glob("segs_*.zip"))
    (first / "segments" / "seg_00001" / "state.xml").unlink()
    told = pack_runs(results)
    assert told.exit_code == 1 and "state.xml is missing" in told.stderr


def test_a_folder_without_runs_is_refused(tmp_path):
    told = pack_runs(tmp_path)
    assert told.exit_code == 78 and "holds no run" in told.stderr
