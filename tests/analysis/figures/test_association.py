"""Figures of ion association where contacts are missing, endless or of several kinds."""

import matplotlib.style
import numpy as np
import pandas as pd
import pytest

from analysis.figures import FIGURES, tables_of
from analysis.figures.lifetimes import short_note
from analysis.figures.sheet import Sheet
from analysis.figures.style import MPLSTYLE
from analysis.observables import chaperones, clusters, extent, pair_lifetimes
from analysis.options import AnalysisOptions
from analysis.trials import Trials
from tests.analysis.association import beside, corners, planted, telegraph
from tests.analysis.figures.test_figures import check_texts

NAMES = ("lifetimes", "clusters", "chaperones")


def drawn(name: str, stores: list) -> Sheet:
    """A figure of one layout and salt, its tables as they are read from files."""
    tables = {}
    for module in (extent, pair_lifetimes, clusters, chaperones):
        found = module.tables(Trials(tuple(stores)), AnalysisOptions())
        for key, table in found.items():
            table = table.replace("", np.nan)
            table.insert(0, "layout", "pH2")
            tables[key] = table.assign(salt="NaCl")
    with matplotlib.style.context(MPLSTYLE):
        figure = FIGURES[name](**{key: tables[key] for key in tables_of(name)})
    figure.draw_without_rendering()
    check_texts(figure)
    return figure


def always(contact: bool) -> list:
    cations = corners(601, 2)
    anions = beside(cations, np.full((601, 2), contact))
    return [planted({"Na+": cations, "Cl-": anions}, trial=k) for k in (1, 2)]


SAID = {"lifetimes": "no contacts", "clusters": "never in one", "chaperones": " 0 contacts"}


@pytest.mark.parametrize("name", NAMES)
def test_no_contact_is_said(name):
    assert SAID[name] in drawn(name, always(False)).caption


def test_contacts_that_never_end_are_drawn_as_bounds():
    figure = drawn("lifetimes", always(True))
    # Four contacts of 1.202 ns and no end, at 3.689 ends in the mean.
    assert "Na⁺/Cl⁻ over 1.303 ns (n = 4, 0 with their end seen)" in figure.caption
    marks = [line for axes in figure.axes for line in axes.lines if line.get_marker() == ">"]
    assert any(line.get_xdata()[0] == pytest.approx(4.808 / 3.6888795) for line in marks)
    assert "lower bound" in [text.get_text() for text in figure.legends[0].get_texts()]


def flickering(tau: float, trials=(1, 2), frames=2001) -> list:
    """Contacts of `tau` frames in the mean."""
    rng, cations = np.random.default_rng(0), corners(frames, 3)
    contacts = [telegraph(rng, frames, 3, tau, 100) for _ in trials]
    return [
        planted({"Na+": cations, "Cl-": beside(cations, contact)}, trial=k)
        for k, contact in zip(trials, contacts, strict=True)
    ]


def test_lifetimes_of_few_frames_get_a_warning():
    said = "Mind: the mean of Na⁺/Cl⁻ (pH2, NaCl) is below 5 intervals of the frames"
    assert said in drawn("lifetimes", flickering(3)).caption
    assert "Mind" not in drawn("lifetimes", flickering(100)).caption


def test_lifetimes_below_the_gap_bridged_get_a_warning():
    mean = pd.DataFrame({"lifetime_ns": [0.03, 0.2], "interval_ps": 1.0, "gap_ps": 50.0})
    assert short_note(mean, ["Na+", "Cl-"]).startswith(" Mind: the mean of Na+ is below the gap")


def test_the_axis_of_lifetimes_ends_soon_after_the_last_drawn_time():
    # One trial sees a single end: the bar of its mean would reach far, but is not drawn.
    rare = corners(2001, 3)
    meets = np.zeros((2001, 3), dtype=bool)
    meets[100:140, 0] = True
    figure = drawn(
        "lifetimes",
        [*flickering(20), planted({"Na+": rare, "Cl-": beside(rare, meets)}, trial=3)],
    )
    lines = [line for axes in figure.axes for line in axes.lines if line.get_linestyle() != ":"]
    longest = max(max(line.get_xdata()) for line in lines)
    assert longest < figure.axes[0].get_xlim()[1] < 2 * longest


@pytest.mark.parametrize("name", NAMES)
def test_pairs_of_several_species_are_told_apart(name):
    rng, stores = np.random.default_rng(0), []
    for trial in (1, 2):
        cations = corners(2001, 3)
        anions = beside(cations, telegraph(rng, 2001, 3, 100, 100))
        calcium = beside(anions, telegraph(rng, 2001, 3, 50, 100))
        stores.append(planted({"Na+": cations, "Ca2+": calcium, "Cl-": anions}, trial=trial))
    figure = drawn(name, stores)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    if name == "lifetimes":
        lines = dict(zip(texts, figure.legends[0].get_lines(), strict=True))
        assert not lines["Na⁺/Cl⁻"].is_dashed() and lines["Ca²⁺/Cl⁻"].is_dashed()
    if name == "chaperones":
        assert "from left to right: Na⁺/Cl⁻ and Ca²⁺/Cl⁻." in figure.caption
