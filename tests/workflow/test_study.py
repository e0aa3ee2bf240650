from dataclasses import replace

import pandas as pd
import pytest

from analysis.comparison.study.cells import VARIANTS
from analysis.comparison.study.compare import compare_study
from membranes.layouts.plans import LAYOUTS
from workflow.comparison import study
from workflow.comparison.files import FIGURES, TABLES


def test_placements_are_the_layouts_of_the_study():
    placed = study.placed(2)
    assert set(placed) == set(LAYOUTS)
    for layout, own in placed.items():
        counts = {kind: part.count for kind, part in LAYOUTS[layout].items()}
        net = counts.get("NH2+", 0) - counts.get("COO-", 0)
        assert [placement.net for placement in own] == [net, net]
    first, second = placed["pH7"]
    assert first.z_nm.tolist() != second.z_nm.tolist()
    # The COO- of the feed layer lie toward the feed of the swollen membrane.
    assert first.of_sign(-1).mean() < -1.0


@pytest.mark.slow
def test_everything_that_the_rule_promises_is_written(tmp_path, monkeypatch):
    # Without charge all layouts have the same two twins.
    chosen = study.DRAWN["study_counts"]
    bare = [replace(v, fraction=0.0) for v in VARIANTS if v.name in chosen]

    def light(placements, *, processes):
        return compare_study(
            placements, variants=bare, tolerance=5e-3, level=1, processes=processes
        )

    monkeypatch.setattr(study, "compare_study", light)
    study.write(tmp_path, placements=1)
    for figure in FIGURES:
        assert (tmp_path / f"{figure}.png").stat().st_size > 20_000
        assert (tmp_path / f"{figure}.pdf").exists()
    for table in TABLES:
        assert len(pd.read_csv(tmp_path / "tables" / f"{table}.csv"))
    drawn = pd.read_csv(tmp_path / "study_counts.csv")
    assert set(drawn["variant"]) == {variant.name for variant in bare}
    assert (tmp_path / "tables" / "assumptions.json").exists()
