"""The page shows what its data say, in one file."""

from analysis.figures import FIGURES
from workflow import page


def test_every_figure_says_how_to_read_it():
    for name in FIGURES:
        title, reading = page.caption_of(name)
        assert title
        assert "<p>" in reading


def test_network_rows_leave_out_what_is_not_known():
    rows = page.network_rows({"nh_conversion": 0.9, "amide_bonds": 12})
    assert [row[:2] for row in rows] == [("N-H conversion", "90.0%"), ("amide bonds", "12")]
