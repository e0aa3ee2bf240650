import numpy as np
import pytest

from analysis.observables import extent, mean_z, snapshots
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials, faces_of

OPTIONS = AnalysisOptions()


def test_trials_of_different_length_pool_up_to_the_time_they_share(make_store):
    stores = make_store(trial=1), make_store(trial=2, last_ns=60.0, frames=240)
    trials = Trials(stores)
    table = mean_z.tables(trials, OPTIONS)["mean_z"]
    assert table.groupby("trial").time_ns.max().to_dict() == {"1": 100, "2": 60, "all": 60}
    progress = extent.tables(trials, OPTIONS)["trials"].set_index("trial")
    assert progress.analysed_ns.to_dict() == {"1": 100, "2": 60, "all": 60}
    assert progress.complete.to_dict() == {"1": True, "2": False, "all": False}
    assert snapshots.tables(trials, OPTIONS)["snapshots"].time_ns.unique().tolist() == [
        1,
        10,
        50,
        60,
    ]


def test_faces_follow_the_thickness_of_the_membrane(make_store):
    stores = tuple(make_store(trial=k, half=1.5) for k in (1, 2))
    places = extent.tables(Trials(stores), OPTIONS)["extent"].query("trial == 'all'")
    z = places.set_index("place").z_angstrom
    # A logistic edge of 0.12 nm falls to 5 % at ln(19) times that beyond its middle.
    assert z["permeate face"] == pytest.approx(15 + 1.2 * np.log(19), abs=0.4)
    assert z["feed face"] == pytest.approx(-z["permeate face"], abs=0.4)
    assert z["permeate piston"] == pytest.approx(35, abs=0.2)


def test_a_loose_oligomer_in_the_permeate_moves_no_face(make_store):
    def faces(stores):
        trials = Trials(tuple(stores))
        places = extent.tables(trials, OPTIONS)["extent"].query("definition == '5 % density'")
        return [*trials.faces, *places.z_angstrom]

    stores = [make_store(trial=k) for k in (1, 2)]
    loose = stores[0].arrays["face_g_cm3"].copy()
    loose[413:422] = 0.4  # 25.2 to 28.8 angstrom
    changed = Store(stores[0].arrays | {"face_g_cm3": loose}, stores[0].manifest)
    assert faces([changed, stores[1]]) == pytest.approx(faces(stores), abs=1e-9)


@pytest.mark.parametrize(("empty", "bridged"), [(6, True), (9, False)])
def test_hollows_narrower_than_a_carbon_are_no_end_of_the_membrane(make_store, empty, bridged):
    store = make_store()
    block = np.zeros(700)
    block[325:375] = 1.0  # -10 to 10 angstrom
    block[375 + empty : 385 + empty] = 0.5
    one = Store(store.arrays | {"face_g_cm3": block}, store.manifest)
    beyond = 0.4 * (empty + 10) if bridged else 0.0
    feed, permeate = faces_of(one)
    # A running mean over 2 angstrom lets an edge of height h fall to 0.05 at 1 - 0.1 / h beyond it.
    assert feed == pytest.approx(-10.9, abs=0.01)
    assert permeate == pytest.approx(10 + beyond + (0.8 if bridged else 0.9), abs=0.01)
