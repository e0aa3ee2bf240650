"""Where the membrane is along its normal: its pieces, and the images in which it is whole."""

from dataclasses import dataclass

import MDAnalysis as mda
import numpy as np
import pandas as pd

from analysis.reading.observer import CollectError
from mdtools.periodic import cut_at_widest_gap
from mdtools.roles import MEMBRANE, PISTON

ORDER = {"x": (1, 2, 0), "y": (2, 0, 1), "z": (0, 1, 2)}
"""Columns of the files that become x, y and z, by the axis of the membrane's normal."""
WIDEST_GAP_NM = 1.0
"""Between atoms of one membrane along z: wider than any hollow that goes right through it."""
LONGEST_OF_BOX = 1.5
"""Extent of a membrane, as a share of the box: more is another unit."""
LEAST_RESERVOIR_NM = 1.0
"""Shortest stretch of the box along z without the membrane: with less of it there is no slab."""
NAMED = 6
"""Fragments that are named one by one."""


@dataclass(frozen=True)
class Pieces:
    """The membrane's atoms that hang together, and the pieces that lie apart from them along z.

    Attributes
    ----------
    membrane : int array
        Atoms of the largest piece by mass.
    apart : list of int arrays
        Atoms of each other piece.
    folded : bool
        Whether it is whole only once it is joined through the end of the box along z.
    """

    membrane: np.ndarray
    apart: list[np.ndarray]
    folded: bool


def pieces(
    z_nm: np.ndarray, atoms: np.ndarray, masses: np.ndarray, period_nm: float | None
) -> Pieces:
    """Part the membrane's atoms along z at gaps wider than WIDEST_GAP_NM; keep the heaviest part.

    Parameters
    ----------
    z_nm, atoms, masses : arrays, shape (m,)
    period_nm : float or None
        Length of the box along z, through whose end pieces are joined; None if it is not known.
    """
    parts, folded = parted(z_nm), False
    if period_nm and len(parts) > 1:
        through = parted(cut_at_widest_gap(z_nm, period_nm)[0])
        if len(through) < len(parts):
            parts, folded = through, True
    largest = int(np.argmax([masses[part].sum() for part in parts]))
    if folded:
        # Pieces may have been joined while the membrane itself is whole where it is.
        whole = np.sort(parts[largest])
        folded = not any(np.array_equal(np.sort(part), whole) for part in parted(z_nm))
    apart = [np.sort(atoms[part]) for n, part in enumerate(parts) if n != largest]
    return Pieces(np.sort(atoms[parts[largest]]), apart, folded)


def parted(z_nm: np.ndarray) -> list[np.ndarray]:
    """Return the indices of the parts between gaps wider than WIDEST_GAP_NM, in order of z."""
    order = np.argsort(z_nm, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(z_nm[order]) > WIDEST_GAP_NM) + 1)


def gap_nm(coordinates: np.ndarray, length: float) -> float:
    """Return the longest stretch of a periodic axis without atoms."""
    return cut_at_widest_gap(coordinates, length)[1]


def check_reservoir(
    positions_nm: np.ndarray, membrane: np.ndarray, box_nm: np.ndarray, axis: str
) -> None:
    """Raise CollectError where the membrane fills the box along its normal, naming a better axis.

    `positions_nm` and `box_nm` are in the order x, y, z in which z is the normal, see ORDER.
    """
    gaps = [gap_nm(positions_nm[membrane, n], float(box_nm[n])) for n in range(3)]
    if gaps[2] >= LEAST_RESERVOIR_NM:
        return
    reach = np.ptp(positions_nm[membrane, 2])
    if reach > LONGEST_OF_BOX * box_nm[2]:
        raise CollectError(
            f"the membrane reaches over {reach:.3g} nm along {axis}, the box over {box_nm[2]:.3g} "
            "nm: lengths of the box and positions are in different units; box_angstrom is in "
            "angstrom"
        )
    names = ["xyz"[n] for n in ORDER[axis]]
    better = [names[n] for n in (0, 1) if gaps[n] >= LEAST_RESERVOIR_NM]
    remedy = (
        f"along {better[0]} there is room: if that is the membrane's normal, set "
        f"axis: {better[0]} in the study"
        if better
        else "nor is there along the others: allowed is a slab between reservoirs"
    )
    raise CollectError(
        f"the membrane fills the box along {axis}, the widest gap between its atoms is "
        f"{gaps[2]:.2g} nm, and no reservoir is left on either side: {remedy}"
    )


def fragment_notes(universe: mda.Universe, apart: list[np.ndarray], axis: str) -> list[str]:
    """Return a note that names and counts what was selected as membrane and lies apart from it."""
    if not apart:
        return []
    residues = getattr(universe.atoms, "resnames", None)
    named = []
    for piece in apart[:NAMED]:
        name = "" if residues is None else f" of {', '.join(sorted(set(residues[piece]))[:3])}"
        named.append(f"{len(piece)} atoms{name} from atom {piece[0]} on")
    more = f" and {len(apart) - NAMED} more" if len(apart) > NAMED else ""
    return [
        f"{len(apart)} pieces of selections.membrane, {sum(map(len, apart))} atoms in all, lie "
        f"more than {WIDEST_GAP_NM:g} nm apart from the largest along {axis} in the first frame "
        f"and are left out of the membrane: {'; '.join(named)}{more}"
    ]


def check_extent(z_nm: np.ndarray, roles: pd.DataFrame, center_nm: float, box_z_nm: float) -> None:
    """Raise CollectError for a membrane longer than the box, or pistons on the wrong sides."""
    membrane = z_nm[roles.atom[roles.role == MEMBRANE]]
    if np.ptp(membrane) > box_z_nm:
        raise CollectError(
            f"the membrane reaches over {np.ptp(membrane):.3g} nm along z, the box over "
            f"{box_z_nm:.3g} nm: box_angstrom is in angstrom"
        )
    pistons = [roles.atom[(roles.role == PISTON) & (roles.group == side)] for side in (0, 1)]
    if all(len(sheet) for sheet in pistons):
        feed, permeate = (z_nm[sheet].mean() for sheet in pistons)
        if not feed < center_nm < permeate:
            raise CollectError(
                f"the pistons are at {feed:.3g} and {permeate:.3g} nm, the membrane at "
                f"{center_nm:.3g} nm: the first of selections.pistons is the feed's, at the "
                "lower z"
            )
