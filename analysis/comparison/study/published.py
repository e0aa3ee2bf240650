"""What the study says of its own campaign and experiments, in tables that a twin can be held to.

All numbers are those of the text of S. Liu, Z. Foo, J. H. Lienhard, S. Keten and R. M. Lueptow,
"Membrane Charge Effects on Solute Transport in Polyamide Membranes", arXiv:2503.10871 (2025),
published in Membranes 15(6), 184 (2025); none is read off a figure. Columns ``section`` and
``figure`` say where in the preprint. Statements are rendered in other words.

z is 0 at the middle of the membrane and grows toward the permeate. Ions are feed ions; counter-ions
are in no table of places. ``qualifier`` is "exact", "about", "at least" or "at most". What the
study does not give is NaN, or None in columns of words.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

DATA = Path(__file__).with_name("published_campaign.json")


def source() -> dict[str, str | int]:
    """Return authors, title, journal, year, doi and a note on which version is quoted."""
    return dict(_raw()["source"])


def definitions() -> dict[str, str]:
    """Return what each word in the column ``quantity`` of ``counts`` and ``orders`` means."""
    return {**_raw()["quantities"], **_raw()["order_quantities"]}


def counts() -> pd.DataFrame:
    """Return numbers of feed ions in a place at a time, over all three trials.

    Returns
    -------
    DataFrame
        layout, salt, ion; time_ns, ns; quantity, see ``definitions``; value, ions; of, all feed
        ions of the kind over the trials; qualifier; beyond_nm, the z that the ions counted are
        beyond, nm, where the study names one; section, figure, statement.

    Examples
    --------
    >>> table = counts().query("layout == 'pH7' and salt == 'NaCl' and quantity == 'permeate'")
    >>> table[["ion", "time_ns", "value", "of"]].values.tolist()
    [['Cl-', 10, 1, 30], ['Cl-', 50, 10, 30]]
    """
    raw = _raw()
    table = _table("counts")
    of = [
        raw["trials"] * raw["feed"][salt][ion]
        for salt, ion in zip(table["salt"], table["ion"], strict=True)
    ]
    table.insert(table.columns.get_loc("value") + 1, "of", of)
    table["beyond_nm"] = table["beyond_nm"].fillna(table["quantity"].map(raw["beyond_nm"]))
    return table


def places() -> pd.DataFrame:
    """Return where most ions, their mean or the peaks of their distribution are, in words.

    Returns
    -------
    DataFrame
        layout, salt, ion; time_ns, ns; feature, what is there ("most ions", "many ions", "mean",
        "peak", "main peak", "only peak"); place; z_nm, about, where the study gives it, nm;
        section, figure, statement. A place "at most halfway" holds from time_ns on.
    """
    return _table("places")


def orders() -> pd.DataFrame:
    """Return which ions are deeper, or more of them somewhere, than which others.

    A row reads: ``quantity`` of (layout, salt, ion) ``relation`` that of (than_layout, than_salt,
    than_ion). Ion "all" stands for the feed ions of both kinds together.

    Returns
    -------
    DataFrame
        method, "simulation" or "experiment", whose layout is a pH; quantity, see ``definitions``;
        layout, salt, ion; relation, ">", ">>" (the study says much more) or "~" (it sees little or
        no difference); than_layout, than_salt, than_ion; time_ns, ns; section, figure, statement.
    """
    return _table("orders")


def clusters() -> pd.DataFrame:
    """Return how many feed ions gather in one place of the membrane.

    Returns
    -------
    DataFrame
        layout, salt, ion ("all" is both kinds); time_ns, ns; number, ions over as many trials as
        ``trials`` says; fraction of all feed ions, where it is given instead; qualifier; x_from_nm,
        x_to_nm, z_from_nm, z_to_nm, bounds of the place, nm; section, figure, statement.
    """
    return _table("clusters")


def pair_lifetimes() -> pd.DataFrame:
    """Return the longest lifetime of a pair, a mean over pairs.

    Returns
    -------
    DataFrame
        layout, salt, pair; max_lifetime_ns, ns, of runs of 100 ns, which those of CaCl2 nearly
        last; section.
    """
    return _table("pair_lifetimes")


def experiment() -> pd.DataFrame:
    """Return the measured permeation of ions.

    Returns
    -------
    DataFrame
        membrane, pH, salt, ion; permeation_percent, 100 times concentration in the permeate over
        that in the feed; low_percent, high_percent, its uncertainty, not given; pressure_low_bar,
        pressure_high_bar, bar, one of which it was, without saying which; feed_molarity, of the
        salt, mol/L; section, figure.
    """
    return _table("experiment")


def zeta() -> pd.DataFrame:
    """Return the measured zeta potential of the membrane against pH.

    Returns
    -------
    DataFrame
        membrane, pH; zeta_mV, mV, NaN where only the sign is said; sign, -1, 0 or 1; electrolyte,
        molarity, mol/L; section, statement.
    """
    return _table("zeta")


def numbers() -> pd.DataFrame:
    """Return other numbers that bear on where ions are, and how soon.

    Returns
    -------
    DataFrame
        name; layout, salt, None for all; value in ``unit``; qualifier; section, statement.
    """
    return _table("numbers")


def cautions() -> pd.DataFrame:
    """Return what the study itself warns of when simulation and experiment are compared.

    Returns
    -------
    DataFrame
        section, caution.
    """
    return _table("cautions")


def _table(name: str) -> pd.DataFrame:
    import pandas as pd

    raw = _raw()["tables"][name]
    table = pd.DataFrame(raw["rows"], columns=raw["columns"])
    empty = table.columns[table.isna().all()]
    return table.astype(dict.fromkeys(empty, float))


@cache
def _raw() -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return raw
