"""Free energies of several membranes: their mean, and the intervals of both levels."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.figures.free_energies import drawn
from analysis.results import read_table
from analysis.umbrella.continuum import COLUMNS
from analysis.umbrella.over_membranes import joined, write
from mdtools import records

LEVEL, BLOCKS = 0.9, 4
Z = np.array([-2.0, -1.0, 0.0])
ESTIMATES = np.random.default_rng(3).normal([[[0.0]], [[1.0]], [[3.0]]], 0.4, (3, BLOCKS, len(Z)))
"""Of the blocks of three membranes."""


def table_of(estimates: np.ndarray) -> pd.DataFrame:
    """The table of one membrane from the estimates (blocks, z) of its blocks."""
    mean = estimates.mean(axis=0)
    half = stats.sem(estimates) * stats.t.ppf((1 + LEVEL) / 2, BLOCKS - 1)
    rows = {"z_angstrom": Z}
    for unit, size in (("kT", 1.0), ("kcal_mol", 0.6)):
        values = {"free_energy": mean, "low": mean - half, "high": mean + half}
        rows |= {f"{name}_{unit}": size * value for name, value in values.items()}
    return pd.DataFrame(rows | {"samples": 5} | dict.fromkeys(COLUMNS, 0.5))


@pytest.fixture
def tables():
    return {f"seed{k}": table_of(each) for k, each in enumerate(ESTIMATES)}


def test_mean_and_both_intervals_are_those_of_the_estimates(tables):
    over = joined(tables, LEVEL, BLOCKS).query("membrane == 'all'")
    means = ESTIMATES.mean(axis=1)
    assert over.free_energy_kT.to_numpy() == pytest.approx(means.mean(axis=0))
    low, high = stats.t.interval(LEVEL, 2, means.mean(axis=0), stats.sem(means))
    assert over.low_kT.to_numpy() == pytest.approx(low)
    assert over.high_kcal_mol.to_numpy() == pytest.approx(0.6 * high)
    freedom = 3 * (BLOCKS - 1)
    error = np.sqrt(ESTIMATES.var(axis=1, ddof=1).mean(axis=0) / (3 * BLOCKS))
    low, high = stats.t.interval(LEVEL, freedom, means.mean(axis=0), error)
    assert over.low_within_kT.to_numpy() == pytest.approx(low)
    assert over.high_within_kT.to_numpy() == pytest.approx(high)
    assert over.samples.tolist() == [15] * 3
    assert set(over.interval) == {"90 % t-interval, 2 degrees of freedom (3 membranes)"}


def test_beyond_a_gap_of_one_membrane_there_is_no_mean(tables):
    names = [name for name in tables["seed1"] if name.startswith(("free", "low", "high"))]
    tables["seed1"].loc[2, names] = np.nan
    over = joined(tables, LEVEL, BLOCKS).query("membrane == 'all'")
    assert over.free_energy_kT.notna().tolist() == [True, True, False]
    assert over.low_within_kT.notna().tolist() == [True, True, False]
    assert over.n_membranes.tolist() == [3, 3, 2]


def test_with_a_membrane_whose_zero_is_elsewhere_there_is_no_mean(tables):
    rows = joined(tables, LEVEL, BLOCKS, ["seed1"])
    over = rows[rows.membrane == "all"]
    assert over[["free_energy_kT", "low_within_kT", "free_energy_kcal_mol"]].isna().all(axis=None)
    assert (over.n_membranes <= 2).all() and (over.samples > 0).all()
    assert rows.free_energy_kT[rows.membrane == "seed1"].notna().any()


def test_membranes_on_other_places_are_refused(tables):
    tables["seed2"] = tables["seed2"].assign(z_angstrom=Z + 0.5)
    with pytest.raises(ValueError, match="of seed2 are on other z than those of seed0"):
        joined(tables, LEVEL, BLOCKS)


def test_files_hold_the_words_of_all_and_the_figure_draws_each_membrane_thin(tables, tmp_path):
    words = {"layout": "pH7", "salt": "NaCl", "ion": "Na+", "zero": "the feed", "level": LEVEL}
    words |= {"blocks": BLOCKS, "parameters": {}, "definitions": {}, "continuum": "as found"}
    places = {name: tmp_path / name for name in tables}
    for name, place in places.items():
        place.mkdir()
        tables[name].to_csv(place / "free_energy.csv", index=False)
        notes = ["windows are short"] if name == "seed2" else []
        records.write(place / "free_energy.json", words | {"notes": notes})
    over = tmp_path / "over"
    over.mkdir()
    write(places, over)
    said = records.read(over / "free_energy.json")
    assert said["notes"] == ["seed2: windows are short"]
    assert said["zero"] == "the feed" and said["zero_in_place"]
    sheet = drawn([read_table(over / "free_energy.csv")], [said])
    (axes,) = [one for one in sheet.get_axes() if one.get_visible()]
    widths = [line.get_linewidth() for line in axes.lines if len(line.get_xdata()) > 2]
    assert sorted(widths)[:3] == [0.5] * 3
    assert len(widths) == 5
    keys = [text.get_text() for text in sheet.legends[0].get_texts()]
    assert keys == ["Na⁺", "interval", "single membranes", "continuum"]
    assert "means over 3 membranes (seed0, seed1, seed2)" in sheet.caption
