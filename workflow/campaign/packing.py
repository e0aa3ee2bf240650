"""Packs: which runs of a campaign share a GPU."""

from collections.abc import Sequence

from mdtools.options import PlatformOptions

MOST = 8
"""Replicas on one GPU that ``auto`` takes: on an H200 the sum of their speeds rises by 3 % from six
to eight runs of 42,000 particles, and hardly beyond."""
STAGES = ("hydrated", "cell", "start", "transport", "umbrella")
"""Stages that are done in packs."""
NO_GPU = ("CPU", "Reference")


def wants_gpu(platform: PlatformOptions) -> bool:
    """Whether a platform may be one of GPUs; "auto" counts as one."""
    return platform.name not in NO_GPU


def size(platform: PlatformOptions, count: int) -> int:
    """Return how many of ``count`` runs make a pack; 1 if they are run one by one."""
    if platform.replicas_per_gpu == "auto":
        return min(MOST, count) if wants_gpu(platform) else 1
    return min(platform.replicas_per_gpu, count)


def split(platform: PlatformOptions, members: Sequence[str]) -> list[list[str]]:
    """Cut a list of runs into packs, in order.

    >>> split(PlatformOptions(name="CUDA", replicas_per_gpu=2), ["a", "b", "c"])
    [['a', 'b'], ['c']]
    """
    each = max(1, size(platform, len(members)))
    return [list(members[start : start + each]) for start in range(0, len(members), each)]


def jobs(platform: PlatformOptions, count: int) -> int:
    """Return how many packs ``count`` runs make; 0 if they are run one by one."""
    each = size(platform, count)
    return -(-count // each) if each > 1 else 0
