import pytest

from analysis.store import StoreError
from analysis.trials import Trials


def test_no_trials_are_refused():
    with pytest.raises(StoreError, match="at least one trial"):
        Trials(())


def test_trials_of_different_cells_are_refused(make_store):
    with pytest.raises(StoreError, match="trials 1 and 2 differ in .*atoms"):
        Trials((make_store("pH2", 1), make_store("pH7", 2)))


def test_a_trial_given_twice_is_refused(make_store):
    with pytest.raises(StoreError, match=r"trials \[1, 1\] must be in order, each one once"):
        Trials((make_store(), make_store()))
