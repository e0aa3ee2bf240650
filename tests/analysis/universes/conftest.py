"""The paths of one trajectory."""

import numpy as np
import pytest

from tests.analysis.universes.trajectories import continuous_paths


@pytest.fixture(scope="module")
def paths() -> np.ndarray:
    return continuous_paths()
