"""Runs and twins that part, with causes that were planted."""

import numpy as np
import pandas as pd
import pytest

from analysis.comparison import Geometry, TwinProblem, cell_species
from analysis.comparison.beside import COLUMNS, Beside
from analysis.comparison.causes import CLUSTERS, FEW, GROUPS, PAIRS, SIZE, UNSTEADY
from analysis.comparison.parameters import Parameters
from analysis.comparison.parameters.cells import CellTwin
from analysis.comparison.parameters.found import Estimate, Found, Value
from analysis.comparison.parameters.pores import KEPT_OUT
from analysis.comparison.partings import CAUSE_COLUMNS, PARTING_COLUMNS, parting_tables

KEY = ("pH7", "NaCl")
CELL = Geometry.symmetric(4.6e-9, 5e-9, 27e-18)
QUIET = {
    ("paired_share", "Na+"): (0.02, 0.01, 0.03),
    ("association_constant_L_mol", "Na+/Cl-"): (0.2, 0.1, 0.3),
    ("association_by_chance_L_mol", "Na+/Cl-"): (0.13,),
    ("pair_lifetime_ns", "Na+/Cl-"): (0.01, 0.005, 0.02),
    ("clustered_share", ""): (0.01, 0.0, 0.02),
    ("limiting_pore_radius_nm", ""): (0.25, 0.24, 0.26),
    ("pore_radius_nm", ""): (0.4, 0.39, 0.41),
    ("associated_ions", "Na+"): (0.3, 0.1, 0.5),
    ("ions_at_groups_by_chance", "Na+"): (0.3, 0.1, 0.5),
    ("feed_reservoir_drift_nm", ""): (0.01, -0.01, 0.03),
    ("permeate_reservoir_drift_nm", ""): (0.2, -0.1, 0.5),
    ("membrane_water_drift", ""): (0.001, 0.0005, 0.002),
}
"""Runs in which nothing happens that theory has not; the permeate reservoir's drift is noise."""


def known(**planted):
    """Parameters of quiet runs with some numbers in place of theirs, by quantity."""
    numbers = {
        key: planted.get(key[0], numbers) for key, numbers in QUIET.items() if key[0] not in planted
    } | {(name, ion): planted[name] for name, ion in QUIET if name in planted}
    values = {
        key: Value(Estimate(*numbers), "1", "", "runs", "") for key, numbers in numbers.items()
    }
    return Parameters(Found(values))


def cell(md=(1.0, 0.8, 1.2), twin=(0.0, -0.5, 0.5), excess=0.0, quantity="mean_z_nm", ions=30):
    """One ion in one quantity, at two times, of which the second has no run."""
    low, high = twin[1:]
    within = low <= md[0] <= high
    rows = [
        (*KEY, "Na+", 5.0, quantity, *md, "t", *twin, ions, within, "runs"),
        (*KEY, "Na+", 9.0, quantity, *[np.nan] * 3, "none", *twin, ions, None, "runs"),
    ]
    problem = TwinProblem(CELL, cell_species("Na+", "Cl-", 10, 0), excess={"Na+": excess})
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return Beside(CellTwin(problem, "runs", ()), None, table, None)


def parted(one, parameters):
    table, causes = parting_tables({KEY: one}, {KEY: parameters})
    assert tuple(table.columns) == PARTING_COLUMNS and tuple(causes.columns) == CAUSE_COLUMNS
    (row,) = table.itertuples()
    return row, causes


@pytest.mark.parametrize(
    ("planted", "cause"),
    [
        ({"paired_share": (0.6, 0.4, 0.8), "association_constant_L_mol": (8.0, 5.0, 11.0)}, PAIRS),
        ({"clustered_share": (0.4, 0.2, 0.6)}, CLUSTERS),
        ({"limiting_pore_radius_nm": (0.15, 0.14, 0.16)}, SIZE),
        ({"associated_ions": (4.0, 3.0, 5.0)}, GROUPS),
        ({"feed_reservoir_drift_nm": (-0.3, -0.4, -0.2)}, UNSTEADY),
        ({"membrane_water_drift": (0.2, 0.1, 0.3)}, UNSTEADY),
    ],
)
def test_a_planted_cause_is_found_and_no_other(planted, cause):
    row, causes = parted(cell(), known(**planted))
    assert (row.verdict, row.causes) == ("apart", cause)
    at_work = causes[causes.applies.astype(bool)]
    assert set(at_work.cause) == {cause}
    numbers = at_work.set_index("quantity").value
    for name, planted_numbers in planted.items():
        if name != "associated_ions":
            (found,) = (value for key, value in numbers.items() if key.split(",")[0] == name)
            assert found == planted_numbers[0]


def test_quiet_runs_that_part_have_no_cause():
    row, causes = parted(cell(), known())
    assert (row.verdict, row.causes) == ("apart", "")
    assert not causes.applies.astype(bool).any()
    assert (row.difference, row.times_interval, row.time_ns) == (1.0, pytest.approx(5.0), 5.0)


def test_many_pairs_by_chance_alone_are_no_cause():
    crowded = {"paired_share": (0.6, 0.4, 0.8), "association_constant_L_mol": (0.13, 0.1, 0.16)}
    row, _ = parted(cell(), known(**crowded))
    assert row.causes == ""


def test_ions_at_groups_by_chance_alone_are_no_cause():
    numbers = {"associated_ions": (4.0, 3.0, 5.0), "ions_at_groups_by_chance": (4.1, 3.0, 5.0)}
    row, _ = parted(cell(), known(**numbers))
    assert row.causes == ""


def test_share_at_groups_is_of_all_ions_of_the_kind():
    _, causes = parted(cell(), known(associated_ions=(4.0, 3.0, 5.0)))
    row = causes[causes.quantity == "share at groups of the other sign"].iloc[0]
    assert (row.value, row.low, row.high, row.limit) == pytest.approx((0.4, 0.3, 0.5, 0.05))


def test_what_so_few_ions_can_show_is_told_of_each_quantity():
    row, causes = parted(cell(twin=(0.0, -2.0, 2.0)), known())
    assert (row.verdict, row.causes) == ("apart", FEW)
    few = causes[causes.cause == FEW].iloc[0]
    assert (few.quantity, few.value, few.limit) == ("mean_z_nm", 1.0, 2.0)


def test_an_ion_that_the_twin_keeps_out_is_one_of_size():
    row, _ = parted(cell(excess=KEPT_OUT), known())
    assert row.causes == SIZE


def test_runs_whose_interval_holds_the_twin_agree():
    row, _ = parted(cell(md=(1.0, -0.1, 2.1)), known(clustered_share=(0.9, 0.8, 1.0)))
    assert (row.verdict, row.causes) == ("agree", "")
    edge, _ = parted(cell(md=(0.1, 0.0, 0.2), quantity="share_entered"), known())
    assert edge.verdict == "agree"


def test_one_trial_has_no_verdict():
    row, _ = parted(cell(md=(1.0, np.nan, np.nan)), known())
    assert (row.verdict, row.causes) == ("no interval", "")
    assert np.isnan(row.times_interval)


def test_causes_without_a_number_are_left_open():
    row, causes = parted(cell(), Parameters(Found()))
    assert row.causes == "" and set(causes.cause) == {FEW}


def test_without_runs_there_is_nothing_to_part():
    one = cell(md=(np.nan,) * 3)
    table, causes = parting_tables({KEY: one}, {KEY: known()})
    assert not len(table) and not len(causes)
