"""File systems that keep what runs need, and those that do not."""

import errno
import os

from mdtools import filesystem


def test_this_one_does_and_nothing_stays(tmp_path):
    assert filesystem.faults(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_names_that_can_be_created_twice_are_seen(tmp_path, monkeypatch):
    opened = os.open
    monkeypatch.setattr(
        os,
        "open",
        lambda path, flags, *rest, **more: opened(path, flags & ~os.O_EXCL, *rest, **more),
    )
    (said,) = filesystem.faults(tmp_path)
    assert "created twice" in said


def test_renames_that_fail_or_lose_are_seen(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(os, "rename", lambda old, new: os.mkdir(new))
    over, folder = filesystem.faults(tmp_path)
    assert over == "A rename over another file fails (Operation not supported)"
    assert folder == "a folder is not renamed whole"


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (said,) = filesystem.faults(tmp_path / "none")
    assert "nothing can be written" in said
