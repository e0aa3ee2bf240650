"""Schedule of a hydration: stretches of dynamics, each short enough to lose, in their order."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from mdtools.options import HydrationOptions

OPENING, CYCLE, BLOCK = "opening", "cycle", "block"
ROUNDING_PS = 1e-9
SAMPLES = 10
"""Of a stretch."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of dynamics at constant pressure while the temperature goes to another one.

    ``stage`` is opening, cycle or block; ``block`` counts from 1, 0 before the blocks; ``refill``:
    the voids are filled again after it.
    """

    stage: str
    start_ps: float
    duration_ps: float
    from_K: float
    to_K: float
    pressure_MPa: float
    block: int = 0
    refill: bool = False

    def temperature_K(self, share: float) -> float:
        """Return the thermostat's temperature at a share, 0 to 1, of the stretch."""
        return self.from_K + share * (self.to_K - self.from_K)


def before_blocks(options: HydrationOptions) -> list[Stretch]:
    """List the stretches in which the slab opens and is heated and cooled."""
    first = first_pressure(options)
    stretches: list[Stretch] = []
    now = 0.0
    for end in options.refill_ps:
        level = (options.temperature_K, options.temperature_K, first)
        stretches += _cut(OPENING, now, end - now, *level, options.segment_ps, refill=True)
        now = end
    kelvin = options.temperature_K
    for stage in options.cycle:
        level = (kelvin, stage.temperature_K, stage.pressure_MPa)
        stretches += _cut(CYCLE, now, stage.duration_ps, *level, options.segment_ps)
        now, kelvin = now + stage.duration_ps, stage.temperature_K
    return stretches


def first_pressure(options: HydrationOptions) -> float:
    """Return the pressure in MPa while the slab opens: that of the cycle's first stretch."""
    return options.cycle[0].pressure_MPa if options.cycle else options.pressure_MPa


def block(options: HydrationOptions, number: int) -> list[Stretch]:
    """List the stretches of a block, counted from 1, at the final temperature and pressure."""
    start = sum(stretch.duration_ps for stretch in before_blocks(options))
    start += (number - 1) * options.block_ps
    level = (options.temperature_K, options.temperature_K, options.pressure_MPa)
    return list(_cut(BLOCK, start, options.block_ps, *level, options.segment_ps, block=number))


def longest_ps(options: HydrationOptions) -> float:
    """Return the time in ps of a hydration that runs into its cap."""
    opened = sum(stretch.duration_ps for stretch in before_blocks(options))
    return opened + most_blocks(options) * options.block_ps


def most_blocks(options: HydrationOptions) -> int:
    """Return the number of whole blocks within the cap."""
    return math.floor(options.cap_ps / options.block_ps + ROUNDING_PS)


def _cut(
    stage: str,
    start: float,
    duration: float,
    from_K: float,
    to_K: float,
    pressure_MPa: float,
    longest: float,
    *,
    block: int = 0,
    refill: bool = False,
) -> Iterator[Stretch]:
    """Cut a stretch into equal ones of at most a length; the last one may end with a refill."""
    count = max(1, math.ceil(duration / longest - ROUNDING_PS))
    slope = (to_K - from_K) / count
    for k in range(count):
        yield Stretch(
            stage,
            start + k * duration / count,
            duration / count,
            from_K + k * slope,
            from_K + (k + 1) * slope,
            pressure_MPa,
            block,
            refill and k == count - 1,
        )
