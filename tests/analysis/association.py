"""Stores whose contacts between ions are planted: every pair sits in a corner of its own."""

import numpy as np

from analysis.store import Store
from tests.analysis.stores import synthetic_store

BOX_NM = 40.0
"""So wide that planted ions are far apart unless told otherwise."""


def planted(paths_angstrom: dict[str, np.ndarray], interval_ps=2.0, trial=1, counter=0) -> Store:
    """A store with given ions only.

    Parameters
    ----------
    paths_angstrom : dict of arrays, shapes (T, n, 3)
        By species, z relative to the membrane's centre.
    interval_ps : float
    trial : int
    counter : int
        So many ions of the last species are counter-ions.
    """
    frames = len(next(iter(paths_angstrom.values())))
    base = synthetic_store(trial=trial, frames=frames - 1)
    species = [name for name, paths in paths_angstrom.items() for _ in range(paths.shape[1])]
    roles = ["feed ion"] * (len(species) - counter) + ["counter-ion"] * counter
    atoms = [
        {"atom": n, "role": role, "species": name, "group": n, "side": "feed"}
        for n, (role, name) in enumerate(zip(roles, species, strict=True))
    ]
    positions = np.concatenate(list(paths_angstrom.values()), axis=1) / 10
    positions[..., 2] += base.arrays["membrane_z_nm"][:, None]
    time = interval_ps * np.arange(frames)
    arrays = base.arrays | {"time_ps": time, "positions_nm": positions.astype(np.float32)}
    box = {"box_nm": [BOX_NM, BOX_NM, 14.0], "target_ns": float(time[-1]) / 1000}
    return Store(arrays, base.manifest | {"atoms": atoms, "complete": True} | box)


def corners(frames: int, ions: int, z=0.0) -> np.ndarray:
    """Ions at rest 10 angstrom apart, shape (frames, ions, 3)."""
    places = np.zeros((frames, ions, 3))
    places[..., 0], places[..., 2] = 10.0 * np.arange(ions), z
    return places


def beside(cations: np.ndarray, contact: np.ndarray) -> np.ndarray:
    """Anions 3 angstrom from their own cation while in contact, 5 angstrom else."""
    away = np.zeros(cations.shape)
    away[..., 1] = np.where(contact, 3.0, 5.0)
    return cations + away


def telegraph(rng, frames: int, pairs: int, tau: float, free: float | None = None) -> np.ndarray:
    """Stationary pairs (frames, pairs) whose contacts last `tau` frames in the mean.

    Between them are `free` frames in the mean, by default as many.
    """
    free = tau if free is None else free
    contact = np.empty((frames, pairs), dtype=bool)
    for pair in range(pairs):
        held = rng.random() < tau / (tau + free)
        states, lengths = [], []
        while sum(lengths) < frames:
            states.append(held)
            lengths.append(rng.geometric(1 / (tau if held else free)))
            held = not held
        contact[:, pair] = np.repeat(states, lengths)[:frames]
    return contact
