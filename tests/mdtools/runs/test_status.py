"""All runs together: what is left at the speed of those at work."""

import builtins
import io
import os
import threading

import pytest

from mdtools import atomic, records
from mdtools.runs import progress
from mdtools.runs.status import rows, totals


def run(state="waiting", done=0.0, target=100.0, **changes) -> dict:
    unknown = {"ns_per_day": None, "began_utc": None, "worked_s": 0, "segment_s": None}
    return {"state": state, "ns_done": done, "ns_target": target} | unknown | changes


def test_what_is_left_goes_at_the_speed_of_what_runs():
    runs = [
        run("running", 50, ns_per_day=200.0),
        run("running", 90, ns_per_day=100.0),
        run("done", 100, ns_per_day=999.0),
        run("failed", 10, ns_per_day=999.0),
        run(),
    ]
    sums = totals(runs)
    assert sums["ns_left"] == 50 + 10 + 100
    assert (sums["ns_per_day"], sums["speed_of"]) == (300, "running")
    assert sums["eta_h"] == pytest.approx(24 * 160 / 300)
    assert [sums[state] for state in ("running", "failed", "waiting", "done")] == [2, 1, 1, 1]
    assert sums["percent"] == 50


def test_a_run_in_its_first_segment_counts_as_the_mean_of_the_others():
    runs = [run("running", ns_per_day=200.0), run("running"), run("done", 100, ns_per_day=100.0)]
    assert totals(runs)["ns_per_day"] == 200 + 150


def test_where_nothing_runs_those_that_were_at_work_together_last_tell_the_speed():
    # Two until 12:10, one of which was stopped in its next segment; one that ended at 11:00.
    late = {"began_utc": "2026-11-27T12:00:00Z", "worked_s": 600, "segment_s": 60, "done": 50}
    cut = {"began_utc": "2026-11-27T12:00:00Z", "worked_s": 550, "segment_s": 60, "done": 40}
    early = {"began_utc": "2026-11-27T10:00:00Z", "worked_s": 3600, "segment_s": 60, "done": 100}
    runs = [
        run(ns_per_day=10.0, **late),
        run(ns_per_day=20.0, **cut),
        run("done", ns_per_day=40.0, **early),
    ]
    sums = totals(runs)
    assert (sums["ns_per_day"], sums["speed_of"]) == (30, "last")
    assert sums["eta_h"] == pytest.approx(24 * 110 / 30)


def test_without_any_speed_there_is_no_time():
    assert totals([run()])["eta_h"] is None
    assert totals([])["eta_h"] is None
    assert totals([run("done", 100)])["eta_h"] == 0


def test_a_session_without_a_segment_has_the_speed_of_the_one_before(tmp_path):
    session = {"seconds": [], "seconds_of_last_segment": 86.4}
    atomic.write_json(
        tmp_path / "run.json",
        {"segment_ps": 1000, "target_ps": 3000, "done_ps": 1000, "session": session},
    )
    known = progress.of(tmp_path)
    assert known["ns_per_day"] == 1000
    assert known["eta_h"] == pytest.approx(24 * 2 / 1000)


@pytest.mark.parametrize("content", ["[]", "{", '"text"', "null"])
def test_a_file_that_is_not_that_of_a_run_is_a_run_that_waits(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    (tmp_path / "pack.json").write_text(content)
    known = progress.of(tmp_path)
    assert (known["state"], known["ns_done"], known["pack"]) == ("waiting", 0, None)


def test_status_during_writes_never_sees_half_a_file(tmp_path):
    place = tmp_path / "transport" / "pH7" / "NaCl" / "trial1"
    place.mkdir(parents=True)
    content = {"target_ps": 2000.0, "sha256": ["0" * 64] * 2000}
    atomic.write_json(place / "run.json", content | {"done_ps": 1000.0})
    ended = threading.Event()

    def rewrite() -> None:
        k = 0
        while not ended.is_set():
            k += 1
            atomic.write_json(place / "run.json", content | {"done_ps": 1000.0 + k % 1000})

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        seen = [rows(tmp_path)[0] for _ in range(200)]
    finally:
        ended.set()
        writer.join()
    assert {row["ns_target"] for row in seen} == {2.0}
    assert min(row["ns_done"] for row in seen) >= 1


RUNS, SEGMENTS = 48, 100
"""Of the published campaign."""


@pytest.fixture
def published_campaign(tmp_path):
    """Results with the folders of all runs and segments, as far as a status can look at them."""
    for trial in range(1, RUNS + 1):
        place = tmp_path / "results" / "transport" / "pH7" / "NaCl" / f"trial{trial}"
        for segment in range(SEGMENTS):
            (place / "segments" / f"seg_{segment:05d}").mkdir(parents=True)
        (place / "lease").mkdir()
        atomic.write_json(place / "lease" / "00000001.json", {"released": True})
        records.write(place / "run.json", {"done_ps": 1e5, "target_ps": 1e5, "segments": SEGMENTS})
    return tmp_path / "results"


def test_a_status_asks_the_file_system_a_few_times_a_run_and_of_no_segment(
    published_campaign, monkeypatch
):
    """On one that takes a millisecond for each answer, all 48 runs stay below a second."""
    asked = []

    def counted(call):
        def asks(*arguments, **options):
            asked.append(str(arguments[0] if arguments else ""))
            return call(*arguments, **options)

        return asks

    for name in ("stat", "lstat", "open", "scandir", "listdir"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    monkeypatch.setattr(io, "open", counted(io.open))
    monkeypatch.setattr(builtins, "open", counted(builtins.open))
    found = rows(published_campaign)
    assert len(found) == RUNS and {run["state"] for run in found} == {"done"}
    assert RUNS < len(asked) < 15 * RUNS
    assert not [path for path in asked if "segments" in path]
