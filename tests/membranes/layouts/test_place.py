"""Charge layouts: exact counts, places, seeds and refusals."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mdtools import seeds
from membranes import lay_out, titrate
from membranes.layouts.errors import LayoutError
from membranes.layouts.options import LayoutOptions
from membranes.layouts.place import place
from membranes.layouts.placement import DENSITIES, LAYERS, Region, SampledDensity, choose_sites
from membranes.layouts.plans import (
    LAYOUTS,
    NAMES,
    PAPER_BOX_NM,
    canonical,
    required_sites,
    unusable_names,
)
from membranes.networks.profile import dense_region
from tests.membranes.conftest import grid_network

NET = {"pH2": 14, "pH10": -30}
"""Net charges of the study, e; every other layout has -14."""
STUDY = {
    "pH2": {"NH2+": (14, "anywhere")},
    "pH7": {"NH2+": (14, "anywhere"), "COO-": (28, "feed")},
    "pH10": {"COO-": (30, "anywhere")},
    "flip": {"NH2+": (14, "anywhere"), "COO-": (28, "permeate")},
    "bilayer": {"NH2+": (14, "permeate"), "COO-": (28, "feed")},
    "feed": {"COO-": (14, "feed")},
    "center": {"COO-": (14, "center")},
    "permeate": {"COO-": (14, "permeate")},
}
"""The study's membranes: groups of each kind and where, layers being 1.5 nm of 3 nm."""
SURFACE_NM = 1.5
STEEP = ([0, 0.5, 1], [1, 0.2, 0])


@cache
def roomy_film():
    """A neutral film of the study's thickness with more sites than any of its layouts needs."""
    network = grid_network(60, 60, box=(4.0, 4.0, 3.0))
    amines, acyls = network.arms_in("NH"), network.arms_in("COCl")
    links = list(zip(amines[::2], acyls[::3], strict=True))
    states = {arm: "amide" for link in links for arm in link}
    network = network.change(states, links)
    return network.change(dict.fromkeys(network.arms_in("COCl"), "COOH"))


@pytest.mark.parametrize("layout", NAMES)
def test_layout_in_the_studys_box_has_the_studys_net_charge(layout):
    counts = required_sites(layout, LayoutOptions(), PAPER_BOX_NM)
    assert counts.get("NH2+", 0) - counts.get("COO-", 0) == NET.get(layout, -14)


@pytest.mark.parametrize("layout", NAMES)
@given(scale=st.floats(0.05, 4))
@settings(max_examples=20)
def test_groups_scale_with_volume_and_kinds_keep_their_ratio(layout, scale):
    full = required_sites(layout, LayoutOptions(), PAPER_BOX_NM)
    scaled = required_sites(layout, LayoutOptions(), (5.2, 5.2, 5.0 * scale))
    for kind, count in full.items():
        assert abs(scaled[kind] - count * scale) <= 1.0
    net = {key: n.get("NH2+", 0) - n.get("COO-", 0) for key, n in (("f", full), ("s", scaled))}
    assert abs(net["s"] - net["f"] * scale) <= 1.0


def test_quarter_of_the_studys_area_has_its_charge_per_area():
    counts = required_sites("pH7", LayoutOptions(), (2.6, 2.6, 5.0))
    assert counts == {"NH2+": 4, "COO-": 8}


@pytest.mark.parametrize("layout", NAMES)
def test_network_carries_exactly_the_counts_asked_for(film, layout):
    counts = dict.fromkeys(LAYOUTS[canonical(layout)], 6)
    charged = lay_out(film, layout, counts, seed=4)
    charged.check()
    assert charged.groups["kind"].value_counts().to_dict() == counts
    assert charged.formal_charge == counts.get("NH2+", 0) - counts.get("COO-", 0)
    assert abs(charged.template_charge - charged.formal_charge) < 1e-6


def test_carboxylates_of_ph7_sit_in_the_feed_layer(film):
    result = place(film, "pH7", {"NH2+": 4, "COO-": 8}, seed=1)
    low, _ = dense_region(film)
    groups = result.network.groups
    z = groups.loc[groups["kind"] == "COO-", "z_nm"]
    assert result.report["layer_widened_nm"]["COO-"] == 0
    assert z.max() <= low + result.report["layer_nm"] + 1e-9


def test_flip_of_a_membrane_is_ph7_of_its_mirror_image(film):
    mirrored = replace(film, positions=film.positions * [1, 1, -1])
    low, high = dense_region(film)
    z = {"pH7": [], "flip": []}
    for seed in range(20):
        for layout, network, sign in (("pH7", mirrored, -1), ("flip", film, 1)):
            groups = lay_out(network, layout, {"NH2+": 4, "COO-": 8}, seed=seed).groups
            acids = groups[groups["kind"] == "COO-"]
            assert (sign * acids["z_nm"] > (low + high) / 2 - 0.2).all()
            z[layout].append(sign * groups[groups["kind"] == "NH2+"]["z_nm"].mean())
    spread = np.std(z["flip"]) / np.sqrt(len(z["flip"]))
    assert abs(np.mean(z["pH7"]) - np.mean(z["flip"])) < 4 * spread


def test_alias_is_the_same_layout_in_every_respect(film):
    counts = {"NH2+": 4, "COO-": 8}
    control = lay_out(film, "control", counts, seed=3)
    assert control.groups.equals(lay_out(film, "pH7", counts, seed=3).groups)
    named = LayoutOptions(counts={"pH7": counts})
    assert required_sites("control", named, PAPER_BOX_NM) == counts


@pytest.mark.parametrize("counts", [{"COO-": 5}, {"NH2+": 2, "COO-": 5}, {}])
def test_counts_of_other_kinds_than_the_layouts_are_refused(film, counts):
    with pytest.raises(LayoutError, match=r"it places NH2\+, each needs its count"):
        lay_out(film, "pH2", counts)


def test_ramp_is_denser_toward_the_permeate(film):
    z = [
        lay_out(film, "pH7", {"NH2+": 5, "COO-": 0}, seed=seed).groups["z_nm"].mean()
        for seed in range(60)
    ]
    flipped = [
        lay_out(film, "flip", {"NH2+": 5, "COO-": 0}, seed=seed).groups["z_nm"].mean()
        for seed in range(60)
    ]
    assert np.mean(z) > np.mean(flipped) + 3 * np.std(z) / np.sqrt(len(z))


def test_too_narrow_a_layer_is_widened_and_the_report_says_so(film):
    options = LayoutOptions(surface_layer_nm=0.05)
    result = place(film, "feed", {"COO-": 30}, seed=1, options=options)
    assert result.report["counts"] == {"COO-": 30}
    assert result.report["layer_widened_nm"]["COO-"] > 0


def test_same_seed_same_groups_and_another_seed_others(film):
    first = lay_out(film, "pH2", {"NH2+": 10}, seed=1).groups
    assert first.equals(lay_out(film, "pH2", {"NH2+": 10}, seed=1).groups)
    assert not first.equals(lay_out(film, "pH2", {"NH2+": 10}, seed=2).groups)


def test_more_groups_than_sites_are_refused_with_both_numbers(film):
    sites = len(film.arms_in("NH"))
    with pytest.raises(LayoutError, match=rf"wants {sites + 1} NH2\+.* has {sites} free amine"):
        lay_out(film, "pH2", {"NH2+": sites + 1})


def test_unknown_layout_is_refused_with_the_names_allowed(film):
    with pytest.raises(LayoutError, match="pH11.*allowed: pH2"):
        lay_out(film, "pH11")


@pytest.mark.parametrize("layout", STUDY)
def test_layout_is_the_studys_in_numbers_and_places(layout):
    film = roomy_film()
    counts = required_sites(layout, LayoutOptions(), PAPER_BOX_NM)
    result = place(film, layout, counts, seed=2)
    low, high = dense_region(film)
    layer = SURFACE_NM * min(1, (high - low) / 3)
    limits = {
        "anywhere": (-np.inf, np.inf),
        "feed": (-np.inf, low + layer),
        "center": ((low + high - layer) / 2, (low + high + layer) / 2),
        "permeate": (high - layer, np.inf),
    }
    groups = result.network.groups
    assert set(groups["kind"]) == set(STUDY[layout])
    for kind, (count, where) in STUDY[layout].items():
        z = groups.loc[groups["kind"] == kind, "z_nm"]
        assert len(z) == count
        assert z.between(*limits[where]).all()
    assert set(result.report["layer_widened_nm"].values()) == {0.0}


@settings(max_examples=40, deadline=None)
@given(
    layout=st.sampled_from(NAMES),
    amines=st.integers(0, 60),
    acids=st.integers(0, 120),
    seed=st.integers(0, 2**31),
)
def test_counts_are_exact_for_any_number_and_seed(layout, amines, acids, seed):
    wanted = {"NH2+": amines, "COO-": acids}
    wanted = {kind: wanted[kind] for kind in LAYOUTS[canonical(layout)]}
    result = place(roomy_film(), layout, wanted, seed)
    found = result.network.groups["kind"].value_counts().to_dict()
    assert found == {kind: count for kind, count in wanted.items() if count}
    for kind, count in wanted.items():
        assert sum(result.report["z_histogram"]["groups"][kind]) == count


HEIGHTS = st.lists(st.floats(-2, 2), min_size=1, max_size=40)


@settings(deadline=None)
@given(
    z=HEIGHTS,
    share=st.floats(0, 1),
    seed=st.integers(0, 2**31),
    places=st.sampled_from(
        [("ramp", "ramp feed"), ("feed", "permeate"), ("center", "center"), ("whole", "whole")]
    ),
)
def test_mirror_image_of_a_place_takes_the_mirror_images_of_its_sites(z, share, seed, places):
    z, count = np.array(z), round(share * len(z))
    here = choose_sites(z, count, places[0], Region(-1.2, 1.5, 0.7), seeds.generator(seed))
    there = choose_sites(-z, count, places[1], Region(-1.5, 1.2, 0.7), seeds.generator(seed))
    assert here.rows == there.rows
    assert here.widened_nm == pytest.approx(there.widened_nm, abs=1e-12)


@settings(deadline=None)
@given(
    z=HEIGHTS,
    share=st.floats(0, 1),
    seed=st.integers(0, 2**31),
    where=st.sampled_from([*DENSITIES, *LAYERS, SampledDensity((0.2, 0.4, 0.6), (0, 3, 0))]),
)
def test_choice_is_reproducible_exact_and_leaves_its_place_only_as_far_as_needed(
    z, share, seed, where
):
    z, count = np.array(z), round(share * len(z))
    region = Region(-1.0, 1.0, 0.5)
    choice = choose_sites(z, count, where, region, seeds.generator(seed))
    assert choice == choose_sites(z, count, where, region, seeds.generator(seed))
    assert len(set(choice.rows)) == len(choice.rows) == count
    assert (choice.widened_nm > 0) == (choice.inside < count)
    if where == "feed":
        assert choice.inside == (z <= -0.5).sum()
        beyond = np.sort(np.maximum(0, z + 0.5))
        assert choice.widened_nm == (pytest.approx(beyond[count - 1]) if count else 0)


def test_groups_over_many_seeds_follow_the_density_at_the_sites(film):
    # 5 of 60 amines: no site is certain, so each has count * density / sum of densities
    density = {"NH2+": STEEP}
    low, high = dense_region(film)
    sites = film.positions[[film.centre(arm) for arm in film.arms_in("NH")], 2]
    chance = np.interp((sites - low) / (high - low), *STEEP)
    z = np.concatenate(
        [lay_out(film, density, {"NH2+": 5}, seed).groups["z_nm"] for seed in range(150)]
    )
    edges = np.quantile(sites, np.linspace(0, 1, 6))
    edges[[0, -1]] = -np.inf, np.inf
    expected = np.histogram(sites, edges, weights=chance)[0]
    found = np.histogram(z, edges)[0]
    possible = expected > 0
    assert found[~possible].sum() == 0
    expected = expected[possible] * found.sum() / expected.sum()
    assert stats.chisquare(found[possible], expected).pvalue > 1e-3


@pytest.mark.parametrize(
    "where",
    [SampledDensity((0, 1), (2, 0)), lambda height: 2 * (1 - height)],
    ids=["samples", "function"],
)
def test_dense_sites_give_the_density_asked_for(where):
    # density 2 (1 - h) on [0, 1] has the cumulative distribution 1 - (1 - h)^2
    generator = np.random.default_rng(1)
    z = generator.uniform(-1.5, 1.5, 4000)
    choice = choose_sites(z, 300, where, Region(-1.5, 1.5, 1.0), generator)
    heights = (z[choice.rows] + 1.5) / 3
    assert stats.kstest(heights, lambda h: 1 - (1 - h) ** 2).pvalue > 1e-3


def test_every_site_of_a_layer_has_the_same_chance():
    z = np.linspace(-1, 1, 21)
    picks = np.zeros(21)
    for seed in range(2000):
        choice = choose_sites(z, 4, "feed", Region(-1, 1, 1.0), np.random.default_rng(seed))
        picks[choice.rows] += 1
    assert (picks[z > 0] == 0).all()
    assert stats.chisquare(picks[z <= 0]).pvalue > 1e-3


def test_neighbours_are_picked_together_as_often_as_any_other_pair():
    # of simple random samples of 2 out of 6, each of the 15 pairs is as likely
    pairs = {}
    for seed in range(1500):
        generator = np.random.default_rng(seed)
        rows = tuple(choose_sites(np.zeros(6), 2, "whole", Region(-1, 1, 1.0), generator).rows)
        pairs[rows] = pairs.get(rows, 0) + 1
    assert len(pairs) == 15
    assert stats.chisquare(list(pairs.values())).pvalue > 1e-3


def test_density_without_sites_enough_is_widened_and_the_report_says_so(film):
    narrow = {"COO-": ([0, 0.1, 0.2], [1, 1, 0])}
    result = place(film, narrow, {"COO-": 30}, seed=1)
    (placement,) = result.report["placements"]["COO-"]
    low, high = dense_region(film)
    top = low + 0.2 * (high - low)
    z = np.sort(film.positions[[film.centre(arm) for arm in film.arms_in("COOH")], 2])
    assert placement["sites_inside"] == (z < top).sum() < 30
    assert placement["widened_nm"] == pytest.approx(z[29] - top, abs=2 * (high - low) / 1000)
    assert np.sort(result.network.groups["z_nm"])[-1] <= z[29] + 1e-9


@pytest.mark.parametrize(
    ("layout", "counts", "said"),
    [
        (
            "feed",
            {"COO-": 50},
            r"wants 50 COO- in the feed layer of 0\.00 nm, with \d+ carboxylic ",
        ),
        (
            {"COO-": ([0, 0.1], [1, 0])},
            {"COO-": 50},
            r"wants 50 COO- at heights of a density above 0, with \d+ carboxylic",
        ),
    ],
)
def test_place_that_must_not_be_widened_stops_with_the_number_of_its_sites(
    film, layout, counts, said
):
    options = LayoutOptions(surface_layer_nm=0, widen=False)
    with pytest.raises(LayoutError, match=said) as caught:
        lay_out(film, layout, counts, options=options)
    assert "layout_options.widen to true" in str(caught.value)


@pytest.mark.parametrize("layout", ["feed", "center", "permeate"])
def test_layer_of_the_thickness_that_the_error_names_is_wide_enough(film, layout):
    narrow = LayoutOptions(surface_layer_nm=0.1, widen=False)
    with pytest.raises(LayoutError, match=f"the {layout} layer of") as caught:
        lay_out(film, layout, {"COO-": 25}, options=narrow)
    enough = float(str(caught.value).split("surface_layer_nm to at least ")[1].split(",")[0])
    options = LayoutOptions(surface_layer_nm=enough, widen=False)
    assert len(lay_out(film, layout, {"COO-": 25}, options=options).groups) == 25
    with pytest.raises(LayoutError):
        tight = LayoutOptions(surface_layer_nm=enough - 0.02, widen=False)
        lay_out(film, layout, {"COO-": 25}, options=tight)


def test_surface_layer_without_any_site_is_widened_to_the_nearest(film):
    # all acids but those of the permeate half are gone to carboxylates, as after another layout
    low, high = dense_region(film)
    lower = [
        a for a in film.arms_in("COOH") if film.positions[film.centre(a), 2] < (low + high) / 2
    ]
    emptied = film.change(dict.fromkeys(lower, "COO-"))
    layer = LayoutOptions(surface_layer_nm=0.5)
    result = place(emptied, "feed", {"COO-": 3}, options=layer)
    assert result.report["placements"]["COO-"][0]["sites_inside"] == 0
    z = np.sort(emptied.positions[[emptied.centre(a) for a in emptied.arms_in("COOH")], 2])
    reach = z[2] - low - result.report["layer_nm"]
    assert result.report["layer_widened_nm"]["COO-"] == pytest.approx(reach)


def test_report_counts_groups_and_sites_along_z_and_can_be_written(film):
    result = place(film, {"NH2+": STEEP, "COO-": lambda height: height}, {"NH2+": 4, "COO-": 9}, 3)
    report = json.loads(json.dumps(result.report))
    groups, histogram = result.network.groups, report["z_histogram"]
    for kind in ("NH2+", "COO-"):
        z = groups.loc[groups["kind"] == kind, "z_nm"]
        assert histogram["groups"][kind] == np.histogram(z, histogram["edges_nm"])[0].tolist()
        assert sum(histogram["sites"][kind]) == report["sites"][kind]
    assert report["sites"] == {"NH2+": len(film.arms_in("NH")), "COO-": len(film.arms_in("COOH"))}
    assert report["counts"] == {"NH2+": 4, "COO-": 9}
    assert report["net_charge_e"] == -5
    assert report["where"] == {"NH2+": "profile", "COO-": "profile"}
    samples = report["placements"]["COO-"][0]["density"]
    assert samples["density"] == pytest.approx(samples["z"])
    assert report["seed"] == 3


def test_densities_without_counts_take_the_studys_scaled(film):
    # 4 x 4 x 3 nm of 5.2 x 5.2 x 5 nm: 14 * 0.355 = 5.0 amines, net -14 * 0.355 = -5.0
    both = lay_out(film, {"NH2+": STEEP, "COO-": STEEP}).groups["kind"].value_counts()
    assert both.to_dict() == {"NH2+": 5, "COO-": 10}
    assert len(lay_out(film, {"COO-": STEEP}).groups) == 5


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ({}, "given for nothing; allowed are NH2"),
        ({"SO3-": STEEP}, "given for SO3-; allowed are NH2"),
        ({"NH2+": ([0, 1], [1])}, "as many as there are z"),
        ({"NH2+": ([0, 2], [1, 1])}, "within 0 .feed face. to 1"),
        ({"NH2+": ([1, 0], [1, 1])}, "z must be rising"),
        ({"NH2+": ([0, 1], [1, -1])}, "nowhere below 0"),
        ({"NH2+": ([0, 1], [1, np.nan])}, "density must be finite"),
        ({"NH2+": ([0, 1], [0, 0])}, "density must be above 0 somewhere"),
        ({"NH2+": lambda height: 0}, "0 everywhere"),
        ({"NH2+": lambda height: -height}, "is -.* at height .*, allowed is a finite number"),
        ({"NH2+": 3}, "allowed is a function of the height from 0 to 1, or a pair"),
    ],
)
def test_density_that_makes_no_sense_is_refused(film, layout, said):
    with pytest.raises(LayoutError, match=said):
        lay_out(film, layout, {"NH2+": 2})


@pytest.mark.parametrize("count", [-1, 2.5, True])
def test_count_that_is_no_number_of_groups_is_refused(film, count):
    with pytest.raises(LayoutError, match="allowed is a whole number from 0"):
        lay_out(film, "pH2", {"NH2+": count})


def test_counts_of_a_titration_fit_layouts_of_fewer_kinds(film):
    counts = titrate(2, area_nm2=16, volume_nm3=23.8)
    assert counts.as_layout_counts() == {"NH2+": 5, "COO-": 0}
    assert lay_out(film, "pH2", counts).formal_charge == 5
    with pytest.raises(LayoutError, match="it places COO-, each needs its count"):
        lay_out(film, "pH10", counts)


OWN = LayoutOptions(
    profiles={"feedward": {"NH2+": {"count": 5, "z": [0, 0.5, 1], "density": [1, 0, 0]}}},
    titrations={
        "NF270_pH10": {"pH": 10, "mode": "counts", "amine": 0, "carboxylate": 30},
        "anywhere": {
            "pH": 10,
            "mode": "counts",
            "amine": 0,
            "carboxylate": 30,
            "carboxylates": "whole",
        },
    },
)


def test_layout_of_ones_own_is_the_same_by_name_and_by_density(film):
    low, high = dense_region(film)
    named = place(film, "feedward", seed=5, options=OWN)
    assert named.report["layout"] == "feedward"
    z = named.network.groups["z_nm"]
    assert len(z) == 5
    assert (z < (low + high) / 2).all()
    assert required_sites("feedward", OWN, PAPER_BOX_NM) == {"NH2+": 5}


def test_titrated_carboxylates_of_the_first_pka_sit_at_the_feed_and_the_rest_anywhere():
    # at pH 10 the fit has 2.030 per nm2 of its first and 1.932 of its second pKa: 15 of 30
    film = roomy_film()
    low, _ = dense_region(film)
    inside = {"NF270_pH10": [], "anywhere": []}
    for layout, shares in inside.items():
        for seed in range(20):
            result = place(film, layout, seed=seed, options=OWN)
            z = result.network.groups["z_nm"]
            assert len(z) == 30
            shares.append((z <= low + result.report["layer_nm"]).mean())
    first, second = result.network, place(film, "NF270_pH10", options=OWN).report
    assert first.formal_charge == -30
    assert [part["count"] for part in second["placements"]["COO-"]] == [15, 15]
    assert min(inside["NF270_pH10"]) >= 0.5
    assert np.mean(inside["NF270_pH10"]) > np.mean(inside["anywhere"]) + 0.15
    assert second["assumptions"] == second["titration"]["assumptions"] != []


def test_titration_that_calls_for_more_than_the_network_has_is_refused(monomers):
    with pytest.raises(LayoutError, match=r"NF270_pH10 wants 30 COO-.*has 0.*calls for at most 0"):
        lay_out(monomers, "NF270_pH10", options=OWN)


def test_titration_takes_no_other_counts(film):
    with pytest.raises(LayoutError, match="follow from its pH; leave counts out"):
        lay_out(film, "anywhere", {"COO-": 2}, options=OWN)


@pytest.mark.parametrize("name", ["pH7", "ph7", "Control", "FEEDWARD"])
def test_name_of_ones_own_that_another_layout_has_is_refused(film, name):
    options = OWN.model_copy(update={"titrations": {name: OWN.titrations["anywhere"]}})
    assert [found[:2] for found in unusable_names(options)] == [("titrations", name)]
    with pytest.raises(LayoutError, match=rf"titrations\.{name}: allowed is a name other than"):
        lay_out(film, "pH2", options=options)


@pytest.mark.parametrize("name", ["a/b", "..", "", "my layout", "-x"])
def test_name_that_is_no_file_name_is_refused(name):
    with pytest.raises(ValueError, match="pattern"):
        LayoutOptions(profiles={name: {"NH2+": {"count": 1}}})
