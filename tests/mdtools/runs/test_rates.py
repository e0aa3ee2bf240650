"""Speeds that are kept of a machine, and the one that tells most of another size."""

import json

import pytest

from mdtools import cache
from mdtools.runs import rates
from mdtools.runs.rates import Rate
from tests.mdtools.running import CPU


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept" / rates.FILE


def rate(**changes) -> Rate:
    known = {"device": "NVIDIA H200", "platform": "CUDA", "precision": "mixed"}
    numbers = {"particles": 42_000, "timestep_fs": 1.0, "ns_per_day": 300.0}
    return Rate(**known | numbers | changes)


def test_a_newer_rate_takes_the_place_of_one_of_its_kind():
    rates.keep(rate())
    rates.keep(rate(replicas=4, ns_per_day=150.0))
    rates.keep(rate(ns_per_day=310.0))
    assert sorted((r.replicas, r.ns_per_day) for r in rates.kept()) == [(1, 310), (4, 150)]
    assert all(r.measured_utc and r.package for r in rates.kept())


def test_what_is_no_rate_in_the_file_is_left_out(place):
    rates.keep(rate())
    (good,) = json.loads(place.read_text())["entries"]
    wrong = [{}, good | {"ns_per_day": 0}, good | {"particles": "many"}, good | {"device": None}]
    wrong += [good | {"timestep_fs": True}, {"ns_per_day": 3}]
    place.write_text(json.dumps({"entries": [*wrong, good | {"from a newer version": 1}]}))
    assert [r.ns_per_day for r in rates.kept()] == [300]


def test_the_nearest_in_size_and_timestep_is_taken_and_of_equals_that_of_a_run():
    small, large = rate(particles=4_000), rate(particles=80_000)
    box, run = rate(particles=40_000, source="box"), rate(particles=40_000, measured_utc="2026")
    assert rates.nearest([small, large, box, run], 42_000, 1.0) is run
    assert rates.nearest([small, large, box], 42_000, 1.0) is box
    assert rates.nearest([small, large], 10_000, 1.0) is small
    assert rates.nearest([], 10_000, 1.0) is None
    # Half of the particles take half of the time, and a step that is twice as long covers twice it.
    assert large.at(40_000, 2.0) == 4 * large.ns_per_day


def test_a_session_is_kept_with_what_it_ran_on(make_run, options):
    plan = make_run().plan
    session = {"platform": {"name": "CPU"}, "seconds": [6.0, 2.0]}
    kept = rates.keep_session(plan, session, replicas=2)
    assert rates.kept() == [kept]
    assert (kept.platform, kept.precision, kept.replicas) == ("CPU", CPU.precision, 2)
    assert kept.device.endswith("1 thread")
    assert kept.particles == plan.bundle.system.getNumParticles()
    assert kept.timestep_fs == options.timestep_fs
    assert kept.ns_per_day == pytest.approx(2 * options.segment_ps / 1000 / 8 * 86400, abs=1e-3)
    for short in ([], [1.0]):
        assert rates.keep_session(plan, session | {"seconds": short}) is None


def test_a_run_keeps_its_speed_and_ends_well_without_a_place_for_it(
    make_run, options, monkeypatch, capsys, place
):
    monkeypatch.setattr(rates, "SHORTEST_S", 0.0)
    run = make_run()
    run.advance(options.segment_ps)
    assert [r.ns_per_day for r in rates.kept()] == [run.progress()["ns_per_day"]]
    place.unlink()
    place.mkdir()
    assert run.advance(2 * options.segment_ps)["segments"] == 2
    assert "rates.json is not kept" in capsys.readouterr().err
