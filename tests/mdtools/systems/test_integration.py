"""Integration answers a request to stop, and cuts do not change what it computes."""

import numpy as np
import openmm
import pytest

from mdtools.errors import TryAgain
from mdtools.systems import integration
from mdtools.systems.integration import Integration, integrate


@pytest.fixture
def context():
    """Ten particles in a harmonic well on the Reference platform."""
    system = openmm.System()
    force = openmm.CustomExternalForce("50*(x^2+y^2+z^2)")
    for particle in range(10):
        system.addParticle(12.0)
        force.addParticle(particle, [])
    system.addForce(force)
    integrator = openmm.LangevinMiddleIntegrator(300, 1, 0.002)
    integrator.setRandomNumberSeed(3)
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, integrator, platform)
    context.setPositions(np.linspace(0, 1, 30).reshape(10, 3))
    context.setVelocitiesToTemperature(300, 4)
    return context


def positions(context):
    return context.getState(positions=True).getPositions(asNumpy=True)._value


def test_cuts_take_every_step_once_and_change_no_number(context):
    start = context.createCheckpoint()
    context.getIntegrator().step(137)
    expected = positions(context)
    context.loadCheckpoint(start)
    integrate(context, 137, None)
    assert context.getStepCount() == 137
    assert np.array_equal(positions(context), expected)


def test_request_to_stop_is_answered_before_the_next_call(context):
    answers = iter([False, False, False, True])
    with pytest.raises(TryAgain, match="by the caller"):
        integrate(context, 10**6, lambda: next(answers))
    assert context.getStepCount() == 1 + 2 + 4


def test_slow_calls_are_cut_shorter(context, monkeypatch):
    """A clock by which a step takes half a second."""
    monkeypatch.setattr(
        integration.time, "monotonic", lambda: 0.5 * context.getStepCount(), raising=True
    )
    asked = []

    def stop():
        asked.append(context.getStepCount())
        return False

    integrate(context, 100, stop)
    assert max(np.diff([*asked, context.getStepCount()])) <= 2


def asked_at(context, integration, steps):
    """Steps at which `Integration.advance` asks whether to stop, which it does before each call."""
    asked = []
    integration.advance(steps, lambda: asked.append(context.getStepCount()))
    return asked


def test_later_stretches_are_one_call(context):
    integrating = Integration(context)
    assert len(asked_at(context, integrating, 100)) > 5
    assert len(asked_at(context, integrating, 50)) == 1


def test_many_short_stretches_do_not_make_calls_longer(context):
    integrating = Integration(context)
    for _ in range(50):
        integrating.advance(3, None)
    first, second, *_ = asked_at(context, integrating, 1000)
    assert second - first <= 4
