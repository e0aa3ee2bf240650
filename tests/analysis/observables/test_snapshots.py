import numpy as np
import pytest

from analysis.observables import snapshots
from analysis.options import AnalysisOptions
from analysis.trials import Trials

OPTIONS = AnalysisOptions()


@pytest.fixture
def trials(make_store):
    return Trials(tuple(make_store(trial=k) for k in (1, 2, 3)))


def test_snapshots_wrap_x_and_y_and_keep_z(trials):
    table = snapshots.tables(trials, OPTIONS)["snapshots"]
    assert table.x_angstrom.between(-26, 26).all() and table.y_angstrom.between(-26, 26).all()
    row = table[(table.trial == "2") & (table.time_ns == 10)]
    assert row.z_angstrom.to_numpy() == pytest.approx(trials.stores[1].z_angstrom[40])
    x = 10 * trials.stores[1].arrays["positions_nm"][40, :, 0]
    images = (x - row.x_angstrom.to_numpy()) / 52
    assert images == pytest.approx(np.round(images), abs=1e-5)
