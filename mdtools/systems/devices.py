"""The device that a platform computes on: its name and its driver."""

import os
import platform as this_machine
import shutil
import subprocess
from functools import cache
from pathlib import Path

from mdtools.systems.platforms import GPU_PLATFORMS

ANSWER_S = 30.0
"""nvidia-smi takes seconds where the driver does not stay loaded."""


def device(platform: str, cpu_threads: int = 1) -> str:
    """Return the name of a GPU, or the model of the processor and the threads that are used.

    Parameters
    ----------
    platform : str
        Name of an OpenMM platform. Reference uses one thread. A GPU that nvidia-smi does not know
        is told by its host.
    """
    if platform in GPU_PLATFORMS:
        return gpu()[0] or f"GPU of {this_machine.node()}"
    threads = 1 if platform == "Reference" else cpu_threads
    return f"{_processor()}, {threads} thread{'s' if threads > 1 else ''}"


def identity(platform: str) -> dict[str, str | None]:
    """Return ``device`` and ``driver`` of a GPU; nothing of a processor, which changes no bits."""
    if platform not in GPU_PLATFORMS:
        return {}
    return {"device": device(platform), "driver": gpu()[1]}


@cache
def gpu() -> tuple[str | None, str | None]:
    """Ask nvidia-smi for name and driver of the first GPU of this process; None if it is silent."""
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
    answer = nvidia_smi(
        "--query-gpu=name,driver_version",
        "--format=csv,noheader",
        *(["-i", first] if first else []),
    )
    name, _, driver = (answer.splitlines() or [""])[0].partition(",")
    return (name.strip(), driver.strip()) if driver else (None, None)


def nvidia_smi(*arguments: str) -> str:
    """Return what `nvidia-smi` prints; empty if it is missing, fails or hangs."""
    if (command := shutil.which("nvidia-smi")) is None:
        return ""
    try:
        done = subprocess.run(
            [command, *arguments], capture_output=True, text=True, timeout=ANSWER_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


@cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(models), "") or this_machine.processor() or this_machine.machine()
