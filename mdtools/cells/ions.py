"""Ions of a cell: salt and counter-ions, and the waters that they replace."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy

from mdtools.cells.water_tiling import nearest
from mdtools.errors import SettingsError
from mdtools.ions import ANION, CATION, SHAPES, counter_ions
from mdtools.options import SaltOptions
from mdtools.roles import COUNTER_ION, FEED_ION

ION_SEPARATION_NM = 0.5
"""Aimed-at smallest distance between ions: beyond the contact pair (0.28 nm) and the pair with
one shared water, so that no run starts with ions already paired."""
SURFACE_NM = 0.3
"""Smallest distance from ions to membrane atoms; the sheets lie further out than the outermost
water in any case."""
TURNS = 30
"""Orientations that are tried for an ion of several atoms."""
RELAXATION = 0.9
"""Factor on the separation when the reservoir is too crowded for it."""


def ion_table(salt: SaltOptions | None, membrane_charge: int) -> pd.DataFrame:
    """Tabulate the ions of a cell: ``species``, ``role``, ``side``, ``group`` (number in role).

    Salt goes to the feed; counter-ions of a species alternate between the reservoirs, so that an
    odd one is on the feed side. Without a salt they are Na+ or Cl-.
    """
    ions, *counter = (salt.ions, salt.cation, salt.anion) if salt else ({}, CATION, ANION)
    rows: list[tuple[str, str, str]] = [
        (species, FEED_ION, "feed") for species, count in sorted(ions.items()) for _ in range(count)
    ]
    rows += [
        (species, COUNTER_ION, ("feed", "permeate")[k % 2])
        for species, count in counter_ions(membrane_charge, *counter).items()
        for k in range(count)
    ]
    table = pd.DataFrame(rows, columns=["species", "role", "side"])
    table["group"] = table.groupby("role").cumcount()
    return table


def placed_atoms(
    species: Sequence[str],
    centres: np.ndarray,
    others: np.ndarray,
    box_nm: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the atoms (A, 3) in nm of ions, those of several turned to where there is most room.

    Parameters
    ----------
    centres : (I, 3) array
        Of the central atoms, nm.
    others : (N, 3) array
        Atoms that they keep off, nm.
    box_nm : (2,) array
        Lateral periodic lengths.
    """
    places = []
    for name, centre in zip(species, centres, strict=True):
        shape = SHAPES[name].places_nm
        if len(shape) > 1:
            turns = scipy.spatial.transform.Rotation.random(TURNS, rng=rng)
            tried = centre + np.array([turn.apply(shape) for turn in turns])
            room = nearest(tried.reshape(-1, 3), others, box_nm).reshape(TURNS, -1)[:, 1:]
            places.append(tried[room.min(axis=1).argmax()])
        else:
            places.append(centre[None])
    return np.concatenate(places) if places else np.empty((0, 3))


def choose_sites(
    oxygens: np.ndarray,
    count: int,
    membrane: np.ndarray,
    box_nm: np.ndarray,
    rng: np.random.Generator,
    side: str,
) -> tuple[np.ndarray, float]:
    """Choose the waters that ions replace, far from each other and from the membrane.

    Parameters
    ----------
    oxygens : (n, 3) array
        Water oxygens of one reservoir, nm.
    count : int
        Ions to place.
    membrane : (N, 3) array
    box_nm : (2,) array
        Lateral periodic lengths.
    side : str
        For the error message.

    Returns
    -------
    sites : (count,) int array
        Rows of ``oxygens``.
    separation_nm : float
        Smallest distance asked of them: 0.5 nm, or less if the reservoir is crowded.

    Raises
    ------
    ValueError
        If there are more ions than waters to replace.
    """
    free = np.flatnonzero(nearest(oxygens, membrane, box_nm) > SURFACE_NM)
    if count > len(free):
        raise SettingsError(
            f"{count} ions for the {side} reservoir, but only {len(free)} of its {len(oxygens)} "
            f"waters lie more than {SURFACE_NM} nm from the membrane; "
            "raise waters_per_reservoir or lower the salt's ions"
        )
    order = rng.permutation(free)
    separation = ION_SEPARATION_NM
    while True:
        sites = _spread(oxygens, order, count, separation, box_nm)
        if len(sites) == count:
            return np.array(sites, dtype=int), separation
        separation *= RELAXATION


def _spread(
    oxygens: np.ndarray,
    order: np.ndarray,
    count: int,
    separation: float,
    box_nm: np.ndarray,
) -> Sequence[int]:
    chosen: list[int] = []
    for site in order:
        if len(chosen) == count:
            break
        apart = oxygens[chosen] - oxygens[site]
        apart[:, :2] -= np.round(apart[:, :2] / box_nm) * box_nm
        if not chosen or (np.linalg.norm(apart, axis=1) > separation).all():
            chosen.append(int(site))
    return chosen
