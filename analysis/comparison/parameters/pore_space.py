"""The space that a simulated membrane leaves to ions: pore radius, porosity, thickness."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.fixed_charge import hydrated_number, hydration_note, positive
from analysis.comparison.parameters.found import (
    ASSUMED,
    HYDRATED,
    LAYOUT,
    RUNS,
    Estimate,
    Found,
    Missing,
    Value,
    over,
)
from analysis.continuum.membranes import MEMBRANE_SOURCES, MEMBRANES
from mdtools.constants import STANDARD_ATOMIC_WEIGHTS, WATERS_PER_NM3
from mdtools.slab import FACE_BIN_NM, faces_of_atoms, membrane_dense_region

if TYPE_CHECKING:
    from analysis.pores import PoreSizes

NM_PER_ANGSTROM = 0.1
VOXEL_ANGSTROM = 0.4
"""Of pore sizes, as in the runs."""
PORES = {
    "pore_radius_nm": ("mean_pore_diameter_angstrom", "mean", "Half the volume-weighted mean"),
    "mode_pore_radius_nm": ("mode_pore_diameter_angstrom", "mode", "Half the most frequent"),
    "limiting_pore_radius_nm": (
        "limiting_z_angstrom",
        "limiting_z",
        "Half of the largest sphere that passes the region from one limit to the other, of the",
    ),
}
"""Quantities: their name in `structure`, in `analysis.pores.PoreSizes`, their words."""
MIDDLE = "Middle of the membrane's faces, from its centre of mass, where z is 0 in every table"
REFERENCE = "NF270"
"""Membrane whose fitted pore permittivity stands in for a measured one."""


def pore_parameters(of: Campaign, found: Found) -> None:
    """Find pore radii, porosity, thickness, and what is assumed of a pore."""
    for quantity, names in PORES.items():
        ways: list[Callable[[], Value]] = [
            partial(_pore_of_runs, of, *names),
            partial(_pore_of_atoms, of, "hydrated", HYDRATED, *names),
            partial(_pore_of_atoms, of, "charged", LAYOUT, *names),
        ]
        found.first(quantity, ways)
    thickness = [
        lambda: _thickness_of_runs(of),
        lambda: _hydrated(of, "thickness_nm", "nm", "Between the faces of the hydrated membrane"),
        lambda: _thickness_of_network(of),
    ]
    found.first("thickness_nm", thickness)
    middles = [
        lambda: _middle_of_runs(of),
        lambda: _middle_of_atoms(of),
        lambda: _middle_of_network(of),
        lambda: Value(Estimate(0.0), "nm", f"{MIDDLE}: taken as symmetric", ASSUMED, "none"),
    ]
    found.first("faces_middle_nm", middles)
    water = [lambda: _water_of_runs(of), lambda: _water_of_hydration(of)]
    found.first("water_volume_share", water)
    found.first("porosity", [lambda: _porosity_of_runs(of), lambda: _water_of_hydration(of)])
    lengths = [lambda: _series_of_runs(of), lambda: _thickness_over_porosity(found)]
    found.first("effective_thickness_nm", lengths)
    words = (
        "Length of a path through the membrane over its thickness, beside what layers of other "
        "porosity make: no table tells it, 1 is its least"
    )
    found.first("tortuosity", [lambda: Value(Estimate(1.0), "1", words, ASSUMED, "none")])
    permittivity = Estimate(float(np.asarray(MEMBRANES[REFERENCE].pore_permittivity)))
    words = f"Relative, that fitted for {REFERENCE}: simulations here give none"
    value = Value(permittivity, "1", words, ASSUMED, MEMBRANE_SOURCES[REFERENCE])
    found.first("pore_permittivity", [lambda: value])


def _of_trials(of: Campaign, quantity: str, place: str, factor: float) -> Estimate:
    """Mean over trials of a number of `structure`; of one trial its own interval, over blocks."""
    rows = of.trials_of("structure", ("value",), quantity=quantity, place=place)
    estimate = over(factor * rows["value"], of.level)
    if len(rows) == 1 and {"low", "high", "interval"} <= set(rows):
        low, high = (factor * float(rows[edge].iloc[0]) for edge in ("low", "high"))
        if np.isfinite(low) and np.isfinite(high):
            kind = str(rows["interval"].iloc[0])
            return Estimate(estimate.value, low, high, kind, estimate.each)
    return estimate


def _pore_words(words: str, where: str) -> str:
    return (
        f"{words} pore diameter between hard spheres of UFF's sigma in the dense region of "
        f"{where}, where a probe of 3.314 angstrom fits"
    )


def _pore_of_runs(of: Campaign, name: str, _: str, words: str) -> Value:
    estimate = _of_trials(of, name, "dense region", NM_PER_ANGSTROM / 2)
    words = _pore_words(words, "the runs, water and ions left out")
    return _positive_pore(Value(estimate, "nm", words, RUNS, of.path_of("structure")))


def _pore_of_atoms(of: Campaign, folder: str, basis: str, _: str, name: str, words: str) -> Value:
    """Pore size of one configuration."""
    source = f"{folder}/{of.layout}/atoms.csv"
    x, y, _z = of.lengths(f"{folder}/{of.layout}/network.json", "box_nm", 3)
    atoms = of.csv(source, ("element", "x_nm", "y_nm", "z_nm"))
    places = atoms[["x_nm", "y_nm", "z_nm"]].to_numpy(float)
    try:
        sizes = _sizes(places.tobytes(), tuple(atoms["element"]), x, y)
    except (ValueError, TypeError) as error:
        raise Missing(f"no pores from {source}: {error}") from None
    estimate = Estimate(NM_PER_ANGSTROM / 2 * float(getattr(sizes, name)))
    where = "the hydrated membrane, water left out" if basis == HYDRATED else "the dry network"
    value = Value(estimate, "nm", _pore_words(words, where), basis, source, "one configuration")
    return _positive_pore(value)


@lru_cache(maxsize=16)
def _sizes(places: bytes, elements: tuple[str, ...], x: float, y: float) -> "PoreSizes":
    """Pore sizes of the dense region of atoms (nm, as bytes), kept for all salts and quantities."""
    from analysis.pores import pore_size_distribution

    positions = np.frombuffer(places).reshape(-1, 3)
    z = positions[:, 2]
    mass = np.array([STANDARD_ATOMIC_WEIGHTS.get(element, np.nan) for element in elements])
    edges = np.arange(z.min() - 2, z.max() + 2, FACE_BIN_NM)
    density = np.histogram(z, edges, weights=mass)[0]
    low, high = membrane_dense_region(edges, density)
    return pore_size_distribution(
        10 * positions,
        list(elements),
        (10 * x, 10 * y, 0.0),
        spacing=VOXEL_ANGSTROM,
        slab=(10 * low, 10 * high),
    )


def _positive_pore(value: Value) -> Value:
    if not value.estimate.value > 0:
        raise Missing(f"no probe fits, by {value.source}")
    return value


def _thickness_of_runs(of: Campaign) -> Value:
    estimate = _of_trials(of, "thickness_nm", "membrane", 1.0)
    words = "Between the membrane's faces, where its density is 5 % of its maximum"
    return Value(estimate, "nm", words, RUNS, of.path_of("structure"))


def _thickness_of_network(of: Campaign) -> Value:
    low, high = of.lengths("network/report.json", "dense_region_nm", 2)
    words = "Of the dense region of the dry network, which water will swell"
    return Value(Estimate(high - low), "nm", words, LAYOUT, "network/report.json")


def _middle_of_runs(of: Campaign) -> Value:
    faces = of.trials_of("extent", ("place", "z_angstrom"), definition="5 % density")
    by = faces[faces["place"].isin(["feed face", "permeate face"])].groupby("trial")["z_angstrom"]
    middles = NM_PER_ANGSTROM * by.mean()[by.size() == 2]
    return Value(over(middles, of.level), "nm", MIDDLE, RUNS, of.path_of("extent"))


def _middle_of_atoms(of: Campaign) -> Value:
    source = f"hydrated/{of.layout}/atoms.csv"
    atoms = of.csv(source, ("element", "z_nm"))
    mass = atoms["element"].map(STANDARD_ATOMIC_WEIGHTS).to_numpy(float)
    z = atoms["z_nm"].to_numpy(float)
    try:
        low, high = faces_of_atoms(z - np.average(z, weights=mass), mass)
    except (ValueError, ZeroDivisionError) as error:
        raise Missing(f"no faces from {source}: {error}") from None
    value = Estimate((low + high) / 2)
    return Value(value, "nm", MIDDLE, HYDRATED, source, "one configuration")


def _middle_of_network(of: Campaign) -> Value:
    low, high = of.lengths("network/report.json", "dense_region_nm", 2)
    words = f"{MIDDLE}: of the dense region of the dry network"
    return Value(Estimate((low + high) / 2), "nm", words, LAYOUT, "network/report.json")


def _hydrated(of: Campaign, key: str, unit: str, words: str) -> Value:
    source = f"hydrated/{of.layout}/report.json"
    return Value(hydrated_number(of, key), unit, words, HYDRATED, source, hydration_note(of))


def _water_of_runs(of: Campaign) -> Value:
    estimate = _of_trials(of, "water_volume_percent", "membrane", 0.01)
    words = (
        "Share of the volume between the membrane's faces that its water fills at the density of "
        "bulk water, 33.4 per nm3"
    )
    return Value(estimate, "1", words, RUNS, of.path_of("structure"))


def _water_of_hydration(of: Campaign) -> Value:
    report = f"hydrated/{of.layout}/report.json"
    volume = of.area_nm2 * positive(of, report, "thickness_nm")
    estimate = hydrated_number(of, "waters").mapped(lambda n: n / (WATERS_PER_NM3 * volume))
    if not estimate.value < 1:
        raise Missing(f"waters of {report} fill more than the membrane")
    words = (
        "Share of the volume between the faces of the hydrated membrane that its water fills at "
        "the density of bulk water, 33.4 per nm3"
    )
    return Value(estimate, "1", words, HYDRATED, report, hydration_note(of))


def _void_of_runs(of: Campaign, integral: Callable[[np.ndarray, float], float]) -> Estimate:
    """Mean over trials of a number made of the void share from face to face and the thickness."""
    profile = of.trials_of("porosity", ("z_angstrom", "void_share"))
    faces = of.trials_of("extent", ("place", "z_angstrom"), definition="5 % density")
    each = []
    for trial, rows in profile.groupby("trial"):
        ends = faces[faces["trial"] == trial].set_index("place")["z_angstrom"]
        if not {"feed face", "permeate face"} <= set(ends.index):
            raise Missing(f"{of.path_of('extent')} has not both faces of trial {trial}")
        low, high = float(ends["feed face"]), float(ends["permeate face"])
        inside = (rows["z_angstrom"] >= low) & (rows["z_angstrom"] < high)
        share = rows["void_share"][inside].to_numpy(float)
        if not share.size or not np.isfinite(share).all():
            raise Missing(f"{of.path_of('porosity')} has holes between the faces of trial {trial}")
        each.append(integral(share, NM_PER_ANGSTROM * (high - low)))
    return over(each, of.level)


def _porosity_of_runs(of: Campaign) -> Value:
    words = (
        "Share of the volume between the membrane's faces that spheres of 1.4 angstrom can cover "
        "between its atoms (Bondi radii): what water may fill"
    )
    estimate = _void_of_runs(of, lambda share, _: float(share.mean()))
    return Value(estimate, "1", words, RUNS, of.path_of("porosity"))


def _series_of_runs(of: Campaign) -> Value:
    def resistance(share: np.ndarray, thickness: float) -> float:
        if not (share > 0).all():
            raise Missing("a layer between the faces has no void")
        return thickness * float((1 / share).mean())

    words = (
        "Integral of dz / porosity(z) from face to face: layers in series, each open in its share "
        "of the area; straight paths, a tortuosity lengthens it"
    )
    return Value(_void_of_runs(of, resistance), "nm", words, RUNS, of.path_of("porosity"))


def _thickness_over_porosity(found: Found) -> Value:
    thickness, porosity = (found.values.get((name, "")) for name in ("thickness_nm", "porosity"))
    if thickness is None or porosity is None:
        raise Missing("no porosity, or no thickness")
    if thickness.basis != porosity.basis:
        raise Missing(f"thickness is of {thickness.basis}, porosity of {porosity.basis}")
    length = thickness.estimate.value
    estimate = porosity.estimate.mapped(lambda share: length / share)
    words = "Thickness over porosity; straight paths, a tortuosity lengthens it"
    return Value(estimate, "nm", words, porosity.basis, porosity.source, porosity.note)
