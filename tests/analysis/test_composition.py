import numpy as np
import pandas as pd
import pytest

from analysis.composition import crosslinking, density_profile, group_densities, o_over_n


def test_density_of_ice_like_packing_is_mass_over_volume():
    rng = np.random.default_rng(0)
    molecules, area = 33_456, 20.0
    z = rng.uniform(-25, 25, 3 * molecules)
    elements = np.tile(["O", "H", "H"], molecules)
    masses = np.where(elements == "O", 15.999, 1.008)
    table = density_profile(z, masses, elements, area, bin_nm=1.0)
    inner = table[table.z_nm.abs() < 24].groupby("element").mean()
    # 33.456 molecules in 1 nm3 are water of 1.0008 g/cm3, 8/9 of it oxygen.
    assert inner.g_cm3["all"] == pytest.approx(1.0008, rel=0.005)
    assert inner.g_cm3["O"] / inner.g_cm3["all"] == pytest.approx(15.999 / 18.015, rel=0.01)
    assert inner.per_nm3["H"] == pytest.approx(66.9, rel=0.01)


def test_profile_holds_all_of_the_mass_and_its_elements_add_up():
    rng = np.random.default_rng(1)
    z, elements = rng.normal(0.3, 1, 500), rng.choice(["C", "N"], 500)
    table = density_profile(z, np.full(500, 12.0), elements, 2.0, 0.1)
    of = {name: rows.reset_index(drop=True) for name, rows in table.groupby("element")}
    assert of["all"].per_nm3.sum() * 2.0 * 0.1 == pytest.approx(500)
    pd.testing.assert_series_equal(of["C"].g_cm3 + of["N"].g_cm3, of["all"].g_cm3)
    assert list(table.element.unique()) == ["all", "C", "N"]
    assert np.allclose(of["all"].z_nm / 0.1 % 1, 0.5)


def test_groups_are_counted_within_the_limits_only():
    z, kinds = [-2, -1, 0, 1, 2, 5], ["NH2+", "NH2+", "COO-", "COO-", "COO-", "amide"]
    table = group_densities(z, kinds, (-1, 1), 5.0).set_index("kind")
    assert table["count"].to_dict() == {"NH2+": 1, "COO-": 2, "amide": 0}
    assert table.per_nm3["COO-"] == pytest.approx(0.2)
    assert table.per_nm2["COO-"] == pytest.approx(0.4)


def test_crosslinking_of_published_ratios_and_of_both_ends():
    # O/N by XPS of three polypiperazine membranes and the degrees published beside them.
    assert 100 * crosslinking([1.53, 1.39, 1.52]) == pytest.approx([37, 51, 38], abs=0.6)
    assert crosslinking(1.0) == 1 and crosslinking(2.0) == 0


@pytest.mark.parametrize("full", [0.0, 0.25, 1.0])
def test_crosslinking_recovers_the_share_of_triply_bound_acyls(full):
    triple, double = round(100 * full), round(100 * (1 - full))
    elements = ["O"] * (3 * triple + 4 * double) + ["N"] * (3 * triple + 2 * double)
    assert crosslinking(o_over_n(elements)) == pytest.approx(full)


def test_layer_under_the_feed_face_is_counted_to_its_depth():
    elements = ["O", "N", "O", "N", "O", "N", "N"]
    z = [-1.0, 1.0, 9.0, 9.9, 12.0, 13.0, 14.0]
    assert o_over_n(elements) == pytest.approx(3 / 4)
    assert o_over_n(elements, z, feed_face_nm=0.0) == pytest.approx(2 / 2)
    assert o_over_n(elements, z, feed_face_nm=-5.0, depth_nm=6.5) == pytest.approx(1 / 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: o_over_n(["O", "C"]), "no nitrogen among the 2 atoms"),
        (lambda: o_over_n(["N"], z_nm=[0.0]), "only mean something together"),
        (lambda: crosslinking(-0.1), "0 or more, not -0.1"),
        (lambda: density_profile([0, 1], [1], ["C", "C"], 1), r"masses_da has shape \(1,\)"),
        (lambda: density_profile([0, np.inf], [1, 1], ["C", "C"], 1), "atom 1 is not finite"),
        (lambda: density_profile([0], [1], ["C"], 0), "area_nm2 must be above 0, not 0"),
        (lambda: density_profile([0], [1], ["C"], 1, -1), "bin_nm must be above 0, not -1"),
        (lambda: group_densities([0], ["a"], (1, 1), 1), "limits_nm must be above 0"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
