"""Curves of swelling show every sample and block, and say which did not end by the criterion."""

import numpy as np
import pandas as pd
import pytest

from analysis.figures.hydration import STUDY_G_CM3, hydration

BLOCK = {"block": 1, "time_ps": 20.0} | {
    f"{name}{ending}": value + shift
    for name, value in (("waters", 90.0), ("thickness_nm", 2.0), ("density_g_cm3", 0.8))
    for ending, shift in (("", 0.0), ("_low", -0.1), ("_high", 0.2))
}
REPORT = {"blocks": [BLOCK], "criterion_met": True, "tolerance_percent": 2.0}


@pytest.fixture
def curve():
    time = np.arange(1.0, 21.0)
    return pd.DataFrame(
        {
            "time_ps": time,
            "stage": "block",
            "block": 1,
            "waters": 80 + time / 2,
            "thickness_nm": 2.0,
            "density_g_cm3": 0.8,
        }
    )


def test_samples_and_blocks_are_where_the_tables_put_them(curve):
    figure = hydration({"pH2": curve, "pH7": curve}, {"pH2": REPORT, "pH7": REPORT})
    waters, thickness, density = figure.axes
    assert waters.get_lines()[0].get_ydata() == pytest.approx(curve.waters)
    assert waters.get_xlabel() == "time (ps)"
    block = waters.containers[0]
    assert block[0].get_xydata() == pytest.approx(np.array([[20.0, 90.0]]))
    (low, high) = block[2][0].get_segments()[0][:, 1]
    assert (low, high) == pytest.approx((89.9, 90.2))
    band = density.patches[0].get_extents().transformed(density.transData.inverted())
    mean, sd = STUDY_G_CM3
    assert (band.ymin, band.ymax) == pytest.approx((mean - sd, mean + sd))
    assert set(figure.drawn["samples"].membrane) == {"pH2", "pH7"}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["pH2", "pH7", "study"]


def test_caption_names_what_ran_into_its_cap(curve):
    ended, capped = REPORT, REPORT | {"criterion_met": False}
    both = hydration({"pH2": curve, "pH7": curve}, {"pH2": ended, "pH7": capped})
    assert "NOT ended by its criterion but at its cap: pH7." in both.caption
    assert "All ended by their criterion" in hydration({"pH2": curve}, {"pH2": ended}).caption


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="no hydration to draw"):
        hydration({}, {})
