"""Counts of a pH: the published curves, the study's membranes, and refusals."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from membranes import lay_out, titrate
from membranes.layouts.counts import Counts
from membranes.layouts.errors import TitrationError
from membranes.layouts.site_densities import (
    AFM_THICKNESS_NM,
    AMINE_FIT_PLATEAU_PER_NM2,
    measured_sites,
    net_zero_pH,
    site_densities,
)
from membranes.layouts.titration import study_net_charge_e, surface_share
from tests.examples import run_examples

BOX = {"area_nm2": 27.04, "volume_nm3": 67.0}
"""Lateral area and dense volume of the study's membrane."""


def density(kind, pH, **options) -> float:
    table = site_densities(pH, **options)
    return table.loc[table["kind"] == kind, "density_per_nm2"].item()


def test_curves_have_the_published_plateaus_and_half_of_them_at_the_pkas():
    assert density("NH2+", 2) == pytest.approx(4.30, rel=1e-6)
    assert density("NH2+", 9.383) == pytest.approx(4.30 / 2)
    assert density("NH2+", 9.383, amine_plateau_per_nm2=4.40) == pytest.approx(4.40 / 2)
    assert density("COO-", 12) == pytest.approx(4.466, rel=2e-3)
    # between two pKa that lie 4.7 apart, the curve rests at the first share: 45.45 %
    assert density("COO-", 7.05) == pytest.approx(0.4545 * 4.466, rel=2e-3)
    half = density("COO-", 9.417) - 0.4545 * 4.466
    assert half == pytest.approx(0.5455 * 4.466 / 2, rel=1e-3)


def test_amine_plateau_is_the_mean_of_the_measurements_below_ph_7():
    table = measured_sites()
    low = table[(table["kind"] == "NH2+") & (table["pH"] < 7)]
    assert low["density_per_nm2"].mean() == pytest.approx(density("NH2+", 2), abs=0.005)


def test_carboxylate_curve_meets_the_measurement_at_ph_7():
    assert density("COO-", 7.0) == pytest.approx(2.030, abs=0.125)


def test_measured_sites_per_volume_are_those_of_13_nm():
    # sites per nm3 worked out by hand from the spreadsheets: pH 3.5 to 10.5
    table = measured_sites()
    acids = table.loc[table["kind"] == "COO-", "density_per_nm2"] / 13.2
    assert acids.round(3).tolist() == [0.034, 0.098, 0.154, 0.122, 0.396, 0.338]
    assert (table["sd_per_nm2"] > 0).all()


def test_curves_cross_zero_net_charge_at_ph_9_1():
    assert net_zero_pH() == pytest.approx(9.1, abs=0.05)
    below, above = (titrate(pH, 27, 1e5) for pH in (9.0, 9.25))
    assert below.net_charge_e > 0 > above.net_charge_e


@pytest.mark.parametrize("pH", [2, 5, 7])
def test_areal_amines_are_the_studys_14_up_to_ph_7(pH):
    assert titrate(pH, **BOX).amine == 14


def test_areal_carboxylates_are_none_at_ph_2_as_in_the_study():
    assert titrate(2, **BOX) == Counts(14, 0)
    assert titrate(2, **BOX).net_charge_e == 14


def test_areal_counts_where_the_study_departs_from_the_curves():
    # the study has 28 COO- at pH 7, and 0 NH2+ and 30 COO- at pH 10
    assert titrate(7, **BOX) == Counts(14, 7)
    assert titrate(10, **BOX) == Counts(3, 13)


def test_published_fit_has_one_amine_more_than_the_study():
    assert titrate(7, **BOX, amine_plateau_per_nm2=AMINE_FIT_PLATEAU_PER_NM2).amine == 15


def test_layer_of_13_nm_holds_22_amines():
    assert titrate(7, **BOX, thickness_nm=AFM_THICKNESS_NM).amine == 22


def test_net_charge_of_the_study_gives_its_28_carboxylates_at_ph_7():
    assert titrate(7, **BOX, mode="net") == Counts(14, 28)
    assert titrate(7, **BOX, mode="net", net_charge_e=-14) == Counts(14, 28)
    assert titrate(2, **BOX, mode="net") == Counts(14, 0)


def test_net_charge_of_the_study_without_amines_gives_its_30_carboxylates_at_ph_10():
    assert titrate(10, **BOX, mode="net", amine=0) == Counts(0, 30)
    assert titrate(10, **BOX, mode="net") == Counts(3, 33)
    assert titrate(10, **BOX, mode="counts", amine=0, carboxylate=30).net_charge_e == -30


@pytest.mark.parametrize(("pH", "net"), [(2, 14), (3.3, 0), (7, -14), (10, -30), (12, -30)])
def test_net_charge_by_ph_goes_through_the_study_and_its_isoelectric_point(pH, net):
    assert study_net_charge_e(pH) == pytest.approx(net)
    assert study_net_charge_e(pH, 33.5) == pytest.approx(net / 2)


def test_carboxylates_below_ph_8_are_surface_sites_and_half_of_them_at_ph_10():
    assert titrate(7, **BOX, mode="net").surface_carboxylate == 28
    assert surface_share(10) == pytest.approx(2.030 / 3.961, abs=1e-3)
    assert titrate(10, **BOX, mode="net", amine=0).surface_carboxylate == 15


@given(pH=st.floats(2, 12), step=st.floats(0, 3), volume=st.floats(1, 1e4))
def test_amines_fall_and_carboxylates_rise_with_ph(pH, step, volume):
    here, there = (titrate(min(12, value), 27, volume) for value in (pH, pH + step))
    assert there.amine <= here.amine
    assert there.carboxylate >= here.carboxylate


@given(pH=st.floats(2, 12), volume=st.floats(1, 1e3), thickness=st.floats(5, 100))
def test_counts_are_densities_times_volume_to_rounding(pH, volume, thickness):
    counts = titrate(pH, 27, volume, thickness_nm=thickness)
    for kind, count in counts.as_layout_counts().items():
        assert abs(count - density(kind, pH) / thickness * volume) <= 0.5 + 1e-9


@given(pH=st.floats(2, 12), volume=st.floats(1, 1e3), net=st.integers(-500, 0))
def test_net_mode_has_exactly_the_net_charge_asked_for(pH, volume, net):
    counts = titrate(pH, 27, volume, mode="net", net_charge_e=net)
    assert counts.net_charge_e == net
    assert counts.amine == titrate(pH, 27, volume).amine
    assert 0 <= counts.surface_carboxylate <= counts.carboxylate


@given(pH=st.floats(2, 12), volume=st.floats(1, 1e3))
def test_default_net_charge_can_be_had_at_any_ph_and_size(pH, volume):
    counts = titrate(pH, 27, volume, mode="net")
    assert abs(counts.net_charge_e - study_net_charge_e(pH, volume)) <= 0.5 + 1e-9


def test_answer_says_what_it_rests_on():
    report = titrate(7, **BOX).report()
    text = " ".join(report["assumptions"])
    assert "20 nm" in text
    assert "pH 9.1" in text
    assert "pH 3.3" in text
    assert report["mode"] == "areal"
    assert report["curve_amine"] == pytest.approx(4.2823 / 20 * 67, abs=1e-3)
    assert report["curve_carboxylate"] == pytest.approx(2.0295 / 20 * 67, abs=1e-3)
    assert "isoelectric point" in " ".join(titrate(7, **BOX, mode="net").assumptions)
    given_ones = titrate(7, **BOX, mode="counts", amine=1, carboxylate=2).assumptions
    assert given_ones == ("numbers of charged groups are given, not derived from the pH",)


def test_piece_that_is_thicker_than_the_active_layer_is_warned_of():
    thick = titrate(7, area_nm2=1.0, volume_nm3=21.0).assumptions
    assert any("21 nm thick, more than the active layer of 20 nm" in line for line in thick)
    assert not any("more than the active layer" in line for line in titrate(7, **BOX).assumptions)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"pH": 1.9}, "pH 1.9: allowed is 2 to 12"),
        ({"pH": 12.1}, "pH 12.1: allowed is 2 to 12"),
        ({"pH": np.nan}, "pH nan: allowed is 2 to 12"),
        ({"mode": "net charge"}, "mode 'net charge': allowed are areal, net, counts"),
        ({"area_nm2": 0}, "area_nm2 0: allowed is a finite number above 0"),
        ({"volume_nm3": np.inf}, "volume_nm3 inf: allowed is a finite number above 0"),
        ({"thickness_nm": -20}, "thickness_nm -20: allowed is a finite number above 0"),
        ({"net_charge_e": -14}, "net_charge_e is given, .* except in mode net; the mode is areal"),
        ({"amine": 3}, "amine is given, .* except in mode net and counts"),
        ({"mode": "net", "carboxylate": 3}, "carboxylate is given, .* except in mode counts"),
        ({"mode": "counts", "amine": 3}, "carboxylate is missing"),
        ({"mode": "counts", "amine": 3, "carboxylate": -1}, "carboxylate -1: allowed is a whole"),
        ({"mode": "net", "amine": 2.5}, "amine 2.5: allowed is a whole number from 0"),
        ({"mode": "net", "net_charge_e": 15}, r"there are 14 NH2\+, allowed is at most 14"),
    ],
)
def test_question_without_an_answer_is_refused(arguments, said):
    with pytest.raises(TitrationError, match=said):
        titrate(**({"pH": 7} | BOX | arguments))


def test_more_groups_than_a_network_has_sites_are_refused_with_its_number(film):
    sites = len(film.arms_in("COOH"))
    counts = titrate(7, **BOX, mode="counts", amine=2, carboxylate=sites + 1)
    said = rf"{sites + 1} COO- groups asked for, but the network has {sites} carboxylic acid"
    with pytest.raises(TitrationError, match=said):
        counts.check(film)
    with pytest.raises(TitrationError, match=said):
        titrate(7, **BOX, mode="counts", amine=2, carboxylate=sites + 1, network=film)
    with pytest.raises(ValueError, match=rf"wants {sites + 1} COO-.*has {sites} carboxylic acid"):
        lay_out(film, "pH7", counts)
    titrate(7, **BOX, mode="counts", amine=2, carboxylate=sites, network=film)


def test_counts_go_into_a_layout_as_they_are(film):
    counts = titrate(7, area_nm2=16, volume_nm3=23.8, mode="net")
    assert lay_out(film, "pH7", counts).groups["kind"].value_counts().to_dict() == {
        "NH2+": counts.amine,
        "COO-": counts.carboxylate,
    }


def test_examples_of_the_documentation_are_right():
    page = Path(__file__).parents[3] / "docs" / "titration.md"
    outcome = run_examples(page.read_text(encoding="utf-8"))
    assert outcome.attempted > 3
    assert outcome.failed == 0
