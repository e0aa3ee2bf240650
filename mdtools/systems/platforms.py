"""OpenMM platforms that a machine has, and Contexts on them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import openmm
from openmm import unit

from mdtools.errors import CardError, SettingsError
from mdtools.options import PlatformOptions

GPU_PLATFORMS = ("CUDA", "HIP", "OpenCL")
"""In the order in which ``auto`` tries them."""

NO_DEVICES = ("", "-1", "NoDevFiles")
"""What Slurm writes as CUDA_VISIBLE_DEVICES of a job without GPUs."""
CARD_WORDS = ("CUDA_ERROR", "compatible CUDA device", "hipError", "compatible HIP", "clEnqueue")
"""In messages of OpenMM about the card or its driver, not about the system."""


@contextmanager
def card_errors() -> Iterator[None]:
    """Raise CardError for an error of the GPU or its driver: it may be sound again, or another one.

    All other errors pass through.
    """
    try:
        yield
    except openmm.OpenMMException as error:
        if not any(word in str(error) for word in CARD_WORDS):
            raise
        raise CardError(f"the GPU does not answer as it should: {error}") from error


def open_platform(options: PlatformOptions) -> tuple[openmm.Platform, dict[str, str]]:
    """Open a platform with its properties; ``auto`` is the first of CUDA, HIP, OpenCL that works.

    Raises SettingsError (a ValueError) if the requested platform is not installed; CardError if
    ``auto`` finds no GPU that works in a job that Slurm has given one.
    """
    name = _fastest() if options.name == "auto" else options.name
    installed = installed_platforms()
    if name not in installed:
        raise SettingsError(
            f"platform name is {name}, but this OpenMM has {', '.join(installed)}; "
            "a GPU platform needs its OpenMM plugin (extra cuda12 or hip6) and a driver"
        )
    platform = openmm.Platform.getPlatform(name)
    requested = {
        "Precision": options.precision,
        "Threads": str(options.cpu_threads),
        "DeterministicForces": str(options.deterministic).lower(),
    }
    supported = set(platform.getPropertyNames())
    return platform, {key: value for key, value in requested.items() if key in supported}


def installed_platforms() -> list[str]:
    """List the names of the platforms of this OpenMM installation."""
    count = openmm.Platform.getNumPlatforms()
    return [openmm.Platform.getPlatform(i).getName() for i in range(count)]


def _fastest() -> str:
    able = [name for name in GPU_PLATFORMS if name in installed_platforms()]
    for name in able:
        if _works(openmm.Platform.getPlatform(name)):
            return name
    if handed := _handed_out():
        tried = f"{', '.join(able)} cannot use it" if able else "OpenMM has no plugin for GPUs"
        raise CardError(
            f"Slurm has handed this job GPU {handed}, but {tried}: the node lacks a driver that "
            "fits, or the card is broken. On processors it would take far longer than was planned"
        )
    return "CPU"


def _handed_out() -> str:
    """Return the GPUs that Slurm has given to this job; empty without."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES", "") if "SLURM_JOB_ID" in os.environ else ""
    return "" if given in NO_DEVICES else given


def _works(platform: openmm.Platform) -> bool:
    """Whether a Context opens: a plugin may be installed where no device is."""
    probe = openmm.System()
    probe.addParticle(1.0)
    try:
        openmm.Context(probe, openmm.VerletIntegrator(0.001), platform)
    except openmm.OpenMMException:
        return False
    return True


def new_context(
    system: openmm.System,
    options: PlatformOptions,
    *,
    temperature_K: float,
    friction_per_ps: float,
    timestep_fs: float,
    seed: int,
) -> openmm.Context:
    """Create a Context with a seeded Langevin integrator (LFMiddle; Zhang et al. 2019)."""
    integrator = openmm.LangevinMiddleIntegrator(
        temperature_K * unit.kelvin,
        friction_per_ps / unit.picosecond,
        timestep_fs * unit.femtosecond,
    )
    integrator.setRandomNumberSeed(seed)
    return openmm.Context(system, integrator, *open_platform(options))
