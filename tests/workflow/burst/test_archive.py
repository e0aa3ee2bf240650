"""Archives of a campaign: whole again when unpacked, none larger than allowed."""

import os
import tarfile

import pytest

from workflow.burst.archive import archive


@pytest.fixture
def results(tmp_path):
    """Files of different sizes and kinds, and a lease."""
    place = tmp_path / "results" / "tiny"
    sizes = {
        "run.json": 300,
        "transport/a/seg/full.xtc": 90_000,
        "transport/a/seg/fast.npz": 40_000,
        "transport/a/seg/state.xml": 70_000,
        "figures/z.pdf": 20_000,
        "transport/a/lease/00000001.json": 10,
    }
    for name, size in sizes.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(bytes([len(name)]) * size)
    return place


def files(place) -> dict[str, bytes]:
    return {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}


def test_unpacked_side_by_side_they_are_the_campaign_without_its_leases(results, tmp_path):
    archives, left_out = archive(results, tmp_path / "out", megabytes=0.13, most=8)
    assert len(archives) > 1 and left_out == []
    assert all(path.stat().st_size <= 130_000 for path in archives)
    for path in archives:
        with tarfile.open(path) as tar:
            tar.extractall(tmp_path / "home", filter="data")
    expected = {name: data for name, data in files(results).items() if "lease" not in name}
    assert files(tmp_path / "home" / "tiny") == expected


def test_what_does_not_fit_is_trajectories_first(results, tmp_path):
    archives, left_out = archive(results, tmp_path / "out", megabytes=0.13, most=1)
    assert len(archives) == 1
    assert [path.name for path in left_out][-1:] == ["full.xtc"]
    with tarfile.open(archives[0]) as tar:
        assert "tiny/run.json" in tar.getnames()


def test_late_segments_stay_behind_before_early_ones(results, tmp_path):
    for segment, size in ((0, 60_000), (1, 20_000), (2, 20_000)):
        path = results / f"transport/b/segments/seg_{segment:05d}/full.xtc"
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(size))
    (results / "transport/a/seg/full.xtc").unlink()
    _, left_out = archive(results, tmp_path / "out", megabytes=0.175, most=1)
    assert [path.parent.name for path in left_out if path.suffix == ".xtc"] == ["seg_00002"]


def test_archives_of_an_earlier_burst_make_way(results, tmp_path):
    out = results / "carried"
    first, _ = archive(results, out, megabytes=0.13, most=8)
    assert len(first) > 1
    second, _ = archive(results, out, megabytes=1, most=8)
    assert sorted(out.iterdir()) == second and len(second) == 1
    with tarfile.open(second[0]) as tar:
        assert not [name for name in tar.getnames() if "carried" in name]


def test_what_the_burst_has_changed_comes_before_what_was_there(results, tmp_path):
    old = results / "transport/a/seg/fast.npz"
    os.utime(old, (1e9, 1e9))
    _, left_out = archive(results, tmp_path / "out", megabytes=0.13, most=1, since=2e9)
    assert left_out != [] and old not in left_out
    _, left_out = archive(results, tmp_path / "out", megabytes=0.16, most=1, since=1.5e9)
    assert left_out == [old]


@pytest.mark.parametrize(("megabytes", "most"), [(0, 8), (-1, 8), (1, 0)])
def test_no_room_at_all_is_refused(results, tmp_path, megabytes, most):
    with pytest.raises(ValueError, match="allowed is at least 1"):
        archive(results, tmp_path / "out", megabytes, most)
