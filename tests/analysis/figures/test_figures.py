from functools import cache
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

import analysis
from analysis.catalogue import FIGURE_ENDINGS
from analysis.figures import FIGURES, draw, make, tables_of
from analysis.figures.journal import LETTER
from analysis.figures.style import PALETTE, color
from analysis.options import AnalysisOptions
from analysis.results import Results
from mdtools import records

OPTIONS = AnalysisOptions(figure_dpi=60)
DYNAMICS = "heavy hydrogens, 4 fs"
# Vienot, Brettel & Mollon (1999), on linear RGB.
COLOUR_BLIND = {
    "protan": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deutan": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.9505], [1.0], [1.089]])


def lab(linear):
    x, y, z = np.cbrt(TO_XYZ @ np.clip(linear, 0, 1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.fixture(scope="module")
def results(campaign):
    return Results(campaign)


@pytest.fixture(scope="module")
def made(results):
    """Figure of a name with a stamp and the dynamics told, made once for all who look at it."""
    return cache(lambda name: make(name, results, stamp="demo", dynamics=DYNAMICS))


@pytest.fixture(scope="module")
def shown(made):
    """The same, laid out as on paper."""

    def lay_out(name):
        figure = made(name)
        figure.draw_without_rendering()
        return figure

    return cache(lay_out)


@pytest.fixture(scope="module")
def turned(results):
    """Figure of a name from tables whose species are turned round, of runs at 37 of 100 ns."""

    def make_turned(name):
        tables = {key: results[key] for key in tables_of(name)}
        for key, table in tables.items():
            if by := [column for column in ("species", "of") if column in table]:
                tables[key] = table.sort_values(by, ascending=False, kind="stable")
        if "trials" in tables:
            tables["trials"] = tables["trials"].assign(complete=False, analysed_ns=37.0)
        return FIGURES[name](**tables)

    return cache(make_turned)


@pytest.mark.parametrize("sight", COLOUR_BLIND)
def test_palette_stays_apart_for_colour_blind_readers(sight):
    seen = {}
    for name, code in PALETTE.items():
        rgb = np.array(to_rgb(code))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        seen[name] = lab(np.array(COLOUR_BLIND[sight]) @ linear)
    for a, b in combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 15, (a, b)


@pytest.mark.parametrize("name", FIGURES)
def test_figure_functions_return_a_figure_that_is_in_no_window(name, made):
    assert isinstance(made(name), Figure)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_keeps_its_tables_and_a_caption_in_plain_words(name, made):
    figure = made(name)
    assert {tables_of(name)[0], name} & set(figure.drawn)
    layouts = [set(table.layout) for table in figure.drawn.values() if "layout" in table]
    assert set().union(*layouts) == {"pH2", "pH7"}
    assert figure.caption and not set("$\\^{}") & set(figure.caption)


def test_a_drawn_figure_has_its_caption_and_its_data_beside_and_is_the_same_drawn_again(
    campaign, made, tmp_path
):
    name = "overview"
    draw(name, campaign, tmp_path / "a", "demo", OPTIONS, DYNAMICS)
    caption = made(name).caption
    assert {p.name for p in tmp_path.iterdir()} == {f"a.{ending}" for ending in FIGURE_ENDINGS}
    drawn = pd.read_csv(tmp_path / "a.csv")
    assert {tables_of(name)[0], name} & set(drawn.table)
    assert set(drawn.layout) == {"pH2", "pH7"}
    with Image.open(tmp_path / "a.png") as image:
        assert image.text["Description"] == caption
    assert " ".join((tmp_path / "a.txt").read_text().split()) == caption
    draw(name, campaign, tmp_path / "b", "demo", OPTIONS, DYNAMICS)
    for ending in FIGURE_ENDINGS:
        first, second = ((tmp_path / f"{s}.{ending}").read_bytes() for s in "ab")
        assert first == second


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_written_leaves_the_sheet_or_meets_other_text(name, shown):
    check_texts(shown(name))


@pytest.mark.parametrize("name", FIGURES)
def test_the_caption_says_how_atoms_moved(name, made):
    said = f" Dynamics: {DYNAMICS} a step."
    assert made(name).caption.endswith(said) and made(name).caption.count("Dynamics") == 1


def test_neither_a_stamp_nor_dynamics_are_on_a_figure_that_was_given_none(results):
    silent = make("mean_z", results)
    assert stamps(silent) == [] and "Dynamics" not in silent.caption


def test_words_in_place_of_shares_out_of_reach_meet_no_other_text(make_campaign):
    near = Results(make_campaign("near", figures=("permeation",), frames=100))
    table = near["permeation"]
    table.loc[(table.line == "permeated") & (table.layout == "pH7"), "reachable"] = True
    figure = FIGURES["permeation"](table, near["trials"])
    assert [word for axes in figure.axes for word in words(axes)] == ["beyond the piston"]
    figure.draw_without_rendering()
    check_texts(figure)


def words(axes) -> list[str]:
    """What is written into a panel beside its letter."""
    return [text.get_text() for text in axes.texts if text.get_gid() != LETTER]


def check_texts(figure):
    """Nothing that a figure, already laid out, has written is cut off or covered."""
    sheet = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in written(figure)]
    for text, box in boxes:
        assert sheet.x0 - 1 <= box.x0 and box.x1 <= sheet.x1 + 1, text
        assert sheet.y0 - 1 <= box.y0 and box.y1 <= sheet.y1 + 1, text
    for (a, one), (b, two) in combinations(boxes, 2):
        width = min(one.x1, two.x1) - max(one.x0, two.x0)
        height = min(one.y1, two.y1) - max(one.y0, two.y0)
        assert not (width > 1 and height > 2), (a, b)


def written(figure) -> list:
    """Every text that a reader sees; ticks beyond the limits have labels that are not drawn."""
    texts = [text for text in figure.texts if text.get_zorder() > 0]
    texts += [text for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.get_axes():
        if axes.get_visible():
            texts += [axes.title, axes._left_title, axes._right_title, *axes.texts]
            for axis, where, limits in (
                (axes.xaxis, 0, axes.get_xlim()),
                (axes.yaxis, 1, axes.get_ylim()),
            ):
                texts.append(axis.label)
                texts += [
                    label
                    for label in axis.get_ticklabels()
                    if min(limits) <= label.get_position()[where] <= max(limits)
                ]
    return [text for text in texts if text.get_text().strip() and text.get_visible()]


def test_every_axis_with_a_label_says_its_unit(made):
    for name in FIGURES:
        for axes in made(name).get_axes():
            for text in (axes.get_xlabel(), axes.get_ylabel()):
                assert not text or text.rstrip().endswith(")") or "(Å)" in text, (name, text)


def test_curves_drawn_are_those_of_the_tables(made, results):
    figure = made("mean_z")
    axes = figure.get_axes()[0]
    table = results["mean_z"].query("layout == 'pH2' and species == 'Cl-' and trial == 'all'")
    lines = [
        line
        for line in axes.get_lines()
        if line.get_color() == color("Cl-") and len(line.get_xdata()) == len(table)
    ]
    assert any(line.get_ydata() == pytest.approx(table.z_angstrom) for line in lines)


@pytest.mark.parametrize("name", FIGURES)
def test_the_stamp_crosses_the_panels_behind_their_data(name, shown):
    demo = shown(name)
    (across,) = stamps(demo)
    assert across.get_zorder() < 0
    panels = [axes for axes in demo.get_axes() if axes.get_visible()]
    assert not any(axes.patch.get_visible() for axes in panels)
    around = Bbox.union([axes.get_window_extent() for axes in panels])
    box = across.get_window_extent()
    assert around.x0 <= box.x0 and box.x1 <= around.x1
    assert around.y0 <= box.y0 and box.y1 <= around.y1
    assert max(box.width / around.width, box.height / around.height) > 0.8


def stamps(figure) -> list:
    return [text for text in figure.findobj(plt.Text) if text.get_text() == "DEMO"]


@pytest.mark.parametrize("name", FIGURES)
def test_legends_name_cations_then_anions_then_groups(name, made, turned):
    wanted = ["Na⁺", "Cl⁻", "NH₂⁺", "COO⁻"]
    for figure in (made(name), turned(name)):
        (legend,) = figure.legends
        texts = [text.get_text() for text in legend.get_texts()]
        names = [text.removesuffix(", pooled").removesuffix(" groups") for text in texts]
        present = [word for word in names if word in wanted]
        assert present == [word for word in wanted if word in present]
        assert present or name in {"structure", "water", "lifetimes", "clusters", "overlay"}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_have_a_width_of_a_journal_and_no_caption_in_the_picture(name, shown):
    figure = shown(name)
    centimetres = 2.54 * figure.get_figwidth()
    assert any(centimetres == pytest.approx(width) for width in (9, 14, 19))
    assert 2.54 * figure.get_figheight() < 25
    longest = max((text.get_text() for text in figure.findobj(plt.Text)), key=len)
    assert len(longest) < 60, longest


@pytest.mark.parametrize("name", FIGURES)
def test_panels_have_letters_in_the_order_of_reading(name, shown):
    figure = shown(name)
    signs = {
        text.get_text(): text.get_window_extent()
        for axes in figure.get_axes()
        for text in axes.texts
        if text.get_gid() == LETTER
    }
    assert "".join(sorted(signs)) == "abcdefgh"[: len(signs)] and len(signs) > 1
    assert signs["a"].y0 >= signs["b"].y0 - 2
    assert signs["a"].y0 > signs["b"].y0 + 2 or signs["a"].x0 < signs["b"].x0


def test_the_legend_has_no_entry_for_what_is_not_drawn(make_campaign):
    results = Results(make_campaign(trials=1, figures=("mean_z", "permeation", "energies")))
    for name in ("mean_z", "permeation", "energies"):
        tables = {key: results[key] for key in tables_of(name)}
        first = tables_of(name)[0]
        tables[first] = tables[first][tables[first].species == "Na+"]
        texts = [text.get_text() for text in FIGURES[name](**tables).legends[0].get_texts()]
        assert any("Na⁺" in text for text in texts), name
        if name != "energies":
            assert not any("Cl⁻" in text for text in texts), name
    table = tables["groups"]
    table["density_per_nm3"] = 0.0
    texts = [text.get_text() for text in FIGURES["energies"](**tables).legends[0].get_texts()]
    assert not any("groups" in text for text in texts)


@pytest.mark.parametrize("name", FIGURES)
def test_captions_say_that_trials_share_their_start(name, made):
    said = "trials of a campaign share one membrane and one equilibrated cell"
    assert said in made(name).caption


def test_the_start_is_a_dash_for_each_species_and_layout(made, results):
    figure = made("permeation")
    start = results["permeation"].query(
        "time_ns == 0 and trial == 'all' and definition == 'at time' and line == 'feed face'"
    )
    dashes = [line for line in figure.get_axes()[0].get_lines() if line.get_marker() == "_"]
    drawn = sorted(y for line in dashes for y in line.get_ydata())
    assert drawn == pytest.approx(sorted(100 * start.share)) and len(drawn) == 4
    assert "at t = 0, which is no transport" in figure.caption


def test_axes_along_z_reach_both_pistons(made, results):
    places = results["extent"].query("trial == 'all'").groupby("place").z_angstrom
    ends = places.min()["feed piston"], places.max()["permeate piston"]
    for name in ("snapshots", "z_pdf", "profiles"):
        low, high = made(name).get_axes()[0].get_xlim()
        assert low <= ends[0] and high >= ends[1], name


def test_mean_z_shows_the_feed_face_and_no_empty_membrane(make_campaign):
    results = Results(make_campaign(figures=("mean_z",)))
    tables = {key: results[key] for key in tables_of("mean_z")}
    table = tables["mean_z"]
    table[["z_angstrom", "low_angstrom", "high_angstrom"]] -= 40
    face = tables["extent"].query("trial == 'all' and place == 'feed face'").z_angstrom.max()
    low, high = FIGURES["mean_z"](**tables).get_axes()[0].get_ylim()
    assert low < table.low_angstrom.min() and face < high < face + 0.15 * (high - low)


def test_trials_in_mean_z_can_be_told_apart(made):
    figure = made("mean_z")
    lines = figure.get_axes()[0].get_lines()
    thin = [line for line in lines if line.get_color() == color("Na+") and line.is_dashed()]
    assert len({str(line._dash_pattern) for line in thin}) == 3


def test_every_panel_of_z_pdf_has_its_bandwidths_in_the_caption(made, results):
    caption = made("z_pdf").caption
    table = results["z_pdf"].query("time_ns == 100").drop_duplicates(["layout", "species"])
    for row in table.itertuples():
        panel = caption.split(f"{row.layout}, NaCl: ")[1]
        name = {"Na+": "Na⁺", "Cl-": "Cl⁻"}[row.species]
        assert f"{name} {row.bandwidth_angstrom:.1f} Å (n = 18)" in panel[:60]


def test_the_membrane_stays_below_the_curves_of_z_pdf(made):
    axes = made("z_pdf").get_axes()[0]
    grey = to_rgb(PALETTE["membrane"])
    (shade,) = (c for c in axes.collections if tuple(c.get_facecolor()[0][:3]) == grey)
    assert shade.get_datalim(axes.transData).y1 == pytest.approx(0.45 * axes.get_ylim()[1])


@pytest.mark.parametrize("name", FIGURES)
def test_figures_of_unfinished_runs_say_how_far_they_are(name, turned):
    words = " ".join(text.get_text() for text in turned(name).findobj(plt.Text))
    assert "partial: 37 of 100 ns" in words


def test_one_trial_is_drawn_without_a_band_and_says_so(make_campaign):
    results = Results(make_campaign(layouts=("pH2",), trials=1, frames=100, figures=("z_pdf",)))
    assert "No band: one trial." in make("z_pdf", results).caption


def test_many_layouts_and_salts_get_a_panel_each(campaign):
    layouts, salts = ("pH2", "pH7", "pH10", "flip", "feed"), ("NaCl", "CaCl2")
    directory = campaign["pH2", "NaCl"]
    figures = {}
    for name, chosen in (("snapshots", salts[:1]), ("mean_z", salts), ("permeation", salts)):
        results = Results({(layout, salt): directory for salt in chosen for layout in layouts})
        figures[name] = make(name, results)
        drawn = next(iter(figures[name].drawn.values()))
        assert drawn.groupby(["layout", "salt"]).ngroups == 5 * len(chosen)
    titles = [axes.get_title(loc="left") for axes in figures["mean_z"].get_axes()]
    shown = ("NaCl", "CaCl₂")
    assert {f"{layout}, {salt}" for layout in layouts for salt in shown} <= set(titles)


def test_numbers_stand_beside_axes_of_shares_that_end_at_all_of_them(shown):
    for name, row in (("crossings", 0), ("hopping", 1)):
        figure = shown(name)
        axes = figure.axes[2 * row]
        assert 100 <= axes.get_xlim()[1] <= 103
        numbers = [text for text in axes.texts if text.get_text().isdigit()]
        assert numbers
        assert all(text.get_window_extent().x0 > axes.bbox.x1 for text in numbers)


def test_groups_that_no_ion_was_at_can_be_seen(made):
    stars = [
        size
        for axes in made("hopping").axes[:2]
        for marks in axes.collections
        if to_rgb(marks.get_facecolor()[0][:3]) == to_rgb(color("NH2+"))
        for size in marks.get_sizes()
    ]
    assert len(stars) == 20 and min(stars) >= 30


def test_smoothing_beyond_the_pistons_is_said(made, results):
    share = results["z_pdf"].query("role == 'feed ion' and time_ns == 100").outside_share.max()
    assert (share > 0.005) == ("beyond the pistons" in made("z_pdf").caption)


def test_a_figure_nobody_knows_is_refused(made):
    with pytest.raises(KeyError, match="no figure 'pdf', there are: overview, snapshots"):
        made("pdf")


def test_layouts_keep_the_order_of_the_directories(campaign):
    turned = dict(reversed(campaign.items()))
    figure = make("z_pdf", Results(turned))
    titles = [axes.get_title(loc="left") for axes in figure.get_axes()]
    assert [title for title in titles if title] == ["pH7, NaCl", "pH2, NaCl"]


def test_the_index_says_what_a_table_means(results, campaign):
    said = results.about("permeation")
    assert set(said["definitions"]) == {"at time", "by time", "over trials"}
    assert said["parameters"]["permeated_above_angstrom"] == 40.0 and said["differing"] == {}
    assert "about(" in repr(results)
    with pytest.raises(KeyError, match="no table 'pdf', there are: anchors_force"):
        results.about("pdf")


def test_the_index_says_where_parameters_differ(make_campaign):
    campaign = make_campaign(trials=1, frames=100, figures=("mean_z",))
    path = campaign["pH7", "NaCl"] / "mean_z.json"
    other = records.read(path)
    other["parameters"]["level"] = 0.9
    records.write(path, other)
    said = Results(campaign).about("mean_z")
    assert said["differing"] == {"level": {"pH2, NaCl": 0.95, "pH7, NaCl": 0.9}}
    assert "level" not in said["parameters"] and "mean_z_every_ns" in said["parameters"]


def test_analysis_package_offers_the_index(campaign):
    root = campaign["pH2", "NaCl"].parents[2]
    assert set(analysis.load(root).directories) == set(campaign)


def test_the_shade_of_the_displacement_in_space_is_the_range_of_the_trials(made, results):
    axes = made("ion_msd").get_axes()[0]
    table = results["ion_msd"].query(
        "layout == 'pH2' and role == 'feed ion' and species == 'Cl-' and direction == 'total' and "
        "definition == 'ion MSD, inside all along' and of == 'displacement' and trial != 'all'"
    )
    of_trials = table.groupby("lag_ps").msd_angstrom2.agg(["min", "max"])
    shade = axes.collections[1].get_paths()[0].vertices
    lags = np.unique(shade[:, 0])
    assert len(lags) > 10
    for lag in lags:
        heights = shade[shade[:, 0] == lag, 1]
        expected = of_trials.iloc[np.abs(of_trials.index / 1000 - lag).argmin()]
        assert heights.min() == pytest.approx(expected["min"], rel=1e-3)
        assert heights.max() == pytest.approx(expected["max"], rel=1e-3)


def test_the_overlay_has_the_curve_of_each_layout_and_its_groups(made, results):
    figure = made("overlay")
    (cation, anion, amines, acids) = [axes for axes in figure.get_axes() if axes.get_visible()]
    for layout, line in zip(("pH2", "pH7"), figure.legends[0].get_lines(), strict=False):
        table = results["coordination"].query(
            f"layout == '{layout}' and species == 'Cl-' and trial == 'all' and partner == 'water O'"
        )
        curves = [one for one in anion.get_lines() if one.get_color() == line.get_color()]
        curves = [one for one in curves if len(one.get_ydata()) == len(table)]
        assert any(
            one.get_ydata() == pytest.approx(table.coordination, nan_ok=True) for one in curves
        )
    # pH2 has no carboxylates.
    assert [len(axes.patches) for axes in (amines, acids)] == [2, 1]
    titles = [axes.get_title(loc="left") for axes in (cation, acids)]
    assert "Na⁺" in titles[0] and "COO⁻" in titles[1]
