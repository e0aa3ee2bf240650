"""What a journal asks of a figure: its width, letters of its panels, words that can be read."""

from collections.abc import Sequence
from string import ascii_lowercase

import numpy as np
from matplotlib.collections import Collection, LineCollection
from matplotlib.colors import to_rgb, to_rgba_array
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch
from matplotlib.patheffects import withStroke

CM_PER_INCH = 2.54
PRINT_CM = (9.0, 14.0, 19.0)
"""Widths of a figure: one column, one and a half, two."""
SHRINK = 0.84
"""A figure may be narrower by as much than its panels ask for, before it takes the next width."""
TALLEST = 23.0 / CM_PER_INCH
"""Height (inches) of a page, of which a legend takes its part."""
LETTER, LETTER_POINTS = "letter", 9.0
"""Name of the texts that are letters of panels, and their size."""
LEFT_OF_AXES, RIGHT_OF_CORNER = -13.0, 3.5
"""Points from the upper left corner of a panel to its letter."""
HALO = (withStroke(linewidth=2.0, foreground="white"),)
ABOVE_LINES = 6
ANY_COLOR = ("#555555", "#777777")
"""Entries of these colours stand for things of every colour."""
EDGE_PIXELS = 2.0
"""Of marks that stand on the edge of the axes."""
ALIKE_WIDTHS = 0.35
"""Difference of the widths of a line and of its entry, as a share, where only these tell."""


def print_width(inches: float) -> float:
    """Return the width (inches) that is printed, for the one that panels ask for.

    >>> [round(2.54 * print_width(inches)) for inches in (3.0, 4.0, 5.5, 6.2, 9.0)]
    [9, 9, 14, 14, 19]
    """
    widths = [cm / CM_PER_INCH for cm in PRINT_CM]
    return next((one for one in widths if one >= SHRINK * inches), widths[-1])


def letter(axes: Sequence) -> None:
    """Write a, b, c at the panels with a title, or at all without any; not at a lone one."""
    visible = [one for one in axes if one.get_visible()]
    named = [one for one in visible if any(one.get_title(loc=side) for side in ("left", "center"))]
    panels = named or visible
    if not 1 < len(panels) <= len(ascii_lowercase):
        return
    places = {one: one.get_subplotspec() for one in panels}
    order = sorted(panels, key=lambda one: (places[one].rowspan.start, places[one].colspan.start))
    for one, sign in zip(order, ascii_lowercase, strict=False):
        one.annotate(
            sign,
            (0, 1),
            gid=LETTER,
            xycoords="axes fraction",
            xytext=(LEFT_OF_AXES, RIGHT_OF_CORNER),
            textcoords="offset points",
            fontsize=LETTER_POINTS,
            fontweight="bold",
            annotation_clip=False,
            ha="left",
            va="bottom",
        )


def clear(axes: Sequence) -> None:
    """Give words within panels a white edge and lift them, so that no line strikes them through."""
    for one in axes:
        for text in one.texts:
            if text.get_text():
                text.set_path_effects(HALO)
                text.set_zorder(max(text.get_zorder(), ABOVE_LINES))


def drawn_entries(handles: Sequence, axes: Sequence) -> list:
    """Return the entries of a legend without lines and marks of which the panels show none."""
    seen = [one for panel in axes if panel.get_visible() for one in _shown(panel)]
    return [
        handle
        for handle in handles
        if not isinstance(handle, Line2D) or any(_alike(handle, one) for one in seen)
    ]


def _shown(panel) -> list:
    """Lines, marks and outlines of a panel that lie within its axes."""
    lines = [line for line in panel.lines if _within(line, panel)]
    marks = [one for one in panel.collections if _holds(one)]
    return [*lines, *marks, *(one for one in panel.patches if isinstance(one, StepPatch))]


def _within(line: Line2D, panel) -> bool:
    """Whether the rectangle around the points of a line meets the axes."""
    points = np.asarray(line.get_xydata(), dtype=float)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return False
    with np.errstate(all="ignore"):
        shown = line.get_transform().transform(points)
    shown = shown[np.isfinite(shown).all(axis=1)]
    edges = panel.bbox.extents + np.array([-EDGE_PIXELS, -EDGE_PIXELS, EDGE_PIXELS, EDGE_PIXELS])
    return bool(
        len(shown)
        and (shown.max(axis=0) >= edges[:2]).all()
        and (shown.min(axis=0) <= edges[2:]).all()
    )


def _holds(collection: Collection) -> bool:
    offsets = np.ma.filled(np.ma.asarray(collection.get_offsets(), dtype=float), np.nan)
    if isinstance(collection, LineCollection):
        return any(np.isfinite(path.vertices).all() for path in collection.get_paths())
    return bool(np.isfinite(offsets).all(axis=1).any())


def _alike(handle: Line2D, other) -> bool:
    """Whether an entry of a legend stands for something that is drawn."""
    neutral = handle.get_color() in ANY_COLOR
    mark, dashed = _mark(handle), handle.get_linestyle() != "None"
    if not isinstance(other, Line2D):
        return neutral or _rgb(handle.get_color()) in _colours(other)
    if not neutral and _rgb(handle.get_color()) != _rgb(other.get_color()):
        return False
    if mark and not dashed:
        known = mark == other.get_marker() if not neutral else bool(_mark(other))
        return known and (not neutral or _hollow(handle) == _hollow(other))
    if other.get_linestyle() == "None":
        return not neutral
    same_width = abs(other.get_linewidth() / handle.get_linewidth() - 1) < ALIKE_WIDTHS
    return handle.get_linestyle() == other.get_linestyle() and (same_width or not neutral)


def _mark(line: Line2D) -> str:
    mark = line.get_marker()
    return "" if mark in (None, "", "None", " ") else str(mark)


def _hollow(line: Line2D) -> bool:
    face = line.get_markerfacecolor()
    return isinstance(face, str) and face in ("none", "white")


def _colours(other) -> set:
    edges = np.atleast_2d(to_rgba_array(other.get_edgecolor()))
    faces = to_rgba_array(other.get_facecolor()) if isinstance(other, Collection) else edges
    return {_rgb(one) for one in (*edges, *faces)}


def _rgb(colour) -> tuple[float, ...]:
    return tuple(round(part, 3) for part in to_rgb(colour))
