"""Published data that come with the package are those of their sources."""

import numpy as np
import pytest

from analysis.comparison.study import published
from analysis.continuum import Solution, characterize, sdem
from analysis.continuum.membranes import MEASURED
from analysis.continuum.species import IONS


@pytest.mark.parametrize("name", characterize.datasets())
def test_every_dataset_is_read_and_says_where_it_is_from(name):
    data = characterize.dataset(name)
    assert len(data) >= 5
    assert all(characterize.datasets()[name].values())
    assert np.isnan(data.sd).all(), "no source gives a standard deviation"


def test_foo_et_al():
    data = characterize.dataset("foo-2023-nf270")
    assert data.rejection[:2] == pytest.approx([-0.207, 0.521])
    assert data.pressure[::2] == pytest.approx([6e5, 8e5, 10e5, 12e5])
    # 28.98, 42.18, 54.17 and 67.18 L/m2/h stand beside the fluxes in um/s.
    assert data.flux[::2] * 3.6e6 == pytest.approx([28.98, 42.18, 54.17, 67.18], rel=1e-3)


def test_labban_et_al_are_those_of_the_named_membrane():
    data = characterize.dataset("labban-2017-lbl15c")
    measured = dict(zip(data.ions, data.rejection, strict=True))
    assert measured == MEASURED["LbL1.5C"].rejection


def test_wang_et_al_follow_the_permeances_that_they_fitted():
    """NFX, 2 g/L 20:1: P of Li+ and Cl- 7.8028, of Mg2+ 0.1556 um/s."""
    data = characterize.dataset("wang-2023-lithium", "NFX").of(feed="2 g/L 20:1")
    feed = {ion.name: c for ion, c in data.points[0].composition}
    permeances = {"Li+": 7.8028e-6, "Mg2+": 0.1556e-6, "Cl-": 7.8028e-6}
    found = sdem.rejections(Solution(feed), permeances, data.flux[0])
    assert [float(found[ion]) for ion in data.ions] == pytest.approx(data.rejection, abs=0.004)


def test_single_salts_follow_the_permeances_of_their_source():
    """R = J / (J + P) with table 1 of Fernandez de Labastida and Yaroshchuk (2021), um/s."""
    data = characterize.dataset("fernandez-2021-nf270")
    for salt, permeance in {"NaCl": 7.5, "MgCl2": 6.1, "Na2SO4": 0.16, "MgSO4": 0.23}.items():
        part = data.of(feed=salt)
        predicted = sdem.salt_rejection(permeance * 1e-6, part.flux)
        assert np.abs(predicted - part.rejection).mean() < 0.07


def test_permeation_against_ph_is_that_of_the_campaign_that_is_followed():
    table = published.experiment().query("ion in ['Na+', 'Ca2+']")
    expected = 1 - table["permeation_percent"].to_numpy() / 100
    for pressure in (10, 15):
        data = characterize.dataset(f"liu-2025-nf270-ph-{pressure}bar")
        assert data.rejection == pytest.approx(expected)
        assert set(data.pressure) == {pressure * 1e5}
    assert dict(data.points[-1].composition)[IONS["Cl-"]] == pytest.approx(200.0)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="'foo-2022', allowed is one of labban.*foo-2023-nf270'"):
        characterize.dataset("foo-2022")
