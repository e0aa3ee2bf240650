"""A cell with everything that another program needs to run it, read from its bundle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import openmm
import pandas as pd
from openmm import unit

from mdtools.bundle import Bundle
from mdtools.constants import WATER_SITES
from mdtools.errors import SettingsError
from mdtools.exports.labels import plain_labels
from mdtools.exports.parameters import Parameters, Terms, parameters, terms_of
from mdtools.forcefield import DEFAULT_ION_SET
from mdtools.ions import CHARGE_SCALES, SHAPES
from mdtools.options import NonbondedOptions
from mdtools.polymer import Polymer
from mdtools.roles import ANCHOR, FEED_ION, PISTON, charge, formula_and_charge
from mdtools.systems.slab_correction import NAME
from mdtools.systems.system import (
    charges,
    constraint_pairs,
    element_masses,
    lennard_jones,
    nonbonded_force,
)

MEMBRANE, IONS, WATER, SHEETS = "MEM", "ION", "WAT", "GRF"
PISTONS = ("feed_sheet", "permeate_sheet")
"""Names of the pistons' atoms in exported cells."""
SAME = 1e-6
"""Relative: parameters of the membrane alone are those that it has in the cell."""


@dataclass(frozen=True)
class Water:
    """Shape of a rigid water of four sites: O-H and H-H (nm), and the weight of each H in M."""

    bond_nm: float
    across_nm: float
    weight: float

    @property
    def angle_rad(self) -> float:
        """Angle H-O-H."""
        return float(2 * np.arcsin(self.across_nm / 2 / self.bond_nm))

    @property
    def site_nm(self) -> float:
        """Distance of M from O, on the bisector."""
        return float(2 * self.weight * self.bond_nm * np.cos(self.angle_rad / 2))


@dataclass(frozen=True)
class CellContent:
    """Force field, forces from outside and state of a cell; atoms are those of its bundle.

    Attributes
    ----------
    title : str
    network : Parameters
        Of the membrane, bonds to hydrogen included, at its place in the cell.
    species : (N,) str array
        Name of the ion; empty for what is none.
    elements, names : (N,) str arrays
        Element empty for a virtual site.
    charges, masses, sigma_nm, epsilon : (N,)
        e; Da, those of the elements; nm; kJ/mol.
    ions, ion_of : (I,) int arrays
        Atoms of ions, those of one together, and the number of the ion that each is of, from 0.
    ion_bonds, ion_angles, ion_torsions : Terms
        Of ions of several atoms, by atoms of the cell; their atoms do not interact with each other.
    waters : (W, 4) int array
        O, H, H, M.
    water : Water
    sheets : (2, n) int array
        Feed and permeate.
    sheet_bonds, sheet_angles, sheet_torsions : Terms
        Of both, by atoms of the cell. Atoms up to three bonds apart in a sheet do not interact.
    anchors : (A,) int array
        Atoms that do not move.
    feed_ions : (F,) int array
    piston_kJ_mol_nm : (2,) array
        Force along z on each atom of the sheets.
    tether_kJ_mol_nm2 : float
    tether_nm : (2, n, 2) array
        Places in x and y that the atoms of the sheets are tethered to.
    cutoff_nm : float
    switch_nm : float or None
    positions : (N, 3) array
        nm, moved so that the box is from 0 to its lengths and the membrane near its middle.
    box_nm : (3,) array
    """

    title: str
    network: Parameters
    species: np.ndarray
    elements: np.ndarray
    names: np.ndarray
    charges: np.ndarray
    masses: np.ndarray
    sigma_nm: np.ndarray
    epsilon: np.ndarray
    ions: np.ndarray
    ion_of: np.ndarray
    ion_bonds: Terms
    ion_angles: Terms
    ion_torsions: Terms
    waters: np.ndarray
    water: Water
    sheets: np.ndarray
    sheet_bonds: Terms
    sheet_angles: Terms
    sheet_torsions: Terms
    anchors: np.ndarray
    feed_ions: np.ndarray
    piston_kJ_mol_nm: np.ndarray  # noqa: N815
    tether_kJ_mol_nm2: float  # noqa: N815
    tether_nm: np.ndarray
    cutoff_nm: float
    switch_nm: float | None
    positions: np.ndarray
    box_nm: np.ndarray

    @property
    def feed_species(self) -> dict[str, np.ndarray]:
        """Feed ions of each species."""
        names = self.species[self.feed_ions]
        return {str(name): self.feed_ions[names == name] for name in dict.fromkeys(names)}

    @property
    def ion_count(self) -> int:
        """Number of ions."""
        return int(self.ion_of[-1]) + 1 if len(self.ion_of) else 0

    @property
    def ion_types(self) -> np.ndarray:
        """Label of the type of each atom of ``ions``: species, of several atoms with element."""
        return np.array(
            [
                name if len(SHAPES[name]) == 1 else f"{formula_and_charge(name)[0]}-{element}"
                for name, element in zip(
                    self.species[self.ions].tolist(), self.elements[self.ions], strict=True
                )
            ],
            dtype=str,
        )


def cell_content(bundle: Bundle, title: str) -> CellContent:
    """Read a cell with its pistons.

    Raises
    ------
    SettingsError
        For a bundle that is no cell, without water or pistons, or has a slab correction.
    """
    topology, system = bundle.topology, bundle.system
    segment = topology["segment"].to_numpy()
    rows = {name: np.flatnonzero(segment == name) for name in (MEMBRANE, IONS, WATER, SHEETS)}
    for name, what in ((MEMBRANE, "membrane"), (WATER, "water"), (SHEETS, "pistons")):
        if not len(rows[name]):
            raise SettingsError(f"{title} has no {what}: name the directory of a cell")
    if NAME in (force.getName() for force in system.getForces()):
        raise SettingsError(
            f"{title} has a slab correction, which is not written for other programs: allowed is a "
            "cell without nonbonded.slab_correction"
        )
    box_nm = bundle.box_nm
    shift = box_nm / 2 * [0.0, 0.0, 1.0]
    positions = bundle.positions + shift
    nonbonded = nonbonded_force(system)
    options = NonbondedOptions(
        cutoff_nm=nonbonded.getCutoffDistance().value_in_unit(unit.nanometer),
        switch_nm=nonbonded.getSwitchingDistance().value_in_unit(unit.nanometer)
        if nonbonded.getUseSwitchingFunction()
        else None,
        ion_set=_ion_set(topology.iloc[rows[IONS]]),
    )
    sigma, epsilon = lennard_jones(system)
    elements = topology["element"].to_numpy(dtype=str)
    species = np.where(segment == IONS, topology["residue"].to_numpy(dtype=str), "")
    massive = elements != ""
    masses = np.zeros(len(elements))
    masses[massive] = element_masses(elements[massive])
    waters = rows[WATER].reshape(-1, WATER_SITES)
    pistons = bundle.roles[bundle.roles["role"] == PISTON]
    sheets = np.stack([pistons["atom"][pistons["group"] == side].to_numpy() for side in (0, 1)])
    network = _network(bundle, rows[MEMBRANE], options, title)
    _check_same(network, charges(system), sigma, epsilon)
    force, stiffness, places = _outside(system, sheets)
    return CellContent(
        title=title,
        network=replace(network, positions=positions[rows[MEMBRANE]], box_nm=box_nm),
        species=species,
        elements=elements,
        names=topology["name"].to_numpy(dtype=str),
        charges=charges(system),
        masses=masses,
        sigma_nm=np.where(epsilon > 0, sigma, 0.0),
        epsilon=epsilon,
        ions=rows[IONS],
        ion_of=np.unique(topology["resid"].to_numpy()[rows[IONS]], return_inverse=True)[1],
        ion_bonds=_within(system, openmm.HarmonicBondForce, rows[IONS]),
        ion_angles=_within(system, openmm.HarmonicAngleForce, rows[IONS]),
        ion_torsions=_within(system, openmm.PeriodicTorsionForce, rows[IONS]),
        waters=waters,
        water=_water(system, waters[0]),
        sheets=sheets,
        sheet_bonds=_within(system, openmm.HarmonicBondForce, sheets),
        sheet_angles=_within(system, openmm.HarmonicAngleForce, sheets),
        sheet_torsions=_within(system, openmm.PeriodicTorsionForce, sheets),
        anchors=np.sort(bundle.atoms(ANCHOR)),
        feed_ions=np.sort(bundle.atoms(FEED_ION)),
        piston_kJ_mol_nm=force,
        tether_kJ_mol_nm2=stiffness,
        tether_nm=places,
        cutoff_nm=options.cutoff_nm,
        switch_nm=options.switch_nm,
        positions=positions,
        box_nm=box_nm,
    )


def _ion_set(ions: pd.DataFrame) -> str:
    """Return a set of ions with the scale of charges that these have, which groups share."""
    for name, charge_e in zip(ions["residue"], ions["charge"], strict=True):
        for ion_set, scale in CHARGE_SCALES.items():
            if abs(charge_e / charge(name) - scale) < SAME:
                return ion_set
    return DEFAULT_ION_SET


def _network(bundle: Bundle, rows: np.ndarray, options: NonbondedOptions, title: str) -> Parameters:
    """Read the membrane's parameters from a System of it alone, no bond constrained."""
    if not np.array_equal(rows, np.arange(len(rows))):
        raise SettingsError(f"{title}: the membrane's atoms are not the first of the cell")
    atoms = bundle.topology.iloc[rows]
    residues = atoms.drop_duplicates("resid")
    number = dict(zip(residues["resid"], range(len(residues)), strict=True))
    polymer = Polymer(
        atoms=pd.DataFrame(
            {
                "residue": [number[one] for one in atoms["resid"]],
                "name": atoms["name"].to_numpy(),
                "element": atoms["element"].to_numpy(),
            }
        ),
        residues=pd.DataFrame(
            {
                "name": residues["residue"].to_numpy(),
                "template": residues["template"].to_numpy(),
            }
        ),
        bonds=bundle.bonds[(bundle.bonds < len(rows)).all(axis=1)],
        positions=bundle.positions[rows],
        box_nm=bundle.box_nm[:2],
        groups=pd.DataFrame(columns=["group", "kind", "residue", "atom"]),
    )
    return parameters(polymer, plain_labels(polymer), title, options)


def _check_same(p: Parameters, charge, sigma, epsilon) -> None:
    count = len(p.names)
    for mine, cells in ((p.charges, charge), (p.epsilon, epsilon)):
        if not np.allclose(mine, cells[:count], rtol=SAME, atol=1e-9):
            raise SettingsError(
                f"{p.title}: the membrane of this cell has other parameters than the force field "
                "of this version gives it; export it with the version that made it"
            )


def _within(system: openmm.System, kind: type, atoms: np.ndarray) -> Terms:
    terms = terms_of(system, kind)
    mine = np.isin(terms.atoms, atoms).all(axis=1)
    return Terms(terms.atoms[mine], terms.values[mine])


def _water(system: openmm.System, rows: np.ndarray) -> Water:
    pairs, lengths = constraint_pairs(system)
    length = {
        frozenset(pair): value
        for pair, value in zip(pairs.tolist(), lengths.tolist(), strict=True)
        if np.isin(pair, rows).all()
    }
    oxygen, one, two, site = rows.tolist()
    weights = system.getVirtualSite(site)
    return Water(
        bond_nm=length[frozenset((oxygen, one))],
        across_nm=length[frozenset((one, two))],
        weight=weights.getWeight(1),
    )


def _outside(system: openmm.System, sheets: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Read piston forces (2,), the tether's stiffness and places (2, n, 2)."""
    forces = {force.getName(): force for force in system.getForces()}
    pistons, tether = forces["pistons"], forces["tether"]
    along: dict[int, float] = {}
    for row in range(pistons.getNumParticles()):
        atom, (value,) = pistons.getParticleParameters(row)
        along[atom] = value
    places: dict[int, tuple[float, ...]] = {}
    for row in range(tether.getNumParticles()):
        atom, place = tether.getParticleParameters(row)
        places[atom] = place
    return (
        np.array([along[int(sheet[0])] for sheet in sheets]),
        float(tether.getGlobalParameterDefaultValue(0)),
        np.array([[places[int(atom)] for atom in sheet] for sheet in sheets]),
    )
