"""Checks of the windows of a campaign, before any job starts."""

import importlib.util
import math
from collections.abc import Iterator

from mdtools.constants import ANGSTROM_PER_NM, FS_PER_PS, GAS_CONSTANT, PS_PER_NS
from mdtools.options import whole_multiple
from mdtools.runs.segments import LAST_STEP
from mdtools.umbrella.centres import centres_nm
from workflow.campaign.extent import half_membrane_angstrom, reservoir_angstrom
from workflow.campaign.faults import Fault, choices, hint

MOST_WINDOWS = 1000
"""Of one ion; each is a job of Snakemake."""
SAMPLES_PER_BLOCK = 2
"""Without two a block has no free energy."""


def analysis_is_installed(umbrella) -> Iterator[Fault]:
    """What free energies are computed by is there."""
    if umbrella is not None and importlib.util.find_spec("pymbar") is None:
        yield Fault(
            ("umbrella",),
            "needs pymbar, which is not installed here: it comes with the extra umbrella of this "
            "package",
        )


def ions_are_of_a_salt(umbrella, salts) -> Iterator[Fault]:
    """Each ion is one of a salt, and named once."""
    if umbrella is None:
        return
    chosen = [name for name in umbrella.salts or salts if name in salts]
    known = sorted({ion for name in chosen for ion, count in salts[name].ions.items() if count})
    for index, ion in enumerate(umbrella.ions):
        if ion in umbrella.ions[:index]:
            yield Fault(("umbrella", "ions", index), "given twice, allowed is once")
        elif known and ion not in known:
            of = f"salt {chosen[0]} has no such ion" if len(chosen) == 1 else "no salt has this ion"
            yield Fault(("umbrella", "ions", index), f"{of}, allowed are {choices(known)}")


def layouts_and_salts_are_of_the_campaign(umbrella, layouts, salts) -> Iterator[Fault]:
    """Layouts and salts that windows are for are listed in the campaign."""
    if umbrella is None:
        return
    for key, allowed in (("layouts", layouts), ("salts", salts)):
        for index, name in enumerate(getattr(umbrella, key) or ()):
            if name not in allowed:
                problem = f"not among the campaign's {key}, allowed are {choices(allowed)}"
                yield Fault(("umbrella", key, index), f"{problem}{hint(name, allowed)}")


def windows_lie_in_the_cell(umbrella, membrane, hydration, cell) -> Iterator[Fault]:
    """The range of z ends before the sheets, as far as one can tell before cells are made."""
    if umbrella is None:
        return
    end = half_membrane_angstrom(membrane, hydration)
    end += reservoir_angstrom(membrane, cell)
    given = umbrella.z_angstrom or (-end, end)
    for index, z in enumerate(given):
        if abs(z) > end:
            yield Fault(
                ("umbrella", "z_angstrom", index),
                f"outside of the cell, allowed is {-end:.0f} to {end:.0f}: half of the z of "
                "membrane.box_nm, stretched, and the water of a reservoir",
            )
    if (span := given[1] - given[0]) / umbrella.spacing_angstrom > MOST_WINDOWS:
        yield Fault(
            ("umbrella", "spacing_angstrom"),
            f"makes {span / umbrella.spacing_angstrom:.0f} windows of each ion, allowed are at "
            f"most {MOST_WINDOWS}: at least {span / MOST_WINDOWS:.2g} angstrom",
        )


def neighbours_overlap(umbrella, membrane, hydration, cell, transport) -> Iterator[Fault]:
    """The ion of a window also comes to places where that of the next one does."""
    if umbrella is None:
        return
    # Every command checks its campaign: what formulas need to load is for those with windows.
    from analysis.kernels.umbrella import LEAST_OVERLAP, predicted_overlap, widest_spacing

    kT = GAS_CONSTANT * transport.temperature_K
    width = ANGSTROM_PER_NM * math.sqrt(kT / umbrella.stiffness_kJ_mol_nm2)
    given = umbrella.z_angstrom
    # Where ends are given, the windows between them may be closer than asked.
    spacing = umbrella.spacing_angstrom
    if given is not None and given[1] - given[0] < MOST_WINDOWS * spacing:
        centres = centres_nm(given, umbrella)
        spacing = ANGSTROM_PER_NM * float(centres[1] - centres[0])
    overlap = predicted_overlap(spacing / width)
    if overlap < LEAST_OVERLAP:
        yield Fault(
            ("umbrella", "spacing_angstrom"),
            f"windows do not overlap: an ion varies by sqrt(kT/k) = {width:.2g} angstrom in each, "
            f"which overlaps with the next by {overlap:.2g}; allowed is at most "
            f"{widest_spacing() * width:.2g} angstrom at this stiffness ({LEAST_OVERLAP:g})",
        )


def samples_are_whole_steps(umbrella, transport) -> Iterator[Fault]:
    """Samples lie at whole steps of the runs' timestep, enough of them, and can be numbered."""
    if umbrella is None:
        return
    step_ps = transport.timestep_fs / FS_PER_PS
    if not whole_multiple(umbrella.sample_ps, step_ps):
        yield Fault(
            ("umbrella", "sample_ps"),
            f"allowed are whole multiples of {step_ps:g} ps, the transport.timestep_fs",
        )
    for key in ("pull_ps", "equilibration_ps"):
        if getattr(umbrella, key) < step_ps * (1 - 1e-9):
            yield Fault(
                ("umbrella", key),
                f"allowed is at least {step_ps:g} ps, the transport.timestep_fs",
            )
    least = SAMPLES_PER_BLOCK * umbrella.blocks * umbrella.sample_ps / PS_PER_NS
    if umbrella.duration_ns < least * (1 - 1e-9):
        yield Fault(
            ("umbrella", "duration_ns"),
            f"allowed is at least {least:g} ns: two samples for each of {umbrella.blocks} blocks",
        )
    longest = LAST_STEP * transport.timestep_fs / 1e6
    if umbrella.duration_ns > longest:
        yield Fault(
            ("umbrella", "duration_ns"),
            f"allowed is at most {longest:.0f} ns at this timestep_fs, as XTC numbers steps",
        )


def anchors_hold_the_membrane(umbrella, cell) -> Iterator[Fault]:
    """Windows lie in the frame of the box, so the membrane has to stay in it."""
    if umbrella is not None and not cell.anchored_percent:
        yield Fault(
            ("cell", "anchored_percent"),
            "allowed is above 0 with umbrella: windows lie in the frame of the box, in which "
            "anchors hold the membrane",
        )


CHECKS = (
    analysis_is_installed,
    ions_are_of_a_salt,
    layouts_and_salts_are_of_the_campaign,
    windows_lie_in_the_cell,
    neighbours_overlap,
    samples_are_whole_steps,
    anchors_hold_the_membrane,
)
