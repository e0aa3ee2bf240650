"""Cells in GROMACS, and what of a bundle is no cell."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from mdtools.errors import SettingsError
from mdtools.exports.cells import cell_content
from mdtools.exports.gromacs_cell import write_gromacs_cell
from mdtools.exports.whole_cells import export_cell
from mdtools.options import DriveOptions
from tests.mdtools.exports.ewald import energies_and_forces

POINT = {
    "integrator": "md",
    "nsteps": 0,
    "continuation": "yes",
    "gen-vel": "no",
    "verlet-buffer-tolerance": -1,
    "rlist": 0.6,
    "ewald-rtol": 1e-8,
    "pme-order": 12,
    "fourierspacing": 0.04,
    "nstcalcenergy": 1,
    "nstenergy": 1,
}
"""Changes of a run's parameters that make it one exact point."""


@pytest.fixture
def written(settled, tmp_path):
    """Files of a cell with Li+, Mg2+, Cl-, NO3- and SO4--."""
    made = cell_content(settled, "a cell")
    return write_gromacs_cell(made, tmp_path, "cell", DriveOptions())


def gmx(*arguments, cwd) -> str:
    done = subprocess.run(
        ["gmx_d", "-quiet", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def changed(mdp: str, changes: dict) -> str:
    for key, value in changes.items():
        line = f"{key} = {value}"
        mdp, count = re.subn(rf"^{key} +=.*$", line, mdp, flags=re.MULTILINE)
        mdp += "" if count else f"{line}\n"
    return mdp


@pytest.mark.skipif(shutil.which("gmx_d") is None, reason="needs GROMACS in double precision")
def test_a_cell_has_the_energies_of_openmm_in_gromacs(settled, written, tmp_path):
    *_, mdp = written
    mdp.write_text(changed(mdp.read_text(), POINT))
    files = ("-c", "cell.gro", "-r", "cell-tether.gro", "-p", "cell.top", "-n", "cell.ndx")
    gmx("grompp", "-f", "cell.mdp", *files, "-o", "cell.tpr", cwd=tmp_path)
    gmx("mdrun", "-ntmpi", "1", "-ntomp", "1", "-deffnm", "cell", cwd=tmp_path)
    names = {
        "Bond": "bonds",
        "Angle": "angles",
        "Proper-Dih.": "torsions",
        "Per.-Imp.-Dih.": "torsions",
        "LJ-14": "lennard-jones",
        "LJ-(SR)": "lennard-jones",
        "Coulomb-14": "coulomb",
        "Coulomb-(SR)": "coulomb",
        "Coul.-recip.": "coulomb",
        "Position-Rest.": "tether",
        "COM-Pull-En.": "outside",
    }
    report = subprocess.run(
        ["gmx_d", "-quiet", "energy", "-f", "cell.edr", "-o", "cell.xvg", "-dp"],
        cwd=tmp_path,
        input="\n".join(names) + "\n\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.returncode == 0, report.stderr[-2000:]
    last = (tmp_path / "cell.xvg").read_text().splitlines()
    legends = [re.search(r'"(.*)"', line)[1] for line in last if re.match(r"@ s\d+ legend", line)]
    values = [float(text) for text in last[-1].split()[1:]]
    found = dict.fromkeys(names.values(), 0.0)
    for legend, value in zip(legends, values, strict=True):
        found[names[legend.replace(" ", "-")]] += value
    expected, _ = energies_and_forces(settled.system, settled.positions, settled.box_nm)
    for name in ("bonds", "angles", "torsions", "lennard-jones", "coulomb", "tether"):
        assert found[name] == pytest.approx(expected[name], rel=1e-5), name
    # Every constant force is -F z: pistons as in OpenMM, and the drive on the feed's ions.
    roles = settled.roles
    feed = roles[roles["role"] == "feed ion"]
    size = np.where(feed["species"].isin(["Mg2+", "SO4--"]), 2, 1)
    z = settled.positions[feed["atom"], 2] + settled.box_nm[2] / 2
    drive = -0.072 * 41.84 * float((size * z).sum())
    # GROMACS counts z of a group within half a box of zero: that shifts its energy, not its force.
    made = cell_content(settled, "a cell")
    force = made.piston_kJ_mol_nm[0] * made.sheets.shape[1]
    boxes = (found["outside"] - expected["pistons"] - drive) / (force * settled.box_nm[2])
    assert boxes == pytest.approx(round(boxes), abs=1e-4)


@pytest.mark.skipif(shutil.which("gmx") is None, reason="needs GROMACS")
def test_a_cell_runs_in_gromacs_without_a_warning(written, tmp_path):
    *_, mdp = written
    short = {"nsteps": 4, "nstxout-compressed": 2}
    mdp.write_text(changed(mdp.read_text(), short))
    files = ("-c", "cell.gro", "-r", "cell-tether.gro", "-p", "cell.top", "-n", "cell.ndx")
    gmx("grompp", "-f", "cell.mdp", *files, "-o", "cell.tpr", "-maxwarn", "0", cwd=tmp_path)
    gmx("mdrun", "-ntmpi", "1", "-ntomp", "1", "-deffnm", "cell", cwd=tmp_path)
    assert (tmp_path / "cell.xtc").stat().st_size > 0


def test_what_is_no_cell_is_refused_by_what_it_lacks(bundle, tmp_path):
    with pytest.raises(SettingsError, match="box has no membrane: name the directory of a cell"):
        export_cell(bundle.path, "gromacs", tmp_path, "box", DriveOptions())
    with pytest.raises(SettingsError, match="format 'charmm': allowed are gromacs, lammps"):
        export_cell(bundle.path, "charmm", tmp_path, "box", DriveOptions())
