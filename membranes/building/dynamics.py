"""Molecular dynamics of a dry network between two soft walls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
import openmm
from openmm import unit

from mdtools.constants import HEAVY_HYDROGEN_DA
from mdtools.options import NonbondedOptions, PlatformOptions
from mdtools.systems.diagnosis import guarded
from mdtools.systems.platforms import new_context
from mdtools.systems.system import SLAB_VACUUM_NM, create_system, plain, polymer_topology
from membranes.networks.network import Network

MINIMISER_TOLERANCE = 10.0
"""Root-mean-square force in kJ/mol/nm, OpenMM's default."""
GUARDED_STEPS = 5000
"""Interval of the checks for values that are not finite; it is replayed if one is there."""
WALL_KJ_MOL_NM2 = 5000.0
"""Stiffness of the walls that keep heavy atoms between the faces while the network forms."""


class Dynamics:
    """Dynamics wrap one OpenMM context of a network with walls at the slab's faces.

    Hydrogens are "flexible", "rigid" (bond lengths constrained) or "heavy" (rigid, of three times
    the mass).

    Raises PhysicsError naming the force and the atoms when something is not finite any more.
    """

    def __init__(
        self,
        network: Network,
        nonbonded: NonbondedOptions,
        platform: PlatformOptions,
        *,
        temperature_K: float,
        friction_per_ps: float,
        timestep_fs: float,
        seed: int,
        hydrogens: str = "flexible",
    ) -> None:
        self._network = network
        self._offset = np.array([0.0, 0.0, SLAB_VACUUM_NM / 2])
        box = network.box_nm + [0.0, 0.0, SLAB_VACUUM_NM]
        topology, templates = polymer_topology(network.polymer(), box)
        self._system = create_system(
            topology,
            templates,
            nonbonded,
            constrain_hydrogens=hydrogens != "flexible",
            hydrogen_mass_Da=HEAVY_HYDROGEN_DA if hydrogens == "heavy" else None,
        )
        self._bonds = self._harmonic_bonds()
        self._system.addForce(self._walls())
        self._context = new_context(
            self._system,
            platform,
            temperature_K=temperature_K,
            friction_per_ps=friction_per_ps,
            timestep_fs=timestep_fs,
            seed=seed,
        )
        self._timestep_fs = timestep_fs
        self._context.setPositions(network.positions + self._offset)
        if network.velocities is None:
            self._context.setVelocitiesToTemperature(temperature_K * unit.kelvin, seed)
        else:
            self._context.setVelocities(network.velocities)

    def minimise(self, steps: int) -> None:
        """Lower the energy by at most ``steps`` iterations of L-BFGS."""
        self._guarded(
            lambda: openmm.LocalEnergyMinimizer.minimize(self._context, MINIMISER_TOLERANCE, steps),
            "minimisation of the network",
            0,
        )

    def thermalise(self, temperature_K: float, seed: int) -> None:
        """Draw all velocities from a Maxwell-Boltzmann distribution."""
        self._context.setVelocitiesToTemperature(temperature_K * unit.kelvin, seed)

    def run(self, duration_ps: float, timestep_fs: float | None = None) -> None:
        """Run Langevin dynamics for a time, at another timestep if one is given."""
        step = timestep_fs or self._timestep_fs
        integrator = self._context.getIntegrator()
        integrator.setStepSize(step * unit.femtosecond)
        left = max(1, round(1000 * duration_ps / step))
        while left:
            stretch = min(left, GUARDED_STEPS)
            self._guarded(
                lambda steps=stretch: integrator.step(steps), "dynamics of the network", stretch
            )
            left -= stretch
        integrator.setStepSize(self._timestep_fs * unit.femtosecond)

    def set_bonds(self, atoms: np.ndarray, lengths_nm: np.ndarray, share: float) -> None:
        """Give bonds (B, 2) the lengths (B,) and a share of the force field's stiffness."""
        for (i, j), length in zip(atoms.tolist(), lengths_nm.tolist(), strict=True):
            index, _, stiffness = self._bonds[frozenset((i, j))]
            self._bond_force.setBondParameters(index, i, j, length, share * stiffness)
        self._bond_force.updateParametersInContext(self._context)

    def bond_lengths(self, atoms: np.ndarray) -> np.ndarray:
        """Return the force field's equilibrium lengths (B,) in nm of bonds (B, 2)."""
        return np.array([self._bonds[frozenset(pair)][1] for pair in atoms.tolist()])

    def energy(self) -> float:
        """Return the potential energy, kJ/mol."""
        state = self._context.getState(energy=True)
        return state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)

    def network(self) -> Network:
        """Return the network with the present positions and velocities."""
        state = self._context.getState(positions=True, velocities=True)
        positions = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer) - self._offset
        velocities = state.getVelocities(asNumpy=True).value_in_unit(
            unit.nanometer / unit.picosecond
        )
        return replace(
            self._network, positions=np.array(positions), velocities=np.array(velocities)
        )

    def _guarded(self, action: Callable[[], object], doing: str, steps: int) -> None:
        guarded(self._context, self._atom_names, action, doing, steps)

    @cached_property
    def _atom_names(self) -> list[str]:
        network = self._network
        return [
            f"{name} of {network.kinds[residue]} {residue}"
            for name, residue in zip(network.names, network.residue, strict=True)
        ]

    def _harmonic_bonds(self) -> dict[frozenset, tuple[int, float, float]]:
        self._bond_force = next(
            f for f in self._system.getForces() if isinstance(f, openmm.HarmonicBondForce)
        )
        table = {}
        for index in range(self._bond_force.getNumBonds()):
            i, j, length, k = self._bond_force.getBondParameters(index)
            table[frozenset((i, j))] = (
                index,
                plain(length),
                plain(k),
            )
        return table

    def _walls(self) -> openmm.CustomExternalForce:
        force = openmm.CustomExternalForce("0.5*k*(max(0, z - high)^2 + max(0, low - z)^2)")
        force.addGlobalParameter("k", WALL_KJ_MOL_NM2)
        force.addGlobalParameter("low", self._offset[2])
        force.addGlobalParameter("high", self._offset[2] + self._network.box_nm[2])
        for row in np.flatnonzero(self._network.elements != "H").tolist():
            force.addParticle(row, [])
        return force
