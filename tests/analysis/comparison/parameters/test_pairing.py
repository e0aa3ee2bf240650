"""Association of ions and the steadiness of runs, of trials whose numbers are known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.drift import drift_parameters
from analysis.comparison.parameters.found import Estimate, Found, Value
from analysis.comparison.parameters.pairing import pairing_parameters
from tests.analysis.comparison.parameters.results_of_hand import write

BOX, POROSITY, THICKNESS = (4.0, 5.0), 0.5, 2.0
IONS, TRIALS, FRAMES = 40, 3, 60
CUTOFF = 0.37


class Trial:
    """What a store tells of pistons and numbers of ions, and water by block and bin."""

    box_nm = (*BOX, 20.0)

    def __init__(self, seed, moved=(0.0, 0.0), water=(0.4, 0.4)):
        still = np.random.default_rng(seed).normal(0, 1e-4, (FRAMES, 2))
        late = np.arange(FRAMES)[:, None] >= FRAMES // 2
        self.pistons_angstrom = 10 * (np.array([-6.0, 6.0]) + still + late * moved)
        edges = np.linspace(-8, 8, 161)
        blocks = np.repeat([water[0], np.mean(water), water[1]], [2, 1, 2])
        self.arrays = {"edges_nm": edges, "water_g_cm3": blocks[:, None] * np.ones((1, 160))}

    def columns(self, role, ion):
        return np.arange(IONS if role == "feed ion" else 0)


def campaign(root, trials, monkeypatch):
    those = SimpleNamespace(stores=tuple(trials), first=trials[0], faces=(-10.0, 10.0))
    monkeypatch.setattr(Campaign, "trials", those)
    return Campaign(root, "pH7", "NaCl", 0.95)


def sizes():
    known = {"thickness_nm": THICKNESS, "porosity": POROSITY}
    return Found(
        {(name, ""): Value(Estimate(value), "", "", "", "") for name, value in known.items()}
    )


def contacts_at_random(seed, length):
    """Numbers of contacts and shares of ions in one, of ions without interaction in a box."""
    rng = np.random.default_rng(seed)
    box = np.array([*BOX, length])
    rows = []
    for time in range(FRAMES):
        plus, minus = (rng.uniform(0, box, (IONS, 3)) for _ in range(2))
        apart = plus[:, None] - minus
        apart -= box * np.round(apart / box)
        near = np.linalg.norm(apart, axis=2) < CUTOFF
        rows.append((float(time), near.sum(), near.any(axis=1).mean(), near.any(axis=0).mean()))
    return rows


def pair_tables(root, by_trial, lifetime=(0.3, 0.2, 0.5)):
    names = ["time_ns", "contacts", "cation_share", "anion_share"]
    parts = [
        pd.DataFrame(rows, columns=names).assign(trial=k + 1, pair="Na+/Cl-", cutoff_angstrom=3.7)
        for k, rows in enumerate(by_trial)
    ]
    home = root / "observables/pH7/NaCl"
    write(home / "pair_number.csv", pd.concat(parts))
    life = dict(zip(("lifetime_ns", "low_ns", "high_ns"), lifetime, strict=True))
    row = {"definition": "ion pair lifetime", "trial": "all", "pair": "Na+/Cl-", "interval": "G"}
    write(home / "pair_lifetime.csv", [row | life])
    write(
        home / "cluster_share.csv",
        [
            {"trial": k + 1, "time_ns": t, "smallest": n, "share": 0.1 * n * (t > 1) + 0.01 * k}
            for k in range(len(by_trial))
            for t in (0.0, 1.0, 2.0, 3.0)
            for n in (2, 3)
        ],
    )
    write(
        home / "ion_diffusion.csv", [{"trial": 1, "species": "Na+"}, {"trial": 1, "species": "Cl-"}]
    )


def test_ions_without_interaction_associate_by_chance_alone(tmp_path, monkeypatch):
    volume = BOX[0] * BOX[1] * (12.0 - (1 - POROSITY) * THICKNESS)
    length = volume / (BOX[0] * BOX[1])
    pair_tables(tmp_path, [contacts_at_random(k, length) for k in range(TRIALS)])
    found = sizes()
    pairing_parameters(campaign(tmp_path, [Trial(k) for k in range(TRIALS)], monkeypatch), found)
    constant = found.values["association_constant_L_mol", "Na+/Cl-"].estimate
    chance = found.values["association_by_chance_L_mol", "Na+/Cl-"].estimate.value
    assert chance == pytest.approx(4 / 3 * np.pi * CUTOFF**3 * 0.6022, rel=1e-3)
    # Ions that are in contact are not free, which the few that are in two contacts do not undo.
    assert constant.value == pytest.approx(chance, rel=0.15)
    assert constant.low < constant.value < constant.high


def test_a_law_of_mass_action_is_found_again(tmp_path, monkeypatch):
    """Of K_a = 5 L/mol the mass balance K = x / (V (1 - x)^2 / N) tells the share x of pairs."""
    volume_l = BOX[0] * BOX[1] * (12.0 - (1 - POROSITY) * THICKNESS) * 1e-24
    each = IONS / (volume_l * 6.022e23)
    b = 2 + 1 / (5.0 * each)
    x = (b - np.sqrt(b**2 - 4)) / 2
    rows = [(t, IONS * x * (t > 1), x * (t > 1), x * (t > 1)) for t in (0.0, 1.0, 2.0, 3.0)]
    pair_tables(tmp_path, [rows, rows])
    found = sizes()
    pairing_parameters(campaign(tmp_path, [Trial(0), Trial(1)], monkeypatch), found)
    constant = found.values["association_constant_L_mol", "Na+/Cl-"].estimate.value
    assert constant == pytest.approx(5.0, rel=1e-3)
    assert found.values["paired_share", "Na+"].estimate.value == pytest.approx(x)
    assert found.values["paired_share", "Cl-"].estimate.value == pytest.approx(x)
    assert found.values["clustered_share", ""].estimate.value == pytest.approx(0.305)
    assert found.values["pair_lifetime_ns", "Na+/Cl-"].estimate.low == 0.2


def test_pairs_that_never_part_last_at_least_so_long(tmp_path, monkeypatch):
    rows = [(t, IONS, 1.0, 1.0) for t in (0.0, 1.0)]
    pair_tables(tmp_path, [rows], lifetime=(np.inf, 2.5, np.inf))
    found = sizes()
    pairing_parameters(campaign(tmp_path, [Trial(0)], monkeypatch), found)
    value = found.values["pair_lifetime_ns", "Na+/Cl-"]
    assert value.estimate.value == 2.5 and "at least" in value.note
    assert "without a free ion" in found.missing["association_constant_L_mol", "Na+/Cl-"]


def test_a_moved_piston_and_water_taken_up_are_found(tmp_path, monkeypatch):
    trials = [Trial(k, moved=(-0.3, -0.1), water=(0.4, 0.5)) for k in range(TRIALS)]
    found = Found()
    drift_parameters(campaign(tmp_path, trials, monkeypatch), found)
    drift = {key: value.estimate for (key, _), value in found.values.items()}
    assert drift["feed_reservoir_drift_nm"].value == pytest.approx(0.3, abs=1e-3)
    assert drift["permeate_reservoir_drift_nm"].value == pytest.approx(-0.1, abs=1e-3)
    assert drift["feed_reservoir_drift_nm"].low > 0.29
    assert drift["membrane_water_drift"].value == pytest.approx(0.25)


def test_without_pairs_or_stores_it_is_missing(tmp_path, monkeypatch):
    found = Found()
    of = Campaign(tmp_path, "pH7", "NaCl", 0.95)
    pairing_parameters(of, found)
    drift_parameters(of, found)
    assert not found.values
    assert "no stores of trials" in found.missing["membrane_water_drift", ""]
