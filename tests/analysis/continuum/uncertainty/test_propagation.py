"""Propagated samples against quantiles and shares that are known in closed form."""

import numpy as np
import pytest

from analysis.continuum import Membrane, Solution, performance, pores, solve, uncertainty
from analysis.continuum.uncertainty import sampling

PORES = pores.LogNormal(0.5e-9, 0.13e-9)
MEMBRANE = Membrane(0.5e-9, 1.16e-6, 43.86, -63.0)
SUGAR = Solution({"glucose": 1.0})
FEED = Solution.neutralised({"Na+": 20.0, "Ca2+": 5.0, "Mg2+": 8.0}, by="Cl-")
LEVELS = (0.025, 0.25, 0.5, 0.975)


def test_quantiles_of_a_neutral_solute_are_its_rejections_by_quantiles_of_the_pores():
    found = uncertainty.propagate(MEMBRANE, SUGAR, [1e-6, 1e-5], PORES, n=1024)
    quantiles = found.quantiles(("rejection", "glucose"), LEVELS)
    radius = PORES.quantile(1 - np.array(LEVELS))[:, None]
    exact = performance.neutral_rejection(
        "glucose", Membrane(radius, 1.16e-6, 42.0, 0.0), np.array([1e-6, 1e-5])
    )
    assert quantiles.value == pytest.approx(exact, abs=0.01)
    assert ((quantiles.low <= exact) & (exact <= quantiles.high)).mean() > 0.8
    assert quantiles.count.tolist() == [1024, 1024]


def test_share_of_pores_narrower_than_an_ion_is_that_of_the_distribution():
    """Log-normal with mean 0.50 and sd 0.13 nm: 9.67 % below Mg2+, 3.97 % below Ca2+."""
    found = uncertainty.propagate(MEMBRANE, FEED, 4e-6, PORES, n=512)
    assert found.excluded["Mg2+"] / 512 == pytest.approx(0.0967, abs=0.004)
    assert found.excluded["Ca2+"] / 512 == pytest.approx(0.0397, abs=0.004)
    narrow = found.parameters["pore_radius"] < 0.347e-9
    assert (found.values["rejection", "Mg2+"][narrow] == 1).all()
    assert np.isfinite(found.values["rejection", "Na+"]).all() and found.unsolved == 0
    assert np.isinf(found.values["selectivity", "Na+/Mg2+"][narrow]).all()


def test_shares_of_the_flux_add_up_and_chunks_change_nothing():
    quantities = ("rejection", "partition", "fluxes")
    one, many = (
        uncertainty.propagate(
            MEMBRANE, FEED, [4e-6, 1e-5], PORES, n=32, quantities=quantities, chunk=chunk
        )
        for chunk in (10000, 7)
    )
    passing = 1 - one.values["rejection", "Na+"]
    parts = ("diffusion", "convection", "migration")
    summed = sum(one.values[f"flux, {part}", "Na+"] for part in parts)
    assert summed == pytest.approx(passing, abs=1e-9)
    for key, values in one.values.items():
        assert many.values[key] == pytest.approx(values, rel=1e-5, abs=1e-7, nan_ok=True)
    columns = one.table()
    assert len({len(column) for column in columns.values()}) == 1


def test_a_posterior_without_width_is_its_mean_and_samples_are_themselves():
    mean = [0.5e-9, np.log(1.16e-6), 1 / 43.86, np.arcsinh(-63.0)]
    exact = solve(MEMBRANE, FEED, 4e-6).rejection["Mg2+"]
    sharp = uncertainty.Posterior.normal(mean, np.zeros((4, 4)))
    found = uncertainty.propagate(MEMBRANE, FEED, 4e-6, None, n=16, posterior=sharp)
    assert found.values["rejection", "Mg2+"] == pytest.approx(float(exact), abs=1e-6)
    drawn = uncertainty.Posterior.of_samples({"charge_density": [-63.0, -20.0]})
    found = uncertainty.propagate(MEMBRANE, FEED, 4e-6, None, n=64, posterior=drawn)
    assert set(found.parameters["charge_density"]) == {-63.0, -20.0}


def test_a_correlated_posterior_is_drawn_with_its_covariance():
    mean = np.array([0.5e-9, np.log(1e-6), 1 / 43.0, np.arcsinh(-50.0)])
    errors = np.array([0.02e-9, 0.1, 1e-3, 0.2])
    correlation = np.full((4, 4), 0.8) + 0.2 * np.eye(4)
    posterior = uncertainty.Posterior.normal(mean, correlation * np.outer(errors, errors))
    points, _ = sampling.scrambled(4096, 4, 0)
    drawn = posterior.draw(points)
    scaled = np.array(
        [
            drawn["pore_radius"],
            np.log(drawn["effective_thickness"]),
            1 / drawn["pore_permittivity"],
            np.arcsinh(drawn["charge_density"]),
        ]
    )
    assert np.corrcoef(scaled) == pytest.approx(correlation, abs=0.02)
    assert scaled.std(axis=1) == pytest.approx(errors, rel=0.01)


def test_pores_spread_around_the_radius_of_a_posterior():
    posterior = uncertainty.Posterior.of_samples({"pore_radius": [0.6e-9]})
    found = uncertainty.propagate(MEMBRANE, SUGAR, 1e-6, PORES, n=512, posterior=posterior)
    radius = found.parameters["pore_radius"]
    assert radius.mean() == pytest.approx(0.6e-9, rel=2e-3)
    assert radius.std() / radius.mean() == pytest.approx(PORES.sd / PORES.mean, rel=0.02)


def test_intervals_of_quantiles_hold_the_exact_ones_as_often_as_they_say():
    """Of 300 intervals that hold with 95 % or more, 270 to 300 do with 99.9 %."""
    levels = np.array([0.05, 0.5, 0.9])
    held = 0
    for seed in range(100):
        points, group = sampling.scrambled(256, 2, seed)
        found = sampling.quantiles(points.sum(axis=1), group, levels)
        exact = np.array([np.sqrt(0.1), 1.0, 2 - np.sqrt(0.2)])
        held += int(((found.low <= exact) & (exact <= found.high)).sum())
    assert held >= 270


def test_infinite_values_have_quantiles_and_undefined_ones_are_left_out():
    points, group = sampling.scrambled(64, 1, 0)
    values = np.where(points[:, 0] > 0.9, np.inf, points[:, 0])
    values[:3] = np.nan
    found = sampling.quantiles(values, group, np.array([0.5, 0.99]))
    assert found.value[0] == pytest.approx(0.5, abs=0.05) and np.isinf(found.value[1])
    assert int(found.count) == 61


@pytest.mark.parametrize(
    "change, message",
    [
        ({"n": 0}, "n is 0, allowed are whole numbers from 1"),
        ({"flux": -1e-6}, "flux is -1e-06, allowed is positive"),
        ({"pores": None}, "pores and posterior are None"),
        ({"pores": pores.LogNormal(5e-11, 1e-12)}, "narrower than every ion"),
        ({"quantities": "loss"}, "quantity 'loss' is unknown, allowed: rejection"),
        ({"membrane": Membrane([5e-10] * 3, 1e-6, 42.0, 0.0), "flux": [1e-6] * 2}, "broadcast"),
        ({"chunk": 0}, "chunk is 0"),
    ],
)
def test_bad_input_is_refused_in_one_line(change, message):
    given = {"membrane": MEMBRANE, "solution": FEED, "flux": 4e-6, "pores": PORES, "n": 8}
    with pytest.raises(ValueError, match=message) as caught:
        uncertainty.propagate(**{**given, **change})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "mean, covariance, names, message",
    [
        ([1e-9], [[1.0]], ("radius",), "the posterior has 'radius', allowed: pore_radius"),
        ([1e-9], np.eye(2), ("pore_radius",), "shapes"),
        ([1e-9, 0.0], [[1.0, 2.0], [2.0, 1.0]], ("pore_radius", "charge_density"), "symmetric"),
    ],
)
def test_a_posterior_that_is_none_is_refused(mean, covariance, names, message):
    with pytest.raises(ValueError, match=message):
        uncertainty.Posterior.normal(mean, covariance, names)


def test_a_posterior_whose_radii_are_negative_is_refused():
    wide = uncertainty.Posterior.normal([0.1e-9], [[1e-20]], ("pore_radius",))
    with pytest.raises(ValueError, match="pore_radius at or below 0"):
        uncertainty.propagate(MEMBRANE, FEED, 4e-6, None, n=64, posterior=wide)
