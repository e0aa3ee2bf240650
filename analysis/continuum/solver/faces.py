"""Partition coefficients at the two faces of a membrane, as compositions change them.

G = steric x Born x gamma_solution / gamma_pore x image. The coefficients of activity in the pore
and the image charges depend on what is in the pore, and so on G itself.
"""

from dataclasses import dataclass

import numpy as np

from analysis.continuum import activity, partitioning
from analysis.continuum.model import Model
from analysis.continuum.species import Ion

TOLERANCE = 1e-12
"""In the logarithm of a factor."""
ROUNDS = 300
DAMPED = 0.5
"""Share of a change that is made where the last one was the other way."""


@dataclass(frozen=True)
class Faces:
    """What the partition of a batch depends on; arrays (B,) but ``fixed`` (B, n).

    Attributes
    ----------
    fixed : steric times Born
    charges : (n,)
    open : (B, n) bool
        Ions that enter the pore.
    """

    model: Model
    ions: tuple[Ion, ...]
    temperature: float
    fixed: np.ndarray
    open: np.ndarray
    pore_radius: np.ndarray
    pore_permittivity: np.ndarray
    matrix_permittivity: np.ndarray

    @property
    def constant(self) -> bool:
        """Whether nothing depends on a composition."""
        model = self.model
        ideal = model.activity == "ideal" and model.pore_activity == "ideal"
        return ideal and model.image_charges is None

    def rows(self, which) -> "Faces":
        """Part of the batch."""
        names = ("fixed", "open", "pore_radius", "pore_permittivity", "matrix_permittivity")
        return Faces(**{**vars(self), **{name: getattr(self, name)[which] for name in names}})

    def factors(self, solution, density) -> dict[str, np.ndarray]:
        """``activity`` and ``image`` factors (B, n) of the partition next to a solution.

        The pore's composition is found with its factors by iteration from the one without: where
        image charges leave two compositions possible, the more concentrated one.

        Parameters
        ----------
        solution : (B, n) array, mol/m3
        density : (B,) array, mol/m3
            Fixed charge at that face.
        """
        outside = self._gamma(self.model.activity, solution)
        ones = np.ones_like(self.fixed)
        found = {"activity": outside, "image": ones}
        if self.model.pore_activity == "ideal" and self.model.image_charges is None:
            return found
        log, before = np.zeros_like(self.fixed), np.zeros_like(self.fixed)
        found = {"activity": outside.copy(), "image": ones.copy()}
        left = np.arange(len(solution))
        for _ in range(ROUNDS):
            part = self.rows(left)
            pore = part._pore(solution[left], density[left], outside[left] * np.exp(log[left]))
            inside, image = part._inside(pore)
            change = np.where(part.open, np.log(image / inside), 0.0) - log[left]
            found["activity"][left], found["image"][left] = outside[left] / inside, image
            turned = change * before[left] < 0
            log[left] += np.where(turned, DAMPED, 1.0) * change
            before[left] = change
            left = left[~(np.abs(change).max(axis=1) < TOLERANCE)]
            if not len(left):
                break
        return found

    def _gamma(self, kind: str, concentrations):
        gamma = activity.coefficients(kind, self.ions, concentrations, self.temperature)
        return np.where(concentrations >= 0, gamma, 1.0)

    def _pore(self, solution, density, factor):
        charges = np.where(self.open, [float(ion.charge) for ion in self.ions], 0.0)
        partition = np.where(self.open, self.fixed * factor, 0.0)
        return partitioning.donnan(solution, charges, density, partition)[0]

    def _inside(self, pore):
        gamma = self._gamma(self.model.pore_activity, pore)
        if self.model.image_charges is None:
            return gamma, np.ones_like(gamma)
        charges = np.array([float(ion.charge) for ion in self.ions])
        mu = partitioning.image_screening(
            pore, charges, self.pore_radius, self.pore_permittivity, self.temperature
        )
        image = partitioning.image(
            charges,
            mu,
            self.pore_radius,
            self.pore_permittivity,
            self.matrix_permittivity,
            self.temperature,
            self.model.image_charges,
        )
        return gamma, image
