"""A burst on the CPU: speeds, rounds, and the runs of a campaign until the time is up."""

import json
import subprocess
import sys
import tarfile
import time

import pandas as pd
import pytest

from mdtools import atomic
from mdtools.errors import SettingsError
from mdtools.options import PlatformOptions, TransportOptions
from mdtools.systems.gpu_sharing import GpuSharing
from tests import gpu_stand_ins as stand_ins
from tests.mdtools.running import bundle, options  # noqa: F401
from tests.workflow.jobs.conftest import RUNS, started  # noqa: F401
from workflow.burst import loop, session, table
from workflow.burst.runs import Burst, prepare, rounds, write_records
from workflow.burst.session import Session, chosen, told
from workflow.burst.table import Budget, measure_table
from workflow.campaign.model import Campaign
from workflow.campaign.stages import NAMES, members
from workflow.jobs.stages import BUNDLE_STAGES, Member

CPU = PlatformOptions(name="CPU", cpu_threads=1)


@pytest.fixture(scope="module")
def speeds(bundle, options, tmp_path_factory):  # noqa: F811
    """The table of speeds of a small box, two runs at a time through a stand-in of the service."""
    control = stand_ins.service(tmp_path_factory.mktemp("bin"))
    return measure_table(
        bundle.directory,
        options,
        CPU,
        Budget(seconds=0.2, until=time.time() + 300),
        most_replicas=2,
        sharing=GpuSharing(control, ("true",)),
        log=lambda _: None,
    )


def test_table_has_one_run_packs_and_every_preset(speeds):
    rows = list(zip(speeds.measured, speeds.replicas, speeds.preset, strict=True))
    assert rows == [
        ("bare", 1, "rigid"),
        ("pack", 2, "rigid"),
        ("recorded", 1, "rigid"),
        ("bare", 1, "study"),
        ("bare", 1, "heavy"),
        ("resume check", 1, "rigid"),
    ]
    assert speeds.promise.iloc[-1] == "bitwise"
    # Two segments of a fifth of a second may take equally long where other tests are at work.
    short = speeds.why_not == loop.TOO_SHORT
    assert not short.drop(index=2).any()
    assert (speeds.ns_per_day[:-1] > 0).equals(~short[:-1])
    assert speeds.why_not[~short].isna().all()
    assert speeds.of_bare.iloc[0] == 1 and speeds.of_bare.iloc[3:].isna().all()
    assert told(speeds)[-1] == "resume check x1, rigid, mixed, deterministic: bitwise"
    told_short = [f"not: {loop.TOO_SHORT}" in line for line in told(speeds)[:-1]]
    assert told_short == short[:-1].tolist()
    assert all(
        "ns/day" in line for line, no in zip(told(speeds), told_short, strict=False) if not no
    )
    pack = speeds.iloc[1]
    assert pack.ns_per_day_slowest <= pack.ns_per_day / 2


def test_without_time_the_table_says_so(bundle, options):  # noqa: F811
    found = measure_table(
        bundle.directory,
        options,
        CPU,
        Budget(seconds=0.1, until=time.time() - 1),
        most_replicas=2,
        log=lambda _: None,
    )
    assert set(found.why_not) == {"no time left"} and found.ns_per_day.isna().all()
    assert chosen(found, 4) == (4, None)
    assert all(line.endswith("not: no time left") for line in told(found))


@pytest.fixture
def in_this_process(monkeypatch, capsys):
    """What is measured by processes is measured here, one after the other, resuming left out."""

    def run(specs, *_):
        lines = []
        for spec in specs:
            capsys.readouterr()
            loop.measure(spec)
            lines.append([json.loads(line) for line in capsys.readouterr().out.splitlines()])
        return lines, ""

    monkeypatch.setattr(table, "_run", run)
    monkeypatch.setattr(table, "PRESETS", {"rigid": "rigid"})
    same = {"platform": "CPU", "particles": 1, "promise": "bitwise", "seconds": 1.0}
    monkeypatch.setattr(loop, "_resume", lambda *_: same)


@pytest.mark.usefixtures("in_this_process")
def test_what_would_not_end_in_time_is_left_out_of_the_table(bundle, options):  # noqa: F811
    long = {"full_every_ps": 1e6, "segment_ps": 1e6, "duration_ns": 1e3}
    found = measure_table(
        bundle.directory,
        TransportOptions(**options.model_dump() | long),
        CPU,
        Budget(seconds=0.1, until=time.time() + 300),
        most_replicas=1,
        log=lambda _: None,
    )
    recorded = found.measured == "recorded"
    assert found.why_not[recorded].item() == "no time left"
    assert found.why_not[~recorded].isna().all() and len(found) == 3


@pytest.mark.parametrize("stopped", [True, False])
def test_a_measurement_is_ended_when_the_time_is_up(bundle, options, stopped):  # noqa: F811
    end = time.time() + 1
    budget = Budget(1000, end + 1000, lambda: time.time() > end) if stopped else Budget(1000, end)
    found = measure_table(
        bundle.directory, options, CPU, budget, most_replicas=2, log=lambda _: None
    )
    assert set(found.why_not) == {"no time left"} and time.time() - end < 30


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ({1: 300, 2: 444, 8: 630}, (8, 78.75)),
        ({1: 300, 2: 255, 3: 277}, (1, 300)),
    ],
)
def test_as_many_at_a_time_as_make_the_most_of_the_card(rates, expected):
    rows = [
        {
            "measured": "bare" if count == 1 else "pack",
            "replicas": count,
            "ns_per_day": total,
            "ns_per_day_slowest": total / count,
            "of_bare": total / rates[1],
            "precision": "mixed",
            "deterministic": True,
        }
        for count, total in rates.items()
    ]
    # Faster, but not what the campaign asks for.
    rows.append(rows[0] | {"precision": "single", "ns_per_day": 999, "ns_per_day_slowest": 999})
    assert chosen(pd.DataFrame(rows), 8) == expected
    assert chosen(None, 8) == (8, None)


def burst_of(campaign, results, seconds: float, replicas: int = 8) -> Burst:
    return Burst(campaign, results / "none.yaml", results, time.time() + seconds, replicas)


def test_first_trials_of_all_layouts_come_first(campaign_file, tmp_path):
    campaign = Campaign.read(campaign_file({"trials": 3}))
    groups = rounds(burst_of(campaign, tmp_path, 600, replicas=4), None)
    assert [len(group) for group in groups] == [3, 3]
    assert groups[0][:2] == [("pH2", "NaCl", "1"), ("pH7", "NaCl", "1")]
    (tmp_path / "transport/pH2/NaCl/trial1/segments/seg_00000").mkdir(parents=True)
    assert rounds(burst_of(campaign, tmp_path, 600), None)[-1][-1] == ("pH2", "NaCl", "1")


def test_with_little_time_fewer_runs_finish_a_segment_each(campaign_file, tmp_path):
    campaign = Campaign.read(campaign_file({"trials": 3, "transport.segment_ps": 1.0}))
    # A segment of 1 ps takes 86 s at 1 ns/day, with its margin and its start 127 s.
    assert len(rounds(burst_of(campaign, tmp_path, 700, replicas=2), 1.0)) == 3
    groups = rounds(burst_of(campaign, tmp_path, 200, replicas=2), 1.0)
    assert [len(group) for group in groups] == [2]
    with pytest.raises(SettingsError, match=r"segment of 1 ps takes about 127 s.*at most 0\.\d+"):
        rounds(burst_of(campaign, tmp_path, 60, replicas=2), 1.0)


@pytest.fixture
def made(campaign_file, started):  # noqa: F811
    """A campaign of two runs whose starts are there, and what Session takes."""
    file = campaign_file(RUNS)
    campaign, results = Campaign.read(file), started(2)
    for stage in NAMES:
        for names in members(campaign, stage):
            member = Member(campaign, results, stage, names)
            if stage not in (*BUNDLE_STAGES, "transport"):
                member.directory.mkdir(parents=True)
                (member.directory / "report.json").write_text("{}")
            elif stage == "cell":
                member.directory.mkdir(parents=True)
                (member.directory / "bundle.json").write_text("{}")
    return campaign, file, results


def test_a_burst_leaves_a_campaign_that_goes_on_and_no_record_of_a_run_that_failed(made):
    campaign, file, results = made
    said = []
    Session(campaign, file, results, time.time() + 120, None, said.append).run(
        table=False, figures=False
    )
    content = json.loads((results / "burst" / "burst.json").read_text())
    assert content["ns_gained"] == pytest.approx({"pH2/NaCl/1": 8e-5, "pH2/NaCl/2": 8e-5})
    assert set(content["exit_codes"].values()) == {0}
    assert content["dynamics"] and content["versions"]
    records = [results / f"transport/pH2/NaCl/trial{trial}/chunk_0.json" for trial in (1, 2)]
    for record in records:
        assert len(json.loads(record.read_text())["segments"]) == 2
        record.unlink()
    assert json.loads((results / "campaign.json").read_text())["name"] == "tiny"
    (records[0].parent / "FAILED.json").write_text('{"message": "blown up"}')
    write_records(Burst(campaign, file, results, time.time(), 1))
    assert [record.exists() for record in records] == [False, True]


def test_windows_of_free_energies_are_not_begun_before_the_runs(made, campaign_file):
    _, file, results = made
    windows = {"umbrella.ions": ["Na+"], "umbrella.z_angstrom": [-1, 1]}
    campaign = Campaign.read(campaign_file(RUNS | windows))
    assert members(campaign, "umbrella")
    prepare(Burst(campaign, file, results, time.time() + 60, 1))
    assert not (results / "burst").exists() and not (results / "pulled").exists()


def test_cells_of_another_force_field_are_refused_before_anything_runs(made):
    campaign, file, results = made
    cell = Member(campaign, results, "cell", ("pH2", "NaCl")).directory
    facts = {"report": {"force_field_sha256": "0" * 64}}
    atomic.write_json(cell / "provenance.json", facts)
    with pytest.raises(SettingsError, match="another version of the force field"):
        Session(campaign, file, results, time.time() + 60, None, print).run(
            table=False, figures=False
        )
    assert not (results / "burst").exists()


def test_runs_that_are_done_or_failed_get_no_share_of_the_time(campaign_file, tmp_path):
    campaign = Campaign.read(campaign_file({"layouts": ["pH2"], "trials": 4}))
    runs = tmp_path / "transport" / "pH2" / "NaCl"
    for segment in range(campaign.transport.segments):
        (runs / "trial1" / "segments" / f"seg_{segment:05d}").mkdir(parents=True)
    (runs / "trial2").mkdir()
    (runs / "trial2" / "FAILED.json").write_text("{}")
    left = [("pH2", "NaCl", "3"), ("pH2", "NaCl", "4")]
    assert rounds(burst_of(campaign, tmp_path, 600, replicas=2), 1e6) == [left]
    for trial in (3, 4):
        (runs / f"trial{trial}").mkdir()
        (runs / f"trial{trial}" / "FAILED.json").write_text("{}")
    assert rounds(burst_of(campaign, tmp_path, 600), 1e6) == []


def test_what_a_burst_made_is_carried_when_it_ends_early(made, tmp_path):
    """The hydration that is missing cannot be made, as its network is none."""
    _, file, results = made
    (results / "hydrated/pH2/report.json").unlink()
    out = tmp_path / "carried"
    command = [sys.executable, "-m", "workflow", "burst", str(file), "--minutes", "1"]
    command += ["--out", str(results), "--carry", str(out)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert answer.returncode == 78 and "hydrated: pH2 ended with" in answer.stderr
    with tarfile.open(out / "tiny-1.tar.gz") as tar:
        assert "tiny/burst/logs/hydrated_pH2.log" in tar.getnames()


@pytest.mark.parametrize(
    ("wanted", "memory", "cores", "expected"),
    [
        (1, 80_000, 16, 8),
        ("auto", 3_500, 16, 3),
        (4, None, 16, 4),
        (1, 500, 16, 1),
        (1, None, 2, 2),
    ],
)
def test_no_more_runs_at_a_time_than_cores_and_memory_allow(
    campaign_file, monkeypatch, tmp_path, wanted, memory, cores, expected
):
    monkeypatch.setattr(session, "usable_cores", lambda: cores)
    monkeypatch.setattr(session, "free_memory_MB", lambda gpu: memory)
    changes = {"trials": 5, "platform": {"name": "CUDA", "replicas_per_gpu": wanted}}
    file = campaign_file(changes)
    at_work = Session(Campaign.read(file), file, tmp_path, time.time() + 60)
    assert at_work._most_replicas("GPU-x") == expected


def test_table_takes_its_share_of_the_time_that_is_left(made, monkeypatch):
    campaign, file, results = made
    budgets = []

    def stand_in(*arguments, **_):
        budgets.append(arguments[3])
        return pd.DataFrame()

    monkeypatch.setattr(session, "measure_table", stand_in)
    (results / "burst").mkdir()
    Session(campaign, file, results, time.time() + 100)._table(2)
    assert budgets[0].until - time.time() == pytest.approx(30, abs=2)
