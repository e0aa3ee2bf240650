"""Steps of the classical characterisation: which data each one takes, and what it minimises."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.continuum import hindrance, partitioning, water
from analysis.continuum.arrays import Array, Ints
from analysis.continuum.characterize.faults import MeasurementsError
from analysis.continuum.characterize.forward import Forward
from analysis.continuum.characterize.measurements import Measurements
from analysis.continuum.characterize.objective import LOCAL_CELLS
from analysis.continuum.characterize.parameters import NAMES, Parameter, Range, Space
from analysis.continuum.film import Film
from analysis.continuum.inference import levenberg
from analysis.continuum.model import Model

STARTS = 8
"""Of each local fit, evenly over the bounds."""
NO_CHARGE_PERMITTIVITY = 50.0
"""Any: it does not count for solutes without a charge."""


@dataclass(frozen=True)
class Steps:
    """Data of each step, and its residuals."""

    solutes: Forward
    water: Measurements
    salts: Forward
    charged: Forward
    variant: str
    limiting: bool
    model: Model
    parameters: Mapping[str, Parameter]

    @classmethod
    def of(
        cls,
        data: Measurements,
        isoelectric: str,
        variant: str,
        limiting: bool,
        model: Model | None,
        film: Film | None,
        bounds: Mapping[str, Range] | None,
    ) -> "Steps":
        """Data parted into steps; MeasurementsError where one has none."""
        pure = data.where(lambda point: point.ion is None)
        neutral = data.where(lambda point: point.ion is not None and not point.ion.charge)
        ions = data.where(lambda point: point.ion is not None and point.ion.charge != 0)
        salts = ions.where(lambda point: point.series == isoelectric)
        charged = ions.where(lambda point: point.series != isoelectric)
        for part, what in (
            (neutral, "rejection of an uncharged solute, for the pore radius"),
            (pure, "flux of pure water at a pressure, for the thickness"),
            (salts, f"rejection of a salt in series {isoelectric!r}, for the permittivity"),
            (charged, "rejection of an ion in another series, for the charge"),
        ):
            if not part.points:
                raise MeasurementsError(f"{data.source}: no {what}; allowed is at least one")
        kind = model or Model()
        space = Space.of(bounds)
        if len(space.free) < len(NAMES):
            raise ValueError(f"bounds fix {', '.join(space.fixed)}, allowed: pairs")
        return cls(
            solutes=Forward.of(_with_flux(neutral, pure), kind),
            water=pure,
            salts=Forward.of(salts, kind, film),
            charged=Forward.of(charged, kind, film),
            variant=variant,
            limiting=limiting,
            model=kind,
            parameters={parameter.name: parameter for parameter in space.free},
        )

    @property
    def order(self) -> tuple[tuple[str, ...], ...]:
        """Names that each step finds."""
        first = (NAMES[:1], NAMES[1:2]) if self.variant == "sequential" else (NAMES[:2],)
        return (*first, NAMES[2:3], NAMES[3:])

    def residuals(self, names: tuple[str, ...], known: Mapping[str, float]) -> levenberg.Residuals:
        """Residuals of a step in scaled parameters; over sd where the data have one."""

        def values(x: Array) -> dict[str, Array]:
            held = {name: np.full(len(x), value) for name, value in known.items()}
            return held | {
                name: self.parameters[name].value(x[:, i]) for i, name in enumerate(names)
            }

        def of(x: Array, rows: Ints) -> Array:
            given = values(x)
            if names == ("pore_radius",):
                given["effective_thickness"] = self._thickness(given["pore_radius"])
                return _weighted(self._uncharged(given), self.solutes.data)
            if names == ("effective_thickness",):
                return self._water(given)
            if names == NAMES[:2]:
                measured = self.solutes.data.rejection
                relative = (self._uncharged(given) - measured) / measured
                return np.concatenate([self._water(given), relative], axis=1)
            if names == ("pore_permittivity",):
                return _weighted(self._ions(self.salts, given, 0.0), self.salts.data)
            return _weighted(
                self._ions(self.charged, given, given["charge_density"]), self.charged.data
            )

        return of

    def solve(
        self, names: tuple[str, ...], known: Mapping[str, float]
    ) -> tuple[dict[str, float], Array, float, list[str]]:
        """Values, their own covariance, RMSE and parameters at a bound, of one step."""
        x, residual = self._minimum(names, known)
        matrix = levenberg.jacobian(residual, x[None], np.zeros(1, dtype=np.intp), step=1e-3)[0]
        left = residual(x[None], np.zeros(1, dtype=np.intp))[0]
        scale = 1.0
        if not self._has_sd(names):
            freedom = len(left) - len(names)
            scale = float(np.sum(left**2) / freedom) if freedom > 0 else np.nan
        covariance = scale * np.linalg.pinv(matrix.T @ matrix)
        values, slopes = {}, np.zeros(len(names))
        for i, name in enumerate(names):
            parameter = self.parameters[name]
            values[name] = float(parameter.value(x[i]))
            ends = parameter.value(np.array([x[i] - 1e-5, x[i] + 1e-5]))
            slopes[i] = (ends[1] - ends[0]) / 2e-5
        at_bound = [name for i, name in enumerate(names) if min(x[i], 1 - x[i]) < 1e-6]
        return values, covariance * np.outer(slopes, slopes), self._rmse(names, left), at_bound

    def again(
        self, names: tuple[str, ...], known: Mapping[str, float], best: Mapping[str, float]
    ) -> dict[str, float]:
        """Values of one step alone, from nearby ones."""
        start = np.array([[self.parameters[name].scaled(best[name]) for name in names]])
        x = levenberg.minimise(self.residuals(names, known), start).x[0]
        return {name: float(self.parameters[name].value(x[i])) for i, name in enumerate(names)}

    def _minimum(
        self, names: tuple[str, ...], known: Mapping[str, float]
    ) -> tuple[Array, levenberg.Residuals]:
        residual = self.residuals(names, known)
        even = (np.arange(STARTS) + 0.5) / STARTS
        start = np.stack([even] + [even[::-1]] * (len(names) - 1), axis=1)
        found = levenberg.minimise(residual, start)
        return found.x[np.argmin(found.cost)], residual

    def _has_sd(self, names: tuple[str, ...]) -> bool:
        data = {
            "pore_radius": self.solutes.data,
            "pore_permittivity": self.salts.data,
            "charge_density": self.charged.data,
        }
        return len(names) == 1 and names[0] in data and bool(np.isfinite(data[names[0]].sd).all())

    def _rmse(self, names: tuple[str, ...], left: Array) -> float:
        forward = {"pore_radius": self.solutes, "pore_permittivity": self.salts}.get(names[0])
        if names == ("charge_density",):
            forward = self.charged
        weights: Array | float = 1.0
        if forward is not None and self._has_sd(names):
            weights = forward.data.sd
        return float(np.sqrt(np.mean((left * weights) ** 2)))

    def _thickness(self, radius: Array) -> Array:
        """Of the mean water permeability: d = r^2 / (8 mu A), least squares of D.11."""
        viscosity = water.viscosity([point.temperature for point in self.water.points])
        drive = self.water.pressure / viscosity
        slope = np.sum(drive * self.water.flux) / np.sum(drive**2)
        return radius**2 / (8 * slope)

    def _water(self, given: Mapping[str, Array]) -> Array:
        """Relative deviations of fluxes (B, n)."""
        viscosity = water.viscosity([point.temperature for point in self.water.points])
        flux = (given["pore_radius"] ** 2 / given["effective_thickness"])[:, None]
        return np.asarray(flux * self.water.pressure / (8 * viscosity) / self.water.flux - 1)

    def _uncharged(self, given: Mapping[str, Array]) -> Array:
        if not self.limiting:
            full = {**given, "pore_permittivity": np.array(NO_CHARGE_PERMITTIVITY)}
            return self._ions(self.solutes, full, 0.0)
        kind = self.model.hindrance
        ions = [point.ion for point in self.solutes.data.points]
        lam = np.array([ion.stokes_radius for ion in ions if ion]) / given["pore_radius"][:, None]
        return 1 - hindrance.convective(lam, kind) * partitioning.steric(lam)

    def _ions(self, forward: Forward, given: Mapping[str, Array], charge: Array | float) -> Array:
        size = len(given["pore_radius"])
        full = {name: np.broadcast_to(given[name], size) for name in NAMES[:-1]}
        return forward(full, np.broadcast_to(charge, size)[:, None].astype(float), LOCAL_CELLS)


def _with_flux(solutes: Measurements, pure: Measurements) -> Measurements:
    """The same with the flux of pure water at its pressure where a solute has none (D.9)."""
    viscosity = water.viscosity([point.temperature for point in pure.points])
    drive = pure.pressure / viscosity
    slope = float(np.sum(drive * pure.flux) / np.sum(drive**2))

    def filled(flux: float, pressure: float, temperature: float) -> float:
        return flux if np.isfinite(flux) else slope * pressure / float(water.viscosity(temperature))

    points = tuple(
        replace(point, flux=filled(point.flux, point.pressure, point.temperature))
        for point in solutes.points
    )
    return Measurements(points, solutes.source)


def _weighted(predicted: Array, data: Measurements) -> Array:
    sd = data.sd if np.isfinite(data.sd).all() else 1.0
    return np.asarray((predicted - data.rejection) / sd)
