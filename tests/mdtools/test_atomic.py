import errno
import os
import signal
from pathlib import Path

import pytest

from mdtools import atomic


def fail(*_):
    raise OSError(errno.EIO, "Input/output error")


@pytest.fixture(params=[True, False], ids=["swap", "two renames"])
def exchange(request, monkeypatch) -> bool:
    """Whether names can be swapped in one step."""
    if not request.param:
        monkeypatch.setattr(atomic, "_exchange", lambda *_: False)
    return request.param


def write(target: Path, text: str, **options) -> None:
    with atomic.new_directory(target, **options) as staged:
        (staged / "a").write_text(text)
        assert not target.exists() or (target / "a").read_text() != text


def test_a_directory_appears_with_one_rename(tmp_path, monkeypatch):
    target = tmp_path / "new"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises(OSError, match="Input/output"):
            write(target, "1")
    assert not list(tmp_path.iterdir())
    write(target, "1")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_everything_is_on_the_disk_before_the_rename_and_the_rename_after(tmp_path, monkeypatch):
    order = []
    sync, rename = atomic.sync, Path.rename
    monkeypatch.setattr(atomic, "sync", lambda path: (order.append(path.name), sync(path)))
    monkeypatch.setattr(Path, "rename", lambda path, to: (order.append("rename"), rename(path, to)))
    write(tmp_path / "new", "1")
    assert order[0] == "a" and order[2:] == ["rename", tmp_path.name]


def test_a_published_directory_is_never_written_into(tmp_path):
    write(tmp_path / "new", "1")
    with pytest.raises(OSError):
        write(tmp_path / "new", "2")
    assert (tmp_path / "new" / "a").read_text() == "1"
    write(tmp_path / "new", "3", replace=True)
    assert (tmp_path / "new" / "a").read_text() == "3"
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


class Renames:
    """Stands for Path.rename: the n-th call fails, all others are done."""

    def __init__(self, failing: int):
        self.left, self.rename = failing, Path.rename

    def __get__(self, path, _):
        return lambda to: self(path, to)

    def __call__(self, path, to):
        self.left -= 1
        if self.left == 0:
            fail()
        return self.rename(path, to)


def test_a_failing_rename_leaves_the_older_directory_in_place(tmp_path, monkeypatch, exchange):
    target = tmp_path / "cell"
    write(target, "1")
    for failing in (1, 2):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", Renames(failing))
            if exchange:
                patch.setattr(atomic, "_exchange", fail)
            with pytest.raises(OSError, match="Input/output"):
                write(target, "2", replace=True)
        assert (target / "a").read_text() == "1"
        assert [path.name for path in tmp_path.iterdir()] == ["cell"]


def test_a_kill_between_two_renames_is_mended_at_the_next_start(tmp_path, monkeypatch):
    target = tmp_path / "cell"
    write(target, "1")
    monkeypatch.setattr(atomic, "_exchange", lambda *_: False)
    pid = os.fork()
    if not pid:
        rename = Path.rename
        Path.rename = lambda path, to: os._exit(9) if to == target else rename(path, to)
        write(target, "2", replace=True)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert not target.exists()
    assert atomic.recover(target)
    assert (target / "a").read_text() == "1"
    assert not atomic.recover(target)
    write(target, "3", replace=True)
    assert (target / "a").read_text() == "3"


def test_the_name_is_never_without_a_directory_where_names_can_be_swapped(tmp_path, monkeypatch):
    target = tmp_path / "cell"
    write(target, "1")
    if atomic._exchange(target, target):
        monkeypatch.setattr(Path, "rename", fail)
    write(target, "2", replace=True)
    assert (target / "a").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["cell"]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    atomic.write_json(path, {"frames": 1})
    with monkeypatch.context() as patch:
        patch.setattr("os.replace", fail)
        with pytest.raises(OSError):
            atomic.write_json(path, {"frames": 2})
    assert atomic.read_json(path) == {"frames": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_json_has_no_numbers_that_json_does_not_know(tmp_path):
    with pytest.raises(ValueError):
        atomic.write_json(tmp_path / "x.json", {"energy": float("nan")})
    assert atomic.read_json(tmp_path / "x.json") is None


def test_a_file_is_on_the_disk_before_it_takes_its_name(tmp_path, monkeypatch):
    path, events = tmp_path / "table.csv", []
    fsync, replace = os.fsync, os.replace

    def synced(handle):
        events.append(("fsync", os.fstat(handle).st_ino))
        fsync(handle)

    def renamed(source, target):
        events.append(("rename", os.stat(source).st_ino))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    atomic.write_text(path, "a\n")
    file, directory = path.stat().st_ino, path.parent.stat().st_ino
    assert events == [("fsync", file), ("rename", file), ("fsync", directory)]
    assert path.read_bytes() == b"a\n"


def test_an_error_while_writing_keeps_the_old_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "figure.png"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="half way"):
        with atomic.replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("half way")
    assert [entry.name for entry in tmp_path.iterdir()] == ["figure.png"]
    assert path.read_text() == "old"


def test_what_a_killed_writer_left_goes_with_the_next_write_and_a_living_ones_stays(tmp_path):
    path = tmp_path / "figure.png"
    killed = os.fork()
    if not killed:
        with atomic.replacing(path) as staged:
            staged.write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(killed, 0)
    (orphan,) = tmp_path.iterdir()
    other = tmp_path / orphan.name.replace("figure", "figures")
    other.touch()
    with atomic.replacing(path) as living:
        living.write_text("slow")
        atomic.write_text(path, "whole")
        assert living.exists()
    assert path.read_text() == "slow"
    assert sorted(tmp_path.iterdir()) == [other, path]
