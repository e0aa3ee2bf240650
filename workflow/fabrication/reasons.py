"""Why statements of the study do not come out: numbers of the very films that were made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from workflow.fabrication.trends import MOST_REPEATS, NOT_OUT

Tables = Mapping[str, pd.DataFrame]
REAGENT_QUANTITIES = ("grafts", "bridges", "amides", "amines_left")


def reasons(found: Tables) -> pd.DataFrame:
    """Return lines with numbers for every statement that does not come out.

    Parameters
    ----------
    found : mapping
        The tables films, trends, reactions, leached, charge_layers and charge_variants.

    Returns
    -------
    DataFrame
        statement, outcome, reason; one row a line.
    """
    rows = [
        {"statement": row.statement, "outcome": row.outcome, "reason": _minus(line)}
        for row in found["trends"].itertuples()
        if row.outcome in NOT_OUT
        for line in _lines(row, found)
    ]
    return pd.DataFrame(rows, columns=["statement", "outcome", "reason"])


def _minus(line: str) -> str:
    """Return a line whose negative numbers have a minus.

    >>> _minus("8P10-H30: -0.04, +1")
    '8P10-H30: −0.04, +1'
    """
    return re.sub(r"(?<![\w.])-(?=\d)", "−", line)


def _lines(row, found: Tables) -> Iterator[str]:
    yield _scatter(row, found)
    quantity, pair = row.quantity, (row.first, row.second)
    second = found["reactions"]
    reagents = set(second[second.name == "second_amidation"].membrane)
    if quantity.startswith("thickness"):
        for membrane in pair:
            yield _mass(membrane, found)
    if quantity.startswith(("o_over_n", "o_c_o", "carboxyl", "residual")):
        for membrane in pair:
            yield from _leached(membrane, found)
    if quantity.startswith(("pore", "bridges", "grafts", "carboxyl")) and reagents >= set(pair):
        for membrane in pair:
            yield _bound(membrane, found)
    if quantity.startswith("permeability"):
        for membrane in pair:
            yield _structure(membrane, found)
    if quantity.startswith(("R_MgCl2", "R_NaCl", "B_")):
        for membrane in pair:
            yield from _layers(membrane, found)
    elif quantity.startswith("R_"):
        for membrane in pair:
            yield _structure(membrane, found)


def _scatter(row, found: Tables) -> str:
    """Difference, that of every repeat, and how many repeats would tell it."""
    films = found["films"]
    own = films[films.quantity == row.quantity].pivot(
        index="repeat", columns="membrane", values="value"
    )
    each = (own[row.first] - own[row.second]).dropna()
    told = ", ".join(f"{value:+.3g}" for value in each)
    line = (
        f"Difference {row.first} less {row.second}: {row.difference:+.3g} (single repeats {told})"
    )
    if np.isfinite(row.measured):
        line += f", the study's {row.measured:+.3g}"
    if row.repeats < 2:
        return f"{line}; one repeat has no interval."
    if np.isfinite(row.needed) and row.needed <= row.repeats:
        return f"{line}; its interval leaves 0 out."
    needed = f"{row.needed:.0f}" if np.isfinite(row.needed) else f"{MOST_REPEATS} or more"
    return (
        f"{line}; with this scatter {needed} repeats would tell it from 0, here are {row.repeats}."
    )


def _leached(membrane: str, found: Tables) -> Iterator[str]:
    """What its leaches have taken, and what is left, of all repeats together."""
    rows = found["leached"][found["leached"].membrane == membrane]
    gone, left = (rows[rows.part == part] for part in ("leached", "left"))
    if not gone.residues.sum():
        yield f"{membrane}: nothing is leached; O/N of the film {_o_over_n(left):.2f}."
        return
    shares = 100 * gone.mass_share
    yield (
        f"{membrane}: leaches take {shares.min():.0f} to {shares.max():.0f} % of the mass. What "
        f"they take has {_ratio(gone, 'acyls'):.2f} acyls for each nitrogen, {_open(gone):.0f} % "
        f"of them without an amide, and an O/N of {_o_over_n(gone):.2f}; what stays "
        f"{_ratio(left, 'acyls'):.2f}, {_open(left):.0f} % and {_o_over_n(left):.2f} (before the "
        f"leaches {_o_over_n(rows):.2f}): {_verdict(gone, left)}."
    )


def _mass(membrane: str, found: Tables) -> str:
    """What is packed into its films, and what leaches take."""
    rows = found["leached"][found["leached"].membrane == membrane]
    packed = rows.groupby("repeat")[["nitrogens", "acyls"]].sum().mean()
    shares = 100 * rows[rows.part == "leached"].mass_share
    return (
        f"{membrane}: {packed.nitrogens:.0f} nitrogens and {packed.acyls:.0f} acyls enter a film, "
        f"leaches take {shares.min():.0f} to {shares.max():.0f} % of its mass, and it is "
        f"{_span(_films(membrane, 'thickness_nm', found), 2)} nm thick."
    )


def _verdict(gone: pd.DataFrame, left: pd.DataFrame) -> str:
    lower = _o_over_n(gone) > _o_over_n(left)
    return f"they {'lower' if lower else 'raise'} the film's O/N"


def _ratio(rows: pd.DataFrame, column: str) -> float:
    nitrogens = rows.nitrogens.sum()
    return rows[column].sum() / nitrogens if nitrogens else np.nan


def _open(rows: pd.DataFrame) -> float:
    """Percentage of acyls without an amide, which become COOH."""
    return 100 * (1 - rows.amides.sum() / rows.acyls.sum()) if rows.acyls.sum() else np.nan


def _o_over_n(rows: pd.DataFrame) -> float:
    return 2 * _ratio(rows, "acyls") - _ratio(rows, "amides")


def _bound(membrane: str, found: Tables) -> str:
    """What its second amidation has bound, beside the scatter of its pores and carboxyls."""
    rows = found["reactions"]
    rows = rows[(rows.membrane == membrane) & (rows.name == "second_amidation")]
    numbers = {
        name: rows[rows.quantity == name].sort_values("repeat").value for name in REAGENT_QUANTITIES
    }
    told = {name: ", ".join(f"{value:.0f}" for value in each) for name, each in numbers.items()}
    pores, acids = (
        _films(membrane, name, found) for name in ("pore_radius_nm", "carboxyl_per_nm3")
    )
    return (
        f"{membrane}: grafts {told['grafts']}, bridges {told['bridges']} in its films, by "
        f"{told['amides']} amides, amines left {told['amines_left']}; pores of "
        f"{_span(pores, 3)} nm, {_span(acids, 2)} carboxyls per nm3 from film to film."
    )


def _structure(membrane: str, found: Tables) -> str:
    """What permeance and neutral rejections are made of."""
    parts = {
        "pore radius (nm)": ("pore_radius_nm", 3),
        "void fraction": ("void_fraction", 3),
        "thickness (nm)": ("thickness_nm", 2),
    }
    told = [
        f"{words} {_span(_films(membrane, name, found), digits)}"
        for words, (name, digits) in parts.items()
    ]
    return f"{membrane}, from film to film: {', '.join(told)}."


def _layers(membrane: str, found: Tables) -> Iterator[str]:
    """Signs of the layers of its films, and what its charge is worth."""
    rows = found["charge_layers"]
    rows = rows[rows.membrane == membrane]
    films = rows.groupby("repeat").charge_e
    total, positive = films.ngroups, int((films.max() > 0).sum())
    net = films.sum()
    means = ", ".join(f"{value:+.0f}" for value in rows.groupby("layer").counted_mol_m3.mean())
    yield (
        f"{membrane}: {positive} of {total} films have a positive layer, {int((net > 0).sum())} "
        f"are positive as a whole ({', '.join(f'{value:+.1f}' for value in net)} e); layers from "
        f"the organic face have {means} mol/m3 in the mean."
    )
    variants = found["charge_variants"]
    own = variants[(variants.membrane == membrane) & (variants.solute == "MgCl2")]
    rejected = own.set_index("variant").rejection
    yield (
        f"{membrane}: MgCl2 is rejected by {100 * rejected['profile']:.1f} %, by "
        f"{100 * rejected['average']:.1f} % with the charge spread evenly, and by "
        f"{100 * rejected['uncharged']:.1f} % without any."
    )


def _films(membrane: str, quantity: str, found: Tables) -> pd.Series:
    films = found["films"]
    return films[(films.membrane == membrane) & (films.quantity == quantity)].value.dropna()


def _span(values: pd.Series, digits: int) -> str:
    return f"{values.min():.{digits}f} to {values.max():.{digits}f}"
