"""Ions neutralise any membrane and start apart from each other and from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtools.cells.ions import choose_sites, ion_table
from mdtools.ions import counter_ions
from mdtools.options import SaltOptions
from mdtools.roles import charge as charge_of

BOX = np.array([2.0, 2.1])
FAR = np.array([[0.0, 0.0, 50.0]])


@pytest.mark.parametrize(
    ("charge", "cation", "expected"),
    [
        (14, "Na+", {"Cl-": 14}),
        (-14, "Na+", {"Na+": 14}),
        (-14, "Ca2+", {"Ca2+": 7}),
        (-3, "Ca2+", {"Ca2+": 2, "Cl-": 1}),
        (0, "K+", {}),
    ],
)
def test_counter_ions_of_the_reference_membranes(charge, cation, expected):
    assert counter_ions(charge, cation) == expected


@given(st.integers(-60, 60), st.sampled_from(["Na+", "K+", "Ca2+"]), st.integers(1, 12))
def test_every_ion_table_neutralises_the_membrane(charge, cation, units):
    salt = SaltOptions(ions={cation: units, "Cl-": units * charge_of(cation)})
    table = ion_table(salt, charge)
    assert charge + sum(charge_of(species) for species in table["species"]) == 0
    feed = table[table["role"] == "feed ion"]
    assert feed["species"].value_counts().to_dict() == salt.ions
    assert (feed["side"] == "feed").all()
    counter = table[table["role"] == "counter-ion"]
    for _, ions in counter.groupby("species"):
        sides = ions["side"].value_counts()
        assert sides.get("feed", 0) - sides.get("permeate", 0) in (0, 1)
    for _, ions in table.groupby("role"):
        assert ions["group"].tolist() == list(range(len(ions)))


def reservoir(n, seed=0):
    return np.random.default_rng(seed).uniform([0, 0, -3], [2.0, 2.1, -1], size=(n, 3))


@given(st.integers(0, 2**32 - 1))
def test_ions_keep_their_distance_through_the_boundary(seed):
    oxygens = reservoir(280)
    sites, separation = choose_sites(oxygens, 12, FAR, BOX, np.random.default_rng(seed), "feed")
    assert len(set(sites.tolist())) == 12
    apart = oxygens[sites][:, None] - oxygens[sites][None]
    apart[..., :2] -= np.round(apart[..., :2] / BOX) * BOX
    distance = np.linalg.norm(apart, axis=-1) + 9 * np.eye(12)
    assert distance.min() > separation
    assert separation >= 0.4


def test_crowded_reservoir_relaxes_the_distance_and_says_so():
    sites, separation = choose_sites(reservoir(100), 90, FAR, BOX, np.random.default_rng(1), "feed")
    assert len(sites) == 90 and separation < 0.3


def test_ions_stay_off_the_membrane():
    oxygens, membrane = reservoir(280), np.array([[1.0, 1.0, -1.5]])
    sites, _ = choose_sites(oxygens, 12, membrane, BOX, np.random.default_rng(2), "feed")
    assert np.linalg.norm(oxygens[sites] - membrane, axis=1).min() > 0.3


def test_same_seed_same_sites():
    first, second = (
        choose_sites(reservoir(280), 12, FAR, BOX, np.random.default_rng(3), "feed")[0]
        for _ in range(2)
    )
    assert (first == second).all()


def test_more_ions_than_free_waters_is_refused():
    with pytest.raises(ValueError, match="20 ions for the permeate reservoir, but only 10 of"):
        choose_sites(reservoir(10), 20, FAR, BOX, np.random.default_rng(0), "permeate")
