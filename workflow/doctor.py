"""What this machine offers: versions, OpenMM's platforms and why some do not load, disk."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

OLDEST_GLIBC = (2, 34)
"""Of the OpenMM wheels since 8.4."""
LEAST_FREE_GB = 5.0
PACKAGES = ("polyamide-transport", "openmm", "snakemake", "numpy", "MDAnalysis", "rdkit", "packmol")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: fine or not, what was seen, what to do about it."""

    what: str
    fine: bool
    seen: str
    remedy: str = ""


def findings(directory: Path) -> list[Finding]:
    """Everything worth knowing before a campaign starts in a directory."""
    return [
        python(),
        *packages(),
        glibc(),
        *openmm_platforms(),
        driver(),
        packmol(),
        disk(directory),
        threads(),
    ]


def python() -> Finding:
    """Interpreter, which must be 3.11 or later."""
    seen = f"{platform.python_version()} ({sys.executable})"
    return Finding("python", sys.version_info >= (3, 11), seen, "use Python 3.11 or later")


def packages() -> list[Finding]:
    """Installed versions."""
    found = []
    for name in PACKAGES:
        try:
            found.append(Finding(name, True, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append(Finding(name, False, "not installed", "install the locked requirements"))
    return found


def glibc() -> Finding:
    """C library, on Linux; newer OpenMM wheels ask for 2.34."""
    name, version = platform.libc_ver()
    if name != "glibc":
        return Finding("glibc", True, "not used on this system")
    fine = tuple(int(part) for part in version.split(".")[:2]) >= OLDEST_GLIBC
    return Finding("glibc", fine, version, "OpenMM 8.3.1 is the last that runs on older systems")


def openmm_platforms() -> list[Finding]:
    """Platforms that OpenMM can use here, and plugins that it could not load."""
    import openmm

    count = openmm.Platform.getNumPlatforms()
    names = [openmm.Platform.getPlatform(index).getName() for index in range(count)]
    found = [Finding("OpenMM platforms", True, ", ".join(names))]
    for failure in openmm.Platform.getPluginLoadFailures():
        plugin, _, reason = failure.removeprefix("Error loading library ").partition(": ")
        found.append(Finding("OpenMM plugin", True, f"{Path(plugin).name} not loaded: {reason}"))
    if "CUDA" not in names:
        seen = "not available; with an NVIDIA GPU, install the cuda12 or cuda13 extra"
        found.append(Finding("CUDA", True, seen))
    return found


def driver() -> Finding:
    """NVIDIA driver and GPUs."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return Finding("GPU driver", True, "no nvidia-smi: no NVIDIA GPU is used")
    query = [command, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        return Finding("GPU driver", False, "nvidia-smi does not answer", "ask your administrator")
    seen = "; ".join(answer.stdout.strip().splitlines()) or answer.stderr.strip()
    return Finding("GPU driver", answer.returncode == 0, seen, "the driver does not work")


def packmol() -> Finding:
    """Program that packs the monomers."""
    try:
        from packmol.cli import get_binary_path

        path = get_binary_path()
    except (ImportError, OSError) as error:
        return Finding("packmol program", False, str(error), "install the package packmol")
    return Finding("packmol program", os.access(path, os.X_OK), str(path), "install it anew")


def disk(directory: Path) -> Finding:
    """Free space where results will go."""
    free = shutil.disk_usage(directory).free / 1e9
    seen = f"{free:.0f} GB free in {directory.resolve()}"
    return Finding("disk", free > LEAST_FREE_GB, seen, "compare with `polyamide plan`")


def threads() -> Finding:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return Finding("CPU cores", True, str(len(affinity(0)) if affinity else os.cpu_count()))
