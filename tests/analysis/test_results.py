import pytest

import analysis
from analysis.observables import TABLES


def test_a_table_of_all_layouts_is_one_line_away(campaign):
    root = campaign["pH2", "NaCl"].parents[2]
    table = analysis.load(root)["mean_z"]
    assert table[["layout", "salt"]].drop_duplicates().to_numpy().tolist() == [
        ["pH2", "NaCl"],
        ["pH7", "NaCl"],
    ]
    assert set(table.trial) == {"1", "2", "3", "all"}
    with pytest.raises(KeyError, match="no table 'meanz', there are: .*density, .*elements, "):
        analysis.load(root)["meanz"]


def test_results_are_a_mapping_that_says_what_it_holds(campaign):
    results = analysis.load(campaign["pH2", "NaCl"].parents[2])
    assert list(results) == list(results.keys()) == results.names
    assert len(results) == len(TABLES) and "mean_z" in results and "meanz" not in results
    assert results.get("meanz") is None
    said = repr(results)
    for words in ("pH2, pH7", "NaCl", "mean_z", "z_pdf"):
        assert words in said
    for name in results:
        assert f"    {name}: {', '.join(results[name].columns)}\n" in said
    assert "observables" not in said


def test_results_without_tables_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="run the analysis first"):
        analysis.load(tmp_path)
