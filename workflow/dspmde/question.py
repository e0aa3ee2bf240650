"""What ``polyamide dspmde`` asks the continuum solver, and the answer as tables and a figure."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.continuum import (
    Model,
    Solution,
    Transport,
    performance,
    solve,
    solve_pressure,
)
from analysis.continuum.constants import WATER_VISCOSITY
from analysis.continuum.pressure import applied_pressure
from mdtools.atomic import write_text
from mdtools.errors import SettingsError
from workflow.campaign.faults import choices
from workflow.dspmde.files import find_feed, find_film, find_membrane
from workflow.dspmde.units import LMH, MILLI, NANO, PASCAL_PER_BAR, PRESSURE, SPEED, values

TARGETS = {"--plot": (".png", ".pdf", ".svg"), "--csv": (".csv",)}
"""Endings of the files that can be written."""
FASTEST = 1e-3
"""m/s: a flux above is a number without its unit."""
WEAKEST = 1e3
"""Pa: a pressure below is a number without its unit."""
DIGITS = "%.7g"


def check_target(option: str, path: Path | None) -> None:
    """SettingsError if a file cannot be written where, or as what, it is asked for."""
    if path is None:
        return
    if path.is_dir():
        raise SettingsError(f"{option} {path} is a directory, allowed is a file")
    if path.suffix.lower() not in TARGETS[option]:
        ends = choices(TARGETS[option])
        raise SettingsError(f"{option} {path}: allowed are names that end in {ends}")


@dataclass(frozen=True)
class Question:
    """What is asked, in the words of the command line."""

    membrane: str
    feed: str
    flux: tuple[str, ...] = ()
    pressure: tuple[str, ...] = ()
    hindrance: str = "dechadilok-deen"
    activity: str = "ideal"
    pore_activity: str = "ideal"
    image_charges: str = "none"
    born_radius: str = "stokes"
    film: str | None = None
    viscosity_mPa_s: float = WATER_VISCOSITY / MILLI  # noqa: N815

    def answer(self) -> "Answer":
        """Solve it.

        Raises
        ------
        SettingsError
            Names the argument and its value, and says what is allowed.
        """
        membrane, feed = find_membrane(self.membrane), find_feed(self.feed)
        choice = {"film": None if self.film is None else find_film(self.film)}
        viscosity = MILLI * self.viscosity_mPa_s
        if bool(self.flux) == bool(self.pressure):
            raise SettingsError("allowed is one of --flux and --pressure, with one value or more")
        try:
            choice["model"] = self._model()
            if self.flux:
                transport = solve(membrane, feed, self._fluxes(), **choice)
                pressure = applied_pressure(membrane, feed, transport, self.activity, viscosity)
            else:
                pressure = self._pressures()
                transport = solve_pressure(membrane, feed, pressure, viscosity, **choice)
        except SettingsError:
            raise
        except ValueError as error:
            raise SettingsError(" ".join(str(error).split())) from None
        return Answer(self, feed, transport, pressure)

    def _model(self) -> Model:
        return Model(
            hindrance=self.hindrance,
            activity=self.activity,
            pore_activity=self.pore_activity,
            image_charges=None if self.image_charges == "none" else self.image_charges,
            born_radius=_radius(self.born_radius),
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


def _radius(text: str) -> str | float:
    """Born radius: a name, or a number in nm turned into m."""
    try:
        return NANO * float(text)
    except ValueError:
        return text


@dataclass(frozen=True)
class Answer:
    """A solved question.

    Attributes
    ----------
    transport : Transport of shape (F,), F fluxes or pressures
    pressure : (F,) array, Pa
    """

    question: Question
    feed: Solution
    transport: Transport
    pressure: np.ndarray

    @property
    def assumptions(self) -> dict:
        """What the model was, as plain data."""
        made = {name: _plain(value) for name, value in self.transport.assumptions.items()}
        return made | {"viscosity_mPa_s": self.question.viscosity_mPa_s}

    @property
    def assumed(self) -> str:
        """What the model was, in a line."""
        said = (
            f"{name.replace('_', ' ')} {'none' if value is None else value}"
            for name, value in self.assumptions.items()
        )
        return f"Assumed: {'; '.join(said)}."

    @property
    def failed(self) -> np.ndarray:
        """Numbers of the cases that did not converge, from 0."""
        return np.flatnonzero(~self.transport.converged)

    def tidy(self) -> pd.DataFrame:
        """One row for each case and ion; NaN where a case did not converge."""
        transport = self.transport
        table = pd.concat(
            pd.DataFrame(
                {
                    "case": np.arange(len(transport.flux)),
                    "flux_lmh": transport.flux / LMH,
                    "flux_m_s": transport.flux,
                    "pressure_bar": self.pressure / PASCAL_PER_BAR,
                    "ion": ion.name,
                    "feed_mol_m3": float(concentration),
                    "wall_mol_m3": transport.wall[ion.name],
                    "permeate_mol_m3": transport.permeate[ion.name],
                    "rejection": transport.rejection[ion.name],
                    "converged": transport.converged,
                }
            )
            for ion, concentration in zip(self.feed.ions, self.feed.values, strict=True)
        )
        return table.sort_values("case", kind="stable").reset_index(drop=True)

    def wide(self) -> pd.DataFrame:
        """One row for each case: flux, pressure, rejections, hardness removal if there is any."""
        transport = self.transport
        columns = {
            "flux / L/m2/h": transport.flux / LMH,
            "pressure / bar": self.pressure / PASCAL_PER_BAR,
            **{f"R {ion}": rejection for ion, rejection in transport.rejection.items()},
        }
        if any(ion in transport.rejection for ion in performance.HARDNESS):
            columns["hardness removal"] = performance.hardness_removal(transport)
        return pd.DataFrame(columns)

    def plain(self) -> dict:
        """Everything as plain data; None where a case did not converge."""
        rows = self.tidy().astype(object).where(self.tidy().notna(), None)
        cases = []
        for number, own in rows.groupby("case"):
            first = own.iloc[0]
            shared = ("flux_lmh", "flux_m_s", "pressure_bar", "converged")
            case = {name: _plain(first[name]) for name in shared}
            for name in ("feed_mol_m3", "wall_mol_m3", "permeate_mol_m3", "rejection"):
                case[name] = {row.ion: _plain(getattr(row, name)) for row in own.itertuples()}
            for name in ("donnan_feed", "donnan_permeate"):
                case[f"{name}_rt_f"] = _plain(getattr(self.transport, name)[number])
            cases.append(case)
        return {
            "membrane": self.question.membrane,
            "feed": self.question.feed,
            "assumptions": self.assumptions,
            "cases": cases,
        }

    def write_csv(self, path: Path) -> None:
        """Write `tidy` as a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, self.tidy().to_csv(index=False, float_format=DIGITS))

    def draw(self, path: Path) -> None:
        """Draw rejections against flux into a file."""
        from analysis.figures.continuum import draw, rejection_curves, save

        about = (
            f"Rejection from feed {self.question.feed} by membrane {self.question.membrane}, by "
            f"the Donnan steric pore model with dielectric exclusion. {self.assumed}"
        )
        save(draw(rejection_curves, self.tidy(), about), path)


def _plain(value):
    """A value as JSON has it: no numpy, None for what is not a number."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.item() if np.ndim(value) == 0 else value.tolist()
    return None if isinstance(value, float) and not np.isfinite(value) else value
