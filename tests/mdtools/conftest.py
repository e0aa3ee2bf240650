"""Small packed membranes and cells, made from the templates alone."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import openmm
import pandas as pd
import pytest
from openmm import unit
from scipy.sparse.csgraph import shortest_path

from mdtools import Bundle, forcefield
from mdtools.cells import dynamics
from mdtools.cells.anchors import fix
from mdtools.cells.assemble import Cell, assemble
from mdtools.cells.equilibrate import equilibrate
from mdtools.cells.solvation import IonsAndWaters
from mdtools.cells.topology import cell_topology
from mdtools.cells.water_tiling import overlapping, tile
from mdtools.options import CellOptions, NonbondedOptions, PlatformOptions, SaltOptions
from mdtools.polymer import Polymer
from mdtools.systems.constraints import make_constraint_groups_whole, place_on_constraints
from mdtools.systems.platforms import new_context, open_platform
from mdtools.systems.system import create_system, polymer_topology
from tests.mdtools.running import (
    bundle,
    environment,
    files_of,
    make_run,
    options,
    state_with,
    whole_run,
)

__all__ = [
    "bundle",
    "environment",
    "files_of",
    "make_run",
    "options",
    "state_with",
    "whole_run",
]

BOX_NM = np.array([2.0, 2.1])
SLAB_NM = 2.3
BOND_NM = 0.13
NONBONDED = "NonbondedForce"
CHARGED = ("NH2+", "COO-")
CARRIERS = {
    "PIP": ("N1", "N4"),
    "MPD": ("N1", "N3"),
    "TMC": ("C7", "C8", "C9"),
    **dict.fromkeys(("OC", "MC", "SC", "GC"), ("C7", "C8")),
}


def molecule(name: str, rng: np.random.Generator) -> np.ndarray:
    """Positions (n, 3) of one template: its graph embedded in space, then minimised."""
    template = forcefield.templates()[name]
    names = [atom[0] for atom in template.atoms]
    adjacency = np.zeros((len(names), len(names)))
    for a, b in template.bonds:
        adjacency[names.index(a), names.index(b)] = 1
    steps = shortest_path(adjacency, directed=False, unweighted=True)
    gram = steps**1.6 * BOND_NM**2
    centring = np.eye(len(names)) - 1 / len(names)
    values, vectors = np.linalg.eigh(-0.5 * centring @ gram @ centring)
    start = vectors[:, -3:] * np.sqrt(np.maximum(values[-3:], 0.0))
    return minimised([name], start + rng.normal(0, 0.02, start.shape), None)


def polymer_of(names: list[str], positions: np.ndarray, box_nm: np.ndarray = BOX_NM) -> Polymer:
    """Unconnected residues as a Polymer, every charged arm in its groups."""
    known = forcefield.templates()
    atoms, bonds, groups = [], [], []
    for row, name in enumerate(names):
        template = known[name]
        index = {atom[0]: len(atoms) + k for k, atom in enumerate(template.atoms)}
        bonds += [(index[a], index[b]) for a, b in template.bonds]
        atoms += [(row, atom[0], atom[1]) for atom in template.atoms]
        arms = zip(template.states, CARRIERS[template.kind], strict=True)
        groups += [(state, row, index[carrier]) for state, carrier in arms if state in CHARGED]
    return Polymer(
        atoms=pd.DataFrame(atoms, columns=["residue", "name", "element"]),
        residues=pd.DataFrame({"name": [known[n].kind for n in names], "template": names}),
        bonds=np.array(bonds),
        positions=positions,
        box_nm=box_nm,
        groups=pd.DataFrame(
            [(k, *group) for k, group in enumerate(groups)],
            columns=["group", "kind", "residue", "atom"],
        ),
    )


def minimised(names: list[str], positions: np.ndarray, box_nm: np.ndarray | None) -> np.ndarray:
    """Positions after minimisation: of one molecule by its bonded terms, in a box by all.

    Hydrogens of acids have no Lennard-Jones term and would fall onto an oxygen from a bad start:
    alone they see no charges, together they are held at their distance by constraints.
    """
    lengths = [50.0, 50.0, 50.0] if box_nm is None else box_nm
    topology, templates = polymer_topology(polymer_of(names, positions), lengths)
    together = box_nm is not None
    coarse = NonbondedOptions(cutoff_nm=0.6, pme_grid_nm=0.15)
    system = create_system(topology, templates, coarse, constrain_hydrogens=together)
    if together:
        positions = place_on_constraints(positions, system)
    else:
        system.removeForce([force.getName() for force in system.getForces()].index(NONBONDED))
    platform = open_platform(PlatformOptions(name="CPU", cpu_threads=1))
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), *platform)
    context.setPositions(positions)
    openmm.LocalEnergyMinimizer.minimize(context, 10.0, 100 if together else 500)
    state = context.getState(positions=True)
    return state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)


def packed(
    counts: dict[str, int], seed: int, box_nm: np.ndarray = BOX_NM, slab_nm: float = SLAB_NM
) -> Polymer:
    """Molecules on a jittered lattice of the slab, turned at random, minimised together."""
    rng = np.random.default_rng(seed)
    names = [name for name, count in counts.items() for _ in range(count)]
    shapes = {name: molecule(name, rng) for name in counts}
    rng.shuffle(names)
    lengths = np.array([*box_nm, slab_nm])
    cells = np.array([3, 3, -(-len(names) // 9)])
    sites = np.stack(np.meshgrid(*map(np.arange, cells), indexing="ij"), -1).reshape(-1, 3)
    centres = (rng.permutation(sites)[: len(names)] + 0.5) / cells * lengths
    placed = [
        centre + (shapes[name] - shapes[name].mean(axis=0)) @ random_rotation(rng)
        for name, centre in zip(names, centres, strict=True)
    ]
    positions = minimised(names, np.concatenate(placed), np.array([*box_nm, slab_nm + 2.0]))
    return polymer_of(names, positions, box_nm)


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    """Rotation or reflection matrix (3, 3), uniform."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.sign(np.diag(r))


@contextmanager
def briefly_settled():
    """Steps before the run proper that are enough for cells of a thousand atoms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dynamics, "SETTLING", ((0.1, 0.004), (0.5, 0.02), (2.0, 0.06)))
        yield


@pytest.fixture(autouse=True, scope="module")
def brief_settling():
    """Of this folder's tests alone: what others make is as the product makes it."""
    with briefly_settled():
        yield


@pytest.fixture(scope="session")
def membrane() -> Polymer:
    """As many residues as the demo campaign has, with 3 NH2+ and 2 COO-: net +1 e."""
    counts = {
        "PIP(NH,NH)": 21,
        "PIP(NH,NH2+)": 3,
        "TMC(COOH,COOH,COOH)": 14,
        "TMC(COOH,COOH,COO-)": 2,
    }
    return packed(counts, seed=1)


@pytest.fixture(scope="session")
def thin_membrane() -> Polymer:
    """One layer of nine residues, with 3 COO-: net -3 e."""
    counts = {"PIP(NH,NH)": 5, "TMC(COOH,COO-,COO-)": 1, "TMC(COOH,COOH,COO-)": 1}
    return packed(counts | {"TMC(COOH,COOH,COOH)": 2}, seed=2, slab_nm=0.8)


@pytest.fixture(scope="session")
def nacl() -> SaltOptions:
    return SaltOptions(ions={"Na+": 6, "Cl-": 6})


@pytest.fixture(scope="session")
def nonbonded() -> NonbondedOptions:
    return NonbondedOptions()


@pytest.fixture(scope="session")
def one_thread() -> PlatformOptions:
    return PlatformOptions(name="CPU", cpu_threads=1)


@pytest.fixture(scope="session")
def cell(membrane, nacl, nonbonded) -> Cell:
    """A cell of the demo campaign's size."""
    options = CellOptions(waters_per_reservoir=280, equilibration_ps=1)
    return assemble(membrane, nacl, options, nonbonded, seed=3)


@pytest.fixture(scope="session")
def small_options() -> CellOptions:
    return CellOptions(
        waters_per_reservoir=100,
        equilibration_ps=0.12,
        timestep_fs=2,
        friction_per_ps=50,
        minimisation_steps=20,
    )


@pytest.fixture(scope="session")
def small_cell(thin_membrane, nonbonded, small_options) -> Cell:
    """A thin membrane of odd charge, -3 e, between CaCl2 and water."""
    salt = SaltOptions(ions={"Ca2+": 1, "Cl-": 2})
    return assemble(thin_membrane, salt, small_options, nonbonded, seed=4)


@pytest.fixture(scope="session")
def small_bundle(small_cell, small_options, one_thread) -> Bundle:
    """That cell, equilibrated."""
    with briefly_settled():
        return equilibrate(small_cell, small_options, one_thread, seed=8)


@pytest.fixture(scope="session")
def mixed_feed() -> dict[str, int]:
    return {"Li+": 1, "Mg2+": 2, "NO3-": 1, "SO4--": 2}


@pytest.fixture(scope="session")
def mixed(thin_membrane, mixed_feed, small_options) -> Cell:
    """A thin membrane of -3 e beside a feed of four ions, two of them of several atoms."""
    full_charge = NonbondedOptions(cutoff_nm=0.6, ion_set="joung-cheatham-li-merz-tip4pew")
    return assemble(thin_membrane, SaltOptions(ions=mixed_feed), small_options, full_charge, seed=3)


@pytest.fixture(scope="session")
def settled(mixed, small_options, one_thread) -> Bundle:
    """That cell, equilibrated."""
    with briefly_settled():
        return equilibrate(mixed, small_options, one_thread, seed=3)


@dataclass(frozen=True)
class WetBox:
    """Molecules and water that fill a periodic box, a few of them fixed; already relaxed."""

    system: openmm.System
    positions: np.ndarray
    atoms: int
    hydrogens: int
    waters: int
    fixed: int
    fixed_hydrogens: int


@pytest.fixture(scope="session")
def wet_box(thin_membrane, nonbonded, one_thread) -> WetBox:
    lengths = np.array([*BOX_NM, 2.2])
    hydrogen = (thin_membrane.atoms["element"] == "H").to_numpy()
    water = tile(BOX_NM, 0.0, 2.0)
    water = water[~overlapping(water, thin_membrane.positions, hydrogen, BOX_NM)]
    nothing = pd.DataFrame(columns=["species", "role", "side", "group"])
    sides = np.full(len(water), "")
    solution = IonsAndWaters(nothing, np.empty((0, 3)), water, sides, 0.5)
    topology, templates = cell_topology(thin_membrane, solution, 0, lengths)
    system = create_system(topology, templates, nonbonded, constrain_hydrogens=True)
    first = (thin_membrane.atoms["residue"] == 0).to_numpy()
    positions = np.concatenate([thin_membrane.positions, water.reshape(-1, 3)])
    positions = make_constraint_groups_whole(positions, system, lengths)
    positions = place_on_constraints(positions, system)
    fix(system, np.flatnonzero(first))
    context = new_context(
        system, one_thread, temperature_K=300, friction_per_ps=50, timestep_fs=0.5, seed=1
    )
    context.setPositions(positions)
    openmm.LocalEnergyMinimizer.minimize(context, 10.0, 30)
    context.setVelocitiesToTemperature(300, 2)
    context.getIntegrator().step(150)
    state = context.getState(positions=True)
    return WetBox(
        system,
        state.getPositions(asNumpy=True).value_in_unit(unit.nanometer),
        len(thin_membrane.atoms),
        int(hydrogen.sum()),
        len(water),
        int(first.sum()),
        int((first & hydrogen).sum()),
    )
