"""Topology and start of a wet slab for GROMACS: the network, its counter-ions, water."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openmm
import pandas as pd

from mdtools.cells.solvation import IonsAndWaters
from mdtools.cells.topology import cell_topology
from mdtools.constants import WATER_SITES
from mdtools.exports.gromacs import Molecules, gro_lines, write_topology
from mdtools.exports.labels import plain_labels
from mdtools.exports.parameters import Parameters, parameters
from mdtools.ions import SHAPES
from mdtools.options import NonbondedOptions
from mdtools.polymer import Polymer
from mdtools.swelling.wet_slab import Parts
from mdtools.systems.heavy_hydrogens import repartitioned
from mdtools.systems.system import charges, constraint_pairs, create_system, lennard_jones, masses

TITLE = "wet slab"
WATER, WATER_ATOMS = "SOL", ("OW", "HW1", "HW2", "MW")
WATER_TYPES = ("tip4pO", "tip4pH", "tip4pH", "tip4pM")
WHOLE_MOLECULE = 3
"""Bonds over which interactions are excluded, at least; water has exclusions of its own."""


def slab_parameters(polymer: Polymer, nonbonded: NonbondedOptions) -> Parameters:
    """Read the network's parameters; residues of the same atoms have the same name."""
    return parameters(polymer, plain_labels(polymer), TITLE, nonbonded)


def write_slab(
    network: Parameters,
    polymer: Polymer,
    parts: Parts,
    ions: pd.DataFrame,
    box_nm: np.ndarray,
    nonbonded: NonbondedOptions,
    hydrogen_mass_Da: float | None,
    top: Path,
    gro: Path,
) -> None:
    """Write a slab without sheets, as `Parts`, in a box (3,) periodic along z as well.

    Parameters
    ----------
    network : Parameters
        Of ``polymer``.
    ions : DataFrame
        ``species`` of the ions of ``parts``.
    hydrogen_mass_Da : float or None
        Of the membrane's hydrogens.
    """
    order = np.argsort(ions["species"].to_numpy(), kind="stable")
    species = ions["species"].to_numpy()[order].tolist()
    mass = network.masses
    if hydrogen_mass_Da is not None:
        mass = repartitioned(mass, network.elements, network.bonds.atoms, hydrogen_mass_Da)
    others = _others(polymer, parts, ions.iloc[order], box_nm, nonbonded)
    write_topology(network, top, masses=mass, others=others)
    positions = np.concatenate([parts.membrane, parts.ions[order], parts.waters.reshape(-1, 3)])
    waters, residues = len(parts.waters), int(network.residue[-1]) + 1
    serials = np.concatenate(
        [
            network.residue,
            residues + np.arange(len(species)),
            residues + len(species) + np.repeat(np.arange(waters), WATER_SITES),
        ]
    )
    labels = [network.residues[row] for row in network.residue]
    own = [_atom_name(name) for name in species]
    labels += own + [WATER] * WATER_SITES * waters
    names = [*network.names, *own, *(WATER_ATOMS * waters)]
    lines = gro_lines(TITLE, serials.tolist(), labels, names, positions, box_nm)
    gro.write_text("\n".join(lines) + "\n", encoding="ascii")


@dataclass(frozen=True)
class _Particles:
    """A System's charges in e, masses in Da, sigma in nm and epsilon in kJ/mol, each (N,)."""

    charge: np.ndarray
    mass: np.ndarray
    sigma_nm: np.ndarray
    epsilon: np.ndarray

    def atom_type(self, name: str, row: int, kind: str) -> str:
        """Give the line of [ atomtypes ] of a particle, "A" for an atom, "D" for a site."""
        return (
            f"{name} 0 {self.mass[row]:.5f} 0.0 {kind} "
            f"{self.sigma_nm[row]:.10e} {self.epsilon[row]:.10e}"
        )


def _others(
    polymer: Polymer,
    parts: Parts,
    ions: pd.DataFrame,
    box_nm: np.ndarray,
    nonbonded: NonbondedOptions,
) -> list[Molecules]:
    """Read ions and water from a System that holds one water and every ion."""
    none = np.empty((0, 3))
    solution = IonsAndWaters(ions, none, parts.waters[:1], np.array([""]), 0.0)
    topology, templates = cell_topology(polymer, solution, 0, box_nm)
    system = create_system(topology, templates, nonbonded, constrain_hydrogens=True)
    particles = _Particles(charges(system), masses(system), *lennard_jones(system))
    first = len(polymer.atoms)
    found = [
        _ion(particles, name, count, first + position)
        for name, count, position in _runs(ions["species"].tolist())
    ]
    return [*found, _water(system, particles, len(parts.waters), first + len(ions))]


def _runs(species: list[str]) -> Iterator[tuple[str, int, int]]:
    """Give name, number and first place of each species of a sorted list."""
    for name, count in Counter(species).items():
        yield name, count, species.index(name)


def _atom_name(species: str) -> str:
    """Return the name of an ion's one atom; while a slab swells its ions are Na+ or Cl-."""
    (name,) = SHAPES[species].names
    return name


def _ion(particles: _Particles, species: str, count: int, row: int) -> Molecules:
    name = _atom_name(species)
    charge, mass = particles.charge[row], particles.mass[row]
    line = f"1 {species} 1 {name} {name} 1 {charge:.8f} {mass:.5f}"
    return Molecules(name, count, [particles.atom_type(species, row, "A")], [*_head(name), line])


def _water(system: openmm.System, particles: _Particles, count: int, first: int) -> Molecules:
    rows = range(first, first + WATER_SITES)
    types = [
        particles.atom_type(kind, row, "D" if row == rows[-1] else "A")
        for kind, row in dict(zip(WATER_TYPES, rows, strict=True)).items()
    ]
    atoms = [
        f"{site} {kind} 1 {WATER} {name} 1 {particles.charge[row]:.8f} {particles.mass[row]:.5f}"
        for site, (kind, name, row) in enumerate(
            zip(WATER_TYPES, WATER_ATOMS, rows, strict=True), 1
        )
    ]
    pairs, lengths = constraint_pairs(system)
    length = {
        frozenset(pair): value
        for pair, value in zip((pairs - first).tolist(), lengths.tolist(), strict=True)
    }
    bond, across = (length[frozenset(pair)] for pair in ((0, 1), (1, 2)))
    site = system.getVirtualSite(rows[-1])
    weights = [site.getWeight(k) for k in range(site.getNumParticles())]
    return Molecules(
        WATER,
        count,
        types,
        [
            *_head(WATER),
            *atoms,
            f"[ settles ]\n1 1 {bond:.10g} {across:.10g}",
            f"[ virtual_sites3 ]\n4 1 2 3 1 {weights[1]:.12g} {weights[2]:.12g}",
            "[ exclusions ]\n1 2 3 4\n2 1 3 4\n3 1 2 4\n4 1 2 3",
        ],
    )


def _head(name: str) -> list[str]:
    return [f"\n[ moleculetype ]\n{name} {WHOLE_MOLECULE}\n[ atoms ]"]
