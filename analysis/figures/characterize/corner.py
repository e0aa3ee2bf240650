"""The posterior of a fit, every two parameters against each other."""

import numpy as np
import pandas as pd

from analysis.figures.characterize.quantities import Shown
from analysis.figures.sheet import Sheet
from analysis.figures.style import PALETTE

PANEL_INCHES = 1.55
MOST_POINTS = 1500
POINT = PALETTE["cation"]
RIDGE = PALETTE["anion"]
BOUND = "#B00020"
BINS = 24
ROOM = 0.05


def corner(
    draws: pd.DataFrame, parameters: pd.DataFrame, ridge: pd.DataFrame, about: str, told: str = ""
) -> Sheet:
    """Draw membranes of the posterior, with the bounds and the direction that is least known.

    Parameters
    ----------
    draws : DataFrame
        One column for each free parameter, by its label, SI.
    parameters : DataFrame
        parameter, value, bound_low, bound_high (SI); in the order of the panels.
    ridge : DataFrame
        Columns as ``draws``: places along the longest axis of the normal approximation.
    about : str
        What was fitted, for the caption.
    told : str
        How the draws were made.
    """
    labels = [label for label in parameters.parameter if label in draws]
    count = len(labels)
    side = PANEL_INCHES * count + 0.5
    sheet = Sheet(max(side, 3.0), max(side, 2.4))
    quantities = {label: Shown(label) for label in labels}
    step = -(-len(draws) // MOST_POINTS)
    points = sheet.keep("draws", _shown(draws[labels].iloc[::step], quantities))
    line = sheet.keep("ridge", _shown(ridge[labels], quantities))
    rows = parameters.set_index("parameter").loc[labels]
    best = {label: quantities[label].value(rows.value[label]) for label in labels}
    bounds = {
        label: tuple(
            quantities[label].value(rows[end][label]) for end in ("bound_low", "bound_high")
        )
        for label in labels
    }
    limits = {label: _limits(points[label], best[label], bounds[label]) for label in labels}
    grid = sheet.subplots(count, count, squeeze=False)
    for i, down in enumerate(labels):
        for j, across in enumerate(labels):
            axes = grid[i, j]
            if j > i:
                axes.set_visible(False)
                continue
            axes.set_xlim(limits[across])
            _walls(axes.axvline, bounds[across], limits[across])
            if i == j:
                axes.hist(
                    points[down], bins=np.linspace(*limits[down], BINS), color=POINT, alpha=0.6
                )
                axes.axvline(best[down], color="black", lw=0.8, ls=(0, (1, 1.2)))
                axes.set_yticks([])
                axes.spines["left"].set_visible(False)
            else:
                axes.set_ylim(limits[down])
                _walls(axes.axhline, bounds[down], limits[down])
                axes.plot(points[across], points[down], "o", color=POINT, ms=1.4, alpha=0.25, mew=0)
                axes.plot(line[across], line[down], color=RIDGE, lw=1.0)
                axes.plot(best[across], best[down], "+", color="black", ms=7, mew=1.2)
            axes.locator_params(nbins=4)
            axes.tick_params(labelleft=j == 0 and i > 0, labelbottom=i == count - 1)
            if i == count - 1:
                axes.set_xlabel(quantities[across].axis.replace(" (", "\n("))
            if j == 0 and i > 0:
                axes.set_ylabel(quantities[down].axis.replace(" (", "\n("))
    sheet.align_ylabels()
    return sheet.finish(
        f"{about} Points: membranes drawn from the posterior{f' ({told})' if told else ''}; on the "
        "diagonal their distributions. Cross and dotted: best fit. Orange: the direction that the "
        "data tell least of, in the normal approximation around the best fit; where points leave "
        "it, that approximation fails. Red: bounds of the search, where they lie in the panel."
    )


def _shown(table: pd.DataFrame, quantities: dict[str, Shown]) -> pd.DataFrame:
    return pd.DataFrame({label: q.value(table[label]) for label, q in quantities.items()})


def _limits(values: pd.Series, best: float, bounds: tuple[float, float]) -> tuple[float, float]:
    low, high = min(values.min(), best), max(values.max(), best)
    room = ROOM * (high - low) or ROOM * abs(best) or ROOM
    # A bound that is near is shown.
    low = min(low, bounds[0]) if low - bounds[0] < 3 * room else low
    high = max(high, bounds[1]) if bounds[1] - high < 3 * room else high
    return low - room, high + room


def _walls(draw, bounds: tuple[float, float], limits: tuple[float, float]) -> None:
    for bound in bounds:
        if limits[0] <= bound <= limits[1]:
            draw(bound, color=BOUND, lw=1.2)
