"""Durations in words, and what is left of a job whose pace is known."""

import time
from collections.abc import Callable

UNITS = ((86400.0, "days"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
TURN = 2.0
"""A larger unit is used from so many of it on: 90 min, but 2 h."""
LEAST_SHARE = 0.02
"""Of a job, before its pace tells anything."""


def in_words(seconds: float) -> str:
    """Say a duration in the unit that suits it.

    >>> in_words(32), in_words(500), in_words(9000), in_words(4e5)
    ('32 s', '8.3 min', '2.5 h', '4.6 days')
    """
    size, unit = next((one for one in UNITS if seconds >= TURN * one[0]), UNITS[-1])
    number = seconds / size
    return f"{number:.2g} {unit}" if number < 10 else f"{number:.0f} {unit}"


class Pace:
    """How long the rest of a job takes at the pace of what was done since this was made.

    ``total`` is how much there is to do in all, ``done`` how much of it is done already.
    """

    def __init__(
        self, total: float, done: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total, self._first, self._clock = total, done, clock
        self._began = clock()

    def left(self, done: float) -> str:
        """Return ", 5 min left" to be put behind a line; nothing while the pace is not known.

        >>> seconds = iter([0.0, 30.0])
        >>> Pace(100, clock=lambda: next(seconds)).left(25)
        ', 90 s left'
        """
        made, rest = done - self._first, self._total - done
        if rest <= 0 or made < LEAST_SHARE * (self._total - self._first):
            return ""
        return f", {in_words((self._clock() - self._began) * rest / made)} left"
