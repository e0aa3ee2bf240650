"""Figures of atoms beside theory: what is drawn is what the tables say."""

import re
import warnings
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from analysis.figures.comparison import FIGURES, draw_all, make, skipped
from analysis.figures.comparison.layout_ranks import apart
from analysis.figures.comparison.ranks import ranked
from analysis.figures.files import ENDINGS
from analysis.figures.style import color
from tests.analysis.figures.comparison_tables import FACE_NM, INTERVAL, comparison_tables
from tests.analysis.figures.test_figures import check_texts, words

DYNAMICS = "true masses, 1 fs"
ONE = {"layouts": ("pH7",), "salts": ("NaCl",)}
CASES: dict[str, dict] = {
    "eight layouts, two salts": {},
    "no runs": {"layouts": ("pH2", "permeate"), "salts": ("NaCl",), "ran": ()},
    "one layout": ONE,
    "one layout, no run": ONE | {"ran": ()},
    "some runs": {
        "layouts": ("pH2", "pH7", "flip"),
        "ran": (("pH2", "NaCl"), ("pH7", "NaCl")),
    },
}


@cache
def tables(case: str) -> dict[str, pd.DataFrame]:
    return comparison_tables(**CASES[case])


@cache
def drawn(name: str, case: str):
    """A figure of a case, for all who only look at it."""
    stamp = "demo" if case == "one layout" else None
    return make(name, tables(case), stamp=stamp, dynamics=DYNAMICS)


def titles(figure, loc: str = "left") -> list[str]:
    shown = [axes.get_title(loc=loc) for axes in figure.axes if axes.get_visible()]
    return [title for title in shown if title]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("case", CASES)
def test_every_figure_is_drawn_without_a_warning_and_its_words_keep_apart(case, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = drawn(name, case)
        figure.draw_without_rendering()
        check_texts(figure)
    assert not re.search(r"\bnan\b|  | [.,;:]|\(\)", figure.caption), figure.caption
    assert not set("$\\^{}") & set(figure.caption)
    assert plt.get_fignums() == []
    for axes in figure.axes:
        for text in (axes.get_xlabel(), axes.get_ylabel()):
            assert not text or text.endswith(")"), text


def test_lines_and_bands_of_mean_z_are_those_of_the_table():
    shown = tables("one layout")
    axes = make("twin_mean_z", shown).axes[0]
    rows = shown["md_and_continuum"].query("ion == 'Na+'")
    lines = [line for line in axes.get_lines() if line.get_color() == color("Na+")]
    lines = [line for line in lines if len(line.get_xdata()) == len(rows)]
    solid = next(line for line in lines if line.get_linestyle() == "-")
    dashed = next(line for line in lines if line.get_linestyle() != "-")
    assert solid.get_ydata() == pytest.approx(rows.md)
    assert dashed.get_ydata() == pytest.approx(rows.continuum)
    bars = [bar for one in axes.containers for bar in one.lines[2]]
    ends = np.array([end for bar in bars for end in bar.get_segments()])
    last = rows[rows.time_ns == 100].iloc[0]
    drawn = [sorted(end[:, 1]) for end in ends]
    assert any(pair == pytest.approx([last.continuum_low, last.continuum_high]) for pair in drawn)
    grey = [patch for patch in axes.patches if patch.get_height() == pytest.approx(2 * FACE_NM)]
    assert [patch.get_y() for patch in grey] == pytest.approx([-FACE_NM])


def test_faces_of_the_runs_come_before_half_the_thickness():
    extent = pd.DataFrame(
        {
            "layout": "pH7",
            "salt": "NaCl",
            "trial": "all",
            "place": ["feed face", "permeate face"],
            "z_angstrom": [-21.0, 27.0],
        }
    )
    axes = make("twin_mean_z", tables("one layout") | {"extent": extent}).axes[0]
    (membrane,) = axes.patches
    assert (membrane.get_y(), membrane.get_height()) == pytest.approx((-2.1, 4.8))


def test_short_runs_are_drawn_in_picoseconds():
    shown = tables("one layout")["md_and_continuum"]
    short = shown.assign(time_ns=shown.time_ns / 1e4)
    figure = make("twin_mean_z", tables("one layout") | {"md_and_continuum": short})
    assert figure.axes[0].get_xlabel() == "t (ps)"
    assert 10 < figure.axes[0].get_xlim()[1] < 11


def test_distributions_are_in_one_unit_at_the_last_snapshot():
    shown = tables("one layout")
    axes = make("twin_profiles", shown).axes[0]
    lines = [line for line in axes.get_lines() if line.get_color() == color("Cl-")]
    assert len(lines) == 2
    twin = shown["profiles"].query("ion == 'Cl-' and time_ns == 100")
    run = shown["z_pdf"].query("species == 'Cl-' and time_ns == 100")
    for line in lines:
        x, y = line.get_xdata(), line.get_ydata()
        assert np.trapezoid(y, x) == pytest.approx(
            1 if line.get_linestyle() != "-" else run.density_per_angstrom.sum() * 0.5, rel=1e-3
        )
    dashed = next(line for line in lines if line.get_linestyle() != "-")
    solid = next(line for line in lines if line.get_linestyle() == "-")
    assert dashed.get_ydata() == pytest.approx(twin.continuum_per_nm)
    assert solid.get_ydata() == pytest.approx(10 * run.density_per_angstrom)
    assert solid.get_xdata() == pytest.approx(run.z_angstrom / 10)


def test_a_twin_is_drawn_at_the_time_that_its_run_has_reached():
    shown = tables("one layout")
    reached = shown["z_pdf"].query("time_ns == 50").assign(time_ns=49.0)
    figure = make("twin_profiles", shown | {"z_pdf": reached})
    assert set(figure.drawn["profiles"].time_ns) == {50.0}


def test_a_narrow_peak_is_cut_and_said_with_its_height():
    shown = tables("one layout, no run")
    peaked = shown["profiles"].copy()
    peaked.loc[peaked.index[-1], "continuum_per_nm"] = 9.0
    figure = make("twin_profiles", shown | {"profiles": peaked})
    assert figure.axes[0].get_ylim()[1] < 3
    assert "cut off (1/nm): pH7, NaCl 9." in figure.caption


def test_bars_of_both_signs_and_their_net_charge():
    shown = tables("eight layouts, two salts")
    figure = drawn("charge_bars", "eight layouts, two salts")
    own = shown["charge_profiles"].query("layout == 'pH7'")
    stairs = [
        patch.get_data().values for patch in figure.axes[1].patches if hasattr(patch, "get_data")
    ]
    for column in ("positive_", "negative_", ""):
        wanted = own[f"{column}charge_density_mol_m3"].to_numpy()
        assert any(values == pytest.approx(wanted) for values in stairs), column
    assert titles(figure)[:2] == ["pH2 (+14 e)", "pH7 (−14 e)"]
    assert "14 NH₂⁺ in pH2; 14 NH₂⁺ and 28 COO⁻ in pH7" in figure.caption
    (mean,) = (line for line in figure.axes[1].get_lines() if line.get_color() == "black")
    assert mean.get_ydata()[0] == pytest.approx(-14 / (27.04e-27 * 5 * 6.02214076e23), rel=1e-6)


def points(axes) -> np.ndarray:
    """Places of the marks of a panel."""
    lines = [one.lines[0] for one in axes.containers]
    return np.array([line.get_xydata() for line in lines if line is not None])[0]


def test_points_of_layouts_are_runs_against_twins_at_the_last_time():
    shown = tables("eight layouts, two salts")
    figure = drawn("layout_ranks", "eight layouts, two salts")
    rows = shown["md_and_continuum"].query("time_ns == 100 and salt == 'NaCl'")
    sodium, chloride = (rows[rows.ion == ion] for ion in ("Na+", "Cl-"))
    names = ["mean z of Na⁺, NaCl", "mean z of Cl⁻, NaCl", "Na⁺ − Cl⁻, NaCl"]
    assert titles(figure)[:3] == names
    for axes, ion in zip(figure.axes, (sodium, chloride), strict=False):
        assert points(axes) == pytest.approx(ion[["continuum", "md"]].to_numpy())
        assert set(words(axes)) - {""} == set(ion.layout)
    difference = sodium[["continuum", "md"]].to_numpy() - chloride[["continuum", "md"]].to_numpy()
    assert points(figure.axes[2]) == pytest.approx(difference)


def test_intervals_of_a_difference_hold_zero_where_those_of_the_ions_overlap():
    table = ranked(tables("eight layouts, two salts")["md_and_continuum"])
    means = table[table.what == "mean z"].set_index(["layout", "salt", "ion"])
    differences = table[table.what == "difference"]
    decided = []
    for row in differences.itertuples():
        one, other = (means.loc[(row.layout, row.salt, ion)] for ion in (row.ion, row.than_ion))
        decided.append(one.md_low > other.md_high or other.md_low > one.md_high)
        assert decided[-1] == (row.md_low > 0 or row.md_high < 0)
    assert len(differences) == 16 and 0 < sum(decided) < 16


def test_the_last_time_is_the_last_of_the_runs():
    shown = tables("one layout")["md_and_continuum"]
    stopped = shown.copy()
    stopped.loc[stopped.time_ns > 60, ["md", "md_low", "md_high"]] = np.nan
    assert set(ranked(stopped).time_ns) == {60.0}
    assert set(ranked(tables("no runs")["md_and_continuum"]).time_ns) == {100.0}


def test_without_runs_twins_are_in_their_order():
    shown = tables("no runs")
    figure = drawn("layout_ranks", "no runs")
    rows = shown["md_and_continuum"].query("time_ns == 100 and salt == 'NaCl' and ion == 'Na+'")
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == list(rows.sort_values("continuum").layout)
    assert points(figure.axes[0])[:, 0] == pytest.approx(sorted(rows.continuum))


@pytest.mark.parametrize("name", ["twin_mean_z", "twin_profiles", "layout_ranks"])
def test_panels_without_a_run_say_so(name):
    whole, none = make(name, tables("one layout")), drawn(name, "one layout, no run")
    panels = len(titles(none))
    assert titles(none, "right") == ["no run"] * panels and titles(whole, "right") == []
    assert "Dynamics" not in drawn(name, "no runs").caption
    told = drawn(name, "one layout").caption
    assert told == f"{whole.caption} Dynamics: {DYNAMICS} a step."
    some = drawn(name, "some runs").caption
    assert "flip, NaCl" in some.split("No run")[1]
    assert INTERVAL in whole.caption and "Basis of the twins: runs." in whole.caption
    assert "every charged group 1 e" in whole.caption


def test_captions_tell_how_many_ions_the_ranges_are_of():
    for name in ("twin_mean_z", "layout_ranks"):
        caption = make(name, tables("one layout"), level=0.9).caption
        assert "found with 90 % if the twin were right (NaCl: 30 Na⁺, 30 Cl⁻)" in caption


def test_permeations_drawn_are_those_at_one_pressure():
    shown = tables("eight layouts, two salts")
    figure = make("steady_permeation", shown, pressure_bar=15.0, assumed="a pore")
    rows = shown["steady"].query("pressure_bar == 15 and salt == 'CaCl2' and ion == 'Cl-'")
    for axes, fraction in zip(figure.axes[2:], (1.0, 0.15), strict=True):
        drawn = {line.get_marker(): line.get_xdata() for line in axes.get_lines()}
        for variant, marker in (("profile", "D"), ("average", "o"), ("mirror", "|")):
            own = rows[(rows.variant == variant) & (rows.charge_fraction == fraction)]
            assert drawn[marker] == pytest.approx(own.permeation)
    assert "at 15 bar" in figure.caption and "Assumed: a pore." in figure.caption
    assert "at 10 bar" in drawn("steady_permeation", "eight layouts, two salts").caption
    with pytest.raises(ValueError, match="pressure_bar is 12, allowed is one of 10, 15"):
        make("steady_permeation", shown, pressure_bar=12.0)


def test_ions_that_permeate_differently_have_rows_of_their_own():
    steady = tables("one layout")["steady"].copy()
    assert len(make("steady_permeation", {"steady": steady}).axes) == 2
    steady.loc[steady.ion == "Cl-", "permeation"] *= 0.5
    figure = make("steady_permeation", {"steady": steady})
    assert titles(figure)[::2] == ["Na⁺, NaCl, nominal charge", "Cl⁻, NaCl, nominal charge"]


def test_what_did_not_converge_is_written_and_not_drawn():
    steady = tables("one layout")["steady"].copy()
    lost = (steady.variant == "mirror") & (steady.charge_fraction == 1)
    steady.loc[lost, ["converged", "permeation"]] = [False, np.nan]
    axes = make("steady_permeation", {"steady": steady}).axes[0]
    assert words(axes) == ["not converged: mirror"]
    assert sum(len(line.get_xdata()) for line in axes.get_lines()) == 2


def test_names_beside_a_panel_are_moved_as_little_as_their_distance_needs():
    rng = np.random.default_rng(3)
    for _ in range(5):
        wanted = np.sort(rng.uniform(0.3, 0.7, 6))
        found = apart(wanted, 0.08)
        limits = {"type": "ineq", "fun": lambda h: np.diff(h) - 0.08}
        best = minimize(lambda h, w=wanted: ((h - w) ** 2).sum(), wanted, constraints=limits)
        assert found == pytest.approx(best.x, abs=1e-3)
    crowded = apart(np.full(30, 0.9), 0.08)
    assert crowded[0] >= 0 and crowded[-1] <= 1 and np.diff(crowded).min() > 0.03


def test_all_that_the_tables_allow_is_drawn_and_the_rest_has_a_reason(tmp_path):
    shown = dict(tables("one layout"))
    main, pdf = shown.pop("md_and_continuum"), shown.pop("z_pdf")
    del shown["charge_profiles"], shown["steady"]
    drawn = draw_all(tmp_path / "all", main, shown, {"z_pdf": pdf}, stamp="demo", dpi=40)
    assert drawn == ["twin_mean_z", "twin_profiles", "layout_ranks"]
    files = {path.name for path in (tmp_path / "all").iterdir()}
    assert files == {f"{name}.{ending}" for name in drawn for ending in ENDINGS}
    kept = pd.read_csv(tmp_path / "all/twin_profiles.csv")
    assert set(kept.table) == {"profiles", "z_pdf"}
    reason, steady = "no network/report.json", tables("one layout")["steady"]
    missing = pd.DataFrame({"of": ["twin"], "reason": [reason]})
    empty = {"md_and_continuum": main.head(0), "missing": missing, "steady": steady}
    left_out = skipped(empty)
    assert left_out["twin_mean_z"] == f"no rows in table md_and_continuum: {reason}"
    assert left_out["charge_bars"] == "no rows in table charge_profiles"
    assert set(FIGURES) - set(left_out) == {"steady_permeation"}
    assert draw_all(tmp_path / "few", main.head(0), {"missing": missing}) == []
    assert not (tmp_path / "few").exists()
    with pytest.raises(ValueError, match="twin_mean_z is not drawn: no rows"):
        make("twin_mean_z", empty)


def test_figures_and_options_nobody_knows_are_refused():
    with pytest.raises(KeyError, match="no figure 'ranks', there are: twin_mean_z"):
        make("ranks", {})
    with pytest.raises(
        ValueError, match="no option 'bar', there are: assumed, level, pressure_bar"
    ):
        make("twin_mean_z", {}, bar=1)
