"""Ions of a cell: salt and counter-ions, and the waters that they replace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mdtools.errors import SettingsError
from mdtools.options import SaltOptions
from mdtools.roles import COUNTER_ION, FEED_ION, charge

if TYPE_CHECKING:
    import pandas as pd

ION_SEPARATION_NM = 0.5
"""Aimed-at smallest distance between ions: beyond the contact pair (0.28 nm) and the pair with
one shared water, so that no run starts with ions already paired."""
SURFACE_NM = 0.3
"""Smallest distance from ions to membrane atoms; the sheets lie further out than the outermost
water in any case."""
CATION = "Na+"
"""Counter-ion of a negative membrane where no salt says which."""
RELAXATION = 0.9
"""Factor on the separation when the reservoir is too crowded for it."""


def counter_ions(membrane_charge: int, cation: str) -> dict[str, int]:
    """Count the ions that neutralise a membrane of a whole charge (e), by species.

    Cl- for a positive membrane, the salt's cation for a negative one; where a divalent cation
    cannot match an odd charge, one Cl- more.

    >>> counter_ions(14, "Na+"), counter_ions(-14, "Ca2+"), counter_ions(-3, "Ca2+")
    ({'Cl-': 14}, {'Ca2+': 7}, {'Ca2+': 2, 'Cl-': 1})
    """
    if membrane_charge >= 0:
        return {"Cl-": membrane_charge} if membrane_charge else {}
    valence = charge(cation)
    cations = -(membrane_charge // valence)
    surplus = cations * valence + membrane_charge
    return {cation: cations} | ({"Cl-": surplus} if surplus else {})


def ion_table(salt: SaltOptions | None, membrane_charge: int) -> pd.DataFrame:
    """Tabulate the ions of a cell: ``species``, ``role``, ``side``, ``group`` (number in role).

    Salt goes to the feed; counter-ions of a species alternate between the reservoirs, so that an
    odd one is on the feed side. Without a salt they are Na+ or Cl-.
    """
    import pandas as pd

    ions, cation = (salt.ions, salt.cation) if salt else ({}, CATION)
    rows: list[tuple[str, str, str]] = [
        (species, FEED_ION, "feed") for species, count in sorted(ions.items()) for _ in range(count)
    ]
    rows += [
        (species, COUNTER_ION, ("feed", "permeate")[k % 2])
        for species, count in counter_ions(membrane_charge, cation).items()
        for k in range(count)
    ]
    table = pd.DataFrame(rows, columns=["species", "role", "side"])
    table["group"] = table.groupby("role").cumcount()
    return table


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
    from mdtools.cells.water_tiling import nearest

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
