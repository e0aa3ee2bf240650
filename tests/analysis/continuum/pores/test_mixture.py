"""Mixtures of pores against integrals that are not taken here, and planted distributions."""

import numpy as np
import pytest
from scipy import integrate, stats

from analysis.continuum import SOLUTES, Membrane, Solution, performance, pores, solve

PORES = pores.LogNormal(0.5e-9, 0.13e-9)
MEMBRANE = Membrane(0.5e-9, 1.16e-6, 43.86, -63.0)
SUGARS = Solution({"glycerol": 1.0, "glucose": 1.0, "sucrose": 1.0, "raffinose": 1.0})
SALT = Solution({"Mg2+": 10.0, "Cl-": 20.0})
FLUX = np.geomspace(1e-6, 3e-5, 6)


def by_quad(solute: str, flux: float, velocity: str) -> float:
    """Rejection of a neutral solute, over the water of all pores; everything by number of pores."""
    number = stats.lognorm(s=PORES.sigma, scale=np.exp(PORES.mu))
    edges = np.array([0.05, SOLUTES[solute].stokes_radius * 1e9, 0.75, 1.2, 4.0]) * 1e-9

    def over_pores(function):
        pairs = zip(np.sort(edges), np.sort(edges)[1:], strict=False)
        return sum(integrate.quad(function, a, b, epsrel=1e-9)[0] for a, b in pairs)

    shape = over_pores(lambda r: r**2 * number.pdf(r)) / over_pores(lambda r: r**4 * number.pdf(r))

    def passing(r):
        speed = flux * r**2 * shape if velocity == "poiseuille" else flux
        pore = Membrane(r, MEMBRANE.effective_thickness, 42.0, 0.0)
        kept = float(performance.neutral_rejection(solute, pore, speed))
        return (1 - kept) * r**4 * number.pdf(r)

    return 1 - over_pores(passing) / over_pores(lambda r: r**4 * number.pdf(r))


@pytest.mark.parametrize("velocity", ["poiseuille", "common"])
@pytest.mark.parametrize("solute", ["glucose", "raffinose"])
def test_neutral_solutes_have_the_integral_over_the_closed_form_of_each_pore(solute, velocity):
    found = pores.mixture(MEMBRANE, SUGARS, [1e-5], PORES, velocity=velocity)
    assert found.converged.all()
    assert found.rejection[solute][0] == pytest.approx(by_quad(solute, 1e-5, velocity), abs=2e-5)


def test_a_salt_has_the_sum_over_many_pores():
    found = pores.mixture(MEMBRANE, SALT, [2e-6, 2e-5], PORES)
    radius = PORES.sample(512, seed=1)
    speed = radius**2 * (radius**2).mean() / (radius**4).mean()
    single = solve(
        Membrane(radius[:, None], 1.16e-6, 43.86, -63.0), SALT, speed[:, None] * [2e-6, 2e-5]
    )
    mean = (single.permeate["Mg2+"] * radius[:, None] ** 4).sum(axis=0) / (radius**4).sum()
    assert found.rejection["Mg2+"] == pytest.approx(1 - mean / 10.0, abs=5e-3)
    assert found.permeate["Cl-"] == pytest.approx(2 * found.permeate["Mg2+"], rel=1e-6)


def test_pores_of_nearly_one_size_are_a_single_pore():
    found = pores.mixture(MEMBRANE, SALT, FLUX, pores.LogNormal(0.5e-9, 1e-13))
    single = solve(MEMBRANE, SALT, FLUX)
    assert found.rejection["Mg2+"] == pytest.approx(single.rejection["Mg2+"], abs=1e-5)


def noisy(feed: Solution, sd: float, seed: int = 0) -> np.ndarray:
    rows = np.stack(list(pores.mixture(MEMBRANE, feed, FLUX, PORES).rejection.values()), axis=1)
    return rows + sd * np.random.default_rng(seed).normal(size=rows.shape)


@pytest.mark.parametrize("intervals", ["laplace", "profile"])
def test_planted_mu_and_sigma_are_recovered_within_five_percent(intervals):
    found = pores.mixture(
        MEMBRANE,
        SUGARS,
        FLUX,
        pores.LogNormal(0.35e-9, 0.2e-9),
        rejection=noisy(SUGARS, 0.01),
        sd=0.01,
        intervals=intervals,
    )
    estimates = found.fit.estimates
    assert found.fit.converged and not found.fit.warnings
    assert np.exp(estimates["mu"].value) == pytest.approx(PORES.median, rel=0.05)
    for name in ("sigma", "mean", "sd"):
        assert estimates[name].value == pytest.approx(getattr(PORES, name), rel=0.05)
        assert estimates[name].low < getattr(PORES, name) < estimates[name].high
    assert found.fit.table()["parameter"] == ["mu", "sigma", "mean", "sd"]


@pytest.mark.slow
def test_intervals_hold_the_planted_values_in_nine_of_ten_fits():
    """Of 60 intervals that hold with 95 %, 51 to 60 do with 99.9 %."""
    held = dict.fromkeys(("mu", "sigma", "mean", "sd"), 0)
    for seed in range(60):
        data = noisy(SUGARS, 0.01, seed)
        fit = pores.mixture(MEMBRANE, SUGARS, FLUX, PORES, rejection=data, sd=0.01, starts=0).fit
        for name in held:
            estimate = fit.estimates[name]
            held[name] += estimate.low <= getattr(PORES, name) <= estimate.high
    assert min(held.values()) >= 51


def test_an_sd_that_is_not_given_is_estimated():
    data = noisy(SUGARS, 0.01)
    given, guessed = (
        pores.mixture(MEMBRANE, SUGARS, FLUX, PORES, rejection=data, sd=sd, starts=0).fit
        for sd in (0.01, None)
    )
    assert guessed.scaled == pytest.approx(given.scaled, abs=1e-4)
    assert guessed.rms == pytest.approx(0.01, rel=0.35)
    assert np.sqrt(np.diag(guessed.covariance) / np.diag(given.covariance)) == pytest.approx(
        1.0, rel=0.35
    )


def test_pores_of_one_size_put_sigma_at_its_bound_and_the_fit_says_so():
    flux, start = [2e-6, 2e-5], pores.LogNormal(0.49e-9, 0.05e-9)
    rows = np.stack(list(solve(MEMBRANE, SALT, flux).rejection.values()), axis=1)
    found = pores.mixture(MEMBRANE, SALT, flux, start, rejection=rows, sd=0.001, starts=0)
    assert any("sigma is at a bound" in warning for warning in found.fit.warnings)
    assert found.pores.median == pytest.approx(0.5e-9, rel=0.01)


def test_a_model_that_misses_the_data_says_so():
    data = noisy(SUGARS, 0.01)
    data[:, 0] += 0.2
    fit = pores.mixture(MEMBRANE, SUGARS, FLUX, PORES, rejection=data, sd=0.01, starts=0).fit
    assert any("misses the data" in warning for warning in fit.warnings)


ROWS = np.full((6, 2), 0.5)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"flux": [0.0]}, "flux is 0, allowed is positive"),
        ({"pores": None}, "pores: allowed is a LogNormal"),
        ({"velocity": "fast"}, "velocity is 'fast', allowed: poiseuille, common"),
        ({"pores": pores.LogNormal(0.05e-9, 1e-12)}, "narrower than every ion"),
        ({"rejection": ROWS[:, :1]}, r"rejection has shape \(6, 1\), allowed is \(6, 2\)"),
        ({"rejection": ROWS * np.nan}, "rejection: allowed are finite numbers"),
        ({"rejection": {"Na+": 0.5}}, "rejection of Na\\+, which the feed lacks"),
        ({"rejection": ROWS, "sd": 0.0}, "sd is 0, allowed is positive"),
        ({"rejection": ROWS, "sd": np.ones((3, 1))}, r"sd has shape \(3, 1\)"),
        ({"rejection": ROWS[:1], "flux": [1e-5], "fit": ["charge_density"]}, "2 rejections cannot"),
        ({"rejection": ROWS, "fit": ["pore_radius"]}, "fit has 'pore_radius', allowed: effective"),
        ({"rejection": ROWS, "bounds": {"sigma": (0.5, 0.1)}}, "bounds of sigma are"),
        ({"rejection": ROWS, "intervals": "wald"}, "intervals is 'wald', allowed: laplace"),
        ({"rejection": ROWS, "level": 95}, "level is 95, allowed is between 0 and 1"),
        ({"membrane": Membrane([5e-10, 6e-10], 1e-6, 42.0, 0.0)}, r"membrane has shape \(2,\)"),
    ],
)
def test_bad_input_is_refused_in_one_line(change, message):
    given = {"membrane": MEMBRANE, "solution": SALT, "flux": FLUX, "pores": PORES}
    with pytest.raises(ValueError, match=message) as caught:
        pores.mixture(**{**given, **change})
    assert "\n" not in str(caught.value)
