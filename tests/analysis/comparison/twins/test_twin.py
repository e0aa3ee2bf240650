import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison import (
    ChargeProfile,
    Curve,
    Geometry,
    Species,
    TwinProblem,
    cell_species,
    pore_properties,
    solve_twin,
)
from analysis.comparison.twins.problem import CLOSURES, STUDY_FORCE
from analysis.continuum import IONS, Membrane
from analysis.continuum.constants import BOLTZMANN, ELEMENTARY_CHARGE

CELL = Geometry.symmetric(4.6e-9, 5e-9, 5.2e-9**2)
PORE = Membrane(0.5e-9, 1e-6, 42.0, 0.0)


def study_twin(z, charges, cation, **options):
    charge = ChargeProfile.of_groups(z, charges, CELL, smooth=True) if len(z) else None
    ions = cell_species(cation, "Cl-", 10, round(sum(charges)))
    properties = pore_properties([cation, "Cl-"], PORE, porosity=0.5)
    options = {"permittivity": 42.0, **properties, **options}
    return TwinProblem(CELL, ions, charge, **options)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    z=st.lists(st.floats(-2.4, 2.4), min_size=0, max_size=15).map(lambda z: z * 2),
    sign=st.sampled_from([-1, 1]),
    cation=st.sampled_from(["Na+", "Ca2+"]),
    closure=st.sampled_from(CLOSURES),
    force=st.floats(0, 2 * STUDY_FORCE),
    settling=st.sampled_from([0.0, 0.5e-9]),
)
def test_ions_and_charge_stay_and_nothing_is_negative(z, sign, cation, closure, force, settling):
    charges = [sign] * len(z)
    twin = study_twin(z, charges, cation, closure=closure, force=force, settling=settling)
    result = solve_twin(twin, np.array([0, 0.1, 5]) * 1e-9, 1e-2, level=1)
    numbers = np.array([s.number for s in twin.species])
    assert np.abs(result.amounts.sum(axis=2) / numbers - 1).max() < 1e-10
    assert (result.by_species >= 0).all()
    valence = [s.ion.charge for s in twin.species]
    total = result.amounts.sum(axis=2) @ valence + sum(charges)
    assert np.abs(total).max() < 1e-10 * max(1, np.abs(numbers).sum())
    assert np.isfinite(result.drop_at_faces).all()


def test_electroneutral_cells_are_neutral_one_by_one():
    twin = study_twin([-1.5, -1.5, 0.5, 2.0], [-1] * 4, "Na+", closure="electroneutral")
    result = solve_twin(twin, [1e-9, 20e-9], 1e-3, level=2)
    valence = np.array([s.ion.charge for s in twin.species])
    charge = valence @ result.by_species * np.diff(result.faces)
    fixed = twin.charge.amounts(result.faces)
    assert np.abs(charge + fixed).max() < 1e-6 * np.abs(fixed).sum()
    assert np.abs(fixed).max() > 1e-3 * np.abs(fixed).sum()


def test_ions_of_one_kind_in_two_species_move_as_in_one():
    whole = TwinProblem(CELL, [Species("Na+", feed=10), Species("Cl-", feed=10)])
    parts = TwinProblem(
        CELL, [Species("Na+", feed=4), Species("Na+", feed=6), Species("Cl-", feed=10)]
    )
    times = [1e-9, 20e-9]
    one, two = (solve_twin(twin, times, level=2) for twin in (whole, parts))
    assert two.mean_z_by_species[:, 0] == pytest.approx(
        one.mean_z_by_species[:, 0], abs=2e-4 * CELL.length
    )
    assert two.mean_z_by_species[:, 0] == pytest.approx(two.mean_z_by_species[:, 1], abs=1e-12)


def test_an_applied_field_is_a_force_whose_sign_is_that_of_the_charge():
    ions = [Species("Ca2+", feed=5), Species("Cl-", feed=10)]
    field = 0.02e9
    pulled = {"Ca2+": 2 * field * ELEMENTARY_CHARGE, "Cl-": -field * ELEMENTARY_CHARGE}
    one = solve_twin(TwinProblem(CELL, ions, force=0.0, applied_field=field), [5e-9], 1e-3)
    other = solve_twin(TwinProblem(CELL, ions, force=pulled), [5e-9], 1e-3)
    assert one.mean_z_by_species == pytest.approx(other.mean_z_by_species, rel=1e-9)
    free = solve_twin(TwinProblem(CELL, ions, force=0.0), [5e-9], 1e-3).mean_z_by_species
    assert one.mean_z_by_species[0, 0] > free[0, 0] and one.mean_z_by_species[0, 1] < free[0, 1]
    counter = Species("Cl-", permeate=2, driven=False)
    both = TwinProblem(CELL, [*ions, Species("Ca2+", feed=1), counter], applied_field=field)
    pushed = -field * ELEMENTARY_CHARGE
    assert both.force_on(counter) == pytest.approx(pushed)
    assert both.force_on(ions[1]) == pytest.approx(pushed + STUDY_FORCE)


def test_a_mirrored_cell_without_a_drive_has_the_mirrored_ions():
    z, charges = np.array([-2.0, -1.6, -1.1, -0.9]), [-1] * 4
    found = []
    for side in (1, -1):
        charge = ChargeProfile.of_groups(side * z, charges, CELL, smooth=True)
        ions = [Species("Na+", feed=7, permeate=7), Species("Cl-", feed=5, permeate=5)]
        found.append(
            solve_twin(TwinProblem(CELL, ions, charge, force=0.0), [5e-9], 1e-3).mean_z_by_species
        )
    assert found[0] == pytest.approx(-found[1], abs=2e-3 * CELL.length)
    assert found[0][0, 0] < -0.15e-9


def test_counts_of_regions_sum_to_all_ions_and_start_as_they_were_put():
    twin = study_twin([-1.5, -1.5], [-1, -1], "Na+")
    result = solve_twin(twin, [0.0, 1e-9], 1e-2, level=1)
    regions = np.stack([result.feed, result.membrane, result.permeate])
    assert regions[:, 0].T == pytest.approx(np.array([[10, 0, 0], [10, 0, 0], [1, 0, 1]]))
    assert regions.sum(axis=0) == pytest.approx(result.between())
    assert result.past(4e-9)[0] == pytest.approx([0, 0, (7.1 - 4) / 4.6])
    assert result.of("Na+").tolist() == [True, False, True]
    assert result.of("Na+", driven=False).tolist() == [False, False, True]


def test_driven_ions_wait_in_the_feed_while_counter_ions_settle():
    twin = study_twin([-1.5, -1.5], [-1, -1], "Na+", settling=5e-9, excess={})
    result = solve_twin(twin, [0.0], 1e-2, level=1)
    assert result.feed[0, :2] == pytest.approx([10, 10])
    assert result.membrane[0, 2] > 0.2


def test_the_drive_is_half_a_volt_over_seven_nanometres_or_so():
    # 0.072 kcal/mol/angstrom, told as the force of 0.5 V: over 16 nm it is, 5 pN over e.
    assert STUDY_FORCE / ELEMENTARY_CHARGE * 16e-9 == pytest.approx(0.5, rel=0.01)


def test_damping_adds_the_friction_of_langevin():
    slow = TwinProblem(CELL, [Species("Na+", feed=1), Species("Cl-", feed=1)], damping=2e12)
    fast = TwinProblem(CELL, [Species("Na+", feed=1), Species("Cl-", feed=1)])
    faces = np.linspace(*CELL.ends, 11)
    ratio = slow.system(faces).resistance / fast.system(faces).resistance
    ion = IONS["Na+"]
    expected = 1 + 22.98976928e-3 / 6.02214076e23 * 2e12 * ion.diffusivity / (BOLTZMANN * 300)
    assert ratio[0] == pytest.approx(expected)
    assert 1.02 < expected < 1.03


def test_an_excess_potential_that_jumps_in_a_curve_is_that_of_a_number():
    jump = [-2.5e-9, -2.5e-9, 2.5e-9, 2.5e-9]
    curve = Curve([-7.1e-9, *jump, 7.1e-9], [0, 0, 2, 2, 0, 0])
    ions = [Species("Na+", feed=5), Species("Cl-", feed=5)]
    found = [
        solve_twin(TwinProblem(CELL, ions, excess={"Na+": excess}), [2e-9], 1e-3).mean_z_by_species
        for excess in (2.0, curve)
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-13)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"species": []}, "no ions"),
        ({"species": [Species("Na+", feed=1)]}, "not neutral: its ions have \\+1 e"),
        ({"closure": "neutral"}, "closure is 'neutral'"),
        ({"excess": {"K+": 1.0}}, "excess is given for K\\+, the twin has Cl-, Na\\+"),
        ({"diffusivity": {"Na+": 0.0}}, "diffusivity of Na\\+ is 0"),
        ({"permittivity": -1.0}, "permittivity is -1"),
        ({"damping": -1.0}, "damping is -1"),
        ({"force": np.nan}, "force is nan"),
    ],
)
def test_wrong_twins_are_named(change, message):
    given = {"species": [Species("Na+", feed=1), Species("Cl-", feed=1)], **change}
    with pytest.raises(ValueError, match=message):
        TwinProblem(CELL, **given)


def test_wrong_parts_are_named():
    with pytest.raises(ValueError, match="values is nan at z = 1 m, one of 2 holes among 4 places"):
        Curve([0.0, 1.0, 2.0, 3.0], [0.0, np.nan, np.nan, 1.0])
    with pytest.raises(ValueError, match="must rise"):
        Curve([0.0, -1.0], [0.0, 1.0])
    with pytest.raises(ValueError, match="ion 'Xx' is unknown"):
        Species("Xx", feed=1)
    with pytest.raises(ValueError, match="feed of Na\\+ is -1"):
        Species("Na+", feed=-1)
    with pytest.raises(ValueError, match="cannot balance a net charge of \\+3"):
        cell_species("Na+", "SO4--", 10, 3)
    with pytest.raises(ValueError, match="it cannot enter"):
        pore_properties(["Ca2+"], Membrane(0.3e-9, 1e-6, 42.0, 0.0))
    with pytest.raises(ValueError, match="allowed is rising"):
        Geometry((0, 1e-9), (2e-9, 0.5e-9), 1e-18)
    twin = TwinProblem(CELL, [Species("Na+", feed=1), Species("Cl-", feed=1)])
    for times in ([], [1e-9, 1e-9], [-1e-9]):
        with pytest.raises(ValueError, match="times are"):
            solve_twin(twin, times)
    with pytest.raises(ValueError, match="tolerance is 0"):
        solve_twin(twin, [1e-9], 0.0)
