"""Quantities as people write them on a command line, in SI units."""

import math
import re
from collections.abc import Iterable

import numpy as np

from mdtools.errors import SettingsError

NANO, MICRO = 1e-9, 1e-6
LMH = 1e-3 / 3600
"""L/m2/h in m/s."""
PASCAL_PER_BAR = 1e5

FLUX = {"m/s": 1.0, "um/s": MICRO, "lmh": LMH, "l/m2/h": LMH}
PRESSURE = {"pa": 1.0, "kpa": 1e3, "mpa": 1e6, "bar": PASCAL_PER_BAR}
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
MOST = 100_000
"""Values that one range may have."""


def values(texts: Iterable[str], option: str, units: dict[str, float], first: str) -> np.ndarray:
    """Numbers of an option in SI units: "3.6lmh", "1,2,5 bar", "1:20:39lmh" (from, to, how many).

    Parameters
    ----------
    texts : iterable of str
        As given; an option may be given more than once.
    units : dict
        Size of each unit in SI units, by its name in small letters.
    first : str
        The unit of a number without one.

    Raises
    ------
    SettingsError
        Names the option and what was given, and says what is allowed.

    >>> values(["3.6lmh,1e-6"], "--flux", FLUX, "m/s")
    array([1.e-06, 1.e-06])
    >>> values(["1:4:4bar"], "--pressure", PRESSURE, "pa")
    array([100000., 200000., 300000., 400000.])
    """
    found = [_part(part, option, units, first) for text in texts for part in text.split(",")]
    return np.concatenate(found)


def _part(text: str, option: str, units: dict[str, float], first: str) -> np.ndarray:
    pattern = rf"\s*({NUMBER})(?::({NUMBER}):(\d+))?\s*([A-Za-z][\w/]*)?\s*"
    matched = re.fullmatch(pattern, text)
    unit = (matched and matched[4] or first).lower()
    if not matched or unit not in units:
        raise SettingsError(
            f"{option} {text!r}: allowed are numbers with a unit of {', '.join(units)} "
            f"(none: {first}), several with commas or from:to:count"
        )
    low, high, count = matched[1], matched[2], matched[3]
    if count is not None and not 1 <= int(count) <= MOST:
        raise SettingsError(f"{option} {text!r}: a range of {count}, allowed are 1 to {MOST}")
    numbers = [float(low)] if high is None else np.linspace(float(low), float(high), int(count))
    result = units[unit] * np.asarray(numbers)
    if not all(math.isfinite(number) and number > 0 for number in result):
        raise SettingsError(f"{option} {text!r}: allowed are positive numbers")
    return result
