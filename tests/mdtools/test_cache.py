"""What is kept for a user: whole with many writers, and no error where there is no place for it."""

import multiprocessing

import pytest

from mdtools import cache

FILE = "found.json"


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


def add(writer: int, count: int) -> None:
    for k in range(count):
        assert cache.change(FILE, lambda entries, k=k: [*entries, {"writer": writer, "k": k}])


def test_no_entry_is_lost_when_several_processes_write(place):
    spawn = multiprocessing.get_context("fork")
    processes = [spawn.Process(target=add, args=(writer, 20)) for writer in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    found = cache.entries(FILE)
    assert {(entry["writer"], entry["k"]) for entry in found} == {
        (writer, k) for writer in range(4) for k in range(20)
    }
    assert len(found) == 80


@pytest.mark.parametrize("content", ["{", "[]", '{"entries": 3}', '"', "\x00"])
def test_a_damaged_file_is_ignored_in_a_line_and_then_replaced(place, capsys, content):
    place.mkdir()
    (place / FILE).write_text(content)
    assert cache.entries(FILE) == []
    said = capsys.readouterr().err
    assert "is damaged, ignored" in said and said.count("\n") == 1
    assert cache.change(FILE, lambda entries: [*entries, {"new": 1}])
    capsys.readouterr()
    assert cache.entries(FILE) == [{"new": 1}]
    assert capsys.readouterr().err == ""


def test_a_place_that_cannot_be_written_costs_a_line(place, capsys):
    # A file where the directory should be: also the superuser cannot write below it.
    place.write_text("")
    assert not cache.change(FILE, lambda entries: [{"new": 1}])
    said = capsys.readouterr().err
    assert "found.json is not kept" in said and said.count("\n") == 1
    assert cache.entries(FILE) == []


def test_the_place_follows_the_variables_of_the_desktop(monkeypatch, tmp_path):
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.directory() == tmp_path / "polyamide"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache.directory() == tmp_path / "home" / ".cache" / "polyamide"
