"""Radial distributions: pairs by distance in regions along z, over those of an ideal gas."""

from dataclasses import dataclass

import numpy as np

from analysis.kernels import bin_sums, layered_shells, slab_edges
from analysis.kernels.contacts import nearest_image
from analysis.observables.shared.ions import columns_of, ion_pairs
from analysis.options import AnalysisOptions
from analysis.reading.ion_environment import RADIAL_Z_BIN_NM
from analysis.reading.observer import PARTNERS
from analysis.reading.profilers import BLOCKS
from analysis.store import Store
from analysis.trials import Trials, profile
from mdtools.constants import G_CM3_PER_DA_NM3, WATER_DA

FEED, MEMBRANE = "feed reservoir", "membrane"
MARGIN_ANGSTROM = 10.0
"""From the feed piston and from the feed face, as far as pairs are counted: beyond it neither is in
any shell."""
MARGIN_SHARE = 1 / 3
"""Of the feed reservoir that a margin takes at most, where the reservoir is shallow."""
MOST_FRAMES = 2000
"""Fast frames in which pairs of ions are counted, evenly chosen."""
BATCH = 2**20
"""Distances of ions in memory at a time: 8 MiB for each coordinate."""
PLACES_IN_LAYER = 4
"""Points of z in each layer at which the ideal gas is taken: ions are binned no finer."""


@dataclass(frozen=True)
class RadialCounts:
    """Counts of pairs by distance around the ions of one region.

    Attributes
    ----------
    pairs, ideal : array, shape (b,)
        Counted, and expected of an ideal gas with the partner's density along z.
    references : int
        Ions times frames.
    edges_nm : array, shape (b + 1,)
    """

    pairs: np.ndarray
    ideal: np.ndarray
    references: int
    edges_nm: np.ndarray

    @property
    def g(self) -> np.ndarray:
        """Radial distribution, NaN where an ideal gas would have nothing."""
        nothing = np.full(len(self.ideal), np.nan)
        return np.divide(self.pairs, self.ideal, out=nothing, where=self.ideal > 0)

    @property
    def coordination(self) -> np.ndarray:
        """Neighbours of an ion up to the outer edge of each shell."""
        return np.cumsum(self.pairs) / self.references if self.references else self.g * np.nan

    @property
    def per_nm3(self) -> np.ndarray:
        """Neighbours of an ion per volume of each whole shell."""
        volume = 4 / 3 * np.pi * np.diff(self.edges_nm**3)
        return self.pairs / volume / self.references if self.references else self.g * np.nan

    @property
    def r_angstrom(self) -> np.ndarray:
        """Middle of each shell."""
        return 5 * (self.edges_nm[1:] + self.edges_nm[:-1])

    def coarser(self, factor: int) -> "RadialCounts":
        """Merge every ``factor`` shells into one; shells left over at the end are dropped."""
        whole = len(self.pairs) // factor * factor
        pairs, ideal = (v[:whole].reshape(-1, factor).sum(axis=1) for v in (self.pairs, self.ideal))
        return RadialCounts(pairs, ideal, self.references, self.edges_nm[: whole + 1 : factor])


def summed(counted: list[RadialCounts]) -> RadialCounts:
    """Sum the counts of several trials, or of parts of one."""
    pairs, ideal, references = (
        sum(getattr(one, name) for one in counted) for name in ("pairs", "ideal", "references")
    )
    return RadialCounts(pairs, ideal, references, counted[0].edges_nm)


def regions(trials: Trials) -> dict[str, tuple[float, float]]:
    """Return the limits of z (angstrom) of the ions of each region.

    In the feed reservoir a margin is kept from the mean place of the feed piston and from the feed
    face: MARGIN_ANGSTROM, or MARGIN_SHARE of the reservoir if that is less, as in a small cell.
    """
    feed, permeate = trials.faces
    piston = float(np.mean([store.pistons_angstrom[:, 0].mean() for store in trials.stores]))
    margin = min(MARGIN_ANGSTROM, MARGIN_SHARE * (feed - piston))
    return {FEED: (piston + margin, feed - margin), MEMBRANE: (feed, permeate)}


def partner_density(store: Store) -> np.ndarray:
    """Return the number density (1/nm3) of each of PARTNERS along z, over all full frames."""
    water = profile(store, "water_g_cm3") / (WATER_DA * G_CM3_PER_DA_NM3)
    elements = dict(
        zip(store.manifest["elements"], profile(store, "elements_per_nm3"), strict=True)
    )
    found = np.array([water, elements["O"], elements["N"]])
    return through_ends(store.arrays["edges_nm"], found, store.period_z_angstrom / 10)


def through_ends(edges: np.ndarray, density: np.ndarray, length: float) -> np.ndarray:
    """Continue a density (..., bins) in bins around one box length through the ends of the box.

    `length` is that of the box, 0 where it is not periodic.

    >>> through_ends(np.arange(-4, 5), np.array([0, 0, 1.0, 2, 3, 4, 0, 0]), 4.0).tolist()
    [3.0, 4.0, 1.0, 2.0, 3.0, 4.0, 1.0, 2.0]
    """
    if not length:
        return density
    below = np.concatenate(
        [np.zeros((*density.shape[:-1], 1)), np.cumsum(density * np.diff(edges), axis=-1)], axis=-1
    )
    sums = np.zeros_like(below)
    for shift in (-length, 0.0, length):
        for index in np.ndindex(below.shape[:-1]):
            sums[index] += np.interp(edges + shift, edges, below[index])
    return np.diff(sums, axis=-1) / np.diff(edges)


def partner_counts(store: Store, limits: dict) -> dict[tuple, RadialCounts]:
    """Return counts of ions and PARTNERS in one trial by region, species and partner."""
    arrays = store.arrays
    species = list(dict.fromkeys(store.atoms.species[store.ion_columns]))
    references, pairs = (arrays[name] for name in ("radial_references", "radial_pairs"))
    planes, radii = arrays["radial_z_edges_nm"], arrays["radial_edges_nm"]
    used = references.any(axis=0)
    ideal = np.zeros((len(used), len(PARTNERS), len(radii) - 1))
    density = partner_density(store)
    ideal[used] = ideal_neighbours(planes, used, arrays["edges_nm"], density, radii)
    counts = {}
    for place, (low, high) in limits.items():
        inside = within_limits(planes, low, high)
        for row, name in enumerate(species):
            here = references[row, inside].astype(float)
            expected = np.tensordot(here, ideal[inside], axes=1)
            for column, partner in enumerate(PARTNERS):
                counted = pairs[row, inside, column].sum(axis=0, dtype=np.int64)
                number = int(here.sum())
                counts[place, name, partner] = RadialCounts(
                    counted, expected[column], number, radii
                )
    return counts


def ideal_neighbours(planes, used, edges, density, radii) -> np.ndarray:
    """Return ideal-gas neighbours (layers, gases, shells) of an ion in each layer that is used."""
    low, high = planes[:-1][used, None], planes[1:][used, None]
    places = low + (high - low) * (np.arange(PLACES_IN_LAYER) + 0.5) / PLACES_IN_LAYER
    shells = layered_shells(places.ravel(), edges, density, radii)
    return shells.reshape(len(places), PLACES_IN_LAYER, *shells.shape[1:]).mean(axis=1)


def within_limits(planes_nm: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return which layers have their middle between two z in angstrom."""
    middle = 5 * (planes_nm[1:] + planes_nm[:-1])
    return (middle > low) & (middle < high)


def ion_counts(store: Store, limits: dict, options: AnalysisOptions) -> dict[tuple, RadialCounts]:
    """Return counts of anions around cations in one trial by region, cation and anion.

    Ions gather where the drive takes them, so the profile of the ideal gas is that of each of
    BLOCKS parts of the run, not of all of it.
    """
    count = len(store.arrays["time_ps"])
    stride = -(-(count - 1) // MOST_FRAMES) or 1
    # The start is the same in all trials: it counts only where there is nothing else.
    frames = np.arange(count - 1, min(count - 2, 0), -stride)[::-1]
    radii, planes = store.arrays["radial_edges_nm"], slab_edges(store.box_nm[2], RADIAL_Z_BIN_NM)
    counts = {}
    for pair in ion_pairs(store, options):
        parts = [
            ion_counts_in(store, part, pair, (planes, radii), limits)
            for part in np.array_split(frames, min(BLOCKS, len(frames)))
        ]
        for place in limits:
            sums = summed([part[place] for part in parts])
            counts[place, pair.cation, pair.anion] = sums
    return counts


def ion_counts_in(store: Store, frames, pair, grid: tuple, limits: dict) -> dict[str, RadialCounts]:
    """Return counts of anions around cations in some fast frames, by region."""
    planes, radii = grid
    columns = [columns_of(store, species) for species in (pair.cation, pair.anion)]
    z_cations, z_anions = (store.z_angstrom[np.ix_(frames, c)] / 10 for c in columns)
    layer_nm3 = np.prod(store.box_nm[:2]) * (planes[1] - planes[0])
    density = bin_sums(z_anions.ravel(), planes) / (len(frames) * layer_nm3)
    density = through_ends(planes, density, store.period_z_angstrom / 10)
    references = bin_sums(z_cations.ravel(), planes)
    used = references > 0
    ideal = np.zeros((len(used), len(radii) - 1))
    ideal[used] = ideal_neighbours(planes, used, planes, density, radii)
    layer = np.searchsorted(planes, z_cations, "right") - 1
    inside = {place: within_limits(planes, *edges) for place, edges in limits.items()}
    pairs = {place: np.zeros(len(radii) - 1, dtype=int) for place in limits}
    each = max(1, BATCH // max(1, len(columns[0]) * len(columns[1])))
    for begin in range(0, len(frames), each):
        part = slice(begin, begin + each)
        shell = shell_indices(store, frames[part], columns, radii)
        for place, chosen in inside.items():
            near = shell[chosen[layer[part]]].ravel()
            pairs[place] += np.bincount(near, minlength=len(radii))[: len(radii) - 1]
    return {
        place: RadialCounts(
            pairs[place],
            references[chosen] @ ideal[chosen],
            int(references[chosen].sum()),
            radii,
        )
        for place, chosen in inside.items()
    }


def shell_indices(store: Store, frames, columns, radii) -> np.ndarray:
    """Return the shell of each ion of a second kind around each of a first, (frames, A, B)."""
    first, second = (store.images_nm[np.ix_(frames, own)].astype(float) for own in columns)
    periods = store.periods_nm
    periods = periods if periods.ndim == 1 else periods[frames][:, None, None, :]
    apart = nearest_image(first[:, :, None] - second[:, None], periods)
    return np.searchsorted(radii, np.sqrt((apart**2).sum(axis=-1)), "right") - 1
