import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtools import seeds
from mdtools.options import TransportOptions
from mdtools.runs import segments
from mdtools.runs.segments import Grid

counts = st.integers(1, 12)


@st.composite
def grids(draw):
    fast = draw(counts)
    full = fast * draw(counts)
    timestep = draw(st.sampled_from([0.5, 1.0, 2.0]))
    return Grid(timestep, fast, full, full * draw(counts))


@given(grids(), st.integers(1, 20))
def test_frames_of_all_segments_are_one_uniform_row(grid, count):
    for interval in (grid.fast_steps, grid.full_steps):
        steps = [step for k in range(count) for step in grid.frames(k, interval)]
        assert steps == list(range(interval, grid.last_step(count - 1) + 1, interval))


@given(grids(), st.integers(1, 10**4))
def test_segments_until_the_end_of_segment_k_are_k(grid, count):
    end = grid.time_ps(grid.last_step(count - 1))
    assert grid.segments_until(end) == count
    assert grid.segments_until(end + grid.time_ps(1)) == count + 1


@given(
    st.sampled_from([0.5, 1.0, 2.0]),
    st.sampled_from([0.1, 0.2, 2.0]),
    counts,
    counts,
    st.integers(1, 2000),
)
def test_grid_of_options_has_no_rounding_error(timestep, fast, full, segment, segments_wanted):
    full_ps = fast * full
    options = TransportOptions(
        duration_ns=full_ps * segment * segments_wanted / 1000,
        segment_ps=full_ps * segment,
        fast_every_ps=fast,
        full_every_ps=full_ps,
        timestep_fs=timestep,
    )
    grid = Grid.of(options)
    assert grid.full_steps == full * grid.fast_steps
    assert grid.segment_steps == segment * grid.full_steps
    assert grid.segments_until(options.duration_ns * 1000) == options.segments == segments_wanted


@pytest.mark.parametrize("until_ps", [0, -1, 1e13])
def test_impossible_ends_are_refused(until_ps):
    with pytest.raises(ValueError, match="allowed is above 0"):
        Grid(1.0, 10, 10, 10).segments_until(until_ps)


@given(st.integers(0, 2**32), st.integers(0, 50), st.integers(0, 50))
def test_every_segment_and_attempt_has_its_own_seed(seed, first, second):
    keys = {("segment", k, attempt) for k in (first, second) for attempt in (0, 1)}
    keys |= {("velocities", 0, attempt) for attempt in (0, 1)}
    values = {seeds.integer(seed, "transport", "pH7", "NaCl", 1, *key) for key in keys}
    assert len(values) == len(keys)
    assert all(0 < value < 2**31 for value in values)


@pytest.fixture
def chain(whole_run, tmp_path):
    """Copy of the segments of a finished run: directory, hash of its start, grid."""
    directory = tmp_path / "segments"
    shutil.copytree(whole_run.directory / "segments", directory)
    plan = whole_run.plan
    return directory, plan.bundle.hashes["state.xml"], plan.grid


def test_an_undamaged_chain_is_whole(chain):
    manifests, wrong = segments.whole_chain(*chain)
    assert len(manifests) == 12 and not wrong


@pytest.mark.parametrize("name", [*segments.FILES, segments.MANIFEST])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "remove"])
def test_any_damage_to_any_file_is_found(chain, name, damage):
    path = chain[0] / segments.name(3) / name
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 4
    path.write_bytes({"cut": content[:-1], "empty": b""}.get(damage, content))
    if damage == "remove":
        path.unlink()
    manifests, wrong = segments.whole_chain(*chain)
    assert len(manifests) == 3
    assert name in wrong[0]


def test_a_manifest_with_a_valid_change_is_found(chain):
    path = chain[0] / segments.name(3) / segments.MANIFEST
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"seed": content["seed"] + 1}))
    assert len(segments.whole_chain(*chain)[0]) == 3


def test_a_whole_segment_in_the_wrong_place_is_found(chain):
    directory = chain[0]
    shutil.rmtree(directory / segments.name(3))
    shutil.copytree(directory / segments.name(4), directory / segments.name(3))
    manifests, wrong = segments.whole_chain(*chain)
    assert len(manifests) == 3 and "segment 4" in wrong[0]


def test_a_segment_of_another_history_is_found(chain):
    directory, _, grid = chain
    manifests, wrong = segments.whole_chain(directory, "0" * 64, grid)
    assert not manifests and "does not start from" in wrong[0]
