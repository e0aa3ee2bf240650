"""What stands behind the ions of a snapshot."""

import numpy as np
import pytest

from analysis.figures import make, tables_of
from analysis.options import AnalysisOptions
from analysis.results import Results


@pytest.fixture(scope="module")
def results(campaign):
    return Results(campaign)


def drawn(results, background):
    figure = make("snapshots", results, options=AnalysisOptions(snapshot_background=background))
    return figure, [image for axes in figure.axes for image in axes.images]


def test_the_map_behind_the_ions_is_that_of_the_table_the_right_way_up(results):
    _, images = drawn(results, "map")
    table = results["density_map"].query("layout == 'pH2' and trial == 'all'")
    low, high, bottom, top = images[0].get_extent()
    assert (bottom, top) == pytest.approx((-26, 26))
    assert (low, high) == pytest.approx((table.z_angstrom.min() - 1, table.z_angstrom.max() + 1))
    grid = np.asarray(images[0].get_array())
    corner = table[(table.x_angstrom == table.x_angstrom.min())].density_g_cm3.iloc[0]
    shown = grid[0, 0] if images[0].origin == "lower" else grid[-1, 0]
    assert shown == pytest.approx(corner) and grid.max() > 10 * corner


def test_one_scale_of_grey_serves_all_panels(results):
    for background in ("map", "profile"):
        _, images = drawn(results, background)
        assert len({image.get_clim() for image in images}) == 1
        assert images[0].get_clim()[1] == max(np.max(image.get_array()) for image in images)


def test_the_profile_has_no_x_and_no_background_is_none(results):
    _, profiles = drawn(results, "profile")
    figure, nothing = drawn(results, "none")
    assert {np.asarray(image.get_array()).shape[0] for image in profiles} == {1}
    assert nothing == [] and "Grey" not in figure.caption


def test_tables_of_a_figure_are_no_options():
    assert "snapshot_background" not in tables_of("snapshots")
