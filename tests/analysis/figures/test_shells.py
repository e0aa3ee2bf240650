import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from analysis.figures import FIGURES, make, tables_of
from analysis.figures.along_z import band_words
from analysis.figures.style import color
from analysis.results import Results


@pytest.fixture(scope="module")
def results(campaign):
    return Results(campaign)


def tables_for(name, results):
    return {table: results[table] for table in tables_of(name)}


def lines_of(axes, tint, width=None):
    lines = [line for line in axes.get_lines() if line.get_linestyle() != "None"]
    lines = [line for line in lines if same_color(line.get_color(), tint)]
    return [line for line in lines if width is None or line.get_linewidth() == width]


def test_every_ion_has_its_own_thin_line_in_energies(results):
    axes = make("energies", results).get_axes()[0]
    for species in ("Na+", "Cl-"):
        assert len(lines_of(axes, color(species), 0.4)) == 18


def test_no_line_of_an_ion_spans_bins_that_it_was_never_in(results):
    tables = tables_for("energies", results)
    ions = tables["energy_ions"]
    tables["energy_ions"] = ions[~ions.z_angstrom.between(-20, -14)]
    axes = FIGURES["energies"](**tables).get_axes()[0]
    for line in lines_of(axes, color("Na+"), 0.4):
        z = line.get_xdata()
        steps = np.diff(z[np.isfinite(z)])
        breaks = np.isnan(z).sum()
        assert (steps > 3).sum() == breaks


def test_captions_of_energies_say_what_vacuum_leaves_out(results):
    caption = make("energies", results).caption
    for words in ("no water screens", "n = 18 Na⁺, 18 Cl⁻", "NAMDEnergy", "pH7, NaCl -14 e"):
        assert words in caption
    tables = tables_for("energies", results)
    tables["energy_z"]["note"] = "Lennard-Jones parameters are not known"
    assert "Van der Waals energies are not known" in FIGURES["energies"](**tables).caption


def test_means_are_thin_where_not_every_trial_has_been(results):
    tables = tables_for("energies", results)
    table = tables["energy_z"]
    far = (table.trial == "all") & (table.z_angstrom > 0)
    table.loc[far, "interval"] = "none: not in all trials"
    axes = FIGURES["energies"](**tables).get_axes()[0]
    (thick,) = lines_of(axes, color("Cl-"), 1.5)
    z, values = thick.get_data()
    assert np.isnan(np.asarray(values)[np.asarray(z) > 0]).all()
    (thin,) = lines_of(axes, color("Cl-"), 0.55 * 1.5)
    assert np.isfinite(np.asarray(thin.get_ydata())[np.asarray(z) > 0]).any()


def test_lines_of_coordination_add_up_kinds_of_neighbours(results):
    axes = make("coordination", results).get_axes()[0]
    pooled = results["coordination"].query(
        "layout == 'pH2' and trial == 'all' and species == 'Cl-'"
    )
    by = pooled.pivot(index="z_angstrom", columns="partner", values="coordination")
    both = by["water O"] + by["membrane O"] + by["membrane N"]
    drawn = [np.asarray(line.get_ydata(), dtype=float) for line in lines_of(axes, color("Cl-"))]
    for expected in (by["water O"], both, by["total"]):
        assert any(
            len(one) == len(expected) and np.allclose(one, expected, equal_nan=True)
            for one in drawn
        )


def test_caption_of_coordination_has_its_cutoffs(results):
    caption = make("coordination", results).caption
    assert "within 3 Å of Na⁺, 3.6 Å of Cl⁻" in caption
    assert "Na⁺/Cl⁻ within 3.7 Å" in caption and "fewer than 5 samples" in caption


def test_cutoffs_in_use_are_marked_in_radial(results):
    axes = make("radial", results).get_axes()
    marks = [line for line in axes[0].get_lines() if line.get_marker() == "v"]
    assert {float(line.get_xdata()[0]) for line in marks} == {3.0, 3.6}


def test_a_line_style_of_radial_has_one_meaning(results):
    figure = make("radial", results)
    water, inside, pairs = figure.get_axes()[:6:2]
    dashes = {
        axes: {
            line.get_linestyle()
            for line in axes.get_lines()
            if len(line.get_xdata()) > 2 and line.get_marker() == "None"
        }
        for axes in (water, inside, pairs)
    }
    assert dashes[water] == dashes[pairs] == {"-"} and dashes[inside] == {"-", "--"}


def test_shells_of_a_few_pairs_rule_no_axis_of_radial(results):
    tables = tables_for("radial", results)
    table = tables["radial"]
    calm = FIGURES["radial"](**tables).get_axes()[4].get_ylim()
    first = table.index[(table.trial == "all") & table.partner.eq("Cl-")][30]
    table.loc[first, ["g", "pairs"]] = 1e4, 3
    assert FIGURES["radial"](**tables).get_axes()[4].get_ylim() == calm
    table.loc[first, "pairs"] = 300
    assert FIGURES["radial"](**tables).get_axes()[4].get_ylim()[1] > 1e4


def test_only_species_of_the_feed_are_drawn_in_radial(results):
    tables = tables_for("radial", results)
    for name in ("radial", "first_shells"):
        other = tables[name][tables[name].species == "Na+"].assign(species="K+")
        tables[name] = pd.concat([tables[name], other], ignore_index=True)
    figure = FIGURES["radial"](**tables)
    assert set(figure.drawn["radial"].species) == {"Na+", "Cl-"}
    assert "K⁺" not in figure.caption


def test_a_membrane_without_groups_has_a_word_in_place_of_the_strip(results):
    for name in ("energies", "coordination"):
        tables = tables_for(name, results)
        tables["groups"]["density_per_nm3"] = 0.0
        texts = [t.get_text() for axes in FIGURES[name](**tables).axes for t in axes.texts]
        assert texts.count("no charged groups") == 2


def test_bands_that_not_every_bin_has_are_said_to():
    kind = "95 % t-interval, 2 degrees of freedom (3 trials)"
    some = band_words(pd.DataFrame({"interval": [kind, "none: not in all trials"]}))
    assert "in the bins that every trial has" in some and kind in some
    assert "every trial has" not in band_words(pd.DataFrame({"interval": [kind]}))
    assert band_words(pd.DataFrame({"interval": ["none: one trial"]})) == "No band: one trial."
