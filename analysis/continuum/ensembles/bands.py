"""Bands: the range of what membranes of an ensemble reject, at measurements and between them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.characterize.forward import Forward
from analysis.continuum.characterize.measurements import Measurements
from analysis.continuum.characterize.parameters import NAMES
from analysis.continuum.characterize.rows import Point

POINTS = 16
"""Of a curve."""
MARGIN = (0.7, 1.15)
"""Ends of a curve over the smallest and the largest measured flux or pressure."""
ALONE = (0.5, 1.6)
"""The same where a feed was measured at one flux only."""
CELLS = 32
"""Most cells of the march."""


def curve_points(
    data: Measurements, drive: str | None = None, number: int = POINTS
) -> Measurements:
    """Points along the flux (or pressure) of each feed and series, of every ion of the feed.

    Parameters
    ----------
    data : Measurements
    drive : as of ``fit``; None for the flux where there is one
    number : of points of each curve, evenly over the logarithm
    """
    groups: dict[tuple[object, ...], list[Point]] = {}
    for point in data.points:
        if point.ion is None:
            continue
        by_pressure = drive == "pressure" or (drive is None and np.isnan(point.flux))
        conditions = (point.composition, point.temperature, point.permittivity)
        groups.setdefault((point.feed, point.series, by_pressure, *conditions), []).append(point)
    points = []
    for (_, _, by_pressure, *_), measured in groups.items():
        role = "pressure" if by_pressure else "flux"
        found = np.array([getattr(point, role) for point in measured])
        low, high = ALONE if found.min() == found.max() else MARGIN
        for value in np.geomspace(low * found.min(), high * found.max(), number):
            flux, pressure = (np.nan, value) if by_pressure else (value, np.nan)
            for ion, _ in measured[0].composition:
                points.append(
                    replace(
                        measured[0],
                        ion=ion,
                        flux=float(flux),
                        pressure=float(pressure),
                        rejection=np.nan,
                        sd=np.nan,
                        line=0,
                    )
                )
    return Measurements(tuple(points), data.source)


def rejections(forward: Forward, parameters: Mapping[str, Array], labels: Iterable[str]) -> Array:
    """Rejections (n, N) of membranes (n,) at the points of ``forward``.

    Parameters
    ----------
    parameters : by label, SI
    labels : of the charge density of each group
    """
    named = {name: np.atleast_1d(parameters[name]) for name in NAMES[:-1]}
    charges = np.stack([np.atleast_1d(parameters[label]) for label in labels], axis=-1)
    return forward(named, charges, CELLS)


def intervals(values: Array, level: float) -> dict[str, Array]:
    """Median and ends of the central interval over membranes (n, N); NaN where none was solved.

    >>> ends = intervals(np.arange(101.0)[:, None], 0.9)
    >>> [round(float(ends[name][0]), 6) for name in ("low", "median", "high")]
    [5.0, 50.0, 95.0]
    """
    shares = ((1 - level) / 2, 0.5, (1 + level) / 2)
    found = np.full((3, values.shape[1]), np.nan)
    known = np.isfinite(values).any(axis=0)
    found[:, known] = np.nanquantile(values[:, known], shares, axis=0)
    return dict(zip(("low", "median", "high"), found, strict=True))
