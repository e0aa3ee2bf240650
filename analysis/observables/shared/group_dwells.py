"""Dwells of the ions of one trial at its charged groups, and hops between groups."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.kernels import dwells, hops, site_states
from analysis.kernels.hopping import near
from analysis.observables.shared.ions import fast_interval_ps
from analysis.observables.shared.stacking import stacked
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials
from mdtools.roles import CHARGED_GROUP, IONS

HANDED, FLOWN, RETURNED, LOST = "handed over", "free flight", "returned", "no arrival"
NO_HOP = "no hop"
HOW = (HANDED, FLOWN, RETURNED, LOST)
"""Fates of an ion that leaves a group; NO_HOP is the advance that no hop made."""
ANY = "any"
"""Name of the site of numbers over groups of all kinds."""
PARAMETERS = ("role", "species", "cutoff_angstrom", "leave_angstrom", "interval_ps")
"""Columns that every table of dwells has."""
SHIFTED = ", groups moved"
"""Suffix of a definition whose groups were shifted by half the box along x and y."""

AT = (
    "An ion is at the nearest charged group (N of NH2+, C of COO-) from the frame in which that is "
    "within group_cutoff_angstrom (5 Å, as in the published study), and stays there until it is "
    "farther than group_leave_angstrom from it, whatever else is near; nearest images along x and "
    "y count. An ion is at one group at a time; groups of either charge count."
)
CHANCE = (
    " Here all groups are moved by half the box along x and y: as many groups at the same z, at "
    "places that have nothing to do with the ions. It is what chance alone gives."
)
"""Text of the definitions of every table of dwells, and the addition where groups are shifted."""


@dataclass(frozen=True)
class GroupDwells:
    """Dwells and hops of the ions of one trial at its charged groups.

    Attributes
    ----------
    trial : str
    ions : DataFrame
        role and species, one row per ion.
    groups : DataFrame
        kind (NH2+ or COO-), number within the kind, and mean x, y (wrapped), z in angstrom.
    state : int array, shape (T, N)
        Group at which an ion is, -1 for none.
    near : dict of bool arrays, shape (T, N)
        Whether any group of a kind is within group_cutoff_angstrom, whatever was before.
    z_angstrom : array, shape (T, N)
        Of the ions, relative to the membrane.
    dwells : DataFrame
        As of `kernels.dwells`, with role, species and kind of the group.
    hops : DataFrame
        As of `kernels.hops`, with role, species and kind of the origin, and how: HANDED to another
        group without a free frame, FLOWN to another group, or RETURNED.
    z_rounds : int array, shape (T, N), or None
        How often each ion came round the end of a box that is periodic along z.
    """

    trial: str
    ions: pd.DataFrame
    groups: pd.DataFrame
    state: np.ndarray
    near: dict[str, np.ndarray]
    z_angstrom: np.ndarray
    dwells: pd.DataFrame
    hops: pd.DataFrame
    z_rounds: np.ndarray | None = None

    def columns(self, role: str, species: str) -> np.ndarray:
        """Return the columns of the ions of a role and species."""
        return np.flatnonzero((self.ions.role == role) & (self.ions.species == species))


def dwells_of(store: Store, options: AnalysisOptions, shifted: bool = False) -> GroupDwells | None:
    """Return the dwells of the ions of a trial; None if there are no ions or no groups.

    Parameters
    ----------
    shifted : bool
        Shift all groups by half the box along x and y: as many groups at the same z, at places that
        have nothing to do with the ions. All dwells at them are by chance.

    Raises
    ------
    ValueError
        A group_leave_angstrom below group_cutoff_angstrom.
    """
    enter, leave = options.group_cutoff_angstrom / 10, options.group_leave_angstrom / 10
    if leave < enter:
        raise ValueError(
            f"group_leave_angstrom is {10 * leave:g}, it must be at least group_cutoff_angstrom, "
            f"{10 * enter:g}"
        )
    key = "dwells", enter, leave, shifted
    return store.once(key, lambda: _group_dwells(store, enter, leave, shifted))


def _group_dwells(store: Store, enter: float, leave: float, shifted: bool) -> GroupDwells | None:
    atoms = store.atoms
    of_ions = np.flatnonzero(atoms.role.isin(IONS))
    of_groups = np.flatnonzero(atoms.role == CHARGED_GROUP)
    if not len(of_ions) or not len(of_groups):
        return None
    box, positions = store.periods_nm, store.images_nm
    paths, sites = positions[:, of_ions], positions[:, of_groups]
    if shifted:
        sites = sites + (store.box_nm * [1, 1, 0] / 2).astype(sites.dtype)
    kinds = atoms.species.to_numpy()[of_groups]
    state = site_states(paths, sites, enter, leave, box)
    ions = atoms.iloc[of_ions][["role", "species"]].reset_index(drop=True)
    dwell_rows = dwells(state)
    hop_rows = hops(dwell_rows)
    key_columns = {"role": ions.role.to_numpy(), "species": ions.species.to_numpy()}
    dwell_rows = dwell_rows.assign(
        kind=kinds[dwell_rows.site], **{k: v[dwell_rows.ion] for k, v in key_columns.items()}
    )
    hop_rows = hop_rows.assign(
        kind=kinds[hop_rows.origin.astype(int)],
        how=np.select(
            [hop_rows.origin == hop_rows.target, hop_rows.arrived == hop_rows.left],
            [RETURNED, HANDED],
            FLOWN,
        ),
        **{k: v[hop_rows.ion.astype(int)] for k, v in key_columns.items()},
    )
    return GroupDwells(
        str(store.trial),
        ions,
        group_places(store, of_groups),
        state,
        {kind: near(paths, sites[:, kinds == kind], enter, box) for kind in dict.fromkeys(kinds)},
        store.z_angstrom[:, of_ions],
        dwell_rows,
        hop_rows,
        store.z_rounds[:, of_ions] if store.period_z_angstrom else None,
    )


def rows_of(table: pd.DataFrame, role: str, species: str, kind: str = ANY) -> pd.DataFrame:
    """Return rows of dwells or hops of a role and species, at groups of a kind."""
    own = (table.role == role) & (table.species == species)
    return table[own if kind == ANY else own & (table.kind == kind)]


def site_names(by_trial: list[GroupDwells]) -> list[str]:
    """Return the kinds of charged groups of a cell, then ANY."""
    return [*dict.fromkeys(by_trial[0].groups.kind), ANY]


def with_shifted(definitions: dict[str, str]) -> dict[str, str]:
    """Return definitions, and those of the same numbers at shifted groups."""
    return definitions | {f"{name}{SHIFTED}": text + CHANCE for name, text in definitions.items()}


def group_places(store: Store, columns: np.ndarray) -> pd.DataFrame:
    """Return the charged groups with their mean positions."""
    mean = 10 * store.arrays["positions_nm"][:, columns, :2].mean(axis=0, dtype=float)
    length = 10 * store.box_nm[:2]
    x, y = ((mean + length / 2) % length - length / 2).T
    return pd.DataFrame(
        {
            "kind": store.atoms.species.to_numpy()[columns],
            "number": store.atoms.group.to_numpy()[columns],
            "x_angstrom": x,
            "y_angstrom": y,
            "z_angstrom": store.z_angstrom[:, columns].mean(axis=0),
        }
    )


def advance(of_trial: GroupDwells, faces: tuple[float, float]) -> pd.DataFrame:
    """Return the advance along z inside the membrane that each ion made by hops, and without.

    z is clipped to the faces, so that only what lies between them counts. The mean z over a stay is
    the ion's place there: a hop advances it by the difference of two such places, and what comes
    before the first stay and after the last is no hop. The parts add up to z(end) - z(start)
    without rest.

    Returns
    -------
    advance : DataFrame, one row per ion
        Columns HANDED, FLOWN, RETURNED and NO_HOP, angstrom.
    """
    z = np.clip(of_trial.z_angstrom, *faces)
    if of_trial.z_rounds is not None:
        # Who comes round the end of the box goes on at the other face, and so in another image.
        z = z + of_trial.z_rounds * (faces[1] - faces[0])
    ions = pd.DataFrame(0.0, index=range(z.shape[1]), columns=[*HOW[:3], NO_HOP])
    ions[NO_HOP] = z[-1] - z[0]
    if of_trial.hops.empty:
        return ions
    sums = np.concatenate([np.zeros((1, z.shape[1])), np.cumsum(z, axis=0)])
    ordered = of_trial.dwells.sort_values(["ion", "start"], ignore_index=True)
    ion, start, end = (ordered[name].to_numpy() for name in ("ion", "start", "end"))
    place = (sums[end, ion] - sums[start, ion]) / (end - start)
    steps = np.diff(place)[ion[1:] == ion[:-1]]
    moves = of_trial.hops.assign(step=steps)
    by = moves.pivot_table(index="ion", columns="how", values="step", aggfunc="sum", fill_value=0)
    for how in by:
        ions.loc[by.index, how] += by[how]
    ions.loc[by.index, NO_HOP] -= by.sum(axis=1)
    return ions


Parts = Iterator[tuple[str, pd.DataFrame]]


def tables_of_ions(
    trials: Trials,
    options: AnalysisOptions,
    columns: dict[str, tuple[str, ...]],
    parts: Callable[[list[GroupDwells], dict, str], Parts],
) -> dict[str, pd.DataFrame]:
    """Return tables of all ions by role and species, at the groups and at shifted groups.

    Parameters
    ----------
    columns : dict of tuple of str
        Of each table, but for PARAMETERS. Without charged groups or ions it has no rows.
    parts : function
        Takes the trials' dwells, role and species, and "" or SHIFTED; yields (table, rows).
    """
    rows: dict[str, list[pd.DataFrame]] = {name: [] for name in columns}
    parameters = {
        "cutoff_angstrom": options.group_cutoff_angstrom,
        "leave_angstrom": options.group_leave_angstrom,
        "interval_ps": fast_interval_ps(trials),
    }
    for shifted in ("", SHIFTED):
        by_trial = [dwells_of(store, options, bool(shifted)) for store in trials.stores]
        known = [one for one in by_trial if one is not None]
        if len(known) < len(by_trial):
            break
        for role in IONS:
            for species in trials.first.species(role):
                key_columns = {"role": role, "species": species}
                for name, part in parts(known, key_columns, shifted):
                    rows[name].append(part.assign(**key_columns, **parameters))
    return {name: stacked(rows[name], (*own, *PARAMETERS)) for name, own in columns.items()}
