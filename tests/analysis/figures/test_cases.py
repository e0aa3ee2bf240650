"""Every figure of cells in which something is missing: groups, anions, trials, frames, events."""

import re
import warnings
from functools import cache

import numpy as np
import pytest

from analysis.figures import FIGURES, make, tables_of
from analysis.observables import permeation
from analysis.observables.shared.time_series import spacing_ns
from analysis.options import AnalysisOptions
from analysis.results import Results
from analysis.store import Store
from analysis.tables import write_tables
from analysis.trials import Trials
from tests.analysis.figures.test_figures import check_texts
from tests.analysis.figures.test_figures import words as words_in
from tests.analysis.stores import synthetic_store

NA, CL, COUNTER = ("feed ion", "Na+"), ("feed ion", "Cl-"), ("counter-ion", "Na+")
GROUP = ("charged group", "COO-")
WHOLE = (NA, NA, CL, CL, COUNTER, GROUP, GROUP)
INTERVAL_PS = 50.0


def store(atoms=WHOLE, trial=1, frames=12, still=False) -> Store:
    """A synthetic store of these atoms; at rest in the feed if `still`, far from each other."""
    rows = [
        {"atom": n, "role": role, "species": species, "group": n, "side": "feed"}
        for n, (role, species) in enumerate(atoms)
    ]
    synthetic = synthetic_store(
        trial=trial,
        frames=frames,
        full_frames=frames,
        atoms=rows,
        last_ns=frames * INTERVAL_PS / 1000,
        target_ns=0.0,
    )
    if still:
        positions = synthetic.arrays["positions_nm"]
        positions[:] = np.arange(len(rows))[:, None] * [0.7, 0.7, 0.0] - [2.0, 2.0, 2.6]
        positions[..., 2] += synthetic.arrays["membrane_z_nm"][:, None]
    return synthetic


CASES = {
    "no groups, one trial": {"a": [store(WHOLE[:5])]},
    "cations only": {"a": [store((NA, NA, GROUP), trial=k) for k in (1, 2)]},
    "two frames": {"a": [store(trial=k, frames=1) for k in (1, 2, 3)]},
    "lengths differ, nothing happens": {
        "a": [store(trial=k, frames=n, still=True) for k, n in ((1, 30), (2, 4))]
    },
    "cells of two kinds": {"a": [store((NA,))], "b": [store((CL, GROUP))]},
}
LAID_OUT = "no groups, one trial"
"""Laying out takes longest: of this case, whose words are the most."""
SLOW = ("cations only", "two frames")
"""Each lacks one thing more than another case; figures that say so are drawn of them below."""


def tables_of_case(cells: dict, root) -> Results:
    """Tables of stores by layout."""
    directories = {}
    for layout, stores in cells.items():
        directory = directories[layout, "salt"] = root / layout
        paths = [directory / f"trial{one.trial}.store.npz" for one in stores]
        for path, one in zip(paths, stores, strict=True):
            one.write(path)
        write_tables(paths, directory, AnalysisOptions())
    return Results(directories)


@pytest.fixture(scope="module")
def results_of(tmp_path_factory):
    """Tables of a case, made once."""
    return cache(lambda case: tables_of_case(CASES[case], tmp_path_factory.mktemp("case")))


def words(figure) -> str:
    """All that is written into the panels."""
    return " | ".join(word for axes in figure.axes for word in words_in(axes))


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=pytest.mark.slow) if c in SLOW else c for c in CASES]
)
def test_every_figure_is_drawn_without_a_warning(case, name, results_of):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = make(name, results_of(case))
        if case == LAID_OUT:
            figure.draw_without_rendering()
            check_texts(figure)
    assert not re.search(r"\bnan\b|  | [.,;:]|\(\)", figure.caption), figure.caption


def test_a_membrane_without_groups_is_said_to_have_none(results_of):
    results = results_of("no groups, one trial")
    assert "There are no charged groups." in make("snapshots", results).caption
    assert "there are no charged groups" in make("hopping", results).caption
    for name, count in (("z_pdf", 1), ("profiles", 2), ("hopping", 3), ("energies", 1)):
        assert words(make(name, results)).count("no charged groups") == count, name


def test_ions_of_one_sign_have_no_pairs_and_no_neighbours_of_the_other(results_of):
    results = results_of("cations only")
    assert "no ions of the other sign" in make("coordination", results).caption
    assert words(make("lifetimes", results)) == "no ions of both signs"
    assert words(make("chaperones", results)).count("no ions of both signs") == 3


def test_no_band_of_one_trial_is_described(results_of):
    results = results_of("no groups, one trial")
    for name in ("coordination", "radial", "mean_z", "clusters"):
        caption = make(name, results).caption
        assert "No band: one trial." in caption, name
        assert "band is that" not in caption and "It is drawn for" not in caption, name


def test_the_reason_for_no_band_is_a_true_one(results_of):
    results = results_of("two frames")
    for name in ("mean_z", "clusters"):
        table = {"mean_z": "mean_z", "clusters": "cluster_share"}[name]
        tables = {key: results[key] for key in tables_of(name)}
        tables[table] = tables[table][tables[table].time_ns == 0].assign(time_ns=1.0)
        assert "one trial" not in FIGURES[name](**tables).caption


def test_runs_shorter_than_the_distance_of_points_have_points_all_the_same(results_of):
    for case, step in (("two frames", 0.05), ("lengths differ, nothing happens", 0.05)):
        results = results_of(case)
        for name in ("mean_z", "cluster_share", "pair_number"):
            table = results[name]
            for _, rows in table.groupby("trial"):
                times = np.unique(rows.time_ns)
                assert times == pytest.approx(step * np.arange(len(times))) and len(times) > 1
        assert "a point every 50 ps" in make("mean_z", results).caption
        assert "the point before, a point every 50 ps" in make("clusters", results).caption
        end = results["trials"].analysed_ns.max()
        unit = 1000 if end < 1 else 1
        assert make("mean_z", results).axes[0].get_xlim() == pytest.approx((0, unit * end))


def test_twenty_points_of_a_long_run_that_is_too_short():
    trials = Trials(tuple(store(trial=k, frames=n) for k, n in ((1, 61), (2, 90))))
    assert spacing_ns(trials, 10.0) == pytest.approx(4 * INTERVAL_PS / 1000)
    assert spacing_ns(trials, 3.05) == 3.05  # All of it.
    assert spacing_ns(trials, 1.0) == 1.0


def test_captions_say_where_longer_trials_are_cut(results_of):
    said = "Longer trials are cut at the time that all of their cell have reached (a, salt: 200 ps)"
    for name in ("snapshots", "permeation", "z_pdf"):
        assert said in make(name, results_of("lengths differ, nothing happens")).caption, name
        assert "Longer trials" not in make(name, results_of("two frames")).caption, name


def test_only_a_start_that_trials_share_has_no_interval():
    def at_start(stores):
        table = permeation.tables(Trials(stores), AnalysisOptions())["permeation"]
        return table.query("time_ns == 0 and trial == 'all'")

    one, other = store(trial=1), store(trial=2)
    apart = at_start((one, other))
    assert apart.interval.str.contains("Clopper-Pearson").all()
    assert (apart.high_share > apart.share).all()
    other.arrays["positions_nm"][0] = one.arrays["positions_nm"][0]
    alike = at_start((one, Store(other.arrays, other.manifest)))
    assert set(alike.interval) == {permeation.AT_START} and alike.high_share.isna().all()


def test_nothing_drawn_is_said_where_no_ion_stayed_or_moved(results_of):
    results = results_of("lengths differ, nothing happens")
    assert "none that could stay" in words(make("ion_msd", results))
    caption = make("hopping", results).caption
    assert "their number; there are none;" in caption and "at most" not in caption
    assert "no contacts" in words(make("chaperones", results))
