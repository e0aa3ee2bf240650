"""Several membranes in one campaign: how they are listed, and what is wrong with a list."""

from collections.abc import Iterator
from dataclasses import replace

from analysis.limits import AREA_MAY_CHANGE
from membranes.library import LibraryError, membrane_block
from membranes.recipes.membrane import Membrane
from workflow.campaign.extent import half_membrane_angstrom
from workflow.campaign.faults import Fault, Location

KEY = "membranes"
ALLOWED = (
    "allowed is a list of names of ready membranes and of seeds, whole numbers from 0, by which "
    "the block membrane is built"
)
ENTRY = "allowed is the name of a ready membrane, or a seed, a whole number from 0"


def name_of(entry: str | int) -> str:
    """Return the name of a membrane, which becomes a directory.

    >>> name_of("pip-tmc-2020"), name_of(7)
    ('pip-tmc-2020', 'seed7')
    """
    return entry if isinstance(entry, str) else f"seed{entry}"


def faults_of_list(data: dict) -> Iterator[Fault]:
    """Yield what is wrong with the list of membranes of a campaign's data, beside its membrane."""
    entries, block = data[KEY], data.get("membrane")
    if not isinstance(entries, list):
        yield Fault((KEY,), ALLOWED)
        return
    if not entries:
        yield Fault((KEY,), "allowed is at least 1 entry")
    if isinstance(block, dict) and "ready" in block:
        yield Fault(
            (KEY,),
            "beside membrane.ready it is not allowed: of ready ones name that one here, too; seeds "
            "need membrane.monomers, box_nm and relaxation in its place",
        )
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        place: Location = (KEY, index)
        if isinstance(entry, bool) or not isinstance(entry, str | int):
            yield Fault(place, ENTRY)
            continue
        if isinstance(entry, int) and entry < 0:
            yield Fault(place, ENTRY)
        elif isinstance(entry, int) and block is None:
            yield Fault(place, "a seed needs the block membrane, which says how it is built")
        elif isinstance(entry, str):
            try:
                membrane_block(entry)
            except LibraryError as error:
                yield Fault(place, str(error))
        if name_of(entry) in seen:
            yield Fault(place, "given twice, allowed is once")
        seen.add(name_of(entry))


def membrane_of(entry: str | int, built: Membrane) -> Membrane:
    """Return the block of one membrane: that of a ready one, or of the campaign for a seed."""
    return Membrane(**membrane_block(entry)) if isinstance(entry, str) else built


def unequal_areas(blocks: dict) -> Iterator[Fault]:
    """Yield a fault for each membrane whose lateral lengths are not those of the first.

    Numbers of ions, drives and counts are per cell: cells of several areas do not average.
    """
    entries = blocks.get(KEY) or ()
    if len(entries) < 2 or "membrane" not in blocks:
        return
    boxes = [membrane_of(entry, blocks["membrane"]).box_nm[:2] for entry in entries]
    for index, box in enumerate(boxes):
        if any(
            abs(own - first) > AREA_MAY_CHANGE * first
            for own, first in zip(box, boxes[0], strict=True)
        ):
            own, first = (" x ".join(f"{length:g}" for length in one) for one in (box, boxes[0]))
            yield Fault(
                (KEY, index),
                f"is {own} nm along x and y, allowed is {first} nm, as {name_of(entries[0])}: "
                "other areas are campaigns of their own",
            )


def other_monomers(blocks: dict) -> Iterator[Fault]:
    """Yield a fault for each membrane of other monomers than the first.

    A mean over kinds of membranes is that of none of them.
    """
    entries = blocks.get(KEY) or ()
    if len(entries) < 2 or "membrane" not in blocks:
        return
    kinds = [_monomers(membrane_of(entry, blocks["membrane"])) for entry in entries]
    for index, own in enumerate(kinds):
        if own != kinds[0]:
            yield Fault(
                (KEY, index),
                f"is of {own}, allowed is {kinds[0]}, as {name_of(entries[0])}: other monomers are "
                "campaigns of their own",
            )


def _monomers(membrane: Membrane) -> str:
    counts = membrane.monomers.model_dump()
    return " and ".join(sorted(kind for kind, count in counts.items() if count))


def windows_elsewhere(blocks: dict) -> Iterator[Fault]:
    """Yield a fault where umbrella windows would stand at other places in each membrane."""
    entries, umbrella = blocks.get(KEY) or (), blocks.get("umbrella")
    if len(entries) < 2 or not umbrella or umbrella.z_angstrom or "hydration" not in blocks:
        return
    halves = {
        half_membrane_angstrom(membrane_of(entry, blocks["membrane"]), blocks["hydration"])
        for entry in entries
    }
    if len(halves) > 1:
        yield Fault(
            ("umbrella", "z_angstrom"),
            "allowed is a range, e.g. [-40, 40]: without one windows begin where each membrane "
            "does, and these are not equally thick",
        )


def at_entry(fault: Fault, index: int) -> Fault:
    """Return a fault of a ready membrane's block at its place in the list."""
    return replace(fault, location=(KEY, index)) if fault.location[:1] == ("membrane",) else fault
