"""Where membrane, charges and ions are in a cell: of runs, of a built cell, or of a layout."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.found import LAYOUT, RUNS, Missing
from analysis.comparison.parameters.parameters import Parameters
from analysis.comparison.twins.charges import ChargeProfile
from analysis.comparison.twins.curves import Curve
from analysis.comparison.twins.geometry import Geometry
from analysis.comparison.twins.ions import Species
from analysis.comparison.twins.smearing import binned, smeared
from analysis.continuum.arrays import Array
from analysis.continuum.species import find
from mdtools.constants import WATERS_PER_NM3
from mdtools.ions import counter_ions, prevailing
from mdtools.roles import CHARGED_GROUP, COUNTER_ION, FEED_ION, GROUP_CHARGE_E

if TYPE_CHECKING:
    from analysis.store import Store

CELL = "cell"
"""Basis of a twin whose cell is built and whose runs are not read."""
PISTON_GAP_NM = 0.3
"""What the centre of an ion keeps from the carbon of a piston."""
SMOOTHING_NM = 0.3
"""Standard deviation that stands for the motion of groups where no run shows it."""
BIN_NM = 0.05
"""Of the places of groups in runs."""
NM = 1e-9


@dataclass(frozen=True)
class Places:
    """Where things are in a cell; lengths in nm from the membrane's centre of mass."""

    ends: tuple[float, float]
    faces: tuple[float, float]
    area_nm2: float
    species: tuple[Species, ...]
    charge: Callable[[Geometry], ChargeProfile]
    settling_ns: float
    basis: str
    notes: tuple[str, ...]


def places(campaign: Campaign, parameters: Parameters) -> Places:
    """Where things are, from the best that the results have.

    Raises
    ------
    Missing
        Neither runs nor cell nor layout tell it, with the reasons of each.
    """
    reasons = []
    for way in (_of_runs, _of_cell, _of_layout):
        try:
            return way(campaign, parameters)
        except Missing as reason:
            reasons.append(str(reason))
    raise Missing("; ".join(dict.fromkeys(reasons)))


def _of_runs(campaign: Campaign, parameters: Parameters) -> Places:
    trials = campaign.trials
    stores = trials.stores
    pistons = np.mean([store.pistons_angstrom.mean(axis=0) for store in stores], axis=0) / 10
    faces = (trials.faces[0] / 10, trials.faces[1] / 10)
    ends = (float(pistons[0]) + PISTON_GAP_NM, float(pistons[1]) - PISTON_GAP_NM)
    if not ends[0] < faces[0] < faces[1] < ends[1]:
        raise Missing(f"pistons at {pistons[0]:g} and {pistons[1]:g} nm are not around the faces")
    species = []
    for role, driven in ((FEED_ION, True), (COUNTER_ION, False)):
        for name in trials.first.species(role):
            start = np.concatenate([s.z_angstrom[0, s.columns(role, name)] / 10 for s in stores])
            if len(start):
                number = len(start) / len(stores)
                curve = _spread(start, (ends[0], *faces, ends[1]))
                species.append(Species(name, spread=(number, curve), driven=driven))

    def charge(geometry: Geometry) -> ChargeProfile:
        z, charges = groups_in_frames(trials.stores)
        low, high = np.min(z, initial=0.0), np.max(z, initial=0.0)
        edges = np.arange(np.floor(low / BIN_NM), np.floor(high / BIN_NM) + 2) * BIN_NM
        edges = np.clip(edges, geometry.ends[0] / NM, geometry.ends[1] / NM)
        edges = np.unique(edges)
        return ChargeProfile(NM * edges, binned(z, charges, edges), geometry.area)

    return Places(
        ends,
        faces,
        float(np.prod(trials.first.box_nm[:2])),
        tuple(species),
        charge,
        0.0,
        RUNS,
        (
            f"fixed charge where the groups are in the frames of {len(stores)} trials, "
            f"ions at the start where the first frames have them, smoothed by {SMOOTHING_NM} nm",
            "reservoirs as long as their mean over the runs",
        ),
    )


def _spread(z: Array, stops: tuple[float, ...]) -> Curve:
    """Places (nm) of ions as a curve along z, smoothed within each region between stops (nm)."""
    places: list[Array] = []
    heights: list[Array] = []
    z = np.clip(z, stops[0], stops[-1])
    for low, high in zip(stops[:-1], stops[1:], strict=True):
        # A place on a stop belongs to the region below it; the feed's end to the first.
        inside = z[(z > low) & (z <= high) | (z == low) & (low == stops[0])]
        edges, sums = smeared(inside, np.ones(len(inside)), (low, high), SMOOTHING_NM)
        values = sums / np.diff(edges)
        middles = (edges[1:] + edges[:-1]) / 2
        places.append(np.concatenate([[low], middles, [high]]))
        heights.append(np.concatenate([values[:1], values, values[-1:]]))
    return Curve(NM * np.concatenate(places), np.concatenate(heights))


def groups_in_frames(stores: "tuple[Store, ...]") -> tuple[Array, Array]:
    """Places (nm) of all charged groups in all frames, and their share of the charge, e."""
    places, charges = [np.empty(0)], [np.empty(0)]
    for store in stores:
        rows = store.atoms[store.atoms.role == CHARGED_GROUP]
        for (kind, _), atoms in rows.groupby(["species", "group"]):
            z = store.z_angstrom[:, atoms.index].mean(axis=1) / 10
            charge = GROUP_CHARGE_E[str(kind)] / (len(z) * len(stores))
            places.append(z)
            charges.append(np.full(len(z), charge))
    return np.concatenate(places), np.concatenate(charges)


def _of_cell(campaign: Campaign, parameters: Parameters) -> Places:
    name = f"cell/{campaign.layout}/{campaign.salt}/report.json"
    if campaign.salt is None:
        raise Missing("no salt")
    report = campaign.json(name)
    x, y, _ = campaign.lengths(name, "box_nm", 3)
    low, high = campaign.lengths(name, "faces_nm", 2)
    try:
        settled = report["equilibration"]
        lengths = float(settled["feed_piston_nm"]), float(settled["permeate_piston_nm"])
        numbers: dict[tuple[str, str], dict[str, float]] = {}
        for row in report["ions"]:
            key = str(row["role"]), str(row["species"])
            sides = numbers.setdefault(key, {"feed": 0.0, "permeate": 0.0})
            sides[row["side"]] += int(row["count"])
        settling = float(settled["duration_ps"])
        free = campaign.json("campaign.json")["cell"]["counter_ions"] == "free"
    except (KeyError, TypeError, ValueError):
        raise Missing(f"{name} does not say where pistons and ions are") from None
    species_of = tuple(
        Species(species, sides["feed"], sides["permeate"], driven=role == FEED_ION)
        for (role, species), sides in numbers.items()
    )
    return Places(
        (low - lengths[0] + PISTON_GAP_NM, high + lengths[1] - PISTON_GAP_NM),
        (low, high),
        x * y,
        species_of,
        _places_of_groups(campaign),
        1e-3 * settling if free else 0.0,
        CELL,
        ("no run is read: geometry and ions of the cell, groups where its membrane has them",),
    )


def _of_layout(campaign: Campaign, parameters: Parameters) -> Places:
    settings = campaign.json("campaign.json")
    try:
        low, high = parameters.faces_nm
    except ValueError as error:
        raise Missing(str(error)) from None
    try:
        cell, salt = settings["cell"], settings["salts"][campaign.salt]
        length = cell["waters_per_reservoir"] / WATERS_PER_NM3 / campaign.area_nm2
        settling = 1e-3 * cell["equilibration_ps"] if cell["counter_ions"] == "free" else 0.0
        feed = {find(name).name: int(count) for name, count in salt["ions"].items()}
    except (KeyError, TypeError, ValueError) as error:
        raise Missing(f"campaign.json does not say the cell and its salt ({error})") from None
    net = round(float(campaign.groups()["charge"].sum()))
    cation = salt.get("counter_cation") or prevailing(feed, 1)
    anion = salt.get("counter_anion") or prevailing(feed, -1)
    if not (cation and anion):
        raise Missing(f"the salt {campaign.salt} has no cation or no anion")
    species = (
        *(Species(ion, feed=count) for ion, count in feed.items()),
        *(
            Species(ion, feed=count - count // 2, permeate=count // 2, driven=False)
            for ion, count in counter_ions(net, cation, anion).items()
        ),
    )
    return Places(
        (low - length, high + length),
        (low, high),
        campaign.area_nm2,
        species,
        _places_of_groups(campaign),
        settling,
        LAYOUT,
        ("no cell is built: reservoirs of bulk water, groups where the layout puts them",),
    )


def _places_of_groups(campaign: Campaign) -> Callable[[Geometry], ChargeProfile]:
    """Charge profile of the groups."""
    z, charges = campaign.placed_groups()

    def charge(geometry: Geometry) -> ChargeProfile:
        return ChargeProfile.of_groups(z, charges, geometry, width=NM * SMOOTHING_NM, smooth=True)

    return charge
