import math

import numpy as np
import openmm
import pytest

from mdtools.constants import GAS_CONSTANT
from mdtools.options import DriveOptions
from mdtools.runs.health import HealthChecks
from mdtools.runs.segment import SegmentPlan
from mdtools.systems.diagnosis import RUNAWAY_FORCE, named_forces
from mdtools.systems.selfcheck import needed, selfcheck

FEED, PERMEATE, MEMBRANE, ION, ANCHOR = 0, 1, 2, 3, 4
CALM = np.array([[0, 0, -4], [0, 0, 4], [0, 0, 0.5], [0, 0, -3], [1, 1, 0.2]], dtype=float)
FREEDOM = 30_000


@pytest.fixture
def health() -> HealthChecks:
    """Sheets at -4 and 4 nm, a membrane within 1 nm of 0, an ion, an anchor, a box of 12 nm."""
    sheets = (np.array([FEED]), np.array([PERMEATE]))
    ions, anchors = np.array([ION]), np.array([ANCHOR])
    return HealthChecks(FREEDOM, 300.0, sheets, (-1.0, 1.0), 12.0, ions, anchors, CALM[anchors])


def kinetic(kelvin: float, freedom: int = FREEDOM) -> float:
    return kelvin * freedom * GAS_CONSTANT / 2


def moved(atom: int, z: float) -> np.ndarray:
    positions = CALM.copy()
    positions[atom, 2] = z
    return positions


def test_a_calm_frame_has_no_problems(health):
    assert health.place_problems(CALM) == []
    assert health.energy_problems(-1e5, kinetic(300)) == []


@pytest.mark.parametrize(("kelvin", "wrong"), [(271, 0), (329, 0), (269, 1), (331, 1)])
def test_temperature_window_of_a_large_system_is_30_K(health, kelvin, wrong):
    assert len(health.energy_problems(-1e5, kinetic(kelvin))) == wrong


def test_temperature_window_of_a_small_system_is_six_sigma(health):
    small = HealthChecks(450, *list(vars(health).values())[1:])
    assert small.temperature_window_K == pytest.approx(6 * 300 * math.sqrt(2 / 450))
    assert small.kinetic_temperature(kinetic(250, 450)) == pytest.approx(250)


@pytest.mark.parametrize("energies", [(math.nan, 1.0), (-1e5, math.inf)])
def test_energies_that_are_not_finite_are_told(health, energies):
    assert "energy" in health.energy_problems(*energies)[0]


@pytest.mark.parametrize(
    ("atom", "z", "message"),
    [
        (FEED, -0.5, "feed piston is in the membrane"),
        (PERMEATE, 0.5, "permeate piston is in the membrane"),
        (FEED, -8.5, "met across the end of the box"),
        (ION, -4.5, "1 ions outside of the pistons (atoms 3)"),
        (ION, 4.5, "1 ions outside of the pistons (atoms 3)"),
        (ANCHOR, 0.21, "1 anchors have moved (atoms 4)"),
    ],
)
def test_what_leaves_its_place_is_told(health, atom, z, message):
    assert message in "; ".join(health.place_problems(moved(atom, z)))


def test_ions_may_go_through_the_membrane(health):
    for z in (-0.9, 0.0, 0.9, 3.9):
        assert health.place_problems(moved(ION, z)) == []


def test_forces_by_name_add_up_and_the_drive_is_among_them(bundle, options):
    chosen = options.model_copy(update={"drive": DriveOptions(force_kcal_mol_angstrom=0.072)})
    plan = SegmentPlan(bundle, chosen, None, 1, ())
    parts = named_forces(plan.system, bundle.state)
    context = openmm.Context(plan.system, openmm.VerletIntegrator(0.001))
    context.setState(bundle.state)
    total = context.getState(forces=True).getForces(asNumpy=True)._value
    np.testing.assert_allclose(parts.forces.sum(axis=0), total, atol=0.5)
    drive = parts.forces[parts.names.index("drive")]
    ions = bundle.atoms("feed ion")
    np.testing.assert_allclose(drive[ions], [[0, 0, 0.072 * 41.84]] * len(ions), rtol=1e-5)
    assert np.abs(drive).sum() == pytest.approx(len(ions) * 0.072 * 41.84, rel=1e-5)
    assert np.linalg.norm(total, axis=1).max() < RUNAWAY_FORCE / 5


def test_cpu_forces_agree_with_reference(bundle, make_run):
    plan = make_run().plan
    assert not needed(plan.platform)
    result = selfcheck(plan.system, bundle.state, plan.platform)
    assert result["platform"] == "CPU" and result["passed"]
    assert 0 < result["median_relative_force_error"] < 1e-4
