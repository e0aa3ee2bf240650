"""The study of Labban et al. (2018): trends and measured numbers that its text states."""

from itertools import combinations

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from analysis.continuum import performance, solve
from analysis.continuum.membranes import FEEDS, LABBAN_MEMBRANES, MEASURED, MEMBRANES
from analysis.figures.continuum import LABBAN_FIGURES, draw, save
from analysis.figures.continuum.ions import color
from tests.analysis.figures.test_figures import COLOUR_BLIND, lab
from workflow.dspmde.labban import beside_text, five_membranes, sensitivity, tables

DIVALENT = ["Ca2+", "Mg2+", "SO4--"]


@pytest.fixture(scope="module")
def membranes():
    return five_membranes()[0].set_index("membrane")


@pytest.fixture(scope="module")
def rejections():
    table = five_membranes()[1]
    return table.pivot(index="membrane", columns="ion", values="rejection")


@pytest.fixture(scope="module")
def all_tables():
    return tables()


def swept(name):
    """Rejections by ion and performance, both against the varied property."""
    made = sensitivity(name)
    column = made["performance"].columns[0]
    rejections = made["rejections"].pivot(index=column, columns="ion", values="rejection")
    return rejections, made["performance"].set_index(column)


def rises(values, by=0.0):
    return (np.diff(values) > -1e-6).all() and np.ptp(values) > by


def test_feed_is_the_printed_seawater():
    feed = FEEDS["seawater"].concentrations
    printed = {"Na+": 11122, "Ca2+": 382, "Mg2+": 1394, "SO4--": 2136, "Cl-": 20300}
    masses = {"Na+": 22.99, "Ca2+": 40.08, "Mg2+": 24.31, "SO4--": 96.06, "Cl-": 35.45}
    for ion, mass in printed.items():
        assert float(feed[ion]) == pytest.approx(mass / masses[ion], rel=2e-3)


def test_permeabilities_are_the_measured_ones_to_6_percent(membranes):
    printed = pd.Series({"LbL1.5C": 10, "LbL1": 16, "LbL2": 15, "LbL3": 13})
    calculated = membranes.permeability_lmh_bar[printed.index]
    assert calculated.to_numpy() == pytest.approx(printed.to_numpy(), rel=0.06)


def test_fluxes_at_4_bar_are_the_measured_ones_to_20_percent(membranes):
    printed = pd.Series({"LbL1.5C": 6, "LbL1": 13, "LbL3": 8})
    assert membranes.flux_lmh[printed.index].to_numpy() == pytest.approx(printed, rel=0.2)


def test_hardness_removal_at_4_bar_ranks_the_membranes_as_measured(membranes):
    order = list(membranes.hardness_removal.sort_values(ascending=False).index)
    assert order == ["LbL3", "LbL1.5C", "LbL1", "LbL2", "NF270"]
    passed = 1 - membranes.hardness_removal
    assert passed["LbL3"] <= 0.5 * passed["LbL1.5C"]


def test_individual_rejections_at_4_bar_follow_the_text(rejections):
    assert rejections["Ca2+"].idxmax() == rejections["Mg2+"].idxmax() == "LbL3"
    assert rejections["SO4--"].idxmin() == "LbL2"
    drop = rejections.loc["LbL1.5C"] - rejections.loc["LbL1"]
    assert drop["Ca2+"] > drop["Mg2+"]
    assert rejections.loc["LbL3", "SO4--"] < rejections.loc["LbL1.5C", "SO4--"]


def test_rejections_of_the_benchmark_are_the_measured_ones_to_9_percent():
    measured = MEASURED["LbL1.5C"].rejection
    calculated = solve(MEMBRANES["LbL1.5C"], FEEDS["seawater"], 1.67e-6).rejection
    for ion, rejection in measured.items():
        assert float(calculated[ion]) == pytest.approx(rejection, abs=0.09)


def test_benchmark_needs_about_3_bar_for_the_flux_of_the_sensitivity_study():
    _, made = swept("effective_thickness")
    benchmark = made[made.benchmark]
    assert len(benchmark) == 1
    assert float(benchmark.pressure_bar.iloc[0]) == pytest.approx(3, rel=0.12)
    assert float(benchmark.hardness_removal.iloc[0]) == pytest.approx(0.862328, abs=1e-5)


def test_thickness_raises_rejections_with_diminishing_returns_and_pressure_almost_linearly():
    rejections, made = swept("effective_thickness")
    assert all(rises(rejections[ion], by=0.1) for ion in (*DIVALENT, "Cl-"))
    assert rejections["Na+"].min() < 0
    assert rises(made.pressure_bar)
    thick = made[made.index >= 1]
    assert np.corrcoef(thick.index, thick.pressure_bar)[0, 1] > 0.998
    removal = made.hardness_removal
    assert removal[2.125] - removal[0.25] > 3 * (removal[4.0] - removal[2.125])


def test_positive_charge_favours_cations_with_diminishing_returns_and_hardly_moves_pressure():
    rejections, made = swept("charge_density")
    assert rises(rejections["Ca2+"]) and rises(rejections["Mg2+"]) and rises(-rejections["SO4--"])
    removal = made.hardness_removal
    assert removal[20.0] - removal[-60.0] > 5 * (removal[100.0] - removal[20.0])
    moderate = made.pressure_bar[np.abs(made.index) <= 30]
    assert moderate.max() / moderate.min() < 1.2


def test_tighter_pores_reject_divalent_ions_until_04_nm_then_only_cost_pressure():
    rejections, made = swept("pore_radius")
    assert all(rises(-rejections[ion], by=0.3) for ion in DIVALENT)
    assert rises(-made.pressure_bar, by=5)
    tight = made[made.index <= 0.4]
    assert tight.hardness_removal.min() > 0.98
    assert tight.pressure_bar.max() > 10
    loose = rejections[rejections.index >= 0.5]
    assert (loose["SO4--"] >= loose[["Ca2+", "Mg2+"]].max(axis=1)).all()
    assert (rejections["Ca2+"].max() - rejections["Ca2+"]).iloc[-1] > 0.5


def test_every_rejection_falls_with_permittivity_and_monovalent_ones_count_below_35():
    rejections, made = swept("pore_permittivity")
    assert all(rises(-rejections[ion]) for ion in (*DIVALENT, "Cl-"))
    assert rises(-made.pressure_bar)
    assert rejections["Cl-"].iloc[0] > 0.3 and rejections["Na+"].iloc[0] > 0.2
    assert rejections["Na+"][41.0] < 0.01


def test_pore_radius_moves_hardness_removal_more_than_charge_or_thickness_do():
    """Slopes by a relative change of each property of the benchmark; charge by one of its own."""
    slopes = {}
    for name in ("effective_thickness", "pore_radius", "charge_density"):
        _, made = swept(name)
        place = int(np.flatnonzero(made.benchmark)[0])
        gradient = np.gradient(made.hardness_removal, made.index)[place]
        slopes[name] = abs(gradient * made.index[place])
    assert slopes["pore_radius"] > 3 * max(slopes["effective_thickness"], slopes["charge_density"])


@pytest.fixture(scope="module")
def beside(all_tables):
    return beside_text(all_tables)


def test_statements_of_the_text_that_the_model_does_not_bear_out_are_told(beside, all_tables):
    told = beside["statements"].set_index("text")
    parted = told[told.agrees != "yes"]
    assert len(told) == 10 and set(parted.figure) == {5, 6, 7, 8}
    # Na+ is monotone neither in thickness nor in permittivity.
    for name in ("effective_thickness", "pore_permittivity"):
        sodium = all_tables[name]["rejections"].query("ion == 'Na+'")
        turn = sodium.rejection.idxmin()
        assert turn not in (sodium.index[0], sodium.index[-1])
    assert (parted.model.str.startswith("Na+")).sum() == 2
    pressures = told.model["charge hardly changes the pressure"]
    assert pressures.startswith("3.2 to 5.1 bar over ±100 mol/m3")
    assert "14.4 bar at 0.25 nm" in told.loc[told.model.str.contains("bar at 0.25")].model.iloc[0]
    assert told.agrees["hardness removal is less sensitive to charge than to pore size"] == "no"


def test_recommendations_raise_hardness_removal_and_lower_the_pressure_for_it(beside):
    made = beside["recommendations"].set_index("changed")
    assert list(made.index[1:-1]) == ["effective_thickness", "charge_density", "pore_radius"]
    assert made.hardness_removal["all three"] > made.hardness_removal["nothing"]
    assert made.hardness_removal["nothing"] == pytest.approx(0.862328, abs=1e-5)
    assert made.pressure_bar["effective_thickness"] < made.pressure_bar["nothing"]
    assert made.hardness_removal["charge_density"] > made.hardness_removal["nothing"]


def test_depositions_are_those_of_table_5_beside_the_numbers_of_table_4(beside):
    made = beside["depositions"].set_index("membrane")
    assert made.pah_M.to_dict() == {"LbL1.5C": 0.02, "LbL1": 0.1, "LbL2": 0.1, "LbL3": 0.1}
    assert made.by_table_4["LbL3"] == "thinner, tighter, more positive"
    assert made.by_table_4["LbL1"] == "thinner, tighter, more negative"
    assert made.agrees.to_dict() == {
        "LbL1.5C": "yes",
        "LbL1": "in part",
        "LbL2": "in part",
        "LbL3": "yes",
    }


@pytest.mark.parametrize("name", LABBAN_FIGURES)
def test_figure_is_written_with_the_numbers_that_it_shows(name, all_tables, tmp_path):
    given = all_tables[name]
    figure = draw(LABBAN_FIGURES[name], **given)
    assert "Labban et al." in figure.caption
    for ending in ("png", "csv"):
        save(figure, tmp_path / f"{name}.{ending}")
    assert matplotlib.image.imread(tmp_path / f"{name}.png")[..., :3].min() < 0.2
    written = pd.read_csv(tmp_path / f"{name}.csv")
    for key, table in given.items():
        own = written[written.table == key].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            own[list(table.columns)], table.reset_index(drop=True), check_dtype=False, rtol=1e-6
        )


@pytest.mark.parametrize("sight", COLOUR_BLIND)
def test_ions_of_seawater_stay_apart_for_colour_blind_readers(sight):
    seen = {}
    for ion in FEEDS["seawater"].concentrations:
        rgb = np.array(to_rgb(color(ion)))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        seen[ion] = lab(np.array(COLOUR_BLIND[sight]) @ linear)
    for a, b in combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 20, (a, b)


def test_five_membranes_show_what_the_sources_print_and_nothing_else(membranes):
    for name in LABBAN_MEMBRANES:
        shown = membranes.measured_flux_lmh[name]
        printed = MEASURED[name].flux_lmh
        assert np.isnan(shown) if printed is None else shown == printed
    assert membranes.measured_hardness_removal.notna().sum() == 2
    feed = {ion: float(FEEDS["seawater"].concentrations[ion]) for ion in performance.HARDNESS}
    passed = (0.21 * feed["Ca2+"] + 0.06 * feed["Mg2+"]) / sum(feed.values())
    assert membranes.measured_hardness_removal["LbL1.5C"] == pytest.approx(1 - passed)
    assert membranes.measured_hardness_removal["LbL3"] == pytest.approx(1 - passed / 2)
