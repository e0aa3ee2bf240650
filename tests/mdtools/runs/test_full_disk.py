"""A disk that has no room, or says anything else."""

import errno

import pytest

from mdtools import atomic
from mdtools.errors import TryAgain
from tests.mdtools.running import SEGMENT_PS


class Disk:
    """Stands for the disk: the n-th file that is forced to it finds no room."""

    def __init__(self, monkeypatch, failing: int):
        self.left, self.sync = failing, atomic.sync
        monkeypatch.setattr(atomic, "sync", self)

    def __call__(self, path):
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        self.sync(path)


@pytest.mark.parametrize("failing", range(1, 16))
def test_a_full_disk_at_any_moment_damages_nothing(
    make_run, files_of, whole_run, monkeypatch, failing
):
    with monkeypatch.context() as patch:
        Disk(patch, failing)
        with pytest.raises(TryAgain, match="no room left to write .*No space left"):
            make_run().advance(2 * SEGMENT_PS)
    expected = files_of(whole_run.directory)
    partly = files_of(make_run().directory)
    assert all(expected[name] == content for name, content in partly.items())
    assert len(partly) % 5 == 0
    make_run().advance(2 * SEGMENT_PS)
    assert len(files_of(make_run().directory)) == 10


def test_other_errors_of_the_disk_are_not_hidden(make_run, monkeypatch):
    def denied(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(atomic, "sync", denied)
    with pytest.raises(PermissionError):
        make_run().advance(SEGMENT_PS)
