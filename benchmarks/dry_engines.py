"""Steps per second of a dry network in GROMACS and in OpenMM on the same cores, as a ratio.

python benchmarks/dry_engines.py [NAME]

Both run the relaxation of a ready membrane as the package sets it up, 4 fs a step, on one core and
on two. GROMACS (``gmx``) must be on the path.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mdtools.constants import PS_PER_NS, SECONDS_PER_DAY
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes import library
from membranes.building.dynamics import Dynamics
from membranes.building.options import RelaxationOptions
from membranes.building.relaxation import between_walls
from membranes.networks.network import Network
from membranes.other_programs import write_gromacs_relaxation

WARM_PS, OPENMM_PS, GROMACS_PS = 0.4, 2.0, 12.0
CORES_ONLY = "-nb cpu -pme cpu -bonded cpu -pin on"
OPTIONS = RelaxationOptions(duration_ps=GROMACS_PS, hydrogens="heavy", timestep_fs=4)


def openmm_ns_per_day(network: Network, threads: int) -> float:
    """Speed of our own dynamics."""
    dynamics = Dynamics(
        between_walls(network),
        NonbondedOptions(),
        PlatformOptions(name="CPU", cpu_threads=threads),
        temperature_K=OPTIONS.temperature_K,
        friction_per_ps=OPTIONS.friction_per_ps,
        timestep_fs=OPTIONS.timestep_fs,
        seed=1,
        hydrogens=OPTIONS.hydrogens,
    )
    dynamics.minimise(100)
    dynamics.run(WARM_PS)
    started = time.perf_counter()
    dynamics.run(OPENMM_PS)
    return OPENMM_PS / PS_PER_NS / (time.perf_counter() - started) * SECONDS_PER_DAY


def gromacs_ns_per_day(network: Network, threads: int, folder: Path) -> float:
    """Speed that GROMACS states of the second half of its run."""
    write_gromacs_relaxation(network, OPTIONS, seed=1, directory=folder, stem="dry")
    prepare = "-f dry-relaxation.mdp -c dry-start.gro -r dry-walls.gro -p dry-relaxation.top"
    run = f"-s dry.tpr -deffnm dry -ntmpi 1 -ntomp {threads} -resethway {CORES_ONLY}"
    for command in (f"grompp {prepare} -o dry.tpr", f"mdrun {run}"):
        subprocess.run(["gmx", *command.split()], cwd=folder, check=True, capture_output=True)
    said = re.search(r"^Performance:\s+(\S+)", (folder / "dry.log").read_text(), re.MULTILINE)
    return float(said[1])


def main() -> None:
    """Print both speeds and their ratio."""
    if shutil.which("gmx") is None:
        sys.exit("gmx (GROMACS) is not on the path")
    name = sys.argv[1] if len(sys.argv) > 1 else "pip-tmc-2020"
    network = library.load(name)
    print(f"{name}: {len(network.names)} atoms, 4 fs a step, cut-off 0.9 nm")
    for threads in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            theirs = gromacs_ns_per_day(network, threads, Path(folder))
        ours = openmm_ns_per_day(network, threads)
        print(
            f"{threads} core(s): GROMACS {theirs:.0f} ns/day, OpenMM {ours:.0f} ns/day; "
            f"GROMACS is {theirs / ours:.1f} x as fast"
        )


if __name__ == "__main__":
    main()
