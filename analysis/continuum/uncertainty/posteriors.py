"""A posterior is what a fit leaves open: a normal distribution of scaled parameters, or samples."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from analysis.continuum.arrays import Array, Ints
from analysis.continuum.model import finite_array
from analysis.continuum.pores.parameters import MEMBRANE_FIELDS, SCALES

NAMES = ("pore_radius", "effective_thickness", "pore_permittivity", "charge_density")
POSITIVE = tuple(name for name in MEMBRANE_FIELDS if name != "charge_density")
LEAST_EIGENVALUE = -1e-9
"""Over the largest: what rounding may leave of a covariance that has none below 0."""


@dataclass(frozen=True)
class Posterior:
    """Membrane parameters as uncertain as data left them.

    Attributes
    ----------
    names : fields of ``Membrane``
    samples : dict of (m,) arrays by name, SI units, or None
    mean, covariance : (p,), (p, p) arrays, or None
        Of scaled parameters: pore_radius (m), ln effective_thickness (m), 1 / pore_permittivity,
        asinh charge_density (mol/m3), ln matrix_permittivity.
    """

    names: tuple[str, ...]
    samples: dict[str, Array] | None = None
    mean: Array | None = None
    covariance: Array | None = None

    @classmethod
    def normal(
        cls, mean: npt.ArrayLike, covariance: npt.ArrayLike, names: tuple[str, ...] = NAMES
    ) -> "Posterior":
        """Normal distribution of scaled parameters.

        Raises
        ------
        ValueError
            An unknown name, shapes that do not fit, a covariance that is none.
        """
        _check_names(names)
        mean = np.atleast_1d(finite_array("mean of the posterior", mean))
        covariance = np.atleast_2d(finite_array("covariance of the posterior", covariance))
        size = len(names)
        if mean.shape != (size,) or covariance.shape != (size, size):
            raise ValueError(
                f"the posterior's mean and covariance have shapes {mean.shape} and "
                f"{covariance.shape}, allowed: ({size},), ({size}, {size}) for {', '.join(names)}"
            )
        errors = np.sqrt(np.abs(np.diag(covariance)))
        errors[errors == 0] = 1.0
        correlation = covariance / np.outer(errors, errors)
        even = np.allclose(correlation, correlation.T, atol=1e-8)
        if not even or np.linalg.eigvalsh(correlation).min() < LEAST_EIGENVALUE * size:
            raise ValueError(
                "the posterior's covariance is not symmetric with no negative direction"
            )
        return cls(tuple(names), mean=mean, covariance=covariance)

    @classmethod
    def of_samples(cls, samples: Mapping[str, npt.ArrayLike]) -> "Posterior":
        """Samples (m,) of fields of a membrane, in SI units, equally likely."""
        _check_names(tuple(samples))
        arrays = {
            name: np.atleast_1d(
                finite_array(f"posterior samples of {name}", values, positive=name in POSITIVE)
            )
            for name, values in samples.items()
        }
        shapes = {array.shape for array in arrays.values()}
        if len(shapes) != 1 or len(shapes.pop()) != 1:
            raise ValueError("posterior samples: allowed are arrays of one length")
        return cls(tuple(samples), samples=arrays)

    @property
    def dimensions(self) -> int:
        """Uniform numbers that a draw takes."""
        return len(self.names) if self.samples is None else 1

    def draw(self, points: Array) -> dict[str, Array]:
        """Values (n,) by field of uniform points (n, dimensions)."""
        if self.samples is not None:
            first = next(iter(self.samples.values()))
            rows: Ints = (points[:, 0] * len(first)).astype(np.intp)
            return {name: values[rows] for name, values in self.samples.items()}
        assert self.mean is not None and self.covariance is not None
        errors = np.sqrt(np.diag(self.covariance))
        safe = np.where(errors > 0, errors, 1.0)
        values, vectors = np.linalg.eigh(self.covariance / np.outer(safe, safe))
        # The widest direction takes the best spread of the sequence's dimensions.
        root = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0.0))
        scaled = self.mean + errors * (scipy.special.ndtri(points) @ root.T)
        drawn = {name: SCALES[name].physical(scaled[:, i]) for i, name in enumerate(self.names)}
        for name, array in drawn.items():
            share = float((array <= 0).mean())
            if name in POSITIVE and share > 0:
                raise ValueError(
                    f"the posterior has {name} at or below 0 in {share:.2%} of its draws: "
                    "it is too wide for its scale; allowed are samples instead"
                )
        return drawn


def _check_names(names: tuple[str, ...]) -> None:
    for name in names:
        if name not in MEMBRANE_FIELDS:
            allowed = ", ".join(MEMBRANE_FIELDS)
            raise ValueError(f"the posterior has {name!r}, allowed: {allowed}")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"the posterior has {', '.join(names) or 'no name'}, allowed is each once")
