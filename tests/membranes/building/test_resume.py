"""A build that was stopped ends in the network of one that was not."""

import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from mdtools.errors import TryAgain
from mdtools.lease import Lease
from membranes import Network, build
from membranes.building.builder import LEASE, UNFINISHED
from membranes.building.journal import Journal, fingerprint
from membranes.building.options import MembraneOptions
from membranes.building.reaction import ConversionError, Progress
from membranes.networks.errors import NetworkError
from tests.membranes.building.test_builder import CPU, REACH_ANGSTROM, SMALL, quiet
from tests.membranes.conftest import grid_network

SEGMENTED = SMALL | {"relaxation": {"duration_ps": 0.05, "segment_ps": 0.02}}
SEED = 5


class Stopped(BaseException):
    """What a signal does, at a known place."""


@pytest.fixture(scope="module")
def relaxing(tmp_path_factory):
    """Where the state of the relaxation at 0.04 ps is kept, once there is one."""
    return tmp_path_factory.mktemp("relaxing")


@pytest.fixture(scope="module")
def straight(tmp_path_factory, relaxing):
    directory = tmp_path_factory.mktemp("straight")
    write = Journal.write

    def write_and_keep(self, network, facts):
        write(self, network, facts)
        if facts.get("relaxed_ps") == pytest.approx(0.04):
            shutil.copytree(directory / UNFINISHED, relaxing / UNFINISHED)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "write", write_and_keep)
        build(MembraneOptions(**SEGMENTED), seed=SEED, directory=directory, platform=CPU, log=quiet)
    return directory


def files(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def test_stopped_after_every_state_ends_in_the_same_files(straight, tmp_path, monkeypatch):
    write, writes = Journal.write, []

    def write_and_stop(self, network, facts):
        write(self, network, facts)
        writes.append(facts)
        raise Stopped

    monkeypatch.setattr(Journal, "write", write_and_stop)
    for _ in range(100):
        try:
            build(
                MembraneOptions(**SEGMENTED), seed=SEED, directory=tmp_path, platform=CPU, log=quiet
            )
            break
        except Stopped:
            continue
    assert len(writes) > 5
    assert files(tmp_path) == files(straight)


@pytest.mark.slow
def test_killed_at_any_moment_ends_in_the_same_files(straight, tmp_path):
    script = (
        "from pathlib import Path; from tests.membranes.building.test_resume import *; "
        f"build(MembraneOptions(**SEGMENTED), seed={SEED}, directory=Path({str(tmp_path)!r}), "
        "platform=CPU)"
    )
    for attempt in range(40):
        child = subprocess.Popen([sys.executable, "-c", script])
        try:
            child.wait(timeout=3 + 1.7 * (attempt % 5))
        except subprocess.TimeoutExpired:
            child.kill()
        if child.wait() == 0:
            break
    assert attempt > 0
    assert files(tmp_path) == files(straight)


def test_unreached_conversion_keeps_its_batches_and_longer_stages_go_on(tmp_path):
    stage = {"cutoff_angstrom": REACH_ANGSTROM, "duration_ps": 0.1}
    short = SMALL | {
        "reaction": SMALL["reaction"]
        | {"stages": (stage,), "required_nh_conversion": 0.95, "highest_nh_conversion": 1.0}
    }
    with pytest.raises(ConversionError, match="lengthen the last of membrane.reaction.stages"):
        build(MembraneOptions(**short), seed=1, directory=tmp_path, platform=CPU, log=quiet)
    assert (tmp_path / UNFINISHED / "reaction.npz").exists()
    longer = short | {
        "reaction": short["reaction"]
        | {"stages": (stage | {"duration_ps": 0.2},), "required_nh_conversion": 0.1}
    }
    said = []
    build(MembraneOptions(**longer), seed=1, directory=tmp_path, platform=CPU, log=said.append)
    assert said[0].startswith("reaction goes on from 0.1 ps")
    assert not (tmp_path / UNFINISHED).exists()
    assert Network.load(tmp_path).report()["pierced_rings"] == 0


def test_other_options_start_over_and_say_so(tmp_path, monkeypatch):
    write = Journal.write

    def write_and_stop(self, network, facts):
        write(self, network, facts)
        raise Stopped

    monkeypatch.setattr(Journal, "write", write_and_stop)
    said = []

    def attempt(seed, reaction):
        options = MembraneOptions(**SMALL | {"reaction": SMALL["reaction"] | reaction})
        with pytest.raises(Stopped):
            build(options, seed=seed, directory=tmp_path, platform=CPU, log=said.append)

    attempt(SEED, {})
    attempt(SEED, {})
    assert "starts over" not in " ".join(said) and said[1].startswith("reaction goes on from")
    # Each is other than the one before it.
    for seed, change in (
        (SEED + 1, {}),
        (SEED + 1, {"temperature_K": 500}),
        (SEED + 1, {"longest_new_bond_angstrom": 5.5, "temperature_K": 500}),
    ):
        said.clear()
        attempt(seed, change)
        assert "of other options: it starts over" in said[0]
        assert said[1].startswith("packed")


@pytest.mark.usefixtures("straight")
def test_a_relaxation_longer_than_asked_for_is_redone(relaxing, tmp_path):
    shutil.copytree(relaxing / UNFINISHED, tmp_path / UNFINISHED)
    shorter = SEGMENTED | {"relaxation": {"duration_ps": 0.02, "segment_ps": 0.02}}
    said = []
    build(MembraneOptions(**shorter), seed=SEED, directory=tmp_path, platform=CPU, log=said.append)
    assert "a relaxation of 0.04 ps is longer than asked for: it is redone" in said
    assert "relaxed for 0.02 of 0.02 ps" in said


def test_two_builds_do_not_share_a_directory(tmp_path, monkeypatch):
    monkeypatch.setattr("membranes.building.builder.WAIT_S", 0.0)
    with Lease(tmp_path / LEASE), pytest.raises(TryAgain, match="being run"):
        build(MembraneOptions(**SMALL), seed=1, directory=tmp_path, platform=CPU, log=quiet)


def test_a_build_that_waited_takes_what_the_other_has_finished(straight, tmp_path, monkeypatch):
    """As when a controller is killed and started again, while its old job goes on."""
    options = MembraneOptions(**SEGMENTED)
    for path in straight.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path / path.name)
    arguments = {"seed": SEED, "directory": tmp_path, "platform": CPU}
    said = []
    with monkeypatch.context() as patch:
        patch.setattr("membranes.building.builder._built", None)
        found = build(options, log=said.append, **arguments)
    assert said == [f"{tmp_path} holds this network already"]
    assert fingerprint(found) == fingerprint(Network.load(straight))

    class Begun(Exception):
        pass

    def begins(*_):
        raise Begun

    monkeypatch.setattr("membranes.building.builder._built", begins)
    with pytest.raises(Begun):
        build(options, log=quiet, **(arguments | {"seed": SEED + 1}))
    atoms = tmp_path / "atoms.csv"
    atoms.write_bytes(atoms.read_bytes()[:-20])
    with pytest.raises(Begun):
        build(options, log=quiet, **arguments)


def test_every_bit_of_a_network_returns(tmp_path):
    network = _network()
    journal = Journal(tmp_path / "state.npz", {})
    journal.write(network, {})
    again, _ = journal.read()
    assert fingerprint(again) == fingerprint(network)
    assert again.residues == network.residues
    moved = np.nextafter(network.positions, 9)
    assert fingerprint(_network(positions=moved)) != fingerprint(network)


def test_damaged_state_is_named(tmp_path):
    path = tmp_path / "state.npz"
    Journal(path, {}).write(_network(), {})
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(NetworkError, match=r"state.npz is damaged; delete it"):
        Journal(path, {}).read()
    np.savez(path, meta="{}")
    with pytest.raises(NetworkError, match=r"state.npz is damaged; delete it"):
        Journal(path, {}).read()


@pytest.mark.parametrize(
    ("rounds", "fits"),
    [
        ((), True),
        (((3.5, None, 5),), True),
        (((3.5, None, 10), (5.0, 6.0, 20)), True),
        (((3.5, None, 5), (5.0, 6.0, 1)), False),
        (((3.5, None, 11),), False),
        (((4.0, None, 5),), False),
        (((3.5, 4.0, 5),), False),
        (((3.5, None, 10), (5.0, None, 20)), False),
        (((3.5, None, 10), (5.0, 6.0, 20), (6.0, None, 1)), False),
    ],
)
def test_progress_is_taken_up_only_as_a_beginning_of_the_stages(rounds, fits):
    reaction = MembraneOptions(
        **SMALL
        | {
            "reaction": {
                "search_every_ps": 0.1,
                "stages": (
                    {"cutoff_angstrom": 3.5, "duration_ps": 1.0},
                    {
                        "cutoff_angstrom": 5.0,
                        "duration_ps": 2.0,
                        "longest_new_bond_angstrom": 6.0,
                    },
                ),
            }
        }
    ).reaction
    assert Progress(rounds=rounds).fits(reaction) is fits


def _network(**changes):
    network = grid_network(3, 2)
    velocities = np.random.default_rng(0).normal(size=network.positions.shape)
    return replace(network, **{"velocities": velocities} | changes)
