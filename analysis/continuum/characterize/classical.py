"""The classical characterisation in four steps, one parameter each, with its propagation of errors.

Uncharged solutes give the pore radius, pure water the thickness, rejections of a salt at the
isoelectric point the permittivity, and other rejections the charge: appendix D of Rehman, Sheriff and
Lienhard, Water Research 243 (2023), eqs. D.8 to D.14, after Bowen, Mohammad and Hilal, J. Membr. Sci.
126, 91 (1997). Each step takes what the steps before found as certain; their uncertainty is carried
along afterwards, linearly, as is usual. ``fit`` does neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.continuum import hindrance, partitioning, water
from analysis.continuum.arrays import Array, Ints
from analysis.continuum.characterize import levenberg
from analysis.continuum.characterize.faults import MeasurementsError
from analysis.continuum.characterize.forward import Forward
from analysis.continuum.characterize.measurements import Measurements
from analysis.continuum.characterize.objective import LOCAL_CELLS
from analysis.continuum.characterize.parameters import BOUNDS, NAMES, UNITS, Parameter, Range
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model

if TYPE_CHECKING:
    import pandas as pd

VARIANTS = ("sequential", "simultaneous")
STARTS = 8
"""Of each local fit, evenly over the bounds."""
CHANGE = 0.01
"""Relative change of an earlier parameter, for the sensitivity of a later one."""


@dataclass(frozen=True)
class FourSteps:
    """Result of the four steps.

    Attributes
    ----------
    best : dict by name, SI
    own_sd : dict by name
        From the scatter or sd of the step's data alone, what came before being certain.
    sd : dict by name
        With the uncertainty of what came before, propagated linearly.
    elasticity : dict of dicts
        elasticity[later][earlier] is d ln |later| / d ln earlier: 2 means that 10 % in one are 20 %
        in the other.
    rmse : dict by name
        Of the step's rejections, or of its relative fluxes.
    variant : one of VARIANTS
    assumptions : dict, in words
    warnings : tuple of str
    """

    best: dict[str, float]
    own_sd: dict[str, float]
    sd: dict[str, float]
    elasticity: dict[str, dict[str, float]]
    rmse: dict[str, float]
    variant: str
    assumptions: dict[str, object] = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def membrane(self) -> Membrane:
        """Membrane of the four parameters."""
        return Membrane(*(self.best[name] for name in NAMES))

    def table(self) -> "pd.DataFrame":
        """One row a parameter: value, own_sd, sd, rmse of its step, unit, d ln / d ln of others."""
        import pandas as pd

        return pd.DataFrame(self._rows())

    def as_dict(self) -> dict[str, object]:
        """Everything, of plain types that JSON can hold."""
        return {
            "parameters": self._rows(),
            "variant": self.variant,
            "warnings": list(self.warnings),
            "assumptions": {key: str(value) for key, value in self.assumptions.items()},
        }

    def _rows(self) -> list[dict[str, object]]:
        return [
            {
                "parameter": name,
                "value": self.best[name],
                "own_sd": self.own_sd[name],
                "sd": self.sd[name],
                "rmse": self.rmse[name],
                "unit": UNITS[name],
                **{f"elasticity_{n}": self.elasticity[name].get(n) for n in NAMES[:-1]},
            }
            for name in NAMES
        ]


def four_step(
    data: Measurements,
    *,
    isoelectric: str = "isoelectric",
    variant: str = "sequential",
    limiting: bool = False,
    model: Model | None = None,
    film: Film | None = None,
    bounds: Mapping[str, Range] | None = None,
) -> FourSteps:
    """Pore radius, thickness, permittivity and charge, one after another.

    Parameters
    ----------
    data : Measurements
        Of one membrane: rejections of uncharged solutes, pure water (flux and pressure, no ion),
        rejections of salts in the series ``isoelectric``, and of ions in any other.
    isoelectric : word of the column ``series`` for what was measured at the isoelectric point
    variant : "sequential" or "simultaneous"
        Radius from rejections (D.10), with the thickness that the water permeability gives it (D.9),
        then the thickness (D.11); or both at once from relative deviations (D.12).
    limiting : bool
        Rejections of uncharged solutes are those at an infinite flux, 1 - Kc Phi (Labban et al.,
        J. Membr. Sci. 521, 18 (2017)).
    model, film : as of ``solve``, in steps three and four
    bounds : pairs by name, SI

    Raises
    ------
    MeasurementsError
        A step has no data; names what is missing.
    ValueError
        Unknown variant or bounds.
    """
    if variant not in VARIANTS:
        raise ValueError(f"variant is {variant!r}, allowed: {', '.join(VARIANTS)}")
    steps = _Steps.of(data, isoelectric, variant, limiting, model, film, bounds)
    best: dict[str, float] = {}
    rmse: dict[str, float] = {}
    own: list[Array] = []
    warnings = []
    for names in steps.order:
        found, covariance, deviation, at_bound = steps.solve(names, best)
        best.update(found)
        own.append(covariance)
        rmse.update(dict.fromkeys(names, deviation))
        warnings += [f"{name} ended at a bound, {best[name]:.4g}: no estimate" for name in at_bound]
    sd, elasticity = _propagated(steps, best, own)
    return FourSteps(
        best=best,
        own_sd={
            name: float(np.sqrt(part[i, i]))
            for names, part in zip(steps.order, own, strict=True)
            for i, name in enumerate(names)
        },
        sd=sd,
        elasticity=elasticity,
        rmse=rmse,
        variant=variant,
        assumptions={
            "steps": "each takes the parameters of those before as certain",
            "errors": "propagated linearly through the steps",
            "uncharged": "limiting rejection" if limiting else "Pe from the flux",
            "isoelectric": f"charge is 0 in series {isoelectric!r}",
            "hindrance": steps.model.hindrance,
            "activity": steps.model.activity,
            "film": "none: rejections are taken as intrinsic" if film is None else "linear",
        },
        warnings=tuple(warnings),
    )


@dataclass(frozen=True)
class _Steps:
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
    ) -> "_Steps":
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
        space = {name: BOUNDS[name] for name in NAMES}
        for name, pair in (bounds or {}).items():
            if name not in space or np.ndim(pair) == 0:
                raise ValueError(f"bounds of {name!r} are {pair!r}, allowed: pairs by {NAMES}")
            space[name] = tuple(pair)  # type: ignore[arg-type]
        return cls(
            solutes=Forward.of(_with_flux(neutral, pure), kind),
            water=pure,
            salts=Forward.of(salts, kind, film),
            charged=Forward.of(charged, kind, film),
            variant=variant,
            limiting=limiting,
            model=kind,
            parameters={name: Parameter(name, "", *pair) for name, pair in space.items()},
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
            return self._ions(self.solutes, given | {"pore_permittivity": np.array(50.0)}, 0.0)
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


def _propagated(
    steps: _Steps, best: Mapping[str, float], own: Sequence[Array]
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Standard deviations with those of earlier steps, and elasticities.

    Jacobian of the later estimates by the earlier parameters, from repeated steps; covariances
    between the parameters of a chain are kept.
    """
    before: list[str] = []
    covariance = np.zeros((0, 0))
    elasticity: dict[str, dict[str, float]] = {}
    for names, part in zip(steps.order, own, strict=True):
        slopes = np.zeros((len(names), len(before)))
        for j, earlier in enumerate(before):
            ends = []
            for sign in (1, -1):
                known = {name: best[name] for name in before}
                known[earlier] *= 1 + sign * CHANGE
                ends.append(steps.again(names, known, best))
            for i, name in enumerate(names):
                slopes[i, j] = (ends[0][name] - ends[1][name]) / (2 * CHANGE * best[earlier])
        for i, name in enumerate(names):
            elasticity[name] = {
                earlier: float(slopes[i, j] * best[earlier] / best[name]) if best[name] else np.nan
                for j, earlier in enumerate(before)
            }
        carried = slopes @ covariance
        corner = carried @ slopes.T + part
        covariance = np.block([[covariance, carried.T], [carried, corner]])
        before += names
    sd = {name: float(np.sqrt(covariance[i, i])) for i, name in enumerate(before)}
    return sd, elasticity
