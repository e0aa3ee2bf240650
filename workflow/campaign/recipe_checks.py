"""Checks of the steps of a recipe, before any of them is carried out."""

from collections.abc import Iterator, Sequence

from membranes.recipes.membrane import amounts
from membranes.recipes.options import Leach, Pack, React, SecondAmidation, Step
from membranes.recipes.speciation import speciation
from workflow.campaign import ranges
from workflow.campaign.faults import Fault, Location
from workflow.campaign.packing_checks import density_of_a_liquid, molecules_may_touch


def faults(steps: Sequence[Step]) -> Iterator[Fault]:
    """Yield a fault for each number that is a mistake; locations begin with the step's index."""
    residues = 0
    for index, step in enumerate(steps):
        place: Location = (index,)
        if hasattr(step, "temperature_K"):
            yield from ranges.temperature((*place, "temperature_K"), step.temperature_K)
        if isinstance(step, Pack):
            counts, box_nm = amounts(step, speciation(step.pH))
            residues = sum(counts.values())
            yield from _packing(step, counts, box_nm, place)
        elif isinstance(step, React):
            yield from ranges.reaction(place, step)
            yield from _protons(steps, step, place)
        elif isinstance(step, SecondAmidation):
            residues += step.molecules or 0
            inner = (*place, "reaction")
            yield from ranges.temperature((*inner, "temperature_K"), step.reaction.temperature_K)
            yield from ranges.reaction(inner, step.reaction)
        elif isinstance(step, Leach) and _bounded(steps[:index]):
            yield from _leach(step, residues, place)


def _protons(steps: Sequence[Step], step: React, place: Location) -> Iterator[Fault]:
    """Protons that a reaction moves are those of a solution whose pH is known."""
    if any(isinstance(other, Pack) and other.pH is not None for other in steps):
        return
    for key, does in {
        "hydrochloric_acid": step.hydrochloric_acid == "protonates",
        "proton_exchange": step.proton_exchange,
    }.items():
        if does:
            yield Fault((*place, key), "does nothing without the pH of pack; give that, too")


def _packing(step: Pack, counts, box_nm, place: Location) -> Iterator[Fault]:
    outside = list(ranges.box((*place, "box_nm"), box_nm))
    yield from outside
    if not outside:
        yield from density_of_a_liquid(counts.items(), box_nm, (*place, "box_nm"))
    key = "packing_tolerance_angstrom"
    yield from molecules_may_touch(step.packing_tolerance_angstrom, (*place, key))


def _bounded(before: Sequence[Step]) -> bool:
    """Whether the number of residues is known before the steps are carried out."""
    return all(getattr(step, "per_residual_amine", None) is None for step in before)


def _leach(step: Leach, residues: int, place: Location) -> Iterator[Fault]:
    """A leach leaves a network: its clusters are smaller than all residues together."""
    if step.largest_residues >= residues:
        yield Fault(
            (*place, "largest_residues"),
            f"would remove the whole network of {residues} residues or fewer, allowed is at most "
            f"{residues - 1}",
        )
