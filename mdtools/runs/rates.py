"""Speeds that were measured on the machines of this user, and what they say about other sizes."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from mdtools import cache
from mdtools.provenance import utc_now, versions
from mdtools.runs.progress import speed

if TYPE_CHECKING:
    from mdtools.runs.segment import SegmentPlan

FILE = "rates.json"
SHORTEST_S = 5.0
"""Of the wall time of a session that tells a speed; a shorter one tells how long Contexts take."""
MOST = 500
"""Rates that are kept; the oldest go."""
TEXTS = ("device", "platform", "precision", "source", "measured_utc", "package")
NUMBERS = ("particles", "timestep_fs", "ns_per_day", "replicas")
KIND = ("device", "platform", "precision", "particles", "timestep_fs", "replicas", "source")
"""What rates have in common of which only the newest is kept."""


@dataclass(frozen=True)
class Rate:
    """A rate is the speed of molecular dynamics of one size on one device.

    ``ns_per_day`` is that of each of ``replicas`` simulations at once on the device; ``source`` is
    "run", with everything that a run does beside the steps, or "box", steps in a box of water.
    """

    device: str
    platform: str
    precision: str
    particles: int
    timestep_fs: float
    ns_per_day: float
    replicas: int = 1
    source: str = "run"
    measured_utc: str = ""
    package: str = ""

    def at(self, particles: int, timestep_fs: float) -> float:
        """Return the ns/day of each at another size and timestep, in proportion to both.

        >>> rate = Rate("GPU", "CUDA", "mixed", particles=40_000, timestep_fs=2, ns_per_day=300)
        >>> rate.at(20_000, 1)
        300.0
        """
        return self.ns_per_day * self.particles / particles * timestep_fs / self.timestep_fs

    def distance(self, particles: int, timestep_fs: float) -> float:
        """Return how far another size and timestep are, as a sum of logarithms of ratios."""
        sizes = abs(math.log(self.particles / particles))
        return sizes + abs(math.log(self.timestep_fs / timestep_fs))


def keep(rate: Rate) -> Rate:
    """Keep a rate in place of an older one of the same kind; returns it with time and version.

    Where the file cannot be written a line says so, and that is all.
    """
    rate = replace(
        rate,
        measured_utc=rate.measured_utc or utc_now(),
        package=rate.package or versions()["package"],
    )

    def put(entries: cache.Entries) -> cache.Entries:
        others = [other for other in entries if (old := _rate(other)) and _kind(old) != _kind(rate)]
        return [*others, asdict(rate)][-MOST:]

    cache.change(FILE, put)
    return rate


def keep_session(plan: "SegmentPlan", session: dict, replicas: int = 1) -> Rate | None:
    """Keep the rate of a session of a run, if it was long enough to tell one.

    Parameters
    ----------
    session : dict
        As run.json has it, with the wall time of each of its segments.
    replicas : int
        Runs at once on the same device.

    Returns
    -------
    Rate or None
        What was kept.
    """
    from mdtools.systems.devices import device

    ns_per_day = speed(plan.options.segment_ps, session)
    if ns_per_day is None or sum(session["seconds"]) < SHORTEST_S:
        return None
    platform = session["platform"]["name"]
    rate = Rate(
        device=device(platform, plan.platform.cpu_threads),
        platform=platform,
        precision=plan.platform.precision,
        particles=plan.bundle.system.getNumParticles(),
        timestep_fs=plan.options.timestep_fs,
        ns_per_day=ns_per_day,
        replicas=replicas,
    )
    return keep(rate)


def kept() -> list[Rate]:
    """Return all rates that are kept, oldest first; entries that are no rates are left out."""
    return [rate for entry in cache.entries(FILE) if (rate := _rate(entry))]


def nearest(rates: Iterable[Rate], particles: int, timestep_fs: float) -> Rate | None:
    """Return the rate of the nearest size and timestep: of equals one of a run, then the newest."""

    def order(rate: Rate) -> tuple:
        return -rate.distance(particles, timestep_fs), rate.source == "run", rate.measured_utc

    return max(rates, key=order, default=None)


def _kind(rate: Rate) -> tuple:
    return tuple(getattr(rate, name) for name in KIND)


def _rate(entry: dict[str, Any]) -> Rate | None:
    """Make a rate of an entry of the file; None if it is none."""
    known = {field.name: entry[field.name] for field in fields(Rate) if field.name in entry}
    try:
        rate = Rate(**known)
    except TypeError:
        return None
    sound = all(_positive(getattr(rate, name)) for name in NUMBERS)
    return rate if sound and all(isinstance(getattr(rate, name), str) for name in TEXTS) else None


def _positive(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 < value < math.inf  # type: ignore[operator]
