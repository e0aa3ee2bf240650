"""Figures of a fit: what is drawn is what the tables say."""

import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from analysis.figures.characterize import FIGURES, corner, pore_sizes
from analysis.figures.characterize.corner import BOUND
from analysis.figures.characterize.quantities import Shown
from analysis.figures.continuum import draw
from analysis.figures.files import save_all
from tests.analysis.figures import fit_tables as tables
from tests.analysis.figures.test_figures import check_texts

ABOUT = "A membrane, a table."


def densities() -> pd.DataFrame:
    radius = np.linspace(0.1, 1.2, 60)
    parts = [
        pd.DataFrame({"curve": curve, "radius_nm": radius, "density_per_nm": height})
        for curve, height in (
            ("number", np.exp(-(((radius - 0.4) / 0.1) ** 2))),
            ("flow", np.exp(-(((radius - 0.6) / 0.15) ** 2))),
        )
    ]
    return pd.concat(parts, ignore_index=True).assign(low=np.nan, high=np.nan)


CASES = {
    "rejection_bands": lambda: (tables.bands(), tables.residuals(), ABOUT),
    "parity": lambda: (tables.residuals(), ABOUT),
    "residuals": lambda: (tables.residuals(), ABOUT),
    "profile_likelihoods": lambda: (tables.profiles(), tables.parameters(), ABOUT),
    "corner": lambda: (tables.draws(), tables.parameters(), tables.ridge(), ABOUT, "told"),
    "pore_sizes": lambda: (densities(), ["Na+", "Cl-", "SO4--", "Mg2+"], ABOUT),
}
BARE = {
    "rejection_bands": lambda: (tables.bands(False), tables.residuals(None, False), ABOUT),
    "parity": lambda: (tables.residuals(None, False), ABOUT),
    "residuals": lambda: (tables.residuals(None, False), ABOUT, 0.02),
}


def made(name, cases=CASES):
    return draw(FIGURES[name], *cases[name]())


def test_every_figure_has_a_case():
    assert list(CASES) == list(FIGURES)


@pytest.mark.parametrize(
    ("name", "cases"), [(name, CASES) for name in CASES] + [(name, BARE) for name in BARE]
)
def test_every_figure_is_drawn_without_a_warning_and_its_words_keep_apart(name, cases, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = made(name, cases)
        save_all(figure, tmp_path / name)
        figure.draw_without_rendering()
        check_texts(figure)
    assert figure.caption.startswith(ABOUT)
    assert not re.search(r"\bnan\b|  | [.,;:]|\(\)", figure.caption), figure.caption
    assert plt.get_fignums() == []
    drawn = pd.read_csv(tmp_path / f"{name}.csv")
    assert len(drawn) and drawn.table.notna().all()


def test_parity_places_each_rejection_at_its_two_values():
    figure, table = made("parity"), tables.residuals()
    points = {
        tuple(point)
        for line in figure.axes[0].lines
        if line.get_marker() not in ("", "None", None)
        for point in np.round(line.get_xydata(), 6)
    }
    assert points == {
        tuple(np.round(pair, 6)) for pair in table[["rejection", "predicted"]].to_numpy()
    }
    rms = float(np.sqrt((table.residual**2).mean()))
    assert f"measured {rms:.3f}" in figure.caption


def test_profiles_cross_the_line_where_their_intervals_end():
    figure = made("profile_likelihoods")
    for axes, name in zip(figure.axes, tables.FREE, strict=False):
        quantity = Shown(name)
        curve = max(axes.lines, key=lambda line: len(line.get_xdata()))
        x, rise = curve.get_data()
        end = np.interp(quantity.value(tables.HIGH[name]), x, rise)
        assert end == pytest.approx(tables.THRESHOLD, rel=0.02)
        assert np.interp(quantity.value(tables.BEST[name]), x, rise) == pytest.approx(0, abs=0.02)
    assert "effective thickness 1 µm, at most 3" in figure.caption
    assert "charge density −40 mol m⁻³ (−60 to −20)" in figure.caption


def test_a_bound_that_ends_an_interval_is_drawn_and_others_are_not():
    figure = made("profile_likelihoods")
    red = [
        [line for line in axes.lines if to_hex(line.get_color()) == BOUND.lower()]
        for axes in figure.axes
    ]
    assert [len(lines) for lines in red] == [0, 1, 0]
    assert red[1][0].get_xdata()[0] == pytest.approx(0.02)


def test_corner_shows_draws_ridge_and_near_bounds():
    near = tables.parameters()
    near.loc[near.parameter == "pore_radius", "bound_low"] = 0.38e-9
    figure = draw(corner, tables.draws(), near, tables.ridge(), ABOUT)
    grid = np.array(figure.axes).reshape(3, 3)
    below = grid[1, 0]
    clouds = [line for line in below.lines if line.get_marker() == "o"]
    assert clouds[0].get_xdata() == pytest.approx(1e9 * tables.draws().pore_radius)
    walls = [line for line in below.lines if to_hex(line.get_color()) == BOUND.lower()]
    assert [line.get_xdata()[0] for line in walls][0] == pytest.approx(0.38)
    assert not grid[0, 1].get_visible()


def test_bands_are_those_of_the_table_in_shown_units():
    figure, table = made("rejection_bands"), tables.bands()
    own = table[(table.feed == "low") & (table.ion == "Na+")]
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == len(own)]
    assert lines[0].get_xdata() == pytest.approx(own.flux_m_s * 3.6e6)
    assert lines[0].get_ydata() == pytest.approx(own.best)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(tables.FEEDS)


def test_ions_that_were_not_measured_are_called_predictions():
    measured = tables.residuals()
    figure = draw(
        FIGURES["rejection_bands"], tables.bands(), measured[measured.ion == "Na+"], ABOUT
    )
    assert "Not measured, a prediction: SO₄²⁻." in figure.caption


def test_residuals_are_over_their_sd_where_it_is_known_and_bare_elsewhere():
    assert made("residuals").axes[0].get_ylabel() == "residual over its sd"
    bare = made("residuals", BARE)
    assert bare.axes[0].get_ylabel() == "predicted less measured"
    assert "0.02, which was estimated" in bare.caption


def test_other_distributions_are_named_with_their_source():
    table = densities()
    other = table[table.curve == "number"].assign(curve="AFM")
    figure = draw(
        pore_sizes, pd.concat([table, other]), ["Na+"], ABOUT, {"AFM": "Hilal et al. (2005)"}
    )
    assert "AFM: Hilal et al. (2005)." in figure.caption
    assert [text.get_text() for text in figure.legends[0].get_texts()][-1] == "AFM"
