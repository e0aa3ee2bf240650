"""Speed of a hydration in GROMACS over that in OpenMM on the same core, as a ratio.

python benchmarks/wet_engines.py [NAME | DIR]

Both swell the same network, 4 fs a step on one core, from the same filled start; counted is the
processor time of a block, GROMACS' start included. GROMACS (``gmx``) must be on the path.
"""

import resource
import sys
import tempfile
from pathlib import Path

from mdtools.constants import PS_PER_NS, SECONDS_PER_DAY
from mdtools.options import HydrationOptions, NonbondedOptions, PlatformOptions
from mdtools.swelling.gromacs.hydrate import hydrate_with_gromacs
from mdtools.swelling.hydrate import hydrate
from membranes import library

WATERS = 450
BLOCK_PS = {"OpenMM": 1.0, "GROMACS": 20.0}
ENGINES = {"OpenMM": hydrate, "GROMACS": hydrate_with_gromacs}


def processor_s() -> float:
    """Processor time of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def ns_per_day(polymer, engine: str, folder: Path) -> float:
    """Speed of the second of two blocks; lines of the log tell when each has ended."""
    ends: list[float] = []

    def log(line: str) -> None:
        if "(block)" in line:
            ends.append(processor_s())

    block_ps = BLOCK_PS[engine]
    options = HydrationOptions(
        protocol="swell",
        engine=engine,
        expansion_ps=1,
        refill_ps=(),
        cycle=(),
        block_ps=block_ps,
        segment_ps=block_ps,
        cap_ps=2 * block_ps,
        tolerance_percent=1e-6,
    )
    ENGINES[engine](
        polymer,
        options,
        NonbondedOptions(),
        PlatformOptions(name="CPU", cpu_threads=1),
        waters_per_reservoir=WATERS,
        seed=1,
        state=folder / engine / "latest.npz",
        log=log,
    )
    return block_ps / PS_PER_NS / (ends[1] - ends[0]) * SECONDS_PER_DAY


if __name__ == "__main__":
    source = sys.argv[1] if len(sys.argv) > 1 else "pip-tmc-2020"
    network = library.find(source, library.DATA)
    with tempfile.TemporaryDirectory() as folder:
        for engine in ENGINES:
            (Path(folder) / engine).mkdir()
        speeds = {name: ns_per_day(network.polymer(), name, Path(folder)) for name in ENGINES}
    for name, speed in speeds.items():
        print(f"{name:8} {speed:7.2f} ns/day of one core")
    print(f"GROMACS is {speeds['GROMACS'] / speeds['OpenMM']:.1f} times as fast")
