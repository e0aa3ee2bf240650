"""Elements are told from masses that fit one, and stated where none does."""

import numpy as np
import pytest

from analysis.kernels import VAN_DER_WAALS_NM
from analysis.pores.radii import UFF_SIGMA_ANGSTROM
from analysis.reading.observer import CollectError
from analysis.universes import open_trial
from analysis.universes.elements import fitting
from mdtools import psf
from mdtools.constants import STANDARD_ATOMIC_WEIGHTS
from tests.analysis.universes.trajectories import atoms_table, study_of, write_pair


@pytest.fixture
def opened(tmp_path, paths):
    """Elements of the trial with the masses of some membrane atoms changed."""

    def open_(masses: dict[int, float], bonds=((0, 60),), **changes):
        table = atoms_table()
        for row, mass in masses.items():
            table.loc[row, ["name", "mass"]] = [f"A{row}" if row < 60 else table.name[row], mass]
        topology, trajectory = write_pair(tmp_path, "dcd", paths)
        psf.write_psf(topology, table, np.array(bonds).reshape(-1, 2), "elements by mass")
        return open_trial(study_of(topology, trajectory, **changes), 1).topology.element.tolist()

    return open_


@pytest.mark.parametrize(
    ("mass", "element"),
    [
        (10.811, "B"),
        (28.086, "Si"),
        (47.867, "Ti"),
        (47.88, "Ti"),
        (91.22, "Zr"),
        (26.98, "Al"),
        (30.97376, "P"),
        (79.9, "Br"),
        (14.0, "N"),
        (12.01115, "C"),
        (15.9994, "O"),
    ],
)
def test_a_mass_as_programs_write_it_is_its_element(opened, mass, element):
    assert opened({3: mass})[3] == element


@pytest.mark.parametrize(
    ("mass", "hint"),
    [
        (14.027, r"name A3 of mass 14.027 \(CH2\?\).*elements: \{name A3: C\}"),
        (15.035, r"\(CH3\?\)"),
        (13.019, r"\(CH\?\)"),
        (17.007, r"\(OH\?\).*\{name A3: O\}"),
        (72.0, "name A3 of mass 72"),
        (45.0, "name A3 of mass 45"),
        (56.0, "name A3 of mass 56"),
        (52.0, "name A3 of mass 52"),
        (0.0, "name A3 of mass 0"),
    ],
)
def test_a_mass_of_no_element_is_refused_with_the_key_that_mends_it(opened, mass, hint):
    with pytest.raises(CollectError, match=f"no element can be told .* 1 atoms.*{hint}"):
        opened({3: mass})


def test_what_the_study_states_counts_and_later_entries_win(opened):
    found = opened({3: 14.027, 4: 14.027}, elements={"prop mass < 15": "N", "name A3 A4": "C"})
    assert (found[3], found[4], found[0]) == ("C", "C", "N")


def test_whole_masses_tell_nothing_beside_united_atoms(opened):
    assert opened({3: 14.0})[3] == "N"
    with pytest.raises(CollectError, match="name A3 of mass 14, name A4 of mass 15"):
        opened({3: 14.0, 4: 15.0})


def test_whole_masses_tell_nothing_beside_beads(opened):
    """14, 28 and 42 are one, two and three CH2; 14 alone is nitrogen, as is 14 beside Fe."""
    with pytest.raises(CollectError, match="name A3 of mass 14, name A4 of mass 28"):
        opened({3: 14.0, 4: 28.0})
    assert opened({3: 14.0, 4: 55.845})[3:5] == ["N", "Fe"]
    assert opened({3: 14.0, 4: 28.0}, elements={"name A4": "Si"})[3:5] == ["N", "Si"]


def test_deuterium_takes_no_mass_from_its_neighbour(opened):
    assert opened({3: 2.014, 4: 12.011}, bonds=[(3, 4)])[3:5] == ["H", "C"]
    # 2.016 Da moved from carbon to hydrogen.
    assert opened({3: 3.024, 4: 9.995}, bonds=[(3, 4)])[3:5] == ["H", "C"]


def test_atoms_outside_the_membrane_may_be_of_no_element(opened):
    assert opened({70: 0.0})[70] == ""


def test_masses_in_other_units_are_refused(opened):
    with pytest.raises(CollectError, match="every atom of the membrane has the mass 1"):
        opened(dict.fromkeys(range(63), 1.0))


def test_an_element_that_there_is_not_is_refused_by_its_key():
    with pytest.raises(ValueError, match="elements.type 1"):
        study_of("a", "b", elements={"type 1": "CH2"})


def test_every_weight_has_its_radii_and_no_two_weights_one_mass():
    assert STANDARD_ATOMIC_WEIGHTS.keys() == VAN_DER_WAALS_NM.keys() == UFF_SIGMA_ANGSTROM.keys()
    weights = np.array(list(STANDARD_ATOMIC_WEIGHTS.values()))
    assert fitting(weights).tolist() == list(STANDARD_ATOMIC_WEIGHTS)
