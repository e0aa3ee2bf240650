"""Quantities with units on a command line, parsed to SI units."""

import re
from collections.abc import Iterable

import numpy as np

from analysis.continuum.units import factor
from mdtools.errors import SettingsError

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
MOST = 100_000
"""Values that one range may have."""


def values(texts: Iterable[str], option: str, units: dict[str, float], first: str) -> np.ndarray:
    """Parse numbers of an option to SI units: "3.6lmh", "1,2,5bar", "1:20:39lmh" (from:to:count).

    Parameters
    ----------
    texts : iterable of str
        As given, for an option may be given more than once. A number without a unit has that of
        the next one in the same text that has one.
    units : dict
        Size of each unit in SI units, by its name in small letters.
    first : str
        The unit where none is given.

    Raises
    ------
    SettingsError
        Names the option and what was given, and says what is allowed.

    >>> from analysis.continuum.units import PRESSURE, SPEED
    >>> values(["3.6lmh,1e-6"], "--flux", SPEED, "m/s")
    array([1.e-06, 1.e-06])
    >>> values(["1,2bar", "3:4:2bar"], "--pressure", PRESSURE, "pa")
    array([100000., 200000., 300000., 400000.])
    """
    parsed = []
    for text in texts:
        unit, parts = first, []
        for part in reversed(text.split(",")):
            numbers, unit = _part(part, option, units, unit)
            parts.append(numbers)
        parsed += reversed(parts)
    return np.concatenate(parsed)


def _part(text: str, option: str, units: dict[str, float], unit: str) -> tuple[np.ndarray, str]:
    """Parse one part to numbers in SI units and their unit."""
    matched = re.fullmatch(rf"\s*({NUMBER})(?::({NUMBER}):(\d+))?\s*([A-Za-z][\w/]*)?\s*", text)
    if matched and matched[4]:
        unit = matched[4]
    try:
        if not matched:
            raise ValueError
        size = factor(unit, units)
    except ValueError:
        raise SettingsError(
            f"{option} {text!r}: allowed are numbers with a unit of {', '.join(units)}, several "
            "with commas or as from:to:count"
        ) from None
    low, high, count = matched[1], matched[2], matched[3]
    if count is not None and not 1 <= int(count) <= MOST:
        raise SettingsError(f"{option} {text!r}: a range of {count}, allowed are 1 to {MOST}")
    numbers = [float(low)] if high is None else np.linspace(float(low), float(high), int(count))
    result = size * np.asarray(numbers)
    if not (np.isfinite(result) & (result > 0)).all():
        raise SettingsError(f"{option} {text!r}: allowed are positive numbers")
    return result, unit
