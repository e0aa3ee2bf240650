import os

import pytest

from analysis.writing import replacing, write_text


def test_a_file_is_on_the_disk_before_it_takes_its_name(tmp_path, monkeypatch):
    path, events = tmp_path / "deep" / "table.csv", []
    fsync, replace = os.fsync, os.replace

    def synced(handle):
        events.append(("fsync", os.fstat(handle).st_ino))
        fsync(handle)

    def renamed(source, target):
        events.append(("rename", os.stat(source).st_ino))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    write_text(path, "a\n")
    file, directory = path.stat().st_ino, path.parent.stat().st_ino
    assert events == [("fsync", file), ("rename", file), ("fsync", directory)]
    assert path.read_bytes() == b"a\n"


def test_an_error_while_writing_keeps_the_old_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "figure.png"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="half way"):
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("half way")
    assert [entry.name for entry in tmp_path.iterdir()] == ["figure.png"]
    assert path.read_text() == "old"
