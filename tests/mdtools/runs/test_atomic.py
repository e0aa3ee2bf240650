import errno
from pathlib import Path

import pytest

from mdtools import atomic


def fail(*_):
    raise OSError(errno.EIO, "Input/output error")


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
