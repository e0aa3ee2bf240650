"""Questions of ``polyamide fit``: data, parameters and model as the command line names them."""

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from analysis.continuum import Model
from analysis.continuum.characterize import Fit, Measurements, MeasurementsError, WaterPermeability
from analysis.continuum.characterize import fit as fitted
from analysis.continuum.characterize.fitting import LEVEL
from analysis.continuum.characterize.forward import Forward
from analysis.continuum.characterize.objective import Objective
from analysis.continuum.characterize.parameters import Range, Space
from mdtools.errors import SettingsError
from workflow.dspmde.defaults import NO_IMAGE_CHARGES
from workflow.dspmde.files import find_film
from workflow.dspmde.question import model_of
from workflow.fitting.parameters import ranges, water_permeability
from workflow.fitting.sources import Source, find

PORES = ("lognormal",)
TRIAL_CELLS = 16
OPTIONS = {
    "sd": "--sd",
    "water_permeability": "--permeability",
    "drive": "--drive",
    "charge_by": "--charge-by",
}
"""Of the command line, by the library's arguments."""


@dataclass(frozen=True)
class Problem:
    """A question that can be answered: everything read and checked.

    Attributes
    ----------
    source : Source
    data : Measurements
        Of one membrane.
    bounds : dict, SI
    options : dict
        Arguments that ``Forward.of`` and ``fit`` share.
    objective : Objective
    permeability : WaterPermeability or None
    """

    source: Source
    data: Measurements
    bounds: dict[str, Range]
    options: dict[str, object]
    objective: Objective
    permeability: WaterPermeability | None


@dataclass(frozen=True)
class Question:
    """Arguments of ``polyamide fit``; its defaults are the command's, too."""

    data: str
    columns: Path | None = None
    membrane: str | None = None
    feed: str | None = None
    series: str | None = None
    fix: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    charge_by: str = "membrane"
    drive: str | None = None
    sd: float | None = None
    permeability: str | None = None
    film: str | None = None
    hindrance: str = Model.hindrance
    activity: str = Model.activity
    pore_activity: str = Model.pore_activity
    image_charges: str = Model.image_charges or NO_IMAGE_CHARGES
    born_radius: str = Model.born_radius
    level: float = LEVEL
    profiles: bool = True
    bands: bool = True
    pores: str | None = None
    classical: bool = False
    isoelectric: str = "isoelectric"
    seed: int = 0

    def plain(self) -> dict[str, object]:
        """Arguments that JSON can hold."""
        given = asdict(self)
        return given | {"columns": None if self.columns is None else self.columns.name}

    def problem(self) -> Problem:
        """Read and check everything.

        Raises
        ------
        SettingsError
            What is wrong, in one line.
        """
        source = find(self.data, self.columns)
        bounds = ranges(self.fix, self.bounds)
        permeability = None
        if self.permeability is not None:
            permeability = water_permeability(self.permeability)
        film = None if self.film is None else find_film(self.film)
        if self.pores not in (None, *PORES):
            raise SettingsError(f"--pores {self.pores}: allowed is {', '.join(PORES)}")
        if not 0 < self.level < 1:
            raise SettingsError(f"--level {self.level:g}: allowed is between 0 and 1")
        try:
            data = self._chosen(source.data)
            options: dict[str, object] = {
                "model": self.model(),
                "film": film,
                "drive": self.drive,
                "charge_by": self.charge_by,
            }
            forward = Forward.of(data, **options)
            space = Space.of(bounds, forward.groups)
            if not space.free:
                raise SettingsError("--fix holds every parameter, allowed is at least one free")
            objective = Objective.of(forward, space, self.sd, permeability)
            _try(objective)
        except SettingsError:
            raise
        except ValueError as error:
            raise SettingsError(_worded(" ".join(str(error).split()))) from None
        return Problem(source, data, bounds, options, objective, permeability)

    def model(self) -> Model:
        """Equations that were chosen; ValueError for an unknown one."""
        return model_of(
            hindrance=self.hindrance,
            activity=self.activity,
            pore_activity=self.pore_activity,
            image_charges=self.image_charges,
            born_radius=self.born_radius,
        )

    def _chosen(self, data: Measurements) -> Measurements:
        """Measurements of one membrane, feed, series."""
        kept = data.of(self.membrane, self.feed, self.series)
        if len(kept.membranes) > 1:
            names = ", ".join(kept.membranes)
            raise MeasurementsError(
                f"{data.source}: measurements of {names}, allowed is one: name it by --membrane"
            )
        return kept

    def fit(self, problem: Problem) -> tuple[Fit, tuple[str, ...]]:
        """The fit, and warnings of the model, each once."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            found = fitted(
                problem.data,
                problem.bounds,
                sd=self.sd,
                water_permeability=problem.permeability,
                level=self.level,
                with_profiles=self.profiles,
                seed=self.seed,
                **problem.options,
            )
        return found, tuple(dict.fromkeys(str(warning.message) for warning in caught))


def _try(objective: Objective) -> None:
    """Solve for one membrane: what the solver refuses of data and film is refused here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        middle = np.full((1, len(objective.space.free)), 0.5)
        objective.predicted(middle, cells=TRIAL_CELLS)


def _worded(line: str) -> str:
    """Arguments of the library in the words of the command line."""
    for name, option in OPTIONS.items():
        if line.startswith(f"{name} "):
            return f"{option}{line[len(name) :].replace('sd=...', '--sd')}"
    if line.startswith("bounds"):
        return f"--fix or --bounds: {line}"
    return line
