"""Chaperones: pairs of ions that advance along z while they are in contact."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite


def chaperoned(
    events: pd.DataFrame, z_ion: ArrayLike, z_partner: ArrayLike, advance: float
) -> pd.DataFrame:
    """Mark the contacts that carried both ions forward along z.

    A contact is a chaperoned passage if BOTH ions are at least `advance` farther along +z in its
    last frame than in its first: they moved together and not one past the other. Contacts that do
    not advance, or only one of whose ions does, are not. Contacts that are cut off at the begin or
    the end of the run count with what was seen.

    Parameters
    ----------
    events : DataFrame
        As of `contact_events` for two groups: ion, partner, start, end.
    z_ion, z_partner : array_like, shapes (T, A) and (T, B)
        Along the drive, not wrapped, relative to the membrane.
    advance : float
        Positive. Take more than the cutoff of the contact, or ions that merely turn around each
        other can have it.

    Returns
    -------
    events : DataFrame
        With three more columns: ion_advance, partner_advance and chaperoned.

    Raises
    ------
    ValueError
        A column that is missing, shapes that do not fit, an advance that is not positive, or a
        contact of ions or frames that are not there.

    Examples
    --------
    >>> from analysis.kernels.contacts import contact_events
    >>> z = np.array([[0.0], [4.0], [8.0]])
    >>> together = contact_events(np.ones((3, 1, 1), dtype=bool))
    >>> chaperoned(together, z, z + 2, advance=5.0)["chaperoned"].tolist()
    [True]
    """
    missing = [name for name in ("ion", "partner", "start", "end") if name not in events]
    if missing:
        raise ValueError(
            f"events has no column {', '.join(missing)}: make it of contacts (T, A, B)"
        )
    if not advance > 0:
        raise ValueError(f"advance is {advance}, it must be positive")
    ours, theirs = _paths(z_ion, "z_ion"), _paths(z_partner, "z_partner")
    if len(ours) != len(theirs):
        raise ValueError(f"z_ion has {len(ours)} frames and z_partner {len(theirs)}")
    ion, partner, start, end = (
        events[name].to_numpy(dtype=int) for name in ("ion", "partner", "start", "end")
    )
    limits = ((ion, ours.shape[1]), (partner, theirs.shape[1]), (end - 1, len(ours)))
    if any(len(index) and not 0 <= index.min() <= index.max() < size for index, size in limits):
        raise ValueError("events has an ion, a partner or a frame beyond those of z")
    passages = events.copy()
    passages["ion_advance"] = ours[end - 1, ion] - ours[start, ion]
    passages["partner_advance"] = theirs[end - 1, partner] - theirs[start, partner]
    both = np.minimum(passages["ion_advance"], passages["partner_advance"])
    passages["chaperoned"] = both >= advance
    return passages


def advance_in_company(z: ArrayLike, contact: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Split the net displacement of each ion along z into that with a partner and that alone.

    The step from one frame to the next is one in company if the ion has a contact in both.

    Parameters
    ----------
    z : array_like, shape (T, A)
        Not wrapped.
    contact : array_like of bool, shape (T, A) or (T, A, B)
        With any partner, or with each of B.

    Returns
    -------
    company, alone : arrays, shape (A,)
        Net ways; they sum to z in the last frame less z in the first.

    Raises
    ------
    ValueError
        Shapes that do not fit, or an entry that is not finite.

    Examples
    --------
    >>> company, alone = advance_in_company([[0.0], [1.0], [5.0]], [[True], [True], [False]])
    >>> company.tolist(), alone.tolist()
    ([1.0], [4.0])
    """
    paths, touching = _paths(z, "z"), np.asarray(contact)
    if touching.ndim == 3:
        touching = np.asarray(touching.any(axis=2))
    if touching.dtype != bool or touching.shape != paths.shape:
        raise ValueError(
            f"contact has shape {np.shape(contact)} and type {touching.dtype}, it must be bool and "
            f"{paths.shape}, or that by the number of partners"
        )
    steps, both = np.diff(paths, axis=0), touching[1:] & touching[:-1]
    return np.where(both, steps, 0.0).sum(axis=0), np.where(both, 0.0, steps).sum(axis=0)


def _paths(z: ArrayLike, name: str) -> np.ndarray:
    paths = finite(z, name)
    if paths.ndim != 2 or len(paths) == 0:
        raise ValueError(f"{name} has shape {paths.shape}, it must be (T, ions) with a frame")
    return paths
