"""The figures of a membrane report: drawn, written, and ready for the page."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib.style
import pandas as pd
from matplotlib.figure import Figure

from analysis.figures import TIMELESS
from analysis.figures.layouts import charge_layouts
from analysis.figures.membrane import density_profile, pore_sizes
from analysis.figures.style import MPLSTYLE
from analysis.figures.titration import titration
from analysis.writing import replacing, write_text

MEMBRANE_FIGURES: dict[str, Callable[..., Figure]] = {
    function.__name__: function
    for function in (density_profile, pore_sizes, charge_layouts, titration)
}
TITLES = {
    "density_profile": "Density along z",
    "pore_sizes": "Pore sizes",
    "charge_layouts": "Charge layouts",
    "titration": "Charged sites against pH",
}
DPI = 200


@dataclass(frozen=True)
class Drawn:
    """A figure as the page shows it."""

    name: str
    title: str
    image: str
    caption: str


def draw(name: str, tables: dict[str, pd.DataFrame], directory: Path) -> Drawn:
    """Draw a figure and write <directory>/<name>.png, .pdf and .csv, the last with all drawn.

    Parameters
    ----------
    name : str
        One of MEMBRANE_FIGURES.
    tables : dict
        The tables that the figure's function takes, by parameter.
    """
    with matplotlib.style.context(MPLSTYLE):
        figure = MEMBRANE_FIGURES[name](**tables)
        for ending, metadata in _metadata(name, figure.caption).items():
            with replacing(directory / f"{name}.{ending}") as temporary:
                figure.savefig(temporary, format=ending, dpi=DPI, metadata=metadata)
    drawn = pd.concat([table.assign(table=key) for key, table in figure.drawn.items()])
    drawn = drawn[["table", *(column for column in drawn if column != "table")]]
    write_text(directory / f"{name}.csv", drawn.to_csv(index=False, float_format="%.7g"))
    image = base64.b64encode((directory / f"{name}.png").read_bytes()).decode()
    return Drawn(name, TITLES[name], f"data:image/png;base64,{image}", figure.caption)


def _metadata(name: str, caption: str) -> dict[str, dict]:
    about = {"png": {"Title": name, "Description": caption}}
    about["pdf"] = {"Title": name, "Subject": caption}
    return {ending: about[ending] | timeless for ending, timeless in TIMELESS.items()}
