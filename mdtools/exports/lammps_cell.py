"""LAMMPS files of a cell: data file, settings, and the input of a run with pistons and drive.

Water keeps its three atoms: the fourth site is LAMMPS' own (`tip4p`), its charge stands on the
oxygen. Atoms of a sheet up to three bonds apart do not interact, while those of the membrane do at
three; so pairs within sheets have a style of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mdtools.atomic import write_text
from mdtools.constants import ANGSTROM_PER_NM, KJ_NM_PER_KCAL_ANGSTROM, KJ_PER_KCAL
from mdtools.errors import SettingsError
from mdtools.exports.cells import PISTONS, CellContent
from mdtools.exports.lammps import (
    KCAL_A2,
    LammpsData,
    kinds,
    of_network,
    styles,
    write_data,
)
from mdtools.exports.parameters import Terms
from mdtools.options import DriveOptions
from mdtools.roles import charge

WATER_BOND_K, WATER_ANGLE_K = 2 * 450 / KCAL_A2, 2 * 55 * KJ_PER_KCAL
"""450 kcal/mol/A^2 and 55 kcal/mol/rad^2, of TIP3P in CHARMM: they hold a rigid water together in a
minimisation only."""
OXYGEN, HYDROGEN, CARBON = "tip4p-O", "tip4p-H", "graphene"


def write_lammps_cell(
    content: CellContent, directory: Path, stem: str, drive: DriveOptions
) -> list[Path]:
    """Write a cell; returns the files.

    Atoms are those of the bundle without the fourth sites of water, which LAMMPS has not.

    Raises
    ------
    SettingsError
        A potential that is switched off before its cut-off, which no style of LAMMPS with a water
        of four sites does in the same way.
    """
    if content.switch_nm is not None:
        raise SettingsError(
            f"{content.title}: nonbonded.switch_nm is {content.switch_nm:g}; LAMMPS has no such "
            "switch together with TIP4P: export for GROMACS, or make the cell without it"
        )
    data, settings, tether, script = paths = [
        directory / f"{stem}{ending}" for ending in (".data", ".settings", ".tether", ".in")
    ]
    kept = np.setdiff1d(np.arange(len(content.charges)), content.waters[:, 3])
    number = np.full(len(content.charges), -1)
    number[kept] = np.arange(len(kept))
    system = _data(content, kept, number)
    write_data(system, data, pairs=False)
    names = data.name, tether.name
    write_text(settings, "\n".join(_settings(content, system, *names)) + "\n")
    write_text(tether, "\n".join(_tether(content, number)) + "\n")
    write_text(
        script,
        "\n".join(_script(content, system, number, settings.name, drive)) + "\n",
    )
    return paths


def _data(c: CellContent, kept: np.ndarray, number: np.ndarray) -> LammpsData:
    network = of_network(c.network)
    membrane = len(c.network.names)
    oxygen, hydrogens = c.waters[:, 0], c.waters[:, 1:3]
    labels = c.ion_types
    first = {name: int(c.ions[labels == name][0]) for name in dict.fromkeys(labels.tolist())}
    others = {OXYGEN: int(oxygen[0]), HYDROGEN: int(hydrogens[0, 0])} | first
    others[CARBON] = int(c.sheets[0, 0])
    types = [*network.types, *others]
    rows = list(others.values())
    kind = np.zeros(len(c.charges), dtype=int)
    kind[:membrane] = network.type_of
    kind[oxygen], kind[hydrogens] = types.index(OXYGEN), types.index(HYDROGEN)
    for name in first:
        kind[c.ions[labels == name]] = types.index(name)
    kind[c.sheets] = types.index(CARBON)
    charges = c.charges.copy()
    charges[oxygen] += charges[c.waters[:, 3]]
    molecule = np.zeros(len(c.charges), dtype=int)
    molecule[:membrane] = 1
    molecule[c.ions] = 2 + c.ion_of
    molecule[c.waters] = 2 + c.ion_count + np.arange(len(c.waters))[:, None]
    molecule[c.sheets] = 2 + c.ion_count + len(c.waters) + np.arange(2)[:, None]
    bonds = np.concatenate([np.stack([oxygen, hydrogens[:, k]], 1) for k in (0, 1)])
    angles = np.stack([hydrogens[:, 0], oxygen, hydrogens[:, 1]], 1)
    water = c.water
    bent = np.tile([water.angle_rad, WATER_ANGLE_K], (len(angles), 1))
    stretched = np.tile([water.bond_nm, WATER_BOND_K], (len(bonds), 1))
    return LammpsData(
        title=c.title,
        box_nm=c.box_nm,
        positions=c.positions[kept],
        types=types,
        masses=np.concatenate([network.masses, c.masses[rows]]),
        sigma_nm=np.concatenate([network.sigma_nm, c.sigma_nm[rows]]),
        epsilon=np.concatenate([network.epsilon, c.epsilon[rows]]),
        type_of=kind[kept],
        molecules=molecule[kept],
        charges=charges[kept],
        bonds=_joined(number, network.bonds, Terms(bonds, stretched), c.ion_bonds, c.sheet_bonds),
        angles=_joined(number, network.angles, Terms(angles, bent), c.ion_angles, c.sheet_angles),
        torsions=_joined(number, network.torsions, c.ion_torsions, c.sheet_torsions),
        rigid_bonds=_rigid(network.rigid_bonds, len(bonds), c.ion_bonds, c.sheet_bonds),
        rigid_angles=_rigid(network.rigid_angles, len(angles), c.ion_angles, c.sheet_angles),
    )


def _rigid(network: np.ndarray, of_water: int, *flexible: Terms) -> np.ndarray:
    """Mark the constraints among terms of the network, of water and of what is flexible."""
    none = np.zeros(sum(len(part.atoms) for part in flexible), dtype=bool)
    return np.concatenate([network, np.ones(of_water, dtype=bool), none])


def _joined(number: np.ndarray, *parts: Terms) -> Terms:
    return Terms(
        number[np.concatenate([part.atoms for part in parts])],
        np.concatenate([part.values for part in parts]),
    )


def _settings(c: CellContent, d: LammpsData, data: str, tether: str) -> Iterator[str]:
    bonds, angles = d.rigid_types()
    oxygen, hydrogen, carbon = (d.types.index(name) + 1 for name in (OXYGEN, HYDROGEN, CARBON))
    water_bond = int(_kind_of(d, oxygen, hydrogen))
    cut = f"{c.cutoff_nm * ANGSTROM_PER_NM:.10g}"
    yield f"# {c.title}: styles and coefficients; included by the input of a run"
    yield styles().rstrip()
    yield "# O, H, bond and angle of water; distance of its fourth site from O; cut-off"
    yield (
        f"pair_style      hybrid/overlay lj/cut/tip4p/long {oxygen} {hydrogen} {water_bond} "
        f"{angles[0]} {c.water.site_nm * ANGSTROM_PER_NM:.12g} {cut} lj/cut {cut}"
    )
    yield "pair_modify     shift no tail no"
    yield "# within a sheet nothing but bonded terms acts up to three bonds"
    yield "pair_modify     pair lj/cut special lj/coul 0.0 0.0 0.0"
    yield "kspace_style    pppm/tip4p 1.0e-5"
    yield "# the places in x and y (angstrom) that the atoms of both sheets are tethered to"
    yield "fix             places all property/atom d_tether_x d_tether_y"
    yield f"read_data       {data}"
    yield "set             group all d_tether_x 0.0 d_tether_y 0.0"
    yield f"include         {tether}"
    for i in range(1, len(d.types) + 1):
        for j in range(i, len(d.types) + 1):
            style = "lj/cut" if i == j == carbon else "lj/cut/tip4p/long"
            epsilon = np.sqrt(d.epsilon[i - 1] * d.epsilon[j - 1]) / KJ_PER_KCAL
            sigma = (d.sigma_nm[i - 1] + d.sigma_nm[j - 1]) / 2 * ANGSTROM_PER_NM
            yield f"pair_coeff      {i} {j} {style} {epsilon:.12g} {sigma:.12g}"
    yield "neigh_modify    delay 0 every 1 check yes"
    numbers = " ".join(map(str, bonds))
    yield f'variable        rigid_bonds string "{numbers}"'
    yield f'variable        rigid_angles string "{" ".join(map(str, angles))}"'


def _kind_of(d: LammpsData, *types: int) -> int:
    """Return the number of the type of the first bond between atoms of two types."""
    _, number = kinds(d.bonds.values, d.rigid_bonds)
    of = d.type_of[d.bonds.atoms] + 1
    return int(number[(of == types).all(axis=1)][0])


def _tether(c: CellContent, number: np.ndarray) -> Iterator[str]:
    for rows, places in zip(c.sheets, ANGSTROM_PER_NM * c.tether_nm, strict=True):
        for row, (x, y) in zip((number[rows] + 1).tolist(), places.tolist(), strict=True):
            yield f"set atom {row} d_tether_x {x:.9g} d_tether_y {y:.9g}"


def _script(
    c: CellContent, d: LammpsData, number: np.ndarray, settings: str, drive: DriveOptions
) -> Iterator[str]:
    force = 1 / KJ_NM_PER_KCAL_ANGSTROM
    ids = number + 1
    yield f"# {c.title}: two pistons, fixed anchors, a drive on the feed ions"
    yield "# run it with: lmp -in FILE"
    yield f"include         {settings}"
    for name, rows in zip(PISTONS, c.sheets, strict=True):
        yield f"group           {name} id {ids[rows].min()}:{ids[rows].max()}"
    yield f"group           sheets union {' '.join(PISTONS)}"
    fed = {f"feed{n}": (name, rows) for n, (name, rows) in enumerate(c.feed_species.items(), 1)}
    for group, (name, rows) in fed.items():
        yield f"group           {group} id {' '.join(map(str, ids[rows].tolist()))} # {name}"
    yield from _anchors(c, ids)
    for name, value in zip(PISTONS, c.piston_kJ_mol_nm * force, strict=True):
        yield f"fix             push_{name} {name} addforce 0.0 0.0 {value:.12g}"
    yield "# kcal/mol/angstrom on each feed ion, times the size of its charge"
    yield f"variable        drive equal {drive.force_kcal_mol_angstrom:.10g}"
    for group, (name, _) in fed.items():
        yield f"variable        drive_{group} equal v_drive*{abs(charge(name))}"
        yield f"fix             drive_{group} {group} addforce 0.0 0.0 v_drive_{group}"
    yield "# sheets are tethered along x and y to the nearest image of their places"
    stiffness = c.tether_kJ_mol_nm2 * KCAL_A2
    for axis in "xy":
        yield (
            f"variable        away_{axis} atom {axis}-d_tether_{axis}"
            f"-l{axis}*round(({axis}-d_tether_{axis})/l{axis})"
        )
        yield f"variable        tether_{axis} atom {-stiffness:.12g}*v_away_{axis}"
    yield (
        f"variable        tether_energy atom "
        f"{stiffness / 2:.12g}*(v_away_x*v_away_x+v_away_y*v_away_y)"
    )
    yield "fix             tether sheets addforce v_tether_x v_tether_y 0.0 energy v_tether_energy"
    yield "fix_modify      tether energy yes"
    yield "thermo_style    custom step temp evdwl ecoul elong ebond eangle edihed f_tether pe"
    yield "thermo          500"
    yield "velocity        mobile create 300.0 4711 mom no rot no"
    yield "fix             rigid mobile shake 1.0e-6 100 0 b ${rigid_bonds} a ${rigid_angles}"
    yield "fix             heat mobile langevin 300.0 300.0 500.0 4711"
    yield "fix             move mobile nve"
    yield "timestep        2.0"
    yield "dump            frames all custom 5000 frames.lammpstrj id mol type x y z ix iy iz"
    yield "run             50000"
    yield "write_data      after.data"


def _anchors(c: CellContent, ids: np.ndarray) -> Iterator[str]:
    if not len(c.anchors):
        yield "group           mobile union all"
        return
    numbers = ids[c.anchors].tolist()
    yield "# anchors do not move: they are in no integration"
    for start in range(0, len(numbers), 20):
        yield f"group           anchors id {' '.join(map(str, numbers[start : start + 20]))}"
    yield "group           mobile subtract all anchors"
