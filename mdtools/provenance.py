"""What was run, with which versions, where."""

import importlib.metadata
import os
import platform
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

PACKAGE = "polyamide-transport"


def versions() -> dict[str, str]:
    """Versions that decide numbers: python, numpy, openmm and this package."""
    names = {"numpy": "numpy", "openmm": "openmm", "package": PACKAGE}
    return {"python": platform.python_version()} | {
        key: _version(name) for key, name in names.items()
    }


def machine() -> dict[str, str | int]:
    """Host, process and, under Slurm, job."""
    facts = {"host": socket.gethostname(), "pid": os.getpid()}
    job = os.environ.get("SLURM_JOB_ID")
    return facts | ({"slurm_job": job} if job else {})


def utc_now() -> str:
    """Time of day in UTC to the second, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def record(**facts) -> dict:
    """Provenance of a result: versions, revision, machine, time, and the facts given."""
    return {
        "versions": versions(),
        "revision": revision(),
        "machine": machine(),
        "created_utc": utc_now(),
        **facts,
    }


def revision() -> str | None:
    """Git revision of this source tree, with ``+changes`` if it has any; None if installed."""
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
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
