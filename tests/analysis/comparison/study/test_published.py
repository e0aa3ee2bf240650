import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

from analysis.comparison.study import published
from membranes.layouts.plans import LAYOUTS

ROOT = Path(__file__).parents[4]
CAMPAIGN = yaml.safe_load((ROOT / "config" / "paper.yaml").read_text(encoding="utf-8"))
FEED = {salt: options["ions"] for salt, options in CAMPAIGN["salts"].items()}
HALF_CELL_NM = 2.5 + 4.6
WHERE = ["layout", "salt", "ion", "time_ns"]
COUNTS = published.counts()
ORDERS = published.orders()
SNAPSHOTS = {"-".join(map(str, where)): group for where, group in COUNTS.groupby(WHERE)}
NESTED = [
    ("permeate", "past_center"),
    ("permeate", "past_z"),
    ("past_center", "past_z"),
    ("permeate", "entered"),
    ("past_center", "entered"),
]
"""Who is in the first place is in the second; past_z is so where its z is below 0."""
APART = [
    ("permeate", "in_membrane", "not_entered"),
    ("permeate", "in_dense_region", "not_entered"),
    ("past_center", "not_entered"),
    ("past_center", "not_in_dense_region"),
    ("past_center", "at_feed_surface"),
    ("permeate", "at_feed_surface"),
    ("entered", "not_entered"),
]
"""Who is in one of these places is in no other."""


def values(snapshot):
    return dict(zip(snapshot["quantity"], snapshot["value"], strict=True))


def key(row, prefix=""):
    return tuple(row[prefix + name] for name in ("layout", "salt", "ion"))


@pytest.mark.parametrize("name", ["counts", "places", "orders", "clusters", "pair_lifetimes"])
def test_names_are_those_of_the_campaign(name):
    table = getattr(published, name)()
    for column in table.columns.intersection(["layout", "than_layout"]):
        assert set(table[column]) <= set(LAYOUTS)
    for column in table.columns.intersection(["salt", "than_salt"]):
        assert set(table[column]) <= set(FEED)
    for salt, ion in (("salt", "ion"), ("than_salt", "than_ion")):
        if ion in table:
            pairs = zip(table[salt], table[ion], strict=True)
            assert all(i == "all" or i in FEED[s] for s, i in pairs)


def test_no_more_ions_are_counted_than_three_trials_have():
    of = [CAMPAIGN["trials"] * FEED[r["salt"]][r["ion"]] for _, r in COUNTS.iterrows()]
    assert COUNTS["of"].tolist() == of
    assert set(of) == {30, 60}
    assert COUNTS["value"].between(0, COUNTS["of"]).all()
    assert COUNTS["value"].dtype.kind == "i"
    assert not COUNTS.duplicated([*WHERE, "quantity"]).any()


@pytest.mark.parametrize("snapshot", SNAPSHOTS.values(), ids=SNAPSHOTS)
def test_places_of_one_moment_hold_no_ion_twice(snapshot):
    found = values(snapshot)
    assert (snapshot.loc[snapshot["quantity"] == "past_z", "beyond_nm"] < 0).all()
    for inner, outer in NESTED:
        if {inner, outer} <= set(found):
            assert found[inner] <= found[outer]
    for places in APART:
        assert sum(found.get(place, 0) for place in places) <= snapshot["of"].iloc[0]


@pytest.mark.parametrize(
    ("ion", "layout", "time", "places"),
    [
        ("Cl-", "pH2", 50, ("permeate", "in_dense_region", "not_entered")),
        ("Na+", "pH10", 100, ("permeate", "in_membrane")),
    ],
)
def test_where_every_ion_is_accounted_for_they_sum_up(ion, layout, time, places):
    wanted = f"layout == '{layout}' and salt == 'NaCl' and ion == '{ion}' and time_ns == {time}"
    found = values(COUNTS.query(wanted))
    assert sum(found[place] for place in places) == 30


def test_ions_that_are_driven_do_not_return_from_the_permeate():
    for _, rows in COUNTS.query("quantity == 'permeate'").groupby(WHERE[:3]):
        assert rows.sort_values("time_ns")["value"].is_monotonic_increasing


def test_only_permeate_and_places_with_a_number_have_a_z():
    given = COUNTS.groupby("quantity")["beyond_nm"].unique().map(list)
    assert given["permeate"] == [4.0]
    assert given["past_center"] == [0.0]
    named = COUNTS["quantity"].isin(["permeate", "past_center", "past_z"])
    assert (COUNTS["beyond_nm"].notna() == named).all()
    assert COUNTS["beyond_nm"].dropna().abs().max() < HALF_CELL_NM


def test_orders_agree_with_counts_of_the_same_moment():
    found = {
        (row["quantity"], row["time_ns"], *key(row)): row["value"] for _, row in COUNTS.iterrows()
    }
    compared = 0
    for _, row in ORDERS.iterrows():
        first = found.get((row["quantity"], row["time_ns"], *key(row)))
        second = found.get((row["quantity"], row["time_ns"], *key(row, "than_")))
        if first is not None and second is not None:
            assert first > second
            compared += 1
    assert compared


def test_less_of_calcium_chloride_comes_through_in_counts_too():
    permeated = COUNTS.query("quantity == 'permeate' and layout in ['pH2', 'pH7', 'pH10']")
    latest = permeated.groupby(["layout", "salt", "ion"])["value"].max()
    share = latest.groupby(["layout", "salt"]).sum().unstack(fill_value=0)
    assert (share["NaCl"] > share["CaCl2"]).all()


def test_orders_go_in_no_circle():
    strict = ORDERS[ORDERS["relation"] != "~"]
    assert set(ORDERS["relation"]) == {">", ">>", "~"}
    for _, rows in strict.groupby(["method", "quantity", "time_ns"], dropna=False):
        arrows: dict[tuple, set] = {}
        for _, row in rows.iterrows():
            arrows.setdefault(key(row), set()).add(key(row, "than_"))
        assert list(TopologicalSorter(arrows).static_order())
    who = ["quantity", *WHERE[:3], "than_layout", "than_salt", "than_ion", "time_ns"]
    assert not ORDERS.duplicated(["method", *who]).any()
    for _, row in ORDERS.iterrows():
        assert key(row) != key(row, "than_") or row["quantity"] == "separation"


def test_every_quantity_is_defined_and_every_definition_used():
    assert set(COUNTS["quantity"]) | set(ORDERS["quantity"]) == set(published.definitions())


def test_words_are_within_their_vocabulary():
    allowed = {"exact", "about", "at least", "at most"}
    for table in (COUNTS, published.clusters(), published.numbers()):
        assert set(table["qualifier"]) <= allowed
    assert set(published.places()["feature"]) == {
        "mean", "most ions", "many ions", "only peak", "main peak", "peak"
    }  # fmt: skip


def test_places_with_a_z_are_on_the_side_that_their_name_says():
    places = published.places().dropna(subset="z_nm")
    assert places["z_nm"].abs().max() < HALF_CELL_NM
    left = places["place"].str.startswith("feed")
    assert (places.loc[left, "z_nm"] < 0).all()
    assert (places.loc[~left, "z_nm"] > 0).all() and (~left).any()
    reservoir = places["place"] == "feed reservoir"
    surface = places["place"] == "feed surface"
    assert places.loc[reservoir, "z_nm"].max() < places.loc[surface, "z_nm"].min()


def test_a_distribution_has_one_main_peak():
    table = published.places()
    main = table[table["feature"].isin(["main peak", "only peak"])]
    assert not main.duplicated(WHERE).any()
    alone = main.loc[main["feature"] == "only peak", WHERE].apply(tuple, axis=1)
    others = table.loc[table["feature"] == "peak", WHERE].apply(tuple, axis=1)
    assert set(alone).isdisjoint(others)


def test_most_ions_at_the_feed_surface_are_not_past_the_center():
    held = published.places().query("feature == 'most ions' and place == 'feed surface'")
    both = held.merge(COUNTS.query("quantity == 'past_center'"), on=WHERE)
    assert len(both) >= 6
    assert (both["value"] < both["of"] / 2).all()


def test_clusters_are_of_ions_that_are_there_and_nearly_neutral():
    charge = {"Na+": 1, "Ca2+": 2, "Cl-": -1}
    table = published.clusters()
    counted = table.dropna(subset="number")
    for _, rows in counted.groupby(["layout", "salt"]):
        charges = rows["ion"].map(charge) * rows["number"]
        assert abs(charges.sum()) < 0.1 * charges.abs().sum()
        for _, row in rows.iterrows():
            assert row["number"] <= row["trials"] * FEED[row["salt"]][row["ion"]]
    # The void of CaCl2 at pH 2 goes on filling from 50 to 100 ns.
    early = counted.query("salt == 'CaCl2'")["number"].sum() / (3 * sum(FEED["CaCl2"].values()))
    assert early < table["fraction"].max() <= 1


def test_pairs_of_calcium_live_ten_times_as_long_within_the_length_of_a_run():
    table = published.pair_lifetimes().pivot(
        index="layout", columns="salt", values="max_lifetime_ns"
    )
    assert (table["CaCl2"] > 10 * table["NaCl"]).all()
    assert (table > 0).all(axis=None) and (table < 100).all(axis=None)


def test_permeation_is_a_share_and_follows_the_stated_orders():
    table = published.experiment()
    assert table["permeation_percent"].between(0, 100).all()
    assert (table["pressure_low_bar"] < table["pressure_high_bar"]).all()
    assert (table["feed_molarity"] > 0).all()
    assert table[["low_percent", "high_percent"]].isna().all(axis=None)
    table["layout"] = "pH" + table["pH"].astype(int).astype(str)
    found = {key(row): row["permeation_percent"] for _, row in table.iterrows()}
    orders = ORDERS.query("method == 'experiment'")
    known = [
        found[key(row)] > found[key(row, "than_")]
        for _, row in orders.iterrows()
        if key(row) in found and key(row, "than_") in found
    ]
    assert all(known) and len(known) >= 6
    sodium, chloride = (
        table.query(f"salt == 'NaCl' and ion == '{ion}'")["permeation_percent"].tolist()
        for ion in ("Na+", "Cl-")
    )
    assert sodium == chloride  # The permeate is neutral.


def test_zeta_falls_through_zero_where_its_sign_changes():
    table = published.zeta().sort_values("pH")
    known = table.dropna(subset="zeta_mV")
    assert known["zeta_mV"].is_monotonic_decreasing
    assert (known["zeta_mV"].map(lambda mv: (mv > 0) - (mv < 0)) == known["sign"]).all()
    assert table["sign"].is_monotonic_decreasing and set(table["sign"]) == {-1, 0, 1}


HEADLINES = {
    ("pH2", "NaCl", "Cl-", 100, "permeate"): 3,
    ("pH2", "NaCl", "Na+", 100, "permeate"): 1,
    ("pH2", "NaCl", "Cl-", 100, "past_center"): 18,
    ("pH2", "NaCl", "Na+", 100, "not_entered"): 12,
    ("pH7", "NaCl", "Cl-", 50, "permeate"): 10,
    ("pH7", "NaCl", "Cl-", 100, "past_center"): 20,
    ("pH7", "NaCl", "Na+", 100, "past_carboxylate_layer"): 0,
    ("pH10", "NaCl", "Na+", 100, "permeate"): 1,
    ("pH2", "CaCl2", "Ca2+", 100, "permeate"): 0,
    ("pH7", "CaCl2", "Cl-", 100, "past_center"): 11,
    ("pH7", "CaCl2", "Cl-", 100, "permeate"): 4,
    ("pH10", "CaCl2", "Ca2+", 100, "past_center"): 0,
}
"""Read in the publication once more, apart from the tables."""


@pytest.mark.parametrize("moment", HEADLINES, ids=lambda m: "-".join(map(str, m)))
def test_headline_numbers_are_as_published(moment):
    table = COUNTS.set_index([*WHERE, "quantity"])["value"]
    assert table[moment] == HEADLINES[moment]


def test_tables_are_fresh_copies():
    spoiled = published.counts()
    spoiled["value"] = -1
    assert (published.counts()["value"] >= 0).all()


def test_the_module_loads_no_pandas():
    program = "import sys, analysis.comparison.study.published; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"pandas", "openmm", "MDAnalysis", "matplotlib"}.isdisjoint(loaded)
