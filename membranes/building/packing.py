"""Random packing of monomers into the slab by packmol."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from packmol.cli import get_binary_path

from mdtools.constants import G_CM3_PER_DA_NM3
from membranes.networks.monomers import MONOMERS, element, geometry, molar_mass
from membranes.networks.network import Network
from membranes.networks.rings import pierced_rings

MARGIN_ANGSTROM = 0.8
"""Distance kept from the z faces, about half of a carbon's radius."""
DENSEST_G_CM3 = 1.6
"""No liquid of these monomers is denser; a box that asks for more is a mistake."""
SECONDS = 600
ATTEMPTS = 5
"""Packings tried until none has a monomer threaded through another one's ring."""


class PackingError(RuntimeError):
    """The monomers do not fit the box."""

    exit_code = 78


def pack(
    counts: dict[str, int],
    box_nm: tuple[float, float, float],
    *,
    tolerance_angstrom: float,
    seed: int,
    network_seed: int,
) -> Network:
    """Pack unreacted monomers at random positions and orientations, periodic in x and y.

    Parameters
    ----------
    counts : dict
        Molecules of each kind.
    box_nm : (3,) lengths
        z is the slab between its faces.
    seed : int
        Seed of packmol.

    Raises
    ------
    PackingError
        When the density is impossible, packmol gives up, or every packing threads a ring.
    """
    kinds = [kind for kind in MONOMERS for _ in range(counts.get(kind, 0))]
    _check_density(kinds, box_nm)
    box = np.asarray(box_nm, dtype=float)
    for attempt in range(ATTEMPTS):
        positions = _run_packmol(counts, box, tolerance_angstrom, seed + attempt)
        network = unreacted_network(kinds, positions, box, network_seed)
        if not len(pierced_rings(network)):
            return network
    raise PackingError(
        f"in {ATTEMPTS} packings a monomer was threaded through another one's ring: enlarge "
        "membrane.box_nm or raise membrane.packing_tolerance_angstrom"
    )


def unreacted_network(kinds, positions: np.ndarray, box_nm, seed: int) -> Network:
    """Make a network of unreacted monomers with positions (N, 3) in nm, molecule by molecule."""
    names, residue, bonds, offset = [], [], [], 0
    for row, kind in enumerate(kinds):
        own, _, pairs = geometry(kind)
        index = {name: offset + k for k, name in enumerate(own)}
        names += own
        residue += [row] * len(own)
        bonds += [(index[a], index[b]) for a, b in pairs]
        offset += len(own)
    return Network(
        kinds=tuple(kinds),
        arms=tuple(MONOMERS[kind].packed_arms for kind in kinds),
        residue=np.array(residue),
        names=np.array(names, dtype=object),
        ids=np.arange(offset),
        bonds=np.array(bonds, dtype=int).reshape(-1, 2),
        positions=np.asarray(positions, dtype=float),
        box_nm=np.asarray(box_nm, dtype=float),
        next_id=offset,
        seed=seed,
    )


def _check_density(kinds, box_nm) -> None:
    mass = sum(molar_mass(kind) for kind in kinds)
    density = mass / float(np.prod(box_nm)) * G_CM3_PER_DA_NM3
    if density > DENSEST_G_CM3:
        raise PackingError(
            f"{len(kinds)} monomers in {' x '.join(f'{x:g}' for x in box_nm)} nm are "
            f"{density:.2f} g/cm3, more than {DENSEST_G_CM3}; enlarge membrane.box_nm or take "
            "fewer membrane.monomers"
        )


def _run_packmol(counts, box_nm, tolerance_angstrom, seed) -> np.ndarray:
    with tempfile.TemporaryDirectory(prefix="packmol-") as scratch:
        folder = Path(scratch)
        for kind in MONOMERS:
            if counts.get(kind):
                (folder / f"{kind}.xyz").write_text(_xyz(kind))
        script = folder / "pack.inp"
        script.write_text(packmol_input(counts, box_nm, tolerance_angstrom, seed))
        # packmol seeks on its input, so it gets a file and never a pipe.
        with script.open() as source:
            done = subprocess.run(
                [get_binary_path()],
                stdin=source,
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        packed = folder / "packed.xyz"
        if done.returncode or "Success!" not in done.stdout or not packed.exists():
            raise PackingError(
                f"packmol placed no {counts} in {box_nm.tolist()} nm at a tolerance of "
                f"{tolerance_angstrom:g} A: enlarge membrane.box_nm or lower "
                f"membrane.packing_tolerance_angstrom\n{done.stdout[-500:]}"
            )
        lines = packed.read_text().splitlines()[2:]
    return np.array([[float(x) for x in line.split()[1:4]] for line in lines]) / 10


def packmol_input(counts, box_nm, tolerance_angstrom: float, seed: int) -> str:
    """Return the text of a packmol input that fills the slab, periodic in x and y."""
    x, y, z = (10 * length for length in box_nm)
    # z gets a period too large to matter; the faces come from the box constraint.
    lines = [
        f"tolerance {tolerance_angstrom:.3f}",
        f"seed {seed}",
        "filetype xyz",
        "output packed.xyz",
        f"pbc 0.0 0.0 {-z:.4f} {x:.4f} {y:.4f} {2 * z:.4f}",
    ]
    low, high = MARGIN_ANGSTROM, z - MARGIN_ANGSTROM
    for kind in MONOMERS:
        if counts.get(kind):
            lines += [
                f"structure {kind}.xyz",
                f"  number {counts[kind]}",
                f"  inside box 0.0 0.0 {low:.4f} {x:.4f} {y:.4f} {high:.4f}",
                "end structure",
            ]
    return "\n".join(lines) + "\n"


def _xyz(kind: str) -> str:
    names, positions, _ = geometry(kind)
    rows = [
        f"{element(name)} {x:.5f} {y:.5f} {z:.5f}"
        for name, (x, y, z) in zip(names, 10 * positions, strict=True)
    ]
    return f"{len(rows)}\n{kind}\n" + "\n".join(rows) + "\n"
