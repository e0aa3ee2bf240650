"""What a campaign must satisfy across its blocks, before any job starts."""

import inspect
from collections.abc import Iterator

from mdtools.forcefield import ION_SETS
from mdtools.graphene import fit_sheet
from mdtools.options import ANIONS, CATIONS
from mdtools.segments import LAST_STEP
from membranes.layouts import NAMES, PAPER_DENSE_VOLUME_NM3, required_sites
from workflow.faults import Fault, choices, hint

MOLAR_MASS_G_MOL = {"PIP": 86.14, "TMC": 265.47}
DENSITY_G_CM3 = (0.5, 1.4)
"""Densities at which monomers can be packed and still meet; the paper packs at 1.09 g/cm3, solid
TMC has 1.49 and piperazine 1.1 g/cm3."""
WATERS_PER_CATION = 8
"""At saturation near 300 K, NaCl (6.1 mol/kg) and CaCl2 (7.3 mol/kg) have 9 and 8 waters for each
cation; KCl (4.8 mol/kg) has more."""
GRAM_PER_CM3 = 1.66054e-3
"""One g/mol per nm3."""
DENSE_SHARE = PAPER_DENSE_VOLUME_NM3 / (5.2 * 5.2 * 5.0)
"""Dense polymer in the paper's reaction box, as a share of its volume."""


def density_g_cm3(monomers, box_nm) -> float:
    """Density of monomers packed into a box, g/cm3."""
    mass = sum(MOLAR_MASS_G_MOL[name] * count for name, count in monomers)
    return GRAM_PER_CM3 * mass / (box_nm[0] * box_nm[1] * box_nm[2])


def amides_required(membrane) -> int:
    """Amides that the network must have at least."""
    return int(membrane.reaction.required_nh_conversion * 2 * membrane.monomers.PIP)


def dense_volume_nm3(membrane) -> float:
    """Volume that the dense polymer of a membrane of this box will fill, as in the paper."""
    return DENSE_SHARE * membrane.box_nm[0] * membrane.box_nm[1] * membrane.box_nm[2]


def most_sites(membrane) -> dict[str, int]:
    """Most charged groups that a network of the required conversion leaves room for.

    Every amide uses up one N-H and one acyl chloride; the N-H that are left can be NH2+, the acyl
    chlorides that are left, hydrolysed, can be COO-.
    """
    nh, acyl = 2 * membrane.monomers.PIP, 3 * membrane.monomers.TMC
    amides = amides_required(membrane)
    return {"NH2+": nh - amides, "COO-": max(acyl - amides, 0)}


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


def layouts_exist(layouts) -> Iterator[Fault]:
    """Every layout has a name that is known, and stands once."""
    for index, name in enumerate(layouts):
        if name not in NAMES:
            said = hint(name, NAMES)
            yield Fault(("layouts", index), f"no such layout, allowed are {choices(NAMES)}{said}")
        if name in layouts[:index]:
            yield Fault(("layouts", index), "given twice, allowed is once")


def counted_layouts_exist(layout_options) -> Iterator[Fault]:
    """Numbers of charged groups are given for layouts that exist."""
    for name in layout_options.counts:
        if name not in NAMES:
            said = hint(name, NAMES)
            yield Fault(
                ("layout_options", "counts", name),
                f"no such layout, allowed are {choices(NAMES)}{said}",
            )


def network_has_room_for_charged_groups(layouts, layout_options, membrane) -> Iterator[Fault]:
    """No layout asks for more charged groups than the network can have sites."""
    most = most_sites(membrane)
    dense = dense_volume_nm3(membrane)
    for index, name in enumerate(layouts):
        if name not in NAMES:
            continue
        for kind, count in required_sites(name, layout_options, dense).items():
            if count <= most[kind]:
                continue
            given = kind in layout_options.counts.get(name, {})
            place = ("layout_options", "counts", name, kind) if given else ("layouts", index)
            yield Fault(
                place,
                f"{count} {kind} groups asked for, allowed is at most {most[kind]}, the sites that "
                f"{membrane.monomers.PIP} PIP and {membrane.monomers.TMC} TMC leave at "
                f"required_nh_conversion {membrane.reaction.required_nh_conversion:g}",
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


def feed_dissolves_its_salt(salts, cell) -> Iterator[Fault]:
    """The feed has more water than a saturated solution."""
    most = cell.waters_per_reservoir // WATERS_PER_CATION
    for name, salt in salts.items():
        if salt.ions[salt.cation] > most:
            yield Fault(
                ("salts", name, "ions", salt.cation),
                f"allowed is at most {most}, a saturated solution in "
                f"{cell.waters_per_reservoir} waters",
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
    layouts_exist,
    counted_layouts_exist,
    network_has_room_for_charged_groups,
    cutoff_fits_the_box,
    pistons_fit_the_box,
    vacuum_separates_the_pistons,
    ion_set_exists,
    feed_dissolves_its_salt,
    snapshots_lie_within_the_run,
    frames_can_be_numbered,
    bandwidths_belong_to_ions,
)


def faults(blocks: dict) -> list[Fault]:
    """Faults found by every check whose blocks are there; a check's arguments name its blocks."""
    found = []
    for check in CHECKS:
        needed = inspect.signature(check).parameters
        if all(name in blocks for name in needed):
            found += check(**{name: blocks[name] for name in needed})
    return found
