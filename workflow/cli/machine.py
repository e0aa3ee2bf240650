"""Findings about this machine: versions, OpenMM's platforms and why some do not load, disk."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

OLDEST_GLIBC = (2, 34)
"""Of the OpenMM wheels since 8.4."""
LEAST_FREE_GB = 5.0
PACKAGES = ("polyamide-transport", "openmm", "snakemake", "numpy", "MDAnalysis", "packmol")


class Mark(StrEnum):
    """A mark rates a finding: as it should be, absent but not needed, or to be put right."""

    OK = "ok"
    NOTE = "--"
    FIX = "FIX"


@dataclass(frozen=True)
class Finding:
    """A finding is one property of the machine: its mark, its value, and what to do about it."""

    what: str
    mark: Mark
    seen: str
    remedy: str = ""


def required(what: str, fine: bool, seen: str, remedy: str) -> Finding:
    """Return a finding about something that a run cannot do without."""
    return Finding(what, Mark.OK if fine else Mark.FIX, seen, remedy)


def findings(directory: Path) -> list[Finding]:
    """Check everything that a campaign needs before it starts in a directory."""
    return [
        python(),
        *packages(),
        glibc(),
        *openmm_platforms(),
        driver(),
        packmol(),
        gromacs(),
        disk(directory),
        threads(),
    ]


def python() -> Finding:
    """Check the interpreter, which must be 3.11 or later."""
    seen = f"{platform.python_version()} ({sys.executable})"
    return required("python", sys.version_info >= (3, 11), seen, "use Python 3.11 or later")


def packages() -> list[Finding]:
    """Look up the installed versions of the packages."""
    results = []
    for name in PACKAGES:
        try:
            results.append(Finding(name, Mark.OK, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            remedy = "install the locked requirements"
            results.append(Finding(name, Mark.FIX, "not installed", remedy))
    return results


def glibc() -> Finding:
    """Check the C library of Linux; newer OpenMM wheels need 2.34."""
    name, version = platform.libc_ver()
    if name != "glibc":
        return Finding("glibc", Mark.NOTE, "not used on this system")
    fine = tuple(int(part) for part in version.split(".")[:2]) >= OLDEST_GLIBC
    return required("glibc", fine, version, "OpenMM 8.3.1 is the last that runs on older systems")


def openmm_platforms() -> list[Finding]:
    """List the platforms that OpenMM can use and the plugins it could not load; any one will do."""
    import openmm

    from mdtools.systems.platforms import installed_platforms

    names = installed_platforms()
    results = [Finding("OpenMM platforms", Mark.OK, ", ".join(names))]
    for failure in openmm.Platform.getPluginLoadFailures():
        plugin, _, reason = failure.removeprefix("Error loading library ").partition(": ")
        seen = f"{Path(plugin).name} not loaded: {reason}"
        results.append(Finding("OpenMM plugin", Mark.NOTE, seen))
    if "CUDA" not in names:
        seen = "not available; with an NVIDIA GPU, install the cuda12 or cuda13 extra"
        results.append(Finding("CUDA", Mark.NOTE, seen))
    return results


def driver() -> Finding:
    """Ask nvidia-smi for the driver and the GPUs."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return Finding("GPU driver", Mark.NOTE, "no nvidia-smi: no NVIDIA GPU is used")
    query = [command, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        remedy = "ask your administrator"
        return Finding("GPU driver", Mark.FIX, "nvidia-smi does not answer", remedy)
    seen = "; ".join(answer.stdout.strip().splitlines()) or answer.stderr.strip()
    return required("GPU driver", answer.returncode == 0, seen, "the driver does not work")


def packmol() -> Finding:
    """Check the program that packs the monomers."""
    try:
        from packmol.cli import get_binary_path

        path = get_binary_path()
    except (ImportError, OSError) as error:
        return Finding("packmol program", Mark.FIX, str(error), "install the package packmol")
    return required("packmol program", os.access(path, os.X_OK), str(path), "install it anew")


def gromacs() -> Finding:
    """Look for the program that only `hydration.engine: GROMACS` needs."""
    from mdtools.errors import SettingsError
    from mdtools.swelling.gromacs import program

    try:
        return Finding("GROMACS", Mark.OK, program.version())
    except SettingsError:
        seen = "none that hydration.engine: GROMACS could use"
        return Finding("GROMACS", Mark.NOTE, seen)


def disk(directory: Path) -> Finding:
    """Check the free space where results will go."""
    free = shutil.disk_usage(directory).free / 1e9
    seen = f"{free:.0f} GB free in {directory.resolve()}"
    return required("disk", free > LEAST_FREE_GB, seen, "compare with `polyamide plan`")


def threads() -> Finding:
    """Count the cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return Finding("CPU cores", Mark.OK, str(len(affinity(0)) if affinity else os.cpu_count()))
