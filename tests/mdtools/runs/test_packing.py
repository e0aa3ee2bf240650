"""Finished chunks as one file each: read as before, and whole after a stop at any moment."""

import os
import pickle
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdtools import records
from mdtools.errors import TryAgain
from mdtools.lease import Lease
from mdtools.runs import packing, segments
from mdtools.runs.stored import DamagedSegment, Packed, archives
from mdtools.trajectory import Trajectory
from tests.mdtools.running import SEGMENT_PS, contents
from tests.mdtools.runs.small_runs import GRID, START, logical, write_run


def chain(run: Path) -> tuple[list[dict], list[str]]:
    return segments.whole_chain(run / segments.DIRECTORY, START, GRID)


@pytest.fixture
def small(tmp_path) -> Path:
    """Five small segments, of which two chunks of two are finished."""
    files = [tuple(f"{name} {k}".encode() * 9 for name in segments.FILES) for k in range(5)]
    return write_run(tmp_path / "trial1", files, [2, 2])


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_run_comes_back_byte_for_byte(tmp_path_factory, data):
    parts = st.tuples(*[st.binary(max_size=200)] * len(segments.FILES))
    files = data.draw(st.lists(parts, min_size=1, max_size=7))
    sizes = data.draw(st.lists(st.integers(1, 4), max_size=3))
    chunks = [size for k, size in enumerate(sizes) if sum(sizes[: k + 1]) <= len(files)]
    chunks = sizes[: len(chunks)]
    run = write_run(tmp_path_factory.mktemp("run") / "trial1", files, chunks)
    before, read, sound = contents(run), logical(run), chain(run)
    packing.pack(run)
    assert logical(run) == read and chain(run) == sound
    kept = sorted(path.name for path in (run / segments.DIRECTORY).iterdir())
    assert kept == sorted(
        [segments.name(k) for k in range(sum(chunks), len(files))]
        + [path.name for path in archives(run / segments.DIRECTORY)]
    )
    assert len(archives(run / segments.DIRECTORY)) == len(chunks)
    packing.unpack(run)
    assert contents(run) == before


def test_the_same_segments_make_the_same_file(small):
    (first, second) = packing.pack(small)
    assert [first.name, second.name] == ["segs_00000_00001.zip", "segs_00002_00003.zip"]
    content = first.read_bytes()
    assert packing.pack(small) == []
    packing.unpack(small)
    assert packing.pack(small)[0].read_bytes() == content


def test_other_programs_unpack_it(small, tmp_path):
    before = contents(small)
    archive = packing.pack(small)[0]
    shutil.unpack_archive(archive, tmp_path / "out")
    for path in (tmp_path / "out").rglob("*.*"):
        name = f"segments/{path.relative_to(tmp_path / 'out')}"
        assert path.read_bytes() == before[name]


def killed_at(event: int, change, run: Path) -> bool:
    """Whether a process was killed that dies at a given change of the file system."""
    pid = os.fork()
    if not pid:
        left = [event]

        def look(name: str, _) -> None:
            if name in ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(look)
        try:
            change(run)
        except BaseException:
            os._exit(3)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code == -signal.SIGKILL


@pytest.mark.parametrize("change", [packing.pack, packing.unpack])
def test_killed_at_any_moment_no_segment_is_lost_and_it_goes_on(small, tmp_path, change):
    before, read, sound = contents(small), logical(small), chain(small)
    if change is packing.unpack:
        packing.pack(small)
    event, killed = 0, True
    while killed:
        event += 11
        run = shutil.copytree(small, tmp_path / f"at{event}")
        killed = killed_at(event, change, run)
        # As after three heartbeats: a claim that was cut short does not say whose it is.
        shutil.rmtree(run / "lease", ignore_errors=True)
        assert logical(run) == read and chain(run) == sound
        change(run)
        assert logical(run) == read and chain(run) == sound
        packing.unpack(run)
        assert contents(run) == before
        shutil.rmtree(run)
    assert event > 60


def test_every_changed_byte_of_an_archive_is_found_or_does_not_matter(small):
    archive = packing.pack(small)[0]
    content, read = archive.read_bytes(), logical(small)
    harmless = 0
    for place in range(0, len(content), 7):
        flipped = bytearray(content)
        flipped[place] ^= 0xFF
        archive.write_bytes(flipped)
        if chain(small)[1]:
            continue
        harmless += 1
        assert logical(small) == read
    assert harmless < len(content) / 21
    for length in range(0, len(content), 100):
        archive.write_bytes(content[:length])
        assert chain(small)[1]


def test_a_damaged_segment_is_named_and_not_packed(small):
    path = small / "segments" / "seg_00002" / "full.xtc"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedSegment, match=r"seg_00002: full\.xtc has"):
        packing.pack(small)
    assert [path.name for path in archives(small / "segments")] == ["segs_00000_00001.zip"]
    assert path.exists()


def test_an_archive_beside_its_directories_that_is_damaged_is_made_again(small):
    before = contents(small)
    archive = packing.pack(small)[0]
    content = archive.read_bytes()
    packing.unpack(small)
    archive.write_bytes(content[:-9])
    packing.pack(small)
    assert archive.read_bytes() == content
    packing.unpack(small)
    assert contents(small) == before


def test_a_run_at_work_is_left_alone(small):
    with Lease(small / "lease"), pytest.raises(TryAgain, match="is being run"):
        packing.pack(small)
    assert not archives(small / "segments")


@pytest.fixture
def chunked(make_run, whole_run):
    """Function: a run of the small box to a segment, with records of chunks of three segments."""

    def make(count: int):
        run = make_run()
        if not run.directory.exists():
            shutil.copytree(whole_run.directory, run.directory)
            for number in range(count, 12):
                shutil.rmtree(run.directory / "segments" / segments.name(number))
        for chunk in range(count // 3):
            receipt = run.receipt(3 * (chunk + 1) * SEGMENT_PS)
            records.write(run.directory / f"chunk_{chunk}.json", receipt)
        return run

    return make


def test_a_packed_run_is_read_as_before(chunked, whole_run):
    run = chunked(12)
    assert len(packing.pack(run.directory)) == 4
    assert len(list((run.directory / "segments").iterdir())) == 4
    plain, packed = (Trajectory.open(one.directory) for one in (whole_run, run))
    packed.verify()
    assert packed.manifest_hashes() == plain.manifest_hashes()
    for one, other in zip(plain.full_frames(), packed.full_frames(), strict=True):
        assert one[0] == other[0]
        np.testing.assert_array_equal(one[1], other[1])
    for name, values in vars(plain.fast()).items():
        np.testing.assert_array_equal(getattr(packed.fast(), name), values)
    universe, before = packed.universe(), plain.universe()
    for frame in (3, 20, 0, 7):
        assert universe.trajectory[frame].time == before.trajectory[frame].time
        np.testing.assert_array_equal(universe.atoms.positions, before.atoms.positions)
    again = pickle.loads(pickle.dumps(universe))
    np.testing.assert_array_equal(again.atoms.positions, universe.atoms.positions)
    assert run.frames()[["time_ps", "step", "segment", "frame"]].equals(
        whole_run.frames()[["time_ps", "step", "segment", "frame"]]
    )


def test_a_packed_run_goes_on_to_the_same_bits(chunked, whole_run):
    run = chunked(9)
    packing.pack(run.directory)
    run.advance(12 * SEGMENT_PS)
    packing.unpack(run.directory)
    assert contents(run.directory) == contents(whole_run.directory)


def test_a_damaged_archive_is_named_and_its_segments_made_again(chunked, whole_run):
    run = chunked(12)
    archive = packing.pack(run.directory)[-1]
    content = bytearray(archive.read_bytes())
    stored = Packed(archive, "seg_00010")
    place = content.index(stored.read("full.xtc"))
    content[place + 100] ^= 0xFF
    archive.write_bytes(content)
    trajectory = Trajectory.open(run.directory)
    with pytest.raises(ValueError, match=r"seg_00010: full\.xtc is not what was written"):
        trajectory.verify()
    with pytest.raises(ValueError, match=r"seg_00010: full\.xtc is not what was written"):
        list(trajectory.full_frames())
    run.advance(12 * SEGMENT_PS)
    kept = sorted(path.name for path in (run.directory / "segments").iterdir())
    assert [name for name in kept if name.startswith("seg_")] == [
        segments.name(number) for number in (9, 10, 11)
    ]
    assert [path.name[:18] for path in (run.directory / "failures").iterdir()] == [
        "damaged_segs_00009"
    ]
    packing.unpack(run.directory)
    assert contents(run.directory) == contents(whole_run.directory)
