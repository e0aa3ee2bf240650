"""Data of ions, solutes and water against independent sources."""

import numpy as np
import pytest

from analysis.continuum import IONS, SOLUTES, Ion, water
from analysis.continuum.species import SMALL_SOLUTES, at_temperature, find, from_mg_per_kg

BOLTZMANN = 1.380649e-23


def stokes(diffusivity, temperature=298.15, viscosity=0.89e-3):
    return BOLTZMANN * temperature / (6 * np.pi * viscosity * diffusivity)


@pytest.mark.parametrize("name", IONS)
def test_radii_of_ions_obey_stokes_and_einstein(name):
    ion = IONS[name]
    assert ion.stokes_radius == pytest.approx(stokes(ion.diffusivity), rel=0.02)


@pytest.mark.parametrize("name", SOLUTES)
def test_radii_of_solutes_obey_stokes_and_einstein_to_ten_percent(name):
    solute = SOLUTES[name]
    assert solute.charge == 0
    assert solute.stokes_radius == pytest.approx(stokes(solute.diffusivity), rel=0.10)
    assert solute.source


@pytest.mark.parametrize("name", SMALL_SOLUTES)
def test_small_solutes_obey_stokes_and_einstein(name):
    solute = SMALL_SOLUTES[name]
    assert solute.charge == 0
    assert solute.stokes_radius == pytest.approx(stokes(solute.diffusivity), rel=0.01)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("SO42-", "SO4--"),
        ("SO4-2", "SO4--"),
        ("SO₄²⁻", "SO4--"),
        ("SO4^{2-}", "SO4--"),
        ("SO4(2-)", "SO4--"),
        ("Ca++", "Ca2+"),
        ("Ca+2", "Ca2+"),
        ("PO43-", "PO4---"),
        ("HPO42-", "HPO4--"),
        ("NH4+1", "NH4+"),
        ("HCO3−", "HCO3-"),
        ("NO3-", "NO3-"),
        ("bicarbonate", "HCO3-"),
        ("silica", "SiO2"),
        ("B(OH)3", "boric acid"),
    ],
)
def test_ions_are_found_in_the_spellings_of_tables(spelling, name):
    assert find(spelling).name == name


@pytest.mark.parametrize("name", ["SO4", "SO4-", "Ca+", "Na", "Ca3+", "so4--", "+", "", "2-"])
def test_what_is_no_spelling_of_an_ion_is_not_taken_for_one(name):
    with pytest.raises(ValueError, match="is unknown"):
        find(name)


def test_heavier_solutes_are_larger_and_slower():
    mass, radius, diffusivity = np.array(
        [(s.molar_mass, s.stokes_radius, s.diffusivity) for s in SOLUTES.values()]
    ).T
    assert (np.diff(mass) >= 0).all()
    assert (np.diff(radius) >= 0).all()
    assert (np.diff(diffusivity) <= 0).all()


@pytest.mark.parametrize(
    ("name", "conductivity"),
    [
        ("Na+", 50.08),
        ("K+", 73.48),
        ("Li+", 38.66),
        ("H+", 349.65),
        ("Cl-", 76.31),
        ("NO3-", 71.42),
        ("Ca2+", 2 * 59.47),
        ("Mg2+", 2 * 53.0),
        ("SO4--", 2 * 80.0),
        ("HCO3-", 44.5),
        ("CO3--", 2 * 69.3),
        ("OH-", 198.0),
        ("F-", 55.4),
        ("Br-", 78.1),
        ("I-", 76.8),
        ("NO2-", 71.8),
        ("ClO4-", 67.3),
        ("HSO4-", 52.0),
        ("H2PO4-", 36.0),
        ("HPO4--", 2 * 57.0),
        ("PO4---", 3 * 92.8),
        ("CH3COO-", 40.9),
        ("NH4+", 73.5),
        ("Rb+", 77.8),
        ("Cs+", 77.2),
        ("Sr2+", 2 * 59.4),
        ("Ba2+", 2 * 63.6),
        ("Mn2+", 2 * 53.5),
        ("Fe2+", 2 * 54.0),
        ("Ni2+", 2 * 49.6),
        ("Cu2+", 2 * 53.6),
        ("Zn2+", 2 * 52.8),
        ("Pb2+", 2 * 71.0),
    ],
)
def test_diffusivities_are_those_of_the_limiting_conductivities(name, conductivity):
    """CRC Handbook, 1e-4 S m2/mol: D = RT lambda / (z^2 F^2), lambda of a mole of the ion."""
    ion = IONS[name]
    expected = 8.314462618 * 298.15 * 1e-4 * conductivity / (ion.charge * 96485.33212) ** 2
    assert ion.diffusivity == pytest.approx(expected, rel=0.01)


def test_seawater_in_milligrams_per_kilogram_becomes_moles_per_cubic_metre():
    """Labban et al. (2018), table 2."""
    feed = from_mg_per_kg({"Na+": 11122, "Ca2+": 382, "Mg2+": 1394, "SO4--": 2136})
    expected = {"Na+": 483.7803945, "Ca2+": 9.53141374, "Mg2+": 57.35445382, "SO4--": 22.23610244}
    assert {name: float(c) for name, c in feed.items()} == pytest.approx(expected, rel=1e-7)
    dense = from_mg_per_kg({"Na+": 11122}, density=1025.0)
    assert float(dense["Na+"]) == pytest.approx(1.025 * expected["Na+"])


def test_an_ion_of_ones_own_converts_and_is_found():
    rubidium = Ion("Rb+", 1, 2.07e-9, 0.118e-9, 85.468e-3)
    assert float(from_mg_per_kg({rubidium: 85.468})[rubidium]) == pytest.approx(1.0)
    assert find(rubidium) is rubidium


@pytest.mark.parametrize(
    ("amounts", "density", "message"),
    [
        ({"Xx+": 1.0}, 1000, "ion 'Xx\\+' is unknown, allowed: Na\\+"),
        ({"Na+": -1.0}, 1000, r"mg/kg of Na\+ is -1"),
        ({"Na+": 1.0}, 0, "density is 0"),
        ({Ion("Rb+", 1, 2e-9, 1e-10): 1.0}, 1000, r"molar_mass of Rb\+ is None"),
    ],
)
def test_amounts_that_cannot_be_converted_are_refused(amounts, density, message):
    with pytest.raises(ValueError, match=message):
        from_mg_per_kg(amounts, density)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("X+", 1, -1e-9, 1e-10), r"diffusivity of X\+ is -1e-09"),
        (("X+", 1, 1e-9, 0.0), r"stokes_radius of X\+ is 0"),
        (("X+", 0.5, 1e-9, 1e-10), r"charge of X\+ is 0.5"),
    ],
)
def test_an_ion_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Ion(*arguments)


@pytest.mark.parametrize(("name", "ratio"), [("Na+", 61.53 / 50.10), ("Cl-", 92.21 / 76.35)])
def test_warm_ions_are_as_fast_as_their_conductivity_says(name, ratio):
    """Limiting conductivities at 35 and 25 C, Robinson and Stokes; D goes as T times them."""
    warm = at_temperature(IONS[name], 308.15)
    expected = ratio * 308.15 / 298.15
    assert warm.diffusivity / IONS[name].diffusivity == pytest.approx(expected, rel=0.03)
    assert warm.stokes_radius == IONS[name].stokes_radius
    assert at_temperature(IONS[name], 298.15).diffusivity == pytest.approx(IONS[name].diffusivity)


def test_water_has_the_properties_of_the_international_tables():
    """IAPWS-95, IAPWS R12-08 and R9-97 at 0.1 MPa."""
    temperature = np.array([277.15, 298.15, 323.15])
    np.testing.assert_allclose(water.density(temperature), [999.97, 997.05, 988.03], atol=0.02)
    np.testing.assert_allclose(
        1e3 * water.viscosity([293.15, 298.15, 333.15]), [1.0016, 0.8900, 0.4660], rtol=1e-3
    )
    np.testing.assert_allclose(
        water.permittivity([278.15, 298.15, 323.15]), [85.92, 78.41, 69.88], rtol=4e-3
    )


@pytest.mark.parametrize("function", [water.density, water.viscosity, water.permittivity])
def test_water_that_is_ice_or_steam_is_refused(function):
    with pytest.raises(ValueError, match="temperature is 25 K, allowed is 273.15 to 373.15 K"):
        function(25.0)
