"""Small worlds of known truth: trajectories in which everything that is looked for was planted.

A slab of fixed atoms stands in the middle. Six kinds of ions, far from each other, do one thing
each; every process is one of discrete time, a step being the time between frames, so that its truth
is known without error. Feed ions: Na+ cross the slab at a known rate, K+ meet a Cl- and part from
it, Ca2+ lose and gain waters. Counter-ions: Na+ walk at random within the slab, K+ go from charged
group to charged group, Ca2+ make clusters of three with two Cl-.
"""

from dataclasses import dataclass
from pathlib import Path

import MDAnalysis as mda
import numpy as np
from MDAnalysis.coordinates.memory import MemoryReader

from analysis.store import Store
from analysis.universes import Study, UniverseSource

BOX_NM = np.array([6.0, 6.0, 40.0])
INTERVAL_PS = 10.0
MEMBRANE_ATOMS = 600
HALF_NM = 1.5
GROUPS_ASIDE, GROUP_NM = 4, 1.5
"""Charged groups along x and y in the middle plane, and how far apart."""
PATH_NM = np.array([-1.0, 0.0, 1.0, 5.0])
"""Places of a crossing ion after the one at FEED_NM, a frame each; then it is back in the feed."""
FEED_NM = -3.0
WALK_NM = 1.0
HYDRATED_NM = -15.1
"""Planes of walkers and of hydrated ions; the second is the middle of a bin of z."""
CONTACT_NM, APART_NM, CLUSTER_NM = 0.3, 0.9, 0.25
SHELL_NM, BEYOND_NM = 0.25, 0.6
SLOTS = 6
"""Places for water around a hydrated ion."""
SHAKE_NM = 0.005
PISTONS_NM = (-19.0, 19.0)
ATOMS = {
    "C": ("C", 12.011, 0.0),
    "NG": ("N", 14.007, 1.0),
    "OW": ("O", 15.999, -0.8),
    "NAF": ("Na", 22.990, 1.0),
    "NAC": ("Na", 22.990, 1.0),
    "KF": ("K", 39.098, 1.0),
    "KC": ("K", 39.098, 1.0),
    "CAF": ("Ca", 40.078, 2.0),
    "CAC": ("Ca", 40.078, 2.0),
    "CL": ("Cl", 35.45, -1.0),
    "P0": ("C", 12.011, 0.0),
    "P1": ("C", 12.011, 0.0),
}
"""Element, mass and charge by the name of an atom."""
STUDY = Study(
    topology=Path("world.psf"),
    trials={1: (Path("world.xtc"),)},
    selections={
        "membrane": "name C NG",
        "water_oxygen": "name OW",
        "feed_ions": {"Na+": "name NAF", "K+": "name KF", "Ca2+": "name CAF"},
        "counter_ions": {
            "Na+": "name NAC",
            "K+": "name KC",
            "Ca2+": "name CAC",
            "Cl-": "name CL",
        },
        "charged_groups": {"NH2+": "name NG"},
        "pistons": ("name P0", "name P1"),
    },
)


@dataclass(frozen=True)
class World:
    """How many ions do what, and at which rates; times are in frames.

    Attributes
    ----------
    crossing : float
        Probability that an ion in the feed sets out in a step.
    bound, unbound : float
        Mean length of a contact and of a break.
    dwell, flown : float
        Mean length of a stay at a group, and share of departures with one frame at no group.
    diffusivity_nm2_ns : float
        Of the walkers along the membrane.
    clustered, renewed : float
        Share of the time that three ions are one cluster, probability that this is drawn anew in
        a step.
    wet : float
        Share of the time that a place for water is taken; drawn anew as `renewed` says.
    """

    frames: int = 400
    crossers: int = 10
    crossing: float = 0.001
    pairs: int = 4
    bound: float = 50.0
    unbound: float = 50.0
    hoppers: int = 4
    dwell: float = 100.0
    flown: float = 0.3
    walkers: int = 5
    diffusivity_nm2_ns: float = 0.05
    sites: int = 4
    clustered: float = 0.4
    renewed: float = 0.25
    hydrated: int = 4
    wet: float = 0.7

    @property
    def ions(self) -> int:
        """All of them."""
        single = self.crossers + 2 * self.pairs + self.hoppers + self.walkers + self.hydrated
        return single + 3 * self.sites

    @property
    def truth(self) -> dict[str, float]:
        """What was planted, by name; per trial where it depends on the length."""
        last, way = self.frames - 1, len(PATH_NM)
        # Chance to be in the feed in each frame; a trip takes one frame per place, and one back.
        feed = np.ones(self.frames)
        for t in range(1, self.frames):
            back = self.crossing * feed[t - way - 1] if t > way else 0.0
            feed[t] = feed[t - 1] * (1 - self.crossing) + back
        crossings = self.crossing * feed[: last - way + 1].sum()
        return {
            "permeated share": 1 - (1 - self.crossing) ** (last - way + 1),
            "crossings per ion and ns": crossings / (last * INTERVAL_PS / 1000),
            "transit ns": (way - 1) * INTERVAL_PS / 1000,
            "contact ns": self.bound * INTERVAL_PS / 1000,
            "dwell ns": self.dwell * INTERVAL_PS / 1000,
            "handed over": 1 - self.flown,
            "lateral D nm2/ns": self.diffusivity_nm2_ns,
            "lateral alpha": 1.0,
            "share in clusters of 3": 3 * self.sites * self.clustered / self.ions,
            "coordination": SLOTS * self.wet,
        }


@dataclass(frozen=True)
class Trial:
    """One trial: names of the atoms and their continuous places (F, N, 3) in nm."""

    names: np.ndarray
    paths: np.ndarray

    def universe(self) -> mda.Universe:
        """As any program would write it: x and y wrapped into the box."""
        count = len(self.names)
        universe = mda.Universe.empty(
            count, n_residues=count, atom_resindex=np.arange(count), trajectory=False
        )
        kinds = [ATOMS[name] for name in self.names]
        universe.add_TopologyAttr("names", self.names.astype(object))
        universe.add_TopologyAttr("elements", np.array([kind[0] for kind in kinds], dtype=object))
        universe.add_TopologyAttr("masses", [kind[1] for kind in kinds])
        universe.add_TopologyAttr("charges", [kind[2] for kind in kinds])
        wrapped = self.paths.copy()
        wrapped[..., :2] -= BOX_NM[:2] * np.floor(wrapped[..., :2] / BOX_NM[:2])
        box = [*(10 * BOX_NM), 90.0, 90.0, 90.0]
        universe.load_new(
            (10 * wrapped).astype(np.float32), format=MemoryReader, dimensions=box, dt=INTERVAL_PS
        )
        return universe

    def source(self) -> UniverseSource:
        """What the collector reads."""
        return UniverseSource(self.universe(), STUDY, "world")

    def store(self, whole: Store, trial: int) -> Store:
        """What the collector would store of ions, groups and hydrated ions, without it.

        Everything else is that of `whole`, the store of another trial of the same world.
        """
        atoms = whole.atoms.atom.to_numpy()
        times = INTERVAL_PS * np.arange(len(self.paths))
        ions = np.isin(self.names[atoms[whole.ion_columns]], ["CAF"])
        centres = self.paths[:, np.flatnonzero(self.names == "CAF")]
        waters = self.paths[:, np.flatnonzero(self.names == "OW")]
        apart = np.linalg.norm(centres[:, :, None] - waters[:, None], axis=-1)
        near = apart < 0.45
        counts = np.zeros((len(times), len(ions), 3), dtype=np.uint16)
        counts[:, ions, 0] = near.sum(axis=2)
        arrays = whole.arrays | {
            "time_ps": times,
            "full_time_ps": times,
            "positions_nm": self.paths[:, atoms].astype(np.float32),
            "membrane_z_nm": np.resize(whole.arrays["membrane_z_nm"], len(times)),
            "piston_z_nm": np.resize(whole.arrays["piston_z_nm"], (len(times), 2)),
            "shell_counts": counts,
            "shell_1e_4_nm": np.rint(apart[near] / 1e-4).astype(np.uint16),
        }
        return Store(arrays, whole.manifest | {"trial": trial})


def make(world: World, seed) -> Trial:
    """One trial of a world; `seed` is anything that numpy takes for one."""
    rng = np.random.default_rng(seed)
    crossers, pairs, sites = crossing(world, rng), contacts(world, rng), clusters(world, rng)
    waters, centres = hydration(world, rng)
    still = {"C": slab(), "NG": groups()}
    sheets = {f"P{side}": sheet(z) for side, z in enumerate(PISTONS_NM)}
    moving = {
        "NAF": crossers,
        "KF": pairs[0],
        "CAF": centres,
        "NAC": walks(world, rng),
        "KC": hops(world, rng),
        "CAC": sites[0],
        "CL": np.concatenate([pairs[1], sites[1]], axis=1),
        "OW": waters,
    }
    fixed = {
        name: np.broadcast_to(points, (world.frames, *points.shape))
        for name, points in (still | sheets).items()
    }
    shaken = {
        name: paths + rng.normal(0, SHAKE_NM * (name != "NAC"), paths.shape)
        for name, paths in moving.items()
    }
    parts = fixed | shaken
    names = np.repeat(list(parts), [paths.shape[1] for paths in parts.values()])
    return Trial(names, np.concatenate(list(parts.values()), axis=1))


def slab() -> np.ndarray:
    """The membrane's atoms, the same in every world, their centre at z = 0."""
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (MEMBRANE_ATOMS, 3))
    points = points * [*BOX_NM[:2], 2 * HALF_NM]
    return points - [0, 0, points[:, 2].mean()]


def groups() -> np.ndarray:
    """Charged groups on a lattice in the middle plane."""
    steps = GROUP_NM * (np.arange(GROUPS_ASIDE) + 0.5) - BOX_NM[0] / 2
    x, y = np.meshgrid(steps, steps, indexing="ij")
    return np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)


def sheet(z: float) -> np.ndarray:
    """A few atoms of a piston."""
    return np.array([[x, y, z] for x in (-1.5, 1.5) for y in (-1.5, 1.5)])


def spots(count: int, first_z: float, step: float) -> np.ndarray:
    """Places at least 2 nm apart: four to a plane, planes `step` apart."""
    corners = sheet(0.0)
    planes = first_z + step * np.arange(-(-count // len(corners)))
    return np.concatenate([corners + [0, 0, z] for z in planes])[:count]


def telegraph(rng, count: int, frames: int, begin: float, end: float) -> np.ndarray:
    """Two-state chains (F, n) from their steady state; probabilities of a step to begin, to end."""
    state = np.empty((frames, count), dtype=bool)
    state[0] = rng.random(count) < begin / (begin + end)
    for now, before, drawn in zip(state[1:], state, rng.random((frames - 1, count)), strict=False):
        now[:] = np.where(before, drawn >= end, drawn < begin)
    return state


def crossing(world: World, rng) -> np.ndarray:
    """Ions in the feed that set out at random, cross in len(PATH_NM) frames, and are put back."""
    z = np.full((world.frames, world.crossers), FEED_NM)
    for ion in range(world.crossers):
        # After n frames in the feed it sets out with the next.
        frame = rng.geometric(world.crossing)
        while frame < world.frames:
            part = PATH_NM[: world.frames - frame]
            z[frame : frame + len(part), ion] = part
            frame += len(PATH_NM) + rng.geometric(world.crossing)
    xy = rng.uniform(-3, 3, (world.crossers, 2))
    return np.concatenate([np.broadcast_to(xy, (*z.shape, 2)), z[..., None]], axis=-1)


def contacts(world: World, rng) -> tuple[np.ndarray, np.ndarray]:
    """Cations and the anion of each, near or far."""
    held = telegraph(rng, world.pairs, world.frames, 1 / world.unbound, 1 / world.bound)
    cations = np.broadcast_to(spots(world.pairs, -6.0, -2.0), (*held.shape, 3))
    away = np.where(held, CONTACT_NM, APART_NM)[..., None] * [1.0, 0.0, 0.0]
    return cations, cations + away


def clusters(world: World, rng) -> tuple[np.ndarray, np.ndarray]:
    """Cations and two anions of each, on both sides of it, near or far."""
    share, anew = world.clustered, world.renewed
    held = telegraph(rng, world.sites, world.frames, anew * share, anew * (1 - share))
    cations = np.broadcast_to(spots(world.sites, 8.0, 2.0), (*held.shape, 3))
    away = np.where(held, CLUSTER_NM, APART_NM)[..., None] * [1.0, 0.0, 0.0]
    return cations, np.concatenate([cations + away, cations - away], axis=1)


def hydration(world: World, rng) -> tuple[np.ndarray, np.ndarray]:
    """Waters, and the ions that each six of them are around, in the shell or beyond it."""
    count = SLOTS * world.hydrated
    near = telegraph(
        rng, count, world.frames, world.renewed * world.wet, world.renewed * (1 - world.wet)
    )
    centres = spots(world.hydrated, HYDRATED_NM, -1.0)
    directions = np.tile(np.concatenate([np.eye(3), -np.eye(3)]), (world.hydrated, 1))
    away = np.where(near, SHELL_NM, BEYOND_NM)[..., None] * directions
    waters = np.repeat(centres, SLOTS, axis=0) + away
    return waters, np.broadcast_to(centres, (world.frames, *centres.shape))


def walks(world: World, rng) -> np.ndarray:
    """Random walks along the membrane, in a plane."""
    step = np.sqrt(2 * world.diffusivity_nm2_ns * INTERVAL_PS / 1000)
    paths = np.zeros((world.frames, world.walkers, 3))
    paths[1:, :, :2] = rng.normal(0, step, (world.frames - 1, world.walkers, 2))
    paths[0, :, :2] = rng.uniform(-3, 3, (world.walkers, 2))
    paths = paths.cumsum(axis=0)
    paths[..., 2] = WALK_NM
    return paths


def hops(world: World, rng) -> np.ndarray:
    """Ions at groups, which they leave for one of the four beside, some by way of no group."""
    paths = np.empty((world.frames, world.hoppers, 3))
    corner = BOX_NM[:2] / 2 - GROUP_NM / 2
    for path in paths.swapaxes(0, 1):
        here, frame = rng.integers(GROUPS_ASIDE, size=2), 0
        while frame < world.frames:
            stay = rng.geometric(1 / world.dwell)
            path[frame : frame + stay] = [*(GROUP_NM * here - corner), 0.1]
            frame += stay
            step = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])[rng.integers(4)]
            if rng.random() < world.flown and frame < world.frames:
                between = GROUP_NM * (here + step / 2 + step[::-1] / 2) - corner
                path[frame] = [*between, 0.1]
                frame += 1
            here = here + step
    return paths
