"""Charge layouts: exact counts, places, seeds and refusals."""

import numpy as np
import pytest

from membranes import lay_out
from membranes.layouts import LAYOUTS, NAMES, LayoutError, place, required_sites
from membranes.options import LayoutOptions
from membranes.profile import dense_region

NET = {"pH2": 14, "pH10": -30}
"""Net charges of the study, e; every other layout has -14."""


@pytest.mark.parametrize("layout", NAMES)
def test_layout_in_a_membrane_of_the_studys_size_has_the_studys_counts(layout):
    counts = required_sites(layout, LayoutOptions(), 67.0)
    assert counts.get("NH2+", 0) - counts.get("COO-", 0) == NET.get(layout, -14)
    assert required_sites(layout, LayoutOptions(), 130.0) == counts


@pytest.mark.parametrize("layout", NAMES)
def test_smaller_membranes_get_fewer_groups_in_proportion(layout):
    full = required_sites(layout, LayoutOptions(), 67.0)
    half = required_sites(layout, LayoutOptions(), 33.5)
    assert all(half[kind] == round(full[kind] / 2) for kind in full)


@pytest.mark.parametrize("layout", NAMES)
def test_network_carries_exactly_the_counts_asked_for(film, layout):
    counts = dict.fromkeys(LAYOUTS[layout], 6)
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


def test_flip_is_the_mirror_image_of_ph7(film):
    low, high = dense_region(film)
    charged = place(film, "flip", {"NH2+": 0, "COO-": 8}, seed=1)
    groups = charged.network.groups
    assert groups["z_nm"].min() >= high - charged.report["layer_nm"] - 1e-9


def test_ramp_is_denser_toward_the_permeate(film):
    z = [lay_out(film, "pH7", {"NH2+": 5}, seed=seed).groups["z_nm"].mean() for seed in range(150)]
    flipped = [
        lay_out(film, "flip", {"NH2+": 5}, seed=seed).groups["z_nm"].mean() for seed in range(150)
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
