"""Candidate search and the rules of a batch."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from membranes.building.candidates import find, select
from tests.membranes.conftest import grid_network


def shuffled(seed):
    """Monomers thrown at random into the box, overlaps and all."""
    network = grid_network(12, 8, box=(2.0, 2.2, 2.0))
    rng = np.random.default_rng(seed)
    shift = rng.uniform(-3, 3, (len(network.kinds), 3)) * [1, 1, 0.3]
    return replace(network, positions=network.positions + shift[network.residue])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.2, 0.8))
def test_search_finds_what_brute_force_finds(seed, cutoff):
    network = shuffled(seed)
    hydrogens = [
        network.rows[row, name]
        for row, kind in enumerate(network.kinds)
        if kind == "PIP"
        for name in ("H1", "H4")
    ]
    chlorines = np.flatnonzero(network.elements == "Cl")
    expected = []
    for h in hydrogens:
        for cl in chlorines:
            delta = network.positions[cl] - network.positions[h]
            delta[:2] -= network.box_nm[:2] * np.round(delta[:2] / network.box_nm[:2])
            expected.append(np.linalg.norm(delta))
    found = [c.hydrogen_chlorine_nm for c in find(network, cutoff)]
    assert found == sorted(found)
    assert np.allclose(found, sorted(d for d in expected if d <= cutoff))


def test_no_pair_reaches_across_the_faces_of_the_slab():
    network = grid_network(1, 1, box=(3.0, 3.0, 3.0))
    positions = network.positions.copy()
    positions[network.rows[0, "H1"]] = [1.0, 1.0, 0.05]
    positions[network.rows[0, "H4"]] = [1.0, 1.0, 0.05]
    for name in ("CL7", "CL8", "CL9"):
        positions[network.rows[1, name]] = [1.0, 1.0, 2.95]
    assert find(replace(network, positions=positions), 0.5) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_a_batch_is_capped_and_uses_each_residue_once(seed, most):
    network = shuffled(seed)
    batch = select(network, find(network, 0.8), most=most, longest_nm=0.6)
    assert len(batch) <= most
    residues = [row for candidate in batch for row in candidate.residues]
    assert len(residues) == len(set(residues))
    assert all(candidate.nitrogen_carbon_nm <= 0.6 for candidate in batch)


def test_a_piperazine_never_bonds_twice_to_one_trimesoyl():
    network = shuffled(3)
    (first, *_) = find(network, 0.8)
    linked = network.change(dict.fromkeys(first.arms, "amide"), [first.arms])
    batch = select(linked, find(linked, 2.0), most=99, longest_nm=2.0)
    assert first.residues not in [candidate.residues for candidate in batch]


def test_a_barred_pair_does_not_react():
    network = shuffled(3)
    candidates = find(network, 0.8)
    (first, *_) = select(network, candidates, most=99, longest_nm=0.6)
    after = select(network, candidates, most=99, longest_nm=0.6, barred={first.arms})
    assert first not in after
