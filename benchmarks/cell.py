"""A made-up membrane cell of the study's size, and frames of it: what a run looks like to a reader.

Places and charges are no simulation's. Densities, numbers of neighbours and steps between frames
are like those of one, and these are what reading and counting takes time for.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from MDAnalysis.lib.formats.libmdaxdr import XTCFile

BOX_NM = np.array([5.2, 5.2, 17.0])
WATERS, WATERS_INSIDE = 8235, 1000
IONS = {"NA": 30, "CL": 30}
MEMBRANE_ATOMS = 12000
GROUPS = {"NP": 14, "CM": 28}
"""Charged groups by the names of their atoms: N of NH2+, C of COO-."""
MEMBRANE_Z, FEED_Z, PERMEATE_Z = 5.7, 1.3, 10.55
"""Where the slab and the reservoirs begin, nm."""
SHEETS_Z = (1.0, 14.95)
SHEET_CELLS = (21, 12)
"""Rectangular cells of four carbons along x and y of each graphene sheet."""
MASS = {"C": 12.011, "H": 1.008, "N": 14.007, "O": 15.999, "NA": 22.990, "CL": 35.45, "M": 0.0}
CHARGE = {"C": 0.1, "H": 0.1, "N": -0.55, "O": -0.45}
SHARES = {"C": 0.48, "H": 0.34, "N": 0.08, "O": 0.10}
"""Elements of the polymer."""
STEP_NM = {"water": 0.06, "ion": 0.03, "membrane": 0.01}
"""Standard deviation of a step of 2 ps along each axis; the membrane and graphene wobble."""
INTERVAL_PS = 2.0
STUDY = {
    "membrane": "resname PA",
    "water_oxygen": "name OW",
    "feed_ions": {"Na+": "name NA", "Cl-": "name CL"},
    "charged_groups": {"NH2+": "name NP", "COO-": "name CM"},
    "pistons": ("resid 1 and resname GRA", "resid 2 and resname GRA"),
}
"""What is what, as selections of MDAnalysis."""
LENNARD_JONES = {
    "name C CM": (0.07, 1.99),
    "name H and resname PA": (0.02, 1.30),
    "name N NP": (0.17, 1.82),
    "name O and resname PA": (0.21, 1.66),
    "name NA": (0.0875, 1.36),
    "name CL": (0.0356, 2.51),
}
"""kcal/mol and half of the distance of the minimum, angstrom."""


@dataclass(frozen=True)
class Cell:
    """Atoms as a PSF has them, places in nm, and which molecule each moves with."""

    names: np.ndarray
    residues: np.ndarray
    numbers: np.ndarray
    charges: np.ndarray
    masses: np.ndarray
    bonds: np.ndarray
    positions: np.ndarray
    molecule: np.ndarray
    wobble: np.ndarray

    def write_psf(self, path: Path) -> None:
        """Write the topology."""
        rows = [
            f"{n:8d} SYS  {number:<4d} {residue:<4s} {name:<4s} {name:<4s} {charge:14.6G}"
            f"{mass:14.6G}{0:8d}"
            for n, (number, residue, name, charge, mass) in enumerate(
                zip(
                    self.numbers,
                    self.residues,
                    self.names,
                    self.charges,
                    self.masses,
                    strict=True,
                ),
                1,
            )
        ]
        bonds = [f"{atom:8d}" for atom in (self.bonds + 1).reshape(-1)]
        pairs = ["".join(bonds[k : k + 8]) for k in range(0, len(bonds), 8)]
        head = ["PSF", "", f"{1:8d} !NTITLE", " REMARKS made up", "", f"{len(rows):8d} !NATOM"]
        lines = [*head, *rows, "", f"{len(self.bonds):8d} !NBOND: bonds", *pairs, ""]
        Path(path).write_text("\n".join(lines) + "\n")


def make(seed: int = 1) -> Cell:
    """The cell: graphene, membrane, four-site water, ions."""
    rng = np.random.default_rng(seed)
    parts = [_sheet(z, number) for number, z in enumerate(SHEETS_Z, 1)]
    parts += [_membrane(rng), *_liquid(rng)]
    names, residues, numbers, charges, positions, bonds, molecule = [], [], [], [], [], [], []
    atoms = molecules = 0
    for part in parts:
        count = len(part["names"])
        names.append(part["names"])
        residues.append(np.full(count, part["residue"]))
        numbers.append(part["numbers"])
        charges.append(part["charges"])
        positions.append(part["positions"])
        bonds.append(part["bonds"].reshape(-1, 2) + atoms)
        molecule.append(part["molecule"] + molecules)
        atoms, molecules = atoms + count, molecules + part["molecule"].max() + 1
    names = np.concatenate(names)
    residues = np.concatenate(residues)
    return Cell(
        names,
        residues,
        np.concatenate(numbers),
        np.concatenate(charges),
        np.array([MASS[_element(name)] for name in names]),
        np.concatenate(bonds),
        np.concatenate(positions).astype(np.float32),
        np.concatenate(molecule),
        np.isin(residues, ["PA", "GRA"]),
    )


def walk(cell: Cell, frames: int, seed: int = 2) -> np.ndarray:
    """Distinct frames (F, N, 3) in nm, x and y wrapped; z is kept in the reservoirs."""
    rng = np.random.default_rng(seed)
    atoms, molecules = len(cell.names), cell.molecule.max() + 1
    ions = np.isin(cell.residues, list(IONS))
    size = np.where(ions, STEP_NM["ion"], STEP_NM["water"]).astype(np.float32)
    size[cell.wobble] = 0.0
    moved = np.zeros((molecules, 3), np.float32)
    found = np.empty((frames, atoms, 3), np.float32)
    for frame in found:
        step = rng.standard_normal((molecules, 3), np.float32)
        step[:, 2] -= 0.1 * np.sign(moved[:, 2]) * (np.abs(moved[:, 2]) > 0.15)
        moved += step * size[np.unique(cell.molecule, return_index=True)[1], None]
        moved[:, 2] = np.clip(moved[:, 2], -0.2, 0.2)
        frame[:] = cell.positions + moved[cell.molecule]
        shake = rng.standard_normal((int(cell.wobble.sum()), 3), np.float32)
        frame[cell.wobble] += STEP_NM["membrane"] * shake
        frame[:, :2] -= BOX_NM[:2] * np.floor(frame[:, :2] / BOX_NM[:2])
    return found


def there_and_back(distinct: int, count: int) -> np.ndarray:
    """Numbers of `count` frames that go through the distinct ones forth and back: nothing jumps."""
    turn = np.arange(count) % max(2 * distinct - 2, 1)
    return np.minimum(turn, 2 * distinct - 2 - turn)


def write_xtc(path: Path, frames: np.ndarray, count: int) -> None:
    """Write `count` frames, INTERVAL_PS apart, made of the distinct ones."""
    box = np.diag(BOX_NM).astype(np.float32)
    with XTCFile(str(path), "w") as stream:
        for number, k in enumerate(there_and_back(len(frames), count)):
            stream.write(frames[k], box, number, number * INTERVAL_PS)


def _element(name: str) -> str:
    return {"NP": "N", "CM": "C", "OW": "O", "HW": "H", "MW": "M"}.get(name, name)


def _part(names, residue, numbers, charges, positions, bonds, molecule) -> dict:
    return {
        "names": np.asarray(names, dtype="U4"),
        "residue": residue,
        "numbers": np.asarray(numbers),
        "charges": np.asarray(charges, dtype=float),
        "positions": np.asarray(positions),
        "bonds": np.asarray(bonds, dtype=int),
        "molecule": np.asarray(molecule),
    }


def _sheet(z: float, number: int) -> dict:
    cell = BOX_NM[:2] / SHEET_CELLS
    four = np.array([[0.0, 0.0], [0.5, 1 / 6], [0.5, 0.5], [0.0, 2 / 3]])
    corners = np.stack(np.meshgrid(*map(np.arange, SHEET_CELLS), indexing="ij"), -1)
    places = ((corners[:, :, None] + four) * cell).reshape(-1, 2)
    count = len(places)
    positions = np.column_stack([places, np.full(count, z)])
    nothing = np.zeros(count, dtype=int)
    numbers = np.full(count, number)
    return _part(["C"] * count, "GRA", numbers, nothing, positions, np.empty((0, 2)), nothing)


def _membrane(rng) -> dict:
    """A chain that winds through a jittered lattice, cut into residues of 20 atoms."""
    side = 24
    grid = BOX_NM[0] / side
    layers = -(-MEMBRANE_ATOMS // side**2)
    z, y, x = np.meshgrid(np.arange(layers), np.arange(side), np.arange(side), indexing="ij")
    lattice = np.stack([x, y, z], axis=-1).reshape(-1, 3)[:MEMBRANE_ATOMS]
    positions = (lattice + 0.5) * grid + rng.normal(0, 0.03, (MEMBRANE_ATOMS, 3))
    positions[:, 2] += MEMBRANE_Z
    elements = list(SHARES)
    names = rng.choice(elements, MEMBRANE_ATOMS, p=list(SHARES.values())).astype("U4")
    charges = np.array([CHARGE[name] for name in names])
    for group, count in GROUPS.items():
        element = _element(group)
        some = rng.choice(np.flatnonzero(names == element), count, replace=False)
        names[some] = group
        charges[some] = 0.8 if group == "NP" else -0.9
    chain = np.arange(MEMBRANE_ATOMS)
    bonds = np.column_stack([chain[:-1], chain[1:]])
    residues = chain // 20 + 1
    return _part(
        names, "PA", residues, charges, positions, bonds, np.zeros(MEMBRANE_ATOMS, dtype=int)
    )


def _liquid(rng) -> list[dict]:
    """Water in both reservoirs and in the membrane, and ions in place of some of it."""
    side, grid = 17, BOX_NM[0] / 17
    layers = 13
    z, y, x = np.meshgrid(np.arange(layers), np.arange(side), np.arange(side), indexing="ij")
    lattice = (np.stack([x, y, z], axis=-1).reshape(-1, 3) + 0.5) * [grid, grid, 0.32]
    sites = np.concatenate([lattice + [0, 0, begin] for begin in (FEED_Z, PERMEATE_Z)])
    ions = sum(IONS.values())
    chosen = rng.permutation(len(sites))[: WATERS - WATERS_INSIDE + ions]
    inside = rng.uniform([0, 0, MEMBRANE_Z], [*BOX_NM[:2], PERMEATE_Z - 0.3], (WATERS_INSIDE, 3))
    water = np.concatenate([sites[np.sort(chosen[ions:])], inside])
    water += rng.normal(0, 0.03, water.shape)
    arms = _arms(rng, len(water))
    positions = (water[:, None] + arms).reshape(-1, 3)
    number = np.repeat(np.arange(len(water)), 4)
    first = 4 * np.arange(len(water))
    bonds = np.stack([first, first + 1, first, first + 2], axis=1).reshape(-1, 2)
    names = ["OW", "HW", "HW", "MW"] * len(water)
    charges = np.tile([0.0, 0.52, 0.52, -1.04], len(water))
    parts = [_part(names, "WAT", number % 9999 + 1, charges, positions, bonds, number)]
    places, begin = sites[chosen[:ions]], 0
    for name, count in IONS.items():
        own = places[begin : begin + count]
        begin += count
        each = np.arange(count)
        charge = np.full(count, 1.0 if name == "NA" else -1.0)
        parts.append(_part([name] * count, name, each + 1, charge, own, np.empty((0, 2)), each))
    return parts


def _arms(rng, count: int) -> np.ndarray:
    """Sites of a water molecule about its oxygen in random orientations, nm."""
    one, other = rng.normal(size=(2, count, 3))
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    other -= (other * one).sum(axis=1, keepdims=True) * one
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    half = np.radians(104.52 / 2)
    hydrogens = [0.09572 * (np.cos(half) * one + side * np.sin(half) * other) for side in (1, -1)]
    return np.stack([np.zeros_like(one), *hydrogens, 0.01546 * one], axis=1)
