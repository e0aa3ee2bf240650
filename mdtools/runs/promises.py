"""What resumed runs on a machine were found to share with uninterrupted ones.

"bitwise" is the same frames in every bit, "statistical" the same distribution of frames.
"""

from mdtools import atomic, cache
from mdtools.options import PlatformOptions
from mdtools.provenance import utc_now, versions
from mdtools.systems.devices import device, gpu
from mdtools.systems.platforms import GPU_PLATFORMS

FILE = "promises.json"
BITWISE, STATISTICAL = "bitwise", "statistical"


def keep(platform: str, options: PlatformOptions, promise: str) -> bool:
    """Keep what a check on this machine has found; returns whether there is a place for it.

    A device without a name and a driver of its own is not kept: it may be another one tomorrow.
    """
    facts = _facts(platform, options)
    if facts is None:
        return False
    found = {"promise": promise, "checked_utc": utc_now()}

    def put(entries: cache.Entries) -> cache.Entries:
        return [*(entry for entry in entries if not _same(entry, facts)), facts | found]

    return cache.change(FILE, put)


def kept(platform: str, options: PlatformOptions) -> str | None:
    """Return what was found for this device, driver, OpenMM and these options; None if nothing."""
    facts = _facts(platform, options)
    if facts is None:
        return None
    found = [entry.get("promise") for entry in cache.entries(FILE) if _same(entry, facts)]
    return found[-1] if found and found[-1] in (BITWISE, STATISTICAL) else None


def _facts(platform: str, options: PlatformOptions) -> atomic.Json | None:
    """Everything that a promise hangs on; None for a GPU that nvidia-smi does not know."""
    driver = gpu()[1] if platform in GPU_PLATFORMS else "none"
    if driver is None:
        return None
    return {
        "device": device(platform, options.cpu_threads),
        "driver": driver,
        "openmm": versions()["openmm"],
        "platform": platform,
        "precision": options.precision,
        "deterministic": options.deterministic,
    }


def _same(entry: atomic.Json, facts: atomic.Json) -> bool:
    return all(entry.get(name) == value for name, value in facts.items())
