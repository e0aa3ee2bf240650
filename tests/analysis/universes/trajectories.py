"""Trajectories of another program, written from known coordinates, and studies of them."""

import warnings

import MDAnalysis as mda
import numpy as np
import pandas as pd
import pytest
from MDAnalysis.lib.formats.libmdaxdr import XTCFile

from analysis.reading.observer import CollectError
from analysis.universes import collect_trial
from analysis.universes.study import Study
from mdtools import psf

BOX = np.array([2.4, 2.6, 8.0])
FRAMES, INTERVAL_PS = 40, 2.0
CENTER = 4.0


def atoms_table() -> pd.DataFrame:
    """A membrane of 60 atoms, 3 groups, 200 waters, 4 + 4 ions."""
    kinds = [("MEM", "PAM", "C", "C", 0.0, 12.011)] * 40
    kinds += [("MEM", "PAM", "O", "O", -0.3, 15.999)] * 10
    kinds += [("MEM", "PAM", "N", "N", 0.3, 14.007)] * 10
    kinds += [("MEM", "COO", "CX", "C", -1.0, 12.011)] * 3
    kinds += [("WAT", "TIP3", "OH2", "O", 0.0, 15.999)] * 200
    kinds += [("ION", "SOD", "SOD", "Na", 1.0, 22.990)] * 4
    kinds += [("ION", "CLA", "CLA", "Cl", -1.0, 35.45)] * 4
    table = pd.DataFrame(kinds, columns=["segment", "residue", "name", "element", "charge", "mass"])
    return table.assign(resid=np.arange(1, len(table) + 1))


def continuous_paths(seed=0) -> np.ndarray:
    """Paths (T, N, 3) in nm that leave the periodic cell along x and y."""
    rng = np.random.default_rng(seed)
    table = atoms_table()
    start = rng.uniform(0, 1, (len(table), 3)) * BOX
    membrane = (table.segment == "MEM").to_numpy()
    start[membrane, 2] = CENTER + rng.uniform(-0.9, 0.9, membrane.sum())
    start[~membrane, 2] = rng.uniform(0.5, 7.5, (~membrane).sum())
    steps = rng.normal(0, 0.1, (FRAMES, len(table), 3)) * [3, 3, 1]
    steps[0] = 0
    steps[:, membrane] = 0
    paths = start + np.cumsum(np.clip(steps, -0.9, 0.9), axis=0)
    paths[..., 2] = 0.3 + np.abs((paths[..., 2] - 0.3) % 14.8 - 7.4)
    return paths


def write_pair(directory, ending: str, paths, box=BOX, dt=INTERVAL_PS):
    """Topology and wrapped trajectory as another program leaves them."""
    table = atoms_table()
    bonds = np.array([[0, 60], [1, 61], [2, 62]])
    topology = directory / "system.psf"
    psf.write_psf(topology, table, bonds, "another program")
    trajectory = directory / f"run.{ending}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = mda.Universe(str(topology))
        with mda.Writer(str(trajectory), len(table), dt=dt) as writer:
            universe.load_new(10 * wrapped(paths, box).astype(np.float32), order="fac")
            for frame in universe.trajectory:
                frame.dimensions = None if box is None else [*(10 * box), 90, 90, 90]
                frame.time, frame.dt = frame.frame * dt, dt
                writer.write(universe.atoms)
    return topology, trajectory


def write_frames(path, points, boxes, first_ps=0.0, dt=INTERVAL_PS) -> None:
    """Write an XTC of frames (T, N, 3) in nm as they are, with one box (3,) or one for each."""
    boxes = np.broadcast_to(boxes, (len(points), 3))
    with XTCFile(str(path), "w") as file:
        for number, (places, box) in enumerate(zip(points, boxes, strict=True)):
            time = first_ps + dt * number
            file.write(places.astype(np.float32), np.diag(box).astype("f4"), number, time, 1000)


def wrapped(paths, box):
    lateral = (BOX if box is None else np.where(box > 0, box, BOX))[:2]
    inside = paths.copy()
    inside[..., :2] -= lateral * np.floor(inside[..., :2] / lateral)
    return inside


def study_of(topology, *trajectories, **changes) -> Study:
    given = {
        "topology": topology,
        "waters_per_nm3": None,  # planted waters are few
        "trials": {k + 1: (path,) for k, path in enumerate(trajectories)},
        "selections": {
            "membrane": "segid MEM",
            "water_oxygen": "name OH2",
            "feed_ions": {"Na+": "resname SOD", "Cl-": "resname CLA"},
            "charged_groups": {"COO-": "name CX"},
        },
        "analysis": {
            "permeated_above_angstrom": 20,
            "snapshots_ns": [0.04, 0.078],
            "mean_z_every_ns": 0.01,
            "pore_frames": 0,
        },
    }
    return Study.model_validate(given | changes)


def refused(tmp_path, paths, message, ending="dcd", box=BOX, **changes):
    study = study_of(*write_pair(tmp_path, ending, paths, box), **changes)
    with pytest.raises(CollectError, match=message) as caught:
        collect_trial(study, 1, tmp_path / "store.npz")
    assert not (tmp_path / "store.npz").exists()
    return str(caught.value)


SELECTIONS = study_of("a", "b").selections.model_dump()
