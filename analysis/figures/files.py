"""A figure on disk, with its caption and the numbers that it shows beside it."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib.style
import pandas as pd

from analysis.catalogue import FIGURE_ENDINGS as ENDINGS
from analysis.figures.sheet import Sheet
from analysis.figures.style import MPLSTYLE
from mdtools.atomic import replacing, write_text

DPI = 200
CAPTION_LETTERS = 100
"""Length of a line of a caption's file."""
SETTING = ("GSUB", "GPOS", "GDEF", "kern")
DROPPED = "_drop_tables_default"
"""Where fontTools has the names of tables that matplotlib does not name."""
TIMELESS: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}
"""Metadata without times and versions: the same tables give the same bytes."""


def save_all(figure: Sheet, stem: Path, title: str | None = None, dpi: float = DPI) -> list[Path]:
    """Write a figure as <stem>.png, .pdf, .csv and .txt; returns the files.

    All have one layout, which stays the figure's. ``title`` is the stem's last part where it is
    left out.
    """
    figure.fix_layout()
    files = [Path(f"{stem}.{ending}") for ending in ENDINGS]
    for path in files:
        save(figure, path, title, dpi)
    return files


def save(figure: Sheet, path: Path, title: str | None = None, dpi: float = DPI) -> None:
    """Write a figure as .png, .pdf or .svg, its tables as .csv, its caption as .txt, by the ending.

    Pictures have the caption in their metadata, too. ``title`` is the path's stem where it is
    left out.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    ending = path.suffix.removeprefix(".")
    if ending == "csv":
        write_text(path, _drawn(figure).to_csv(index=False, float_format="%.7g"))
        return
    if ending == "txt":
        write_text(
            path, f"{textwrap.fill(figure.caption, CAPTION_LETTERS, break_on_hyphens=False)}\n"
        )
        return
    captions = {"png": {"Description": figure.caption}, "pdf": {"Subject": figure.caption}}
    metadata: dict[str, str | None] = {"Title": title or path.stem}
    metadata |= captions.get(ending, {}) | TIMELESS.get(ending, {"Date": None})
    with matplotlib.style.context(MPLSTYLE), glyphs_alone(), replacing(path) as temporary:
        figure.savefig(temporary, format=ending, dpi=dpi, metadata=metadata)


@contextmanager
def glyphs_alone() -> Iterator[None]:
    """Leave tables on how letters are set out of fonts in a PDF, whose letters have their places.

    To read and cut them took a fifth of the time of drawing.
    """
    from fontTools.subset import Options

    known = getattr(Options, DROPPED, None)
    if known is None:
        yield
        return
    setattr(Options, DROPPED, [*known, *SETTING])
    try:
        yield
    finally:
        setattr(Options, DROPPED, known)


def _drawn(figure: Sheet) -> pd.DataFrame:
    """Return all drawn tables under each other, the name of each in the first column."""
    drawn = pd.concat([table.assign(table=key) for key, table in figure.drawn.items()])
    return drawn[["table", *(column for column in drawn if column != "table")]]
