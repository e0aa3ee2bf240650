"""Whether what was planted in a trajectory is found, and how often intervals hold it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, t

from analysis.kernels import clopper_pearson, contact_events
from analysis.observables import (
    chaperones,
    clusters,
    coordination,
    crossings,
    group_lifetimes,
    hopping,
    ion_msd,
    pair_lifetimes,
    permeation,
)
from analysis.observables.shared.displacements import fit_rows, mean_square, window_ps
from analysis.observables.shared.group_dwells import dwells_of
from analysis.observables.shared.ions import contact_of, fast_interval_ps, ion_pairs
from analysis.observables.shared.lifetimes import mean_rows
from analysis.options import AnalysisOptions
from analysis.reading.collect import write_store
from analysis.store import Store
from analysis.tables import write_tables
from analysis.trials import POOLED, Trials
from tests.analysis.worlds import HYDRATED_NM, INTERVAL_PS, World, make

OPTIONS = AnalysisOptions(energy_every_ps=200.0, radial_every_ps=200.0, pore_frames=0)
TRIALS = 3
WORLDS = 400
WHOLE = 20
"""Worlds that go through the collector, the others through their ions alone."""
CROSSERS, MET, SODIUM = ("feed ion", "Na+"), ("feed ion", "K+"), ("counter-ion", "Na+")
WET, CHLORIDE, GROUPS = ("feed ion", "Ca2+"), ("counter-ion", "Cl-"), ("charged group", "NH2+")
HOPPERS = ("counter-ion", "K+")
SHARE = "permeated share"
COVERED = {
    "contact ns": 0.954,
    "dwell ns": 0.957,
    "lateral D nm2/ns": 0.945,
    "lateral alpha": 0.945,
    "share in clusters of 3": 0.945,
    "coordination": 0.959,
}
"""Coverages in 4200 worlds of seeds that are not used here (1000 to 5199), known to 0.003. That of
SHARE, 0.964 there, is known exactly."""
CHANCE, LEAST = 1e-4, 0.90
"""Probability that WORLDS worlds of any other seeds are beyond either end of what is allowed, and
what is never allowed."""
WRONG = ("dwell ns, of stays seen whole", "lateral D nm2/ns, 1.96 standard errors")
"""Intervals as one might think of them, which hold the truth too seldom: they must fail."""


def collected(world: World, seed: int, trials: int, folder, options=OPTIONS) -> list:
    """Stores of a world as the collector writes them."""
    paths = [folder / f"trial{k}.store.npz" for k in range(1, trials + 1)]
    for k, path in enumerate(paths, 1):
        write_store(make(world, [seed, k]).source(), k, "world", path, options)
    return paths


def only(trials: Trials, *kinds: tuple[str, str]) -> Trials:
    """Trials without the ions and groups of other kinds: tables of them take their time."""
    atoms = trials.first.atoms
    kept = np.array([pair in kinds for pair in zip(atoms.role, atoms.species, strict=True)])
    of_ions = kept[trials.first.ion_columns]
    return Trials(
        tuple(
            Store(
                store.arrays
                | {
                    "positions_nm": store.arrays["positions_nm"][:, kept],
                    "shell_counts": store.arrays["shell_counts"][:, of_ions],
                },
                store.manifest | {"atoms": atoms[kept].to_dict("records")},
            )
            for store in trials.stores
        )
    )


def row(table: pd.DataFrame, value: str, low: str, high: str, **chosen) -> tuple[float, ...]:
    """Value and edges of the one row over all trials."""
    for column, wanted in ({"trial": POOLED} | chosen).items():
        table = table[table[column] == wanted]
    assert len(table) == 1, (chosen, len(table))
    return tuple(float(table.iloc[0][name]) for name in (value, low, high))


def found(tables: dict[str, pd.DataFrame]) -> dict[str, tuple[float, ...]]:
    """Value, low and high edge of everything that was planted, from the tables that hold it."""
    lifetime = ("lifetime_ns", "low_ns", "high_ns")
    walk = {"of": "displacement", "direction": "lateral", "species": "Na+", "role": "counter-ion"}
    walk["definition"] = "ion MSD, inside all along"
    contact = {"definition": "ion pair lifetime", "pair": "K+/Cl-"}
    stay = {"definition": "stay at a group", "species": "K+", "role": "counter-ion", "site": "any"}
    moved = ("diffusivity_nm2_ns", "low_nm2_ns", "high_nm2_ns")
    pairs_, groups, walks = (
        tables[name] for name in ("pair_lifetime", "group_residence", "ion_diffusion")
    )
    return at_once(tables) | {
        "contact ns": row(pairs_, *lifetime, **contact),
        "dwell ns": row(groups, *lifetime, **stay),
        "lateral D nm2/ns": row(walks, *moved, **walk),
        "lateral alpha": row(walks, "alpha", "low_alpha", "high_alpha", **walk),
    }


def at_once(tables: dict[str, pd.DataFrame]) -> dict[str, tuple[float, ...]]:
    """Those of `found` whose tables take no longer than what they hold."""
    share = ("share", "low_share", "high_share")
    moved, around = tables["permeation"], tables["coordination"]
    moved = moved[moved.time_ns == moved.time_ns.max()]
    beyond = {"definition": "by time", "line": "permeated", "species": "Na+"}
    numbers = ("coordination", "low_coordination", "high_coordination")
    wet = {"z_angstrom": 10 * HYDRATED_NM, "species": "Ca2+", "partner": "water O"}
    return {
        "permeated share": row(moved, *share, **beyond),
        "share in clusters of 3": row(tables["cluster_sizes"], *share, place="anywhere", size=3),
        "coordination": row(around, *numbers, **wet),
    }


def from_events(trials: Trials) -> dict[str, tuple[float, ...]]:
    """The others of `found`, by what their tables are made with: tables take ten times longer."""
    level, interval = OPTIONS.level, fast_interval_ps(trials)
    pair = next(one for one in ion_pairs(trials.first, OPTIONS) if one.name == "K+/Cl-")
    contacts, stays, displacements = {}, {}, []
    for store, near in zip(trials.stores, only(trials, HOPPERS, GROUPS).stores, strict=True):
        contacts[str(store.trial)] = contact_events(contact_of(store, pair))
        stays[str(store.trial)] = dwells_of(near, OPTIONS).dwells
        limits = trials.dense_region
        displacements.append(
            ion_msd.trial_displacements(store, *SODIUM, limits, "continuous", interval)[0]
        )
    window = window_ps(displacements, None, ion_msd.SHORTEST_SHARE)
    walks = fit_rows(displacements, mean_square("lateral", trials.dense_region), window, level)
    walk, single = walks.iloc[-1], walks.diffusivity_nm2_ns.iloc[:-1]
    seen = {trial: own[~own.left_censored & ~own.right_censored] for trial, own in stays.items()}
    lives = (pd.DataFrame(mean_rows(e, "", "", interval, level)) for e in (contacts, stays, seen))
    contact, stay, short = (
        row(rows, "lifetime_ns", "low_ns", "high_ns", definition="") for rows in lives
    )
    half = 1.96 * single.std() / np.sqrt(len(single))
    return {
        WRONG[0]: short,
        WRONG[1]: (single.mean(), single.mean() - half, single.mean() + half),
        "contact ns": contact,
        "dwell ns": stay,
        "lateral D nm2/ns": (walk.diffusivity_nm2_ns, walk.low_nm2_ns, walk.high_nm2_ns),
        "lateral alpha": (walk.alpha, walk.low_alpha, walk.high_alpha),
    }


def quick_tables(trials: Trials, whole: bool) -> dict[str, pd.DataFrame]:
    """Tables of `at_once`, of the ions that they are about where the store allows it."""
    wet = trials if whole else only(trials, WET, CHLORIDE)
    return (
        permeation.tables(only(trials, CROSSERS), OPTIONS)
        | clusters.tables(trials, OPTIONS)
        | coordination.tables(wet, OPTIONS)
    )


def slow_tables(trials: Trials) -> dict[str, pd.DataFrame]:
    """The other tables of `found`."""
    return (
        pair_lifetimes.tables(only(trials, MET, CHLORIDE), OPTIONS)
        | group_lifetimes.tables(only(trials, HOPPERS, GROUPS), OPTIONS)
        | ion_msd.tables(only(trials, SODIUM), OPTIONS)
    )


LARGE = World(frames=1500, crossers=30, pairs=12, hoppers=8, walkers=10, sites=12)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A world of five longer trials and its tables.

    What is not told of the ions is from the collector, which a shorter trial has gone through.
    """
    options, short = OPTIONS.model_copy(update={"level": 0.99}), replace(LARGE, frames=100)
    (path,) = collected(short, 7, 1, tmp_path_factory.mktemp("large"), options)
    whole = Store.read(path)
    trials, tables = Trials(tuple(make(LARGE, [7, k]).store(whole, k) for k in range(1, 6))), {}
    for observable in (pair_lifetimes, chaperones, clusters):
        tables |= observable.tables(trials, options)
    tables |= crossings.tables(only(trials, CROSSERS), options)
    tables |= hopping.tables(only(trials, HOPPERS, GROUPS), options)
    return LARGE, tables


@pytest.mark.slow
def test_everything_planted_is_found_within_its_interval(tmp_path):
    world, options = LARGE, OPTIONS.model_copy(update={"level": 0.99})
    write_tables(collected(world, 7, 5, tmp_path, options), tmp_path, options)
    tables = {path.stem: pd.read_csv(path) for path in tmp_path.glob("*.csv")}
    for name, (value, low, high) in found(tables).items():
        truth = world.truth[name]
        assert low <= truth <= high, (name, value, low, high, truth)
        assert value == pytest.approx(truth, rel=0.15), name


def test_rate_of_crossings_is_found(large):
    world, tables = large
    columns = ("rate_per_ns", "low_per_ns", "high_per_ns")
    chosen = {"event": "crossing", "species": "Na+", "role": "feed ion"}
    rate, low, high = row(tables["crossings"], *columns, **chosen)
    assert low <= world.truth["crossings per ion and ns"] <= high
    assert rate == pytest.approx(world.truth["crossings per ion and ns"], rel=0.15)


def test_departures_by_what_became_of_them(large):
    world, tables = large
    hopper = {"species": "K+", "role": "counter-ion", "site": "any"}
    for how, truth in (
        ("handed over", 1 - world.flown),
        ("free flight", world.flown),
        ("returned", 0.0),
    ):
        _, low, high = row(
            tables["hop_shares"],
            *("share", "low_share", "high_share"),
            definition="fate after a group",
            how=how,
            **hopper,
        )
        assert low <= truth <= high, how


def test_survival_of_contacts_is_that_of_the_law(large):
    world, tables = large
    curve = tables["pair_survival"]
    curve = curve[(curve.pair == "K+/Cl-") & (curve.trial == POOLED) & (curve.low_share > 0)]
    lasted = (1 - 1 / world.bound) ** (curve.time_ns * 1000 / INTERVAL_PS)
    within = (curve.low_share <= lasted) & (lasted <= curve.high_share)
    assert len(curve) > 20
    assert within.all()


def test_time_of_passage_is_that_of_the_path(large):
    world, tables = large
    table = tables["passage_times"]
    table = table[(table.definition == "transit") & (table.line == "permeated")]
    mean, shortest, _ = row(
        table, "mean_ns", "shortest_ns", "count", species="Na+", role="feed ion"
    )
    assert mean == shortest == pytest.approx(world.truth["transit ns"])


def test_nothing_is_found_where_nothing_was_planted(large):
    _, tables = large
    assert (tables["chaperones"].chaperoned == 0).all()
    apart = tables["pair_lifetime"]
    assert (apart[apart.pair == "Na+/Cl-"].n == 0).all()
    sizes = tables["cluster_sizes"]
    assert sizes["size"].max() == 3


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say(tmp_path):
    world = World()
    truth = world.truth
    hits = {name: [] for name in (SHARE, *COVERED, *WRONG)}
    for seed in range(WORLDS):
        if seed < WHOLE:
            stores = [Store.read(path) for path in collected(world, seed, TRIALS, tmp_path)]
        made = [make(world, [seed, k]).store(stores[0], k) for k in range(1, TRIALS + 1)]
        trials = Trials(tuple(made))
        results = at_once(quick_tables(trials, False)) | from_events(trials)
        if seed < WHOLE:
            whole = Trials(tuple(stores))
            for name, numbers in found(quick_tables(whole, True) | slow_tables(whole)).items():
                assert numbers == pytest.approx(results[name], rel=1e-3), (seed, name)
        for name, own in hits.items():
            _, low, high = results[name]
            own.append(low <= truth[name.split(",")[0]] <= high)
    coverage = {name: float(np.mean(own)) for name, own in hits.items()}
    print(coverage)
    exact = coverage_of_shares(TRIALS * world.crossers, truth[SHARE])
    for name, expected in ({SHARE: exact} | COVERED).items():
        least, most = allowed(expected)
        assert least <= coverage[name] <= most, (name, coverage[name])
    for name in WRONG:
        assert coverage[name] < allowed(COVERED[name.split(",")[0]])[0], (name, coverage[name])


def allowed(expected: float) -> tuple[float, float]:
    """Coverages of so many worlds that chance allows if that of all worlds is the expected one."""
    low, high = (binom.ppf(p, WORLDS, expected) / WORLDS for p in (CHANCE, 1 - CHANCE))
    return max(float(low), LEAST), float(high)


def test_a_band_of_coverages_has_little_room_for_chance_and_none_for_wrong_intervals():
    for expected in COVERED.values():
        low, high = allowed(expected)
        inside = np.diff(binom.cdf([WORLDS * low - 1, WORLDS * high], WORLDS, expected)).item()
        assert inside > 1 - 4 * CHANCE
        assert low >= LEAST > normal_coverage(TRIALS) + 0.05


def normal_coverage(trials: int) -> float:
    """How often a mean plus and minus 1.96 standard errors holds the truth."""
    return float(1 - 2 * t.sf(1.96, trials - 1))


def coverage_of_shares(n: int, p: float) -> float:
    """Chance that the interval of k of n holds p, summed over all k there may be."""
    k = np.arange(n + 1)
    low, high = clopper_pearson(k, n)
    return float(binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum())
