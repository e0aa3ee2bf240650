"""Sobol's indices against Ishigami's function, scipy, and integrals over a grid."""

import numpy as np
import pytest
from scipy import stats

from analysis.continuum import Membrane, Solution, performance, pores, uncertainty

ANGLE = stats.uniform(-np.pi, 2 * np.pi)
MEMBRANE = Membrane(0.5e-9, 1e-6, 42.0, -40.0)
SUGAR = Solution({"glucose": 1.0})
SALT = Solution({"Mg2+": 10.0, "Cl-": 20.0})


def ishigami(a, b, c):
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def test_ishigami_has_its_closed_form_within_the_intervals_and_the_values_of_scipy():
    """Ishigami and Homma (1990), with 7 and 0.1: Saltelli et al. (2008), table 4.1."""
    found = uncertainty.indices_of(
        lambda p: {("y", ""): ishigami(p["a"], p["b"], p["c"])},
        dict.fromkeys("abc", ANGLE),
        n=8192,
        level=0.99,
    )
    first, total = np.array([0.3139, 0.4424, 0.0]), np.array([0.5576, 0.4424, 0.2437])
    key = ("y", "")
    assert found.first[key] == pytest.approx(first, abs=0.02)
    assert found.total[key] == pytest.approx(total, abs=0.02)
    assert (np.abs(found.first[key] - first) < found.first_error[key] + 1e-4).all()
    assert (np.abs(found.total[key] - total) < found.total_error[key] + 1e-4).all()
    theirs = stats.sobol_indices(
        func=lambda x: ishigami(*x), n=8192, dists=[ANGLE] * 3, rng=np.random.default_rng(1)
    )
    assert found.first[key] == pytest.approx(theirs.first_order, abs=0.02)
    assert found.total[key] == pytest.approx(theirs.total_order, abs=0.02)


def test_a_neutral_solute_has_the_variances_of_a_fine_grid():
    spread = {"pore_radius": (0.42e-9, 0.6e-9), "effective_thickness": (0.5e-6, 4e-6)}
    found = uncertainty.sobol_indices(MEMBRANE, SUGAR, 1e-6, spread, n=2048)
    x, w = np.polynomial.legendre.leggauss(40)
    radius, thickness = (low + (high - low) * (1 + x) / 2 for low, high in spread.values())
    pore = Membrane(radius[:, None], thickness, 42.0, 0.0)
    grid = performance.neutral_rejection("glucose", pore, 1e-6)
    w = w / 2
    mean = w @ grid @ w
    variance = w @ grid**2 @ w - mean**2
    alone = np.array([w @ (grid @ w) ** 2 - mean**2, (w @ grid) ** 2 @ w - mean**2]) / variance
    key = ("rejection", "glucose")
    assert found.first[key] == pytest.approx(alone, abs=0.02)
    assert found.total[key] == pytest.approx(1 - alone[::-1], abs=0.02)
    assert found.variance[key] == pytest.approx(variance, rel=0.02)


def test_a_salt_has_indices_of_every_parameter_at_every_flux():
    spread = {
        "pore_radius": pores.LogNormal(0.5e-9, 0.03e-9),
        "charge_density": (-80.0, -20.0),
        "matrix_permittivity": (3.0, 6.0),
        "salinity": (0.8, 1.2),
    }
    found = uncertainty.sobol_indices(MEMBRANE, SALT, [2e-6, 1e-5], spread, n=128)
    first, total = (table["rejection", "Mg2+"] for table in (found.first, found.total))
    assert first.shape == total.shape == (4, 2)
    # Without image charges the matrix plays no part.
    assert np.abs(total[2]).max() < 1e-12
    assert (total[[0, 1]] > 0.05).all() and (total.sum(axis=0) > 0.9).all()
    assert found.evaluations == 128 * 6
    columns = found.table()
    assert {len(column) for column in columns.values()} == {2 * 2 * 4}


def test_samples_with_an_infinite_output_are_left_out_and_counted():
    spread = {"a": (0.0, 1.0), "b": (0.0, 1.0)}

    def function(p):
        return {("y", ""): np.where(p["a"] > 0.97, np.inf, 2 * p["a"] + p["b"])}

    found = uncertainty.indices_of(function, spread, n=2048)
    assert 0.03 < found.dropped["y", ""] / 2048 < 0.09
    assert found.first["y", ""] == pytest.approx([0.79, 0.21], abs=0.03)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"n": 100}, "n is 100, allowed are powers of 2 from 128"),
        ({"distributions": {"tortuosity": (1, 2)}}, "parameter 'tortuosity' is unknown"),
        ({"distributions": {}}, "distributions are empty"),
        ({"distributions": {"charge_density": (2, 1)}}, "distribution of charge_density"),
        ({"flux": 0.0}, "flux is 0, allowed is positive"),
    ],
)
def test_bad_input_is_refused(change, message):
    given = {"flux": 1e-6, "distributions": {"charge_density": (-2.0, 1.0)}, "n": 128}
    with pytest.raises(ValueError, match=message):
        uncertainty.sobol_indices(MEMBRANE, SALT, **{**given, **change})
