"""Heavy hydrogens move mass along bonds and change nothing else of a system."""

import numpy as np
import openmm
import pytest

from mdtools.cells import dynamics, segments
from mdtools.cells.assumptions import assumptions
from mdtools.cells.equilibrate import equilibrate
from mdtools.cells.trial_start import start_trial
from mdtools.constants import GAS_CONSTANT, HEAVY_HYDROGEN_DA, STANDARD_ATOMIC_WEIGHTS
from mdtools.options import CellOptions, NonbondedOptions
from mdtools.systems.heavy_hydrogens import of_preset, repartitioned, with_heavy_hydrogens
from mdtools.systems.system import (
    create_system,
    degrees_of_freedom,
    element_masses,
    masses,
    polymer_topology,
)

WATER_BONDS = np.array([[0, 1], [0, 2], [1, 2]])


@pytest.fixture(scope="module")
def heavy(small_bundle) -> openmm.System:
    return with_heavy_hydrogens(small_bundle.system, small_bundle.topology["element"])


def test_total_mass_and_degrees_of_freedom_stay(small_bundle, heavy):
    assert masses(heavy).sum() == pytest.approx(masses(small_bundle.system).sum(), rel=1e-12)
    assert degrees_of_freedom(heavy) == degrees_of_freedom(small_bundle.system)


def test_anchors_and_virtual_sites_stay_without_mass_and_ions_and_sheets_keep_theirs(
    small_bundle, heavy
):
    before, after = masses(small_bundle.system), masses(heavy)
    assert np.array_equal(before == 0, after == 0)
    assert (after[small_bundle.atoms("anchor")] == 0).all()
    others = small_bundle.atoms("feed ion", "counter-ion", "piston")
    assert np.array_equal(after[others], before[others])


def test_water_is_that_of_iupac_weights_with_two_thirds_more_on_each_hydrogen(small_bundle, heavy):
    oxygen = small_bundle.atoms("water oxygen")
    light, gained = STANDARD_ATOMIC_WEIGHTS["H"], 2 * STANDARD_ATOMIC_WEIGHTS["H"]
    water = masses(heavy)[oxygen[:, None] + np.arange(4)]
    expected = [STANDARD_ATOMIC_WEIGHTS["O"] - 2 * gained, light + gained, light + gained, 0]
    assert water == pytest.approx(np.tile(expected, (len(oxygen), 1)), abs=1e-3)


def test_masses_of_a_polymer_are_those_that_openmm_gives_it(thin_membrane, nonbonded):
    topology, templates = polymer_topology(thin_membrane, [2.0, 2.1, 6.0])
    systems = [
        create_system(
            topology, templates, nonbonded, constrain_hydrogens=rigid, hydrogen_mass_Da=mass
        )
        for rigid, mass in ((True, HEAVY_HYDROGEN_DA), (True, None), (False, None))
    ]
    theirs = masses(systems[0])
    for system in systems[1:]:
        ours = masses(with_heavy_hydrogens(system, thin_membrane.atoms["element"]))
        assert ours == pytest.approx(theirs, abs=1e-9)


def test_only_the_heavy_preset_changes_a_system(small_bundle):
    system, elements = small_bundle.system, small_bundle.topology["element"]
    assert of_preset(system, elements, "study") is system
    assert of_preset(system, elements, "rigid") is system
    before = masses(system)
    assert masses(of_preset(system, elements, "heavy")).max() < before.max() + 1e-9
    assert np.array_equal(masses(system), before)


@pytest.mark.parametrize(
    ("mass", "elements", "bonds", "said"),
    [
        ([16, 1, 1], "OHH", [[0, 1]], "hydrogen 2 sits on 0 atoms"),
        ([16, 1, 16], "OHO", [[0, 1], [1, 2]], "hydrogen 1 sits on 2 atoms"),
        ([4, 1, 1], "OHH", WATER_BONDS, "atom 0 .O. of 4 Da has too little mass"),
        ([0, 1, 1], "OHH", WATER_BONDS, "atom 0 .O. of 0 Da has too little mass"),
        ([1, 1], "HH", [[0, 1]], "hydrogen 0 sits on 0 atoms"),
    ],
)
def test_hydrogens_with_nothing_to_take_mass_from_are_refused(mass, elements, bonds, said):
    with pytest.raises(ValueError, match=said):
        repartitioned(np.array(mass, dtype=float), list(elements), np.array(bonds), 3.024)


@pytest.fixture
def brief(monkeypatch):
    """Equilibration of a few steps, which is hot; what is asked is what the bundle holds."""
    monkeypatch.setattr(dynamics, "SETTLING", ((0.1, 0.002),))
    monkeypatch.setattr(segments, "HOTTEST", 20.0)
    return CellOptions(
        waters_per_reservoir=100,
        equilibration_ps=0.04,
        settling_ps=0.02,
        minimisation_steps=20,
        preset="heavy",
    )


def temperature_K(bundle) -> float:
    """Of the velocities of a bundle, by the masses in its topology."""
    squares = (dynamics.velocities(bundle.state) ** 2).sum(axis=1)
    kinetic = 0.5 * (bundle.topology["mass"].to_numpy() * squares).sum()
    return 2 * kinetic / (degrees_of_freedom(bundle.system) * GAS_CONSTANT)


def test_cells_and_starts_that_heavy_hydrogens_made_hold_true_masses_and_their_velocities(
    small_cell, brief, one_thread
):
    cell = equilibrate(small_cell, brief, one_thread, seed=1)
    for bundle in (cell, start_trial(cell, brief, one_thread, seed=2)):
        free = masses(bundle.system) > 0
        elements = bundle.topology["element"].to_numpy()
        assert masses(bundle.system)[free] == pytest.approx(
            element_masses(elements[free]), abs=0.01
        )
        sigma = 300 * np.sqrt(2 / degrees_of_freedom(bundle.system))
        assert temperature_K(bundle) == pytest.approx(300, abs=5 * sigma)
    assert cell.provenance["report"]["equilibration"]["preset"] == "heavy"


def test_readers_are_told_which_masses_a_cell_was_equilibrated_with(brief, small_options):
    told = {
        options.preset: " ".join(assumptions(options, NonbondedOptions()))
        for options in (brief, small_options)
    }
    assert "timestep 4 fs (preset heavy)" in told["heavy"]
    assert "hydrogens of membrane and water of three times their mass" in told["heavy"]
    assert "timestep 2 fs (preset rigid)" in told["rigid"] and "true masses" in told["rigid"]
