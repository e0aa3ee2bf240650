"""Files whose names do not tell how to read them, and files that cannot be read."""

import gzip
import os

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from analysis.reading.observer import CollectError
from analysis.universes import open_trial
from analysis.universes.opening import LAMMPS_UNITS
from tests.analysis.universes.test_times import dump_text
from tests.analysis.universes.trajectories import (
    BOX,
    atoms_table,
    study_of,
    wrapped,
    write_frames,
    write_pair,
)
from workflow.cli.main import app

TYPES = {"PAM": 1, "COO": 2, "TIP3": 3, "SOD": 4, "CLA": 5}
SELECTIONS = {
    "membrane": "type 1 2",
    "water_oxygen": "type 3",
    "feed_ions": {"Na+": "type 4", "Cl-": "type 5"},
}
COLUMNS = {
    "full": "{id} {mol} {type} {q} {x} {y} {z}",
    "charge": "{id} {type} {q} {x} {y} {z}",
    "molecular": "{id} {mol} {type} {x} {y} {z}",
    "sphere": "{id} {type} 1.0 1.0 {x} {y} {z}",
}


def data_text(paths, style, named=True, flags="", length=1.0) -> str:
    """A LAMMPS data file; `length` is its unit in angstrom."""
    table, kinds = atoms_table(), []
    for residue, number in TYPES.items():
        kinds.append(f"{number} {table.mass[table.residue == residue].iloc[0] + 0.001}")
    lines = ["LAMMPS data file", "", f"{len(table)} atoms", f"{len(TYPES)} atom types", ""]
    for axis, edge in zip("xyz", 10 * BOX / length, strict=True):
        lines.append(f"0 {edge:.6g} {axis}lo {axis}hi")
    lines += ["", "Masses", "", *kinds, "", "Atoms" + (f" # {style}" if named else ""), ""]
    for n, (row, place) in enumerate(zip(table.itertuples(), 10 * paths[0], strict=True), 1):
        x, y, z = (f"{value:.6f}" for value in place / length)
        own = {"id": n, "mol": n, "type": TYPES[row.residue], "q": row.charge}
        lines.append(COLUMNS[style].format(x=x, y=y, z=z, **own) + flags)
    return "\n".join(lines) + "\n"


def lammps(directory, paths, style="full", name="system.data", **options):
    """A data file and a trajectory of its system."""
    (directory / name).write_text(data_text(paths, style, **options))
    write_frames(directory / "run.xtc", wrapped(paths, BOX), BOX)
    return directory / name, directory / "run.xtc"


def opened(topology, trajectory, **changes):
    charges = {"all": 0.0, "type 4": 1.0, "type 5": -1.0}
    given = {"selections": SELECTIONS, "charges_e": charges} | changes
    return open_trial(study_of(topology, trajectory, **given), 1)


@pytest.mark.parametrize("name", ["run.lammpstrj", "dump.custom", "run.lammpsdump", "trajectory"])
def test_a_dump_is_known_by_its_content(tmp_path, paths, name):
    topology, _ = lammps(tmp_path, paths)
    (tmp_path / name).write_text(dump_text(paths[:4]))
    source = opened(topology, tmp_path / name, interval_ps=1.0)
    frames = [frame.positions_nm for frame in source.frames()]
    assert frames[0] == pytest.approx(wrapped(paths, BOX)[0], abs=2e-4)


@pytest.mark.parametrize("style", list(COLUMNS))
def test_columns_of_atoms_are_those_of_the_style_in_the_file_or_the_study(tmp_path, paths, style):
    source = opened(*lammps(tmp_path, paths, style, name="x.lmps", flags=" 0 0 0"))
    assert source.roles.role.value_counts()["membrane"] == 63
    by_key = {"atom_style": style}
    source = opened(*lammps(tmp_path, paths, style, name="x.system", named=False), **by_key)
    assert source.roles.role.value_counts()["water oxygen"] == 200


def test_a_style_that_nothing_tells_is_asked_for(tmp_path, paths):
    files = lammps(tmp_path, paths, "sphere", named=False, flags=" 0 0 0 7")
    with pytest.raises(CollectError, match="which columns its atoms have: give atom_style"):
        opened(*files)
    with pytest.raises(CollectError, match="atom_style: 'fulll' is none of angle, atomic"):
        opened(*files, atom_style="fulll")
    columns = "id type diameter density x y z"
    assert opened(*files, atom_style=columns).box_nm[0] == pytest.approx(BOX[0])


def test_whole_charges_that_may_be_types_are_asked_for(tmp_path, paths):
    """Columns `id type charge x y z` with charges 1 and 2 may be molecules and types as well."""
    topology, trajectory = lammps(tmp_path, paths, "charge", named=False)
    before, _, atoms = topology.read_text().partition("Atoms\n\n")
    rows = [line.split() for line in atoms.splitlines()]

    def written(charge, head=before):
        lines = [" ".join([*row[:2], charge(row[1]), *row[3:]]) for row in rows]
        topology.write_text(head + "Atoms\n\n" + "\n".join(lines) + "\n")
        return topology, trajectory

    files = written(lambda kind: "1" if kind in "45" else "2")
    with pytest.raises(CollectError, match="fit several styles: give atom_style in the study, cha"):
        opened(*files)
    source = opened(*files, atom_style="charge", charges_e={})
    assert set(source.topology.charge) == {1.0, 2.0}
    source = opened(
        *written({"1": "0", "2": "-1", "3": "0", "4": "1", "5": "-1"}.get), charges_e={}
    )
    assert source.topology.charge.to_numpy() == pytest.approx(
        np.where(atoms_table().charge.abs() < 1, 0, atoms_table().charge)
    )
    many = [f"{row[0]} {n} {' '.join(row[1:2] + row[3:])}" for n, row in enumerate(rows, 1)]
    topology.write_text(before + "Atoms\n\n" + "\n".join(many) + "\n")
    assert len(opened(topology, trajectory).universe.residues) == len(rows)


@pytest.mark.parametrize("units", ["real", "electron", "nano", "si"])
def test_units_of_lammps_are_converted(tmp_path, paths, units):
    length, mass, _ = LAMMPS_UNITS[units]
    table = atoms_table()
    text = data_text(paths, "full", length=length)
    before, rest = text.split("Masses\n\n")
    masses, atoms = rest.split("\n\nAtoms")
    scaled = [f"{n} {float(m) / mass:.8g}" for n, m in (x.split() for x in masses.split("\n"))]
    (tmp_path / "a.data").write_text(
        before + "Masses\n\n" + "\n".join(scaled) + "\n\nAtoms" + atoms
    )
    points = 10 * wrapped(paths[:3], BOX) / length
    lines = dump_text(paths[:3]).splitlines()
    places = iter(points.reshape(-1, 3))
    for n, line in enumerate(lines):
        words = line.split()
        if len(words) == 5:
            lines[n] = " ".join([*words[:2], *(f"{value:.8g}" for value in next(places))])
        elif len(words) == 2 and words[0] == "0":
            lines[n] = f"0 {float(words[1]) / length:.8g}"
    (tmp_path / "a.dump").write_text("\n".join(lines) + "\n")
    source = opened(tmp_path / "a.data", tmp_path / "a.dump", lammps_units=units, interval_ps=1.0)
    assert source.box_nm[:2] == pytest.approx(BOX[:2], rel=1e-5)
    kinds = [table.mass[table.residue == residue].iloc[0] + 0.001 for residue in table.residue]
    assert source.topology.mass.to_numpy() == pytest.approx(kinds, rel=1e-4)
    frames = [frame.positions_nm for frame in source.frames()]
    assert frames[0] == pytest.approx(wrapped(paths, BOX)[0], abs=1e-3)


TOP = """
#include "water.itp"
[ moleculetype ]
membrane 3
[ atoms ]
; nr type resnr residue atom cgnr charge mass
{membrane}
[ moleculetype ]
sodium 1
[ atoms ]
1 Na 1 SOD SOD 1 1.0 22.990
[ moleculetype ]
chloride 1
[ atoms ]
1 Cl 1 CLA CLA 1 -1.0 35.45
[ system ]
a membrane
[ molecules ]
membrane 1
water 200
sodium 4
chloride 4
"""


def test_a_topology_of_gromacs_gives_charges_and_elements(tmp_path, paths):
    table = atoms_table()
    rows = [
        f"{n} {row.element} {n} {row.residue} {row.name} {n} {row.charge} {row.mass}"
        for n, row in enumerate(table[:63].assign().itertuples(index=False), 1)
    ]
    names = table.name[:63]
    rows = [row.replace("Pandas", name) for row, name in zip(rows, names, strict=True)]
    (tmp_path / "system.top").write_text(TOP.format(membrane="\n".join(rows)))
    (tmp_path / "water.itp").write_text(
        "[ moleculetype ]\nwater 2\n[ atoms ]\n1 O 1 TIP3 OH2 1 0.0 15.999\n"
    )
    write_frames(tmp_path / "run.xtc", wrapped(paths, BOX), BOX)
    selections = {
        "membrane": "resname PAM COO",
        "water_oxygen": "name OH2",
        "feed_ions": {"Na+": "resname SOD", "Cl-": "resname CLA"},
    }
    study = study_of(tmp_path / "system.top", tmp_path / "run.xtc", selections=selections)
    source = open_trial(study, 1)
    assert source.topology.charge.to_numpy() == pytest.approx(table.charge.to_numpy())
    assert source.topology.element.tolist() == table.element.tolist()


FORCE_FIELD = """
#include "ions.itp"
[ atomtypes ]
opls_116 OW 8 15.99940 -0.820 A 3.16557e-01 6.50194e-01
"""
WATER = "[ moleculetype ]\nwater 2\n[ atoms ]\n1 opls_116 1 TIP3 OH2 1\n"
INCLUDING = """
#include "own.ff/forcefield.itp"
#include "own.ff/water.itp"
#ifdef POSRES
#include "posre.itp"
#endif
"""


def test_what_a_topology_of_gromacs_includes_is_looked_for_where_gromacs_does(
    tmp_path, paths, monkeypatch
):
    """Types of water give its charge and mass; a file that is not asked for may be missing."""
    membrane = "\n".join(f"{n} C 1 PAM C 1 0.0 12.011" for n in range(1, 64))
    text = TOP.format(membrane=membrane).replace('#include "water.itp"', INCLUDING)
    for kind in ("sodium", "chloride"):
        text = text.replace(f"[ moleculetype ]\n{kind} 1", "; of the force field", 1)
    (tmp_path / "system.top").write_text(text.partition("; of")[0] + text[text.index("[ system") :])
    write_frames(tmp_path / "run.xtc", wrapped(paths, BOX), BOX)
    selections = {"membrane": "resname PAM", "water_oxygen": "name OH2"}
    study = study_of(tmp_path / "system.top", tmp_path / "run.xtc", selections=selections)
    monkeypatch.setenv("GMXLIB", str(tmp_path / "nowhere"))
    said = r"includes own.ff/forcefield.itp, which is neither beside it nor in .*GMXLIB .* own.ff"
    with pytest.raises(CollectError, match=said):
        open_trial(study, 1)
    installed = tmp_path / "share" / "own.ff"
    installed.mkdir(parents=True)
    ion = "[ moleculetype ]\n{name} 1\n[ atoms ]\n1 {name} 1 ION ION 1 {charge} 30.0\n"
    files = {
        "forcefield.itp": FORCE_FIELD,
        "water.itp": WATER,
        "ions.itp": ion.format(name="sodium", charge=1) + ion.format(name="chloride", charge=-1),
    }
    for name, content in files.items():
        (installed / name).write_text(content)
    monkeypatch.setenv("GMXLIB", f"{tmp_path / 'nowhere'}{os.pathsep}{tmp_path / 'share'}")
    source = open_trial(study, 1)
    assert source.topology.charge[63:263].to_numpy() == pytest.approx(-0.82)
    assert source.topology.element[63] == "O" and source.topology.charge[264] == 1
    before = source.inputs()
    (installed / "water.itp").write_text(WATER.replace("OH2 1", "OH2 1 -0.8"))
    assert open_trial(study, 1).inputs() != before


def test_packed_files_are_read_where_they_are_of_text(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "xtc", paths[:4])
    (tmp_path / "a.dump").write_text(dump_text(paths[:4]))
    packed = []
    for file in (topology, trajectory, tmp_path / "a.dump"):
        packed.append(file.with_name(f"{file.name}.gz"))
        packed[-1].write_bytes(gzip.compress(file.read_bytes()))
    source = open_trial(study_of(packed[0], packed[2], interval_ps=1.0), 1)
    assert len(list(source.frames())) == 4
    with pytest.raises(CollectError, match="run.xtc.gz is packed.* XTC are read unpacked"):
        open_trial(study_of(packed[0], packed[1]), 1)


def run(study, out):
    return CliRunner().invoke(app, ["analyse", str(study), "--out", str(out), "--no-figures"])


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"run.abc": b"nothing"}, "cannot be told from the ending .abc: give format in the study"),
        (
            {"run.xtc": b"\x00\x00\x07\xcb broken"},
            "no trajectory of format XTC: the file is damaged",
        ),
        ({"run.dcd": b"T\x00\x00\x00CORD", "format": "DCD"}, "no trajectory of format DCD: the fi"),
        ({"run.nc": b"CDF no more"}, "no trajectory of format NC: the file is damaged"),
        ({"run.xtc": b"x", "format": "FORMAT"}, "format: 'FORMAT' is no format, allowed are "),
        ({"run.xtc": b""}, "run.xtc is empty"),
        (
            {"run.dump": b"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n1\nITEM: ATOMS id vx vy vz\n"},
            "is a dump of id vx vy vz, without positions: allowed are x y z, xs ys zs",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, paths, files, said):
    topology, _ = write_pair(tmp_path, "dcd", paths[:3])
    (tmp_path / "run.dcd").unlink()
    name = next(iter(files))
    (tmp_path / name).write_bytes(files[name])
    study = study_of(topology.name, name).model_dump(mode="json", exclude={"analysis", "format"})
    study |= {"trials": {1: name}} | {k: v for k, v in files.items() if k == "format"}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    before = sorted(tmp_path.iterdir())
    done = run(tmp_path / "study.yaml", tmp_path / "out")
    assert done.exit_code == 78 and said in done.output, done.output
    assert len(done.output.strip().splitlines()) == 1
    assert "MDAnalysis" not in done.output and "Traceback" not in done.output
    assert sorted(tmp_path.iterdir()) == before


def test_a_dump_without_ids_is_read_with_a_note(tmp_path, paths):
    topology, _ = write_pair(tmp_path, "dcd", paths[:3])
    lines = dump_text(paths[:3]).replace("ITEM: ATOMS id type", "ITEM: ATOMS type").splitlines()
    without = [line.partition(" ")[2] if len(line.split()) == 5 else line for line in lines]
    (tmp_path / "a.dump").write_text("\n".join(without) + "\n")
    source = open_trial(study_of(topology, tmp_path / "a.dump", interval_ps=1.0), 1)
    assert source.notes[0].startswith("a.dump has no ids of atoms: they are taken in the order")


def test_a_topology_without_atoms_is_refused(tmp_path, paths):
    _, trajectory = write_pair(tmp_path, "dcd", paths[:3])
    (tmp_path / "a.top").write_text("[ system ]\nnothing\n")
    with pytest.raises(CollectError, match=r"a.top holds no atoms that are read as format ITP"):
        open_trial(study_of(tmp_path / "a.top", trajectory), 1)


def test_a_file_that_ends_within_a_frame_is_refused(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "xtc", paths)
    trajectory.write_bytes(trajectory.read_bytes()[:-200])
    with pytest.raises(CollectError, match="the file is damaged or ends") as refusal:
        list(open_trial(study_of(topology, trajectory), 1).frames())
    assert "MDAnalysis" not in str(refusal.value)


def test_nothing_is_left_beside_the_files_of_the_user(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "xtc", paths)
    before = sorted(tmp_path.iterdir())
    assert len(list(open_trial(study_of(topology, trajectory), 1).frames())) == len(paths)
    assert np.array_equal(before, sorted(tmp_path.iterdir()))
