"""Checks of a campaign across its blocks, before any job starts."""

import inspect
import math
from collections.abc import Iterator
from dataclasses import replace

from analysis.limits import FEWEST_LAGS, water_stride
from mdtools.cells.graphene import fit_cells
from mdtools.constants import PS_PER_NS
from mdtools.forcefield import ION_SETS, ions_of
from mdtools.ions import counter_ions
from mdtools.options import ANIONS, CATIONS
from mdtools.runs.segments import LAST_STEP
from workflow.campaign import (
    layout_checks,
    membranes,
    packing_checks,
    ranges,
    recipe_checks,
    umbrella_checks,
)
from workflow.campaign.faults import Fault, choices, hint
from workflow.campaign.layout_checks import charge_e, sites_of

WATERS_PER_CATION = 8
"""At saturation near 300 K, NaCl (6.1 mol/kg) and CaCl2 (7.3 mol/kg) have 9 and 8 waters for each
cation; KCl (4.8 mol/kg) has more."""
MOST_CHUNKS = 400
"""Of a run; Snakemake's walk through its jobs recurses, and 800 end in a RecursionError."""
ROUNDING = 1e-6
"""Of a time over an interval, both written in decimals."""
FEWEST_BINS = 10
"""Of a profile, over the z of the reaction box."""


def monomers_can_be_packed(membrane) -> Iterator[Fault]:
    """Monomers fill their box like a liquid."""
    yield from packing_checks.density_of_a_liquid(
        membrane.monomers, membrane.box_nm, ("membrane", "box_nm")
    )


def reaction_can_come_so_far(membrane) -> Iterator[Fault]:
    """There are as many acyl chlorides as amines have to react."""
    monomers = membrane.monomers
    share = monomers.acyl_sites / monomers.amine_sites
    required = membrane.reaction.required_nh_conversion
    if membrane.ready is None and required > share:
        yield Fault(
            ("membrane", "reaction", "required_nh_conversion"),
            f"allowed is at most {share:.3f}: {monomers.words} have {monomers.acyl_sites} acyl "
            f"chlorides for {monomers.amine_sites} amine groups",
        )


def molecules_may_touch(membrane) -> Iterator[Fault]:
    """The packing tolerance is no wider than molecules in a liquid are apart."""
    yield from packing_checks.molecules_may_touch(
        membrane.packing_tolerance_angstrom, ("membrane", "packing_tolerance_angstrom")
    )


def steps_can_be_carried_out(membrane) -> Iterator[Fault]:
    """Numbers of a recipe's steps are no mistakes."""
    for fault in recipe_checks.faults(membrane.recipe or ()):
        yield replace(fault, location=("membrane", "recipe", *fault.location))


def cutoff_fits_the_box(nonbonded, membrane) -> Iterator[Fault]:
    """The minimum image is unique: the cut-off is below half of the periodic lengths."""
    half = min(membrane.box_nm[:2]) / 2
    if nonbonded.cutoff_nm >= half:
        yield Fault(
            ("nonbonded", "cutoff_nm"),
            f"allowed is below {half:g} nm, half of the shortest lateral length of membrane.box_nm",
        )


def pistons_fit_the_box(membrane) -> Iterator[Fault]:
    """Graphene sheets span the box without being strained much."""
    try:
        fit_cells(membrane.box_nm[:2])
    except ValueError as error:
        yield Fault(("membrane", "box_nm"), str(error))


def vacuum_separates_the_pistons(cell, nonbonded) -> Iterator[Fault]:
    """The sheets do not touch through the periodic boundary."""
    if cell.vacuum_nm <= nonbonded.cutoff_nm:
        yield Fault(
            ("cell", "vacuum_nm"),
            f"allowed is above {nonbonded.cutoff_nm:g} nm, the nonbonded.cutoff_nm",
        )


def vacuum_is_wide_for_a_slab_correction(cell, nonbonded, membrane) -> Iterator[Fault]:
    """What the correction does not take off of the images has fallen off over the vacuum."""
    least = nonbonded.least_vacuum_nm(membrane.box_nm)
    if cell.vacuum_nm < least:
        yield Fault(
            ("cell", "vacuum_nm"),
            f"allowed is at least {least:g} nm with nonbonded.slab_correction, the longest lateral "
            "length of membrane.box_nm",
        )


def ion_set_exists(nonbonded) -> Iterator[Fault]:
    """The ion parameters are shipped."""
    if nonbonded.ion_set not in ION_SETS:
        suggestion = hint(nonbonded.ion_set, ION_SETS)
        yield Fault(
            ("nonbonded", "ion_set"),
            f"no such ion set, allowed are {choices(ION_SETS)}{suggestion}",
        )


def ion_set_has_the_ions(nonbonded, salts) -> Iterator[Fault]:
    """Every ion of a feed, and each that it names as a counter-ion, has parameters in the set."""
    if nonbonded.ion_set not in ION_SETS:
        return
    known = ions_of(nonbonded.ion_set)
    for name, salt in salts.items():
        places = {("ions", ion): ion for ion, count in salt.ions.items() if count}
        places |= {(key,): getattr(salt, key) for key in ("counter_cation", "counter_anion")}
        for place, ion in places.items():
            if ion is not None and ion not in known:
                having = [other for other in ION_SETS if ion in ions_of(other)]
                yield Fault(
                    ("salts", name, *place),
                    f"nonbonded.ion_set {nonbonded.ion_set} has no {ion}, allowed are "
                    f"{choices(known)}; {ion} is in {choices(having)}",
                )


def feed_dissolves_its_salt(salts, cell, layouts, layout_options, membrane) -> Iterator[Fault]:
    """The feed has more water than a saturated solution, were all counter-ions in it, too."""
    most = cell.waters_per_reservoir // WATERS_PER_CATION
    sites = sites_of(layouts, layout_options, membrane)
    for name, salt in salts.items():
        cations = sum(salt.ions.get(ion, 0) for ion in CATIONS)
        counters = {
            layout: sum(counter_ions(charge_e(groups), salt.cation, salt.anion).values())
            for layout, groups in sites.items()
        }
        crowded = max(counters, key=counters.get, default=None)
        ions = cations + counters.get(crowded, 0)
        if ions > most:
            also = f" with the counter-ions of layout {crowded}" if counters.get(crowded) else ""
            yield Fault(
                ("salts", name, "ions"),
                f"{ions} cations{also}, allowed are at most {most}, a saturated solution in "
                f"{cell.waters_per_reservoir} waters",
            )


def profiles_resolve_the_membrane(analysis, membrane) -> Iterator[Fault]:
    """Profiles have enough bins over the membrane to have a shape."""
    widest = 10 * membrane.box_nm[2] / FEWEST_BINS
    if analysis.profile_bin_angstrom > widest:
        yield Fault(
            ("analysis", "profile_bin_angstrom"),
            f"allowed is at most {widest:g} angstrom, 1/{FEWEST_BINS} of the z of membrane.box_nm",
        )


def snapshots_lie_within_the_run(analysis, transport) -> Iterator[Fault]:
    """Snapshots and mean positions are at times that a run reaches and resolves."""
    for index, time in enumerate(analysis.snapshots_ns):
        if time > transport.duration_ns:
            yield Fault(
                ("analysis", "snapshots_ns", index),
                f"allowed is at most {transport.duration_ns:g}, the transport.duration_ns",
            )
    shortest, longest = transport.fast_every_ps / 1000, transport.duration_ns
    if not shortest <= analysis.mean_z_every_ns <= longest:
        yield Fault(
            ("analysis", "mean_z_every_ns"),
            f"allowed is {shortest:g} (transport.fast_every_ps) to {longest:g} "
            "(transport.duration_ns)",
        )


def displacements_are_resolved(analysis, transport) -> Iterator[Fault]:
    """The window of an exponent holds three lags of the frames it is taken in, in half the run."""
    frames = round(1000 * transport.duration_ns / transport.full_every_ps)
    thinned = water_stride(frames)
    of_water = "transport.full_every_ps" + (f" times {thinned}" if thinned > 1 else "")
    yield from _window(
        "msd_window_ps", analysis, transport.full_every_ps * thinned, of_water, transport
    )
    every = transport.fast_every_ps
    yield from _window("ion_msd_window_ps", analysis, every, "transport.fast_every_ps", transport)


def _window(key: str, analysis, every: float, named: str, transport) -> Iterator[Fault]:
    if getattr(analysis, key) is None:
        return
    longest = 1000 * transport.duration_ns / 2
    first, last = getattr(analysis, key)
    lags = math.floor(last / every + ROUNDING) - math.ceil(first / every - ROUNDING) + 1
    if last > longest * (1 + ROUNDING) or lags < FEWEST_LAGS:
        yield Fault(
            ("analysis", key),
            f"allowed are windows that hold three multiples of {every:g} ps "
            f"({named}) and end by {longest:g} ps, half of transport.duration_ns",
        )


def frames_can_be_numbered(transport) -> Iterator[Fault]:
    """XTC numbers steps with 32 bits."""
    longest = LAST_STEP * transport.timestep_fs / 1e6
    if transport.duration_ns > longest:
        yield Fault(
            ("transport", "duration_ns"),
            f"allowed is at most {longest:.0f} ns at this timestep_fs, as XTC numbers steps",
        )


def chunks_can_follow_each_other(transport) -> Iterator[Fault]:
    """Snakemake can walk from the last chunk of a run back to its first."""
    if transport.chunks > MOST_CHUNKS:
        least = math.ceil(transport.segments / MOST_CHUNKS)
        yield Fault(
            ("transport", "segments_per_chunk"),
            f"makes {transport.chunks:.6g} chunks of each run, one job after another, allowed are "
            f"at most {MOST_CHUNKS}: at least {least:.6g} segments in each",
        )


def runs_have_the_temperature_of_their_cells(cell, transport) -> Iterator[Fault]:
    """A run starts at the temperature at which its cell came to equilibrium."""
    if cell.temperature_K != transport.temperature_K:
        yield Fault(
            ("transport", "temperature_K"),
            f"allowed is {cell.temperature_K:g}, the cell.temperature_K at which its cell was "
            f"brought to equilibrium",
        )


def pistons_are_not_pulled_apart(cell, transport) -> Iterator[Fault]:
    """The feed's piston pushes towards the membrane, whatever the difference of pressures."""
    drive = transport.drive
    if cell.piston_pressure_MPa + drive.pressure_difference_MPa < 0:
        yield Fault(
            ("transport", "drive", "pressure_difference_MPa"),
            f"allowed is at least {-cell.piston_pressure_MPa:g} MPa: with less the feed's piston "
            "is pulled away from the membrane, as cell.piston_pressure_MPa is "
            f"{cell.piston_pressure_MPa:g}",
        )


def membrane_is_held_against_the_drive(
    cell, transport, layouts, layout_options, membrane
) -> Iterator[Fault]:
    """What pushes the membrane meets anchors: water under pressure, a field on its charge."""
    drive = transport.drive
    if cell.anchored_percent > 0:
        return
    if drive.pressure_difference_MPa:
        yield Fault(
            ("cell", "anchored_percent"),
            "allowed is above 0 with a difference of pressures, which nothing else holds against",
        )
    if drive.acts_on == "all charges" and drive.field_V_nm:
        for layout, groups in sites_of(layouts, layout_options, membrane).items():
            if total := charge_e(groups):
                yield Fault(
                    ("cell", "anchored_percent"),
                    f"allowed is above 0 with a field on all charges: the membrane of layout "
                    f"{layout} carries {total:+d} e, and nothing else holds it",
                )
                return


def drives_rise_within_their_runs(transport) -> Iterator[Fault]:
    """A run sees some of the whole drive."""
    longest = transport.duration_ns * PS_PER_NS
    if transport.drive.ramp_ps >= longest:
        yield Fault(
            ("transport", "drive", "ramp_ps"),
            f"allowed is below {longest:g} ps, the transport.duration_ns: no run would be driven "
            "in full",
        )


def packs_have_members(platform, layouts, salts, trials, membranes) -> Iterator[Fault]:
    """No more runs are asked for at a time than there are of one membrane."""
    runs = len(layouts) * len(salts) * trials
    if platform.replicas_per_gpu != "auto" and platform.replicas_per_gpu > runs:
        of = "each membrane" if membranes else "the campaign"
        yield Fault(
            ("platform", "replicas_per_gpu"),
            f"allowed is at most {runs}, the runs of {of}, or auto",
        )


def bandwidths_belong_to_ions(analysis) -> Iterator[Fault]:
    """Bandwidth factors are given for ions that exist."""
    ions = CATIONS + ANIONS
    for name in analysis.pdf_bandwidth_factor:
        if name not in ions:
            yield Fault(
                ("analysis", "pdf_bandwidth_factor", name),
                f"no such ion, allowed are {choices(ions)}{hint(name, ions)}",
            )


CHECKS = (
    monomers_can_be_packed,
    reaction_can_come_so_far,
    molecules_may_touch,
    steps_can_be_carried_out,
    *layout_checks.CHECKS,
    cutoff_fits_the_box,
    pistons_fit_the_box,
    vacuum_separates_the_pistons,
    vacuum_is_wide_for_a_slab_correction,
    ion_set_exists,
    ion_set_has_the_ions,
    feed_dissolves_its_salt,
    profiles_resolve_the_membrane,
    snapshots_lie_within_the_run,
    displacements_are_resolved,
    frames_can_be_numbered,
    chunks_can_follow_each_other,
    runs_have_the_temperature_of_their_cells,
    pistons_are_not_pulled_apart,
    membrane_is_held_against_the_drive,
    drives_rise_within_their_runs,
    packs_have_members,
    bandwidths_belong_to_ions,
    *umbrella_checks.CHECKS,
)


def faults(blocks: dict) -> list[Fault]:
    """Run every check whose blocks are given, for each of the membranes."""
    entries = blocks.get(membranes.KEY) or ()
    ready = [(index, entry) for index, entry in enumerate(entries) if isinstance(entry, str)]
    if "membrane" not in blocks or not ready:
        return faults_of_one(blocks)
    if found := list(membranes.other_monomers(blocks)):
        return found
    found = [*membranes.unequal_areas(blocks), *membranes.windows_elsewhere(blocks)]
    if len(ready) < len(entries):
        found += faults_of_one(blocks)
    for index, entry in ready:
        own = blocks | {"membrane": membranes.membrane_of(entry, blocks["membrane"])}
        found += [membranes.at_entry(fault, index) for fault in faults_of_one(own)]
    return list(dict.fromkeys(found))


def faults_of_one(blocks: dict) -> list[Fault]:
    """Run every check whose blocks are given; a check's arguments name its blocks."""
    results = list(ranges.faults(blocks))
    if any(fault.location[:2] == ("membrane", "box_nm") for fault in results):
        # What fits into such a box is not worth the memory to find out.
        blocks = {name: block for name, block in blocks.items() if name != "membrane"}
    told = {fault.location for fault in results}
    for check in CHECKS:
        required = inspect.signature(check).parameters
        if all(name in blocks for name in required):
            found = check(**{name: blocks[name] for name in required})
            results += [fault for fault in found if fault.location not in told]
    return results
