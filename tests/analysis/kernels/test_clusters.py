import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.kernels import (
    advance_in_company,
    chaperoned,
    clusters,
    contact_events,
)

contacts = arrays(bool, st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 6)))


def clusters_by_spreading(contact) -> list[set[int]]:
    """Clusters of one frame: whatever an ion can reach."""
    first, second = contact.shape
    left, found = set(range(first + second)), []
    while left:
        reached, fresh = set(), {min(left)}
        while fresh:
            ion = fresh.pop()
            reached.add(ion)
            if ion < first:
                near = {first + j for j in range(second) if contact[ion, j]}
            else:
                near = {i for i in range(first) if contact[i, ion - first]}
            fresh |= near - reached
        found.append(reached)
        left -= reached
    return found


@given(contacts)
def test_clusters_equal_those_found_by_spreading_from_ion_to_ion(contact):
    found = clusters(contact, 2.0, -1.0)
    first = contact.shape[1]
    for frame, label in enumerate(found.label):
        expected = clusters_by_spreading(contact[frame])
        assert {frozenset(np.flatnonzero(label == k)) for k in set(label)} == {
            frozenset(ions) for ions in expected
        }
        rows = found.table[found.table["frame"] == frame]
        assert sorted(rows["size"]) == sorted(map(len, expected))
        assert sorted(rows["charge"]) == sorted(
            sum(2.0 if ion < first else -1.0 for ion in ions) for ions in expected
        )


@given(contacts)
def test_every_ion_and_its_charge_is_in_one_cluster(contact):
    frames, first, second = contact.shape
    charges = np.arange(1.0, first + 1)
    table = clusters(contact, charges, -0.5).table.groupby("frame").sum()
    assert (table["size"] == first + second).all()
    assert (table["first"] == first).all() and (table["second"] == second).all()
    assert table["charge"].to_numpy() == pytest.approx(charges.sum() - 0.5 * second)


def test_sizes_in_a_chain_of_random_contacts_are_those_of_percolation_in_one_dimension():
    # Contacts with probability p between neighbours: n_s = (1 - p)^2 p^(s - 1) clusters per ion.
    p, frames, each = 0.6, 60, 200
    rng = np.random.default_rng(0)
    contact = np.zeros((frames, each, each), dtype=bool)
    k = np.arange(each)
    contact[:, k, k] = rng.random((frames, each)) < p
    contact[:, k[1:], k[:-1]] = rng.random((frames, each - 1)) < p
    sizes = np.bincount(clusters(contact, 1.0, -1.0).table["size"])
    for size in range(1, 7):
        expected = 2 * each * frames * (1 - p) ** 2 * p ** (size - 1)
        assert sizes[size] == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_share_and_largest_cluster_by_hand():
    contact = np.zeros((2, 2, 4), dtype=bool)
    contact[0, 0, :2] = True
    contact[0, 1, 3] = True
    found = clusters(contact, 2.0, -1.0)
    assert found.largest().tolist() == [3, 1]
    assert found.share().tolist() == [5 / 6, 0.0]
    assert found.share(smallest=3).tolist() == [3 / 6, 0.0]
    with pytest.raises(ValueError, match="smallest is 0"):
        found.share(0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"contact": np.zeros((2, 3))}, "contact has shape"),
        ({"contact": np.zeros((0, 2, 3), dtype=bool)}, "at least one frame"),
        ({"contact": np.zeros((4, 0, 0), dtype=bool)}, "at least one frame and ion"),
        ({"charges_first": [1.0]}, "charges_first has shape .1,. for 2 ions"),
        ({"charges_second": [np.nan] * 3}, "charges_second.*finite"),
    ],
)
def test_clusters_of_impossible_input_are_refused(changes, message):
    given = {
        "contact": np.zeros((2, 3), dtype=bool),
        "charges_first": 1.0,
        "charges_second": -1.0,
    } | changes
    with pytest.raises(ValueError, match=message):
        clusters(**given)


def pair_paths(frames: int, velocity: float) -> tuple[np.ndarray, np.ndarray]:
    z = velocity * np.arange(frames, dtype=float)[:, None]
    return z, z + 2.5


def test_a_pair_that_moves_together_is_a_chaperone_and_one_that_passes_is_not():
    ion, partner = pair_paths(11, 1.0)
    events = contact_events(np.ones((11, 1, 1), dtype=bool))
    both = chaperoned(events, ion, partner, advance=8.0)
    assert both[["ion_advance", "partner_advance"]].to_numpy().tolist() == [[10.0, 10.0]]
    assert both["chaperoned"].all()
    assert not chaperoned(events, ion, partner, advance=11.0)["chaperoned"].any()
    resting = np.full_like(partner, 2.5)
    assert not chaperoned(events, ion, resting, advance=3.0)["chaperoned"].any()
    assert not chaperoned(events, -ion, -partner, advance=3.0)["chaperoned"].any()


def test_advance_counts_only_while_in_contact():
    ion, partner = pair_paths(11, 1.0)
    contact = np.zeros((11, 1, 1), dtype=bool)
    contact[3:7] = True
    event = chaperoned(contact_events(contact), ion, partner, advance=2.0).iloc[0]
    assert (event["ion_advance"], event["chaperoned"]) == (3.0, True)


def test_independent_walkers_are_hardly_ever_chaperones():
    rng = np.random.default_rng(1)
    ion, partner = (np.cumsum(rng.normal(0, 1, (20000, 5)), axis=0) for _ in range(2))
    fold = 30.0
    apart = (ion[:, :, None] - partner[:, None, :] + fold / 2) % fold - fold / 2
    events = contact_events(np.abs(apart) < 3.0)
    found = chaperoned(events, ion, partner, advance=6.0)
    assert len(found) > 10000
    assert found["chaperoned"].mean() < 0.01


@given(
    arrays(float, (9, 3), elements=st.floats(-50, 50)),
    arrays(bool, (9, 3, 2)),
)
def test_ways_in_company_and_alone_add_up(z, contact):
    company, alone = advance_in_company(z, contact)
    assert company + alone == pytest.approx(z[-1] - z[0], abs=1e-9)
    met = contact.any(axis=2)
    expected = [
        sum(z[t + 1, i] - z[t, i] for t in range(8) if met[t, i] and met[t + 1, i])
        for i in range(3)
    ]
    assert company == pytest.approx(expected, abs=1e-9)


def test_chaperones_of_impossible_input_are_refused():
    ion, partner = pair_paths(5, 1.0)
    events = contact_events(np.ones((5, 1, 1), dtype=bool))
    with pytest.raises(ValueError, match="no column ion, partner"):
        chaperoned(events.drop(columns=["ion", "partner"]), ion, partner, 1.0)
    with pytest.raises(ValueError, match="advance is 0"):
        chaperoned(events, ion, partner, 0.0)
    with pytest.raises(ValueError, match="5 frames and z_partner 4"):
        chaperoned(events, ion, partner[:4], 1.0)
    with pytest.raises(ValueError, match="beyond those of z"):
        chaperoned(events.assign(partner=3), ion, partner, 1.0)
    with pytest.raises(ValueError, match="contact has shape .5, 2."):
        advance_in_company(ion, np.ones((5, 2), dtype=bool))


@pytest.mark.parametrize("shape", [(4, 3, 0), (4, 0, 3), (3, 0), (0, 3)])
def test_ions_of_one_group_only_are_all_alone(shape):
    found = clusters(np.zeros(shape, dtype=bool), 2.0, -1.0)
    frames = shape[0] if len(shape) == 3 else 1
    assert found.label.shape == (frames, 3) and len(np.unique(found.label)) == 3 * frames
    assert (found.size() == 1).all() and (found.share() == 0).all()
    assert set(found.table.charge) == {2.0 if shape[-2] else -1.0}
