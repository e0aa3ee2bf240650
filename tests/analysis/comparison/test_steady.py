import numpy as np
import pytest

from analysis.comparison import ChargeProfile
from analysis.comparison.parameters.fitted_charge import layer_charge, nominal_charges
from analysis.comparison.steady import steady_rejections
from analysis.continuum import IONS, Ion, Membrane, Solution, hindrance, solve
from analysis.continuum.partitioning import born, steric
from tests.analysis.comparison import layered_pore

AREA = 5.2e-9**2
PORE = Membrane(0.49e-9, 0.79e-6, 44.0, 0.0)
"""NF270 of Labban et al. (2018)."""
SALTS = {
    "NaCl": Solution({"Na+": 100.0, "Cl-": 100.0}),
    "CaCl2": Solution({"Ca2+": 100.0, "Cl-": 200.0}),
}
NM = 1e-9
BILAYER = ChargeProfile(np.array([-2.5, -1, 1, 2.5]) * NM, [-28, 0, 14], AREA)
FEED = ChargeProfile(np.array([-2.5, -1, 2.5]) * NM, [-14, 0], AREA)
SYMMETRIC = ChargeProfile(np.array([0, 1.5, 3.5, 5]) * NM, [-7, 3, -7], AREA)


def rejections(profiles, salt="NaCl", **others):
    """Rejection of the cation (layouts, variants, fractions, drives)."""
    options = {"porosity": 0.5, "fractions": [0.15], "fluxes": [1e-5], **others}
    solution = SALTS[salt] if isinstance(salt, str) else salt
    table = steady_rejections(profiles, solution, options.pop("membrane", PORE), **options)
    assert table["converged"].all()
    own = table[table["ion"] == solution.ions[0].name]
    fluxes = len(np.atleast_1d(options.get("fluxes") or options["pressures"]))
    shape = (len(profiles), 3, len(options["fractions"]), fluxes)
    return own["rejection"].to_numpy().reshape(shape)


@pytest.mark.parametrize("salt", SALTS)
@pytest.mark.parametrize("fraction", [1.0, 0.15])
def test_layers_reject_what_an_integration_of_each_layer_says(salt, fraction):
    profiles = {"bilayer": BILAYER, "feed": FEED}
    found = rejections(profiles, salt, fractions=[fraction])[..., 0, 0]
    for row, profile in enumerate(profiles.values()):
        edges, density = (profile.edges / NM + 2.5) / 5, fraction * profile.density / 0.5
        ions = SALTS[salt].ions
        expected = layered_pore.rejection(ions, 100.0, PORE, edges, density, 1e-5)
        turned = layered_pore.rejection(ions, 100.0, PORE, 1 - edges[::-1], density[::-1], 1e-5)
        assert found[row, 0] == pytest.approx(expected, abs=1e-7)
        assert found[row, 2] == pytest.approx(turned, abs=1e-7)


@pytest.mark.parametrize("salt", SALTS)
def test_without_charge_all_layouts_are_the_closed_form_of_an_uncharged_pore(salt):
    found = rejections({"a": BILAYER, "b": FEED}, salt, fractions=[0.0])
    ions = SALTS[salt].ions
    z = np.array([ion.charge for ion in ions])
    ratio = np.array([ion.stokes_radius for ion in ions]) / PORE.pore_radius
    diffusive = hindrance.diffusive(ratio) * np.array([ion.diffusivity for ion in ions])
    convective = hindrance.convective(ratio)
    partition = steric(ratio) * np.array([born(ion, PORE.pore_permittivity) for ion in ions])
    # Of the salt as one solute: the field is eliminated with weights |z| D of the other ion.
    weight = (np.abs(z) * diffusive)[::-1]
    salt_diffusive = np.abs(z).sum() * diffusive.prod() / weight.sum()
    salt_convective = (weight @ convective) / weight.sum()
    numbers = np.abs(z[::-1])
    entering = salt_convective * np.exp(numbers @ np.log(partition) / numbers.sum())
    peclet = salt_convective * 1e-5 * PORE.effective_thickness / salt_diffusive
    expected = 1 - entering / (1 - (1 - entering) * np.exp(-peclet))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_symmetric_layout_is_its_mirror_and_a_uniform_one_its_average():
    uniform = ChargeProfile([0, 5 * NM], [-14], AREA)
    found = rejections({"symmetric": SYMMETRIC, "uniform": uniform}, "CaCl2")[..., 0, 0]
    assert found[0, 2] == pytest.approx(found[0, 0], abs=1e-12)
    assert abs(found[0, 1] - found[0, 0]) > 1e-3
    np.testing.assert_allclose(found[1], found[1, 0], atol=1e-12)


def test_mirror_and_average_are_those_of_the_profile_itself():
    faces = (-2.5 * NM, 2.5 * NM)
    layouts = {"own": FEED, "turned": FEED.mirrored(), "even": FEED.averaged(faces)}
    own, turned, even = rejections(layouts, "CaCl2")[..., 0, 0]
    assert own[2] == pytest.approx(turned[0], abs=1e-12)
    assert own[0] == pytest.approx(turned[2], abs=1e-12)
    assert own[1] == pytest.approx(even[0], abs=1e-12)
    charged = Membrane(0.49e-9, 0.79e-6, 44.0, 0.15 * FEED.mean_density(faces) / 0.5)
    direct = solve(charged, SALTS["CaCl2"], 1e-5).rejection["Ca2+"]
    assert own[1] == pytest.approx(float(direct), abs=1e-6)


def test_charges_reversed_on_both_sides_reject_the_same():
    big, small = (0.9e-9, 0.3e-9), (2.0e-9, 0.12e-9)
    salt = Solution({Ion("A", 2, *big): 100.0, Ion("B", -1, *small): 200.0})
    other = Solution({Ion("A", -2, *big): 100.0, Ion("B", 1, *small): 200.0})
    reversed_sign = ChargeProfile(BILAYER.edges, -BILAYER.charges, AREA)
    np.testing.assert_allclose(
        rejections({"a": BILAYER}, salt), rejections({"a": reversed_sign}, other), atol=1e-10
    )


def test_layouts_with_edges_of_their_own_are_solved_together_as_alone():
    layouts = {"bilayer": BILAYER, "feed": FEED, "symmetric": SYMMETRIC}
    together = rejections(layouts, "CaCl2")
    for row, (name, profile) in zip(together, layouts.items(), strict=True):
        alone = rejections({name: profile}, "CaCl2")[0]
        np.testing.assert_allclose(row, alone, atol=1e-5)


def test_pressures_give_the_fluxes_that_need_them_whatever_the_thickness():
    options = {"porosity": 0.5, "fractions": [0.15]}
    layouts, salt = {"feed": FEED}, SALTS["NaCl"]
    thin = Membrane(0.49e-9, 5e-9, 44.0, 0.0)
    driven = steady_rejections(layouts, salt, PORE, pressures=[1e6, 1.5e6], **options)
    through_thin = steady_rejections(layouts, salt, thin, pressures=[1e6, 1.5e6], **options)
    np.testing.assert_allclose(driven["rejection"], through_thin["rejection"], atol=1e-8)
    np.testing.assert_allclose(
        driven["flux_m_s"] * 0.79e-6, through_thin["flux_m_s"] * 5e-9, rtol=1e-7
    )
    flux = driven["flux_m_s"].iloc[0]
    given = steady_rejections(layouts, salt, PORE, fluxes=flux, **options)
    assert given["pressure_Pa"].iloc[0] == pytest.approx(1e6, rel=1e-5)
    assert given["rejection"].iloc[0] == pytest.approx(driven["rejection"].iloc[0], abs=1e-6)


def test_rows_are_one_for_each_layout_variant_fraction_flux_and_ion():
    table = steady_rejections(
        {"feed": FEED, "bilayer": BILAYER}, SALTS["CaCl2"], PORE, porosity=0.5, fluxes=[1e-6, 1e-5]
    )
    keys = ["layout", "variant", "charge_fraction", "flux_m_s", "ion"]
    assert len(table) == len(table[keys].drop_duplicates()) == 2 * 3 * 2 * 2 * 2
    np.testing.assert_allclose(table["permeation"], 1 - table["rejection"], atol=1e-12)
    both = table.pivot(index=keys[:-1], columns="ion", values="permeation")
    np.testing.assert_allclose(both["Ca2+"], both["Cl-"], atol=1e-10)


def test_what_does_not_converge_stays_in_the_table_and_is_marked():
    table = steady_rejections(
        {"bilayer": BILAYER},
        SALTS["CaCl2"],
        PORE,
        porosity=0.5,
        pressures=[1e3, 1e6],
        fractions=[1e3],
    )
    failed = table[~table["converged"]]
    assert set(failed["variant"]) == {"profile", "mirror"}
    assert (failed["pressure_Pa"] == 1e3).all()
    assert failed[["flux_m_s", "rejection", "permeation"]].isna().all().all()
    assert table[table["pressure_Pa"] == 1e6]["converged"].all()
    assert not table[table["converged"]].isna().any().any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"profiles": {}}, "profiles are empty"),
        ({"profiles": {"a": [1.0]}}, "profile of a is a list"),
        ({"porosity": 0.0}, "porosity is 0"),
        ({"fluxes": None}, "give fluxes or pressures"),
        ({"pressures": 1e6}, "give fluxes or pressures"),
        ({"fluxes": [-1.0]}, "fluxes is -1"),
        ({"fluxes": [[1e-5]]}, "a row of each"),
        ({"fractions": []}, "a row of each"),
        ({"fractions": [np.nan]}, "fractions is nan"),
        ({"membrane": Membrane([4e-10, 5e-10], 1e-6, 44.0, 0.0)}, "pore_radius has shape"),
        ({"membrane": Membrane(0.28e-9, 1e-6, 44.0, 0.0)}, r"0\.28 nm.*Ca2\+ \(0\.309 nm\).*NF270"),
        ({"solution": Solution({"Na+": 0.0, "Cl-": 0.0})}, r"Na\+ is 0"),
        ({"solution": Solution({"Na+": [1.0, 2.0], "Cl-": [1.0, 2.0]})}, "one number"),
    ],
)
def test_bad_input_is_named_before_any_step(change, message):
    given = {
        "profiles": {"a": FEED},
        "solution": SALTS["CaCl2"],
        "membrane": PORE,
        "porosity": 0.5,
        "fluxes": 1e-5,
        **change,
    }
    positional = [given.pop(name) for name in ("profiles", "solution", "membrane")]
    with pytest.raises(ValueError, match=message):
        steady_rejections(*positional, **given)


def test_sodium_chloride_still_passes_a_pore_that_calcium_cannot_enter():
    assert IONS["Na+"].stokes_radius < 0.28e-9 < IONS["Ca2+"].stokes_radius
    narrow = Membrane(0.28e-9, 0.79e-6, 44.0, 0.0)
    assert (rejections({"a": FEED}, membrane=narrow) < 1).all()


def test_nominal_charges_stand_beside_those_of_fits():
    neutral = ChargeProfile(np.array([0, 1, 2]) * NM, [-3, 3], AREA)
    table = nominal_charges({"feed": FEED, "neutral": neutral}, porosity=0.5)
    feed = table[table["layout"] == "feed"].set_index("fit")
    # 14 e / (6.022e23 / mol * 5.2 nm * 5.2 nm * 5 nm) = 172 mol/m3, over porosity twice as much.
    np.testing.assert_allclose(feed["net_mol_m3"], -343.9, atol=0.05)
    np.testing.assert_allclose(feed["layer_mol_m3"], -343.9 / 0.3, atol=0.2)
    assert feed["fitted_mol_m3"].to_dict() == {
        "NF270": -56.0,
        "NF270-micari": -50.0,
        "NF270-rehman": -63.0,
    }
    np.testing.assert_allclose(feed["fitted_over_net"], [0.1628, 0.1454, 0.1832], atol=1e-4)
    rest = table[table["layout"] == "neutral"]
    assert rest["fitted_over_net"].isna().all()
    np.testing.assert_allclose(np.abs(rest["layer_charge_e"]), 1.5)
    with pytest.raises(ValueError, match="fit 'NF1' has no name"):
        nominal_charges({"feed": FEED}, porosity=0.5, fits=["NF1"])


def test_the_most_charged_slice_is_found_wherever_it_lies():
    charges = np.random.default_rng(3).normal(size=12)
    profile = ChargeProfile(np.sort(np.random.default_rng(4).uniform(0, 5, 13)), charges, AREA)
    below = np.append(0, np.cumsum(charges))
    starts = np.linspace(profile.edges[0], profile.edges[-1] - 1.3, 200001)
    tried = np.interp(starts + 1.3, profile.edges, below) - np.interp(starts, profile.edges, below)
    assert layer_charge(profile, 1.3) == pytest.approx(tried[np.abs(tried).argmax()], abs=1e-3)
    assert layer_charge(profile, 50.0) == pytest.approx(charges.sum(), abs=1e-12)
