"""Where continuum theory and the study's simulations part, and why: reasons with their numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.study import published
from analysis.comparison.study.cells import STUDY_RADIUS_NM, Variant
from analysis.comparison.study.orders import AGREE, DISAGREE
from analysis.comparison.study.twins import Cells
from analysis.continuum.species import find

if TYPE_CHECKING:
    import pandas as pd

NAMED = ("variant", "where", "why", "paper", "twin", "unit", "evidence")


def parting_table(
    cells: Cells,
    variants: "tuple[Variant, ...]",
    counts: "pd.DataFrame",
    orders: "pd.DataFrame",
    together: "pd.DataFrame",
) -> "pd.DataFrame":
    """Say where theory and simulations part, with the numbers that show it and the likely reason.

    Returns
    -------
    DataFrame
        variant; where; why, a short text; paper and twin, one number of each in ``unit``; evidence,
        what these numbers are.
    """
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    for variant in variants:
        own = counts[counts["variant"] == variant.name]
        for row in (
            *_permeate(own),
            *_inside(own),
            *_kept_out(cells, variant),
            *_pairs(orders[orders["variant"] == variant.name]),
            *_trapped(together[together["variant"] == variant.name]),
            *_held(own),
            *_few(own, counts, variant, variants),
        ):
            rows.append((variant.name, *row))
    return pd.DataFrame(rows, columns=list(NAMED))


def _permeate(counts: "pd.DataFrame") -> "Sequence[tuple[object, ...]]":
    """Numbers in the permeate, of each salt."""
    rows = []
    exact = counts[(counts["quantity"] == "permeate") & (counts["qualifier"] != "at least")]
    for salt, own in exact.groupby("salt", sort=False):
        evidence = f"sum over {len(own)} stated counts in the permeate, all times"
        why = (
            "a twin has no bottlenecks, pairs and binding to groups; its drive goes on and the "
            "reservoir beyond is closed, so that all that can pass ends there"
            if own["expected"].sum() > own["paper"].sum()
            else "what holds ions back in theory is stronger than in the simulated membrane"
        )
        sums = float(own["paper"].sum()), float(own["expected"].sum())
        rows.append((f"permeate, {salt}", why, *sums, "ions", evidence))
    return rows


def _inside(counts: "pd.DataFrame") -> "Sequence[tuple[object, ...]]":
    """Numbers in the membrane and in its core."""
    own = counts[counts["quantity"].isin(["in_membrane", "in_dense_region"])]
    if not len(own):
        return []
    why = (
        "steric and Born exclusion keep out what the fixed charge does not hold: ions cross the "
        "membrane and do not fill it; simulated ions gather in it, in pairs, in clusters and at "
        "groups, beyond what its charge calls for"
    )
    sums = float(own["paper"].sum()), float(own["expected"].sum())
    return [("ions inside", why, *sums, "ions", f"sum over {len(own)} stated counts inside")]


def _kept_out(cells: Cells, variant: Variant) -> "Sequence[tuple[object, ...]]":
    """Ca2+ in the membrane at pH 2, where the study has 14 of them in one void at 50 ns."""
    cell = cells.get((variant.name, "pH2", "CaCl2"))
    void = published.clusters().query("layout == 'pH2' and salt == 'CaCl2' and ion == 'Ca2+'")
    if cell is None or not len(void):
        return []
    stated = void.iloc[0]
    low, high = float(stated["z_from_nm"]), float(stated["z_to_nm"])
    time = cell.at(float(stated["time_ns"]))
    ions = [twin.ions["Ca2+"] for twin in cell.twins]
    found = float(np.mean([kind.of * kind.between(low, high)[time] for kind in ions]))
    radius = 1e9 * find("Ca2+").stokes_radius
    if variant.pore_radius_nm is not None and variant.pore_radius_nm <= radius:
        why = (
            f"Stokes radius {radius:.2f} nm, pore radius {variant.pore_radius_nm:g} nm: theory of "
            "pores lets none in, while simulated ions find wider places and shed water"
        )
    else:
        why = "clusters of Ca2+ and Cl- in a void of the membrane: one dimension has no voids"
    numbers = float(stated["number"]), found
    evidence = f"Ca2+ from {low:g} to {high:g} nm at {stated['time_ns']:g} ns, pH 2"
    return [("Ca2+ inside, pH2", why, *numbers, "ions", evidence)]


def _pairs(orders: "pd.DataFrame") -> "Sequence[tuple[object, ...]]":
    """Cells of CaCl2 in which the study sees both ions together."""
    own = orders[(orders["relation"] == "~") & (orders["salt"] == "CaCl2")]
    own = own[own["layout"] == own["than_layout"]]
    own = own[own["salt"] == own["than_salt"]]
    if not len(own):
        return []
    longest = published.pair_lifetimes().query("salt == 'CaCl2'")["max_lifetime_ns"].max()
    apart = int((own["verdict"] == DISAGREE).sum())
    why = f"no pairs in theory; pairs of Ca2+ and Cl- last up to {longest:g} of 100 ns in the study"
    evidence = f"cells of {len(own)} with mean z of Ca2+ and Cl- apart at 100 ns"
    return [("Ca2+ and Cl- apart", why, 0.0, float(apart), "cells", evidence)]


def _trapped(together: "pd.DataFrame") -> "Sequence[tuple[object, ...]]":
    """How far both ions of CaCl2 get, in layouts in which the study has them at the surface."""
    own = together[together["layout"] != "pH2"]
    if not len(own):
        return []
    deep = int((own["mean_z_Cl_nm"] > 0).sum())
    if not deep:
        return []
    why = "Cl- leaves Ca2+ behind where NH2+ or the drive draws it; the study has it stay in pairs"
    evidence = f"cells of {len(own)} without that of pH 2 with mean z of Cl- past the middle"
    return [("Cl- of CaCl2 deep", why, 0.0, float(deep), "cells", evidence)]


def _held(counts: "pd.DataFrame") -> "Sequence[tuple[object, ...]]":
    """Na+ past the carboxylates at pH 7."""
    own = counts[counts["quantity"] == "past_carboxylate_layer"]
    last = own[own["time_ns"] == own["time_ns"].max()]
    if last["within"].all():
        return []
    why = (
        "the well of the layer of COO- is not deep enough for the drive; in the simulation Na+ "
        "sits at single groups"
    )
    sums = float(last["paper"].sum()), float(last["expected"].sum())
    return [("Na+ past COO-, pH7", why, *sums, "ions", "at 100 ns")]


def _few(
    counts: "pd.DataFrame",
    every: "pd.DataFrame",
    variant: Variant,
    variants: "tuple[Variant, ...]",
) -> "Sequence[tuple[object, ...]]":
    """Counts that cannot tell this variant from one without charge."""
    bare = [v for v in variants if v.pore_radius_nm == variant.pore_radius_nm and not v.fraction]
    if not bare or not variant.fraction:
        return []
    none = every[every["variant"] == bare[0].name].set_index(counts_keys())["within"]
    both = counts.set_index(counts_keys())["within"]
    shared = int((none.reindex(both.index) & both).sum())
    width = float(((counts["high"] - counts["low"]) / counts["of"]).mean())
    why = (
        "ten ions in three trials: the range of a count is "
        f"{100 * width:.0f} % of the ions wide on average"
    )
    evidence = f"counts of {int(both.sum())} within that are within without any charge, too"
    return [("few ions", why, float("nan"), float(shared), "counts", evidence)]


def counts_keys() -> list[str]:
    """Columns that name a published count."""
    return ["layout", "salt", "ion", "time_ns", "quantity"]


def summary_table(
    counts: "pd.DataFrame", orders: "pd.DataFrame", places: "pd.DataFrame"
) -> "pd.DataFrame":
    """How many counts, orders and places each variant of the theory gets.

    Returns
    -------
    DataFrame
        variant; counts, counts_within, counts_within_a_placement, mean_miss_percent (mean distance
        of expected and stated counts that are not bounds, of all ions); orders, orders_agree,
        orders_disagree, orders_undecided; places and the same of them.
    """
    import pandas as pd

    rows = []
    for name in dict.fromkeys(counts["variant"]):
        own = counts[counts["variant"] == name]
        sized = own[own["qualifier"].isin(["exact", "about"])]
        miss = ((sized["expected"] - sized["paper"]).abs() / sized["of"]).mean()
        row: dict[str, object] = {
            "variant": name,
            "counts": len(own),
            "counts_within": int(own["within"].sum()),
            "counts_within_a_placement": int(own["within_a_placement"].sum()),
            "mean_miss_percent": 100 * float(miss),
        }
        for kind, table in (("orders", orders), ("places", places)):
            judged = table.loc[table["variant"] == name, "verdict"]
            row[kind] = len(judged)
            for word in (AGREE, DISAGREE, "undecided"):
                row[f"{kind}_{word}"] = int((judged == word).sum())
        rows.append(row)
    return pd.DataFrame(rows)


def said(variants: "tuple[Variant, ...]") -> dict[str, str]:
    """What each variant is, in words."""
    radius = {v.name: v.pore_radius_nm for v in variants}
    return {
        v.name: (
            f"pore radius {radius[v.name]:g} nm" if radius[v.name] else "no exclusion by pores"
        )
        + f", {100 * v.fraction:g} % of the nominal charge, {v.closure}"
        + (
            ", Ca2+ kept out"
            if (radius[v.name] or np.inf) <= 1e9 * find("Ca2+").stokes_radius
            else ""
        )
        + (
            ", the geometric radius of the study's membranes"
            if radius[v.name] == STUDY_RADIUS_NM
            else ""
        )
        for v in variants
    }
