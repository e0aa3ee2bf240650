"""What blows up is named by its atoms and the force to blame."""

import openmm
import pytest

from mdtools.errors import PhysicsError
from mdtools.systems.diagnosis import guarded

NAMES = ["O of HOH 1", "O of HOH 2", "NA of NA 3"]


@pytest.fixture
def context():
    """Three particles with a soft bond between the first two."""
    system = openmm.System()
    for _ in NAMES:
        system.addParticle(18.0)
    bond = openmm.HarmonicBondForce()
    bond.setName("bond")
    bond.addBond(0, 1, 0.1, 1000.0)
    system.addForce(bond)
    system.addForce(openmm.CustomExternalForce("0"))
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions([[0, 0, 0], [0.12, 0, 0], [1, 1, 1]])
    return context


def test_a_sound_action_gives_its_end_state(context):
    state = guarded(context, NAMES, lambda: context.getIntegrator().step(3), "a walk", 3)
    assert state.getStepCount() == 3
    assert len(state.getForces()) == len(NAMES)


def test_blow_up_is_replayed_and_blamed(context):
    wall = openmm.CustomExternalForce("-1e7*x^2")
    wall.setName("bad wall")
    wall.addParticle(2)
    context.getSystem().addForce(wall)
    context.reinitialize(preserveState=True)
    with pytest.raises(PhysicsError) as error:
        guarded(context, NAMES, lambda: context.getIntegrator().step(5000), "a walk", 5000)
    assert "a walk" in str(error.value)
    assert "before it: NA of NA 3 (atom 2, " in str(error.value)
    assert "mostly bad wall" in str(error.value)
