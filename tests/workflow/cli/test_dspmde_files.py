"""Membranes, feeds and films as people write them: ions of every kind, slips, wrong units."""

import json

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from analysis.continuum import Ion, Membrane, Solution, solve
from analysis.continuum.units import LMH
from workflow.cli.main import app

MEMBRANE = {
    "pore_radius_nm": 0.5,
    "effective_thickness_um": 2,
    "pore_permittivity": 40.2,
    "charge_density_mol_m3": -50,
}
SALT = {"concentrations_mol_m3": {"Na+": 10, "Cl-": 10}}
GROUNDWATER = {
    "concentrations_mol_m3": {"Na+": 15, "Ca2+": 1.5, "Mg2+": 0.8, "Cl-": 6, "SO4--": 4},
    "neutralise_by": "HCO3-",
}


@pytest.fixture
def asked(tmp_path):
    """Ask for 10 L/m2/h: exit code, standard output, standard error in one line."""

    def ask(membrane=MEMBRANE, feed=SALT, *more, film=None):
        for name, data in (("membrane", membrane), ("feed", feed), ("film", film)):
            (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(data))
        arguments = ["--membrane", tmp_path / "membrane.yaml", "--feed", tmp_path / "feed.yaml"]
        arguments += ["--film", tmp_path / "film.yaml"] if film else []
        arguments += ["--flux", "10lmh", "--json", *more]
        result = CliRunner().invoke(app, ["dspmde", *map(str, arguments)])
        if result.exit_code == 78:
            assert len(result.stderr.splitlines()) == 1
        return result

    return ask


def rejections(result) -> dict:
    assert result.exit_code == 0, result.stderr
    (case,) = json.loads(result.stdout)["cases"]
    return case["rejection"]


def test_a_groundwater_with_bicarbonate_has_the_rejections_of_an_integration_of_the_pore(asked):
    """By an independent integration of the pore's equations, D 1.185e-9 m2/s and r 0.207 nm."""
    expected = {
        "Na+": 0.90158,
        "Ca2+": 0.98971,
        "Mg2+": 0.98882,
        "Cl-": 0.84028,
        "SO4--": 0.99998,
        "HCO3-": 0.89883,
    }
    assert rejections(asked(feed=GROUNDWATER)) == pytest.approx(expected, abs=1.5e-5)


def test_ions_may_be_spelt_as_tables_spell_them(asked):
    spelt = {"Na+1": 15, "Ca++": 1.5, "Mg+2": 0.8, "chloride": 6, "SO42-": 4}
    feed = {"concentrations_mol_m3": spelt, "neutralise_by": "HCO3−"}
    assert rejections(asked(feed=feed)) == pytest.approx(rejections(asked(feed=GROUNDWATER)))


def test_an_ion_of_ones_own_is_the_librarys(asked):
    block = {"charge": -2, "diffusivity_m2_s": 0.9e-9, "stokes_radius_nm": 0.26}
    given = {"Na+": 10, "Cl-": 8, "HAsO4--": 1}
    found = rejections(asked(feed={"concentrations_mol_m3": given, "ions": {"HAsO4--": block}}))
    own = Ion("HAsO4--", -2, 0.9e-9, 0.26e-9)
    direct = solve(
        Membrane(0.5e-9, 2e-6, 40.2, -50.0), Solution({"Na+": 10, "Cl-": 8, own: 1}), 10 * LMH
    )
    assert found == pytest.approx({name: float(r) for name, r in direct.rejection.items()})


def test_an_own_ion_has_a_film_and_counts_in_mg_kg(asked):
    block = {"charge": -1, "diffusivity_m2_s": 1.792e-9, "molar_mass_g_mol": 99.45}
    feed = {
        "concentrations_mg_kg": {"Na+": 100, "ClO4-": 50},
        "ions": {"ClO4-": block, "MyCl-": block},
        "neutralise_by": "MyCl-",
    }
    film = {"mass_transfer_m_s": {"Na+": 2e-5, "ClO4-": 2e-5, "MyCl-": 2e-5}}
    found = rejections(asked(MEMBRANE, feed, film=film))
    assert found["ClO4-"] == pytest.approx(found["MyCl-"])


@pytest.mark.parametrize(
    ("feed", "answer"),
    [
        (
            {"concentrations_mol_m3": {"Na2+": 1, "Cl-": 1}},
            "'Na2+' is unknown, allowed: Na+, ",
        ),
        ({"concentrations_mol_m3": {"HCO4-": 1, "Na+": 1}}, "as ions: {HSeO3-:"),
        (
            {"concentrations_mol_m3": {"Na+": 1}, "ions": {"AO4-": {"diffusivity_m2_s": 1e-9}}},
            "charge of AO4- is not given, allowed are -1, -4",
        ),
        (
            SALT | {"ions": {"X-": {"charge": -1, "diffusivity_m2_s": 1e-9}}},
            "ions.X- has no concentration",
        ),
        (SALT | {"ions": {"X-": {}}}, "allowed is diffusivity_m2_s, stokes_radius_nm, or both"),
        (
            {
                "concentrations_mol_m3": {"Na+": 1, "X--": 1},
                "ions": {"X--": {"charge": 2, "stokes_radius_nm": 0.2}},
            },
            "charge of X-- is 2, allowed is that of its name",
        ),
        (
            SALT | {"ions": {"X-": {"diffusivity_m2_s": 1.9}}},
            "value 1.9: allowed is 1e-12 to 2e-08",
        ),
        ({"concentrations_mol_m3": {"SO42-": 1, "SO4--": 1}}, "ion SO4-- is given twice"),
        (
            {
                "concentrations_mg_kg": {"HSeO3-": 10},
                "ions": {"HSeO3-": {"charge": -1, "diffusivity_m2_s": 1.1e-9}},
                "neutralise_by": "Na+",
            },
            "its molar mass is needed: add molar_mass_g_mol to ions.HSeO3-",
        ),
    ],
)
def test_ions_that_cannot_be_are_refused_with_the_remedy(asked, feed, answer):
    result = asked(feed=feed)
    assert result.exit_code == 78 and answer in result.stderr


def test_a_film_with_two_coefficients_for_one_ion_or_with_none_is_refused(asked):
    both = {"mass_transfer_m_s": {"Na+": 2e-5, "Cl-": 2e-5, "chloride": 3e-5}}
    result = asked(feed=SALT, film=both)
    assert result.exit_code == 78 and "ion Cl- is given twice, as chloride too" in result.stderr
    lacking = asked(feed=SALT, film={"mass_transfer_m_s": {"Na+": 2e-5}})
    assert lacking.exit_code == 78 and "Cl-" in lacking.stderr
    assert len(result.stderr.splitlines()) == len(lacking.stderr.splitlines()) == 1


def test_a_rounded_feed_is_refused_with_the_key_that_mends_it(asked):
    feed = {"concentrations_mg_kg": {"Na+": 1000, "Cl-": 1542}}
    answer = asked(feed=feed)
    assert answer.exit_code == 78
    assert "add neutralise_by: Cl- to the file" in answer.stderr
    assert "Solution" not in answer.stderr
    # As it says.
    assert rejections(asked(feed=feed | {"neutralise_by": "Cl-"}))["Na+"] > 0.5


def test_a_feed_that_lacks_an_ion_is_told_from_a_rounded_one(asked):
    lacking = asked(feed={"concentrations_mol_m3": {"Na+": 20, "Cl-": 10}}).stderr
    assert "no rounding: an ion may be missing" in lacking and "neutralise_by: Cl-" in lacking
    assert "neutralise_by: Na+" in asked(feed={"concentrations_mol_m3": {"Cl-": 10}}).stderr


@pytest.mark.parametrize(
    ("where", "change", "answer"),
    [
        ("feed", {"temperature_K": 25}, "temperature_K: value 25: allowed is 273.15 to 373.15 K"),
        ("feed", {"temperature_K": 77}, "where water is liquid; 25 C are 298.15 K"),
        ("feed", {"permittivity": 785.4}, "permittivity: value 785.4: allowed is 1 to 88"),
        ("feed", {"permittivity": 0.78}, "permittivity: value 0.78: allowed is 1 to 88"),
        ("feed", {"density_kg_m3": 1.2}, "density_kg_m3: value 1.2: allowed is 500 to 3000"),
        ("feed", {"concentrations_mol_m3": {"Na+": 1e6, "Cl-": 1e6}}, "value 1000000.0: allowed"),
        ("feed", {"concentrations_mol_m3": {"Na+": 0, "Cl-": 0}}, "all concentrations are 0"),
        ("membrane", {"pore_radius_nm": 0.5e-9}, "allowed is 0.1 to 100 nm: the key is in nm"),
        ("membrane", {"effective_thickness_um": 1e-6}, "allowed is 0.001 to 1000 um"),
        ("membrane", {"pore_permittivity": 420}, "pore_permittivity: value 420: allowed is 1 to"),
        ("membrane", {"pore_permittivity": 0.42}, "pore_permittivity: value 0.42: allowed is 1 to"),
        ("membrane", {"matrix_permittivity": 450}, "matrix_permittivity: value 450: allowed is 1"),
        ("membrane", {"charge_density_mol_m3": -5e6}, "allowed is -20000 to 20000 mol/m3"),
        ("film", {"mass_transfer_m_s": {"Na+": 20}}, "value 20: allowed is 1e-08 to"),
        (
            "film",
            {"hollow_fibre": {"velocity_m_s": 0.3, "diameter_mm": 1e-3, "length_m": 0.2}},
            "diameter_mm: value 0.001: allowed is 0.01 to 100 mm",
        ),
    ],
)
def test_values_that_cannot_be_are_refused_by_key_value_and_range(asked, where, change, answer):
    blocks = {"membrane": MEMBRANE, "feed": SALT, "film": None}
    blocks[where] = (blocks[where] or {}) | change
    result = asked(blocks["membrane"], blocks["feed"], film=blocks["film"])
    assert result.exit_code == 78 and answer in result.stderr


def test_davies_beyond_its_range_is_noted_and_within_it_is_not(asked):
    """Davies is for up to 0.5 mol/L; the brine has an ionic strength of 2.25."""
    brine = {"concentrations_mol_m3": {"Na+": 1500, "Mg2+": 250}, "neutralise_by": "Cl-"}
    result = asked(MEMBRANE, brine, "--activity", "davies")
    assert result.exit_code == 0
    assert "up to 2.2 mol/L of ionic strength" in result.stderr and "pitzer" in result.stderr
    assumed = json.loads(result.stdout)["assumptions"]
    assert "beyond its range" in assumed["activity"] and "pitzer" in assumed["activity"]
    for kind in ("ideal", "pitzer"):
        assert "beyond" not in asked(MEMBRANE, brine, "--activity", kind).stderr
    dilute = asked(MEMBRANE, GROUNDWATER, "--activity", "davies")
    assert dilute.stderr == ""
    assert json.loads(dilute.stdout)["assumptions"]["activity"] == "davies"


def test_davies_is_looked_at_in_the_pore_and_at_the_wall_of_a_film(asked):
    charged = MEMBRANE | {"charge_density_mol_m3": -2000}
    noted = asked(charged, SALT, "--pore-activity", "davies").stderr
    assert "pore_activity davies, beyond" in noted
    near = {"concentrations_mol_m3": {"Na+": 450, "Cl-": 450}}
    assert asked(MEMBRANE, near, "--activity", "davies").stderr == ""
    film = {"mass_transfer_m_s": {"Na+": 2e-6, "Cl-": 2e-6}}
    polarised = asked(charged, near, "--activity", "davies", film=film)
    assert "activity davies, beyond" in polarised.stderr


def test_a_pore_that_draws_ions_in_is_noted(asked):
    result = asked(MEMBRANE | {"pore_permittivity": 80})
    assert result.exit_code == 0 and "draws ions into the pore" in result.stderr
    assert np.isfinite(list(rejections(result).values())).all()
