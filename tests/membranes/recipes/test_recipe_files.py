"""What recipes may say, and what the names of membranes mean."""

import pytest
from pydantic import ValidationError

from membranes.recipes.errors import RecipeError
from membranes.recipes.family import Family
from membranes.recipes.naming import parse
from membranes.recipes.options import Recipe, SecondAmidation

PACK = {"step": "pack", "monomers": {"PIP": 4, "TMC": 3}, "box_nm": (2, 2, 2)}
REACT, HYDROLYSE = {"step": "react"}, {"step": "hydrolyse"}
LEACH, RELAX = {"step": "leach", "largest_residues": 3}, {"step": "relax", "duration_ps": 1}
SECOND = {"step": "second_amidation", "reagent": "MC", "molecules": 2, "reaction": {}}


@pytest.fixture
def family():
    return Family(
        pack={"monomers": {"PIP": 4, "TMC": 3}, "box_nm": (2, 2, 2)},
        react={},
        leach={"largest_residues": 3},
        second_amidation={"per_residual_amine": 0.8, "reaction": {}},
        relax={"duration_ps": 1},
    )


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([REACT, RELAX], "step 1 of 2 is react, allowed is pack first"),
        ([PACK, REACT, HYDROLYSE], "step 3 of 3 is hydrolyse, allowed is relax last"),
        ([PACK, REACT, HYDROLYSE, REACT, RELAX], "step 4 of 5 is react, but no acyl chloride"),
        ([PACK, REACT, HYDROLYSE, HYDROLYSE, RELAX], "step 4 of 5 is hydrolyse, but no acyl"),
        ([PACK, LEACH, REACT, HYDROLYSE, RELAX], "step 2 of 5 is leach, but nothing has reacted"),
        ([PACK, REACT, RELAX, HYDROLYSE, RELAX], "step 3 of 5 is relax, allowed is relax last"),
        ([PACK, PACK, REACT, HYDROLYSE, RELAX], "allowed is one pack"),
        ([PACK, REACT, RELAX], "hydrolyses the acyl chlorides that are left"),
        ([PACK, REACT, HYDROLYSE, SECOND, RELAX], "hydrolyses the acyl chlorides that are left"),
    ],
)
def test_steps_out_of_order_are_refused_with_their_number(steps, words):
    with pytest.raises(ValidationError, match=words):
        Recipe(steps=steps)


def test_a_second_amidation_may_follow_hydrolysis_if_another_one_follows():
    Recipe(steps=[PACK, REACT, HYDROLYSE, SECOND, HYDROLYSE, RELAX])


@pytest.mark.parametrize("dose", [{}, {"molecules": 2, "per_residual_amine": 1.0}])
def test_a_dose_is_given_once(dose):
    with pytest.raises(ValidationError, match="one of them"):
        SecondAmidation(reagent="MC", reaction={}, **dose)


def test_names_of_the_study_say_pH_solvent_reagent_and_time():
    assert parse("8P").pH == 11.6
    assert (parse("8P10").pH, parse("8P9").pH) == (10.3, 9.3)
    assert parse("8P10-H120").seconds == 120
    found = parse("8P10-0.2GC10")
    assert (found.reagent, found.weight_percent, found.seconds) == ("GC", 0.2, 10)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("8P10-0.5AC30", "AC of membrane 8P10-0.5AC30 has no template, allowed: OC, MC, SC, GC"),
        ("NF270", "NF270 is not named as"),
        ("8P10-0MC30", "0 wt%"),
    ],
)
def test_names_that_say_nothing_or_name_no_reagent_are_refused(name, words):
    with pytest.raises(RecipeError, match=words):
        parse(name)


def test_membranes_of_a_family_differ_only_in_what_their_names_say(family):
    plain, hexane, malonyl = (
        family.recipe(name).steps for name in ("8P10", "8P10-H30", "8P10-0.5MC30")
    )
    assert [step.step for step in plain] == ["pack", "react", "hydrolyse", "leach", "relax"]
    assert hexane[:2] == plain[:2] == malonyl[:2]
    assert [step.step for step in malonyl[2:5]] == ["soak", "leach", "second_amidation"]
    assert malonyl[2:4] == hexane[2:4]


@pytest.mark.parametrize(
    ("name", "dose"),
    [
        ("8P10-0.5MC30", 0.8),
        ("8P10-0.2MC30", 0.32),
        ("8P10-0.5MC120", 1.6),
        ("8P10-0.5TMC30", 0.8 * 140.95 / 265.47),
    ],
)
def test_doses_are_in_proportion_to_concentration_and_root_of_time(family, name, dose):
    second = next(step for step in family.recipe(name).steps if step.step == "second_amidation")
    assert second.per_residual_amine == pytest.approx(dose, rel=1e-3)
