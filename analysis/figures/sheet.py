"""Figures are drawn on a sheet: panels for layouts and salts, caption, data, stamp."""

import textwrap
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from analysis.figures.style import label, time_label
from analysis.levels import AGREE

CAPTION_POINTS = 7.0
LINE_INCHES = 0.135
CHARACTERS_PER_INCH = 19.0
"""Density of caption text, measured at the caption's font size with some room to spare."""
STAMP_RED = "#B00020"
STAMP_ALPHA = 0.1
LETTER_WIDTH, LETTER_HEIGHT = 0.86, 1.0
"""Size of a bold capital in its line, as shares of the font size."""
KEY_INCHES, LETTER_INCHES = 0.55, 0.062
"""Widths of a mark in the legend with the space around it, and of a letter beside it."""
STAMP_INCHES = 0.5
"""Width kept free for the stamp in the corner."""
START = "trials of a campaign share one membrane and one equilibrated cell"
"""What the spread over trials leaves out, for every caption of a figure that shows it."""
COLUMNS = 4
"""Most panels side by side."""


class Sheet(Figure):
    """A matplotlib Figure that keeps the tables drawn on it and the text of its caption.

    `drawn` holds each drawn table by name; `caption` the sentences under the panels.
    """

    def __init__(self, width: float, height: float):
        super().__init__(figsize=(width, height), layout="constrained")
        self.drawn: dict[str, pd.DataFrame] = {}
        self.caption = ""
        self.head = 0.0
        self.panels_inches = 0.0
        self.caption_lines: Text | None = None

    def keep(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """Record a table as drawn, and return it."""
        self.drawn[name] = table
        return table

    def key(self, handles: list) -> None:
        """Draw one legend for the sheet, above the panels."""
        inches = sum(KEY_INCHES + LETTER_INCHES * len(h.get_label()) for h in handles)
        rows = int(inches / (self.get_figwidth() - 2 * STAMP_INCHES)) + 1
        columns = -(-len(handles) // rows)
        rows = -(-len(handles) // columns)
        self.head = 0.19 * rows + 0.1
        self.legend(
            handles=handles, loc="upper center", ncols=columns, columnspacing=1.4, borderpad=0.3
        )

    def finish(self, caption: str) -> "Sheet":
        """Put the caption under the panels; call last."""
        self.panels_inches = self.get_figheight()
        self._write_caption(caption)
        return self

    def add_to_caption(self, sentence: str) -> None:
        """Append a sentence to the caption of a finished sheet, which makes room for it."""
        self._write_caption(f"{self.caption} {sentence}")

    def rewrite_caption(self, caption: str) -> None:
        """Put another caption in the place of that of a finished sheet."""
        self._write_caption(caption)

    def _write_caption(self, caption: str) -> None:
        self.caption = caption
        width, height = self.get_figwidth(), self.panels_inches
        lines = textwrap.wrap(caption, int((width - 0.3) * CHARACTERS_PER_INCH))
        foot = LINE_INCHES * len(lines) + 0.12
        height += foot + self.head
        self.set_size_inches(width, height)
        rectangle = (0, foot / height, 1, 1 - (foot + self.head) / height)
        self.get_layout_engine().set(rect=rectangle)
        if self.caption_lines is not None:
            self.caption_lines.remove()
        self.caption_lines = self.text(
            0.15 / width,
            0.06 / height,
            "\n".join(lines),
            fontsize=CAPTION_POINTS,
            va="bottom",
            linespacing=1.25,
            color="#333333",
        )


@dataclass(frozen=True)
class Cell:
    """A simulated cell: one charge layout and one salt."""

    layout: str
    salt: str

    @property
    def title(self) -> str:
        """Title of its panel."""
        return f"{self.layout}, {label(self.salt)}"

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a table of this layout and salt."""
        return table[(table.layout == self.layout) & (table.salt == self.salt)]


def cells(table: pd.DataFrame) -> list[Cell]:
    """Return the cells of a table in its order, all layouts of a salt together."""
    pairs = table[["layout", "salt"]].drop_duplicates()
    return [
        Cell(layout, salt)
        for salt in pairs.salt.drop_duplicates()
        for layout in pairs.layout[pairs.salt == salt]
    ]


@dataclass(frozen=True)
class Panel:
    """Place of a cell in a grid; `left` and `lowest` panels carry the labels of shared axes."""

    cell: Cell
    row: int
    column: int
    lowest: bool

    @property
    def left(self) -> bool:
        """Whether it is the first of its row."""
        return self.column == 0


def panels(table: pd.DataFrame) -> tuple[list[Panel], int, int]:
    """Return a panel for every cell, each salt in rows of its own; number of rows, of columns."""
    everything = cells(table)
    salts = list(dict.fromkeys(cell.salt for cell in everything))
    of_salt = {salt: [cell for cell in everything if cell.salt == salt] for salt in salts}
    columns = min(COLUMNS, max(len(group) for group in of_salt.values()))
    places, row = [], 0
    for group in of_salt.values():
        for number, cell in enumerate(group):
            places.append((cell, row + number // columns, number % columns))
        row += -(-len(group) // columns)
    taken = {place[1:] for place in places}
    return [Panel(*place, (place[1] + 1, place[2]) not in taken) for place in places], row, columns


def last_time(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows at the last time of each layout and salt."""
    last = table.groupby(["layout", "salt"]).time_ns.transform("max")
    return table[table.time_ns == last]


def stacks(sheet: Sheet, rows: int, columns: int, shares: tuple) -> np.ndarray:
    """Return axes of a grid of panels, each a stack with heights `shares` over one z axis.

    Returns
    -------
    axes : array, shape (rows, columns, len(shares)); none is visible before it is used
    """
    grid = sheet.subplots(
        rows * len(shares), columns, sharex=True, squeeze=False, height_ratios=shares * rows
    )
    for axes in grid.ravel():
        axes.set_visible(False)
    return grid.reshape(rows, len(shares), columns).swapaxes(1, 2)


def show(stack, panel: Panel, names: tuple, limits: tuple, xlabel: str) -> None:
    """Make a panel's axes visible; labels only where the panel stands at the edge of the grid."""
    for axes, name, limit in zip(stack, names, limits, strict=True):
        axes.set_visible(True)
        axes.set(ylim=limit, ylabel=name if panel.left else "")
        axes.tick_params(labelleft=panel.left)
        axes.yaxis.set_major_locator(MaxNLocator(4, prune="upper" if len(stack) > 1 else None))
    stack[-1].tick_params(labelbottom=panel.lowest)
    stack[-1].set_xlabel(xlabel if panel.lowest else "")


def partial_note(trials: pd.DataFrame) -> str:
    """Return a note on a run that is not finished, else none: 'partial: 37 of 100 ns'."""
    pooled = trials[trials.trial == "all"].iloc[0]
    if pooled.complete:
        return ""
    target = time_label(pooled.target_ns)
    done = f"{pooled.analysed_ns * (1 if pooled.target_ns >= 1 else 1000):.4g}"
    return f"partial: {done} of {target}"


def titled(axes, cell: Cell, trials: pd.DataFrame) -> None:
    """Set the title of a panel, with a note on the right if its run is not finished."""
    axes.set_title(cell.title)
    if note := partial_note(cell.of(trials)):
        axes.set_title(note, loc="right", fontsize=7, fontweight="normal", color=STAMP_RED)


def dynamics_told(sheet: Sheet, dynamics: str | None) -> None:
    """Say in the caption how the atoms moved, e.g. "heavy hydrogens, 4 fs"; nothing for None."""
    if dynamics:
        sheet.add_to_caption(f"Dynamics: {dynamics} a step.")


def stamped(figure: Figure, text: str) -> None:
    """Write text behind the data, once across all panels, and in a corner: it is no result.

    The panels become transparent, so that the stamp shows through them and tints no mark.
    """
    word = text.upper()
    figure.draw_without_rendering()
    panels = [axes for axes in figure.get_axes() if axes.get_visible()]
    for axes in panels:
        axes.patch.set_visible(False)
    around = Bbox.union([axes.get_window_extent() for axes in panels])
    box = around.transformed(figure.dpi_scale_trans.inverted())
    angle, points = diagonal(box.width, box.height, len(word))
    shared: dict = {"color": STAMP_RED, "fontweight": "bold"}
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
        **shared,
    )
    width, height = figure.get_size_inches()
    corner = 1 - 0.08 / width, 1 - 0.06 / height
    figure.text(*corner, word, fontsize=9, ha="right", va="top", **shared)


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


def span(table: pd.DataFrame, place_low: str, place_high: str) -> tuple[float, float]:
    """Return z (angstrom) of two places of table `extent` over all trials."""
    z = table[table.trial == "all"].set_index("place").z_angstrom
    return float(z[place_low]), float(z[place_high])


def band_text(table: pd.DataFrame, note: str = "") -> str:
    """Return the kinds of the bands of a table for a caption, with a note on how they are drawn.

    >>> band_text(pd.DataFrame({"interval": ["none: one trial"]}))
    'No band: one trial.'
    >>> band_text(pd.DataFrame({"interval": ["none"]}))
    'No band: no interval.'
    """
    every = list(table.interval.unique())
    kinds = [kind for kind in every if not kind.startswith("none")]
    if kinds:
        return f"Band: pointwise {'; '.join(kinds)}{note}; {START}."
    reasons = [kind.removeprefix("none: ") for kind in every if kind.startswith("none: ")]
    return f"No band: {'; '.join(reasons) or 'no interval'}."


def over_membranes_words(kinds) -> str:
    """Return what bars of shares and rates are over membranes; empty for those of one.

    >>> over_membranes_words(["95 % Clopper-Pearson of 10 ions"])
    ''
    >>> over_membranes_words([AGREE, "95 % t-interval, 1 degree of freedom (2 membranes)"])
    '95 % t-interval, 1 degree of freedom (2 membranes), none where all of them agree'
    """
    over = [kind for kind in kinds if kind.endswith("membranes)")]
    if over:
        return f"{over[0]}, none where all of them agree"
    return "none, as all membranes agree or some have no value" if AGREE in [*kinds] else ""


def every_text(series: pd.DataFrame) -> str:
    """Return the spacing of points of curves in time, over all cells, for a caption.

    >>> every_text(pd.DataFrame({"layout": "pH7", "salt": "NaCl", "time_ns": [0, 0.05, 0.1]}))
    'a point every 50 ps'
    """
    steps = set()
    for cell in cells(series):
        times = np.unique(cell.of(series).time_ns)
        steps |= {time_label(step) for step in np.diff(times)[:1]}
    return f"a point every {' / '.join(sorted(steps))}"


def cut_note(trials: pd.DataFrame) -> str:
    """Return a note on trials that are longer than others of their cell, empty when none is.

    >>> table = pd.DataFrame({"layout": "pH7", "salt": "NaCl", "trial": ["1", "2", "all"]})
    >>> cut_note(table.assign(analysed_ns=[2.0, 3.0, 2.0]))
    ' Longer trials are cut at the time that all of their cell have reached (pH7, NaCl: 2 ns).'
    >>> cut_note(table.assign(analysed_ns=2.0))
    ''
    """
    cut = []
    for cell in cells(trials):
        own = cell.of(trials)
        common = own.analysed_ns[own.trial == "all"].iloc[0]
        if own.analysed_ns.max() > common * (1 + 1e-6):
            cut.append(f"{cell.title}: {time_label(common)}")
    reached = "the time that all of their cell have reached"
    return f" Longer trials are cut at {reached} ({'; '.join(cut)})." if cut else ""


def outer_span(table: pd.DataFrame, place_low: str, place_high: str) -> tuple[float, float]:
    """Return the widest `span` over all layouts and salts."""
    pooled = table[table.trial == "all"].groupby("place").z_angstrom
    return float(pooled.min()[place_low]), float(pooled.max()[place_high])


def sides(axes) -> None:
    """Write feed and permeate inside the two ends of a horizontal z axis."""
    for x, text, side in ((0, " feed", "left"), (1, "permeate ", "right")):
        axes.text(
            x,
            1,
            text,
            transform=axes.transAxes,
            ha=side,
            va="top",
            fontsize=6.5,
            color="#555555",
            style="italic",
        )
