"""A word across a figure that shows no result: of demonstrations and tests."""

import numpy as np
from matplotlib.transforms import Bbox

from analysis.figures.sheet import Sheet

STAMP_RED = "#B00020"
STAMP_ALPHA = 0.1
LETTER_WIDTH, LETTER_HEIGHT = 0.86, 1.0
"""Size of a bold capital in its line, as shares of the font size."""


def stamped(figure: Sheet, text: str) -> None:
    """Write text behind the data, once across all panels: it is no result.

    The panels become transparent, so that the stamp shows through them and tints no mark; they
    stay where they are.
    """
    word = text.upper()
    figure.fix_layout()
    panels = [axes for axes in figure.get_axes() if axes.get_visible()]
    for axes in panels:
        axes.patch.set_visible(False)
    around = Bbox.union([axes.get_window_extent() for axes in panels])
    box = around.transformed(figure.dpi_scale_trans.inverted())
    angle, points = diagonal(box.width, box.height, len(word))
    figure.text(
        *around.transformed(figure.transFigure.inverted()).get_points().mean(axis=0),
        word,
        fontsize=points,
        rotation=angle,
        rotation_mode="anchor",
        ha="center",
        va="center",
        alpha=STAMP_ALPHA,
        zorder=-1,
        color=STAMP_RED,
        fontweight="bold",
    )


def diagonal(width: float, height: float, letters: int) -> tuple[float, float]:
    """Return rotation (degrees) and font size (points) of a word from corner to corner (inches).

    >>> angle, points = diagonal(4.0, 3.0, 4)
    >>> round(angle, 2), points < diagonal(8.0, 6.0, 4)[1]
    (36.87, True)
    """
    angle = np.arctan2(height, width)
    along, across = LETTER_WIDTH * letters, LETTER_HEIGHT
    wide = along * np.cos(angle) + across * np.sin(angle)
    high = along * np.sin(angle) + across * np.cos(angle)
    return float(np.degrees(angle)), float(72 * min(width / wide, height / high))
