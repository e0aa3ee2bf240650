"""Platforms get what their options say, and Contexts are reproducible."""

import numpy as np
import openmm
import pytest
from openmm import unit

from mdtools.errors import CardError
from mdtools.options import PlatformOptions
from mdtools.platform_names import PLATFORMS
from mdtools.systems import platforms
from mdtools.systems.platforms import installed_platforms, new_context, open_platform


def test_same_seed_gives_the_same_trajectory(wet_box, one_thread):
    def positions_after(seed):
        options = {"temperature_K": 300, "friction_per_ps": 2, "timestep_fs": 1}
        context = new_context(wet_box.system, one_thread, seed=seed, **options)
        context.setPositions(wet_box.positions)
        context.getIntegrator().step(5)
        state = context.getState(positions=True)
        return state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)

    assert np.array_equal(positions_after(1), positions_after(1))
    assert not np.array_equal(positions_after(1), positions_after(2))


def test_platform_gets_the_properties_it_knows():
    platform, properties = open_platform(PlatformOptions(name="CPU", cpu_threads=2))
    assert platform.getName() == "CPU"
    assert properties == {"Threads": "2", "DeterministicForces": "true"}
    assert open_platform(PlatformOptions(name="Reference"))[1] == {}


def test_automatic_platform_opens_a_context():
    platform, properties = open_platform(PlatformOptions())
    system = openmm.System()
    system.addParticle(1.0)
    openmm.Context(system, openmm.VerletIntegrator(0.001), platform, properties)


def test_platform_that_is_not_installed_is_named_with_those_that_are():
    installed = installed_platforms()
    missing = next(name for name in PLATFORMS[1:] if name not in installed)
    with pytest.raises(ValueError, match=f"{missing}, but this OpenMM has {', '.join(installed)};"):
        open_platform(PlatformOptions(name=missing))


@pytest.mark.parametrize("given", ["0", "1,2"])
def test_a_job_whose_gpu_does_not_work_says_try_again_and_does_not_go_on_slowly(given, monkeypatch):
    monkeypatch.setattr(platforms, "_works", lambda _: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    assert open_platform(PlatformOptions())[0].getName() == "CPU"
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    with pytest.raises(CardError, match=f"handed this job GPU {given}") as raised:
        open_platform(PlatformOptions())
    assert raised.value.exit_code == 75
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "NoDevFiles")
    assert open_platform(PlatformOptions())[0].getName() == "CPU"
