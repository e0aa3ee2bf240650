"""The benchmark of a cell of the study's size finds the moves that are planted in a cell."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.cell import WATERS_INSIDE
from benchmarks.still_frames import still_cell
from benchmarks.study_cell import figures
from mdtools.roles import ANCHOR, MEMBRANE, PISTON

WHOLE = 47_016
"""Particles of the made-up cell with all of its waters."""
TARGET_K = 300.0
TEMPERATURES = np.repeat([299.0, 300.0, 301.0, 302.0, 303.0], 4)


@pytest.fixture(scope="module")
def cell():
    """The made-up cell with ten anchors."""
    still = still_cell(WHOLE)
    fixed = pd.DataFrame({"atom": still.atoms(MEMBRANE)[:10], "role": ANCHOR})
    return replace(still, roles=pd.concat([still.roles, fixed.assign(group=0, side="")]))


def sheet(cell, side):
    rows = (cell.roles["role"] == PISTON) & (cell.roles["side"] == side)
    return cell.roles["atom"][rows].to_numpy()


def test_a_cell_that_keeps_its_places_and_its_temperature_is_sound(cell):
    found = figures(cell, [cell.positions], TEMPERATURES)
    assert found.temperature_K == pytest.approx(301.0)
    # Five blocks of one kelvin each: their standard deviation is sqrt(5/2), over sqrt(5).
    assert found.error_K == pytest.approx(np.sqrt(0.5))
    assert found.sheets_nm == (0.0, 0.0) and found.anchor_nm == 0.0
    assert found.waters_inside[0] == found.waters_inside[1] >= WATERS_INSIDE
    assert found.problems(TARGET_K) == []


def test_moves_are_found_and_told(cell):
    end, loose = cell.positions.copy(), cell.positions.copy()
    end[sheet(cell, "feed"), 2] += 0.1
    end[sheet(cell, "permeate"), 2] -= 0.4
    loose[cell.atoms(ANCHOR)[3], 0] += 1e-4
    found = figures(cell, [loose, end], TEMPERATURES + 5.0)
    assert found.sheets_nm == pytest.approx((0.1, -0.4))
    assert found.anchor_nm == pytest.approx(1e-4)
    assert found.float32_nm < 2e-6
    told = found.problems(TARGET_K)
    assert len(told) == 3
    assert "306.0 K" in told[0] and "permeate sheet" in told[1] and "anchored" in told[2]
