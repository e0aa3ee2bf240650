"""Scaling of a periodic box in which every constraint group is moved as a rigid body.

Atom-wise scaling would stretch constraints, which the integrator pulls back to their lengths behind
the back of the acceptance test; molecule-wise scaling cannot strain a network that is bonded to its
own image, as that is one molecule. Between the two, each constraint group (a heavy atom with its
hydrogens, a rigid water with its virtual site) follows the scaling with its centroid only.
"""

import numpy as np
import openmm
import scipy
from openmm import unit

from mdtools.errors import PhysicsError, SettingsError
from mdtools.systems.constraints import check_constraints, constraint_groups
from mdtools.systems.system import masses

AXES = {"x": (0,), "y": (1,), "z": (2,), "xy": (0, 1), "xyz": (0, 1, 2)}
"""Box lengths that are scaled together, by the same factor: ``xy`` is an area, ``xyz`` a volume."""


class GroupScaling:
    """Constraint groups of a Context's System, and its box scaled with their centroids.

    Positions may be any image of a whole group: the centroid s (c + n L) of an image n stays the
    image n of the scaled box s L, so bonds by minimum image through the boundary, also of a network
    bonded to its own image, are strained like any other. Forces that refer to fixed places, such as
    the lateral places of tethers (`mdtools.systems.forces.add_tether`), or to a coordinate itself,
    such as a constant force along z, do not move with the box: their energy changes in a move and
    stands against it, so the area of a tethered sheet is pinned.

    Parameters
    ----------
    context : openmm.Context
        With positions; every constraint group whole. Its box must be rectangular.

    Attributes
    ----------
    moving_groups : int
        Constraint groups with mass. Fixed atoms (mass zero) are carried along with the box, but
        have no thermal motion and do not count.

    Raises
    ------
    SettingsError
        If the System is not periodic, or its box not rectangular.
    ValueError
        If a constraint is torn, or joins a fixed and a moving atom.
    """

    def __init__(self, context: openmm.Context) -> None:
        system = context.getSystem()
        if not system.usesPeriodicBoundaryConditions():
            raise SettingsError(
                "the system is not periodic: a box can be scaled only where a force uses periodic "
                "boundary conditions"
            )
        state = context.getState(positions=True)
        rectangular_box(state)
        check_constraints(positions_nm(state), system)
        self._context = context
        self._groups = context.getIntegrator().getIntegrationForceGroups()
        self._smallest_nm = 2 * _longest_cutoff(system)
        self._label = constraint_groups(system)
        sizes = np.bincount(self._label)
        atoms = np.arange(len(self._label))
        weights = 1.0 / sizes[self._label]
        self._mean = scipy.sparse.csr_array(
            (weights, (self._label, atoms)), shape=(len(sizes), len(atoms))
        )
        self.moving_groups = len(np.unique(self._label[masses(system) > 0]))

    def scaled(self, positions: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Return positions (N, 3) whose group centroids are multiplied by factors (3,)."""
        shifts = (self._mean @ positions) * (np.asarray(factors) - 1.0)
        return positions + shifts[self._label]

    def present(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Return positions (N, 3) in nm, box lengths (3,) in nm and the energy in kJ/mol."""
        state = self._context.getState(positions=True, energy=True, groups=self._groups)
        return positions_nm(state), rectangular_box(state), energy_kJ_mol(state)

    def energy_of(self, positions: np.ndarray, box_nm: np.ndarray) -> float:
        """Put positions and a box into the Context and return the potential energy, kJ/mol.

        Raises
        ------
        PhysicsError
            If a box length falls below twice the longest cut-off.
        """
        if box_nm.min() < self._smallest_nm:
            raise PhysicsError(
                f"a box length would be {box_nm.min():.3f} nm, below twice the longest cut-off, "
                f"{self._smallest_nm:.3f} nm: start from a larger box"
            )
        self.put(positions, box_nm)
        return energy_kJ_mol(self._context.getState(energy=True, groups=self._groups))

    def put(self, positions: np.ndarray, box_nm: np.ndarray) -> None:
        """Put positions and a box into the Context; velocities stay."""
        self._context.setPeriodicBoxVectors(*np.diag(box_nm))
        self._context.setPositions(positions)
        self._context.computeVirtualSites()


def axes_of(name: str) -> tuple[int, ...]:
    """Return the columns of axes by their name; SettingsError for an unknown one."""
    if name not in AXES:
        raise SettingsError(f"axes are {name!r}, allowed are {', '.join(AXES)}")
    return AXES[name]


def rectangular_box(state: openmm.State) -> np.ndarray:
    """Return the box lengths (3,) in nm of a state; SettingsError unless it is rectangular."""
    vectors = state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer)
    lengths = np.diag(vectors)
    if (vectors != np.diag(lengths)).any():
        raise SettingsError(f"the box is not rectangular, its vectors are {vectors.tolist()}")
    return lengths.copy()


def positions_nm(state: openmm.State) -> np.ndarray:
    """Return the positions (N, 3) of a state in nm."""
    return state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)


def energy_kJ_mol(state: openmm.State) -> float:
    """Return the potential energy of a state in kJ/mol."""
    return state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)


def _longest_cutoff(system: openmm.System) -> float:
    """Longest cut-off of all forces, nm; 0 without any."""
    kinds = (openmm.NonbondedForce, openmm.CustomNonbondedForce)
    return max(
        (
            force.getCutoffDistance().value_in_unit(unit.nanometer)
            for force in system.getForces()
            if isinstance(force, kinds) and force.usesPeriodicBoundaryConditions()
        ),
        default=0.0,
    )
