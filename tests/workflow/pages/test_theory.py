"""The chapter on continuum theory says what the tables of a comparison hold."""

import json

import pandas as pd
import pytest

from analysis.catalogue import COMPARISON_TABLES
from analysis.comparison.beside import COLUMNS
from analysis.comparison.compare import ASSUMPTIONS, MAIN, TABLES
from analysis.comparison.orders import ORDER_COLUMNS
from analysis.comparison.partings import CAUSE_COLUMNS, PARTING_COLUMNS
from workflow.pages import theory

STEADY = ["layout", "salt", "variant", "charge_fraction", "ion", "permeation", "pressure_bar"]


def row(quantity, md, continuum, time=5.0, layout="pH7"):
    known = ("t", continuum, continuum - 0.5, continuum + 0.5, 6, True, "runs")
    bounds = (md - 0.25, md + 0.25) if md is not None else (None, None)
    return (layout, "NaCl", "Na+", time, quantity, md, *bounds, *known)


def parting(quantity, md, continuum, verdict, causes):
    known = ("pH7", "NaCl", "Na+", quantity, 5.0, md, md - 0.25, md + 0.25, "t")
    return (*known, continuum, None, None, md - continuum, 2.0, verdict, causes)


@pytest.fixture
def results(tmp_path):
    """A comparison of two layouts, of which the second has no runs."""
    home = tmp_path / "comparison"
    (home / TABLES).mkdir(parents=True)
    rows = [
        row("mean_z_nm", -1.0, -0.004, time=2.0),
        row("mean_z_nm", -0.5, -0.75),
        row("mean_z_nm", None, 3.0, time=9.0),
        row("share_entered", 0.25, 0.5),
        row("mean_z_nm", None, 1.0, time=9.0, layout="pH2"),
    ]
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(home / MAIN, index=False)
    empty = {name: pd.DataFrame() for name in COMPARISON_TABLES}
    orders = [
        ("ions", "NaCl", "pH7", "pH7", "Na+", "Cl-", 5.0, -1.0, True, -0.5, True),
        ("layouts", "NaCl", "pH2", "pH7", "Na+", "Na+", 5.0, 0.1, False, -0.5, False),
        ("layouts", "NaCl", "pH2", "pH7", "Cl-", "Cl-", 5.0, None, None, -0.5, None),
    ]
    steady = [
        ("pH7", "NaCl", variant, fraction, ion, permeation, pressure)
        for variant, permeation in (("profile", 0.1234), ("average", 4e-4), ("mirror", None))
        for fraction in (1.0, 0.15)
        for ion in ("Na+", "Cl-")
        for pressure in (10.0, 15.0)
    ]
    parameters = [
        ("pH7", "NaCl", "pore_radius_nm", 0.25, 0.2, 0.3, "runs"),
        ("pH7", "NaCl", "net_charge_e", -14.0, None, None, "layout and network alone"),
    ]
    missing = [
        (layout, "NaCl", "parameters", "free_energy_kT", "Na+", "too short")
        for layout in ("pH2", "pH7")
    ] + [("pH2", "NaCl", "runs", None, None, "no run")]
    columns = ["layout", "salt", "quantity", "value", "low", "high", "basis"]
    tables = empty | {
        "orders": pd.DataFrame(orders, columns=list(ORDER_COLUMNS)),
        "partings": pd.DataFrame(
            [
                parting("mean_z_nm", -0.5, -0.75, "agree", ""),
                parting("share_entered", 0.25, 0.75, "apart", "few ions; pairs"),
                parting("share_permeated", 0.0, 0.5, "apart", ""),
                parting("share_past_permeate_face", 0.0, 0.5, "apart", "pairs"),
            ],
            columns=list(PARTING_COLUMNS),
        ),
        "causes": pd.DataFrame(
            [
                ("pairs", True, "paired_share", 0.61, 0.4, 0.8, "1", 0.1, "they move as one"),
                ("pairs", True, "association_constant_L_mol, Na+/Cl-", 8.0, 5.0, 11.0, "L_mol")
                + (0.13, "they move as one"),
                ("size", False, "pore_radius_nm", 0.5, None, None, "nm", 0.2, "too narrow"),
                ("clusters", None, "clustered_share", 0.5, None, None, "1", 0.2, "they stick"),
                ("few ions", True, "mean_z_nm", 0.5, None, None, "nm", 0.6, "chance"),
            ],
            columns=list(CAUSE_COLUMNS[3:]),
        ).assign(layout="pH7", salt="NaCl", ion="Na+"),
        "steady": pd.DataFrame(steady, columns=STEADY),
        "parameters": pd.DataFrame(parameters, columns=columns),
        "missing": pd.DataFrame(
            missing, columns=["layout", "salt", "of", "quantity", "ion", "reason"]
        ),
    }
    for name, table in tables.items():
        table.to_csv(home / TABLES / f"{name}.csv", index=False)
    told = {"definitions": {}, "twins": {"pH7 NaCl": {"field": "Poisson"}}, "steady": "no film"}
    (home / ASSUMPTIONS).write_text(json.dumps(told))
    return tmp_path


def plain(text):
    return text.replace(theory.NO_BREAK, " ")


def test_ends_are_at_the_last_time_of_the_runs(results):
    pH7, pH2 = theory.chapter(results)["ends"]
    assert (pH7.layout, pH7.time_ns) == ("pH7", 5.0)
    assert plain(pH7.mean_z) == "-0.50 [-0.75, -0.25]"
    assert plain(pH7.mean_z_twin) == "-0.75 [-1.25, -0.25]"
    assert [plain(part) for part in pH7.shares[0]] == ["25 [0, 50]", "50 [0, 100]"]
    assert pH7.shares[1] == ("", "")
    assert (pH2.mean_z, pH2.time_ns) == ("", 9.0)


def test_no_minus_stands_before_a_rounded_zero(results):
    table = pd.read_csv(results / "comparison" / MAIN)
    assert plain(theory.interval(table.iloc[0], "continuum", 1, 1)) == "0.0 [-0.5, 0.5]"


def test_orders_parameters_steady_and_what_is_missing(results):
    chapter = theory.chapter(results)
    assert chapter["orders"] == {
        "ions": {"decided": 1, "same": 1, "undecided": 0},
        "layouts": {"decided": 0, "same": 0, "undecided": 1},
    }
    (_, _, values), names = chapter["parameters"][0], chapter["parameter_names"]
    by = dict(zip(names, values, strict=True))
    assert by["net charge, e"] == ("-14", "layout and network alone")
    assert plain(by["pore radius, nm"][0]) == "0.250 [0.200, 0.300]"
    assert by["porosity"] == ("", "")
    assert chapter["steady"] == [
        {
            "layout": "pH7",
            "salt": "NaCl",
            "ion": "Na+",
            "by": {1.0: ["12.3", "below 0.1", ""], 0.15: ["12.3", "below 0.1", ""]},
        }
    ]
    assert chapter["pressure_bar"] == 10
    assert chapter["missing"] == [
        ("free_energy_kT Na+ (pH2 NaCl, pH7 NaCl)", "too short"),
        ("runs (pH2 NaCl)", "no run"),
    ]


def test_partings_are_told_with_causes_and_their_numbers(results):
    chapter = theory.chapter(results)
    assert chapter["agreements"] == {"agree": 1, "apart": 2, "no interval": 0}
    entered, permeated = chapter["partings"]
    assert (entered.words, entered.causes) == (
        "in or beyond the membrane, %",
        ["few ions", "pairs"],
    )
    assert [plain(text) for text in (entered.md, entered.twin)] == ["25 [0, 50]", "75"]
    assert (permeated.causes, permeated.times_interval) == ([], 2.0)
    (pairs,) = chapter["causes"]
    assert pairs == (
        "pairs",
        "they move as one",
        [
            (
                "pH7 NaCl Na+",
                "paired share 0.61 [0.4, 0.8] (limit 0.1); association constant of Na+/Cl- 8 "
                "[5, 11] L/mol (limit 0.13)",
            )
        ],
    )


def test_a_campaign_without_comparison_has_no_chapter(tmp_path):
    assert theory.chapter(tmp_path) is None
