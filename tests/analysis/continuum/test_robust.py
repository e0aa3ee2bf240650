"""Cold starts: none fails in the nanofiltration window, none raises outside it."""

import warnings

import numpy as np
import pytest

from analysis.continuum import IONS, Film, Membrane, Model, Solution, performance, solve

COUNT = 250
"""Problems of a batch."""
IN_NANOFILTRATION = ("Na+", "Ca2+", "Mg2+", "SO4--", "Cl-", "K+", "Li+", "H+", "NO3-")
"""Of which some at least enter every pore here: a pore that none enters cannot be neutral."""
FEW = range(2, 8)
"""Numbers of ions; a batch has one of them, and its own choice of ions."""


def draw_feed(rng, count, low=1e-2, high=700.0):
    """Random ions of both signs at random concentrations in mol/m3, neutral."""
    number = rng.choice(FEW)
    while True:
        names = rng.choice(IN_NANOFILTRATION, number, replace=False)
        z = np.array([IONS[name].charge for name in names])
        if (z > 0).any() and (z < 0).any():
            break
    feed = 10 ** rng.uniform(np.log10(low), np.log10(high), (number, count))
    cations = (np.maximum(z, 0)[:, None] * feed).sum(axis=0)
    anions = (np.maximum(-z, 0)[:, None] * feed).sum(axis=0)
    feed = np.where((z < 0)[:, None], feed * cations / anions, feed)
    return Solution(dict(zip(names, feed, strict=True)))


def nanofiltration(seed, count=COUNT):
    """Membranes, feed and fluxes across the window in which such membranes are run."""
    rng = np.random.default_rng(seed)
    membrane = Membrane(
        rng.uniform(0.3e-9, 1e-9, count),
        rng.uniform(0.3e-6, 5e-6, count),
        rng.uniform(30, 70, count),
        rng.uniform(-300, 300, count),
    )
    return membrane, draw_feed(rng, count), 10 ** rng.uniform(-8, np.log10(5e-5), count)


def check(seed, count=COUNT):
    membrane, feed, flux = nanofiltration(seed, count)
    found = solve(membrane, feed, flux)
    assert found.converged.all()
    z = {ion.name: ion.charge for ion in feed.ions}
    charge = sum(z[name] * c for name, c in found.permeate.items())
    size = sum(abs(z[name]) * c for name, c in found.permeate.items())
    assert (np.abs(charge) <= 1e-10 * size).all()
    assert all((c >= 0).all() for c in found.permeate.values())
    salt = size > 0
    pore = sum(z[name] * q for name, q in found.profile.items()) + membrane.charge_density
    total = sum(abs(z[name]) * q for name, q in found.profile.items())
    assert (np.abs(pore) <= 1e-10 * total)[:, salt].all()


@pytest.mark.parametrize("seed", range(20))
def test_ten_thousand_cold_starts_converge_with_neutral_permeate_and_pore(seed):
    check(seed, 2 * COUNT)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1080))
def test_twenty_thousand_more_cold_starts_converge(seed):
    check(seed)


@pytest.mark.parametrize("seed", range(3))
def test_absurd_conditions_give_a_flag_and_neither_error_nor_warning(seed):
    rng = np.random.default_rng(seed)
    count = 100
    membrane = Membrane(
        rng.uniform(0.15e-9, 3e-9, count),
        10 ** rng.uniform(-9, -4, count),
        rng.uniform(2, 78, count),
        rng.normal(0, 3000, count),
    )
    feed = draw_feed(rng, count, 1e-6, 3e3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Pores of 0.15 nm keep counter-ions out, which is told.
        warnings.filterwarnings("ignore", "counter-ions larger than the pores")
        found = solve(membrane, feed, 10 ** rng.uniform(-12, -2, count))
    assert found.converged.dtype == bool
    assert found.converged.mean() > 0.9
    for rejection in found.rejection.values():
        assert (np.isnan(rejection) == ~found.converged).all()


@pytest.mark.parametrize("seed", [2, 3])
def test_default_accuracy_agrees_with_many_cells_even_for_ions_that_nearly_fill_the_pore(seed):
    membrane, feed, flux = nanofiltration(seed, 100)
    default, fine = solve(membrane, feed, flux), solve(membrane, feed, flux, cells=1024)
    for name in default.rejection:
        np.testing.assert_allclose(
            default.rejection[name], fine.rejection[name], rtol=1e-6, atol=1e-6
        )


@pytest.mark.parametrize("film", [None, Film(lambda ion: 2e-5)])
@pytest.mark.parametrize("model", [Model(), Model(activity="davies", pore_activity="davies")])
def test_pore_that_no_ion_enters_lets_no_salt_pass(model, film):
    membrane = Membrane(1.5e-10, 1e-6, 41.0, -27.0)
    result = solve(membrane, Solution({"Na+": 10.0, "Cl-": 10.0}), [1e-6], model, film)
    assert result.converged.all()
    assert result.rejection["Na+"] == result.rejection["Cl-"] == 1.0


@pytest.mark.parametrize("activity", ["ideal", "davies"])
def test_neutral_solute_alone_passes_as_its_closed_form_says(activity):
    membrane, flux = Membrane(5e-10, 1e-6, 41.0, -27.0), 1e-6
    alone = solve(membrane, Solution({"glucose": 10.0}), flux, Model(activity=activity))
    expected = performance.neutral_rejection("glucose", membrane, flux)
    assert alone.rejection["glucose"] == pytest.approx(expected)


def test_empty_batch_has_an_empty_result():
    membrane = Membrane(5e-10, 1e-6, 41.0, -27.0)
    empty = solve(membrane, Solution({"Na+": 10.0, "Cl-": 10.0}), np.array([]))
    assert empty.rejection["Na+"].shape == (0,)
