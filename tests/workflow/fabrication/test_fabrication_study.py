"""Fabrication studies: what they say, what is observed, and how it is set beside the study."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.comparison.twins.charges import ChargeProfile
from analysis.continuum.performance import b_over_a
from mdtools.errors import SettingsError
from tests.membranes.conftest import grid_network
from workflow.fabrication.charge import charge_profile
from workflow.fabrication.evidence import layers, leached
from workflow.fabrication.names import nascent_names, read_names
from workflow.fabrication.observe import observe, profiles
from workflow.fabrication.options import ObservationOptions
from workflow.fabrication.performance import Pores, pore_factor, rejections, summary_of
from workflow.fabrication.published import MEASURED, definition_check
from workflow.fabrication.study import FabricationStudy
from workflow.fabrication.trends import trends

ROOT = Path(__file__).parents[3]
HISEL = ROOT / "config" / "hisel.yaml"
WIDE = ROOT / "config" / "hisel_wide.yaml"
LOOK = ObservationOptions(pore_spacing_angstrom=0.8)


@pytest.fixture(scope="module")
def film():
    """60 PIP and 40 hydrolysed TMC, half of the amines amidated on paper."""
    network = grid_network(60, 40, box=(4.0, 4.0, 3.0))
    amines, acyls = network.arms_in("NH"), network.arms_in("COCl")
    links = list(zip(amines[:60], acyls[:60], strict=True))
    network = network.change({arm: "amide" for link in links for arm in link}, links)
    return network.change(dict.fromkeys(network.arms_in("COCl"), "COOH"))


def test_the_committed_study_can_be_read_and_has_the_studys_membranes():
    study = FabricationStudy.read(HISEL)
    assert {"8P", "8P10", "8P9", "8P10-H30", "8P10-0.5MC30"} <= set(study.membranes)
    assert len(study.members) == 3 * len(study.membranes)
    steps = [step.step for step in study.recipe("8P10-0.5MC30").steps]
    assert steps.index("soak") < steps.index("second_amidation") < steps.index("hydrolyse")
    assert read_names(HISEL)["membranes"] == list(study.membranes)


def test_folders_without_the_file_have_no_membranes_for_the_workflow(tmp_path):
    assert read_names(tmp_path / "hisel.yaml")["membranes"] == []


def test_nascent_names_are_those_of_equal_first_steps():
    study = FabricationStudy.read(HISEL)
    shared = nascent_names(list(study.membranes))
    for name in study.membranes:
        assert study.recipe(name).steps[:2] == study.recipe(shared[name]).steps[:2]
    assert study.recipe("8P").steps[:2] != study.recipe("8P10").steps[:2]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("8P10-0.5GC30", "8P10-0.5AC30", "membranes.9: value 8P10-0.5AC30: .*AC .* no template"),
        ("  - 8P9\n", "  - 8P\n", "membranes.2: value 8P: given twice"),
        ("swelling: 1.25", "swelling: 9", "family.soak.swelling: value 9: allowed is at most 3"),
        ("largest_residues: 8", "largest_residues: 0", "family.leach.largest_residues: value 0"),
        ("largest_residues: 8", "largest_residues: 99", "residues: value 99: would remove .* 62 "),
        ("probability: 0.8", "probability: 1.8", "family.react.zones.1.probability: value 1.8"),
        ("temperature_K: 600", "temperature_K: 6000", "family.react.temperature_K: .*200 to 1000"),
        ("[1.8, 1.8, 4.2]", "[18, 18, 42]", "family.pack.box_nm: .*are the lengths in angstrom"),
        ("cutoff_nm: 0.8", "cutoff_nm: 1.2", "nonbonded.cutoff_nm: value 1.2: .*below 0.9 nm"),
        ("repeats: 3", "repeat: 3", r"repeat: value 3: no such key.*did you mean repeats\?"),
        ("seed: 2022", "seed: two", "seed: value two: allowed is a whole number"),
        (
            "duration_ps: 1, drying",
            "duration_ps: -1, drying",
            "family.relax.duration_ps: .*above 0",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_line_key_value_and_what_is_allowed(tmp_path, old, new, words):
    text = HISEL.read_text()
    assert old in text
    path = tmp_path / "wrong.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(SettingsError, match=words) as error:
        FabricationStudy.read(path)
    rows = zip(text.splitlines(), path.read_text().splitlines(), strict=True)
    changed = next(number for number, (one, other) in enumerate(rows, 1) if one != other)
    lines = str(error.value).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"{path}:{changed}: ")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"name: [", "not YAML"), (b"\xff\xfe", "not UTF-8"), (b"- 1\n", "study: value")],
)
def test_what_is_no_study_is_one_line(tmp_path, content, words):
    path = tmp_path / "wrong.yaml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        FabricationStudy.read(path)
    assert read_names(path)["membranes"] == []


def test_the_study_for_a_cluster_has_what_the_text_gives_numbers_for():
    wide, laptop = FabricationStudy.read(WIDE), FabricationStudy.read(HISEL)
    assert set(laptop.membranes) < set(wide.membranes)
    assert set(MEASURED) - set(wide.membranes) == {"NF270"}
    volumes = [np.prod(study.family.pack.box_nm) for study in (wide, laptop)]
    counts = [study.family.pack.monomers.PIP for study in (wide, laptop)]
    assert volumes[0] / volumes[1] == pytest.approx(8) and counts[0] == 8 * counts[1]
    same = {"pack"}
    assert wide.family.model_dump(exclude=same) == laptop.family.model_dump(exclude=same)


def test_time_in_hexane_is_that_of_the_swollen_film():
    family = FabricationStudy.read(HISEL).family
    soaks = [family.recipe(name).steps[2] for name in ("8P10-H30", "8P10-H120", "8P10-0.5MC10")]
    assert [soak.duration_ps for soak in soaks] == pytest.approx([1.0, 4.0, 1 / 3])


def test_observed_counts_are_those_of_a_film_made_on_paper(film):
    found = observe(film, {"grafts": 4}, LOOK)
    acids = 3 * 40 - 60
    assert found["o_over_n"] == pytest.approx((3 * 40 + acids) / 120)
    assert found["o_c_o_percent"] == pytest.approx(100 * acids / (120 + acids))
    assert found["residual_amine_percent"] == pytest.approx(50)
    assert found["carboxyl_per_nm2"] == pytest.approx(acids / 16)
    assert (found["grafts_per_nm2"], found["bridges_per_nm2"]) == (0.25, 0.0)
    volume = 16 * found["thickness_nm"]
    assert found["carboxyl_per_nm3"] == pytest.approx(acids / volume)


def test_profiles_sum_to_the_groups_of_the_film(film):
    table = profiles(film, LOOK)
    slab = 16 * 0.25
    sums = table.groupby("quantity").value.sum()
    assert sums["carboxyl"] * slab == pytest.approx(60)
    assert sums["residual amine"] * slab == pytest.approx(60)
    assert sums["amide"] * slab == pytest.approx(60)


def test_net_charge_is_the_ionised_share_of_the_groups(film):
    profile = charge_profile(film, LOOK)
    assert profile.net == pytest.approx(60 * 0.996 - 60 * 0.4546, abs=0.05)
    assert 1e9 * np.ptp(profile.edges) == pytest.approx(
        observe(film, {"grafts": 4}, LOOK)["thickness_nm"]
    )


def test_b_over_a_of_printed_rejections_is_the_printed_one():
    table = definition_check().set_index(["membrane", "solute"])
    within = table.difference_percent.abs()
    assert (within[["8P10-0.5MC30", "NF270"]] < 3).all()
    assert table.b_over_a_bar["line", "xylose"] == pytest.approx(2.1, abs=0.05)
    assert table.b_over_a_bar["line", "MgCl2"] == pytest.approx(7.5)


def test_b_over_a_with_osmotic_pressure_gives_the_printed_numbers():
    for row in definition_check().itertuples():
        with_osmotic = b_over_a(row.rejection_percent / 100, 5.0, row.osmotic_bar)
        assert float(with_osmotic) == pytest.approx(row.printed_bar)
        assert abs(row.osmotic_bar) < 0.25


def pores(radius=0.26, charge=-10.0):
    edges = np.linspace(-1.5e-9, 1.5e-9, 7)
    charges = np.array([2.0, 1.0, 0.0, 0.0, 0.0, 0.0]) * charge / 3
    return Pores(radius, 3.0, 0.4, ChargeProfile(edges, charges, 4e-18))


@pytest.fixture(scope="module")
def rejected():
    """Factor at which the first two of four films are the reference, and rejections of all."""
    even = Pores(0.26, 3.0, 0.4, ChargeProfile([-1.5e-9, 1.5e-9], [-10.0], 4e-18))
    films = {"a": pores(0.25), "b": pores(0.27), "film": pores(), "even": even}
    factor = pore_factor([films["a"], films["b"]], LOOK)
    return factor, rejections(films, factor, LOOK)


def test_the_factor_of_radii_makes_the_reference_reject_as_measured(rejected):
    _, table = rejected
    found = table[(table.solute == "xylose")].set_index("film").rejection
    assert found[["a", "b"]].mean() == pytest.approx(0.713, abs=1e-4)
    assert found["a"] > found["b"]


def test_an_even_charge_is_its_own_mirror_and_average(rejected):
    _, every = rejected
    table = every[every.film == "even"]
    salts = table[table.solute.isin(["MgCl2", "NaCl"])].pivot(
        index="solute", columns="variant", values="rejection"
    )
    np.testing.assert_allclose(salts["profile"], salts["average"], rtol=1e-5)
    np.testing.assert_allclose(salts["profile"], salts["mirror"], rtol=1e-5)
    own = every[(every.film == "film") & (every.solute == "MgCl2")]
    assert own.rejection.nunique() == 4


def test_solutes_as_large_as_the_pore_are_rejected_whole(rejected):
    factor, every = rejected
    table = every[every.film == "film"]
    excluded = table[table.excluded]
    assert set(excluded.solute) <= {"atenolol", "atenolol+", "atenolol-"} | {
        "trimethoprim",
        "trimethoprim+",
        "trimethoprim-",
    }
    assert (excluded.rejection == 1).all()
    summed = summary_of(table, pores(), factor, LOOK)
    assert summed["B_MgCl2_over_B_xylose"] == pytest.approx(
        summed["B_over_A_MgCl2_bar"] / summed["B_over_A_xylose_bar"]
    )
    assert 100 < summed["mwco_g_mol"] < 250


def table_of(first, second, quantity="o_over_n", names=("8P10", "8P")):
    rows = [
        {"membrane": name, "repeat": repeat, "quantity": quantity, "value": value}
        for name, values in zip(names, (first, second), strict=True)
        for repeat, value in enumerate(values, start=1)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("first", "second", "outcome", "right"),
    [
        ([1.30, 1.31, 1.32], [1.50, 1.50, 1.53], "comes out", 3),
        ([1.3, 1.6, 1.2], [1.5, 1.5, 1.5], "sign right", 2),
        ([1.7, 1.4, 1.6], [1.5, 1.5, 1.5], "sign wrong", 1),
        ([1.71, 1.70, 1.72], [1.5, 1.5, 1.5], "contradicted", 0),
    ],
)
def test_statements_are_held_to_paired_differences(first, second, outcome, right):
    found = trends(table_of(first, second), MEASURED, 0.95)
    row = found[found.quantity == "o_over_n"].iloc[0]
    assert (row.outcome, row.right) == (outcome, right)
    assert row.difference == pytest.approx(np.mean(first) - np.mean(second))


def test_statements_about_membranes_that_are_not_there_are_left_out():
    found = trends(table_of([1.3], [1.5]), MEASURED, 0.95)
    assert set(found["first"]) == {"8P10"}
    measured = trends(table_of([1.3], [1.5], "o_over_n_top"), MEASURED, 0.95)
    top = measured[measured.quantity == "o_over_n_top"].iloc[0]
    assert top.measured == pytest.approx(1.39 - 1.53)


def test_repeats_needed_are_those_of_students_interval():
    # Mean 1, sample sd 1: t(0.975, 5) / sqrt(6) = 1.05, t(0.975, 6) / sqrt(7) = 0.92.
    found = trends(table_of([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], "thickness_nm"), MEASURED, 0.95)
    assert found[found.statement == "pre-protonation thickens the film"].needed.iloc[0] == 7


def test_what_is_leached_and_what_stays_add_up_to_the_film():
    # 4 PIP and 3 TMC with 5 amides; a leach takes a PIP and a TMC with one amide between them.
    steps = [
        {"step": "react", "amides": 5},
        {"step": "leach", "removed_by_kind": {"PIP": 1, "TMC": 1}, "mass_share_removed": 0.3},
    ]
    report = {"monomers": {"PIP": 3, "TMC": 2}, "amide_bonds": 4}
    gone, left = leached({"membrane": "8P10", "repeat": 1}, steps, report)
    # Oxygen of the leached part: three carbonyls and two hydroxyls over two nitrogens.
    assert (gone["acyl_per_nitrogen"], gone["o_over_n"], gone["amides"]) == (1.5, 2.5, 1)
    # Of the film: six carbonyls and two hydroxyls over six nitrogens.
    assert left["o_over_n"] == pytest.approx(8 / 6)
    assert gone["mass_share"] == pytest.approx(0.3) and left["mass_share"] == pytest.approx(0.7)


def test_layers_sum_to_the_charge_of_the_film():
    film = pores(charge=-9.0)
    rows = layers({"membrane": "8P", "repeat": 1}, film, LOOK)
    assert sum(row["charge_e"] for row in rows) == pytest.approx(-9.0)
    assert rows[0]["charge_e"] == pytest.approx(-9.0) and rows[2]["charge_e"] == pytest.approx(0.0)
    assert rows[0]["counted_mol_m3"] < 0
