import json
import re
import shutil

import pandas as pd
import pytest

from analysis.definitions import OVER_TRIALS
from analysis.observables import DEFINITIONS, MODULES, TABLES, hopping
from analysis.options import AnalysisOptions
from analysis.results import load
from analysis.tables import write_tables
from analysis.trials import Trials
from mdtools.records import DamagedRecord
from tests.analysis.stores import atoms_of, synthetic_store

OPTIONS = AnalysisOptions()
SHORT = {"frames": 100, "full_frames": 20}
"""Of a store of which the kinds of atoms matter, not how many frames they are seen in."""


@pytest.fixture
def trials(make_store):
    return Trials(tuple(make_store(trial=k) for k in (1, 2, 3)))


UNITS = (
    *("_ns", "_ps", "_angstrom", "_angstrom2", "_per_angstrom", "_nm2_ns", "_per_ns", "_g_cm3"),
    *("_pN", "_MPa", "_l_m2_h", "per_nm3", "_e_nm3", "_kcal_mol", "charge_e", "_share", "_percent"),
    *("alpha", "slope", "molecules", "coordination"),
)


LABELS = {
    *("definition", "species", "role", "of", "line", "place", "trial", "interval", "group", "note"),
    *("direction", "site", "how", "event", "origin", "target", "origin_kind", "target_kind"),
    *("pair", "partner", "preset", "scope", "flat", "reachable", "complete", "permeated"),
    *("clipped", "quantity", "unit", "slope_interval"),
}
VALUES = {"value", "low", "high", "study_value", "study_sd"}
"""Columns whose unit stands in the column unit, row by row."""


COUNTS = {
    *("n", "n_trials", "count", "share", "pairs", "ions", "ion", "ends", "at_risk", "size"),
    *("g", "low_g", "high_g", "references", "samples", "smallest", "number", "frames"),
    "slope_trials",
    *("contacts", "low_contacts", "high_contacts", "chaperoned", "retreated"),
}


def test_every_table_says_units_and_definitions(campaign):
    directory = campaign["pH7", "NaCl"]
    names = {path.stem for path in directory.glob("*.csv")}
    assert names == set(TABLES)
    for name in names:
        table = pd.read_csv(directory / f"{name}.csv")
        for column in table:
            own_unit = column in VALUES and "unit" in table
            assert own_unit or column.endswith(UNITS) or column in LABELS | COUNTS, (name, column)
        beside = json.loads((directory / f"{name}.json").read_text())
        used = {*table.definition, OVER_TRIALS}
        assert beside["definitions"] == {key: DEFINITIONS[key] for key in used}
        assert "identical at t = 0" in beside["definitions"][OVER_TRIALS]
        assert beside["parameters"] == OPTIONS.model_dump(mode="json")
        assert [len(trial["store_sha256"]) for trial in beside["trials"]] == [64] * 3


def test_tables_written_twice_are_the_same_bytes(campaign, tmp_path):
    directory = campaign["pH2", "NaCl"]
    write_tables(sorted(directory.glob("*.npz"), reverse=True), tmp_path, OPTIONS)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (directory / path.name).read_bytes()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("permeation.csv", "pH", "Ph"),
        ("permeation.csv", "\n", "\r\n"),
        ("permeation.json", '"store_schema"', '"Store_schema"'),
        ("permeation.json", "}", ""),
    ],
)
def test_a_table_that_was_changed_is_not_read(campaign, tmp_path, name, old, new):
    directory = tmp_path / "observables" / "pH7" / "NaCl"
    shutil.copytree(campaign["pH7", "NaCl"], directory)
    assert len(load(tmp_path)["permeation"])
    path = directory / name
    text = path.read_bytes().decode()
    path.write_bytes(text.replace(old, new).encode() if old in text else text.encode() + b"x")
    with pytest.raises(DamagedRecord, match=re.escape(str(path)) if name[-1] == "n" else name):
        load(tmp_path)["permeation"]


def test_a_module_that_fails_leaves_the_tables_of_before(make_store, tmp_path, monkeypatch):
    path = tmp_path / "trial1.store.npz"
    make_store(**SHORT).write(path)

    def failing(trials, options):
        raise ValueError("no such thing")

    monkeypatch.setattr("analysis.tables.MODULES", MODULES[-2:])
    monkeypatch.setattr(MODULES[-1], "tables", failing)
    (tmp_path / "mean_z.csv").write_text("before")
    with pytest.raises(ValueError, match="no such thing"):
        write_tables([path], tmp_path, OPTIONS)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mean_z.csv", path.name]
    assert (tmp_path / "mean_z.csv").read_text() == "before"


def test_what_stores_keep_for_several_tables_is_forgotten_after_the_last(
    make_store, tmp_path, monkeypatch
):
    trials, seen = Trials((make_store(**SHORT),)), []
    monkeypatch.setattr("analysis.tables.Trials.read", lambda paths: trials)
    monkeypatch.setattr("analysis.tables.MODULES", (hopping, MODULES[-1]))
    last = MODULES[-1].tables

    def watched(trials, options):
        seen.extend(trials.first.kept)
        return last(trials, options)

    monkeypatch.setattr(MODULES[-1], "tables", watched)
    write_tables([tmp_path / "any"], tmp_path, OPTIONS)
    assert seen and not trials.first.kept


@pytest.fixture(scope="module")
def complete() -> dict[str, set]:
    """Columns of all tables of a cell that lacks nothing."""
    trials = Trials((synthetic_store("pH2", **SHORT),))
    return {
        name: set(table)
        for module in MODULES
        for name, table in module.tables(trials, OPTIONS).items()
    }


LESS = {
    "no charged groups": lambda atom: None if atom["role"] == "charged group" else atom,
    "cations only": lambda atom: atom | {"species": atom["species"].replace("Cl-", "K+")},
    "anions only": lambda atom: atom | {"species": atom["species"].replace("Na+", "Cl-")},
    "counter-ions only": lambda atom: atom | {"role": atom["role"].replace("feed", "counter-")},
    "groups only": lambda atom: atom if atom["role"] == "charged group" else None,
}


@pytest.mark.parametrize(
    ("kept", "empty"),
    [
        ("no charged groups", {"group_residence", "dwell_survival", "hop_edges", "hop_shares"}),
        ("cations only", {"pair_lifetime", "pair_survival", "pair_number", "chaperones"}),
        pytest.param(
            "anions only",
            {"pair_lifetime", "pair_survival", "pair_number", "chaperones"},
            marks=pytest.mark.slow,
        ),
        ("counter-ions only", {"mean_z", "z_pdf", "permeation", "coordination", "energy_z"}),
        ("groups only", {"cluster_sizes", "cluster_share", "cluster_lifetime", "ion_msd"}),
    ],
)
def test_tables_have_all_their_columns_whatever_a_cell_lacks(kept, empty, complete, tmp_path):
    atoms = filter(None, (LESS[kept](atom) for atom in atoms_of("pH2")))
    numbered = [atom | {"atom": n} for n, atom in enumerate(atoms)]
    store = synthetic_store("pH2", atoms=numbered, **SHORT)
    store.write(tmp_path / "trial1.store.npz")
    write_tables([tmp_path / "trial1.store.npz"], tmp_path, OPTIONS)
    tables = {path.stem: pd.read_csv(path) for path in tmp_path.glob("*.csv")}
    assert {name: set(table) for name, table in tables.items()} == complete
    assert empty <= {name for name, table in tables.items() if len(table) == 0}
    for table in tables.values():
        if "site" in table:
            table.query("site == 'any' and species == 'Na+'")
