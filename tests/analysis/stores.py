"""Stores of synthetic trials whose numbers are known, and the tables of campaigns of them."""

from pathlib import Path

import numpy as np
from scipy.stats import norm

from analysis.figures import tables_of
from analysis.kernels.ion_energies import PRESETS, SCOPES, TERMS
from analysis.observables import MODULES
from analysis.options import COLLECTION_OPTIONS, AnalysisOptions
from analysis.reading.observer import PARTNERS
from analysis.reading.pores import PORE_NUMBERS
from analysis.reading.profilers import BLOCKS, ELEMENTS
from analysis.store import Store
from analysis.tables import provenance, texts_of, write_tables
from analysis.trials import Trials
from tests.analysis.ion_environment import ion_environment

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
    layout="pH2",
    trial=1,
    frames=400,
    target_ns=100.0,
    last_ns=100.0,
    ions=6,
    seed=0,
    half=HALF_NM,
    atoms: list[dict] | None = None,
    full_frames=FULL_FRAMES,
) -> Store:
    """Ions that drift from the feed towards a place that depends on layout and species.

    ``atoms`` are the stored atoms, those of the layout by default, ions first.
    """
    rng = np.random.default_rng([seed, trial, len(layout), ord(layout[-1])])
    atoms = atoms_of(layout, ions) if atoms is None else atoms
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
        **map_of(box, half),
        "void_share": 1 - 0.7 / (1 + np.exp((np.abs((fine[1:] + fine[:-1]) / 2) - half) / 0.12)),
        **pores_of(seed + trial, 1000 * last_ns, half),
        **ion_environment(atoms, time, positions[..., 2] - drift[:, None], half, full_frames),
        **water_of(
            walkers(seed + trial, half, full_frames), 1000 * last_ns / full_frames, half + 0.9
        ),
    }
    manifest = {
        "atoms": atoms,
        "box_nm": box.tolist(),
        "complete": last_ns >= target_ns,
        "elements": list(ELEMENTS),
        "fast_frames": frames,
        "full_frames": full_frames,
        "inputs": {},
        "partners": list(PARTNERS),
        "pore_numbers": list(PORE_NUMBERS),
        "energy_axes": {"preset": list(PRESETS), "scope": list(SCOPES), "term": list(TERMS)},
        "parameters": {name: getattr(AnalysisOptions(), name) for name in COLLECTION_OPTIONS},
        "target_ns": target_ns,
        "ramp_ps": 0.0,
        "trial": trial,
        "versions": {},
    }
    return Store(arrays, manifest)


PORE_ANGSTROM, PORE_WIDTH_ANGSTROM = 6.5, 1.0
"""Mean and standard deviation of the pore diameters of every synthetic frame."""


def pores_of(seed: int, last_ps: float, half: float, frames=5) -> dict[str, np.ndarray]:
    """Arrays of a store for normal distributions of pore diameter, one for each frame."""
    rng = np.random.default_rng([98, seed])
    diameter = 0.25 * (np.arange(48) + 0.5)
    middle = PORE_ANGSTROM + 0.1 * rng.normal(size=frames)
    density = norm.pdf(diameter, middle[:, None], PORE_WIDTH_ANGSTROM)
    ones = np.ones(frames)
    columns = [middle, middle, 3.1 * ones, 3.4 * ones, middle + 3, 0.45 * ones, 0.2 * ones]
    return {
        "pore_time_ps": last_ps * (np.arange(frames) + 0.5) / frames,
        "pore_slab_nm": np.array([-half, half]),
        "pore_diameter_angstrom": diameter,
        "pore_density_per_angstrom": density,
        "pore_numbers": np.column_stack(columns),
    }


def map_of(box, half: float) -> dict[str, np.ndarray]:
    """Arrays of a store for a slab whose density grows along x from nothing to its double."""
    across = np.linspace(-0.5, 0.5, 27) * box[0]
    along = np.arange(-70, 71) * 0.2
    slab = np.abs((along[1:] + along[:-1]) / 2) < half
    share = (np.arange(26) + 0.5) / 26
    return {
        "map_x_edges_nm": across,
        "map_z_edges_nm": along,
        "map_g_cm3": 2 * 0.95 * share[:, None] * slab,
    }


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
    root: Path, layouts=("pH2", "pH7"), salts=("NaCl",), trials=3, figures=None, **changes
) -> dict:
    """Stores and tables of a campaign; returns the directories by layout and salt.

    ``figures`` are those whose tables alone are written; None: all tables.
    """
    directories = {}
    for seed, salt in enumerate(salts):
        for layout in layouts:
            directory = root / "observables" / layout / salt
            paths = [directory / f"trial{k + 1}.store.npz" for k in range(trials)]
            for k, path in enumerate(paths):
                synthetic_store(layout, k + 1, seed=seed, **changes).write(path)
            if figures is None:
                write_tables(paths, directory, AnalysisOptions())
            else:
                write_tables_of(figures, paths, directory)
            directories[layout, salt] = directory
    return directories


def write_tables_of(figures, paths: list[Path], directory: Path) -> None:
    """The files that `write_tables` writes, without those that no one of the figures draws."""
    trials, options = Trials.read(paths), AnalysisOptions()
    wanted, shared = (
        {name for one in figures for name in tables_of(one)},
        provenance(trials, options),
    )
    for module in MODULES:
        if wanted.intersection(module.TABLES):
            for name, table in module.tables(trials, options).items():
                for file, text in texts_of(name, table, shared).items():
                    (directory / file).write_text(text)
