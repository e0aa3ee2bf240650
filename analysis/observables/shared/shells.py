"""Neighbours of ions in their first shells are counted from the distances in a store."""

import numpy as np

from analysis.kernels import within
from analysis.observables.shared.ions import columns_of, ion_pairs
from analysis.options import AnalysisOptions
from analysis.reading.ion_environment import SHELL_NM, SHELL_UNIT_NM
from analysis.reading.observer import PARTNERS
from analysis.store import Store


def shell_cutoffs(store: Store, species: list[str], options: AnalysisOptions) -> dict[str, float]:
    """Return the first-shell cutoff (angstrom) of each species.

    Raises
    ------
    ValueError
        A species without a cutoff, or a cutoff beyond the neighbours that the store keeps.
    """
    cutoffs = options.hydration_cutoff_angstrom
    kept = 10 * min(SHELL_NM, float(store.box_nm[:2].min()) / 2)
    for name in species:
        if name not in cutoffs:
            raise ValueError(
                f"no cutoff of the first shell of {name}: add this key to "
                f"hydration_cutoff_angstrom, which has {', '.join(cutoffs) or 'none'}"
            )
        if cutoffs[name] > kept * (1 + 1e-9):
            raise ValueError(
                f"hydration_cutoff_angstrom of {name} is {cutoffs[name]:g}, but neighbours of ions "
                f"are kept up to {kept:g} angstrom: allowed is at most that"
            )
    return {name: cutoffs[name] for name in species}


def shell_counts(store: Store, cutoff_angstrom: float) -> np.ndarray:
    """Count the neighbours of every ion within a cutoff, by partner.

    Returns
    -------
    counts : int array, shape (full frames, ions, partners)
        In the order of `Store.ion_columns` and of PARTNERS.
    """
    counts = store.arrays["shell_counts"]
    limit = cutoff_angstrom / (10 * SHELL_UNIT_NM) * (1 + 1e-9)
    within = store.arrays["shell_1e_4_nm"] <= limit
    near = np.zeros(len(within) + 1, dtype=np.int32)
    np.cumsum(within, out=near[1:])
    ends = np.cumsum(counts, dtype=np.int32)
    result = near[ends]
    result[1:] -= near[ends[:-1]]
    return result.reshape(counts.shape)


def opposite_counts(store: Store, options: AnalysisOptions) -> np.ndarray:
    """Count the ions of the other sign in contact with each ion in every full frame.

    Feed ions and counter-ions, each pair of species within its own cutoff.

    Returns
    -------
    counts : int array, shape (full frames, ions), in the order of `Store.ion_columns`
    """
    frames, box = store.full_frames, 10 * store.periods_nm
    box = box if box.ndim == 1 else box[frames]
    counts = np.zeros((len(frames), len(store.ion_columns)), dtype=int)
    for pair in ion_pairs(store, options):
        columns = [columns_of(store, species) for species in (pair.cation, pair.anion)]
        positions = 10 * store.images_nm[frames].astype(float)
        cations, anions = (positions[:, own] for own in columns)
        contact = within(cations, anions, pair.cutoff_angstrom, box)
        for axis, own in enumerate(columns):
            counts[:, np.searchsorted(store.ion_columns, own)] += contact.sum(axis=2 - axis)
    return counts


def partner_counts(store: Store, species: str, role: str, cutoff: float, opposite) -> dict:
    """Count the neighbours of the ions of a species and role by partner, (full frames, ions).

    `opposite` is the result of `opposite_counts`.
    """
    at = np.searchsorted(store.ion_columns, store.columns(role, species))
    shells = shell_counts(store, cutoff)[:, at]
    return dict(zip(PARTNERS, np.moveaxis(shells, -1, 0), strict=True)) | {
        "opposite ions": opposite[:, at]
    }
