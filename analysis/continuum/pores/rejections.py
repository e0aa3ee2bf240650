"""Measured rejections are arrays over fluxes and ions, each number with its standard deviation."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.model import Solution, finite_array


@dataclass(frozen=True)
class Rejections:
    """Data of a fit; build them with ``of``.

    Attributes
    ----------
    flux : (F,) array, m/s
    rejection : (F, n) or (S, F, n) array
        Of the ions in the order of the solution; NaN where not measured. A leading axis holds sets
        that were measured apart, on coupons of their own.
    sd : array like ``rejection``
        Standard deviations; 1 where none were given.
    has_sd : bool
    """

    flux: Array
    rejection: Array
    sd: Array
    has_sd: bool

    @classmethod
    def of(
        cls,
        solution: Solution,
        flux: npt.ArrayLike,
        rejection: npt.ArrayLike | Mapping[str, npt.ArrayLike],
        sd: npt.ArrayLike | Mapping[str, npt.ArrayLike] | None = None,
        sets: bool = False,
    ) -> "Rejections":
        """Checked data.

        Parameters
        ----------
        solution : feed, of one composition or of one for each flux
        flux : (F,), m/s
        rejection : (F, ions), NaN where not measured, or (F,) by ion name; where ``sets``, also
            (S, F, ions)
        sd : number, or as ``rejection``

        Raises
        ------
        ValueError
            A flux that is not positive, shapes that do not fit, an ion that the feed lacks, no
            number at all, an sd that is not positive.
        """
        flux = np.atleast_1d(finite_array("flux", flux, positive=True))
        if flux.ndim != 1:
            raise ValueError(f"flux has shape {flux.shape}, allowed is (F,)")
        names = [ion.name for ion in solution.ions]
        measured = _by_columns("rejection", rejection, names, len(flux))
        shape = (len(flux), len(names))
        if measured.shape[-2:] != shape or measured.ndim > (3 if sets else 2):
            raise ValueError(
                f"rejection has shape {measured.shape}, allowed is {shape}: "
                f"{len(flux)} fluxes, ions {', '.join(names)}"
            )
        present = np.isfinite(measured)
        if np.isinf(measured).any() or not present.any():
            raise ValueError(
                "rejection: allowed are finite numbers, or NaN where none was measured"
            )
        deviation = np.ones_like(measured)
        if sd is not None:
            given = _by_columns("sd", sd, names, len(flux))
            try:
                deviation = np.broadcast_to(given, measured.shape)
            except ValueError:
                raise ValueError(
                    f"sd has shape {given.shape}, allowed is a number or {measured.shape}"
                ) from None
            finite_array("sd", deviation[present], positive=True)
        _refuse_absent(solution, present)
        return cls(flux, measured, deviation, sd is not None)

    @property
    def present(self) -> Bools:
        """Which rejections were measured."""
        return np.isfinite(self.rejection)

    @property
    def count(self) -> int:
        """Number of measured rejections."""
        return int(self.present.sum())

    def refuse_fewer_than(self, parameters: tuple[str, ...]) -> None:
        """ValueError where there are fewer rejections than parameters."""
        if self.count < len(parameters):
            raise ValueError(
                f"{self.count} rejections cannot tell {len(parameters)} parameters "
                f"({', '.join(parameters)}): allowed are as many or more"
            )

    def residuals(self, rejection: Array) -> Array:
        """(model - measured) / sd of rejections (..., F, n) of a model, (..., count).

        An undefined rejection of the model counts as off by one.
        """
        difference = np.nan_to_num((rejection - self.rejection) / self.sd, nan=1.0)
        return difference[..., self.present]


def _by_columns(
    name: str, values: npt.ArrayLike | Mapping[str, npt.ArrayLike], ions: list[str], fluxes: int
) -> Array:
    """Array of values given as one, or by ion name."""
    if isinstance(values, Mapping):
        unknown = [key for key in values if key not in ions]
        if unknown:
            raise ValueError(
                f"{name} of {unknown[0]}, which the feed lacks: it has {', '.join(ions)}"
            )
        try:
            columns = [
                np.broadcast_to(np.asarray(values.get(ion, np.nan), dtype=float), (fluxes,))
                for ion in ions
            ]
        except ValueError:
            raise ValueError(f"{name} by ion: allowed are arrays of shape ({fluxes},)") from None
        return np.stack(columns, axis=1)
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: allowed are numbers in one array, or by ion name") from None


def _refuse_absent(solution: Solution, present: Bools) -> None:
    shape = present.shape[-2:]
    for i, (ion, value) in enumerate(zip(solution.ions, solution.values, strict=True)):
        try:
            feed = np.broadcast_to(value, shape[:1])
        except ValueError:
            raise ValueError(
                f"concentration of {ion.name} has shape {np.shape(value)}, allowed is a number or "
                f"one for each flux, {shape[:1]}"
            ) from None
        if (present[..., i] & (feed <= 0)).any():
            raise ValueError(f"rejection of {ion.name} is given where the feed has none of it")
