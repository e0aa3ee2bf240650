"""Questions of ``polyamide dspmde``: membrane, feed and model as the command line names them."""

import re
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.continuum import (
    Model,
    Solution,
    Transport,
    solve,
    solve_pressure,
)
from analysis.continuum.pressure import applied_pressure
from analysis.continuum.units import MILLI, NANO, PRESSURE, SPEED
from mdtools.errors import SettingsError
from workflow.dspmde import defaults
from workflow.dspmde.answer import Answer
from workflow.dspmde.defaults import NO_IMAGE_CHARGES, WATER_VISCOSITY_MPA_S
from workflow.dspmde.files import find_feed, find_film, find_membrane
from workflow.dspmde.units import values

if TYPE_CHECKING:
    import pandas as pd

FASTEST = 1e-3
"""m/s: a flux above is a number without its unit."""
WEAKEST = 1e3
"""Pa: a pressure below is a number without its unit."""
VISCOSITY_MPA_S = (0.1, 100.0)
"""From hot water to syrup: what lies outside is in another unit."""
CURVE_POINTS = 60
"""Fluxes of a curve that is drawn."""
BORN_RADIUS_NM = (0.01, 2.0)
OPTIONS = ("hindrance", "activity", "pore_activity", "image_charges", "born_radius")
"""Arguments of the library that are options of the command line."""


@dataclass(frozen=True)
class Question:
    """A question holds the arguments of ``polyamide dspmde``; its defaults are the command's, too.

    Those of the model are `analysis.continuum.Model`'s.
    """

    membrane: str
    feed: str
    flux: tuple[str, ...] = ()
    pressure: tuple[str, ...] = ()
    hindrance: str = defaults.HINDRANCE
    activity: str = defaults.ACTIVITY
    pore_activity: str = defaults.PORE_ACTIVITY
    image_charges: str = defaults.IMAGE_CHARGES_NAMED
    born_radius: str = defaults.BORN_RADIUS
    film: str | None = None
    viscosity_mPa_s: float = WATER_VISCOSITY_MPA_S  # noqa: N815

    def answer(self) -> Answer:
        """Solve the transport; warnings of the model become notes of the answer.

        Raises
        ------
        SettingsError
            Names the argument and its value, and says what is allowed.
        """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            feed, transport, pressure = self._solve()
        notes = tuple(dict.fromkeys(str(warning.message) for warning in caught))
        return Answer(
            membrane=self.membrane,
            feed=self.feed,
            solution=feed,
            transport=transport,
            pressure=pressure,
            viscosity_mPa_s=self.viscosity_mPa_s,
            notes=notes,
        )

    def between(self, answer: Answer) -> "pd.DataFrame":
        """Return rejections at many fluxes between the lowest and the highest that were answered.

        Those of the answer alone where it has one flux, or none that converged.
        """
        table = answer.tidy()
        solved = table.flux_lmh[table.converged]
        low, high = solved.min(), solved.max()
        if not low < high:
            return table
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            flux = (f"{low:.12g}:{high:.12g}:{CURVE_POINTS}lmh",)
            return replace(self, flux=flux, pressure=()).answer().tidy()

    def _solve(self) -> tuple[Solution, Transport, np.ndarray]:
        membrane, feed = find_membrane(self.membrane), find_feed(self.feed)
        options = {"film": None if self.film is None else find_film(self.film, feed.ions)}
        low, high = VISCOSITY_MPA_S
        if not low <= self.viscosity_mPa_s <= high:
            raise SettingsError(
                f"--viscosity {self.viscosity_mPa_s:g}: allowed is {low:g} to {high:g} mPa s; "
                f"water has {WATER_VISCOSITY_MPA_S:g}"
            )
        viscosity = MILLI * self.viscosity_mPa_s
        if bool(self.flux) == bool(self.pressure):
            raise SettingsError("allowed is one of --flux and --pressure, with one value or more")
        try:
            options["model"] = self._model()
            if self.flux:
                transport = solve(membrane, feed, self._fluxes(), **options)
                pressure = applied_pressure(membrane, feed, transport, self.activity, viscosity)
            else:
                pressure = self._pressures()
                transport = solve_pressure(membrane, feed, pressure, viscosity, **options)
        except SettingsError:
            raise
        except ValueError as error:
            raise SettingsError(_worded(" ".join(str(error).split()))) from None
        if odd := transport.assumptions.get("pore_permittivity"):
            warnings.warn(f"pore permittivity is {odd}", UserWarning, stacklevel=2)
        return feed, transport, pressure

    def _model(self) -> Model:
        return model_of(
            hindrance=self.hindrance,
            activity=self.activity,
            pore_activity=self.pore_activity,
            image_charges=self.image_charges,
            born_radius=self.born_radius,
        )

    def _fluxes(self) -> np.ndarray:
        flux = values(self.flux, "--flux", SPEED, "m/s")
        if (flux > FASTEST).any():
            raise SettingsError(
                f"--flux {','.join(self.flux)}: {flux.max():g} m/s, allowed is up to {FASTEST:g}; "
                "write 3.6lmh for L/m2/h, 1um/s for micrometres a second"
            )
        return flux

    def _pressures(self) -> np.ndarray:
        pressure = values(self.pressure, "--pressure", PRESSURE, "pa")
        if (pressure < WEAKEST).any():
            raise SettingsError(
                f"--pressure {','.join(self.pressure)}: {pressure.min():g} Pa, allowed is from "
                f"{WEAKEST:g}; write 4bar for bar"
            )
        return pressure


def model_of(image_charges: str, born_radius: str, **others: str) -> Model:
    """Return the Model of options as the command line has them; ValueError for one unknown."""
    return Model(
        image_charges=None if image_charges == NO_IMAGE_CHARGES else image_charges,
        born_radius=_radius(born_radius),
        **others,
    )


def _worded(line: str) -> str:
    """Return what the library says of its arguments in the words of the command line.

    >>> _worded("image_charges is 'x', allowed: None, exact")
    "--image-charges is 'x', allowed: none, exact"
    """
    name, _, rest = line.partition(" ")
    if name not in OPTIONS:
        return line
    rest = re.sub(r", or m$", ", or nm", rest.replace("allowed: None", "allowed: none"))
    return f"--{name.replace('_', '-')} {rest}"


def _radius(text: str) -> str | float:
    """Return a Born radius: the name of a kind, or a number given in nm in m."""
    try:
        radius = float(text)
    except ValueError:
        return text
    low, high = BORN_RADIUS_NM
    if not low <= radius <= high:
        raise ValueError(f"born_radius is {text}, allowed is {low:g} to {high:g} nm")
    return NANO * radius
