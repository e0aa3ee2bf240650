"""The benchmark of what a run costs takes frames as a run does; its ratios on planted times."""

import numpy as np
import pytest
from MDAnalysis.lib.formats.libmdaxdr import XTCFile

from benchmarks.run_overhead import Parts, options_for, ratios
from benchmarks.still_frames import PERIOD, frame_times, still_cell, typical
from mdtools.options import PlatformOptions
from mdtools.runs.segments import FAST, FULL
from mdtools.runs.speed import plan_of
from mdtools.systems.speed import Measurement

PARTICLES = 17_000


def test_ratios_are_of_steps_in_a_second_whatever_the_number_of_steps():
    bare = Measurement(100, 1.0, steps=1000, seconds=10.0, processor_seconds=8.0)
    recorded = Measurement(100, 1.0, steps=2000, seconds=25.0, processor_seconds=20.0)
    assert ratios(bare, recorded) == pytest.approx((0.8, 0.8))


def test_a_run_taken_apart_counts_what_is_between_stretches_but_not_between_segments():
    # 9 s of integration, half a second to the next, and half a second behind each.
    first = [(0.0, 9.0), (9.5, 18.5)]
    second = [(100.0 + begin, 100.0 + end) for begin, end in (*first, (19.0, 28.0))]
    assert Parts(first + second, [0.5] * 5).ratio([2, 3]) == pytest.approx(0.9)


def test_a_single_slow_frame_or_a_slow_first_period_makes_no_typical_one():
    cycle = np.tile([1.0, 1.0, 1.0, 1.0, 3.0], 6)
    cycle[:PERIOD], cycle[11] = 50.0, 90.0
    assert typical(cycle) == pytest.approx(1.4)


def test_frames_of_a_cell_that_stands_still_are_written_whole(tmp_path):
    cell = still_cell(PARTICLES)
    plan = plan_of(cell, options_for(20.0), PlatformOptions(name="CPU"))
    times = frame_times(plan, tmp_path, frames=10, between_s=0.01)
    assert times.full.tolist() == [False] * 4 + [True] + [False] * 4 + [True]
    assert (times.cycle >= times.held + 0.01).all() and (times.behind > 0).all()
    with XTCFile(str(tmp_path / FULL)) as file:
        frames = [(frame.step, frame.x) for frame in file]
    assert [step for step, _ in frames] == [10_000, 20_000]
    assert frames[0][1].shape == (PARTICLES, 3)
    np.testing.assert_allclose(frames[0][1], cell.positions, atol=6e-4)
    fast = np.load(tmp_path / FAST)
    np.testing.assert_allclose(fast["time_ps"], 2.0 * np.arange(1, 11))
