"""Profiles for clusters, made from what Slurm says and held against it."""

import re

import pytest
import yaml
from typer.testing import CliRunner

from workflow.cli.main import app
from workflow.cluster import profile, refusals, slurm
from workflow.cluster.slurm import Cluster, NoSlurm, partitions_of

SINFO = """\
cpu*|up|12:00:00|(null)|40|64|256000
gpu|up|2-00:00:00|gpu:a100:4(S:0-1)|8|64|512000+
gpu|up|2-00:00:00|gpu:h100:8(S:0-1)|2|96|1024000
short|up|30:00|gpu:a100:1|2|64|256000
old|down|infinite|gpu:2|20|16|64000
"""
LAB = Cluster(
    name="lab",
    partitions=partitions_of(SINFO),
    accounting=True,
    account_wanted=True,
    accounts=("membranes", "teaching"),
    forgets_s=300,
)


def settings_for(cluster: Cluster) -> dict:
    return yaml.safe_load(profile.text_for(cluster))


def test_partitions_are_read_with_their_gpus_limits_and_kinds_of_node():
    by_name = {one.name: one for one in LAB.partitions}
    assert by_name["gpu"].gpus == {"a100": 4, "h100": 8}
    assert (by_name["gpu"].nodes, by_name["gpu"].cores, by_name["gpu"].minutes) == (10, 64, 2880)
    assert by_name["cpu"].default and not by_name["cpu"].gpus
    assert by_name["old"].minutes is None and not by_name["old"].up
    assert by_name["short"].minutes == 30


def test_a_profile_made_for_a_cluster_is_one_that_it_takes():
    made = settings_for(LAB)
    shipped = profile.read(profile.SHIPPED / "slurm")
    assert refusals.faults(made, LAB, wants_gpu=True) == []
    assert made["default-resources"]["slurm_account"] == "membranes"
    assert made["default-resources"]["slurm_partition"] == "cpu"
    assert made["set-resources"]["transport"] == {"runtime": 1440, "slurm_partition": "gpu"}
    assert {key: made[key] for key in shipped if key != "default-resources"} == {
        key: value for key, value in shipped.items() if key != "default-resources"
    }


def test_a_cluster_without_gpus_limits_or_accounts_needs_none():
    plain = Cluster("one", partitions_of("all*|up|infinite|(null)|3|8|16000"), False, False)
    made = settings_for(plain)
    assert "set-resources" not in made
    assert refusals.faults(made, plain, wants_gpu=False) == []
    assert "no accounting" in profile.text_for(plain)


def test_walltimes_are_those_of_short_partitions():
    short = Cluster("one", partitions_of("day*|up|02:00:00|gpu:1|3|8|16000"), False, False)
    made = settings_for(short)
    assert made["set-resources"]["network"]["runtime"] == 120
    assert made["set-resources"]["collect"]["runtime"] == 120
    assert refusals.faults(made, short, wants_gpu=True) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"default-resources": {}}, "slurm_account: missing.*yours are membranes, teaching"),
        ({"set-resources": {"transport": {"slurm_partition": "gpus"}}}, "gpus, no such.*cpu, gpu"),
        ({"set-resources": {}}, "cpu has no GPU.*gpu, short, old"),
        (
            {"set-resources": {"transport": {"slurm_partition": "short", "runtime": 60}}},
            "runtime: 60 min, short allows 30",
        ),
        ({"set-resources": ["transport"]}, "cpu has no GPU"),
        ({"set-resources": ["transport:slurm_partition=none"]}, "none, no such partition"),
    ],
)
def test_what_a_cluster_would_refuse_is_said_with_its_key(changes, words):
    said = refusals.faults(settings_for(LAB) | changes, LAB, wants_gpu=True)
    assert any(re.search(words, line) for line in said), said


def test_what_the_command_line_sets_is_not_judged():
    bare = settings_for(LAB) | {"default-resources": {}, "set-resources": {}}
    line = ["--default-resources", "slurm_account=x", "slurm_partition=gpu"]
    assert refusals.faults(bare, LAB, wants_gpu=True, line=line) == []


def test_names_that_look_like_numbers_or_truth_stay_names():
    odd = partitions_of("on*|up|infinite|gpu:1|1|8|16000")
    made = settings_for(Cluster("one", odd, True, True, accounts=("123",)))
    assert made["default-resources"]["slurm_account"] == "123"
    assert made["set-resources"]["transport"]["slurm_partition"] == "on"


def test_no_partition_and_none_by_default():
    nameless = Cluster("one", partitions_of("a|up|infinite|gpu:1|1|8|16000"), False, False)
    (said,) = refusals.faults({}, nameless, wants_gpu=True)
    assert said == "slurm_partition: missing, and there is no default one; there are a"


def test_doctor_writes_a_profile_that_run_finds_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(slurm, "ask", lambda: LAB)
    told = CliRunner().invoke(app, ["doctor", "--cluster", "lab"])
    assert told.exit_code == 0, told.stderr
    assert "gpu: 10 nodes of 64 cores, 512000 MB, 4 a100, 8 h100; at most 2880 min" in told.stdout
    assert profile.find("lab", tmp_path) == tmp_path / "profiles" / "lab"
    again = CliRunner().invoke(app, ["doctor", "--cluster", "lab"])
    assert again.exit_code == 78 and "is there" in again.stderr
    for name in ("slurm", "../lab", "a b", ""):
        assert CliRunner().invoke(app, ["doctor", "--cluster", name]).exit_code == 78


def test_where_there_is_no_slurm_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSlurm, match="scontrol is not on this machine"):
        slurm.ask()


def test_a_scheduler_that_refuses_is_quoted(tmp_path, monkeypatch):
    program = tmp_path / "scontrol"
    program.write_text("#!/bin/sh\necho 'Unable to contact slurm controller' >&2; exit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSlurm, match="scontrol: Unable to contact slurm controller"):
        slurm.ask()


@pytest.mark.parametrize("name", ["nowhere", "", "default/../nowhere"])
def test_a_profile_that_is_not_there_is_refused_with_those_that_are(name, tmp_path):
    with pytest.raises(profile.ProfileError, match="laptop, slurm, workstation"):
        profile.find(name, tmp_path)


@pytest.mark.parametrize("text", ["a: [", "just words", "\x00"])
def test_a_profile_that_cannot_be_read_is_named(text, tmp_path):
    (tmp_path / profile.FILE).write_text(text)
    with pytest.raises(profile.ProfileError, match=profile.FILE):
        profile.read(tmp_path)
