"""How fast a campaign will go: measured speeds, scaled to each of its stages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mdtools.constants import HOURS_PER_DAY, PS_PER_NS, SECONDS_PER_DAY
from mdtools.runs.rates import Rate, nearest
from workflow.campaign import packing
from workflow.campaign.model import Campaign
from workflow.campaign.plan import Stage

FAR = math.log(2)
"""Of a rate: sizes and timesteps that differ by more than a factor of two."""


@dataclass(frozen=True)
class Speed:
    """A speed is ns/day of each of some simulations at once on one GPU, of one size and timestep.

    ``said`` tells in words where it comes from.
    """

    ns_per_day: float
    particles: int
    timestep_fs: float
    replicas: int
    said: str

    def of(self, stage: Stage) -> float:
        """Return the ns/day of one simulation of a stage: by particles and timestep in proportion.

        Raises ValueError for a stage without steps.
        """
        if stage.timestep_fs is None or stage.particles is None:
            raise ValueError(f"stage {stage.name} has no steps")
        size, timestep = self.particles / stage.particles, stage.timestep_fs / self.timestep_fs
        return self.ns_per_day * size * timestep


@dataclass(frozen=True)
class Speeds:
    """Speeds of a campaign: of a simulation that has a GPU to itself, and of its transport runs."""

    alone: Speed
    transport: Speed

    def of(self, stage: Stage) -> Speed:
        """Return the speed that counts for a stage."""
        return self.transport if stage.name in packing.STAGES else self.alone


def given(ns_per_day: float, transport: Stage, replicas: int) -> Speeds:
    """Return the speeds of a user who knows that of one transport run."""
    said = f"{ns_per_day:g} ns/day of a run, as given"
    said += f", {replicas} at once" if replicas > 1 else ""
    size, timestep = transport.particles, transport.timestep_fs
    speed = Speed(ns_per_day, size, timestep, replicas, said)
    return Speeds(Speed(ns_per_day, size, timestep, 1, said), speed)


def usable(
    rates: Sequence[Rate], campaign: Campaign, platform: str | None, device: str | None
) -> list[Rate]:
    """Return the rates that tell of a campaign on this machine.

    Where the machine has none of the campaign's GPUs, as where jobs of a cluster are started, those
    of the device that was measured last.

    Parameters
    ----------
    platform, device : str or None
        The OpenMM platform that the campaign gets here, and its device; None without.
    """
    wanted = campaign.platform
    same = [rate for rate in rates if rate.precision == wanted.precision]
    here = [rate for rate in same if (rate.platform, rate.device) == (platform, device)]
    if here or (platform == wanted.name and device is not None):
        return here
    elsewhere = [rate for rate in same if wanted.name in (rate.platform, "auto")]
    newest = max(elsewhere, key=lambda rate: rate.measured_utc, default=None)
    return [rate for rate in elsewhere if newest is not None and rate.device == newest.device]


def measured(rates: Sequence[Rate], transport: Stage, replicas: int | str) -> Speeds | None:
    """Return speeds by the nearest rates; None if there is none.

    Parameters
    ----------
    replicas : int or "auto"
        Transport runs at once on a GPU. Without a rate of so many at once, that of one alone tells
        of all together, which packs only make faster. With "auto", the number that is fastest.
    """
    size, timestep = transport.particles, transport.timestep_fs
    counts = sorted({rate.replicas for rate in rates})
    best = {
        count: nearest([rate for rate in rates if rate.replicas == count], size, timestep)
        for count in counts
    }
    if not best:
        return None
    if replicas == "auto":
        count = max(counts, key=lambda n: n * best[n].at(size, timestep))
    else:
        count = replicas if replicas in best else 1
    packed, alone = best.get(count), best.get(1)
    if packed is None and alone is None:
        # Only of other numbers at once: one that shares its GPU is no faster than one alone.
        packed = best[counts[0]]
        alone = packed
        return Speeds(_speed(alone, transport, 1), _speed(packed, transport, 1))
    alone = alone or packed
    return Speeds(_speed(alone, transport, 1), _speed(packed or alone, transport, count))


def _speed(rate: Rate, transport: Stage, replicas: int) -> Speed:
    size, timestep = transport.particles, transport.timestep_fs
    said = f"{rate.ns_per_day:.4g} ns/day "
    said += f"of each of {rate.replicas} at once " if rate.replicas > 1 else ""
    said += f"measured on {rate.device} on {rate.measured_utc[:10] or 'an unknown day'} "
    said += f"with {rate.particles:,} particles at {rate.timestep_fs:g} fs"
    if rate.distance(size, timestep) > FAR:
        said += f", far from the {size:,} at {timestep:g} fs of this campaign"
    return Speed(rate.at(size, timestep), size, timestep, replicas, said)


def gpu_hours(stage: Stage, speeds: Speeds) -> float | None:
    """Return the hours that a stage keeps a GPU busy, all its simulations together.

    A pack that is not full takes as long as a full one.
    """
    if stage.timestep_fs is None:
        return None
    speed = speeds.of(stage)
    packs = math.ceil(stage.chains / speed.replicas)
    return HOURS_PER_DAY * packs * stage.simulated_ns / stage.chains / speed.of(stage)


def days(plan: Sequence[Stage], speeds: Speeds, gpus: int) -> float:
    """Return the days on some GPUs, one stage after the other.

    The simulations of a stage go on side by side, each as one chain: a stage takes as many rounds
    as its packs fill the GPUs.
    """
    total = 0.0
    for stage in plan:
        if stage.timestep_fs is None:
            continue
        speed = speeds.of(stage)
        rounds = math.ceil(math.ceil(stage.chains / speed.replicas) / gpus)
        total += rounds * stage.simulated_ns / stage.chains / speed.of(stage)
    return total


def segment_seconds(campaign: Campaign, ns_per_day: float) -> float:
    """Return the wall time of a segment at a speed of one run."""
    return campaign.transport.segment_ps / PS_PER_NS / ns_per_day * SECONDS_PER_DAY
