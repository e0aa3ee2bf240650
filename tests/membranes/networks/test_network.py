"""Bookkeeping of arm states, atoms and bonds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdtools.forcefield import TRANSFER_CHARGE, templates
from membranes.networks.errors import NetworkError
from membranes.networks.network import Network
from tests.membranes.conftest import grid_network

FOLLOWING = {"NH": ["NH2+"], "NH2+": ["NH"], "COCl": ["COOH"], "COOH": ["COO-"], "COO-": ["COOH"]}


@st.composite
def histories(draw):
    """Choices that lead a network through a random history of reactions and treatments."""
    return draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=12))


def live_through(network, history):
    for choice in history:
        amines, acyls = network.arms_in("NH"), network.arms_in("COCl")
        if choice % 2 and amines and acyls:
            link = amines[choice % len(amines)], acyls[choice % len(acyls)]
            network = network.change(dict.fromkeys(link, "amide"), [link])
        else:
            arms = network.arms_in(*FOLLOWING)
            arm = arms[choice % len(arms)]
            network = network.change({arm: FOLLOWING[network.state(arm)][0]})
    return network


@settings(max_examples=40, deadline=None)
@given(histories())
def test_any_history_keeps_atoms_charge_and_bonds_consistent(history):
    network = live_through(grid_network(), history)
    network.check()
    known = templates()
    expected = sorted(
        (row, atom[1])
        for row, name in enumerate(network.template_names)
        for atom in known[name].atoms
    )
    present = zip(network.residue.tolist(), network.elements.tolist(), strict=True)
    assert sorted(present) == expected
    internal = sum(len(known[name].bonds) for name in network.template_names)
    assert len(network.bonds) == internal + len(network.links)
    assert (np.diff(network.residue) >= 0).all()
    assert len(set(network.ids.tolist())) == len(network.ids)
    assert abs(network.template_charge - network.formal_charge) < 1e-6
    charges = sum(len(network.arms_in(s)) * q for s, q in (("NH2+", 1), ("COO-", -1)))
    assert network.formal_charge == charges


@settings(max_examples=15, deadline=None)
@given(histories())
def test_atoms_that_stay_keep_their_ids_and_places(history):
    before = grid_network()
    after = live_through(before, history)
    where = dict(zip(before.ids.tolist(), before.positions, strict=True))
    stayed = [row for row, atom in enumerate(after.ids.tolist()) if atom in where]
    assert stayed
    for row in stayed:
        assert np.array_equal(after.positions[row], where[int(after.ids[row])])


def test_an_amide_moves_the_transfer_charge_between_residues(monomers):
    amine, acyl = monomers.arms_in("NH")[0], monomers.arms_in("COCl")[0]
    linked = monomers.change({amine: "amide", acyl: "amide"}, [(amine, acyl)])
    known = templates()
    assert known[linked.template_names[amine[0]]].charge_sum == pytest.approx(-TRANSFER_CHARGE)
    assert known[linked.template_names[acyl[0]]].charge_sum == pytest.approx(TRANSFER_CHARGE)
    assert len(linked.names) == len(monomers.names) - 2


def test_hydroxyl_takes_the_chlorines_direction_and_points_at_the_carbonyl(monomers):
    arm = monomers.arms_in("COCl")[0]
    acid = monomers.change({arm: "COOH"})
    row = {name: acid.rows[arm[0], name] for name in ("C7", "O7", "O7B", "H7")}
    chlorine = monomers.vectors(monomers.rows[arm[0], "C7"], monomers.rows[arm[0], "CL7"])
    hydroxyl = acid.vectors(row["C7"], row["O7B"])
    assert np.linalg.norm(hydroxyl) == pytest.approx(0.134)
    assert np.linalg.norm(np.cross(chlorine, hydroxyl)) < 1e-12
    assert np.linalg.norm(acid.vectors(row["O7B"], row["H7"])) == pytest.approx(0.097)
    # The syn acid: H...O=C at 2.3 A, not the 3.0 A of the anti form.
    assert np.linalg.norm(acid.vectors(row["H7"], row["O7"])) < 0.24


def test_the_second_ammonium_hydrogen_is_away_from_every_neighbour(monomers):
    arm = monomers.arms_in("NH")[0]
    charged = monomers.change({arm: "NH2+"})
    new, nitrogen = charged.rows[arm[0], "H1B"], charged.centre(arm)
    assert np.linalg.norm(charged.vectors(nitrogen, new)) == pytest.approx(0.102)
    others = [charged.rows[arm[0], name] for name in ("H1", "C2", "C6")]
    assert min(np.linalg.norm(charged.vectors(new, other)) for other in others) > 0.15


def test_saved_network_loads_exactly_the_same(film, tmp_path):
    film.save(tmp_path)
    loaded = Network.load(tmp_path)
    assert loaded.residues == film.residues
    assert np.array_equal(loaded.positions, film.positions)
    assert np.array_equal(loaded.bonds, film.bonds)
    assert loaded.names.tolist() == film.names.tolist()
    assert np.array_equal(loaded.ids, film.ids)


def test_changed_file_is_refused_by_name(film, tmp_path):
    film.save(tmp_path)
    path = tmp_path / "atoms.csv"
    path.write_text(path.read_text().replace("C1", "C9", 1))
    with pytest.raises(NetworkError, match=r"atoms\.csv"):
        Network.load(tmp_path)


def test_missing_network_is_refused_by_name(tmp_path):
    with pytest.raises(NetworkError, match=r"network\.json is missing"):
        Network.load(tmp_path)


def test_impossible_change_of_state_is_refused(monomers):
    arm = monomers.arms_in("COCl")[0]
    with pytest.raises(ValueError, match="cannot become NH2"):
        monomers.change({arm: "NH2+"})
