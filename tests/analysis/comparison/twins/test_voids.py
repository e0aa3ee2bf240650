"""Electroneutral twins with voids: layers of charge that keep counter-ions from each other."""

import numpy as np
import pytest

from analysis.comparison import ChargeProfile, Geometry, TwinProblem, cell_species, solve_twin
from analysis.comparison.twins.grids import first_mesh
from analysis.comparison.twins.system import VOID

CELL = Geometry.symmetric(4.6e-9, 5e-9, 27e-18)
AMINES, ACIDS = 10, -24
EDGES = np.array([-2.5, -1.0, 0.5, 2.5]) * 1e-9
TIMES = np.array([1.0, 10.0]) * 1e-9


def twin(cation="Na+"):
    """Amines toward the feed, acids behind them: neither gets all of its counter-ions at once."""
    return TwinProblem(
        CELL,
        cell_species(cation, "Cl-", 10, AMINES + ACIDS),
        ChargeProfile(EDGES, (AMINES, 0, ACIDS), CELL.area),
        closure="electroneutral",
        excess={cation: 2.0, "Cl-": 2.0},
    )


def below(result, coarse):
    """Share of each species below the faces of a coarser grid of the same mesh."""
    at = np.searchsorted(result.faces, coarse.faces[1:] - 1e-9 * np.diff(coarse.faces))
    numbers = np.array([species.number for species in result.problem.species])
    return (np.cumsum(result.amounts, axis=2)[..., at - 1]) / numbers[:, None]


@pytest.fixture(scope="module")
def levels():
    return [solve_twin(twin(), TIMES, 1e-4, level=level) for level in (1, 2, 3)]


def test_a_void_keeps_a_field_and_no_ions(levels):
    result = levels[1]
    steps = np.abs(np.diff(result.drop[-1]))
    assert steps.max() > 10 * VOID
    # The first cell is the one that the edge lies in.
    inside = result.by_species[-1].sum(axis=0)[:-1][steps > VOID][1:]
    assert inside.max() < 1e-3 * result.by_species[-1].sum(axis=0).max()


def test_twice_the_cells_leave_far_less_than_half_of_the_error(levels):
    coarse, finer, finest = (below(one, levels[0]) for one in levels)
    assert np.abs(finer - coarse).max() > 2.5 * np.abs(finest - finer).max()


def test_divalent_counter_ions_leave_no_error_of_first_order():
    found = [solve_twin(twin("Ca2+"), TIMES[:1], 3e-5, level=level) for level in (2, 3, 4)]
    coarse, finer, finest = (below(one, found[0]) for one in found)
    assert np.abs(finer - coarse).max() > 3 * np.abs(finest - finer).max()


def test_the_error_that_is_told_holds_against_four_times_the_cells():
    found = solve_twin(twin(), TIMES, 1e-3)
    sizes = [len(first_mesh(CELL, twin().jumps).faces(level)) - 1 for level in range(1, 6)]
    level = 1 + int(np.abs(np.array(sizes) - len(found.z)).argmin())
    finer = solve_twin(twin(), TIMES, 1e-3, level=level + 2)
    assert len(finer.z) == 4 * len(found.z)
    assert np.abs(below(finer, found) - below(found, found)).max() <= found.error + 1e-4
