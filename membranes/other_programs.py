"""Relaxation of a network by another program: its input files, and its coordinates back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from mdtools import seeds
from mdtools.constants import HEAVY_HYDROGEN_DA
from mdtools.errors import SettingsError
from mdtools.exports import parameters
from mdtools.exports.coordinates import Coordinates, read_coordinates
from mdtools.exports.gromacs_relaxation import Relaxation, write_relaxation
from mdtools.options import NonbondedOptions
from mdtools.periodic import cut_at_widest_gap, minimum_image
from mdtools.systems.system import SLAB_VACUUM_NM
from membranes.building.dynamics import WALL_KJ_MOL_NM2
from membranes.building.journal import fingerprint
from membranes.building.options import RelaxationOptions
from membranes.building.relaxation import centred
from membranes.networks.labels import residue_labels
from membranes.networks.network import Network

LARGEST_CHANGE_OF_BOX_NM = 1e-3
LEAST_GAP_NM = 0.5
"""Without any atom along z, where the slab is cut from its images."""
LONGEST_BOND_NM = 0.25
"""Of a molecule in motion; a longer one says that the atoms are not in their order."""


def write_gromacs_relaxation(
    network: Network, options: RelaxationOptions, *, seed: int, directory: Path, stem: str
) -> list[Path]:
    """Write what GROMACS needs to relax a network as ``relax_further`` does; returns the files.

    Parameters
    ----------
    network : Network
        At rest (`membranes.building.relaxation.minimised`), as dynamics start from it at full
        temperature. The walls are as far from its centre of mass as the faces of its box.
    options : RelaxationOptions
    seed : int
        Of velocities and noise, with the network: another start has others.
    directory, stem : Path, str
        Where the files go, and what their names begin with.
    """
    network = centred(network)
    content = parameters(network.polymer(), residue_labels(network), stem)
    centre_nm = float((content.positions - network.positions)[0, 2])
    relaxation = Relaxation(
        duration_ps=options.duration_ps,
        timestep_fs=options.timestep_fs,
        temperature_K=options.temperature_K,
        friction_per_ps=options.friction_per_ps,
        rigid_hydrogens=options.hydrogens != "flexible",
        hydrogen_mass_Da=HEAVY_HYDROGEN_DA if options.hydrogens == "heavy" else None,
        cutoff_nm=NonbondedOptions().cutoff_nm,
        wall_distance_nm=float(network.box_nm[2]),
        vacuum_nm=SLAB_VACUUM_NM,
        wall_kJ_mol_nm2=WALL_KJ_MOL_NM2,
        seed=seeds.integer(seed, "relaxed by another program", fingerprint(network)),
    )
    directory.mkdir(parents=True, exist_ok=True)
    return write_relaxation(content, centre_nm, relaxation, directory, stem)


def with_coordinates(network: Network, path: Path) -> Network:
    """Return the network with coordinates that another program has written, centred at z = 0.

    Atoms may be wrapped, and molecules broken, along every axis that the file has a box for.

    Raises
    ------
    SettingsError
        For a file that cannot be read, of other atoms or in another order, of another area, or in
        which the slab fills its box in z.
    """
    read = read_coordinates(path, len(network.names))
    _check_names(network, read, path)
    positions = read.positions
    if read.box_nm is not None:
        _check_area(network, read.box_nm, path)
        heights, gap_nm = cut_at_widest_gap(positions[:, 2], read.box_nm[2])
        if gap_nm < LEAST_GAP_NM:
            raise SettingsError(
                f"{path}: the widest gap without atoms along z is {gap_nm:.2f} nm, needed are "
                f"{LEAST_GAP_NM:g} nm to tell the slab from its images: the box must have vacuum "
                "along z"
            )
        positions = np.column_stack([positions[:, :2], heights])
    moved = replace(network, positions=positions, velocities=None)
    _check_bonds(moved, path)
    return centred(moved)


def _check_names(network: Network, read: Coordinates, path: Path) -> None:
    if read.names is None or np.array_equal(read.names, network.elements):
        return
    different = np.flatnonzero(read.names != network.names)
    if len(different):
        row = int(different[0])
        raise SettingsError(
            f"{path}: atom {row + 1} is {read.names[row]}, in the network it is "
            f"{network.names[row]}; the atoms must be in the order of the exported files"
        )


def _check_area(network: Network, box_nm: np.ndarray, path: Path) -> None:
    if np.abs(box_nm[:2] - network.box_nm[:2]).max() > LARGEST_CHANGE_OF_BOX_NM:
        found, expected = (
            " x ".join(f"{length:.7g}" for length in box[:2]) for box in (box_nm, network.box_nm)
        )
        raise SettingsError(
            f"{path}: its box is {found} nm in x and y, that of the network is {expected} nm; "
            "the area must stay as it is (no pressure coupling)"
        )


def _check_bonds(network: Network, path: Path) -> None:
    lengths = network.distances(*network.bonds.T)
    longest = int(np.argmax(lengths))
    if lengths[longest] > LONGEST_BOND_NM:
        first, second = network.bonds[longest].tolist()
        raise SettingsError(
            f"{path}: atoms {first + 1} and {second + 1}, bonded in the network, are "
            f"{lengths[longest]:.2f} nm apart: the file is of another network, its atoms are in "
            "another order, or it was wrapped along z and no box was found in the file"
        )


def rms_displacement(before: Network, after: Network) -> float:
    """Return the root-mean-square displacement of a network's atoms less its centre's, nm.

    Atoms may be any lateral image; so the lateral drift, which may be half a box, is first taken
    as the mean angle on the circle that a periodic axis is.
    """
    moves = after.positions - before.positions
    turns = np.exp(2j * np.pi * moves[:, :2] / before.box_nm[:2])
    mean = np.angle(before.masses @ turns) / (2 * np.pi) * before.box_nm[:2]
    moves = minimum_image(moves - [*mean, 0.0], before.box_nm)
    moves -= np.average(moves, axis=0, weights=before.masses)
    return float(np.sqrt((moves**2).sum(axis=1).mean()))
