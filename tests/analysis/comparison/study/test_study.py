import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analysis.comparison.parameters.pores import KEPT_OUT
from analysis.comparison.study import published
from analysis.comparison.study.cells import (
    GEOMETRY,
    NF270_RADIUS_NM,
    STUDY_RADIUS_NM,
    VARIANTS,
    Placement,
    Variant,
    ions_of,
    study_problem,
    swollen,
)
from analysis.comparison.study.compare import compare_study
from analysis.comparison.study.counts import honours, region
from analysis.comparison.study.orders import verdict
from analysis.comparison.study.twins import FeedIons
from membranes.layouts.plans import LAYOUTS

LAYER = Placement(np.linspace(-2.4, -1.0, 28), -np.ones(28))
SPREAD = Placement(np.linspace(-2.4, 2.4, 14), np.ones(14))
BOTH = Placement(
    np.concatenate([LAYER.z_nm, SPREAD.z_nm]), np.concatenate([LAYER.charges, SPREAD.charges])
)
STUDY_PORE = Variant("study pore, nominal charge", STUDY_RADIUS_NM)
BARE = Variant("study pore, no charge", STUDY_RADIUS_NM, 0.0)


@pytest.fixture(scope="module")
def found():
    placements = {"pH2": (SPREAD,), "pH7": (BOTH,)}
    return compare_study(
        placements, variants=[STUDY_PORE, BARE], tolerance=5e-3, level=1, processes=1
    )


@pytest.mark.parametrize("salt", ["NaCl", "CaCl2"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_every_cell_of_every_variant_is_neutral(variant, layout, salt):
    counts = {kind: part.count for kind, part in LAYOUTS[layout].items()}
    charges = np.repeat([1.0, -1.0], [counts.get("NH2+", 0), counts.get("COO-", 0)])
    placement = Placement(np.linspace(-2, 2, len(charges)), charges)
    problem = study_problem(placement, salt, variant)
    ions = sum(s.number * s.ion.charge for s in problem.species)
    fixed = problem.charge.net if problem.charge else 0.0
    assert ions + fixed == pytest.approx(0, abs=1e-9)
    assert fixed == pytest.approx(variant.fraction * charges.sum(), abs=1e-9)
    driven = [s.number for s in problem.species if s.driven]
    assert driven == [10, 20 if salt == "CaCl2" else 10]


def test_counter_ions_follow_the_effective_charge_on_both_sides():
    full, part = (ions_of("NaCl", -14, fraction)[-1] for fraction in (1.0, 0.15))
    assert (full.feed, full.permeate) == (7, 7)
    assert (part.feed, part.permeate) == pytest.approx((1.05, 1.05))


@pytest.mark.parametrize(("radius", "out"), [(STUDY_RADIUS_NM, True), (NF270_RADIUS_NM, False)])
def test_calcium_is_kept_out_of_pores_that_are_narrower_than_it(radius, out):
    problem = study_problem(SPREAD, "CaCl2", Variant("any", radius))
    assert (problem.excess["Ca2+"] == KEPT_OUT) == out
    assert problem.excess["Cl-"] < KEPT_OUT


def test_no_calcium_is_inside_where_it_is_kept_out(found):
    rows = found.tables["mean_z"].query("ion == 'Ca2+' and time_ns == 100")
    assert (rows["mean_z_nm"] < -2.5).all()
    inside = found.tables["counts"].query("ion == 'Ca2+' and quantity == 'not_entered'")
    assert np.allclose(inside["expected"], 30, atol=1e-6)


def test_published_values_come_through_untouched(found):
    stated = published.counts().query("layout in ['pH2', 'pH7']")
    for variant, rows in found.tables["counts"].groupby("variant"):
        assert variant in (STUDY_PORE.name, BARE.name)
        for mine, theirs in (("paper", "value"), ("of", "of"), ("qualifier", "qualifier")):
            assert rows[mine].tolist() == stated[theirs].tolist()
        assert rows["statement"].tolist() == stated["statement"].tolist()
    orders = published.orders()
    known = orders["layout"].isin(["pH2", "pH7"]) & orders["than_layout"].isin(["pH2", "pH7"])
    judged = found.tables["orders"].query("variant == @BARE.name")
    assert len(judged) == (known & (orders["method"] == "simulation")).sum()


def test_ranges_are_binomial_and_within_says_what_they_say(found):
    for row in found.tables["counts"].itertuples():
        share = row.expected / row.of
        low, high = binom.ppf([0.025, 0.975], row.of, np.clip(share, 0, 1))
        assert (row.low, row.high) == pytest.approx((low, high))
        if row.qualifier == "exact":
            assert row.within == (low <= row.paper <= high)
        assert row.expected_low <= row.expected <= row.expected_high
        assert row.within_a_placement == row.within


@pytest.mark.parametrize(
    ("value", "qualifier", "inside"),
    [
        (5, "exact", True),
        (3, "exact", False),
        (10, "exact", False),
        (3, "about", True),
        (2, "about", False),
        (10, "about", True),
        (3, "at least", True),
        (10, "at least", False),
        (3, "at most", False),
        (10, "at most", True),
    ],
)
def test_within_honours_what_the_study_says_of_a_number(value, qualifier, inside):
    assert honours(value, 30, qualifier, 4, 9) == inside


def test_an_unknown_word_is_an_error():
    with pytest.raises(ValueError, match="qualifier"):
        honours(1, 30, "around", 0, 2)
    with pytest.raises(ValueError, match="quantity"):
        region("behind", np.nan, SPREAD)
    with pytest.raises(ValueError, match="relation"):
        verdict("<", 1.0, 0.5)


def test_every_published_count_has_a_place():
    for row in published.counts().itertuples():
        low, high = region(row.quantity, row.beyond_nm, BOTH)
        assert low < high


def test_the_last_carboxylate_is_the_end_of_their_layer():
    assert region("past_carboxylate_layer", np.nan, BOTH)[0] == -1.0


def test_variants_without_charge_do_not_know_their_layout(found):
    rows = found.tables["mean_z"].query("variant == @BARE.name")
    by_layout = rows.pivot(index=["salt", "ion", "time_ns"], columns="layout", values="mean_z_nm")
    assert by_layout["pH2"].equals(by_layout["pH7"])
    between = found.tables["orders"].query("variant == @BARE.name and layout != than_layout")
    assert len(between)
    assert (between["difference"] == 0).all()
    assert set(between["verdict"]) == {"undecided"}


def test_opposite_charges_at_the_surface_hold_back_opposite_ions(found):
    at_end = found.tables["mean_z"].query("variant == @STUDY_PORE.name and time_ns == 100")
    z = at_end.set_index(["layout", "salt", "ion"])["mean_z_nm"]
    assert z["pH2", "NaCl", "Cl-"] > z["pH2", "NaCl", "Na+"]
    assert z["pH7", "NaCl", "Cl-"] > z["pH7", "NaCl", "Na+"]
    held = found.tables["counts"].query(
        "variant == @STUDY_PORE.name and quantity == 'past_carboxylate_layer'"
    )
    assert held["within"].all()


def test_shares_of_even_ions_are_lengths():
    ions = FeedIons(30, np.array([-1.0, 0.0, 3.0]), np.array([[0.25, 0.75]]))
    assert ions.between(-0.5, 1.0)[0] == pytest.approx(1.5 / 4)
    assert ions.mean_z[0] == pytest.approx(1.0)
    assert ions.sd[0] == pytest.approx(4 / np.sqrt(12))
    # The largest of n even numbers has the distribution x^n.
    assert ions.foremost(0.5, 0) == pytest.approx(-1 + 4 * 0.5 ** (1 / 30))
    assert ions.histogram(np.array([-1.0, 1.0, 3.0]), 0) == pytest.approx([0.5, 0.5])


def test_swollen_groups_keep_their_order_and_lie_between_the_faces():
    z = np.array([-2.2, -1.7, 0.0, 1.7, 1.9])
    places = swollen(z, (-1.7, 1.7))
    assert places[1:4] == pytest.approx([-2.5, 0, 2.5])
    placed = Placement(places, np.ones(5))
    assert (placed.z_nm >= GEOMETRY.faces[0] / 1e-9).all()
    assert (placed.z_nm <= GEOMETRY.faces[1] / 1e-9).all()


def test_tables_are_written_and_read_back(found, tmp_path):
    files = found.write(tmp_path)
    assert {path.name for path in files} >= {"summary.csv", "counts.csv", "assumptions.json"}
    read = pd.read_csv(tmp_path / "counts.csv")
    assert read["paper"].tolist() == found.tables["counts"]["paper"].tolist()
    summary = pd.read_csv(tmp_path / "summary.csv").set_index("variant")
    within = read.groupby("variant")["within"].sum()
    assert (summary["counts_within"] == within[summary.index]).all()


def test_no_placements_are_an_error():
    with pytest.raises(ValueError, match="placements"):
        compare_study({"pH2": ()})
