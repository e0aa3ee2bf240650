from typing import ClassVar

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

import analysis
from analysis.observables import TABLES
from analysis.reading.observer import CollectError, Observer
from analysis.store import Store
from analysis.universes import analyse, collect_trial
from mdtools import psf
from tests.analysis.universes.trajectories import (
    BOX,
    atoms_table,
    continuous_paths,
    study_of,
    write_pair,
)
from workflow.cli.main import app


def test_all_tables_of_two_trials_of_slightly_different_boxes_are_written_and_read_in_one_line(
    tmp_path, paths
):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    topology, first = write_pair(tmp_path / "a", "dcd", paths)
    other = BOX * [1.005, 1.005, 0.99]
    _, second = write_pair(tmp_path / "b", "dcd", continuous_paths(seed=1), other)
    results = analyse(study_of(topology, first, second), tmp_path / "mine", workers=2)
    for name in ("mean_z", "density"):
        assert set(results[name].trial) == {"1", "2", "all"}
    assert set(results) == set(analysis.load(tmp_path / "mine")) == set(TABLES)


def test_the_same_files_are_not_read_twice(tmp_path, paths):
    study = study_of(*write_pair(tmp_path, "dcd", paths))
    path = tmp_path / "store.npz"
    collect_trial(study, 1, path)
    before = path.stat().st_mtime_ns
    collect_trial(study, 1, path)
    later = study.model_copy(update={"analysis": study.analysis.model_copy(update={"level": 0.9})})
    collect_trial(later, 1, path)
    assert path.stat().st_mtime_ns == before
    collect_trial(study.model_copy(update={"interval_ps": 4.0}), 1, path)
    assert Store.read(path).analysed_ns == pytest.approx(0.156)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(CollectError, match="nothing.psf does not exist"):
        collect_trial(study_of(tmp_path / "nothing.psf", tmp_path / "x.dcd"), 1, tmp_path / "s")


def test_a_file_of_another_system_is_refused_by_name(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "dcd", paths)
    table = atoms_table().iloc[:-1]
    psf.write_psf(topology, table, np.empty((0, 2), dtype=int), "shorter")
    with pytest.raises(CollectError, match=r"run.dcd with .*system.psf: "):
        collect_trial(study_of(topology, trajectory), 1, tmp_path / "store.npz")


def test_the_command_writes_tables_and_says_where(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "xtc", paths)
    study = study_of(topology.name, "*.xtc").model_dump(mode="json", exclude={"analysis"})
    study["trials"] = {1: "*.xtc"}
    out = tmp_path / "mine"
    arguments = ["analyse", str(tmp_path / "study.yaml"), "--out", str(out), "--no-figures"]
    study["analysis"] = {"mean_z_every_ns": 0.01, "snapshots_ns": [0.05], "pore_frames": 1}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert (out / "observables" / "membrane" / "salt" / "mean_z.csv").is_file()
    (tmp_path / "system.psf").unlink()
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 78 and "system.psf does not exist" in done.output


def test_one_file_for_two_trials_is_refused(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "dcd", paths)
    with pytest.raises(CollectError, match="of trial 2 is the same as .* of trial 1"):
        analyse(study_of(topology, trajectory, trajectory), tmp_path / "mine")


class HighestIon(Observer):
    """For the user's own observers of trajectories of other programs."""

    units: ClassVar = {"highest_ion_nm": "nm, full frames"}

    def prepare(self, system):
        self.ions, self.rows = system.ions.atom.to_numpy(), []

    def frame(self, frame):
        self.rows.append(frame.z_nm[self.ions].max())

    def conclude(self):
        return {"highest_ion_nm": np.array(self.rows)}


def test_observers_of_the_user_s_own_see_every_trial(tmp_path, paths):
    study = study_of(*write_pair(tmp_path, "dcd", paths))
    analyse(study, tmp_path / "mine", observers=[HighestIon])
    store = Store.read(tmp_path / "mine" / "observables" / "membrane" / "salt" / "trial1.store.npz")
    highest = store.z_angstrom[:, store.ion_columns].max(axis=1) / 10
    assert store.arrays["highest_ion_nm"] == pytest.approx(highest, abs=1e-4)
