"""Costs of polymerising a membrane of the study's size on two CPU cores, as ratios to their limits.

python benchmarks/reaction.py

Two searches, a rebuild of the System, a stretch of dynamics and a few batches are timed on the
packed box of 332 PIP and 228 TMC, and the whole reaction is reckoned from them: 200 ps at 1 fs, and
as many batches as the ready membranes took.
"""

import time

from mdtools import seeds
from mdtools.options import NonbondedOptions, PlatformOptions
from mdtools.systems.system import SLAB_VACUUM_NM, create_system, polymer_topology
from membranes.building.candidates import find, select
from membranes.building.dynamics import Dynamics
from membranes.building.journal import Journal
from membranes.building.options import ReactionOptions, ReactionStage
from membranes.building.packing import pack
from membranes.building.reaction import Reactor, link

MONOMERS = {"PIP": 332, "TMC": 228}
BOX_NM = (5.2, 5.2, 5.0)
PLATFORM = PlatformOptions(name="CPU", cpu_threads=2)
STEPS, TIMED_STEPS = 200_000, 200
BATCHES, TIMED_BATCHES = 175, 3
"""The most batches that the reaction of one of six membranes took, in 1,000 searches."""
SEARCHES = 1000
LIMITS = {
    "candidate search": 0.02,
    "System after a batch": 2.0,
    "whole reaction": 90 * 60.0,
}
"""Seconds."""


def best(action, repeats: int = 5) -> float:
    """Shortest of some repeats, s."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Print each cost and its ratio to the limit."""
    network = pack(MONOMERS, BOX_NM, tolerance_angstrom=2.0, seed=1, network_seed=1)
    print(f"{len(network.names)} atoms")
    searching = best(lambda: find(network, 0.5))
    changed = link(network, select(network, find(network, 0.35), most=20, longest_nm=0.45))

    def rebuild() -> None:
        box = changed.box_nm + [0.0, 0.0, SLAB_VACUUM_NM]
        topology, templates = polymer_topology(changed.polymer(), box)
        create_system(topology, templates, NonbondedOptions(), constrain_hydrogens=False)

    building = best(rebuild)
    step, batch = dynamics_and_batch(network)
    whole = STEPS * step + BATCHES * batch + SEARCHES * searching
    print(f"dynamics {1e3 * step:.1f} ms a step, a batch {batch:.1f} s")
    measured = dict(zip(LIMITS, (searching, building, whole), strict=True))
    for name, seconds in measured.items():
        ratio = seconds / LIMITS[name]
        print(f"{name}: {seconds:.3g} s, {ratio:.2f} of the limit of {LIMITS[name]:g} s")


def dynamics_and_batch(network) -> tuple[float, float]:
    """Seconds of one step and of one batch with its bonds brought in."""
    stage = ReactionStage(cutoff_angstrom=3.5, duration_ps=0.2 * TIMED_BATCHES)
    options = ReactionOptions(stages=(stage,), required_nh_conversion=0.0)
    reactor = Reactor(
        network,
        options,
        NonbondedOptions(),
        PLATFORM,
        seed=seeds.integer(1, "benchmark"),
        journal=Journal(None, {}),
        log=lambda line: None,
    )
    dynamics = Dynamics(
        network,
        NonbondedOptions(),
        PLATFORM,
        temperature_K=options.temperature_K,
        friction_per_ps=options.friction_per_ps,
        timestep_fs=options.timestep_fs,
        seed=1,
    )
    started = time.perf_counter()
    dynamics.minimise(500)
    minimising = time.perf_counter() - started
    dynamics.run(0.05)
    step = best(lambda: dynamics.run(TIMED_STEPS / 1000), 3) / TIMED_STEPS
    started = time.perf_counter()
    reactor.run()
    total = time.perf_counter() - started
    steps = round(1000 * stage.duration_ps)
    return step, (total - minimising - steps * step) / reactor.progress.batches


if __name__ == "__main__":
    main()
