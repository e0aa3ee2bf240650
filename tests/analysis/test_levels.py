"""Two levels: trials in membranes, and membranes."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis
from analysis.definitions import OVER_MEMBRANES, OVER_TRIALS
from analysis.figures import FIGURES, draw, make
from analysis.figures.membranes import as_one_level
from analysis.joinings import AGREE, ALONE, JOININGS
from analysis.kernels import nested_trials
from analysis.key_results import key_results_of
from analysis.levels import joined
from analysis.observables import DEFINITIONS, TABLES
from analysis.options import AnalysisOptions
from analysis.results import Results, load, read_table
from analysis.statistics import (
    PARTLY_MEMBRANES,
    over_membranes,
    over_trials,
    within_membranes,
)
from analysis.tables import write_joined
from mdtools.records import DamagedRecord
from tests.analysis.stores import write_campaign

LEVEL = 0.95
NAMES = ("first", "second", "third")
CASE = ("pH7", "NaCl")
LABELS = (
    *("definition", "role", "species", "pair", "place", "of", "event", "line", "partner"),
    *("direction", "how", "site", "quantity", "preset", "scope", "smallest"),
)


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """Directories of the tables of three membranes, each of another thickness."""
    root = tmp_path_factory.mktemp("membranes")
    return {
        name: write_campaign(
            root / "membranes" / name,
            layouts=CASE[:1],
            trials=2,
            frames=100,
            full_frames=10,
            half=1.0 + 0.1 * k,
        )[CASE]
        for k, name in enumerate(NAMES)
    }


@pytest.fixture(scope="module")
def over(members, tmp_path_factory):
    """The results over all of them."""
    root = tmp_path_factory.mktemp("over")
    write_joined(members, root / "observables" / CASE[0] / CASE[1])
    return load(root)


def planted(runs: int, membranes: int, trials: int, between: float, within: float):
    """Values (membranes, trials, runs) of mean 0 with two planted standard deviations."""
    rng = np.random.default_rng(5)
    of_membranes = between * rng.normal(size=(membranes, 1, runs))
    return of_membranes + within * rng.normal(size=(membranes, trials, runs))


@pytest.mark.parametrize(("between", "within"), [(1.0, 1.0), (1.0, 0.2), (0.0, 1.0)])
def test_interval_over_membranes_covers_and_that_over_all_trials_does_not(between, within):
    runs, membranes, trials = 4000, 4, 5
    values = planted(runs, membranes, trials, between, within)
    means = over_membranes(values.mean(axis=1), LEVEL)
    covered = ((means.low < 0) & (means.high > 0)).mean()
    assert covered == pytest.approx(LEVEL, abs=4 * np.sqrt(LEVEL * (1 - LEVEL) / runs))
    naive = over_trials(values.reshape(-1, runs), LEVEL)
    covered = ((naive.low < 0) & (naive.high > 0)).mean()
    # The ratio of both standard errors, of 19 and of 3 degrees of freedom, is known if all of the
    # variance is between membranes: sqrt((m - 1) / (n m - 1) * n) = 0.42 of theirs.
    assert covered > 0.93 if between == 0 else covered < 0.75


def test_interval_over_membranes_is_that_of_a_balanced_nested_design():
    values = planted(1, 3, 6, 1.0, 2.0)[:, :, 0]
    means = over_membranes(values.mean(axis=1), LEVEL)
    # Mean square between membranes over the number of all values, by the analysis of variance.
    square = 6 * values.mean(axis=1).var(ddof=1)
    half = stats.t.ppf(0.975, 2) * np.sqrt(square / values.size)
    assert means.value == pytest.approx(values.mean())
    assert (means.low, means.high) == pytest.approx((values.mean() - half, values.mean() + half))
    assert str(means.kind) == "95 % t-interval, 2 degrees of freedom (3 membranes)"
    assert str(over_membranes([[1.0], [np.nan]], LEVEL).kind[0]) == PARTLY_MEMBRANES
    assert str(over_membranes([1.0], LEVEL).kind) == "none: one membrane"


DYESTUFF = (
    (1545, 1440, 1440, 1520, 1580),
    (1540, 1555, 1490, 1560, 1495),
    (1595, 1550, 1605, 1510, 1560),
    (1445, 1440, 1595, 1465, 1545),
    (1595, 1630, 1515, 1635, 1625),
    (1520, 1455, 1450, 1480, 1445),
)
"""Yield of six batches, in grams (Davies 1947), the example of Bates et al., J. Stat. Softw. 67, 1
(2015), whose REML fit has standard deviations of 42.00 and 49.51 and a mean of 1527.50 -+ 19.38."""


def test_variances_between_and_within_are_those_of_a_published_random_effects_fit():
    values = np.array(DYESTUFF, dtype=float)
    low, high, between, within, degrees = nested_trials(values, LEVEL)
    assert (np.sqrt(between), np.sqrt(within)) == pytest.approx((42.00, 49.51), abs=0.005)
    assert degrees == 24
    means = over_membranes(values.mean(axis=1), LEVEL)
    standard_error = (means.high - means.value) / stats.t.ppf(0.975, 5)
    assert (means.value, standard_error) == pytest.approx((1527.50, 19.38), abs=0.005)
    assert (high - low) / 2 == pytest.approx(stats.t.ppf(0.975, 24) * 49.51 / np.sqrt(30), rel=1e-4)
    ratio = stats.f_oneway(*values).statistic
    assert 1 + 5 * between / within == pytest.approx(ratio)


def test_variances_of_groups_of_other_sizes_are_unbiased_and_the_interval_covers():
    runs, counts = 6000, (2, 3, 6)
    values = planted(runs, 3, 6, 2.0, 1.0)
    truth = 2.0 * np.random.default_rng(5).normal(size=(3, 1, runs)).mean(axis=0)[0]
    for membrane, count in enumerate(counts):
        values[membrane, count:] = np.nan
    low, high, between, within, degrees = nested_trials(values, LEVEL)
    assert (degrees == 8).all() and within.mean() == pytest.approx(1.0, abs=0.03)
    assert between.mean() == pytest.approx(4.0, abs=0.2)
    covered = ((low < truth) & (truth < high)).mean()
    assert covered == pytest.approx(LEVEL, abs=4 * np.sqrt(LEVEL * (1 - LEVEL) / runs))


def test_the_interval_within_is_given_where_a_membrane_is_the_mean_of_its_trials_and_else_none():
    trials = np.array([[[1.0, 1.0, 1.0]] * 2, [[3.0, 4.0, np.nan]] * 2])
    trials[0, 1] = [2.0, 2.0, 2.0]
    means = np.array([[1.5, 1.4, 1.5], [3.0, 4.0, np.nan]])
    found = within_membranes(trials, means, LEVEL)
    assert np.isfinite(found.low).tolist() == [True, False, False]
    assert found.kind[1] == "none: not the mean of single trials"
    one = within_membranes(trials[:, :1, :2], trials[:, 0, :2], LEVEL)
    assert set(one.kind) == {"none: one trial of each membrane"} and np.isnan(one.low).all()


@pytest.mark.parametrize("name", ["water", "density", "permeation", "structure"])
def test_tables_have_the_interval_over_trials_of_their_membranes_beside_that_over_membranes(
    over, name
):
    table, one = over[name], JOININGS[name].values[0]
    keys = [key for key in (*LABELS, *JOININGS[name].keys) if key in table]
    low, high, kind = one.within
    seen = 0
    for _, rows in table[table.membrane != "pooled"].groupby(keys, dropna=False):
        across = rows[rows.membrane == "all"]
        groups = [own[one.name] for _, own in rows[rows.trial != "all"].groupby("membrane")]
        if across.empty or not np.isfinite(across[low].iloc[0]):
            continue
        spread = 2 * np.var([group.mean() for group in groups], ddof=1)
        if spread < 1e-9 or min(map(np.ptp, groups)) == 0:
            continue
        ratio = stats.f_oneway(*groups).statistic
        square = spread / ratio
        half = stats.t.ppf(0.975, 3) * np.sqrt(square / 6)
        assert across[high].iloc[0] == pytest.approx(
            np.clip(across[one.name].iloc[0] + half, one.least, one.most), rel=1e-3
        )
        between = max(ratio - 1, 0) / 2
        assert across.between_share.iloc[0] == pytest.approx(between / (1 + between), abs=1e-3)
        assert across[kind].iloc[0].endswith("3 degrees of freedom (trials of these 3 membranes)")
        seen += 1
    assert seen


def test_answers_over_membranes_are_means_of_those_of_each(over):
    table = key_results_of(over, LEVEL)
    for quantity in ("pairs_per_cation_percent", "water_percent"):
        rows = table[(table.quantity == quantity) & (table.trial == "all")]
        own, across = (rows[rows.membrane.isin(names)] for names in (NAMES, ["all"]))
        assert across.value.item() == pytest.approx(own.value.mean())
        half = stats.t.ppf(0.975, 2) * own.value.std() / np.sqrt(3)
        if half > 1e-9:
            assert across.low.item() == pytest.approx(max(0.0, own.value.mean() - half))
    assert half > 0.1


def test_every_table_says_how_membranes_are_joined_and_joins_all_that_has_an_interval(members):
    assert {*JOININGS, *ALONE} == {*TABLES}
    for name, joining in JOININGS.items():
        table = read_table(members["first"] / f"{name}.csv")
        edges = {edge for one in joining.values for edge in (one.low, one.high)}
        assert edges == {c for c in table if c.startswith(("low", "high"))}, name
        assert {one.name for one in joining.values} | {*joining.keys} <= {*table}, name


@pytest.mark.parametrize("name", [name for name in JOININGS if name != "trials"])
def test_rows_over_membranes_are_means_of_those_over_the_trials_of_each(over, name):
    table, joining = over[name], JOININGS[name]
    own = table[(table.trial == "all") & table.membrane.isin(NAMES)]
    across = table[table.membrane == "all"]
    assert set(across.trial) <= {"all"}
    if own.empty:
        assert across.empty
        return
    keys = [*dict.fromkeys(name for name in (*LABELS, *joining.keys) if name in table)]
    told_apart = [own, across]
    for k, rows in enumerate(told_apart):
        named = rows[keys].apply(lambda row: tuple(map(str, row)), axis=1)
        told_apart[k] = rows.assign(row=named).set_index("row")
    for one in joining.values:
        of_each = told_apart[0].groupby(level=0)[one.name].agg(["mean", "std", "count"])
        of_each = of_each[np.isfinite(of_each["mean"]) & (of_each["count"] == len(NAMES))]
        rows = told_apart[1].reindex(of_each.index)
        np.testing.assert_allclose(rows[one.name], of_each["mean"], rtol=1e-5, atol=1e-9)
        half = stats.t.ppf(0.975, 2) * of_each["std"] / np.sqrt(3)
        expected = np.clip(of_each["mean"] + half, one.least, one.most)
        known = np.isfinite(rows[one.high]).to_numpy()
        assert known[(of_each["std"] > 0).to_numpy()].all(), one.name
        np.testing.assert_allclose(rows[one.high][known], expected[known], rtol=1e-4, atol=1e-6)


def test_what_is_counted_stands_beside_it_as_if_all_ions_were_independent(over):
    table = over["permeation"]
    pooled, across = (table[table.membrane == kind] for kind in ("pooled", "all"))
    own = table[table.membrane.isin(NAMES) & (table.trial == "all")]
    assert pooled["count"].sum() == own["count"].sum() == across["count"].sum()
    row = pooled[(pooled["count"] > 0) & (pooled["count"] < pooled.n)].iloc[0]
    exact = stats.binomtest(int(row["count"]), int(row.n)).proportion_ci(LEVEL, method="exact")
    assert (row.low_share, row.high_share) == pytest.approx((exact.low, exact.high), rel=1e-5)
    assert row.interval == f"95 % Clopper-Pearson of {row.n} ions"
    same = across[across.interval == AGREE]
    assert len(same) and same[["low_share", "high_share"]].isna().all(axis=None)
    rates = over["crossings"]
    rates = rates[rates.membrane == "pooled"]
    some = rates[rates["count"] > 0].iloc[0]
    low = stats.chi2.ppf(0.025, 2 * some["count"]) / 2 / some.ion_ns
    assert some.low_per_ns == pytest.approx(low, rel=1e-5)


def test_a_value_that_a_membrane_lacks_leaves_a_mean_without_interval():
    rows = {"definition": "mass density", "of": "membrane", "trial": "all", "interval": "none"}
    tables = {
        name: pd.DataFrame({"z_angstrom": z, "density_g_cm3": 1.0 + k, "low_g_cm3": np.nan}).assign(
            high_g_cm3=np.nan, **rows
        )
        for k, (name, z) in enumerate({"a": [0.5, 1.5], "b": [0.5]}.items())
    }
    table = joined("density", tables, LEVEL)
    both, one = (table[(table.membrane == "all") & (table.z_angstrom == z)] for z in (0.5, 1.5))
    assert (both.density_g_cm3.iloc[0], both.n_membranes.iloc[0]) == (1.5, 2)
    assert (one.density_g_cm3.iloc[0], one.interval.iloc[0]) == (1.0, PARTLY_MEMBRANES)
    assert np.isfinite(both.high_g_cm3.iloc[0]) and np.isnan(one.high_g_cm3.iloc[0])


def test_times_that_not_every_membrane_has_are_not_over_all():
    rows = {"definition": "mean z", "species": "Na+", "trial": "all", "interval": "none", "n": 6}
    edges = dict.fromkeys(("low_angstrom", "high_angstrom", "sd_over_ions_angstrom"), np.nan)
    tables = {
        name: pd.DataFrame({"time_ns": range(last), "z_angstrom": 1.0}).assign(**rows, **edges)
        for name, last in (("a", 5), ("b", 3))
    }
    table = joined("mean_z", tables, LEVEL)
    assert list(table[table.membrane == "all"].time_ns) == [0, 1, 2]
    view = as_one_level("mean_z", table.assign(layout="pH7", salt="NaCl"))
    assert view.time_ns.max() == 2 and set(view.trial) == {"a", "b", "all"}


def test_definitions_say_both_levels_and_every_trial_its_membrane(over):
    directory = over.directories[CASE]
    for name in TABLES:
        beside = json.loads((directory / f"{name}.json").read_text())
        assert beside["definitions"][OVER_MEMBRANES] == DEFINITIONS[OVER_MEMBRANES]
        assert beside["definitions"][OVER_TRIALS] == DEFINITIONS[OVER_TRIALS]
        assert [row["membrane"] for row in beside["trials"]] == [n for n in NAMES for _ in (1, 2)]
    assert analysis.load(directory.parents[2])["mean_z"].membrane.iloc[0] == "first"


def test_membranes_of_other_parameters_and_damaged_tables_are_refused(members, tmp_path):
    options = AnalysisOptions(level=0.9)
    other = write_campaign(tmp_path / "other", layouts=CASE[:1], trials=1, frames=60, figures=())
    about = json.loads((members["first"] / "trials.json").read_text())
    directory = other[CASE]
    broken = {"first": members["first"], "copy": directory}
    for path in members["first"].glob("*.*s*"):
        (directory / path.name).write_bytes(path.read_bytes())
    (directory / "trials.csv").write_text("trial\n1\n")
    with pytest.raises(DamagedRecord, match="trials.csv"):
        write_joined(broken, tmp_path / "out")
    assert about["parameters"]["level"] != options.level
    assert not (tmp_path / "out").exists()


QUICK = ("permeation", "hopping")


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in FIGURES]
)
def test_figures_over_membranes_draw_their_means_and_speak_of_membranes(over, name, tmp_path):
    figure = make(name, Results(over.directories))
    assert figure.caption.startswith("3 membranes x 2 trials (first, second, third).")
    words = figure.caption + " ".join(
        text.get_text() for legend in figure.legends for text in legend.get_texts()
    )
    for wrong in ("trials share", "Clopper", "Garwood", "Greenwood", "pooled over", "(2 trials)"):
        assert wrong not in words, wrong
    draw(name, over.directories, tmp_path / name, None, AnalysisOptions(figure_dpi=60), None)
    drawn = pd.read_csv(tmp_path / f"{name}.csv", dtype={"membrane": str})
    if name != "snapshots":
        assert "all" in set(drawn.membrane)


def test_the_band_of_a_figure_is_that_over_membranes(over):
    drawn = make("mean_z", over).drawn["mean_z"]
    table = over["mean_z"]
    wanted = table[(table.membrane == "all") & (table.species == "Cl-")]
    shown = drawn[(drawn.membrane == "all") & (drawn.species == "Cl-")]
    np.testing.assert_array_equal(shown.high_angstrom, wanted.high_angstrom)
    assert {*drawn.membrane} == {"all", *NAMES}
