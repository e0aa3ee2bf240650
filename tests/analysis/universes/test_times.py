"""Times of frames: of files that hold none, that overlap, and that begin late."""

import warnings

import MDAnalysis as mda
import numpy as np
import pytest
from scipy.io import netcdf_file

from analysis.reading.observer import CollectError
from analysis.store import Store
from analysis.universes import collect_trial, open_trial
from mdtools.slab import membrane_faces
from tests.analysis.universes.trajectories import (
    BOX,
    FRAMES,
    INTERVAL_PS,
    atoms_table,
    study_of,
    wrapped,
    write_frames,
    write_pair,
)


def dump_text(paths, every=1000) -> str:
    """A LAMMPS dump, whose frames have numbers of steps."""
    lines = []
    for frame, points in enumerate(10 * wrapped(paths, BOX)):
        lines += ["ITEM: TIMESTEP", str(every * frame), "ITEM: NUMBER OF ATOMS", str(len(points))]
        lines += ["ITEM: BOX BOUNDS pp pp ff", *(f"0 {10 * length:g}" for length in BOX)]
        lines += ["ITEM: ATOMS id type xu yu zu"]
        lines += [f"{n} 1 {x:.3f} {y:.3f} {z:.3f}" for n, (x, y, z) in enumerate(points, 1)]
    return "\n".join(lines) + "\n"


def dump(directory, paths):
    topology, _ = write_pair(directory, "dcd", paths)
    (directory / "run.lammpstrj").write_text(dump_text(paths))
    return topology, directory / "run.lammpstrj"


def xyz(directory, paths):
    topology, _ = write_pair(directory, "dcd", paths)
    lines = []
    for points in 10 * wrapped(paths, BOX):
        lines += [
            str(len(points)),
            "comment",
            *(f"C {x:.3f} {y:.3f} {z:.3f}" for x, y, z in points),
        ]
    (directory / "run.xyz").write_text("\n".join(lines) + "\n")
    return topology, directory / "run.xyz"


def dcd_of(title: bytes, delta: float | None):
    def write(directory, paths):
        topology, trajectory = write_pair(directory, "dcd", paths)
        data = bytearray(trajectory.read_bytes())
        if delta is not None:
            data[44:48] = np.float32(delta).tobytes()
        data[100 : 100 + len(title)] = title
        trajectory.write_bytes(data)
        return topology, trajectory

    return write


def netcdf(directory, paths):
    topology, _ = write_pair(directory, "dcd", paths)
    with netcdf_file(directory / "run.nc", "w", version=2) as file:
        file.Conventions, file.ConventionVersion, file.program = "AMBER", "1.0", "another"
        file.programVersion = "1"
        for name, size in (("frame", None), ("spatial", 3), ("atom", paths.shape[1])):
            file.createDimension(name, size)
        for name in ("cell_spatial", "cell_angular"):
            file.createDimension(name, 3)
        places = file.createVariable("coordinates", "f4", ("frame", "atom", "spatial"))
        places.units = "angstrom"
        lengths = file.createVariable("cell_lengths", "f8", ("frame", "cell_spatial"))
        lengths.units = "angstrom"
        angles = file.createVariable("cell_angles", "f8", ("frame", "cell_angular"))
        angles.units = "degree"
        for frame, points in enumerate(10 * wrapped(paths, BOX)):
            places[frame], lengths[frame], angles[frame] = points, 10 * BOX, [90.0] * 3
    return topology, directory / "run.nc"


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (dump, "is a LAMMPS dump, which holds numbers of steps and no times"),
        (xyz, "is of format XYZ, which holds no times"),
        (dcd_of(b"Written by LAMMPS", None), "is a DCD of LAMMPS"),
        (dcd_of(b"", 1.0), "is a DCD with a step of 1 in its header, which is no time"),
        (netcdf, "is a NetCDF file without times"),
    ],
)
def test_files_without_times_are_refused_until_an_interval_is_given(tmp_path, paths, write, said):
    topology, trajectory = write(tmp_path, paths[:5])
    boxed = {"box_angstrom": tuple(10 * BOX)}
    with pytest.raises(CollectError, match=f"{said}.*: give interval_ps in the study"):
        open_trial(study_of(topology, trajectory, **boxed), 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source = open_trial(study_of(topology, trajectory, interval_ps=0.5, **boxed), 1)
        assert [frame.time_ps for frame in source.frames()] == [0.0, 0.5, 1.0, 1.5, 2.0]


def parts(directory, paths, *pieces, ending="xtc"):
    """Files of frames [begin, end) of a run, with the times of the run."""
    topology, _ = write_pair(directory, "dcd", paths)
    files = []
    for n, (begin, end) in enumerate(pieces):
        files.append(directory / f"run.part{n}.{ending}")
        write_frames(files[-1], wrapped(paths[begin:end], BOX), BOX, INTERVAL_PS * begin)
    study = study_of(topology, files[0])
    return study.model_copy(update={"trials": {1: tuple(files)}})


def test_of_files_that_overlap_the_later_one_is_taken_with_a_note(tmp_path, paths):
    for number, pieces in enumerate([((0, 21), (16, 30)), ((0, 12), (11, 21), (18, 30))]):
        (tmp_path / str(number)).mkdir()
        study = parts(tmp_path / str(number), paths, *pieces)
        source = open_trial(study, 1)
        frames = list(source.frames())
        assert [frame.time_ps for frame in frames] == (INTERVAL_PS * np.arange(30)).tolist()
        assert "overlap" in source.notes[0] and "are left out" in source.notes[0]
        ions = np.flatnonzero(atoms_table().segment == "ION")
        moved = np.array([frame.positions_nm[ions] for frame in frames])
        assert moved - moved[0] == pytest.approx(paths[:30, ions] - paths[0, ions], abs=4e-3)
        with_interval = study.model_copy(update={"interval_ps": 2.0})
        assert open_trial(with_interval, 1).last_ps == 58.0


def test_files_of_one_frame_at_one_time_are_refused_until_an_interval_is_given(tmp_path, paths):
    study = parts(tmp_path, paths, *((n, n + 1) for n in range(5)))
    assert open_trial(study, 1).last_ps == 8.0
    for n, path in enumerate(study.trials[1]):
        write_frames(path, wrapped(paths[n : n + 1], BOX), BOX, 0.0)
    with pytest.raises(CollectError, match="5 files of one frame each are at 0 ps: give inter"):
        open_trial(study, 1)
    source = open_trial(study.model_copy(update={"interval_ps": 2.0}), 1)
    assert [frame.time_ps for frame in source.frames()] == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert source.notes == []


def test_files_whose_times_begin_anew_are_refused_until_an_interval_is_given(tmp_path, paths):
    study = parts(tmp_path, paths, (0, 20), (20, 40))
    for n, path in enumerate(study.trials[1]):
        write_frames(path, wrapped(paths[20 * n : 20 * n + 20], BOX), BOX, 2.0 * n)
    with pytest.raises(
        CollectError, match=r"\(0 to 38 ps\) and run.part1.xtc \(from 2 ps on\) overl"
    ):
        open_trial(study, 1)
    counted = open_trial(study.model_copy(update={"interval_ps": 2.0}), 1)
    assert counted.full_frames == 40 and counted.notes == []


def test_from_ps_is_a_time_of_the_file_where_its_times_are_used(tmp_path, paths):
    topology, _ = write_pair(tmp_path, "dcd", paths)
    write_frames(tmp_path / "late.xtc", wrapped(paths, BOX), BOX, 10_000.0)
    study = study_of(topology, tmp_path / "late.xtc", from_ps=10_020.0)
    source = open_trial(study, 1)
    assert source.full_frames == FRAMES - 10 and source.last_ps == pytest.approx(58.0)
    with pytest.raises(CollectError, match="from_ps counts by the times of the files"):
        open_trial(study.model_copy(update={"from_ps": 20_000.0}), 1)
    by_interval = study.model_copy(update={"interval_ps": 2.0, "from_ps": 20.0})
    assert open_trial(by_interval, 1).full_frames == FRAMES - 10


def test_frames_that_are_left_out_decide_nothing(tmp_path, paths):
    before = paths.copy()
    before[:10, :30, 2] -= 3.9  # a membrane in two pieces
    boxes = np.tile(BOX, (FRAMES, 1))
    boxes[:10] *= [1.05, 1.05, 1]
    topology, _ = write_pair(tmp_path, "dcd", before)
    write_frames(tmp_path / "run.xtc", wrapped(before, BOX), boxes)
    study = study_of(topology, tmp_path / "run.xtc", from_ps=20.0)
    source = open_trial(study, 1)
    assert source.box_nm[:2] == pytest.approx(BOX[:2], rel=1e-5)
    assert len(list(source.frames())) == FRAMES - 10
    with pytest.raises(CollectError, match="pieces"):
        open_trial(study.model_copy(update={"from_ps": 0.0}), 1)


def test_the_area_of_each_frame_counts(tmp_path, paths):
    boxes = np.tile(BOX, (FRAMES, 1))
    boxes[0, :2] *= 1.018
    topology, _ = write_pair(tmp_path, "dcd", paths)
    write_frames(tmp_path / "run.xtc", wrapped(paths, BOX), boxes)
    study = study_of(topology, tmp_path / "run.xtc", analysis={"pore_frames": 0})
    collect_trial(study, 1, tmp_path / "store.npz")
    store = Store.read(tmp_path / "store.npz")
    mass = atoms_table().mass[atoms_table().segment == "MEM"].sum() * 1.66053907e-3
    areas = np.prod(boxes[:, :2], axis=1)
    edges = store.arrays["face_edges_nm"]
    total = (store.arrays["face_g_cm3"] * np.diff(edges)).sum()
    assert total == pytest.approx(mass * (1 / areas).mean(), rel=1e-5)
    assert store.box_nm[:2] == pytest.approx(boxes[:, :2].mean(axis=0), rel=1e-5)
    assert membrane_faces(edges, store.arrays["face_g_cm3"])[0] < 0


def test_an_area_that_changes_too_much_is_refused(tmp_path, paths):
    boxes = np.tile(BOX, (FRAMES, 1))
    boxes[7:, 0] *= 1.05
    topology, _ = write_pair(tmp_path, "dcd", paths)
    write_frames(tmp_path / "run.xtc", wrapped(paths, BOX), boxes)
    with pytest.raises(CollectError, match=r"changes by 5.0 % laterally up to frame 7: .*from_ps"):
        list(open_trial(study_of(topology, tmp_path / "run.xtc"), 1).frames())


def test_neighbours_are_right_where_boxes_change_and_paths_went_round(tmp_path, paths):
    boxes = BOX * (1 + 0.01 * np.sin(np.arange(FRAMES))[:, None] * [1, 1, 0])
    topology, _ = write_pair(tmp_path, "dcd", paths)
    points = np.array([np.mod(p[:, :2], b[:2]) for p, b in zip(paths, boxes, strict=True)])
    inside = np.concatenate([points, paths[..., 2:]], axis=-1)
    write_frames(tmp_path / "run.xtc", inside, boxes)
    study = study_of(topology, tmp_path / "run.xtc", analysis={"pore_frames": 0})
    collect_trial(study, 1, tmp_path / "store.npz")
    store, table = Store.read(tmp_path / "store.npz"), atoms_table()
    ions = store.atoms.atom.to_numpy()[store.ion_columns]
    apart = inside[:, ions][:, :, None] - inside[:, None, table.name == "OH2"]
    lengths = boxes[:, None, None, :] * [1, 1, 0]
    apart -= np.where(lengths > 0, lengths * np.rint(apart / np.where(lengths, lengths, 1)), 0)
    distances = np.linalg.norm(apart, axis=-1)
    counts = store.arrays["shell_counts"][:, :, 0]
    assert (counts >= (distances < 0.449).sum(axis=-1)).all()
    assert (counts <= (distances < 0.451).sum(axis=-1)).all()


def test_one_structure_needs_no_time(tmp_path, paths):
    topology, _ = write_pair(tmp_path, "dcd", paths)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = mda.Universe(str(topology), str(tmp_path / "run.dcd"))
        universe.atoms.write(str(tmp_path / "one.gro"))
    source = open_trial(study_of(topology, tmp_path / "one.gro"), 1)
    assert (source.full_frames, source.last_ps) == (1, 0.0)
