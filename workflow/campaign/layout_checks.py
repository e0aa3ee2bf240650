"""Checks of the layouts of a campaign, before any job starts."""

from collections.abc import Iterator

from mdtools.roles import GROUP_CHARGE_E
from membranes.layouts.capacity import guaranteed_sites
from membranes.layouts.errors import LayoutError, TitrationError
from membranes.layouts.plans import (
    NAMES,
    canonical,
    kinds_of,
    names,
    required_sites,
    titrated,
    unusable_names,
)
from workflow.campaign.faults import Fault, choices, hint


def charge_e(sites: dict[str, int]) -> int:
    """Return the net charge of charged groups.

    >>> charge_e({"NH2+": 14, "COO-": 28})
    -14
    """
    return sum(GROUP_CHARGE_E[kind] * count for kind, count in sites.items())


def sites_of(layouts, layout_options, membrane) -> dict[str, dict[str, int]]:
    """Return the charged groups of each layout that is described without a fault."""
    groups = {}
    for name in layouts:
        try:
            groups[name] = required_sites(
                name, layout_options, membrane.box_nm, guaranteed_sites(membrane)
            )
        except LayoutError:
            continue
    return groups


def _unknown_layout(place, name, allowed) -> Fault:
    return Fault(place, f"no such layout, allowed are {choices(allowed)}{hint(name, allowed)}")


def layouts_exist(layouts, layout_options) -> Iterator[Fault]:
    """Every layout is known and listed once, under one of its names."""
    seen: dict[str, str] = {}
    known = names(layout_options)
    for index, name in enumerate(layouts):
        if name not in known:
            yield _unknown_layout(("layouts", index), name, known)
        elif (layout := canonical(name, layout_options)) in seen:
            first = seen[layout]
            problem = "given twice" if first == name else f"the same layout as {first}"
            yield Fault(("layouts", index), f"{problem}, allowed is once")
        else:
            seen[layout] = name


def own_layouts_have_names_of_their_own(layout_options) -> Iterator[Fault]:
    """Layouts defined in the file hide no other layout, nor share a directory with one."""
    for block, name, remedy in unusable_names(layout_options):
        yield Fault(("layout_options", block, name), remedy)


def titrations_have_an_answer(layout_options, membrane) -> Iterator[Fault]:
    """Every titration has enough amines for the net charge that it sets, and numbers for them."""
    for name, titration in layout_options.titrations.items():
        try:
            titrated(titration, membrane.box_nm, guaranteed_sites(membrane))
        except TitrationError as error:
            yield Fault(("layout_options", "titrations", name), str(error))


def counts_are_of_the_membrane(layouts, layout_options, membrane) -> Iterator[Fault]:
    """The study's counts, of a membrane of piperazine, are not taken for one of another amine."""
    for index, name in enumerate(layouts):
        if name not in NAMES or {name, canonical(name)} & set(layout_options.counts):
            continue
        try:
            required_sites(name, layout_options, membrane.box_nm, guaranteed_sites(membrane))
        except LayoutError as error:
            yield Fault(("layouts", index), str(error))


def counts_are_those_of_their_layouts(layout_options, layouts) -> Iterator[Fault]:
    """Counts are given for existing layouts, under the name used, for each kind of group."""
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
    """No layout has more charged groups than every network of this block has sites.

    What a recipe leaves is known once it is made; none leaves more than what enters.
    """
    made = membrane.recipe is not None
    most = membrane.most_sites if made else guaranteed_sites(membrane).counts
    for name, sites in sites_of(layouts, layout_options, membrane).items():
        for kind, count in sites.items():
            if count <= most[kind]:
                continue
            yield Fault(
                _place_of_count(name, kind, layouts, layout_options),
                f"{count} {kind} groups asked for, allowed is at most {most[kind]}, the sites that "
                f"{_network(membrane)}",
            )


def _network(membrane) -> str:
    if membrane.ready is not None:
        return f"{membrane.ready} has"
    if membrane.recipe is not None:
        return f"the steps of {membrane.monomers.words} can leave"
    return (
        f"{membrane.monomers.words} are sure to leave at "
        f"highest_nh_conversion {membrane.reaction.highest_nh_conversion:g}"
    )


def _place_of_count(name, kind, layouts, layout_options) -> tuple[str | int, ...]:
    """Return the key that sets the groups of a layout, or that names it if none does."""
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


CHECKS = (
    layouts_exist,
    own_layouts_have_names_of_their_own,
    titrations_have_an_answer,
    counts_are_of_the_membrane,
    counts_are_those_of_their_layouts,
    network_has_room_for_charged_groups,
    surface_layer_fits_the_membrane,
)
