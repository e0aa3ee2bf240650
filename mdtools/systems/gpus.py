"""GPUs of a machine: which ones a process may use, and a lease that shares them out to jobs."""

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mdtools.errors import TryAgain
from mdtools.lease import LOOK_S, Lease
from mdtools.systems.devices import nvidia_smi

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""What a scheduler, a container or a user leaves of the GPUs for a process; CUDA reads it when the
first Context is made."""


def visible_gpus() -> list[str]:
    """List the NVIDIA GPUs that this process may use, as `CUDA_VISIBLE_DEVICES` names them.

    Numbers or UUIDs from that variable if it is set, else the UUIDs of all; empty if there is none
    or nothing says so.
    """
    if (named := os.environ.get(VISIBLE)) is not None:
        return [name.strip() for name in named.split(",") if name.strip() not in ("", "-1")]
    return re.findall(r"UUID: (GPU-[\w-]+)", nvidia_smi("-L"))


def free_memory_MB(gpu: str | None) -> float | None:
    """Return the free memory of a GPU (its number or UUID; None: the first); None if unknown."""
    return _memory_MB(gpu, "free")


def total_memory_MB(gpu: str | None) -> float | None:
    """Return the memory of a GPU, free or not; see `free_memory_MB`."""
    return _memory_MB(gpu, "total")


def _memory_MB(gpu: str | None, kind: str) -> float | None:
    which = ["-i", gpu] if gpu else []
    answer = nvidia_smi(*which, f"--query-gpu=memory.{kind}", "--format=csv,noheader,nounits")
    with suppress(ValueError, IndexError):
        return float(answer.splitlines()[0])
    return None


@contextmanager
def one_gpu(
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] = print,
    leases: Path | None = None,
) -> Iterator[str | None]:
    """Take one of the visible GPUs for this process and its children while the block runs.

    Where there are several, each has a lease on this machine, and `CUDA_VISIBLE_DEVICES` is set to
    the first free one; jobs of a user on one machine so come to lie on different GPUs. Where there
    is one, or none, nothing is leased: who handed out that one has counted already.

    Yields
    ------
    str or None
        The GPU, as `CUDA_VISIBLE_DEVICES` names it; None if none is known of.

    Raises
    ------
    TryAgain
        If ``stop()`` turns true while all of them are taken.
    """
    gpus = visible_gpus()
    if len(gpus) < 2:
        yield gpus[0] if gpus else None
        return
    with _first_free(gpus, leases or _leases(), stop, log) as gpu:
        before = os.environ.get(VISIBLE)
        os.environ[VISIBLE] = gpu
        try:
            yield gpu
        finally:
            if before is None:
                del os.environ[VISIBLE]
            else:
                os.environ[VISIBLE] = before


@contextmanager
def _first_free(
    gpus: list[str], leases: Path, stop: Callable[[], bool] | None, log: Callable[[str], None]
) -> Iterator[str]:
    said = False
    while True:
        for gpu in gpus:
            lease = Lease(leases / re.sub(r"\W", "_", gpu))
            try:
                lease.__enter__()
            except TryAgain:
                continue
            try:
                yield gpu
            finally:
                lease.__exit__()
            return
        if not said:
            log(f"all {len(gpus)} GPUs are taken by other jobs ({leases}); waiting for one")
            said = True
        if stop is not None and stop():
            raise TryAgain("asked to stop while all GPUs were taken")
        time.sleep(LOOK_S)


def _leases() -> Path:
    return Path(tempfile.gettempdir()) / f"polyamide-gpus-{os.getuid()}"
