"""What holds for every membrane and feed, and that no start fails."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.continuum import IONS, Ion, Membrane, Model, Solution, solve

CATIONS = ("Na+", "K+", "Li+", "Ca2+", "Mg2+")
ANIONS = ("Cl-", "SO4--")
ROOMY = 0.9
TIGHT = 0.97
"""Ratio of radii above which an ion's hindered diffusivity falls below 1e-4 of the free one; a few
such cases do not converge and are flagged."""


def nanofiltration(count, seed):
    """Random membranes, fluxes and feeds of two to seven ions in the nanofiltration window."""
    rng = np.random.default_rng(seed)
    membrane = Membrane(
        rng.uniform(0.3e-9, 1e-9, count),
        rng.uniform(0.3e-6, 3e-6, count),
        rng.uniform(30, 70, count),
        rng.uniform(-300, 300, count),
    )
    cations = rng.choice(CATIONS, rng.integers(1, 6), replace=False)
    anions = rng.choice(ANIONS, rng.integers(1, 3), replace=False)
    feed = {name: 10 ** rng.uniform(-2, np.log10(300), count) for name in cations}
    charge = sum(IONS[name].charge * c for name, c in feed.items())
    shares = rng.dirichlet(np.ones(len(anions)), count).T
    for name, share in zip(anions, shares, strict=True):
        feed[name] = share * charge / -IONS[name].charge
    return membrane, Solution(feed), 10 ** rng.uniform(-8, np.log10(5e-5), count)


@pytest.mark.parametrize("seed", range(5))
def test_cold_starts_converge_unless_an_ion_nearly_fills_the_pore_and_permeate_and_pore_are_neutral(
    seed,
):
    membrane, feed, flux = nanofiltration(1000, seed)
    transport = solve(membrane, feed, flux, cells=16)
    nearly = [ion.stokes_radius / membrane.pore_radius for ion in feed.ions]
    tight = ((np.array(nearly) > TIGHT) & (np.array(nearly) < 1)).any(axis=0)
    assert (transport.converged | tight).all()
    assert transport.converged.mean() >= 0.995
    z = {ion.name: ion.charge for ion in feed.ions}
    charge = sum(z[name] * c for name, c in transport.permeate.items())
    size = sum(abs(z[name]) * c for name, c in transport.permeate.items())
    passing = size > 0
    assert (np.abs(charge) <= 1e-10 * size)[passing].all()
    pore = sum(z[name] * q for name, q in transport.profile.items()) + membrane.charge_density
    total = sum(abs(z[name]) * q for name, q in transport.profile.items())
    assert (np.abs(pore) <= 1e-10 * total)[:, passing].all()
    assert all((c[transport.converged] >= 0).all() for c in transport.permeate.values())


salts = st.tuples(st.sampled_from(CATIONS), st.sampled_from(ANIONS), st.floats(0.1, 300))
membranes = st.builds(
    Membrane,
    st.floats(0.36e-9, 1e-9),
    st.floats(0.3e-6, 3e-6),
    st.floats(30, 70),
    st.floats(-200, 200),
)
fluxes = st.floats(1e-8, 5e-5)


def feed_of(salt, name=None):
    cation, anion, charge = salt
    first = IONS[cation] if name is None else Ion(name, *vars_of(cation))
    return {first: charge / IONS[cation].charge, IONS[anion]: -charge / IONS[anion].charge}


def vars_of(name):
    ion = IONS[name]
    return ion.charge, ion.diffusivity, ion.stokes_radius


@settings(max_examples=30, deadline=None)
@given(membranes, salts, fluxes)
def test_mirrored_charges_reject_the_same(membrane, salt, flux):
    cation, anion, charge = salt
    mirror = {
        Ion("a", -vars_of(cation)[0], *vars_of(cation)[1:]): charge / IONS[cation].charge,
        Ion("b", -vars_of(anion)[0], *vars_of(anion)[1:]): -charge / IONS[anion].charge,
    }
    opposite = Membrane(
        membrane.pore_radius,
        membrane.effective_thickness,
        membrane.pore_permittivity,
        -membrane.charge_density,
    )
    plain = solve(membrane, Solution(feed_of(salt)), flux)
    mirrored = solve(opposite, Solution(mirror), flux)
    np.testing.assert_allclose(mirrored.rejection["a"], plain.rejection[cation], atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(membranes, salts, fluxes, st.floats(0.05, 0.95))
def test_an_ion_split_into_two_of_its_kind_changes_nothing(membrane, salt, flux, share):
    cation, anion, _ = salt
    feed = feed_of(salt)
    total = feed[IONS[cation]]
    split = {
        IONS[cation]: share * total,
        Ion("twin", *vars_of(cation)): (1 - share) * total,
        IONS[anion]: feed[IONS[anion]],
    }
    whole, parts = solve(membrane, Solution(feed), flux), solve(membrane, Solution(split), flux)
    for name in (cation, "twin"):
        np.testing.assert_allclose(parts.rejection[name], whole.rejection[cation], atol=1e-9)
    np.testing.assert_allclose(parts.rejection[anion], whole.rejection[anion], atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(membranes, salts, fluxes, st.floats(0.1, 10))
def test_concentrations_and_charge_scale_together(membrane, salt, flux, factor):
    denser = Membrane(
        membrane.pore_radius,
        membrane.effective_thickness,
        membrane.pore_permittivity,
        factor * membrane.charge_density,
    )
    plain = solve(membrane, Solution(feed_of(salt)), flux)
    scaled = solve(denser, Solution({k: factor * c for k, c in feed_of(salt).items()}), flux)
    np.testing.assert_allclose(scaled.rejection[salt[0]], plain.rejection[salt[0]], atol=1e-9)


@pytest.mark.parametrize("seed", [2, 3])
def test_default_cells_agree_with_many_cells(seed):
    membrane, feed, flux = nanofiltration(300, seed)
    default, fine = solve(membrane, feed, flux), solve(membrane, feed, flux, cells=256)
    lam = np.array([ion.stokes_radius / membrane.pore_radius for ion in feed.ions])
    roomy = (np.where(lam < 1, lam, 0) < ROOMY).all(axis=0)
    both = default.converged & fine.converged & roomy
    assert both.sum() > 200
    for name in default.rejection:
        np.testing.assert_allclose(
            default.rejection[name][both], fine.rejection[name][both], atol=1e-5
        )


def test_everything_broadcasts_and_a_scalar_gives_a_scalar():
    feed = Solution({"Na+": 10.0, "Cl-": 10.0})
    grid = solve(
        Membrane(0.5e-9, 1e-6, 42.0, np.array([-50.0, 0.0, 50.0])[:, None]), feed, [1e-6, 1e-5]
    )
    assert grid.rejection["Na+"].shape == (3, 2)
    single = solve(Membrane(0.5e-9, 1e-6, 42.0, 0.0), feed, 1e-5)
    assert single.rejection["Na+"].shape == ()
    assert float(single.rejection["Na+"]) == pytest.approx(grid.rejection["Na+"][1, 1], abs=1e-12)


def membrane(**changes):
    values = {
        "pore_radius": 0.5e-9,
        "effective_thickness": 1e-6,
        "pore_permittivity": 42.0,
        "charge_density": -50.0,
    }
    return Membrane(**{**values, **changes})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Solution({"Xx+": 1.0, "Cl-": 1.0}), "'Xx\\+' is unknown"),
        (lambda: Solution({"Na+": 2.0, "Cl-": 1.0}), "not neutral.*\\+1"),
        (lambda: Solution({"Na+": -1.0, "Cl-": -1.0}), "Na\\+ is -1"),
        (lambda: Solution({"Na+": np.nan, "Cl-": 1.0}), "Na\\+ is nan"),
        (lambda: membrane(pore_radius=0.0), "pore_radius is 0"),
        (lambda: membrane(charge_density=np.inf), "charge_density is inf"),
        (lambda: Model(hindrance="none"), "hindrance is 'none'"),
        (lambda: solve(membrane(), Solution({"Na+": 1, "Cl-": 1}), 0.0), "flux is 0"),
    ],
)
def test_bad_input_is_refused_by_name_and_value(make, message):
    with pytest.raises(ValueError, match=message):
        make()
