"""A run whose atoms and paths are known, as the one pass over a trajectory reads it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from mdtools.runs.recorder import THERMO_COLUMNS


class SyntheticTrajectory:
    """What `mdtools.trajectory.Trajectory` offers, from arrays: two carbons, a water, a Na+."""

    def __init__(self, frames=10, shift=0.0):
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

    def thermo(self):
        table = pd.DataFrame(np.nan, index=range(len(self.time)), columns=list(THERMO_COLUMNS))
        return table.assign(time_ps=self.time)

    def full_frames(self):
        for time, positions in zip(self.time, self.paths, strict=True):
            yield time, (positions + self.shift).astype(np.float32)
