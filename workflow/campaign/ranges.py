"""Ranges of numbers outside of which they are mistakes: a wrong unit, or a lost digit."""

from collections.abc import Iterator, Sequence

from membranes.building.options import ReactionOptions
from workflow.campaign.faults import Fault, Location, unit_of

TEMPERATURE_K = (200, 1000)
"""From supercooled water to the hot reactions that stand in for slow ones."""
PRESSURE_MPA = (0, 100)
"""Of pistons: what membranes bear, and more."""
FIELD_V_NM = (-1, 1)
"""At 1 V/nm the work on the dipole of a water molecule (2.2 D) is 1.8 kT: it no longer turns."""
PRESSURE_DIFFERENCE_MPA = (-1000, 1000)
"""Beyond, water is ice at 300 K."""
RANGES: dict[Location, tuple[float, float]] = {
    ("membrane", "reaction", "temperature_K"): TEMPERATURE_K,
    ("membrane", "relaxation", "temperature_K"): TEMPERATURE_K,
    ("hydration", "expansion_K"): TEMPERATURE_K,
    ("hydration", "temperature_K"): TEMPERATURE_K,
    ("hydration", "pressure_MPa"): PRESSURE_MPA,
    ("cell", "temperature_K"): TEMPERATURE_K,
    ("cell", "piston_pressure_MPa"): PRESSURE_MPA,
    ("transport", "temperature_K"): TEMPERATURE_K,
    ("transport", "drive", "force_kcal_mol_angstrom"): (0, 10),
    ("transport", "drive", "field_V_nm"): FIELD_V_NM,
    ("transport", "drive", "pressure_difference_MPa"): PRESSURE_DIFFERENCE_MPA,
    ("nonbonded", "cutoff_nm"): (0.5, 2),
}
BOX_NM = (0.5, 200)
"""From less than any cut-off needs to a million times the study's volume."""
REACTION_CUTOFF_ANGSTROM = (1.5, 15)
"""From inside a hydrogen bond to several molecules away."""


def faults(blocks: dict) -> Iterator[Fault]:
    """Yield a fault for each number of the given blocks that lies outside of its range."""
    for location, allowed in RANGES.items():
        if location[0] in blocks:
            yield from _outside(location, _value(blocks, location), allowed)
    if "membrane" in blocks:
        yield from box(("membrane", "box_nm"), blocks["membrane"].box_nm)
        yield from reaction(("membrane", "reaction"), blocks["membrane"].reaction)
    if "hydration" in blocks:
        for index, stage in enumerate(blocks["hydration"].cycle):
            location = ("hydration", "cycle", index)
            yield from _outside((*location, "temperature_K"), stage.temperature_K, TEMPERATURE_K)
            yield from _outside((*location, "pressure_MPa"), stage.pressure_MPa, PRESSURE_MPA)


def box(location: Location, box_nm: Sequence[float]) -> Iterator[Fault]:
    """Yield a fault for each length of a reaction box out of range."""
    for index, length in enumerate(box_nm):
        yield from _outside((*location, index), length, BOX_NM)


def reaction(location: Location, options: ReactionOptions) -> Iterator[Fault]:
    """Yield a fault for each reach of a reaction out of range."""
    for index, stage in enumerate(options.stages):
        inner = (*location, "stages", index, "cutoff_angstrom")
        yield from _outside(inner, stage.cutoff_angstrom, REACTION_CUTOFF_ANGSTROM)


def temperature(location: Location, value: float) -> Iterator[Fault]:
    """Yield a fault for a temperature out of range."""
    yield from _outside(location, value, TEMPERATURE_K)


def _value(blocks: dict, location: Location) -> float:
    value = blocks[location[0]]
    for step in location[1:]:
        value = getattr(value, step)
    return value


def _outside(location: Location, value: float, allowed: tuple[float, float]) -> Iterator[Fault]:
    low, high = allowed
    if not low <= value <= high:
        unit = next(found for step in reversed(location) if (found := unit_of(step)))
        meant = f"; the key is in {unit}" if unit == "angstrom" else ""
        yield Fault(location, f"allowed is {low:g} to {high:g} {unit.replace('_', '/')}{meant}")
