"""A damaged segment of a finished run costs its record, so that the workflow makes it again."""

import shutil

import pytest

from analysis.options import AnalysisOptions
from analysis.reading.observer import CollectError
from mdtools.errors import TryAgain
from mdtools.runs import segments
from workflow.jobs.collecting import collect_run


@pytest.fixture
def record(whole_run, tmp_path):
    run = tmp_path / "trial1"
    shutil.copytree(whole_run.directory, run)
    path = run / "chunk_0.json"
    path.write_text("{}")
    return path


@pytest.mark.parametrize("file", [segments.FAST, segments.MANIFEST])
def test_a_damaged_segment_is_named_and_the_record_removed(record, tmp_path, file):
    damaged = record.parent / segments.DIRECTORY / segments.name(1) / file
    damaged.write_bytes(damaged.read_bytes()[:-7])
    with pytest.raises(TryAgain, match=r"seg_00001 is damaged.*start the workflow again"):
        collect_run(record, tmp_path / "store.npz", AnalysisOptions())
    assert not record.exists()


def test_a_sound_run_that_cannot_be_read_keeps_its_record(record, tmp_path):
    # The small box of water has no membrane.
    with pytest.raises(CollectError):
        collect_run(record, tmp_path / "store.npz", AnalysisOptions())
    assert record.exists()
