"""Many small least squares problems at once, against scipy's."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from analysis.continuum.inference import levenberg

TIMES = np.linspace(0, 3, 12)


def decay(x, rows, data):
    """a exp(-b t) against data, a and b in [0, 1]."""
    amplitude, rate = 2 * x[:, :1], 3 * x[:, 1:]
    return amplitude * np.exp(-rate * TIMES) - data[rows]


@pytest.fixture
def data():
    generator = np.random.default_rng(3)
    true = generator.uniform(0.1, 0.9, (20, 2))
    clean = decay(true, np.arange(20), np.zeros((20, len(TIMES))))
    return clean + 0.05 * generator.standard_normal(clean.shape)


def test_minima_are_those_of_scipy(data):
    found = levenberg.minimise(lambda x, rows: decay(x, rows, data), np.full((20, 2), 0.5))
    assert found.converged.all()
    for row in range(20):

        def alone(x, row=row):
            return decay(x[None], np.array([row]), data)[0]

        reference = least_squares(alone, [0.5, 0.5], bounds=(0, 1), xtol=1e-12, ftol=1e-12)
        assert found.cost[row] == pytest.approx(2 * reference.cost, rel=1e-5)
        assert found.x[row] == pytest.approx(reference.x, abs=2e-4)


def test_a_held_parameter_stays_and_a_bound_holds(data):
    held = np.zeros((20, 2), dtype=bool)
    held[:, 1] = True
    found = levenberg.minimise(lambda x, rows: decay(x, rows, data), np.full((20, 2), 0.3), held)
    assert (found.x[:, 1] == 0.3).all()
    shape = np.exp(-0.9 * TIMES)
    best = np.clip(data @ shape / (shape @ shape) / 2, 0, 1)
    assert found.x[:, 0] == pytest.approx(best, abs=1e-5)
    far = levenberg.minimise(lambda x, rows: x - 2.0, np.full((1, 2), 0.5))
    assert far.x.tolist() == [[1.0, 1.0]]


def test_a_step_to_where_nothing_can_be_evaluated_is_refused():
    def walled(x, rows):
        return np.where(x > 0.6, np.nan, x - 0.8)

    found = levenberg.minimise(walled, np.array([[0.2]]))
    assert 0.55 < found.x[0, 0] <= 0.6
    assert not levenberg.minimise(walled, np.array([[0.9]])).converged[0]


def test_derivatives_of_a_known_function():
    x = np.array([[0.0, 1.0], [0.5, 0.25]])
    slopes = levenberg.jacobian(
        lambda x, rows: np.stack([x[:, 0] ** 2, x[:, 0] * x[:, 1]], axis=1), x, np.arange(2)
    )
    exact = [[[0, 0], [1, 0]], [[1, 0], [0.25, 0.5]]]
    np.testing.assert_allclose(slopes, exact, atol=2e-4)
