"""Water inside a membrane of known content, room and motion."""

import MDAnalysis as mda
import numpy as np
import pandas as pd
import pytest
from MDAnalysis.coordinates.memory import MemoryReader

from analysis.figures import make
from analysis.kernels import msd
from analysis.observables import water, water_msd
from analysis.observables.shared.displacements import (
    TrialDisplacements,
    curve_rows,
    mean_square,
    window_ps,
)
from analysis.observables.shared.membrane_water import (
    WaterPaths,
    content,
    hydration,
    integral,
    strides,
)
from analysis.options import AnalysisOptions
from analysis.reading.collect import observe
from analysis.reading.sources import RunSource
from analysis.reading.water import VoidProfiler, WaterPathObserver, void_share
from analysis.results import Results
from analysis.statistics import PARTLY
from analysis.store import Store
from analysis.trials import Trials
from mdtools.slab import dense_region
from tests.analysis.stores import WATER_D_NM2_NS, walkers, water_of, write_tables_of

OPTIONS = AnalysisOptions()
AMU = 1.66053906660e-3  # g/cm3 of one per nm3


def test_the_dense_region_has_half_of_the_plateau_whatever_lies_in_its_hollows():
    z = np.arange(-40, 41) * 0.5
    rho = np.where(np.abs(z) < 10, 1.0, 0.0) + np.where(np.abs(z) < 12, 0.2, 0.0)
    rho[38:42] = 0.1
    assert dense_region(z, rho) == (-9.75, 9.75)
    with pytest.raises(ValueError, match="no slab"):
        dense_region(z, 0 * rho)


def test_integrals_cut_bins():
    edges, values = np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])
    assert integral(edges, values, 0.5, 2.25) == pytest.approx(0.5 + 2 + 1)


def lattice(step, low, high):
    grid = np.arange(low + step / 2, high, step)
    return np.array(np.meshgrid(grid, grid, grid, indexing="ij")).reshape(3, -1).T


def universe_of(frames, oxygens, carbons, box=(30.0, 30.0, 90.0)):
    made = mda.Universe.empty(oxygens + carbons, trajectory=True)
    made.add_TopologyAttr("elements", np.array(["O"] * oxygens + ["C"] * carbons, dtype=object))
    made.add_TopologyAttr("masses", np.array([15.999] * oxygens + [12.0] * carbons))
    made.load_new(
        frames.astype(np.float32), format=MemoryReader, dimensions=[*box, 90, 90, 90], dt=2.0
    )
    return made


def test_water_of_any_universe_is_counted_weighed_and_followed():
    rng = np.random.default_rng(2)
    carbons = lattice(3.0, 0, 30)  # 1000 of them, z from 1.5 to 28.5 angstrom
    start = rng.uniform(0, 30, (50, 3))
    start[40:, 2] += 40
    drift = np.array([1.5, -0.7, 0.0])
    paths = np.array([(start + k * drift) % [30, 30, 90] for k in range(30)])
    frames = np.concatenate([paths, np.broadcast_to(carbons, (30, 1000, 3))], axis=1)
    universe = universe_of(frames, 50, 1000)
    oxygens, polymer = universe.atoms[:50], universe.atoms[50:]
    found = hydration(universe, oxygens, polymer, -1.5, 1.5)
    wet = found.content
    assert wet.molecules == 40 and wet.per_nm3 == pytest.approx(40 / 27)
    mass = 40 * 18.015
    assert wet.weight_percent == pytest.approx(100 * mass / (mass + 12000))
    filled = 1 - void_share(
        np.column_stack([carbons[:, :2], carbons[:, 2] - 15]) / 10,
        np.full(1000, 0.17), np.array([3.0, 3.0]), np.arange(-38, 39) * 0.04,
    )  # fmt: skip
    void = 27 - integral(np.arange(-38, 39) * 0.04, filled, -1.5, 1.5) * 9
    assert wet.void_g_cm3 == pytest.approx(mass * AMU / void)
    inside = found.paths.inside(-1.5, 1.5)
    moved = msd(found.paths.positions_nm, inside, "continuous")
    assert moved.lateral[7] == pytest.approx((0.15**2 + 0.07**2) * 49, rel=1e-4)
    assert moved.axial[7] == pytest.approx(0, abs=1e-9)
    assert found.paths.interval_ps == pytest.approx(2)
    whole = hydration(universe, oxygens, polymer, -1.5, 1.5, wrapped=False)
    assert msd(whole.paths.positions_nm).lateral[1] > 1.2 * moved.lateral[1]
    assert whole.content.molecules == 40


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"low_nm": 2.0}, "low_nm 2 must be below high_nm 1.5"),
        ({"oxygens": slice(0, 0)}, "oxygens has no atoms"),
        ({"membrane": slice(0, 0)}, "membrane has no atoms"),
        ({"element": "Xx"}, "no van der Waals radius of Xx in the membrane"),
        ({"box": (30.0, 30.0, 90.0), "jump": 14.0}, "more than 0.4 of the box length"),
    ],
)
def test_a_universe_that_cannot_serve_is_refused(change, words):
    frames = np.zeros((2, 3, 3)) + np.array([[0, 0, 0], [1, 1, 1], [2, 2, 20]])
    frames[1, 0, 0] += change.get("jump", 0.0)
    universe = universe_of(frames, 1, 2)
    universe.atoms[1].element = change.get("element", "C")
    oxygens = universe.atoms[change.get("oxygens", slice(0, 1))]
    membrane = universe.atoms[change.get("membrane", slice(1, 3))]
    with pytest.raises(ValueError, match=words):
        hydration(universe, oxygens, membrane, change.get("low_nm", -1.5), 1.5)


def test_content_of_nothing_is_zero_and_of_no_volume_refused():
    dry = content(0, 0.0, 1.0, 0.5)
    assert (dry.molecules, dry.weight_percent, dry.void_g_cm3) == (0, 0, 0)
    assert np.isnan(content(1, 1.0, 1.0, 0.0).void_g_cm3)
    with pytest.raises(ValueError, match=r"volume_nm3 \(0\) must be positive"):
        content(1, 1.0, 0.0, 0.0)


def test_one_pass_follows_the_water_that_is_within_the_membrane_s_reach(make_trajectory):
    trajectory = make_trajectory()
    trajectory.paths[:, 2] = [1.0, 1.0, 2.0]
    trajectory.paths[3:6, 2] = [
        [3.5, 1.0, 4.5],
        [3.6, 1.0, 4.6],
        [3.7, 1.0, 4.7],
    ]  # x beyond the box
    arrays, _ = observe(RunSource(trajectory), [WaterPathObserver(), VoidProfiler()], OPTIONS)
    assert arrays["water_counts"].tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0]
    assert arrays["water_molecule"].tolist() == [0, 0, 0]
    assert arrays["water_nm"][:, 0] == pytest.approx([3.5, 3.6, 3.7], abs=1e-3)
    center = trajectory.fast().membrane_z_nm[3:6]
    assert arrays["water_nm"][:, 2] == pytest.approx(np.array([4.5, 4.6, 4.7]) - center, abs=2e-3)
    assert arrays["water_time_ps"] == pytest.approx(trajectory.time)
    filled = (1 - arrays["void_share"]).sum() * 9 * 0.04
    spheres = 4 / 3 * np.pi * (0.17**3 + 0.152**3)
    assert filled == pytest.approx(spheres, rel=0.03)


def test_a_membrane_of_an_element_without_a_radius_has_no_known_voids(make_trajectory):
    trajectory = make_trajectory()
    trajectory.bundle.topology.loc[0, "element"] = "Xe"
    arrays, _ = observe(RunSource(trajectory), [VoidProfiler()], OPTIONS)
    assert np.isnan(arrays["void_share"]).any()


def wet(store, paths, interval_ps=1000.0):
    """The store with other water."""
    return Store(store.arrays | water_of(paths, interval_ps, 3.0), store.manifest)


@pytest.fixture
def trials(make_store):
    return Trials(tuple(make_store(trial=k) for k in (1, 2, 3)))


def test_content_is_that_of_the_molecules_between_the_planes(trials):
    table = water.tables(trials, OPTIONS)["water"].set_index(["place", "trial"])
    area = 5.2 * 5.2
    low, high = trials.dense_region
    assert trials.faces[0] < low < -9 and 9 < high < trials.faces[1]
    row = table.loc["dense region", "2"]
    z = 10 * walkers(2, 1.15)[..., 2]
    number = ((z >= low) & (z < high)).sum(axis=1).mean()
    assert (row.from_angstrom, row.to_angstrom) == (low, high)
    assert row.molecules == pytest.approx(number)
    assert row.per_nm3 == pytest.approx(number / (area * (high - low) / 10))
    edges = np.arange(-350, 351) * 0.4
    centers = (edges[1:] + edges[:-1]) / 2
    shape = 1 / (1 + np.exp((np.abs(centers) - 11.5) / 1.2))
    covered = np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None) / 10
    polymer, mass = (0.95 * shape * covered).sum() * area / AMU, number * 18.015
    assert row.weight_percent == pytest.approx(100 * mass / (mass + polymer))
    void = ((1 - 0.7 * shape) * covered).sum() * area
    assert row.void_g_cm3 == pytest.approx(mass * AMU / void)
    pooled, single = table.loc["dense region", "all"], table.loc["dense region"][:3]
    assert pooled.molecules == pytest.approx(single.molecules.mean())
    half = 2.4841377 * single.molecules.std()
    assert pooled.high_molecules == pytest.approx(pooled.molecules + half)
    assert "5 blocks of one trial" in row.interval and "3 trials" in pooled.interval
    assert (table.loc["membrane"].molecules > table.loc["dense region"].molecules).all()


def test_water_that_walks_freely_has_its_diffusivity_and_an_exponent_of_one(make_store):
    stores = [wet(make_store(trial=k), walkers(k, 1.15, n=600)) for k in (1, 2, 3)]
    table = water_msd.tables(Trials(tuple(stores)), OPTIONS)["water_diffusion"]
    rows = table[(table.trial == "all") & (table.direction == "lateral")]
    assert len(rows) == 2
    for row in rows.itertuples():
        assert (row.from_ps, row.to_ps) == (1000, 10000)
        assert row.alpha == pytest.approx(1, abs=0.03)
        assert row.low_alpha < 1 < row.high_alpha
        assert row.low_nm2_ns < WATER_D_NM2_NS < row.high_nm2_ns
        assert row.diffusivity_nm2_ns == pytest.approx(WATER_D_NM2_NS, rel=0.05)
        assert row.interval.startswith("95 % t-interval") and row.note == ""


def test_no_exponent_is_given_where_the_limits_are_felt(trials):
    table = water_msd.tables(trials, OPTIONS)["water_diffusion"]
    rows = table[table.direction.isin(["axial", "total"])]
    assert rows[["alpha", "diffusivity_nm2_ns"]].isna().all(axis=None)
    assert set(rows.note) == {"axial MSD beyond 0.3 of w2/6: the limits are felt"}
    short = AnalysisOptions(msd_window_ps=(1000, 4000))
    rows = water_msd.tables(trials, short)["water_diffusion"].query("direction == 'axial'")
    assert rows.alpha.notna().all() and set(rows.to_ps) == {4000}


def test_displacements_and_shares_are_those_of_the_kernel(trials):
    table = water_msd.tables(trials, OPTIONS)["water_msd"]
    low, high = (z / 10 for z in trials.dense_region)
    paths = walkers(2, 1.15).astype(np.float32)
    inside = (paths[..., 2] >= low) & (paths[..., 2] < high)
    for convention, definition in water_msd.CONVENTIONS.items():
        expected = msd(paths, inside, convention)
        rows = table[(table.definition == definition) & (table.trial == "2")]
        for direction in ("lateral", "axial", "total"):
            own = rows[rows.direction == direction]
            lags = (own.lag_ps / 1000).round().astype(int)
            assert lags.max() == 50 and lags.min() == 1
            values = 100 * getattr(expected, direction)[lags]
            assert own.msd_angstrom2.to_numpy() == pytest.approx(values, rel=1e-5)
            assert own.stayed_share.to_numpy() == pytest.approx(expected.stayed[lags])
            assert own.pairs.tolist() == expected.count[lags].tolist()


@pytest.fixture
def dry_store(make_store):
    """A trial into whose membrane no water went."""
    return lambda trial: wet(make_store(trial=trial), np.full((100, 3, 3), 2.9))


def test_a_membrane_without_water_has_none_and_no_displacements(dry_store, make_store):
    for stores in ([dry_store(1), dry_store(2)], [make_store(trial=1), dry_store(2)]):
        trials, both = Trials(tuple(stores)), stores[0].arrays["water_nm"][:, 2].min() > 2
        held = water.tables(trials, OPTIONS)["water"].set_index(["place", "trial"])
        assert held.molecules["dense region", "2"] == 0
        assert held.weight_percent["dense region", "2"] == 0
        for table in water_msd.tables(trials, OPTIONS).values():
            numbers = [name for name in ("msd_angstrom2", "alpha") if name in table]
            lost = table[table.trial.isin(["2", "all"] if both else ["2"])]
            assert lost[numbers].isna().all(axis=None) and lost.note.str.contains("no water").all()
            assert (lost.n_trials == 0).all()
    # What one of two trials has is the mean, without an interval.
    for table in water_msd.tables(trials, OPTIONS).values():
        rows = table[table.direction == "lateral"]
        one, pooled = (rows[rows.trial == trial] for trial in ("1", "all"))
        value = "alpha" if "alpha" in table else "msd_angstrom2"
        assert pooled[value].to_numpy() == pytest.approx(one[value].to_numpy())
        assert (pooled.n_trials == 1).all() and set(pooled.interval) == {PARTLY}
        assert set(pooled.note) == {"trial 2: no water inside the dense region in any frame"}
        assert pooled[[name for name in table if name.startswith("low_")]].isna().all(axis=None)


def followed_every(make_store, stride: int, trial: int, frames=200, n=600) -> Store:
    """Free walkers that a store keeps in each so many frames of 1 ns."""
    paths = walkers(trial, 1.15, frames=frames, n=n)
    return wet(make_store(trial=trial), paths[stride - 1 :: stride], 1000.0 * stride)


@pytest.mark.parametrize("seldom", [(1, 2, 1), (2, 1, 1), (4, 2, 1)])
def test_trials_that_follow_water_at_other_intervals_are_compared_at_equal_times(
    make_store, seldom
):
    stores = [followed_every(make_store, stride, k) for k, stride in enumerate(seldom, 1)]
    tables = water_msd.tables(Trials(tuple(stores)), OPTIONS)
    rows = tables["water_msd"].query("direction == 'lateral' and lag_ps <= 20000")
    assert set(rows.interval_ps) == {1000.0 * max(seldom)}
    free = 100 * 4 * WATER_D_NM2_NS * rows.lag_ps / 1000
    assert rows.msd_angstrom2.to_numpy() == pytest.approx(free.to_numpy(), rel=0.1)
    pooled = rows[rows.trial == "all"]
    assert pooled.lag_ps.iloc[0] == 1000 * max(seldom) and (pooled.n_trials == 3).all()
    fits = tables["water_diffusion"].query("direction == 'lateral'")
    assert set(fits.interval_ps) == {1000.0 * max(seldom)}
    # A tenth of the 200 ns that each trial lasts, and three lags at least.
    assert set(fits.to_ps) == {20000.0}
    assert fits.diffusivity_nm2_ns.to_numpy() == pytest.approx(WATER_D_NM2_NS, rel=0.1)


def test_intervals_that_no_common_one_serves_are_refused(make_store):
    stores = [followed_every(make_store, stride, k) for k, stride in ((1, 2), (2, 3))]
    with pytest.raises(ValueError, match="every 2000, 3000 ps in the trials.* no whole multiple"):
        water_msd.tables(Trials(tuple(stores)), OPTIONS)
    once = wet(make_store(trial=2), walkers(2, 1.15, frames=1))
    assert strides([s.arrays["water_time_ps"] for s in (stores[0], once)]) == [1, 1]


def test_curves_of_other_intervals_are_not_pooled():
    found = msd(np.random.default_rng(0).normal(size=(40, 5, 3)))
    displacements = [
        TrialDisplacements(trial, 40, step, found) for trial, step in (("1", 10.0), ("2", 20.0))
    ]
    curve = mean_square("lateral", (-10, 10))
    with pytest.raises(ValueError, match=r"different intervals \(1: 10 ps, 2: 20 ps\)"):
        curve_rows(displacements, curve, 0.95)
    with pytest.raises(ValueError, match="different intervals"):
        window_ps(displacements, None)


def test_too_few_full_frames_are_said_and_do_not_stop_the_rest(make_store, tmp_path):
    for frames, words in ((1, "one full frame"), (4, "2 lags of 1000 ps within 1000 to 3000 ps")):
        stores = [wet(make_store(trial=k), walkers(k, 1.15, frames=frames)) for k in (1, 2)]
        paths = [tmp_path / f"trial{k}.npz" for k in (1, 2)]
        for store, path in zip(stores, paths, strict=True):
            store.write(path)
        write_tables_of(["water"], paths, tmp_path)
        held, fits = (pd.read_csv(tmp_path / f"{n}.csv") for n in ("water", "water_diffusion"))
        assert held.molecules.notna().all()
        assert fits.alpha.isna().all() and fits.note.str.contains(words).all()


def test_a_window_that_the_frames_cannot_serve_is_said(trials):
    far = AnalysisOptions(msd_window_ps=(200, 900))
    table = water_msd.tables(trials, far)["water_diffusion"]
    assert table.alpha.isna().all()
    assert table.note.str.startswith("0 lags of 1000 ps within 200 to 900 ps").all()
    long = AnalysisOptions(msd_window_ps=(1000, 40000))
    table = water_msd.tables(trials, long)["water_diffusion"].query("direction == 'lateral'")
    assert set(table.note) == {"window beyond 0.1 of the run"} and table.alpha.notna().all()


def test_a_window_without_length_is_refused():
    with pytest.raises(ValueError, match="from 5 to 5 is no window, the first must be smaller"):
        AnalysisOptions(msd_window_ps=(5, 5))


def test_uneven_frames_are_refused():
    with pytest.raises(ValueError, match="1 to 2 ps apart"):
        _ = WaterPaths(np.array([0.0, 1.0, 3.0]), np.zeros((3, 1, 3))).interval_ps


def test_the_figure_says_why_nothing_is_drawn_and_draws_the_rest(dry_store, make_store, tmp_path):
    directories = {}
    for layout, stores in {"pH2": [make_store()], "pH7": [dry_store(1)]}.items():
        directory = tmp_path / layout
        stores[0].write(directory / "trial1.npz")
        write_tables_of(["water"], [directory / "trial1.npz"], directory)
        directories[layout, "NaCl"] = directory
    figure = make("water", Results(directories), "demo")
    words = [text.get_text() for axes in figure.get_axes() for text in axes.texts]
    assert sum("no displacement" in text for text in words) == 1
    assert "no lateral exponent (no water inside the dense region" in figure.caption
    curve = Results(directories)["water_msd"].query("layout == 'pH2' and trial == 'all'")
    lateral = curve[curve.definition.str.contains("all along") & (curve.direction == "lateral")]
    drawn = [line.get_ydata() for axes in figure.get_axes() for line in axes.get_lines()]
    assert any(len(y) == len(lateral) and np.allclose(y, lateral.msd_angstrom2) for y in drawn)
