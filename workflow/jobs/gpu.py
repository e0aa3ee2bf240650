"""The GPU of a job."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mdtools.options import PlatformOptions
from mdtools.systems.gpus import one_gpu
from workflow.campaign.packing import wants_gpu


@contextmanager
def own_gpu(
    platform: PlatformOptions,
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] = print,
) -> Iterator[str | None]:
    """Take a GPU while the block runs, if the platform is one of GPUs; see `one_gpu`."""
    if not wants_gpu(platform):
        yield None
        return
    with one_gpu(stop, log) as gpu:
        yield gpu
