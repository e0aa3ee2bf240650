"""Hours and days at a speed are those of arithmetic by hand."""

import pytest

from mdtools.runs.rates import Rate
from tests.workflow.conftest import ROOT
from workflow.campaign import plan, speeds
from workflow.campaign.model import Campaign

H200 = {"device": "NVIDIA H200", "platform": "CUDA", "precision": "mixed"}


@pytest.fixture(scope="module")
def paper() -> Campaign:
    return Campaign.read(ROOT / "config" / "paper.yaml")


@pytest.fixture(scope="module")
def stages(paper) -> dict[str, plan.Stage]:
    return {stage.name: stage for stage in plan.stages(paper, figures=5, tables=20)}


def rate(**changes) -> Rate:
    numbers = {"particles": 49_453, "timestep_fs": 1.0, "ns_per_day": 240.0}
    return Rate(**H200 | numbers | {"measured_utc": "2026-11-27T10:00:00Z"} | changes)


def test_stages_take_hours_by_their_particles_and_timestep(stages):
    given = speeds.given(240, stages["transport"], 1)
    hours = {name: speeds.gpu_hours(stage, given) for name, stage in stages.items()}
    assert hours["transport"] == pytest.approx(4800 / 10)
    assert hours["cell"] == pytest.approx(160 / 10)
    assert hours["start"] == pytest.approx(48 * 0.2 / 10)
    # Swelling has steps of 4 fs, and a few particles less.
    assert hours["hydrated"] == pytest.approx(8 * 35 / 10 / 4, rel=1e-3)
    # The dry network has a fifth of the particles; 20 ns at 4 fs, 0.2 ns at 1 fs.
    fifth = stages["network"].particles / stages["transport"].particles
    assert hours["network"] == pytest.approx(fifth * (20 / 4 + 0.2) / 10, rel=1e-6)
    assert hours["analysis"] is None


def test_days_are_rounds_of_each_stage(stages):
    given = speeds.given(100, stages["transport"], 1)
    runs = [stages["transport"]]
    # 48 runs of 100 ns: a day each.
    assert speeds.days(runs, given, 1) == pytest.approx(48)
    assert speeds.days(runs, given, 8) == pytest.approx(6)
    assert speeds.days(runs, given, 5) == pytest.approx(10)
    assert speeds.days(runs, given, 100) == pytest.approx(1)


def test_packs_share_a_gpu(stages):
    packed = speeds.given(60, stages["transport"], 4)
    runs = [stages["transport"]]
    assert speeds.gpu_hours(runs[0], packed) == pytest.approx(24 * 4800 / 240)
    assert speeds.days(runs, packed, 4) == pytest.approx(48 / 4 / 4 * 100 / 60)
    # Cells come in packs as runs do.
    assert speeds.gpu_hours(stages["cell"], packed) == pytest.approx(24 * 160 / 240)
    # The hours are the days on one GPU, also where packs are not full.
    for count in (5, 7, 48, 100):
        shared = speeds.given(60, stages["transport"], count)
        for stage in runs:
            on_one = 24 * speeds.days([stage], shared, 1)
            assert speeds.gpu_hours(stage, shared) == pytest.approx(on_one)


def test_a_rate_is_scaled_and_said_in_words(stages):
    found = speeds.measured([rate(particles=42_429, ns_per_day=299.0)], stages["transport"], 1)
    size = stages["transport"].particles
    assert found.alone.ns_per_day == pytest.approx(299 * 42_429 / size)
    assert found.alone.said == (
        "299 ns/day measured on NVIDIA H200 on 2026-11-27 with 42,429 particles at 1 fs"
    )
    far = speeds.measured([rate(particles=4_000)], stages["transport"], 1)
    assert far.alone.said.endswith("far from the 49,453 at 1 fs of this campaign")
    assert speeds.measured([], stages["transport"], 1) is None


def test_rates_of_so_many_at_once_count_for_packs_alone(stages):
    rates = [rate(), rate(replicas=2, ns_per_day=150.0), rate(replicas=4, ns_per_day=90.0)]
    transport = stages["transport"]

    def told(replicas) -> tuple:
        found = speeds.measured(rates, transport, replicas)
        together = found.transport.replicas * found.transport.ns_per_day
        return found.transport.replicas, together, found.alone.ns_per_day

    assert told(1) == (1, 240, 240)
    assert told(2) == (2, 300, 240)
    assert told("auto") == (4, 360, 240)
    # None of eight at once: what one alone does is what all together do at least.
    assert told(8) == (1, 240, 240)
    # Alone a simulation is as fast as one of two at least.
    assert speeds.measured(rates[1:2], transport, 1).alone.ns_per_day == 150


def test_rates_of_this_machine_and_platform_count(paper):
    other = rate(device="NVIDIA L4", measured_utc="2026-11-28T10:00:00Z")
    cpu = rate(platform="CPU", device="a processor, 1 thread")
    rates = [rate(), other, cpu, rate(precision="single")]
    assert speeds.usable(rates, paper, "CUDA", "NVIDIA H200") == [rate()]
    assert speeds.usable(rates, paper, "CUDA", "NVIDIA A100") == []
    # Where the machine has none of them, the card that was measured last.
    assert speeds.usable(rates, paper, None, None) == [other]
    assert speeds.usable([cpu], paper, None, None) == []
