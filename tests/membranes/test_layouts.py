"""Charge layouts: exact counts, places, seeds and refusals."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from membranes import lay_out
from membranes.layouts import (
    LAYOUTS,
    NAMES,
    PAPER_BOX_NM,
    LayoutError,
    canonical,
    place,
    required_sites,
)
from membranes.options import LayoutOptions
from membranes.profile import dense_region

NET = {"pH2": 14, "pH10": -30}
"""Net charges of the study, e; every other layout has -14."""


@pytest.mark.parametrize("layout", NAMES)
def test_layout_in_the_studys_box_has_the_studys_net_charge(layout):
    counts = required_sites(layout, LayoutOptions(), PAPER_BOX_NM)
    assert counts.get("NH2+", 0) - counts.get("COO-", 0) == NET.get(layout, -14)


@pytest.mark.parametrize("layout", NAMES)
@given(scale=st.floats(0.05, 4))
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
    for seed in range(40):
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
        for seed in range(150)
    ]
    flipped = [
        lay_out(film, "flip", {"NH2+": 5, "COO-": 0}, seed=seed).groups["z_nm"].mean()
        for seed in range(150)
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
