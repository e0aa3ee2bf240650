"""Files of coordinates of other programs."""

import warnings

import MDAnalysis as mda
import numpy as np
import pytest

from mdtools.errors import SettingsError
from mdtools.exports.coordinates import read_coordinates

ATOMS = 5
BOX_ANGSTROM = [20.0, 21.0, 22.0, 90.0, 90.0, 90.0]


@pytest.fixture(scope="module")
def universe():
    made = mda.Universe.empty(ATOMS, trajectory=True)
    made.add_TopologyAttr("names", ["N1", "C2", "C3", "N4", "H5"])
    made.atoms.positions = np.random.default_rng(1).uniform(0, 20, (ATOMS, 3))
    made.dimensions = BOX_ANGSTROM
    return made


def structure(universe, path, last: str | None = None):
    """A file with names, with another last line if one is given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe.atoms.write(path)
    if last is not None:
        lines = path.read_text().splitlines()
        path.write_text("\n".join([*lines[:-1], last]) + "\n")
    return path


@pytest.mark.parametrize("ending", [".gro", ".pdb"])
def test_a_structure_has_names_and_a_box(universe, tmp_path, ending):
    read = read_coordinates(structure(universe, tmp_path / f"net{ending}"), ATOMS)
    assert read.names.tolist() == universe.atoms.names.tolist()
    assert read.box_nm == pytest.approx([2.0, 2.1, 2.2])
    assert read.positions == pytest.approx(universe.atoms.positions / 10, abs=1e-3)


@pytest.mark.parametrize("ending", [".xtc", ".trr", ".dcd"])
def test_of_a_trajectory_the_last_frame_is_read_and_nothing_left_beside_it(
    universe, tmp_path, ending
):
    path = tmp_path / f"net{ending}"
    there = universe.atoms.positions.copy()
    moving = universe.copy()
    with mda.Writer(str(path), ATOMS) as writer:
        for scale in (0.3, 1.0):
            moving.atoms.positions = there * scale
            writer.write(moving.atoms)
    read = read_coordinates(path, ATOMS)
    assert read.names is None
    assert read.box_nm == pytest.approx([2.0, 2.1, 2.2])
    assert read.positions == pytest.approx(there / 10, abs=1e-3)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("box", "found"), [("", None), ("20 21 22 90 90 90", [2.0, 2.1, 2.2])])
def test_an_amber_restart_is_read_with_or_without_a_box(tmp_path, box, found):
    path = tmp_path / "net.rst7"
    lines = ("1 2 3 4 5 6", box)
    columns = ["".join(f"{float(value):12.7f}" for value in line.split()) for line in lines if line]
    path.write_text("\n".join(["made by hand", "    2", *columns]) + "\n")
    read = read_coordinates(path, 2)
    assert read.positions == pytest.approx(np.array([[1, 2, 3], [4, 5, 6]]) / 10)
    assert (read.box_nm is None) if found is None else read.box_nm == pytest.approx(found)


def test_a_structure_without_a_box_is_read(universe, tmp_path):
    assert (
        read_coordinates(structure(universe, tmp_path / "net.gro", "0 0 0"), ATOMS).box_nm is None
    )


def test_what_cannot_be_read_is_refused(universe, tmp_path):
    good = structure(universe, tmp_path / "good.gro")
    text = good.read_text()
    (tmp_path / "cut.gro").write_text(text[:100])
    (tmp_path / "twice.gro").write_text(text * 2)
    (tmp_path / "net.xyz").write_text("2\n\nN 0 0 0\nC 1 1 1\n")
    (tmp_path / "empty.rst7").write_text("")
    structure(universe, tmp_path / "tilted.gro", "2.5 2.6 4.4 0 0 0.5 0 0 0")
    structure(universe, tmp_path / "flat.gro", "2.5 2.6 0.0")
    answers = {
        "none.gro": "is no file",
        "cut.gro": "cannot be read as 5 atoms",
        "twice.gro": "give one structure",
        "net.xyz": "allowed are files that end in .gro, .pdb",
        "empty.rst7": "cannot be read as 5 atoms",
        "tilted.gro": "not rectangular",
        "flat.gro": "length of zero",
    }
    for name, answer in answers.items():
        with pytest.raises(SettingsError, match=answer) as refusal:
            read_coordinates(tmp_path / name, ATOMS)
        assert str(tmp_path / name) in str(refusal.value)
    with pytest.raises(SettingsError, match="has 5 atoms, needed are 7"):
        read_coordinates(good, 7)
