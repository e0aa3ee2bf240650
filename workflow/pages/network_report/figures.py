"""The figures of a membrane report, drawn and written to files and for the page."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib.style
import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.files import save_all
from analysis.figures.layouts import charge_layouts
from analysis.figures.membrane import density_profile, pore_sizes
from analysis.figures.style import MPLSTYLE
from analysis.figures.titration import titration

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


@dataclass(frozen=True)
class DrawnFigure:
    """A drawn figure holds what the page shows: title, image and caption."""

    name: str
    title: str
    image: str
    caption: str


def draw(name: str, tables: dict[str, pd.DataFrame], directory: Path) -> DrawnFigure:
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
    save_all(figure, directory / name)
    image = base64.b64encode((directory / f"{name}.png").read_bytes()).decode()
    return DrawnFigure(name, TITLES[name], f"data:image/png;base64,{image}", figure.caption)
