"""Slab correction of three-dimensional lattice sums: the cell's dipole meets no images along z.

A lattice sum takes a cell with vacuum at its ends for one of a pile of slabs, each in the field of
the dipoles of all others. For a neutral cell of volume V and dipole M along z the energy of that is
-2 pi k M^2 / V (k is Coulomb's constant), which is taken back here: I.-C. Yeh and M. L. Berkowitz,
J. Chem. Phys. 111, 3155 (1999), eq. 10. Forces are -4 pi k M q / V on a charge q.
"""

import math
from dataclasses import dataclass

import numpy as np
import openmm
from openmm import unit

from mdtools.constants import KJ_PER_EV
from mdtools.systems.forces import register
from mdtools.systems.system import charges

SLAB_GROUP = 25
CENTRE = "slab_centre"
"""Global parameter: z in nm around which ions and membrane are taken, in the middle of the cell."""
NAME = "slab correction"
COULOMB_KJ_NM = 138.93545764
"""Coulomb's constant in kJ/mol nm/e^2 (CODATA 2018)."""
DIPOLE = "charge*(z - apart*box_z*floor((z - slab_centre)/box_z + 0.5))"


@dataclass(frozen=True)
class SlabDipole:
    """Dipole of a cell along z, in e nm, and what the correction for it is, or would be."""

    dipole_e_nm: float
    volume_nm3: float

    @property
    def energy_kJ_mol(self) -> float:
        """Energy of the correction.

        >>> round(SlabDipole(2.0, 400.0).energy_kJ_mol, 2)
        8.73
        """
        return 2 * math.pi * COULOMB_KJ_NM * self.dipole_e_nm**2 / self.volume_nm3

    @property
    def field_V_nm(self) -> float:
        """Field of the correction on every charge; against the dipole."""
        per_charge = -4 * math.pi * COULOMB_KJ_NM * self.dipole_e_nm / self.volume_nm3
        return per_charge / KJ_PER_EV

    @classmethod
    def of(cls, charge_e: np.ndarray, positions: np.ndarray, box_nm: np.ndarray) -> "SlabDipole":
        """Dipole of charges (N,) at positions (N, 3), nm, none wrapped along z, in a box (3,)."""
        return cls(float(charge_e @ positions[:, 2]), float(np.prod(box_nm)))


def add_slab_correction(
    system: openmm.System, whole: np.ndarray, centre_nm: float
) -> openmm.CustomCVForce:
    """Add the correction to a neutral system; returns the force, in its own group.

    A platform may shift each molecule by whole boxes along z. That leaves the dipole of a neutral
    one as it is; all others are taken at their image nearest to the middle of the cell.

    Parameters
    ----------
    whole : (n,) int array
        Atoms of neutral molecules, taken where the platform has them.
    centre_nm : float
        z of the middle of the cell.
    """
    charge_e = charges(system)
    apart = np.ones(len(charge_e))
    apart[whole] = 0.0
    dipole = openmm.CustomExternalForce(DIPOLE)
    dipole.addPerParticleParameter("charge")
    dipole.addPerParticleParameter("apart")
    height = system.getDefaultPeriodicBoxVectors()[2][2].value_in_unit(unit.nanometer)
    dipole.addGlobalParameter("box_z", height)
    dipole.addGlobalParameter(CENTRE, centre_nm)
    for atom in np.flatnonzero(charge_e).tolist():
        dipole.addParticle(atom, [charge_e[atom], apart[atom]])
    force = openmm.CustomCVForce("slab_k*dipole^2")
    force.addCollectiveVariable("dipole", dipole)
    force.addGlobalParameter("slab_k", 2 * math.pi * COULOMB_KJ_NM / _volume(system))
    return register(system, force, NAME, SLAB_GROUP)


def centre_slab(context: openmm.Context, centre_nm: float) -> None:
    """Take ions and membrane around a z, as the cell has moved; nothing without a correction."""
    if CENTRE in context.getParameters():
        context.setParameter(CENTRE, centre_nm)


def _volume(system: openmm.System) -> float:
    a, b, c = system.getDefaultPeriodicBoxVectors()
    return float((a[0] * b[1] * c[2]).value_in_unit(unit.nanometer**3))
