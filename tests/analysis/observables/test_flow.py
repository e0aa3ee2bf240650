"""Flows that were planted: molecules that step through, pistons that move, forces that push."""

import numpy as np
import pytest

from analysis.kernels import net_passages
from analysis.observables import flow
from analysis.options import AnalysisOptions
from analysis.permeance import line, linear_range, permeances
from analysis.store import Store
from analysis.trials import Trials, faces_of
from tests.analysis.stores import synthetic_store

OPTIONS = AnalysisOptions()
AREA_NM2 = 5.2**2
FRAMES = 400


def flowing(rate: float, trial=1, dry_at_ns=None, seed=0):
    """A trial of 100 ns in which `rate` molecules a ns pass, and others go to and fro.

    Those that pass come from the feed face one after another, each in ten frames; the pistons make
    room for as many.
    """
    store = synthetic_store(trial=trial, frames=FRAMES)
    rng = np.random.default_rng(seed)
    time = store.arrays["time_ps"]
    feed, permeate = (face / 10 for face in faces_of(store))
    begins = np.arange(0, 100_000, 1000 / rate) if rate else np.empty(0)
    places, molecules, counts = [], [], []
    for now in time:
        share = (now - begins) / 2500
        inside = (share >= 0) & (share <= 1)
        wander = np.tile(rng.uniform(feed, permeate, 20), 1)
        z = np.concatenate([feed + share[inside] * (permeate - feed), wander])
        places.append(np.stack([np.zeros_like(z), np.zeros_like(z), z], axis=1))
        molecules.append(np.concatenate([100 + np.flatnonzero(inside), np.arange(20)]))
        counts.append(len(z))
    way = rate * time / 1000 / 33.4 / AREA_NM2
    pistons = store.arrays["piston_z_nm"] * 0 + np.array([feed - 3.0, permeate + 3.0])
    pistons = pistons + store.arrays["membrane_z_nm"][:, None] + way[:, None]
    if dry_at_ns is not None:
        pistons[time / 1000 >= dry_at_ns, 0] += 2.5
    arrays = store.arrays | {
        "water_time_ps": time,
        "water_counts": np.array(counts, dtype=np.int32),
        "water_molecule": np.concatenate(molecules).astype(np.int32),
        "water_nm": np.concatenate(places).astype(np.float32),
        "piston_z_nm": pistons,
    }
    return Store(arrays, store.manifest)


def flows(*stores):
    table = flow.tables(Trials(stores), OPTIONS)["water_flow"]
    return table.set_index(["definition", "trial"])


def test_passages_are_counted_whatever_happens_out_of_sight():
    # Up, down and up again; one that is seen above alone; one that leaves below and is back.
    frame = [0, 1, 2, 3, 1, 2, 0, 3]
    molecule = [1, 1, 1, 1, 2, 2, 3, 3]
    z = [-1, 1, -1, 1, 1, 2, -1, -2]
    assert net_passages(frame, molecule, z, 0.0, 4, 4).tolist() == [0, 1, 0, 1]
    gone = net_passages([0, 3], [1, 1], [-1, 1], 0.0, 4, 4)
    assert gone.tolist() == [0, 0, 0, 1]
    assert net_passages([0, 3], [1, 1], [-1, 1], 0.0, 4, 1).tolist() == [0, 0, 0, 0]


def test_a_planted_flow_is_found_by_both_counts_in_every_unit():
    table = flows(*(flowing(2.0, trial, seed=trial) for trial in (1, 2, 3)))
    # 2 molecules a ns, 1/33.4 nm3 each, through 27.04 nm2, as m/s times 3.6e6.
    flux = 2.0 / 33.4 / AREA_NM2 * 3.6e6
    for definition, near in (("water through planes", 0.2), ("water by pistons", 1e-6)):
        row = table.loc[definition, "all"]
        assert row.per_ns == pytest.approx(2.0, abs=near)
        assert row.flux_l_m2_h == pytest.approx(flux, rel=near / 2 + 1e-6)
        assert row.low_l_m2_h <= row.flux_l_m2_h <= row.high_l_m2_h
        assert "3 trials" in row.interval and row.note == ""
        assert (row.from_ns, row.to_ns) == (20.0, 100.0)
    planes = table.loc["water through planes", "1"]
    assert planes.low_per_ns <= 2.0 <= planes.high_per_ns and "5 blocks" in planes.interval


def test_water_that_goes_to_and_fro_is_no_flow():
    row = flows(flowing(0.0)).loc["water through planes", "all"]
    assert row.low_per_ns < 0 < row.high_per_ns
    assert abs(row.per_ns) < 0.3 and "5 blocks" in row.interval


def test_a_flow_counts_until_its_feed_is_dry():
    table = flows(flowing(2.0, dry_at_ns=60.0), flowing(2.0, trial=2))
    row = table.loc["water through planes", "1"]
    assert row.to_ns == pytest.approx(60.0, abs=0.5) and row.note == "dry feed in trial 1"
    assert row.per_ns == pytest.approx(2.0, abs=0.3)
    assert table.loc["water by pistons", "1"].per_ns < 4
    assert table.loc["water through planes", "2"].note == ""


def test_a_flow_counts_from_where_its_drive_is_whole():
    slow, usual, late = (flowing(2.0, trial) for trial in (1, 2, 3))
    for store, ramp_ps in ((slow, 50_000.0), (usual, 10_000.0), (late, 99_990.0)):
        store.manifest["ramp_ps"] = ramp_ps
    table = flows(slow, usual)
    for definition in ("water through planes", "water by pistons"):
        assert [table.loc[definition, trial].from_ns for trial in ("1", "2")] == [50.0, 20.0]
    assert table.loc["water by pistons", "all"].per_ns == pytest.approx(2.0)
    row = flows(slow, late).loc["water by pistons", "2" if late.trial == 2 else "3"]
    assert np.isnan(row.per_ns) and "in full drive" in row.interval


def test_what_anchors_carry_is_told_as_force_and_as_pressure():
    rng = np.random.default_rng(3)
    plain = flowing(0.0)
    time = np.arange(250, 100_001, 250.0)
    force = np.where(time < 20_000, 1e6, 40.0 + rng.normal(0, 5, len(time)))
    arrays = plain.arrays | {"anchors_time_ps": time, "anchors_force_kJ_mol_nm": force}
    assert flow.tables(Trials((plain,)), OPTIONS)["anchors_force"].empty
    table = flow.tables(Trials((Store(arrays, plain.manifest),)), OPTIONS)["anchors_force"]
    row = table.set_index("trial").loc["all"]
    # 40 kJ/mol/nm over Avogadro's number: 66.4 pN, over 27.04 nm2 2.46 MPa.
    assert row.force_pN == pytest.approx(66.4, abs=1.0)
    assert row.pressure_MPa == pytest.approx(2.456, abs=0.04)
    assert row.low_pN < 66.4 < row.high_pN
    # A trial that dried at once has a row without numbers, and takes none of the other's.
    dry = flowing(0.0, trial=2, dry_at_ns=0.0)
    both = Trials((Store(arrays, plain.manifest), Store(arrays | dry.arrays, dry.manifest)))
    rows = flow.tables(both, OPTIONS)["anchors_force"].set_index("trial")
    assert rows.force_pN["1"] == row.force_pN and rows.force_pN[["2", "all"]].isna().all()
    assert rows.interval["2"].startswith("none")


def points(pressures, flux, trials=3, noise=0.0, note=""):
    import pandas as pd

    rng = np.random.default_rng(1)
    return pd.DataFrame(
        [
            {
                "layout": "pH7",
                "salt": "NaCl",
                "definition": "water by pistons",
                "pressure_MPa": pressure,
                "trial": str(trial),
                "flux_l_m2_h": flux(pressure) + rng.normal(0, noise),
                "thickness_angstrom": 50.0,
                "note": note if pressure == pressures[-1] else "",
            }
            for pressure in pressures
            for trial in range(1, trials + 1)
        ]
    )


def test_permeance_is_the_slope_of_a_line_and_its_zero_the_osmotic_pressure():
    # 40 L/m2/h/bar above 3 MPa
    table = permeances(points([0, 50, 100, 200], lambda p: 400 * (p - 3), noise=500))
    (row,) = table.itertuples()
    assert row.low_l_m2_h_bar < 40 < row.high_l_m2_h_bar
    assert row.high_l_m2_h_bar - row.low_l_m2_h_bar < 3
    assert row.offset_MPa == pytest.approx(3, abs=2) and row.points == 12
    assert (row.from_MPa, row.to_MPa, row.note) == (0, 200, "")


def test_the_interval_of_the_slope_is_that_of_another_program():
    from scipy.stats import linregress, t

    x, y = np.array([0, 0, 1, 1, 2, 3.0]), np.array([0.1, -0.3, 1.2, 0.7, 2.4, 2.8])
    found, other = line(x, y), linregress(x, y)
    half = t.ppf(0.975, 4) * other.stderr
    assert [found.slope, found.low, found.high] == pytest.approx(
        [other.slope, other.slope - half, other.slope + half]
    )


def test_pressures_at_which_the_flux_is_no_longer_linear_are_left_out():
    compacted = points([0, 50, 100, 400], lambda p: 400 * p / (1 + p / 400), noise=20)
    (row,) = permeances(compacted).itertuples()
    assert row.to_MPa < 400 and "no longer linear at" in row.note
    straight = points([0, 50, 100, 400], lambda p: 400.0 * p, noise=20, note="dry feed in trial 1")
    (row,) = permeances(straight).itertuples()
    assert row.to_MPa == 400 and row.note.startswith("the feed ran dry at 400 MPa")
    assert linear_range([0, 1, 2, 3, 4], [0, 1, 2, 3, 0.0]).tolist() == [True] * 4 + [False]


def test_no_more_true_lines_lose_a_step_than_the_level_says():
    rng, x = np.random.default_rng(5), np.repeat([0.0, 50, 100, 150], 3)
    lost = [not linear_range(x, x + rng.normal(0, 20, len(x))).all() for _ in range(1000)]
    # With 5 % each test by itself takes some 9 % of them.
    assert 0.02 < np.mean(lost) < 0.06


def test_one_pressure_is_no_ladder():
    with pytest.raises(ValueError, match="has runs at 50 MPa alone"):
        permeances(points([50], lambda p: p))
