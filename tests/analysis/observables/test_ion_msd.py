"""Ions in the membrane that walk, drift or fly as planned."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from analysis.figures import FIGURES
from analysis.kernels import msd
from analysis.observables import extent, ion_msd
from analysis.options import AnalysisOptions
from analysis.statistics import PARTLY
from analysis.store import Store
from analysis.trials import Trials
from tests.analysis.stores import synthetic_store

OPTIONS = AnalysisOptions()
STEP_PS, HALF_NM = 2.0, 3.0
WIDTH_NM, DRIFT_NM = 0.01, 0.0008
"""Of each step: spread along each axis, and mean along z."""
D_NM2_NS = WIDTH_NM**2 / (2 * STEP_PS / 1000)


def on_paths(make_store, paths, trial=1) -> Store:
    """A store of a thick membrane with Na+ feed ions on paths (T, n, 3), nm, others in the feed."""
    frames = len(paths) - 1
    last = frames * STEP_PS / 1000
    store = make_store(trial=trial, frames=frames, last_ns=last, ions=paths.shape[1], half=HALF_NM)
    positions = store.arrays["positions_nm"].astype(float)
    center = store.arrays["membrane_z_nm"][:, None]
    others = store.atoms.index[store.atoms.role != "charged group"]
    positions[:, others, 2] = -6.0 + center
    columns = store.columns("feed ion", "Na+")
    positions[:, columns] = paths
    positions[:, columns, 2] += center
    return Store(store.arrays | {"positions_nm": positions}, store.manifest)


def walkers(seed, frames=2001, n=30, drift=DRIFT_NM) -> np.ndarray:
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, WIDTH_NM, (frames, n, 3))
    steps[..., 2] += drift
    return rng.uniform(-1.2, -0.2, (n, 3)) + np.cumsum(steps, axis=0)


@pytest.fixture(scope="module")
def walked():
    stores = (on_paths(synthetic_store, walkers(k), k) for k in (1, 2, 3))
    return Trials(tuple(stores))


@pytest.fixture(scope="module")
def of_walkers(walked):
    return ion_msd.tables(walked, OPTIONS)


def rows_of(table, trial="all", species="Na+", **chosen):
    own = table[(table.species == species) & (table.role == "feed ion") & (table.trial == trial)]
    for name, value in chosen.items():
        own = own[own[name] == value]
    return own


ALONG = ion_msd.CONVENTIONS["continuous"]


@pytest.mark.parametrize("definition", ion_msd.CONVENTIONS.values())
def test_driven_walkers_have_their_diffusivity_once_the_drift_is_off(of_walkers, definition):
    table = of_walkers["ion_diffusion"]
    rows = rows_of(table, definition=definition).set_index(["of", "direction"])
    assert (rows.from_ps.iloc[0], rows.to_ps.iloc[0]) == (40, 400)
    for key in (("displacement", "lateral"), ("less drift", "axial"), ("less drift", "total")):
        row = rows.loc[key]
        assert row.note == "" and row.interval == "95 % t-interval, 2 degrees of freedom (3 trials)"
        assert row.low_nm2_ns < row.diffusivity_nm2_ns < row.high_nm2_ns
        assert row.diffusivity_nm2_ns == pytest.approx(D_NM2_NS, rel=0.1)
        assert row.low_alpha < row.alpha < row.high_alpha
        assert row.alpha == pytest.approx(1, abs=0.06)
    pulled = rows.loc["displacement", "axial"]
    # 2 D t + (v t)^2 at 200 steps, over 2 t.
    expected = D_NM2_NS + (DRIFT_NM * 200) ** 2 / 0.8
    assert pulled.diffusivity_nm2_ns == pytest.approx(expected, rel=0.1)
    assert pulled.alpha > rows.alpha["less drift", "axial"] + 0.2
    assert (rows.n == 90).all() and (rows.stayed_share > 0.99).all()


def test_curves_are_those_of_the_kernel_with_the_drift_beside(of_walkers):
    table = of_walkers["ion_msd"]
    paths = walkers(2)
    expected = msd(paths, np.ones(paths.shape[:2], dtype=bool), "continuous")
    for direction in ("lateral", "axial", "total"):
        rows = rows_of(table, "2", definition=ALONG, of="displacement", direction=direction)
        lags = np.rint(rows.lag_ps / STEP_PS).astype(int)
        assert lags.max() == 1000 and len(lags) < 60
        values = 100 * getattr(expected, direction)[lags]
        assert rows.msd_angstrom2.to_numpy() == pytest.approx(values, rel=1e-3)
    assert rows.drift_angstrom.to_numpy() == pytest.approx(10 * expected.mean[2, lags], rel=1e-3)
    assert rows.drift_angstrom.iloc[-1] == pytest.approx(8, rel=0.1)
    less = rows_of(table, "2", definition=ALONG, of="less drift", direction="axial")
    axial = rows_of(table, "2", definition=ALONG, of="displacement", direction="axial")
    taken = axial.msd_angstrom2.to_numpy() - less.msd_angstrom2.to_numpy()
    assert taken == pytest.approx(axial.drift_angstrom.to_numpy() ** 2, rel=1e-6)


def test_the_range_of_the_trials_stands_apart_from_their_interval(of_walkers):
    table = of_walkers["ion_msd"]
    about = {"definition": ALONG, "of": "displacement", "direction": "lateral"}
    single = np.array([rows_of(table, k, **about).msd_angstrom2 for k in "123"])
    pooled = rows_of(table, **about)
    assert pooled.msd_angstrom2.to_numpy() == pytest.approx(single.mean(axis=0))
    assert pooled.min_angstrom2.to_numpy() == pytest.approx(single.min(axis=0))
    assert pooled.max_angstrom2.to_numpy() == pytest.approx(single.max(axis=0))
    half = 2.4841377 * single.std(axis=0, ddof=1)
    assert pooled.high_angstrom2.to_numpy() == pytest.approx(single.mean(axis=0) + half)
    assert rows_of(table, "1", **about).min_angstrom2.isna().all()


def test_ions_that_all_fly_at_one_speed_have_an_exponent_of_two_and_no_variance(make_store):
    steps = np.arange(401)[:, None, None] * np.array([0.0, 0.0, 0.003])
    paths = steps + np.random.default_rng(0).uniform(-1, 0, (8, 3))
    tables = ion_msd.tables(Trials((on_paths(make_store, paths),)), OPTIONS)
    rows = rows_of(tables["ion_diffusion"], definition=ALONG).set_index(["of", "direction"])
    assert rows.alpha["displacement", "axial"] == pytest.approx(2, abs=1e-4)
    assert rows.interval.unique().tolist() == ["none: one trial"]
    curve = rows_of(tables["ion_msd"], definition=ALONG, of="less drift", direction="axial")
    assert curve.msd_angstrom2.to_numpy() == pytest.approx(0, abs=1e-4)
    assert curve.low_angstrom2.isna().all()


def test_mean_displacements_are_those_over_all_pairs():
    rng = np.random.default_rng(3)
    paths, inside = rng.normal(size=(12, 4, 3)) + 50, rng.random((12, 4)) < 0.7
    found = msd(paths, inside, "both")
    for lag in (0, 1, 5):
        pairs = inside[: 12 - lag] & inside[lag:]
        apart = (paths[lag:] - paths[: 12 - lag])[pairs]
        assert found.mean[:, lag] == pytest.approx(apart.mean(axis=0), abs=1e-9)
        spread = apart.var(axis=0)
        assert found.variance("total")[lag] == pytest.approx(spread.sum(), abs=1e-9)
        assert found.variance("axial")[lag] == pytest.approx(spread[2], abs=1e-9)
        assert found.variance("lateral")[lag] == pytest.approx(spread[:2].sum(), abs=1e-9)


def test_trials_of_different_length_share_the_window_of_the_shortest(make_store):
    paths = walkers(1), walkers(2, frames=801)
    trials = Trials(tuple(on_paths(make_store, p, k) for k, p in enumerate(paths, 1)))
    tables = ion_msd.tables(trials, OPTIONS)
    fits = rows_of(tables["ion_diffusion"], definition=ALONG)
    assert (set(fits.from_ps), set(fits.to_ps)) == ({16.0}, {160.0})
    about = {"definition": ALONG, "of": "displacement", "direction": "lateral"}
    single = [rows_of(tables["ion_msd"], k, **about).lag_ps.to_numpy() for k in "12"]
    pooled = rows_of(tables["ion_msd"], **about)
    assert single[0].max() == 2000 and 700 < single[1].max() <= 800
    assert pooled.lag_ps.to_numpy() == pytest.approx(single[1])
    assert pooled[["low_angstrom2", "max_angstrom2"]].notna().all(axis=None)


def test_a_membrane_without_ions_says_so_and_draws_the_rest(make_store):
    paths = walkers(1, frames=401, n=6)
    away = np.zeros_like(paths) - 6.0
    trials = Trials((on_paths(make_store, paths), on_paths(make_store, away, 2)))
    tables = ion_msd.tables(trials, OPTIONS)
    for table, column in (("ion_msd", "msd_angstrom2"), ("ion_diffusion", "alpha")):
        one, none, pooled = (
            rows_of(tables[table], trial, definition=ALONG, of="displacement", direction="lateral")
            for trial in ("1", "2", "all")
        )
        assert none[column].isna().all() and (none.n_trials == 0).all()
        # The mean of the trials that have ions inside, which has no interval.
        assert pooled[column].to_numpy() == pytest.approx(one[column].to_numpy())
        assert pooled[column].notna().all() and (pooled.n_trials == 1).all()
        assert set(pooled.interval) == {PARTLY}
        assert pooled.note.str.contains("trial 2: no Na\\+ inside the dense region").all()
    drifts = [
        rows_of(tables["ion_msd"], trial, definition=ALONG, of="less drift", direction="axial")
        for trial in ("1", "all")
    ]
    assert drifts[1].drift_angstrom.to_numpy() == pytest.approx(drifts[0].drift_angstrom.to_numpy())
    tables |= extent.tables(trials, OPTIONS)
    named = {name: t.assign(layout="pH2", salt="NaCl") for name, t in tables.items()}
    wanted = ("ion_msd", "ion_diffusion", "trials")
    figure = FIGURES["ion_msd"](**{name: named[name] for name in wanted})
    assert "6 ions, in 1 of the trials" in figure.caption
    axes = figure.get_axes()[1]
    lines = [line for line in axes.get_lines() if line.get_linewidth() == 0.5]
    lines = [line for line in lines if np.isfinite(line.get_ydata()).any()]
    assert len(lines) == 1  # the trial that has ions
    words = [text.get_text() for text in figure.findobj(plt.Text)]
    assert not any("no ion in the dense region" in word for word in words)


def test_the_share_that_stayed_is_one_of_all_displacements_in_both_tables(make_store):
    # Twenty ions that stay, and two of which one leaves half-way.
    leaving = walkers(2, frames=401, n=2, drift=0.0)
    leaving[200:, 0, 2] = -6.0
    paths = walkers(1, frames=401, n=20, drift=0.0), np.repeat(leaving, 10, axis=1)
    paths[1][:, 2:, 2] = -6.0
    trials = Trials(tuple(on_paths(make_store, p, k) for k, p in enumerate(paths, 1)))
    about = {"definition": ALONG, "of": "displacement", "direction": "lateral"}
    curve = rows_of(ion_msd.tables(trials, OPTIONS)["ion_msd"], **about)
    near = curve[curve.lag_ps > 70].iloc[0]
    options = AnalysisOptions(ion_msd_window_ps=(4, near.lag_ps))
    tables = ion_msd.tables(trials, options)
    fit = rows_of(tables["ion_diffusion"], **about).iloc[0]
    assert (fit.pairs, fit.stayed_share) == (near.pairs, pytest.approx(near.stayed_share))
    single = [
        rows_of(tables["ion_diffusion"], trial, **about).stayed_share.item() for trial in "12"
    ]
    assert near.stayed_share > np.mean(single) + 0.02


def test_no_lateral_drift_is_taken_off_and_the_definition_says_so(make_store):
    paths = walkers(1, frames=401, n=6, drift=0.0)
    moving = paths + np.arange(401)[:, None, None] * [0.01, 0, 0]
    about = {"definition": ALONG, "of": "displacement", "direction": "lateral"}
    last = []
    for each in (paths, moving):
        table = ion_msd.tables(Trials((on_paths(make_store, each),)), OPTIONS)["ion_msd"]
        last.append(rows_of(table, **about).iloc[-1])
    assert last[0].lag_ps == last[1].lag_ps > 300
    # 150 steps of 0.1 angstrom or more, squared.
    assert last[1].msd_angstrom2 > last[0].msd_angstrom2 + 200
    assert "No lateral drift of the membrane is taken off" in ion_msd.DEFINITIONS[ALONG]


def test_few_ions_and_few_frames_are_said(make_store):
    two = walkers(1, frames=401, n=2)
    fits = ion_msd.tables(Trials((on_paths(make_store, two),)), OPTIONS)["ion_diffusion"]
    row = rows_of(fits, definition=ALONG, direction="lateral").iloc[0]
    assert row.note == "fewer than 3 ions inside" and np.isfinite(row.alpha) and row.n == 2
    trials = Trials((on_paths(make_store, walkers(1, frames=5)),))
    fits = ion_msd.tables(trials, OPTIONS)["ion_diffusion"]
    row = rows_of(fits, definition=ALONG, direction="lateral").iloc[0]
    assert np.isnan(row.alpha) and row.note.startswith("2 lags of 2 ps within 2 to 6 ps")
    asked = AnalysisOptions(ion_msd_window_ps=(0.2, 1.0))
    fits = ion_msd.tables(trials, asked)["ion_diffusion"]
    assert rows_of(fits, definition=ALONG).note.str.startswith("0 lags of 2 ps").all()


def test_slopes_are_given_where_the_limits_are_felt_and_eq_2_holds_at_the_middle(of_walkers):
    table = of_walkers["ion_diffusion"]
    rows = rows_of(table, definition=ALONG, of="displacement").set_index("direction")
    # The window is 40 to 400 ps in steps of 2 ps.
    assert (rows.middle_ps == 126).all()
    lateral = rows.loc["lateral"]
    assert lateral.slope == pytest.approx(lateral.alpha)
    assert lateral.middle_angstrom2 == pytest.approx(100 * 4 * D_NM2_NS * 0.126, rel=0.1)
    assert lateral.generalized_nm2_ns_alpha == pytest.approx(D_NM2_NS, rel=0.2)
    single = table[(table.direction == "total") & table.slope.notna() & (table.trial != "all")]
    expected = single.middle_angstrom2 / 100 / (2 * 3 * 0.126**single.slope)
    assert single.generalized_nm2_ns_alpha.to_numpy() == pytest.approx(expected.to_numpy())


def test_a_slope_that_limits_bend_is_no_exponent(make_store):
    rng = np.random.default_rng(5)
    trapped = rng.uniform(-2.5, 2.5, (401, 12, 3))
    trials = Trials((on_paths(make_store, trapped),))
    rows = rows_of(ion_msd.tables(trials, OPTIONS)["ion_diffusion"], definition=ALONG)
    total = rows[(rows.direction == "total") & (rows.of == "displacement")].iloc[0]
    assert np.isnan(total.alpha) and total.slope == pytest.approx(0, abs=0.05)
    # Places anywhere in 5 nm along each axis are 5^2 / 6 apart along each.
    assert total.middle_angstrom2 == pytest.approx(100 * 3 * 25 / 6, rel=0.05)
