import pytest
import yaml

from analysis.options import AnalysisOptions
from analysis.reading.observer import CollectError
from analysis.universes.study import Study, natural_order
from tests.analysis.universes.trajectories import SELECTIONS, study_of


def test_a_yaml_study_says_what_is_wrong_in_it(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("topology: a.psf\ntrials: {1: b.dcd}\nselection: {}\n")
    with pytest.raises(CollectError) as caught:
        Study.read(path)
    assert "study.yaml: selections: Field required" in str(caught.value)
    assert "study.yaml: selection: no such key, allowed are topology," in str(caught.value)


def test_numbers_in_names_sort_as_numbers(tmp_path):
    for number in (10, 2, 1):
        (tmp_path / f"run_{number}.dcd").touch()
    assert [p.name for p in sorted(tmp_path.iterdir(), key=natural_order)] == [
        "run_1.dcd",
        "run_2.dcd",
        "run_10.dcd",
    ]
    text = study_of("system.psf", "x").model_dump(mode="json") | {"trials": {1: "run_*.dcd"}}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(text))
    names = [path.name for path in Study.read(tmp_path / "study.yaml").trials[1]]
    assert names == ["run_1.dcd", "run_2.dcd", "run_10.dcd"]


@pytest.mark.parametrize(
    ("species", "said"),
    [
        ("SOD", "'SOD' does not end in a charge"),
        ("Sr2+", r"around Sr2\+ ends and up to where Sr2\+/Cl- are .* analysis: {hydration_cutoff"),
    ],
)
def test_ions_without_a_cutoff_or_a_charge_are_refused_before_reading(species, said):
    changed = SELECTIONS | {"feed_ions": {species: "resname SOD", "Cl-": "resname CLA"}}
    with pytest.raises(ValueError, match=said):
        study_of("a", "b", selections=changed)
    cutoffs = {"pair_cutoff_angstrom": {"Sr2+/Cl-": 3.5}}
    cutoffs |= {"hydration_cutoff_angstrom": {"Sr2+": 3.0, "Cl-": 3.6}}
    if species == "Sr2+":
        study_of("a", "b", selections=changed, analysis=cutoffs)


def test_an_ion_in_another_spelling_has_the_distances_that_are_known():
    feed = {"Ca++": "resname SOD", "SO42-": "resname CLA"}
    options = study_of("a", "b", selections=SELECTIONS | {"feed_ions": feed}).analysis
    known = AnalysisOptions()
    assert options.hydration_cutoff_angstrom["SO42-"] == known.hydration_cutoff_angstrom["SO4--"]
    assert options.pair_cutoff_angstrom["Ca++/SO42-"] == known.pair_cutoff_angstrom["Ca2+/SO4--"]
    own = {"hydration_cutoff_angstrom": {"SO42-": 4.4}}
    given = study_of("a", "b", selections=SELECTIONS | {"feed_ions": feed}, analysis=own).analysis
    assert given.hydration_cutoff_angstrom["SO42-"] == 4.4


@pytest.mark.parametrize(
    "changes",
    [{"lennard_jones": {"all": [-0.1, 2.0]}}, {"charges_e": {"all": float("nan")}}],
)
def test_impossible_parameters_are_refused_before_reading(changes):
    with pytest.raises(ValueError, match="greater than or equal to 0|finite"):
        study_of("a", "b", **changes)


def test_groups_of_other_kinds_are_refused():
    with pytest.raises(ValueError, match="charged_groups.SO3-"):
        study_of("a", "b", selections=SELECTIONS | {"charged_groups": {"SO3-": "name S"}})


def test_group_and_shell_distances_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="group_leave_angstrom is 4, allowed is .* 5, or more"):
        study_of("a", "b", analysis={"group_leave_angstrom": 4.0})
    with pytest.raises(ValueError, match="less than or equal to 4.5"):
        study_of("a", "b", analysis={"hydration_cutoff_angstrom": {"Na+": 5.0, "Cl-": 3.6}})
