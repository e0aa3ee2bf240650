"""A synthetic cell and synthetic trials whose numbers are known."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from MDAnalysis.lib.formats.libmdaxdr import XTCFile

from analysis.kernels.ion_energies import PRESETS, SCOPES, TERMS
from analysis.options import COLLECTION_OPTIONS, AnalysisOptions
from analysis.reading.observer import PARTNERS
from analysis.reading.profilers import BLOCKS, ELEMENTS
from analysis.store import Store
from analysis.tables import write_tables
from tests.analysis.surroundings import surroundings

GROUPS = {"pH2": {"NH2+": 10}, "pH7": {"NH2+": 10, "COO-": 20}}
HALF_NM = 1.15
FULL_FRAMES = 100


def atoms_of(layout: str, ions: int = 6) -> list[dict]:
    rows = [("feed ion", s, i, "feed") for s in ("Na+", "Cl-") for i in range(ions)]
    counter = "Cl-" if layout == "pH2" else "Na+"
    rows += [("counter-ion", counter, i, side) for i, side in enumerate(["feed", "permeate"] * 5)]
    for species, count in GROUPS.get(layout, {"COO-": 14}).items():
        rows += [("charged group", species, i, "") for i in range(count)]
    return [
        {"atom": n, "role": role, "species": species, "group": group, "side": side}
        for n, (role, species, group, side) in enumerate(rows)
    ]


def synthetic_store(
    layout="pH2", trial=1, frames=400, target_ns=100.0, last_ns=100.0, ions=6, seed=0, half=HALF_NM
) -> Store:
    """Ions that drift from the feed towards a place that depends on layout and species."""
    rng = np.random.default_rng([seed, trial, len(layout), ord(layout[-1])])
    atoms = atoms_of(layout, ions)
    box = np.array([5.2, 5.2, 14.0])
    time = np.linspace(0, last_ns * 1000, frames + 1)
    n = len(atoms)
    roles = np.array([a["role"] for a in atoms])
    species = np.array([a["species"] for a in atoms])
    goal = rng.normal(-0.6, 0.9, n)
    goal[species == "Cl-"] = rng.normal(
        1.0 if layout == "pH7" else 0.5, 1.3, (species == "Cl-").sum()
    )
    goal[species == "Na+"] = rng.normal(
        -1.1, 0.5 if layout == "pH7" else 1.2, (species == "Na+").sum()
    )
    start = rng.uniform(-3.2, -1.6, n)
    group = roles == "charged group"
    goal[species == "NH2+"] = rng.uniform(-1.0, 1.1, (species == "NH2+").sum())
    goal[species == "COO-"] = rng.uniform(-1.15, -0.3, (species == "COO-").sum())
    start[group] = goal[group]
    tau = np.where(group, 1.0, rng.uniform(8e3, 30e3, n))
    mean = goal + (start - goal) * np.exp(-time[:, None] / tau)
    noise = np.cumsum(rng.normal(0, 1, (frames + 1, n, 3)), axis=0)
    noise -= np.linspace(0, 1, frames + 1)[:, None, None] * noise[-1]
    positions = 0.02 * noise
    positions[..., 2] += mean
    positions[..., :2] += rng.uniform(-2.6, 2.6, (n, 2))
    positions[:, group] = positions[0, group] + rng.normal(0, 0.05, (frames + 1, group.sum(), 3))
    drift = 0.02 * np.sin(time / 2e4)
    positions[..., 2] += drift[:, None]
    positions[..., 2] = np.clip(positions[..., 2], -3.4, 3.4)
    edges = np.arange(-140, 141) * 0.1
    fine = np.arange(-350, 351) * 0.04
    z = (edges[1:] + edges[:-1]) / 2
    shape = (1 / (1 + np.exp((np.abs(z) - half) / 0.12))) * (np.abs(z) < half + 0.9)
    shape = shape * (1 + 0.05 * rng.normal(size=(BLOCKS, len(z))))
    water = 0.997 * (np.abs(z) < 3.4) * (1 - 0.75 * shape)
    arrays = {
        "time_ps": time,
        "positions_nm": positions.astype(np.float32),
        "membrane_z_nm": drift,
        "piston_z_nm": np.array([-3.5, 3.5]) + rng.normal(0, 0.01, (frames + 1, 2)),
        "edges_nm": edges,
        "block_frames": np.full(BLOCKS, 20),
        "membrane_g_cm3": 0.95 * shape,
        "membrane_charge_e_nm3": 0.3 * shape * rng.normal(size=shape.shape),
        "elements_per_nm3": shape[:, None] * np.array([22.0, 18.0, 5.0, 6.0])[None, :, None],
        "water_g_cm3": water,
        "face_edges_nm": fine,
        "face_g_cm3": 0.95 / (1 + np.exp((np.abs((fine[1:] + fine[:-1]) / 2) - half) / 0.12)),
        "void_share": 1 - 0.7 / (1 + np.exp((np.abs((fine[1:] + fine[:-1]) / 2) - half) / 0.12)),
        **surroundings(atoms, time, positions[..., 2] - drift[:, None], half, FULL_FRAMES),
        **water_of(walkers(seed + trial, half), last_ns * 10.0, half + 0.9),
    }
    manifest = {
        "atoms": atoms,
        "box_nm": box.tolist(),
        "complete": last_ns >= target_ns,
        "elements": list(ELEMENTS),
        "fast_frames": frames,
        "full_frames": FULL_FRAMES,
        "inputs": {},
        "partners": list(PARTNERS),
        "energy_axes": {"preset": list(PRESETS), "scope": list(SCOPES), "term": list(TERMS)},
        "parameters": {name: getattr(AnalysisOptions(), name) for name in COLLECTION_OPTIONS},
        "target_ns": target_ns,
        "trial": trial,
        "versions": {},
    }
    return Store(arrays, manifest)


WATER_D_NM2_NS = 0.02


def walkers(seed: int, half: float, frames=100, n=60, step_ns=1.0) -> np.ndarray:
    """Random walkers (frames, n, 3) of known diffusivity between walls that reflect them in z."""
    rng = np.random.default_rng([99, seed])
    wall = half + 1.5
    steps = rng.normal(0, np.sqrt(2 * WATER_D_NM2_NS * step_ns), (frames, n, 3))
    paths = rng.uniform(-wall, wall, (n, 3)) + np.cumsum(steps, axis=0)
    paths[..., 2] = wall - np.abs((paths[..., 2] + wall) % (4 * wall) - 2 * wall)
    return paths


def water_of(paths: np.ndarray, interval_ps: float, reach: float) -> dict[str, np.ndarray]:
    """Arrays of a store for water oxygens at `paths`, kept within reach of the membrane."""
    near = np.abs(paths[..., 2]) <= reach
    return {
        "water_time_ps": interval_ps * np.arange(1, len(paths) + 1),
        "water_counts": near.sum(axis=1).astype(np.int32),
        "water_molecule": np.nonzero(near)[1].astype(np.int32),
        "water_nm": paths[near].astype(np.float32),
    }


def write_campaign(
    root: Path, layouts=("pH2", "pH7"), salts=("NaCl",), trials=3, **changes
) -> dict:
    """Stores and tables of a campaign; returns the directories by layout and salt."""
    directories = {}
    for seed, salt in enumerate(salts):
        for layout in layouts:
            directory = root / "observables" / layout / salt
            paths = [directory / f"trial{k + 1}.store.npz" for k in range(trials)]
            for k, path in enumerate(paths):
                synthetic_store(layout, k + 1, seed=seed, **changes).write(path)
            write_tables(paths, directory, AnalysisOptions())
            directories[layout, salt] = directory
    return directories


@pytest.fixture
def make_store():
    return synthetic_store


@pytest.fixture(scope="session")
def campaign(tmp_path_factory) -> dict:
    return write_campaign(tmp_path_factory.mktemp("campaign"))


class SyntheticTrajectory:
    """What `mdtools.trajectory.Trajectory` offers, from arrays: two carbons, a water, a Na+."""

    def __init__(self, directory: Path, frames=10, shift=0.0):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.complete = True
        self.run = {"target_ps": frames * 10.0, "last_ps": frames * 10.0}
        elements = ["C", "O", "O", "H", "H", "Na", "C", "C"]
        charges = [0.5, -0.5, -0.8, 0.4, 0.4, 1.0, 0.0, 0.0]
        self.start = np.array(
            [
                [1, 1, 4],
                [1, 1, 5],
                [1, 1, 2],
                [1, 1, 2.1],
                [1, 1, 1.9],
                [2, 2, 2.5],
                [0, 0, 1],
                [0, 0, 8],
            ],
            dtype=float,
        )
        masses = [12.011, 15.999, 15.999, 1.008, 1.008, 22.990, 12.011, 12.011]
        topology = pd.DataFrame({"element": elements, "charge": charges, "mass": masses})
        roles = pd.DataFrame(
            [
                (5, "feed ion", "Na+", 0, "feed"),
                (0, "charged group", "COO-", 0, ""),
                (0, "membrane", "", 0, ""),
                (1, "membrane", "", 0, ""),
                (2, "water oxygen", "H2O", 0, "feed"),
                (6, "piston", "C", 0, "feed"),
                (7, "piston", "C", 1, "permeate"),
            ],
            columns=["atom", "role", "species", "group", "side"],
        )
        self.bundle = SimpleNamespace(
            topology=topology,
            roles=roles,
            bonds=np.array([[0, 1], [2, 3], [2, 4]]),
            lennard_jones=(np.full(8, 0.3), np.full(8, 0.4)),
            positions=self.start,
            box_nm=np.array([3.0, 3.0, 10.0]),
        )
        self.time = 10.0 * np.arange(1, frames + 1)
        self.paths = self.start + np.array([0, 0, 0.01]) * np.arange(1, frames + 1)[:, None, None]
        self.shift = shift

    @property
    def full_count(self):
        return len(self.time)

    def fast(self):
        membrane_z = (12.011 * self.paths[:, 0, 2] + 15.999 * self.paths[:, 1, 2]) / 28.010
        return SimpleNamespace(
            time_ps=self.time,
            atoms=np.array([5, 0]),
            positions_nm=self.paths[:, [5, 0]].astype(np.float32),
            membrane_z_nm=membrane_z,
            piston_z_nm=self.paths[:, [6, 7], 2],
        )

    def full_files(self):
        files = []
        for number, chosen in enumerate(np.array_split(np.arange(len(self.time)), 2)):
            path = self.directory / f"full_{number}.xtc"
            with XTCFile(str(path), "w") as stream:
                for k in chosen:
                    frame = (self.paths[k] + self.shift).astype(np.float32)
                    stream.write(frame, np.diag([3, 3, 10]).astype(np.float32), k, self.time[k])
            files.append(path)
        return files


@pytest.fixture
def make_trajectory(tmp_path):
    return lambda **changes: SyntheticTrajectory(tmp_path / "run", **changes)


@pytest.fixture
def make_campaign(tmp_path):
    return lambda name="campaign", **changes: write_campaign(tmp_path / name, **changes)
