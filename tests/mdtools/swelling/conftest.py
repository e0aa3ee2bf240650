"""A network of 229 atoms in two pieces, and its hydration in a picosecond."""

from pathlib import Path

import pytest

from mdtools.options import HydrationOptions, NonbondedOptions
from mdtools.polymer import Polymer
from membranes import library

NETWORKS = Path(__file__).parents[2] / "data" / "networks"
WATERS = 60


@pytest.fixture(scope="session")
def polymer() -> Polymer:
    return library.find(str(NETWORKS / "small.npz"), NETWORKS).polymer()


@pytest.fixture(scope="session")
def short() -> NonbondedOptions:
    """Interactions that fit the small box."""
    return NonbondedOptions(cutoff_nm=0.6)


@pytest.fixture(scope="session")
def brief() -> HydrationOptions:
    return HydrationOptions(
        protocol="swell",
        expansion_ps=0.5,
        refill_ps=(0.1,),
        cycle=({"duration_ps": 0.1, "temperature_K": 380, "pressure_MPa": 5},),
        block_ps=0.2,
        cap_ps=0.4,
        segment_ps=0.1,
        tolerance_percent=0.001,
        minimisation_steps=15,
    )
