"""Ions that stay at groups and go from one to the next as planned."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from analysis.figures import FIGURES
from analysis.kernels.hopping import near
from analysis.observables import extent, group_lifetimes, hopping
from analysis.observables.shared.group_dwells import SHIFTED, advance, dwells_of
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials
from tests.analysis.stores import synthetic_store

OPTIONS = AnalysisOptions()
SITES = np.array([[x, 1.04 * k, 0.0] for x in (0.3, 1.6) for k in range(5)])
"""nm, farther apart than ions reach, and moved by half of the box away from all of them."""
FREE = np.array([1.0, 0.5, -3.0])


def planted(store, ions_nm, sites_nm=SITES, species="Cl-") -> Store:
    """Feed ions of a species on given paths (T, n, 3), z as in the membrane; all others far off."""
    positions = np.full(store.arrays["positions_nm"].shape, 0.0)
    positions[...] = FREE + [0, 0, -0.3]
    positions[:, store.columns("charged group", "NH2+")] = sites_nm
    positions[:, store.columns("feed ion", species)] = ions_nm
    positions[..., 2] += store.arrays["membrane_z_nm"][:, None]
    return Store(store.arrays | {"positions_nm": positions.astype(np.float32)}, store.manifest)


def scripted(make_store, script: list, trial=1) -> Store:
    """One ion at the sites of a script, None for free, 1 ns a frame; the others stay free."""
    ions = np.broadcast_to(FREE, (len(script), 6, 3)).copy()
    for frame, site in enumerate(script):
        if site is not None:
            ions[frame, 0] = SITES[site] + [0.1, 0, 0]
    frames = len(script) - 1
    return planted(make_store(trial=trial, frames=frames, last_ns=float(frames)), ions)


def of_chloride(table, **chosen) -> pd.DataFrame:
    own = table[(table.species == "Cl-") & (table.role == "feed ion")]
    for name, value in chosen.items():
        own = own[own[name] == value]
    return own


SCRIPT = [None, 0, 0, 1, 1, 1, None, 1, None, None, 0, None]


def test_planned_moves_are_counted_by_origin_target_and_kind(make_store):
    tables = hopping.tables(Trials((scripted(make_store, SCRIPT),)), OPTIONS)
    edges = of_chloride(tables["hop_edges"], trial="all").set_index(["origin", "target"])
    assert len(edges) == 10 + 2  # each group with itself, and two others
    assert edges["count"][edges["count"] > 0].to_dict() == {(0, 1): 1, (1, 0): 1, (1, 1): 1}
    assert edges.flight_ns[0, 1] == 0 and edges.flight_ns[1, 0] == pytest.approx(2)
    assert edges.origin_ns[0, 0] == pytest.approx(3) and edges.origin_ns[1, 1] == pytest.approx(4)
    place = edges.loc[(0, 1), ["target_x_angstrom", "target_y_angstrom", "target_z_angstrom"]]
    assert place.to_numpy(dtype=float) == pytest.approx([3, 10.4, 0], abs=1e-3)
    fates = of_chloride(tables["hop_shares"], trial="all", site="any", definition=hopping.FATE)
    fates = fates.set_index("how")
    assert fates["count"].to_dict() == {
        "handed over": 1,
        "free flight": 1,
        "returned": 1,
        "no arrival": 1,
    }
    peer = binomtest(1, 4).proportion_ci(0.95, "exact")
    assert fates.high_share["returned"] == pytest.approx(peer.high)
    assert fates.flight_ns["free flight"] == pytest.approx(2)
    assert set(fates.interval) == {"95 % Clopper-Pearson of 4 departures"}


def test_stays_of_the_script_have_their_length_and_ends(make_store):
    stores = scripted(make_store, SCRIPT), scripted(make_store, [0, 0, 0, 0], trial=2)
    tables = group_lifetimes.tables(Trials(stores), OPTIONS)
    rows = of_chloride(tables["group_residence"], definition="stay at a group", site="NH2+")
    rows = rows.set_index("trial")
    assert rows.lifetime_ns["1"] == pytest.approx(7 / 4)
    assert np.isinf(rows.lifetime_ns["2"]) and rows.censored_share["2"] == 1
    assert (rows.n["all"], rows.ends["all"]) == (5, 4)
    assert rows.lifetime_ns["all"] == pytest.approx(11 / 4)
    share = of_chloride(tables["group_share"], definition="time at groups", site="NH2+")
    share = share.set_index("trial")
    assert share.at_share["1"] == pytest.approx(7 / 72) and share.at_share["2"] == 1 / 6
    # Free ions are out of the membrane, so that all that is inside is at a group.
    assert share.at_inside_share["1"] == 1 and share.inside_share["1"] == share.at_share["1"]
    curve = of_chloride(tables["dwell_survival"], trial="all", site="NH2+").set_index("time_ns")
    assert curve.survival_share[1.0] == pytest.approx(1 / 2)  # stays of 1, 1, 2 and 3 ns
    assert curve.at_risk[0.0] == 4


def test_shares_inside_are_those_of_the_trials_with_an_ion_inside(make_store):
    scripts = SCRIPT, [None, 0, 0, None], [None] * 4
    stores = [scripted(make_store, script, k) for k, script in enumerate(scripts, 1)]
    table = group_lifetimes.tables(Trials(tuple(stores)), OPTIONS)["group_share"]
    rows = of_chloride(table, definition="time at groups", site="NH2+").set_index("trial")
    assert rows.at_inside_share.drop("3").to_dict() == {"1": 1, "2": 1, "all": 1}
    assert np.isnan(rows.at_inside_share["3"]) and np.isnan(rows.low_at_inside_share["all"])
    assert rows.n_trials.to_dict() == {"1": 1, "2": 1, "3": 0, "all": 2}
    assert rows.note.to_dict() == {
        "1": "",
        "2": "",
        "3": "no ion inside the membrane",
        "all": "no ion inside the membrane in a trial",
    }
    assert rows.low_at_share["all"] >= 0 and rows.interval["all"].endswith("(3 trials)")


@pytest.fixture(scope="module")
def walk():
    """Sites of ions that hop to any other group at a rate of 1/50 per frame, by trial."""
    rng = np.random.default_rng(3)
    found = {}
    for trial, frames in ((1, 3000), (2, 2000)):
        hop = rng.random((frames, 6)) < 1 / 50
        found[trial] = np.cumsum(np.where(hop, rng.integers(1, 10, (frames, 6)), 0), axis=0) % 10
    return found


@pytest.fixture(scope="module")
def walked(walk):
    rng = np.random.default_rng(4)
    stores = []
    for trial, sites in walk.items():
        frames = len(sites) - 1
        paths = SITES[sites] + rng.normal(0, 0.08, (*sites.shape, 3))
        store = synthetic_store(trial=trial, frames=frames, last_ns=frames * 0.002)
        stores.append(planted(store, paths))
    return Trials(tuple(stores))


def test_hops_at_a_known_rate_are_found_with_it(walk, walked):
    edges = hopping.tables(walked, OPTIONS)["hop_edges"]
    for trial, sites in walk.items():
        counts = np.zeros((10, 10), dtype=int)
        left, arrived = sites[:-1].ravel(), sites[1:].ravel()
        np.add.at(counts, (left[left != arrived], arrived[left != arrived]), 1)
        own = of_chloride(edges, trial=str(trial))
        found = np.zeros((10, 10), dtype=int)
        found[own.origin, own.target] = own["count"]
        assert (found == counts).all()
    pooled = of_chloride(edges, trial="all")
    assert pooled["count"].sum() == of_chloride(edges)["count"].sum() / 2
    held = pooled[pooled.origin == pooled.target].origin_ns.sum()
    assert held == pytest.approx(6 * 5000 * 0.002)
    # One in 50 frames of 0.002 ns.
    assert pooled["count"].sum() / held == pytest.approx(10, rel=0.1)


def test_dwells_are_exponential_with_the_rate_of_the_walk(walked):
    tables = group_lifetimes.tables(walked, OPTIONS)
    rows = of_chloride(tables["group_residence"], site="any").set_index(["definition", "trial"])
    mean = rows.loc[("stay at a group", "all")]
    assert mean.low_ns < 0.1 < mean.high_ns and mean.lifetime_ns == pytest.approx(0.1, rel=0.1)
    curve = of_chloride(tables["dwell_survival"], site="any", trial="all")
    expected = (1 - 1 / 50) ** (curve.time_ns / 0.002)
    assert np.abs(curve.survival_share - expected).max() < 0.06
    assert curve.groupby("trial").size().max() <= 200


def test_groups_moved_find_nothing_of_what_is_no_chance(walked):
    share = of_chloride(
        group_lifetimes.tables(walked, OPTIONS)["group_share"], trial="all", site="any"
    )
    share = share.set_index("definition").at_share
    assert share["time at groups"] == 1 and share[f"time at groups{SHIFTED}"] == 0
    tables = hopping.tables(walked, OPTIONS)
    fates = of_chloride(tables["hop_shares"], trial="all", site="any", how="handed over")
    fates = fates.set_index("definition")
    assert fates.share[hopping.FATE] > 0.95  # an ion's noise may leave a frame free
    assert fates.n[f"{hopping.FATE}{SHIFTED}"] == 0
    assert fates.note[f"{hopping.FATE}{SHIFTED}"] == "no departures"


def climbing(make_store, handed: bool, trial=1) -> Store:
    """Ions that climb ten groups along z, from one straight to the next or with a way between."""
    sites = SITES.copy()
    sites[:, 2] = np.linspace(-0.9, 0.9, 10)
    steps = [sites[0]]
    for site in sites[1:]:
        between = [] if handed else [[0.95, 2.6, site[2]]]
        steps += [*between, site]
    paths = np.repeat(np.array(steps)[:, None], 6, axis=1)
    frames = len(paths) - 1
    return planted(make_store(trial=trial, frames=frames, last_ns=1.0), paths, sites)


@pytest.mark.parametrize(("handed", "how"), [(True, "handed over"), (False, "free flight")])
def test_a_climb_from_group_to_group_is_all_the_way(make_store, handed, how):
    trials = Trials(tuple(climbing(make_store, handed, trial) for trial in (1, 2)))
    table = hopping.tables(trials, OPTIONS)["hop_advance"]
    rows = of_chloride(table, trial="all", definition=hopping.ADVANCE).set_index("how")
    assert rows.advance_angstrom["net"] == pytest.approx(18, abs=1e-3)
    assert rows.advance_share[how] == pytest.approx(1, abs=1e-4)
    assert rows.advance_share.drop([how, "net"]).to_numpy() == pytest.approx(0, abs=1e-4)
    chance = of_chloride(table, trial="all", definition=f"{hopping.ADVANCE}{SHIFTED}")
    assert chance.set_index("how").advance_share["no hop"] == pytest.approx(1)


def test_ways_by_hops_and_without_add_up_to_the_net_way_inside(make_store):
    store = make_store("pH7")
    found, faces = dwells_of(store, OPTIONS), (-15.0, 15.0)
    parts = advance(found, faces)
    z = np.clip(found.z_angstrom, *faces)
    assert len(found.hops) > 20 and (parts.abs() > 0.1).any().all()
    assert parts.sum(axis=1).to_numpy() == pytest.approx(z[-1] - z[0])


def test_an_ion_that_wobbles_about_the_cutoff_stays_but_is_near_half_of_the_time(make_store):
    away = np.where(np.arange(101) % 2, 0.55, 0.45)
    away[0] = 0.45
    ions = np.broadcast_to(FREE, (101, 6, 3)).copy()
    ions[:, 0] = SITES[0] - np.stack([away, 0 * away, 0 * away], axis=1)
    store = planted(make_store(frames=100), ions)
    tables = group_lifetimes.tables(Trials((store,)), OPTIONS)
    row = of_chloride(tables["group_share"], trial="1", site="NH2+", definition="time at groups")
    assert row.at_inside_share.item() == 1
    assert row.near_inside_share.item() == pytest.approx(51 / 101)
    rows = of_chloride(tables["group_residence"], trial="1", site="NH2+")
    assert rows.n.iloc[0] == 1 and rows.note.iloc[0] == "no end was seen: low is a bound"


def test_a_layout_has_the_sites_of_its_groups(make_store):
    for layout, kinds in {"pH2": ["NH2+", "any"], "pH7": ["NH2+", "COO-", "any"]}.items():
        trials = Trials((make_store(layout),))
        for table in group_lifetimes.tables(trials, OPTIONS).values():
            assert table.site.unique().tolist() == kinds
        fates = hopping.tables(trials, OPTIONS)["hop_shares"]
        pooled = fates[fates.trial == "all"].groupby(["definition", "role", "species", "site"]).n
        counts = pooled.first().unstack()
        assert (counts.drop(columns="any").sum(axis=1) == counts["any"]).all()


def test_a_membrane_without_charged_groups_has_no_rows_and_a_figure(make_store):
    store = make_store()
    atoms = [atom for atom in store.manifest["atoms"] if atom["role"] != "charged group"]
    positions = store.arrays["positions_nm"][:, : len(atoms)]
    bare = Store(store.arrays | {"positions_nm": positions}, store.manifest | {"atoms": atoms})
    trials = Trials((bare,))
    tables = hopping.tables(trials, OPTIONS) | group_lifetimes.tables(trials, OPTIONS)
    assert all(table.empty for table in tables.values())
    for name in ("group_residence", "dwell_survival", "hop_shares"):
        assert tables[name].query("site == 'any'").empty
    assert tables["hop_edges"].query("origin_kind == 'NH2+' and `count` > 0").empty
    tables |= extent.tables(trials, OPTIONS)
    named = {name: t.assign(layout="neutral", salt="NaCl") for name, t in tables.items()}
    wanted = ("hop_edges", "hop_shares", "dwell_survival", "extent", "trials")
    figure = FIGURES["hopping"](**{name: named[name] for name in wanted})
    words = [text.get_text() for text in figure.findobj(plt.Text)]
    assert "no charged groups" in words


def test_moves_around_the_box_are_drawn_the_short_way(make_store):
    sites = SITES.copy()
    sites[1] = [-0.3, 0.0, 0.5]  # next to site 0 at 0.3
    sites[2] = [2.5, 0.0, 0.0]
    sites[3] = [-2.5, 0.0, 0.7]
    ions = np.broadcast_to(FREE, (8, 6, 3)).copy()
    ions[1:4, 0], ions[4:, 0] = sites[2], sites[3]
    trials = Trials((planted(make_store(frames=7), ions, sites),))
    tables = hopping.tables(trials, OPTIONS) | group_lifetimes.tables(trials, OPTIONS)
    tables |= extent.tables(trials, OPTIONS)
    named = {name: t.assign(layout="pH2", salt="NaCl") for name, t in tables.items()}
    wanted = ("hop_edges", "hop_shares", "dwell_survival", "extent", "trials")
    network = FIGURES["hopping"](**{name: named[name] for name in wanted}).get_axes()[0]
    lines = [line for line in network.get_lines() if len(line.get_xdata()) == 2]
    assert len(lines) == 2  # once from each side of the box
    assert all(abs(np.diff(line.get_ydata())[0]) == pytest.approx(2, abs=1e-3) for line in lines)


def test_a_radius_of_leaving_below_that_of_coming_is_refused(make_store):
    options = OPTIONS.model_copy(update={"group_leave_angstrom": 4})
    with pytest.raises(ValueError, match="group_leave_angstrom is 4, it must be at least"):
        group_lifetimes.tables(Trials((make_store(),)), options)


def test_nearness_is_that_of_any_site_and_image():
    rng = np.random.default_rng(5)
    points, sites = rng.uniform(-9, 9, (40, 5, 3)), rng.uniform(-9, 9, (40, 4, 3))
    apart = points[:, :, None] - sites[:, None]
    apart[..., :2] -= 7 * np.rint(apart[..., :2] / 7)
    expected = (np.linalg.norm(apart, axis=-1) <= 3).any(axis=2)
    assert (near(points, sites, 3.0, [7, 7, 0]) == expected).all() and 0 < expected.mean() < 1
    with pytest.raises(ValueError, match="cutoff is 0"):
        near(points, sites, 0)
