"""What a campaign must satisfy across its blocks, before any job starts."""

import inspect
import math
from collections.abc import Iterator

from analysis.kernels.anomalous import FEWEST_LAGS
from mdtools.constants import G_CM3_PER_DA_NM3
from mdtools.forcefield import ION_SETS
from mdtools.forcefield.states import FORMAL_CHARGE
from mdtools.graphene import fit_sheet
from mdtools.ions import counter_ions
from mdtools.options import ANIONS, CATIONS
from mdtools.segments import LAST_STEP
from membranes.layouts import LayoutError, canonical, required_sites
from membranes.monomers import element, geometry
from membranes.network import MASSES
from membranes.options import guaranteed_sites
from membranes.plans import NAMES, kinds_of, names, titrated, unusable_names
from membranes.titration import TitrationError
from workflow import ranges
from workflow.faults import Fault, choices, hint

DENSITY_G_CM3 = (0.5, 1.4)
"""Densities at which monomers can be packed and still meet; the paper packs at 1.09 g/cm3, solid
TMC has 1.49 and piperazine 1.1 g/cm3."""
WATERS_PER_CATION = 8
"""At saturation near 300 K, NaCl (6.1 mol/kg) and CaCl2 (7.3 mol/kg) have 9 and 8 waters for each
cation; KCl (4.8 mol/kg) has more."""
LOOSEST_PACKING_ANGSTROM = 3.0
"""Van der Waals contact of H and Cl (1.2 and 1.75 angstrom, Bondi 1964), the widest that the outer
atoms of the monomers have; molecules further apart fill no liquid."""
ROUNDING = 1e-6
"""Of a time over an interval, both written in decimals."""
FEWEST_BINS = 10
"""Of a profile, over the z of the reaction box."""


def density_g_cm3(monomers, box_nm) -> float:
    """Density of monomers packed into a box, g/cm3."""
    mass = sum(MASSES[element(atom)] * n for kind, n in monomers for atom in geometry(kind)[0])
    return G_CM3_PER_DA_NM3 * mass / (box_nm[0] * box_nm[1] * box_nm[2])


def charge_e(sites: dict[str, int]) -> int:
    """Net charge of charged groups.

    >>> charge_e({"NH2+": 14, "COO-": 28})
    -14
    """
    return sum(FORMAL_CHARGE[kind] * count for kind, count in sites.items())


def sites_of(layouts, layout_options, membrane) -> dict[str, dict[str, int]]:
    """Charged groups of each layout that is described without a fault."""
    found = {}
    for name in layouts:
        try:
            found[name] = required_sites(name, layout_options, membrane.box_nm)
        except LayoutError:
            continue
    return found


def monomers_can_be_packed(membrane) -> Iterator[Fault]:
    """Monomers fill their box like a liquid."""
    density = density_g_cm3(membrane.monomers, membrane.box_nm)
    low, high = DENSITY_G_CM3
    if not low <= density <= high:
        said = " (are the lengths in angstrom?)" if density < low / 100 else ""
        yield Fault(
            ("membrane", "box_nm"),
            f"packs the monomers at {density:.2g} g/cm3, allowed is {low:g} to {high:g}{said}",
        )


def molecules_may_touch(membrane) -> Iterator[Fault]:
    """The packing tolerance is no wider than molecules in a liquid are apart."""
    if membrane.packing_tolerance_angstrom > LOOSEST_PACKING_ANGSTROM:
        yield Fault(
            ("membrane", "packing_tolerance_angstrom"),
            f"allowed is at most {LOOSEST_PACKING_ANGSTROM:g} angstrom, the contact of H and Cl",
        )


def _unknown_layout(place, name, allowed) -> Fault:
    return Fault(place, f"no such layout, allowed are {choices(allowed)}{hint(name, allowed)}")


def layouts_exist(layouts, layout_options) -> Iterator[Fault]:
    """Every layout has a name that is known, and stands once, under one of its names."""
    seen: dict[str, str] = {}
    known = names(layout_options)
    for index, name in enumerate(layouts):
        if name not in known:
            yield _unknown_layout(("layouts", index), name, known)
        elif (meant := canonical(name, layout_options)) in seen:
            first = seen[meant]
            said = "given twice" if first == name else f"the same layout as {first}"
            yield Fault(("layouts", index), f"{said}, allowed is once")
        else:
            seen[meant] = name


def own_layouts_have_names_of_their_own(layout_options) -> Iterator[Fault]:
    """Layouts that the file defines hide no other one, nor share a directory with it."""
    for block, name, remedy in unusable_names(layout_options):
        yield Fault(("layout_options", block, name), remedy)


def titrations_have_an_answer(layout_options, membrane) -> Iterator[Fault]:
    """Every titration can give the net charge that it asks for."""
    for name, titration in layout_options.titrations.items():
        try:
            titrated(titration, membrane.box_nm)
        except TitrationError as error:
            yield Fault(("layout_options", "titrations", name), str(error))


def counts_are_those_of_their_layouts(layout_options, layouts) -> Iterator[Fault]:
    """Numbers are given for layouts that exist, by the name used, for each kind of group."""
    used = {canonical(name): name for name in layouts if name in NAMES}
    for name, counts in layout_options.counts.items():
        place = ("layout_options", "counts", name)
        if name in layout_options.profiles or name in layout_options.titrations:
            yield Fault(place, f"allowed are {choices(NAMES)}; {name} is defined with its counts")
            continue
        if name not in NAMES:
            yield _unknown_layout(place, name, NAMES)
            continue
        if used.get(canonical(name), name) != name:
            yield Fault(place, f"allowed is the name in layouts, {used[canonical(name)]}")
        elif canonical(name) not in used:
            yield Fault(place, f"not among layouts, allowed are {choices(used.values())}")
        kinds = kinds_of(name, layout_options)
        for kind in counts:
            if kind not in kinds:
                yield Fault((*place, kind), f"no such group here, allowed are {choices(kinds)}")
        if missing := [kind for kind in kinds if kind not in counts]:
            yield Fault(place, f"no count for {choices(missing)}, each kind of group needs one")


def network_has_room_for_charged_groups(layouts, layout_options, membrane) -> Iterator[Fault]:
    """No layout asks for more charged groups than every network of this block has sites."""
    most = guaranteed_sites(membrane)
    for name, sites in sites_of(layouts, layout_options, membrane).items():
        for kind, count in sites.items():
            if count <= most[kind]:
                continue
            yield Fault(
                _place_of_count(name, kind, layouts, layout_options),
                f"{count} {kind} groups asked for, allowed is at most {most[kind]}, the sites that "
                f"{membrane.monomers.PIP} PIP and {membrane.monomers.TMC} TMC are sure to leave "
                f"at highest_nh_conversion {membrane.reaction.highest_nh_conversion:g}",
            )


def _place_of_count(name, kind, layouts, layout_options) -> tuple[str | int, ...]:
    """Where the file sets the groups of a layout, or names it if it does not."""
    if name in layout_options.counts:
        return ("layout_options", "counts", name, kind)
    if name in layout_options.profiles:
        return ("layout_options", "profiles", name, kind, "count")
    if name in layout_options.titrations:
        return ("layout_options", "titrations", name)
    return ("layouts", layouts.index(name))


def surface_layer_fits_the_membrane(layout_options, membrane) -> Iterator[Fault]:
    """A layer at a face is no thicker than the membrane."""
    thickness = membrane.box_nm[2]
    if layout_options.surface_layer_nm > thickness:
        yield Fault(
            ("layout_options", "surface_layer_nm"),
            f"allowed is at most {thickness:g} nm, the z of membrane.box_nm",
        )


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
        fit_sheet(membrane.box_nm[:2])
    except ValueError as error:
        yield Fault(("membrane", "box_nm"), str(error))


def vacuum_separates_the_pistons(cell, nonbonded) -> Iterator[Fault]:
    """The sheets do not touch through the periodic boundary."""
    if cell.vacuum_nm <= nonbonded.cutoff_nm:
        yield Fault(
            ("cell", "vacuum_nm"),
            f"allowed is above {nonbonded.cutoff_nm:g} nm, the nonbonded.cutoff_nm",
        )


def ion_set_exists(nonbonded) -> Iterator[Fault]:
    """The ion parameters are shipped."""
    if nonbonded.ion_set not in ION_SETS:
        said = hint(nonbonded.ion_set, ION_SETS)
        yield Fault(
            ("nonbonded", "ion_set"), f"no such ion set, allowed are {choices(ION_SETS)}{said}"
        )


def feed_dissolves_its_salt(salts, cell, layouts, layout_options, membrane) -> Iterator[Fault]:
    """The feed has more water than a saturated solution, were all counter-ions in it, too."""
    most = cell.waters_per_reservoir // WATERS_PER_CATION
    sites = sites_of(layouts, layout_options, membrane)
    for name, salt in salts.items():
        cations = sum(salt.ions.get(ion, 0) for ion in CATIONS)
        counters = {
            layout: sum(counter_ions(charge_e(groups), salt.cation).values())
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
    """Profiles have bins enough over the membrane to have a shape."""
    widest = 10 * membrane.box_nm[2] / FEWEST_BINS
    if analysis.profile_bin_angstrom > widest:
        yield Fault(
            ("analysis", "profile_bin_angstrom"),
            f"allowed is at most {widest:g} angstrom, 1/{FEWEST_BINS} of the z of membrane.box_nm",
        )


def snapshots_lie_within_the_run(analysis, transport) -> Iterator[Fault]:
    """Observables are asked for at times that a run reaches and resolves."""
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
    """The window of an exponent holds three lags of full frames, up to half of the run."""
    if analysis.msd_window_ps is None:
        return
    every, longest = transport.full_every_ps, 1000 * transport.duration_ns / 2
    first, last = analysis.msd_window_ps
    lags = math.floor(last / every + ROUNDING) - math.ceil(first / every - ROUNDING) + 1
    if last > longest * (1 + ROUNDING) or lags < FEWEST_LAGS:
        yield Fault(
            ("analysis", "msd_window_ps"),
            f"allowed are windows that hold three multiples of {every:g} ps "
            f"(transport.full_every_ps) and end by {longest:g} ps, half of transport.duration_ns",
        )


def frames_can_be_numbered(transport) -> Iterator[Fault]:
    """XTC numbers steps with 32 bits."""
    longest = LAST_STEP * transport.timestep_fs / 1e6
    if transport.duration_ns > longest:
        yield Fault(
            ("transport", "duration_ns"),
            f"allowed is at most {longest:.0f} ns at this timestep_fs, as XTC numbers steps",
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
    molecules_may_touch,
    layouts_exist,
    own_layouts_have_names_of_their_own,
    titrations_have_an_answer,
    counts_are_those_of_their_layouts,
    network_has_room_for_charged_groups,
    surface_layer_fits_the_membrane,
    cutoff_fits_the_box,
    pistons_fit_the_box,
    vacuum_separates_the_pistons,
    ion_set_exists,
    feed_dissolves_its_salt,
    profiles_resolve_the_membrane,
    snapshots_lie_within_the_run,
    displacements_are_resolved,
    frames_can_be_numbered,
    bandwidths_belong_to_ions,
)


def faults(blocks: dict) -> list[Fault]:
    """Faults found by every check whose blocks are there; a check's arguments name its blocks."""
    found = list(ranges.faults(blocks))
    for check in CHECKS:
        needed = inspect.signature(check).parameters
        if all(name in blocks for name in needed):
            found += check(**{name: blocks[name] for name in needed})
    return found
