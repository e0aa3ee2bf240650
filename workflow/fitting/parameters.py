"""Parameters of a membrane as the command line names them, with their units."""

import math
import re
from collections.abc import Iterable, Mapping

from analysis.continuum.characterize import NAMES, WaterPermeability
from analysis.continuum.characterize.faults import one_of
from analysis.continuum.characterize.parameters import Range
from analysis.continuum.units import LMH, MICRO, NANO, PASCAL_PER_BAR
from mdtools.errors import SettingsError

SYMBOLS = {
    "r_p": "pore_radius",
    "d": "effective_thickness",
    "eps_p": "pore_permittivity",
    "X": "charge_density",
}
"""Short names; the long ones are allowed, too."""
LENGTHS = {"nm": NANO, "um": MICRO, "µm": MICRO, "m": 1.0}
CHARGES = {"": 1.0, "mol/m3": 1.0, "mmol/l": 1.0, "mol/l": 1e3}
UNITS: dict[str, dict[str, float]] = {
    "pore_radius": LENGTHS,
    "effective_thickness": LENGTHS,
    "pore_permittivity": {"": 1.0},
    "charge_density": CHARGES,
}
PERMEABILITIES = {"lmh/bar": LMH / PASCAL_PER_BAR, "m/s/pa": 1.0}
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
POSSIBLE = {"pore_radius": (0.1 * NANO, 100 * NANO), "effective_thickness": (NANO, 1e3 * MICRO)}
"""m: what lies outside has another unit than was meant; as of files of membranes."""
GROUP = " of "
"""Between a charge density and the feed or series that has it: "X of pH 7"."""


def ranges(fix: Iterable[str], bounds: Iterable[str]) -> dict[str, Range]:
    """Bounds of a fit from "r_p=0.5nm" (fixed) and "X=-100:0" (free between two values), SI.

    Raises
    ------
    SettingsError
        Names the option and what was given, and says what is allowed.

    >>> ranges(["eps_p=42"], ["d=0.5:2um", "X of pH 2=0:100"])["charge_density of pH 2"]
    (0.0, 100.0)
    """
    found: dict[str, Range] = {}
    for option, texts, many in (("--fix", fix, False), ("--bounds", bounds, True)):
        for text in texts:
            label, values = _parsed(option, text, many)
            if label in found:
                raise SettingsError(f"{option} {text!r}: {label} was given before, allowed is once")
            found[label] = (values[0], values[1]) if many else values[0]
    return found


def water_permeability(text: str) -> WaterPermeability:
    """A measured permeability of pure water and its standard deviation, "11:0.5lmh/bar".

    >>> water_permeability("3.6:0.36lmh/bar").value.__round__(13)
    1e-11
    """
    option = "--permeability"
    matched = re.fullmatch(rf"\s*({NUMBER}):({NUMBER})\s*([A-Za-z/]+)\s*", text)
    scale = PERMEABILITIES.get(matched[3].lower()) if matched else None
    if not matched or scale is None:
        raise SettingsError(
            f"{option} {text!r}: allowed is value:sd with a unit of {', '.join(PERMEABILITIES)}, "
            "as 11:0.5lmh/bar"
        )
    try:
        return WaterPermeability(scale * float(matched[1]), scale * float(matched[2]))
    except ValueError as error:
        raise SettingsError(f"{option} {text!r}: {error}") from None


def _parsed(option: str, text: str, many: bool) -> tuple[str, list[float]]:
    left, equals, right = text.partition("=")
    word, of, group = left.strip().partition(GROUP)
    name = SYMBOLS.get(word, word)
    if name not in NAMES:
        known = (*SYMBOLS, *NAMES)
        raise SettingsError(
            f"{option} {text!r}: no parameter {word!r}, allowed is {one_of(word, known)}"
        )
    form = "two numbers as low:high" if many else "one number"
    count = 2 if many else 1
    pattern = ":".join([rf"({NUMBER})"] * count)
    matched = re.fullmatch(rf"\s*{pattern}\s*([A-Za-zµ][\w/]*)?\s*", right) if equals else None
    units = UNITS[name]
    scale = units.get(_unit(matched[count + 1])) if matched else None
    if not matched or scale is None:
        raise SettingsError(
            f"{option} {text!r}: allowed is {word}={form}{_units(units)}, as {_example(word, many)}"
        )
    found = [scale * float(matched[i + 1]) for i in range(count)]
    low, high = POSSIBLE.get(name, (-math.inf, math.inf))
    if not all(low <= value <= high for value in found):
        raise SettingsError(
            f"{option} {text!r}: allowed is {low / NANO:g} to {high / NANO:g} nm; is another unit "
            "meant?"
        )
    return f"{name}{of}{group}", found


def _unit(text: str | None) -> str:
    return "" if text is None else text if text in LENGTHS else text.lower()


def _units(units: Mapping[str, float]) -> str:
    named = [unit for unit in units if unit]
    if not named:
        return " without a unit"
    needed = "" if "" in units else "with "
    return f" {needed or 'without a unit or with '}{' or '.join(named)}"


def _example(word: str, many: bool) -> str:
    examples = {
        "pore_radius": ("0.5nm", "0.3:0.7nm"),
        "effective_thickness": ("1.2um", "0.5:3um"),
        "pore_permittivity": ("42", "35:60"),
        "charge_density": ("-60", "-100:0"),
    }
    return f"{word}={examples[SYMBOLS.get(word, word)][many]}"
