"""Ions of a store, feed ions and counter-ions together, and the contacts between them."""

from dataclasses import dataclass

import numpy as np

from analysis.kernels import within
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials
from mdtools.roles import IONS, charge

UNEVEN = 1e-3
"""Spread of the steps between fast frames, as a share of their mean, that counts as none."""


@dataclass(frozen=True)
class IonPair:
    """A species of cations and one of anions with the distance up to which they are in contact."""

    cation: str
    anion: str
    cutoff_angstrom: float

    @property
    def name(self) -> str:
        """Key of the cutoff, e.g. "Na+/Cl-"."""
        return f"{self.cation}/{self.anion}"

    def columns(self, gap: int, interval_ps: float) -> dict[str, str | float]:
        """Return the columns of a table that hold the pair and its parameters; gap in frames."""
        return {
            "pair": self.name,
            "cutoff_angstrom": self.cutoff_angstrom,
            "gap_ps": gap * interval_ps,
            "interval_ps": interval_ps,
        }


def species_of(store: Store, sign: int) -> list[str]:
    """Return the species of cations (sign +1) or anions (sign -1), in stored order."""
    names = dict.fromkeys(name for role in IONS for name in store.species(role))
    return [name for name in names if sign * charge(name) > 0]


def columns_of(store: Store, species: str) -> np.ndarray:
    """Return the columns of positions_nm of all ions of a species, whatever their role."""
    return np.concatenate([store.columns(role, species) for role in IONS])


def ion_pairs(store: Store, options: AnalysisOptions) -> list[IonPair]:
    """Return every pair of a cation and an anion species of a store.

    Raises
    ------
    ValueError
        A pair without a cutoff.
    """
    cutoffs = options.pair_cutoff_angstrom
    names = [(c, a) for c in species_of(store, 1) for a in species_of(store, -1)]
    for cation, anion in names:
        if f"{cation}/{anion}" not in cutoffs:
            raise ValueError(
                f"no cutoff of the ion pair {cation}/{anion}: add this key to "
                f"pair_cutoff_angstrom, which has {', '.join(cutoffs) or 'none'}"
            )
    return [IonPair(c, a, cutoffs[f"{c}/{a}"]) for c, a in names]


def contact_of(store: Store, pair: IonPair) -> np.ndarray:
    """Return the contacts of a pair of species, bool array of shape (T, cations, anions).

    Images along x and y count; along z only where the box is said to be periodic.
    """
    return store.once(("contact", pair), lambda: _contact(store, pair))


def _contact(store: Store, pair: IonPair) -> np.ndarray:
    box = 10 * store.periods_nm
    cations, anions = (
        10 * store.images_nm[:, columns_of(store, species)].astype(float)
        for species in (pair.cation, pair.anion)
    )
    return within(cations, anions, pair.cutoff_angstrom, box)


def contact_of_all(store: Store, options: AnalysisOptions) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the contacts of all cations and anions, each pair of species with its own cutoff.

    Returns
    -------
    contact : bool array, shape (T, A, B)
    columns : int array, shape (A + B,)
        Columns of positions_nm: cations, then anions.
    cations : int
        A.
    """
    columns = {
        name: columns_of(store, name) for sign in (1, -1) for name in species_of(store, sign)
    }
    at = {}
    for sign in (1, -1):
        begin = 0
        for name in species_of(store, sign):
            at[name] = slice(begin, begin := begin + len(columns[name]))
    cations = sum(len(columns[name]) for name in species_of(store, 1))
    everything = np.concatenate([np.empty(0, dtype=int), *columns.values()])
    shape = len(store.arrays["time_ps"]), cations, len(everything) - cations
    contact = np.zeros(shape, dtype=bool)
    for pair in ion_pairs(store, options):
        contact[:, at[pair.cation], at[pair.anion]] = contact_of(store, pair)
    return contact, everything, cations


def fast_interval_ps(trials: Trials) -> float:
    """Return the time between fast frames, the same in all trials.

    Raises
    ------
    ValueError
        One frame, frames that are not evenly spaced, t = 0 included, or trials that differ.
    """
    intervals = []
    for store in trials.stores:
        time = store.arrays["time_ps"]
        steps = np.diff(time)
        if len(steps) == 0:
            raise ValueError(f"trial {store.trial} has one frame, contacts in time need two")
        # Times in single precision are not evenly spaced to more digits than they have.
        spread = UNEVEN * steps.mean() + 2 * np.finfo(np.float32).eps * time[-1]
        if np.ptp(steps) > spread:
            raise ValueError(
                f"fast frames of trial {store.trial} are {steps.min():g} to {steps.max():g} ps "
                "apart, contacts in time need evenly spaced ones"
            )
        intervals.append(float(time[-1] - time[0]) / len(steps))
    if np.ptp(intervals) > UNEVEN * min(intervals):
        each = ", ".join(
            f"{s.trial}: {t:g} ps" for s, t in zip(trials.stores, intervals, strict=True)
        )
        raise ValueError(
            f"trials have fast frames of different intervals ({each}): lifetimes of contacts "
            "depend on it, analyse them apart"
        )
    return intervals[0]


def gap_frames(gap_ps: float, interval_ps: float) -> int:
    """Return the number of frames in an interruption of up to gap_ps.

    >>> gap_frames(2.0, 2.0), gap_frames(2.0, 0.75), gap_frames(2.0, 10.0)
    (1, 2, 0)
    """
    return int(gap_ps / interval_ps + 1e-6)
