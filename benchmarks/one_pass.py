"""Everything in one pass over a trajectory, as ratios to reading it and to separate passes.

python benchmarks/one_pass.py [--count 5000] [--frames 2000] [--profile]

A cell of 47,000 atoms is written as XTC, into a temporary folder (0.23 MB a frame). In one run are
timed, in processor time on one core: reading it with MDAnalysis; our one pass over it and all
tables; and what several of these tables hold by separate passes of MDAnalysis, as one would write
them by hand, each on a part of the frames and scaled to all. The memory is that of a process of its
own that is handed frames without a file.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import cProfile
import pstats
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import cell as cells
import MDAnalysis as mda
import numpy as np
from MDAnalysis.analysis.lineardensity import LinearDensity
from MDAnalysis.analysis.msd import EinsteinMSD
from MDAnalysis.analysis.rdf import InterRDF
from MDAnalysis.lib.distances import capped_distance, distance_array
from MDAnalysis.transformations.nojump import NoJump

from analysis.options import AnalysisOptions
from analysis.reading.collect import write_store
from analysis.reading.sources import FullFrame
from analysis.tables import write_tables
from analysis.universes import Study, UniverseSource, collect_trial

DISTINCT = 200
OPTIONS = AnalysisOptions(pore_frames=0)
ENERGY_EVERY = round(OPTIONS.energy_every_ps / cells.INTERVAL_PS)
RADIAL_EVERY = round(OPTIONS.radial_every_ps / cells.INTERVAL_PS)
PART = 200
"""Frames on which a separate pass is timed."""
INSIDE = "prop z > 57 and prop z < 103"
"""Water in the membrane at the begin, angstrom."""
MOST_READS, FEWEST_SEPARATE, MOST_GB = 3.0, 8.0, 1.0
"""What is aimed at: at most so many times the reading, so much faster than separate passes."""


def universe_of(folder: Path) -> mda.Universe:
    """The trajectory as anyone would open it."""
    return mda.Universe(str(folder / "cell.psf"), str(folder / "cell.xtc"))


def study_of(folder: Path) -> Study:
    """What is what in it."""
    return Study(
        topology=folder / "cell.psf",
        trials={1: (folder / "cell.xtc",)},
        selections=cells.STUDY,
        lennard_jones=cells.LENNARD_JONES,
    )


def timed(action) -> float:
    """Processor time of a call, s: other programs on the machine hardly change it."""
    started = time.process_time()
    action()
    return time.process_time() - started


def read(folder: Path) -> None:
    """Go through all frames and do nothing."""
    for _ in universe_of(folder).trajectory:
        pass


def separate_passes(folder: Path, count: int) -> dict[str, float]:
    """Seconds that each pass would take for all frames, from those for some of them."""
    found = {}
    for name, action, every in (
        ("radial distribution of water, InterRDF", radial, RADIAL_EVERY),
        ("coordination with water, capped_distance", lambda u, n, k: shell(u, n, k, "name OW"), 1),
        (
            "coordination with the membrane, capped_distance",
            lambda u, n, k: shell(u, n, k, "resname PA and name O N NP"),
            1,
        ),
        ("density of the membrane, LinearDensity", lambda u, n, k: density(u, n, k, "PA"), 1),
        ("density of water, LinearDensity", lambda u, n, k: density(u, n, k, "WAT"), 1),
        ("energies of ions, distance_array", energies, ENERGY_EVERY),
        (
            "displacements of ions, NoJump and EinsteinMSD",
            lambda u, n, k: displacements(u, n, "name NA CL"),
            1,
        ),
        ("contacts of ions, capped_distance", contacts, 1),
        ("ions at charged groups, capped_distance", at_groups, 1),
        ("places of ions along z", places, 1),
        (
            "displacements of water in the membrane, NoJump and EinsteinMSD",
            lambda u, n, k: displacements(u, n, f"name OW and ({INSIDE})"),
            1,
        ),
    ):
        frames = min(PART * every, count)
        universe = universe_of(folder)
        found[name] = timed(lambda: action(universe, frames, every)) * count / frames  # noqa: B023
    return found


def radial(universe, stop, step) -> None:
    """Of water about each species of ion, up to 10 angstrom."""
    for ion in ("NA", "CL"):
        ions, oxygens = universe.select_atoms(f"name {ion}"), universe.select_atoms("name OW")
        InterRDF(ions, oxygens, nbins=200, range=(0.0, 10.0)).run(stop=stop, step=step)


def shell(universe, stop, step, selection) -> None:
    """Neighbours within 3.6 angstrom."""
    ions, others = universe.select_atoms("name NA CL"), universe.select_atoms(selection)
    numbers = []
    for frame in universe.trajectory[:stop:step]:
        pairs = capped_distance(
            ions.positions, others.positions, 3.6, box=frame.dimensions, return_distances=False
        )
        numbers.append(np.bincount(pairs[:, 0], minlength=len(ions)))


def density(universe, stop, step, residue) -> None:
    """Along z."""
    LinearDensity(universe.select_atoms(f"resname {residue}"), binsize=1.0).run(
        stop=stop, step=step
    )


def energies(universe, stop, step) -> None:
    """Coulomb and Lennard-Jones of every ion with the whole membrane and with the groups."""
    ions, membrane = universe.select_atoms("name NA CL"), universe.select_atoms("resname PA")
    parameters = {}
    for name, (depth, half) in cells.LENNARD_JONES.items():
        for atom in universe.select_atoms(name).indices:
            parameters[atom] = depth, half
    ours, theirs = (np.array([parameters[i] for i in a.indices]) for a in (ions, membrane))
    root = np.sqrt(ours[:, None, 0] * theirs[:, 0])
    sixth = (ours[:, None, 1] + theirs[:, 1]) ** 6
    product = 332.0636 * ions.charges[:, None] * membrane.charges
    groups = np.isin(membrane.names, list(cells.GROUPS))
    found = []
    for frame in universe.trajectory[:stop:step]:
        apart = distance_array(ions.positions, membrane.positions, box=frame.dimensions)
        electric = product / apart
        power = sixth / apart**6
        vdw = root * (power**2 - 2 * power)
        found += [term[:, part].sum(axis=1) for term in (electric, vdw) for part in (..., groups)]


def displacements(universe, stop, selection) -> None:
    """Continuous paths, then their mean squared displacement."""
    chosen = universe.select_atoms(selection)
    universe.trajectory.add_transformations(NoJump())
    EinsteinMSD(chosen, msd_type="xyz", fft=True).run(stop=stop)


def at_groups(universe, stop, step) -> None:
    """Ions within 6 angstrom of a charged group."""
    ions, groups = universe.select_atoms("name NA CL"), universe.select_atoms("name NP CM")
    found = []
    for frame in universe.trajectory[:stop:step]:
        pairs = capped_distance(ions.positions, groups.positions, 6.0, box=frame.dimensions)
        found.append(pairs)


def places(universe, stop, step) -> None:
    """Of ions, relative to the membrane."""
    ions, membrane = universe.select_atoms("name NA CL"), universe.select_atoms("resname PA")
    found = []
    for _ in universe.trajectory[:stop:step]:
        found.append(ions.positions[:, 2] - membrane.center_of_mass()[2])


def contacts(universe, stop, step) -> None:
    """Pairs of cations and anions."""
    cations, anions = universe.select_atoms("name NA"), universe.select_atoms("name CL")
    found = []
    for frame in universe.trajectory[:stop:step]:
        pairs = capped_distance(
            cations.positions, anions.positions, 3.7, box=frame.dimensions, return_distances=False
        )
        found.append(pairs)


class Streamed(UniverseSource):
    """Frames that no file holds: places that shake, however many of them are asked for."""

    def __init__(self, universe: mda.Universe, study: Study, frames: int):
        super().__init__(universe, study, "streamed")
        self.full_frames = frames
        self.last_ps = self.target_ps = (frames - 1) * cells.INTERVAL_PS
        self.complete = True
        self.base = (0.1 * universe.trajectory[0].positions).astype(np.float32)

    def frames(self):
        """Yield the frames in order."""
        rng = np.random.default_rng(3)
        atoms = len(self.base)
        noise = 0.03 * rng.standard_normal((2 * atoms, 3), np.float32)
        for number in range(self.full_frames):
            begin = int(rng.integers(atoms))
            yield FullFrame(number * cells.INTERVAL_PS, self.base + noise[begin : begin + atoms])


def memory(folder: Path, frames: int) -> None:
    """Print the largest memory of this process, GB, after the pass and after the tables."""
    source = Streamed(universe_of(folder), study_of(folder), frames)
    store = folder / "streamed.store.npz"
    write_store(source, 1, "streamed", store, OPTIONS)
    print(peak_gb(), end=" ", flush=True)
    write_tables([store], folder / "streamed", OPTIONS)
    print(peak_gb(), store.stat().st_size / 1e9)


def peak_gb() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def measure(folder: Path, count: int) -> None:
    """Print the ratios."""
    study, store = study_of(folder), folder / "trial1.store.npz"
    reading = min(timed(lambda: read(folder)) for _ in range(2))
    collecting = timed(lambda: collect_trial(study, 1, store))
    tabling = timed(lambda: write_tables([store], folder / "tables", OPTIONS))
    reading = min(reading, timed(lambda: read(folder)))
    apart = separate_passes(folder, count)
    separate = sum(apart.values())
    print(f"reading: {1e3 * reading / count:.2f} ms a frame, {count} frames")
    print(f"one pass: {collecting / reading:.2f} times the reading")
    whole = collecting + tabling
    print(
        f"one pass and all tables: {whole / reading:.2f} times the reading, "
        f"aim at most {MOST_READS:g}"
    )
    for name, seconds in apart.items():
        print(f"  {name}: {seconds / reading:.2f} times the reading")
    print(
        f"separate passes, {PART} frames of each scaled to all: {separate / reading:.1f} times the "
        f"reading, {separate / whole:.1f} times our pass with tables, aim {FEWEST_SEPARATE:g}"
    )


def main() -> None:
    """Print ratios, then the memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000, help="frames of the XTC")
    parser.add_argument("--frames", type=int, default=2000, help="frames for the memory; 0: none")
    parser.add_argument("--profile", action="store_true", help="where our pass spends its time")
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.memory_of:
        memory(asked.memory_of, asked.frames)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = cells.make()
        made.write_psf(folder / "cell.psf")
        cells.write_xtc(folder / "cell.xtc", cells.walk(made, 5), 20)
        print(f"{len(made.names)} atoms")
        # A few frames first: loops are compiled when they are first called.
        collect_trial(study_of(folder), 1, folder / "first.store.npz")
        if asked.profile:
            cells.write_xtc(folder / "cell.xtc", cells.walk(made, DISTINCT), asked.count)
            profile(folder)
            return
        # Before this process grows: a child's largest memory is no less than that of its parent.
        if asked.frames:
            report_memory(folder, asked.frames)
        cells.write_xtc(folder / "cell.xtc", cells.walk(made, DISTINCT), asked.count)
        measure(folder, asked.count)


def profile(folder: Path) -> None:
    """Print where our pass and the tables spend their time."""
    store, profiler = folder / "profiled.npz", cProfile.Profile()
    profiler.runcall(collect_trial, study_of(folder), 1, store)
    profiler.runcall(write_tables, [store], folder / "tables", OPTIONS)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


def report_memory(folder: Path, frames: int) -> None:
    """Print the largest memory of a process that is handed so many frames."""
    command = [sys.executable, __file__, "--memory-of", str(folder), "--frames", str(frames)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    peak, tables, size = map(float, told)
    print(
        f"memory, {frames} frames: {peak:.2f} GB after the pass, aim {MOST_GB:g}; {tables:.2f} GB "
        f"after the tables; the store has {size:.2f} GB",
        flush=True,
    )


if __name__ == "__main__":
    main()
