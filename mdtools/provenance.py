"""Provenance of results: versions of programs, revision of the source, machine and time."""

import os
import platform
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PACKAGE = "polyamide-transport"


def versions() -> dict[str, str]:
    """Return the versions that results depend on: python, numpy, openmm and this package."""
    names = {"numpy": "numpy", "openmm": "openmm", "package": PACKAGE}
    return {"python": platform.python_version()} | {
        key: _version(name) for key, name in names.items()
    }


def machine() -> dict[str, str | int]:
    """Return host, process and, under Slurm, job."""
    facts: dict[str, str | int] = {"host": socket.gethostname(), "pid": os.getpid()}
    job = os.environ.get("SLURM_JOB_ID")
    return facts | ({"slurm_job": job} if job else {})


def utc_now() -> str:
    """Return the time in UTC to the second, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def record(**facts: Any) -> dict[str, Any]:
    """Collect the provenance of a result: versions, revision, machine, time and more facts."""
    return {
        "versions": versions(),
        "revision": revision(),
        "machine": machine(),
        "created_utc": utc_now(),
        **facts,
    }


def revision() -> str | None:
    """Return the Git revision of this source tree, with ``+changes`` if any; None if installed."""
    root = Path(__file__).parent.parent
    if not (root / ".git").exists():
        return None
    commit = _git(root, "rev-parse", "HEAD")
    return commit and commit + ("+changes" if _git(root, "status", "--porcelain") else "")


def _git(root: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def _version(name: str) -> str:
    # Reading metadata loads what reads e-mail; most commands tell the time alone.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
