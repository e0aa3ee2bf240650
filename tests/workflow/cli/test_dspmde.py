"""The commands of the continuum theory."""

import json
import re
from dataclasses import replace

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from analysis.continuum import Film, Membrane, Model, Profile, Solution, solve, solve_pressure
from analysis.continuum.film import hollow_fibre
from analysis.continuum.membranes import FEEDS, MEMBRANES
from analysis.continuum.units import LMH, PRESSURE, SPEED
from mdtools.errors import SettingsError
from tests.workflow.conftest import ROOT, TINY
from tests.workflow.separate import snakemake
from workflow.cli.main import app
from workflow.dspmde.question import Question
from workflow.dspmde.units import values

BENCHMARK = ("--membrane", "LbL1.5C", "--feed", "seawater")
# At 1e-6 m/s, by an independent solver.
REFERENCE = {
    "Na+": -0.0372084741,
    "Ca2+": 0.793075628,
    "Mg2+": 0.873836676,
    "SO4--": 0.900321618,
    "Cl-": 0.100012397,
}
MEMBRANE = {
    "pore_radius_nm": 0.5,
    "effective_thickness_um": 1.0,
    "pore_permittivity": 42,
    "charge_density_mol_m3": -40,
}
FEED = {"concentrations_mol_m3": {"Na+": 100, "Mg2+": 10}, "neutralise_by": "Cl-"}


def said(*arguments, code=0) -> str:
    """What is printed; with a code other than 0 the one line of standard error."""
    result = CliRunner().invoke(app, ["dspmde", *map(str, arguments)])
    assert result.exit_code == code, (result.stderr, result.exception)
    if code:
        assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr if code else result.stdout


def cases(*arguments) -> list[dict]:
    return json.loads(said(*arguments, "--json"))["cases"]


def write(path, data):
    text = json.dumps(data) if path.suffix == ".json" else yaml.safe_dump(data)
    path.write_text(text)
    return path


@pytest.fixture
def files(tmp_path):
    """Write a membrane and a feed; returns the arguments that name them."""

    def made(membrane=None, feed=None, ending="yaml"):
        membrane = write(tmp_path / f"membrane.{ending}", MEMBRANE | (membrane or {}))
        feed = write(tmp_path / f"feed.{ending}", FEED if feed is None else feed)
        return "--membrane", membrane, "--feed", feed

    return made


def test_named_membrane_and_feed_give_the_reference_rejections():
    (case,) = cases(*BENCHMARK, "--flux", "1e-6")
    assert case["rejection"] == pytest.approx(REFERENCE, abs=1e-5)
    assert case["flux_lmh"] == pytest.approx(3.6)


def test_table_shows_each_flux_with_rejections_and_says_what_was_assumed():
    text = said(*BENCHMARK, "--flux", "3.6,18lmh")
    rows = [line.split() for line in text.splitlines() if line.split()[:1] in (["3.6"], ["18"])]
    assert [row[0] for row in rows] == ["3.6", "18"]
    assert float(rows[0][-1]) == pytest.approx(0.862328, abs=1e-4)
    assert "-0.0372" in rows[0]
    assert "hindrance dechadilok-deen" in text and "activity ideal" in text


def test_pressure_gives_the_flux_that_needs_that_pressure():
    given = cases(*BENCHMARK, "--pressure", "2,4bar")
    assert [case["pressure_bar"] for case in given] == pytest.approx([2, 4])
    assert given[1]["flux_lmh"] == pytest.approx(5.535, abs=2e-3)
    for case in given:
        (back,) = cases(*BENCHMARK, "--flux", f"{case['flux_m_s']!r}")
        assert back["pressure_bar"] == pytest.approx(case["pressure_bar"], rel=1e-6)
        assert back["rejection"] == pytest.approx(case["rejection"], abs=1e-7)


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_files_in_their_units_equal_the_library_in_si_units(files, ending):
    (case,) = cases(*files(ending=ending), "--flux", "10um/s")
    feed = Solution.neutralised({"Na+": 100.0, "Mg2+": 10.0}, by="Cl-")
    direct = solve(Membrane(0.5e-9, 1e-6, 42.0, -40.0), feed, 1e-5)
    assert case["rejection"] == pytest.approx({k: float(v) for k, v in direct.rejection.items()})


def test_masses_per_kg_and_a_temperature_in_a_file_are_converted(files):
    feed = {"concentrations_mg_kg": {"Mg2+": 1394.0}, "neutralise_by": "Cl-", "temperature_K": 308}
    (case,) = cases(*files(feed=feed), "--flux", "5um/s")
    assert case["feed_mol_m3"]["Mg2+"] == pytest.approx(1394 / 24.305)
    warm = Solution.neutralised({"Mg2+": 1394 / 24.305}, by="Cl-", temperature=308.0)
    direct = solve(Membrane(0.5e-9, 1e-6, 42.0, -40.0), warm, 5e-6)
    assert case["rejection"]["Mg2+"] == pytest.approx(float(direct.rejection["Mg2+"]))


def test_profile_of_charge_in_a_file_is_the_librarys(files):
    profile = {"x": [0, 1], "charge_density_mol_m3": [-100, 0]}
    arguments = files({"charge_density_mol_m3": None, "charge_profile": profile})
    (case,) = cases(*arguments, "--flux", "10um/s")
    membrane = Membrane(0.5e-9, 1e-6, 42.0, Profile([0, 1], [-100, 0]))
    feed = Solution.neutralised({"Na+": 100.0, "Mg2+": 10.0}, by="Cl-")
    direct = solve(membrane, feed, 1e-5)
    assert case["rejection"]["Mg2+"] == pytest.approx(float(direct.rejection["Mg2+"]))


@pytest.mark.parametrize(
    ("options", "model"),
    [
        (("--hindrance", "bowen"), Model(hindrance="bowen")),
        (("--activity", "davies"), Model(activity="davies")),
        (("--image-charges", "exact"), Model(image_charges="exact")),
        (("--born-radius", "0.25"), Model(born_radius=0.25e-9)),
    ],
)
def test_options_are_those_of_the_model(options, model):
    (case,) = cases(*BENCHMARK, "--flux", "1e-6", *options)
    direct = solve(MEMBRANES["LbL1.5C"], FEEDS["seawater"], 1e-6, model=model)
    expected = {ion: float(rejection) for ion, rejection in direct.rejection.items()}
    assert case["rejection"] == pytest.approx(expected, abs=1e-9)
    assert abs(case["rejection"]["Ca2+"] - REFERENCE["Ca2+"]) > 1e-3


def test_film_of_one_number_scales_with_diffusivity():
    """Reference with k = 2e-5 (D / 1e-9)^(2/3) by an independent solver."""
    expected = {
        "Na+": -0.0372261544,
        "Ca2+": 0.782132358,
        "Mg2+": 0.865908499,
        "SO4--": 0.896209138,
        "Cl-": 0.0983656726,
    }
    (case,) = cases(*BENCHMARK, "--flux", "1e-6", "--film", "20um/s")
    # The reference has no suction, which at J / k below 0.1 is worth 3e-4.
    assert case["rejection"] == pytest.approx(expected, abs=1e-3)
    assert case["wall_mol_m3"]["Mg2+"] > case["feed_mol_m3"]["Mg2+"]


def test_film_of_a_file_is_the_librarys_correlation(tmp_path):
    block = {"velocity_m_s": 0.3, "diameter_mm": 1.0, "length_m": 0.24}
    path = write(tmp_path / "film.yaml", {"hollow_fibre": block})
    (case,) = cases(*BENCHMARK, "--pressure", "4bar", "--film", path)
    film = Film(hollow_fibre(0.3, 1e-3, 0.24))
    direct = solve_pressure(MEMBRANES["LbL1.5C"], FEEDS["seawater"], 4e5, film=film)
    assert case["flux_m_s"] == pytest.approx(float(direct.flux))


def test_viscosity_divides_the_flux_of_pure_water(files):
    arguments = files(feed={"concentrations_mol_m3": {"Na+": 1e-3, "Cl-": 1e-3}})
    fluxes = [
        cases(*arguments, "--pressure", "4bar", "--viscosity", viscosity)[0]["flux_m_s"]
        for viscosity in (0.89, 1.78)
    ]
    assert fluxes[0] == pytest.approx(0.25e-18 * 4e5 / (8 * 0.89e-3 * 1e-6), rel=1e-3)
    assert fluxes[0] == pytest.approx(2 * fluxes[1], rel=1e-3)


def test_a_doubt_of_the_model_is_one_note_beside_the_answer():
    arguments = ["--membrane", "NF270", "--feed", "salt-lake", "--flux", "1,2um/s"]
    result = CliRunner().invoke(app, ["dspmde", *arguments, "--activity", "pitzer"])
    assert result.exit_code == 0
    (line,) = result.stderr.splitlines()
    assert line.startswith("note: no Pitzer mixing parameter") and "Li+" in line


def test_a_case_without_convergence_is_empty_and_ends_with_65(monkeypatch):
    def failing(*arguments, **options):
        made = solve(*arguments, **options)
        lost = made.flux > 1.5e-6
        permeate, rejection = (
            {ion: np.where(lost, np.nan, value) for ion, value in values.items()}
            for values in (made.permeate, made.rejection)
        )
        return replace(made, converged=~lost, permeate=permeate, rejection=rejection)

    monkeypatch.setattr("workflow.dspmde.question.solve", failing)
    arguments = ["dspmde", *BENCHMARK, "--flux", "1,2um/s", "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 65
    assert "no solution found in case 1" in result.stderr
    first, second = json.loads(result.stdout)["cases"]
    assert first["rejection"]["Na+"] == pytest.approx(REFERENCE["Na+"], abs=1e-5)
    assert not second["converged"] and set(second["rejection"].values()) == {None}


def test_csv_and_plot_hold_every_flux_and_ion(tmp_path):
    files = tmp_path / "out.csv", tmp_path / "deep" / "out.png"
    said(*BENCHMARK, "--flux", "1:20:5lmh", "--csv", files[0], "--plot", files[1])
    table = pd.read_csv(files[0])
    assert len(table) == 5 * 5
    assert sorted(set(table.flux_lmh)) == pytest.approx(np.linspace(1, 20, 5))
    assert table.converged.all()
    assert table.rejection.to_numpy() == pytest.approx(
        1 - table.permeate_mol_m3 / table.feed_mol_m3, abs=1e-5
    )
    drawn = files[1].with_suffix(".txt").read_text()
    assert drawn.startswith("Rejection of the ions of feed") and "Assumed:" in drawn
    picture = matplotlib.image.imread(files[1])
    assert min(picture.shape[:2]) > 300 and picture[..., :3].std() > 0.05


def test_the_curve_that_is_drawn_is_finer_than_the_fluxes_asked_for():
    question = Question("LbL1.5C", "seawater", flux=("1,20lmh",))
    answer = question.answer()
    curve = question.between(answer)
    assert curve.flux_lmh.nunique() > 50
    ends = curve[curve.flux_lmh.isin([curve.flux_lmh.min(), curve.flux_lmh.max()])]
    assert ends.flux_lmh.unique() == pytest.approx([1, 20])
    assert ends.rejection.to_numpy() == pytest.approx(answer.tidy().rejection.to_numpy(), abs=1e-6)


def test_list_names_every_membrane_and_feed():
    text = said("list")
    assert all(name in text for name in (*MEMBRANES, *FEEDS))


def test_without_arguments_the_help_is_shown():
    assert "--membrane" in said()


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("--feed", "seawater", "--flux", "1e-6"), "--membrane is missing"),
        (("--membrane", "LbL3", "--flux", "1e-6"), "--feed is missing"),
        (("--membrane", "LbL4", "--feed", "seawater", "--flux", "1e-6"), "--membrane LbL4: allow"),
        (("--membrane", "LbL3", "--feed", "seawate", "--flux", "1e-6"), "did you mean seawater?"),
        (("--membrane", "no.yaml", "--feed", "seawater", "--flux", "1e-6"), "no.yaml: No such"),
        (BENCHMARK, "one of --flux and --pressure"),
        ((*BENCHMARK, "--flux", "1e-6", "--pressure", "4bar"), "one of --flux and --pressure"),
        ((*BENCHMARK, "--flux", "3.6"), "--flux 3.6: 3.6 m/s, allowed is up to 0.001"),
        ((*BENCHMARK, "--pressure", "4"), "--pressure 4: 4 Pa, allowed is from 1000"),
        ((*BENCHMARK, "--flux", "0"), "--flux '0': allowed are positive numbers"),
        ((*BENCHMARK, "--flux", "nan"), "--flux 'nan': allowed are numbers"),
        ((*BENCHMARK, "--flux", "4bar"), "--flux '4bar': allowed are numbers with a unit of m/s"),
        ((*BENCHMARK, "--flux", "1e-6", "--hindrance", "deen"), "hindrance is 'deen', allowed: de"),
        ((*BENCHMARK, "--flux", "1e-6", "--activity", "x"), "activity is 'x', allowed: ideal"),
        ((*BENCHMARK, "--flux", "1e-6", "--image-charges", "x"), "--image-charges is 'x', allowed"),
        ((*BENCHMARK, "--flux", "1e-6", "--born-radius", "ion"), "--born-radius is 'ion', allowed"),
        (
            (*BENCHMARK, "--flux", "1e-6", "--born-radius", "-1"),
            "--born-radius is -1, allowed is 0.01",
        ),
        ((*BENCHMARK, "--flux", "1e-6", "--film", "thin"), "--film 'thin': allowed are numbers"),
        (
            (*BENCHMARK, "--flux", "1e-6", "--viscosity", "0"),
            "--viscosity 0: allowed is 0.1 to 100",
        ),
        ((*BENCHMARK, "--flux", "1e-6", "--plot", "a.gif"), "--plot a.gif: allowed are names that"),
        ((*BENCHMARK, "--flux", "1e-6", "--csv", "."), "--csv . is a directory"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_that_names_it(arguments, answer):
    assert answer in said(*arguments, code=78)


@pytest.mark.parametrize(
    ("membrane", "feed", "answer"),
    [
        ({"pore_radius_nm": 0}, None, "membrane.yaml:4: pore_radius_nm: value 0: allowed is 0.1"),
        ({"pore_radius": 1}, None, "pore_radius: value 1: no such key"),
        ({"charge_density_mol_m3": None}, None, "allowed is exactly one of charge_density_mol_m3"),
        ({"pore_permittivity": "wet"}, None, "pore_permittivity: value wet: allowed is a number"),
        ({}, {"concentrations_mol_m3": {"Na+": 1}}, "the solution is not neutral"),
        ({}, {"concentrations_mol_m3": {"Xx+": 1}}, "ion 'Xx+' is unknown"),
        ({}, {"concentrations_mol_m3": {"Na+": -1}}, "concentrations_mol_m3.Na+: value -1"),
        ({}, FEED | {"neutralise_by": "Xx-"}, "ion 'Xx-' is unknown, allowed: Na+"),
        ({}, FEED | {"neutralise_by": "K+"}, "neutralise_by is K+, but the other ions"),
        ({}, FEED | {"neutralise_by": "glucose"}, "neutralise_by is glucose, allowed is an ion"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line_that_names_key_and_value(
    files, membrane, feed, answer
):
    assert answer in said(*files(membrane, feed), "--flux", "1e-6", code=78)


def test_profile_that_does_not_span_the_pore_is_refused(files):
    profile = {"x": [0, 0.5], "charge_density_mol_m3": [-100, 0]}
    arguments = files({"charge_density_mol_m3": None, "charge_profile": profile})
    assert "from 0 to 0.5, allowed: 0 to 1" in said(*arguments, "--flux", "1e-6", code=78)


def test_flux_beyond_a_film_without_suction_is_refused(tmp_path):
    transfer = dict.fromkeys(("Na+", "Ca2+", "Mg2+", "SO4--", "Cl-"), 1e-6)
    path = write(tmp_path / "film.json", {"mass_transfer_m_s": transfer, "suction": False})
    text = said(*BENCHMARK, "--flux", "2e-6", "--film", path, code=78)
    assert "flux is 2e-06 m/s" in text and "Na+" in text


def test_a_unit_holds_for_the_numbers_before_it_that_have_none():
    assert values(["1,2,3lmh"], "--flux", SPEED, "m/s") == pytest.approx(np.arange(1, 4) * LMH)
    assert values(["5e5,1bar"], "--pressure", PRESSURE, "pa")[1] == pytest.approx(1e5)
    assert values(["1bar,5e5"], "--pressure", PRESSURE, "pa") == pytest.approx([1e5, 5e5])


def test_workflow_knows_the_study_as_a_target_of_one_job(tmp_path):
    arguments = ("--snakefile", ROOT / "Snakefile", "--directory", tmp_path, "--configfile", TINY)
    answer = snakemake(*arguments, "--dry-run", "--cores", 1, "labban", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", answer.stdout, flags=re.MULTILINE))
    assert jobs == {"labban": "1", "total": "1"}
    assert "results/labban/seawater_performance.csv" in answer.stdout


def test_labban_refuses_a_file_in_the_place_of_its_directory(tmp_path):
    (tmp_path / "out").write_text("here")
    assert "is a file" in said("labban", "--out", tmp_path / "out", code=78)


def test_millipascals_are_not_taken_for_megapascals():
    with pytest.raises(SettingsError, match="--pressure '4mPa'"):
        values(["4mPa"], "--pressure", PRESSURE, "pa")
    assert values(["4MPa"], "--pressure", PRESSURE, "pa") == [4e6]
