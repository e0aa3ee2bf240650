"""Members of a pack: each a process of its own, advanced side by side, recorded one by one."""

import json
import os
from dataclasses import replace

import openmm
import pytest
from typer.testing import CliRunner

from mdtools.errors import CardError, PhysicsError, SettingsError, TryAgain
from mdtools.options import PlatformOptions
from mdtools.runs.segments import published
from mdtools.systems.gpu_sharing import GpuSharing
from tests import gpu_stand_ins as stand_ins
from tests.workflow.jobs.conftest import RUNS
from workflow.campaign import packing
from workflow.campaign.model import Campaign
from workflow.campaign.stages import members
from workflow.cli.main import app
from workflow.jobs import pack_record, packs
from workflow.jobs.pack_record import MemberFailed
from workflow.jobs.packs import Pack, run_pack
from workflow.jobs.stages import Member
from workflow.jobs.transport import write_record

UNTIL_PS = 0.08


@pytest.fixture
def walled(bundle, tmp_path):
    """The small box with a force that throws its first ion out of the world."""
    system = openmm.XmlSerializer.clone(bundle.system)
    force = openmm.CustomExternalForce("-1e9*x^2")
    force.addParticle(int(bundle.atoms("feed ion")[0]))
    force.setName("bad wall")
    system.addForce(force)
    return replace(bundle, system=system).save(tmp_path / "walled").directory


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(packs, "usable_cores", lambda: 2)


def test_one_member_blows_up_and_the_other_is_done(
    campaign_file, started, walled, tmp_path, two_cores
):
    file = campaign_file(RUNS | {"platform.replicas_per_gpu": 2})
    campaign, results = Campaign.read(file), started(2, {2: walled})
    record, said = tmp_path / "results/tiny/packs/transport0_chunk0.json", []
    sharing = GpuSharing(stand_ins.service(tmp_path / "bin"), ("true",))
    codes = run_pack(
        campaign,
        file,
        Pack("transport", ["pH2/NaCl/1", "pH2/NaCl/2"], UNTIL_PS),
        results,
        record,
        sharing=sharing,
        log=said.append,
    )
    assert codes == {"pH2/NaCl/1": 0, "pH2/NaCl/2": 65}
    assert "2 at a time" in said[0]
    good, bad = (results / "transport" / "pH2" / "NaCl" / f"trial{k}" for k in (1, 2))
    assert len(published(good / "segments")) == 2
    assert json.loads((good / "pack.json").read_text())["at_a_time"] == 2
    write_record(campaign, good / "chunk_0.json", UNTIL_PS, record)
    assert json.loads((good / "chunk_0.json").read_text())["until_ps"] == UNTIL_PS
    # An end that was not foreseen in this pack counts no more once the run has come so far.
    pack_record.write(tmp_path / "other.json", "transport", {"pH2/NaCl/1": 1})
    write_record(campaign, good / "chunk_0.json", UNTIL_PS, tmp_path / "other.json")
    with pytest.raises(PhysicsError, match="bad wall"):
        write_record(campaign, bad / "chunk_0.json", UNTIL_PS, record)
    # Deleted for another try, but the pack's record still says how the run ended in it.
    (bad / "FAILED.json").unlink()
    with pytest.raises(MemberFailed, match=r"delete .*transport0_chunk0\.json") as failed:
        write_record(campaign, bad / "chunk_0.json", UNTIL_PS, record)
    assert failed.value.exit_code == 65


@pytest.fixture
def ended(campaign_file, started, tmp_path, monkeypatch, two_cores):
    """Function that runs a pack whose members end with given codes; returns how it was run."""

    def end(*codes: int, sharing: GpuSharing | None = None):
        file = campaign_file(RUNS | {"trials": len(codes), "platform.replicas_per_gpu": len(codes)})
        names = [f"pH2/NaCl/{k + 1}" for k in range(len(codes))]
        results = tmp_path / "results" / "tiny"
        results.mkdir(parents=True, exist_ok=True)
        calls = []

        def stand_in(processes, slots, **options):
            calls.append((slots, options))
            return dict(zip(names, codes, strict=True))

        monkeypatch.setattr(packs, "run_members", stand_in)
        record, said = tmp_path / "record.json", []
        try:
            run_pack(
                Campaign.read(file),
                file,
                Pack("transport", names, UNTIL_PS),
                results,
                record,
                sharing=sharing,
                log=said.append,
            )
        finally:
            calls.append((record, said))
        return calls

    return end


@pytest.mark.parametrize("code", [75, -9])
def test_a_member_that_was_stopped_or_killed_leaves_no_record(ended, tmp_path, code):
    with pytest.raises(TryAgain, match="1 of 2 members: pH2/NaCl/2"):
        ended(0, code)
    assert not (tmp_path / "record.json").exists()


def test_an_unforeseen_end_does_not_hold_up_the_others(ended, tmp_path):
    ended(0, 1)
    record = tmp_path / "record.json"
    pack_record.refuse_unfinished(record, "pH2/NaCl/1")
    with pytest.raises(MemberFailed, match="unforeseen") as failed:
        pack_record.refuse_unfinished(record, "pH2/NaCl/2")
    assert failed.value.exit_code == 1
    with pytest.raises(MemberFailed) as unknown:
        pack_record.refuse_unfinished(record, "pH2/NaCl/9")
    assert unknown.value.exit_code == 75


def test_without_the_service_members_go_one_at_a_time(ended, tmp_path):
    refusing = stand_ins.service(tmp_path / "bin", "echo 'not permitted'; exit 1")
    (slots, options), (_, said) = ended(0, 0, sharing=GpuSharing(refusing, ("true",)))
    assert slots == 1 and options["shared"] is None
    assert said[0] == "one run at a time: nvidia-cuda-mps-control: not permitted"


@pytest.mark.parametrize(
    ("wanted", "memory", "expected"),
    [("auto", 80_000, 8), ("auto", 3_500, 3), ("auto", None, 8), (2, 80_000, 2), (1, 100, 1)],
)
def test_as_many_at_a_time_as_cores_and_memory_allow(monkeypatch, wanted, memory, expected):
    monkeypatch.setattr(packs, "usable_cores", lambda: 16)
    monkeypatch.setattr(packs, "free_memory_MB", lambda gpu: memory)
    platform = PlatformOptions(name="CUDA", replicas_per_gpu=wanted)
    assert packs._slots(platform, 12, "GPU-x") == expected


def test_more_replicas_than_the_memory_holds_are_refused(monkeypatch):
    monkeypatch.setattr(packs, "free_memory_MB", lambda gpu: 3_500.0)
    platform = PlatformOptions(name="CUDA", replicas_per_gpu=8)
    with pytest.raises(SettingsError, match="replicas_per_gpu is 8.*at most 3"):
        packs._slots(platform, 12, "GPU-x")
    # Not for what others take of it at the moment.
    monkeypatch.setattr(packs, "total_memory_MB", lambda gpu: 80_000.0)
    assert packs._slots(platform, 12, "GPU-x") == 3


def test_packs_hold_every_run_once_and_none_is_larger_than_asked():
    names = [str(number) for number in range(18)]
    for wanted in (1, 4, 7, 18, "auto"):
        platform = PlatformOptions(name="CUDA", replicas_per_gpu=wanted)
        found = packing.split(platform, names)
        assert [name for pack in found for name in pack] == names
        assert max(map(len, found)) <= (8 if wanted == "auto" else wanted)
    assert packing.size(PlatformOptions(name="CPU", replicas_per_gpu="auto"), 18) == 1


def test_finished_cells_without_a_state_are_not_made_anew(campaign_file, tmp_path):
    file = campaign_file({"platform.replicas_per_gpu": 2})
    campaign, results = Campaign.read(file), tmp_path / "results" / "tiny"
    cell = Member(campaign, results, "cell", ("pH2", "NaCl"))
    cell.directory.mkdir(parents=True)
    (cell.directory / "bundle.json").write_text("{}")
    pack = Pack("cell", ["pH2/NaCl", "pH7/NaCl"])
    with pytest.raises(SettingsError, match="no state on disk"):
        run_pack(campaign, file, pack, results, tmp_path / "record.json")
    assert (cell.directory / "bundle.json").exists() and not (tmp_path / "record.json").exists()
    with pytest.raises(SettingsError, match="allowed in a pack is hydrated"):
        run_pack(campaign, file, Pack("charged", ["pH2"]), results, tmp_path / "record.json")


def test_members_of_stages_are_those_of_the_campaign(campaign_file, tmp_path):
    campaign = Campaign.read(campaign_file())
    assert members(campaign, "cell") == [("pH2", "NaCl"), ("pH7", "NaCl")]
    assert len(members(campaign, "start")) == 4 and members(campaign, "network") == [()]
    trial = Member(campaign, tmp_path, "transport", ("pH7", "NaCl", "2"))
    assert trial.directory == tmp_path / "transport/pH7/NaCl/trial2"
    assert trial.before("hydrated") == tmp_path / "hydrated/pH7"


@pytest.mark.parametrize(
    ("stage", "names", "message"),
    [
        ("swelling", (), "stage is swelling, allowed is network, charged"),
        ("cell", ("pH2",), "needs LAYOUT SALT"),
        ("cell", ("pH2", "KCl"), "salt is KCl, the campaign has NaCl"),
        ("start", ("pH2", "NaCl", "3"), "trial is 3, the campaign has 1, 2"),
    ],
)
def test_a_member_that_the_campaign_lacks_is_refused(
    campaign_file, tmp_path, stage, names, message
):
    with pytest.raises(SettingsError, match=message):
        Member(Campaign.read(campaign_file()), tmp_path, stage, names)


@pytest.mark.parametrize(("parent", "code"), [((), 75), (("--parent", str(os.getppid())), 74)])
def test_a_card_that_fails_is_told_apart_for_the_pack_alone(
    campaign_file, tmp_path, monkeypatch, parent, code
):
    def failed(*_, **__):
        raise CardError("the GPU does not answer as it should")

    monkeypatch.setattr("workflow.jobs.stages.advance", failed)
    monkeypatch.setattr("mdtools.runs.stopping.stop_with_parent", lambda _: None)
    arguments = ["advance", str(campaign_file()), "transport", "pH2", "NaCl", "1"]
    result = CliRunner().invoke(app, [*arguments, "--results", str(tmp_path), *parent])
    assert result.exit_code == code and "does not answer" in result.output
