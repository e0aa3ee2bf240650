"""What holds for every membrane and feed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.continuum import (
    IONS,
    Ion,
    Membrane,
    Model,
    Solution,
    activity,
    hindrance,
    partitioning,
    solve,
)
from analysis.continuum.solver.conditions import METHODS

CATIONS = ("Na+", "K+", "Li+", "Ca2+", "Mg2+")
ANIONS = ("Cl-", "SO4--")
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


@settings(max_examples=15, deadline=None)
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


@settings(max_examples=15, deadline=None)
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


@settings(max_examples=15, deadline=None)
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


@pytest.mark.parametrize("shift", [-2.0, 3.0])
@pytest.mark.parametrize("kind", ["ideal", "davies"])
def test_rejections_do_not_see_the_convention_of_single_ion_activities(monkeypatch, kind, shift):
    """gamma exp(s z) shifts the Donnan potentials only."""
    feed, flux = Solution(feed_of(("Mg2+", "Cl-", 100.0))), [1e-6, 1e-5]
    plain, found = activity.coefficients, []
    for scale in (0.0, shift):

        def shifted(_, ions, concentrations, temperature, scale=scale):
            gamma = plain(kind, ions, concentrations, temperature)
            return gamma * np.exp(scale * np.array([ion.charge for ion in ions]))

        monkeypatch.setattr(activity, "coefficients", shifted)
        found.append(solve(membrane(), feed, flux, Model(activity="davies")))
    for name in ("Mg2+", "Cl-"):
        np.testing.assert_allclose(found[1].rejection[name], found[0].rejection[name], atol=1e-11)
    np.testing.assert_allclose(found[1].donnan_feed, found[0].donnan_feed + shift, atol=1e-11)


def test_rejection_vanishes_linearly_with_the_flux():
    feed = Solution(feed_of(("Mg2+", "Cl-", 20.0)))
    small, smaller = solve(membrane(), feed, [1e-10, 1e-11]).rejection["Mg2+"]
    assert small / smaller == pytest.approx(10, rel=1e-2)
    assert 0 < smaller < 1e-4


@pytest.fixture(scope="module")
def seawater():
    feed = Solution.neutralised({"Na+": 484.0, "Mg2+": 57.0, "SO4--": 22.0}, by="Cl-")
    return solve(membrane(), feed, 2e-6)


def test_fluxes_along_the_pore_sum_to_what_leaves(seawater):
    for name, permeate in seawater.permeate.items():
        total = seawater.diffusion[name] + seawater.convection[name] + seawater.migration[name]
        np.testing.assert_allclose(total, 2e-6 * permeate, rtol=1e-9)


def test_fluxes_follow_the_gradients_of_profile_and_potential(seawater):
    field = np.gradient(seawater.potential, seawater.x, edge_order=2)
    for name, q in seawater.profile.items():
        ion = IONS[name]
        lam = ion.stokes_radius / 0.5e-9
        conductance = hindrance.diffusive(lam) * ion.diffusivity / 1e-6
        gradient = np.gradient(q, seawater.x, edge_order=2)
        scale = np.abs(seawater.diffusion[name]).max() + np.abs(seawater.migration[name]).max()
        np.testing.assert_allclose(
            seawater.diffusion[name], -conductance * gradient, atol=1e-2 * scale
        )
        np.testing.assert_allclose(
            seawater.migration[name], -conductance * ion.charge * q * field, atol=1e-2 * scale
        )
        np.testing.assert_allclose(
            seawater.convection[name], 2e-6 * hindrance.convective(lam) * q, rtol=1e-9
        )


def test_partition_is_the_product_of_its_factors(seawater):
    for name, q in seawater.profile.items():
        product = np.prod([factor[name] for factor in seawater.partition.values()], axis=0)
        assert float(q[0] / seawater.wall[name]) == pytest.approx(float(product), rel=1e-9)
        leaving = product / seawater.partition["donnan"][name]
        leaving = leaving * np.exp(-IONS[name].charge * seawater.donnan_permeate)
        assert float(q[-1] / seawater.permeate[name]) == pytest.approx(float(leaving), rel=1e-6)


def test_image_charges_of_a_pore_full_of_counter_ions_have_their_closed_form():
    """1:1 salt, X = -200: 200 mol/m3 of cations screen in a pore of 0.5 nm."""
    found = solve(
        membrane(charge_density=-200.0),
        Solution({"Na+": 1e-2, "Cl-": 1e-2}),
        1e-6,
        Model(image_charges="exact"),
    )
    mu = 0.710580 * np.sqrt((200.0 + float(found.profile["Cl-"][0])) / 200)
    expected = np.exp(-2 / np.pi * 1.33442696 * float(partitioning.image_integral(mu, 4.5 / 42)))
    for name in ("Na+", "Cl-"):
        assert float(found.partition["image"][name]) == pytest.approx(expected, rel=1e-5)
    assert 0.29 < expected < 0.30


@pytest.mark.parametrize("image", ["exact", "rehman-2023"])
@pytest.mark.parametrize("density", [-100.0, 0.0, 100.0])
def test_every_treatment_of_activity_and_images_settles(image, density):
    feed = Solution.neutralised({"Na+": 484.0, "Mg2+": 57.0, "SO4--": 22.0}, by="Cl-")
    for kind in ("davies", "pitzer"):
        model = Model(activity=kind, pore_activity="davies", image_charges=image)
        found = solve(membrane(charge_density=density), feed, [1e-7, 1e-5], model)
        assert found.converged.all()
        assert found.assumptions["image_charges"] == image
        assert found.assumptions["activity"].split(",")[0] == kind


def test_images_repel_less_the_more_polarisable_the_matrix_is():
    feed = Solution(feed_of(("Mg2+", "Cl-", 20.0)))
    matrix = membrane(matrix_permittivity=np.array([2.0, 4.5, 10.0, 42.0]))
    found = solve(matrix, feed, 1e-6, Model(image_charges="exact"))
    assert (np.diff(found.rejection["Mg2+"]) < 0).all()
    assert (np.diff(found.partition["image"]["Mg2+"]) > 0).all()


def test_another_born_radius_is_another_partition():
    feed = Solution({"Na+": 10.0, "Cl-": 10.0})
    given = solve(membrane(), feed, 1e-6, Model(born_radius=0.2e-9))
    for name in ("Na+", "Cl-"):
        ion = IONS[name]
        alike = Ion("x", ion.charge, ion.diffusivity, 0.2e-9)
        expected = float(partitioning.born(alike, 42.0))
        assert float(given.partition["born"][name]) == pytest.approx(expected, rel=1e-12)


def test_the_other_kernel_agrees():
    feed = Solution.neutralised({"Na+": 20.0, "Mg2+": 5.0}, by="Cl-")
    march, check = (solve(membrane(), feed, [1e-6, 1e-5], method=m) for m in METHODS)
    for name in march.rejection:
        np.testing.assert_allclose(march.rejection[name], check.rejection[name], atol=1e-7)


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


SALT = Solution({"Na+": 1.0, "Cl-": 1.0})


def solve_salt(**changes):
    return solve(membrane(), SALT, **{"flux": 1e-6, **changes})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Solution({"Xx+": 1.0, "Cl-": 1.0}), "'Xx\\+' is unknown"),
        (lambda: Solution({"Na+": 2.0, "Cl-": 1.0}), "not neutral.*\\+1"),
        (lambda: Solution({"Na+": -1.0, "Cl-": -1.0}), "Na\\+ is -1"),
        (lambda: Solution({"Na+": np.nan, "Cl-": 1.0}), "Na\\+ is nan"),
        (lambda: membrane(pore_radius=0.0), "pore_radius is 0"),
        (lambda: membrane(charge_density=np.inf), "charge_density is inf"),
        (lambda: membrane(matrix_permittivity=-1.0), "matrix_permittivity is -1"),
        (lambda: Model(hindrance="none"), "hindrance is 'none'"),
        (lambda: Model(activity="debye"), "activity is 'debye', allowed: ideal, davies, pitzer"),
        (lambda: Model(pore_activity="debye"), "pore_activity is 'debye'"),
        (lambda: Model(image_charges="yes"), "image_charges is 'yes', allowed: None, exact"),
        (lambda: Model(born_radius="bare"), "born_radius is 'bare'"),
        (lambda: Model(born_radius=-1e-9), "born_radius is -1e-09"),
        (lambda: solve_salt(flux=-1e-6), "flux is -1e-06"),
        (lambda: solve_salt(method="shooting"), "method is 'shooting'"),
        (lambda: solve_salt(cells=2), "cells is 2"),
        (lambda: solve_salt(film={"Na+": 1e-5}), "film is {'Na\\+': 1e-05}, allowed: a Film"),
        (lambda: solve_salt(model="bowen"), "model is 'bowen', allowed: a Model"),
        (lambda: membrane(pore_radius=[4e-10, 5e-10], charge_density=[1, 2, 3]).shape, "radius"),
        (
            lambda: solve(membrane(charge_density=[1, 2, 3]), SALT, [1e-6, 2e-6]),
            "do not broadcast: membrane \\(3,\\), flux \\(2,\\)",
        ),
        (lambda: solve_salt(flux=0.0), "flux is 0"),
    ],
)
def test_bad_input_is_refused_by_name_and_value(make, message):
    with pytest.raises(ValueError, match=message):
        make()
