"""Figures are drawn on a sheet: panels for layouts and salts, caption, data."""

from dataclasses import dataclass

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.figures.journal import TALLEST, clear, drawn_entries, letter, print_width
from analysis.figures.style import MPLSTYLE, label, time_label
from analysis.joinings import AGREE

NOTE_RED = "#B00020"
"""Of words that warn."""
EDGE_INCHES = 0.012
"""Free on either side of a sheet."""
KEY_INCHES, LETTER_INCHES = 0.5, 0.062
"""Widths of a mark in the legend with the space around it, and of a letter beside it."""
START = "trials of a campaign share one membrane and one equilibrated cell"
"""What the spread over trials leaves out, for every caption of a figure that shows it."""
COLUMNS = 4
"""Most panels side by side."""
TOLD_CELLS = 4
"""With more panels, their numbers are left to the table beside the figure."""


class Sheet(Figure):
    """A matplotlib Figure of a width that journals print, with its tables and its caption.

    `drawn` holds each drawn table by name; `caption` the sentences that stand beside the figure,
    in a file of their own and in the metadata, never in it.

    Parameters
    ----------
    width, height : float
        Inches; the width becomes one of `PRINT_CM`, heights end at that of a page.
    """

    def __init__(self, width: float, height: float):
        size = print_width(width), min(height, TALLEST)
        super().__init__(figsize=size, layout="constrained")
        self._lay_out(head=0.0)
        self.drawn: dict[str, pd.DataFrame] = {}
        self.caption = ""

    def keep(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """Record a table as drawn, and return it."""
        self.drawn[name] = table
        return table

    def key(self, handles: list) -> None:
        """Draw one legend for the sheet, above the panels, of what they show; call when drawn."""
        handles = drawn_entries(handles, self.axes)
        if not handles:
            return
        width, height = self.get_size_inches()
        rows, columns = key_grid([len(handle.get_label()) for handle in handles], width)
        head = 0.19 * rows + 0.1
        self.set_size_inches(width, height + head)
        self._lay_out(head)
        self.legend(
            handles=handles, loc="upper center", ncols=columns, columnspacing=1.4, borderpad=0.3
        )

    def _lay_out(self, head: float) -> None:
        """Keep panels and their words off the edges of the sheet, and below its head (inches)."""
        width, height = self.get_size_inches()
        side = EDGE_INCHES / width
        self.get_layout_engine().set(rect=(side, 0, 1 - 2 * side, 1 - head / height))

    def finish(self, caption: str) -> "Sheet":
        """Letter the panels and keep the caption; call last."""
        self.caption = caption
        letter(self.axes)
        clear(self.axes)
        return self

    def fix_layout(self) -> None:
        """Lay out the panels, once for all that is drawn, measured or saved of the sheet later."""
        if (engine := self.get_layout_engine()) is None:
            return
        if self.axes:
            # Ticks are made here and again on saving: in one style, else they differ.
            with matplotlib.style.context(MPLSTYLE):
                engine.execute(self)
        self.set_layout_engine(None)

    def add_to_caption(self, sentence: str) -> None:
        """Append a sentence to the caption of a finished sheet."""
        self.caption = f"{self.caption} {sentence}"


def key_grid(letters: list[int], width: float) -> tuple[int, int]:
    """Return rows and columns of a legend (inches wide) of words of so many letters.

    >>> key_grid([3, 3, 30, 30], 3.5)
    (2, 2)
    """
    count = len(letters)
    for rows in range(1, count + 1):
        widest = [max(letters[first : first + rows]) for first in range(0, count, rows)]
        if sum(KEY_INCHES + LETTER_INCHES * most for most in widest) <= width:
            return rows, len(widest)
    return count, 1


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
    noted(axes, cell.of(trials))


def noted(axes, trials: pd.DataFrame) -> None:
    """Write on the right above a panel that runs are not finished: how far, if all are alike."""
    notes = {note for cell in cells(trials) if (note := partial_note(cell.of(trials)))}
    if notes:
        note = min(notes) if len(notes) == 1 else "partial"
        axes.set_title(note, loc="right", fontsize=7, fontweight="normal", color=NOTE_RED)


def dynamics_told(sheet: Sheet, dynamics: str | None) -> None:
    """Say in the caption how the atoms moved, e.g. "heavy hydrogens, 4 fs"; nothing for None."""
    if dynamics:
        sheet.add_to_caption(f"Dynamics: {dynamics} a step.")


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


def sides(axes, beyond: tuple[bool, bool] = (False, False)) -> None:
    """Write feed and permeate inside the two ends of a horizontal z axis.

    With an arrow towards each that lies ``beyond`` its end.
    """
    feed = " ← feed" if beyond[0] else " feed"
    permeate = "permeate → " if beyond[1] else "permeate "
    for x, text, side in ((0, feed, "left"), (1, permeate, "right")):
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
