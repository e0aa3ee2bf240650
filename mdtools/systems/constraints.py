"""Constraint groups: atoms joined by constraints and virtual sites, kept whole and exact.

OpenMM applies constraints and virtual sites without periodic images: an X-H pair that lies on
both sides of the boundary is pulled through the box without an error.
"""

import numpy as np
import openmm
import scipy

from mdtools.systems.system import constraint_pairs, masses

LARGEST_ERROR_NM = 1e-3
"""What a constraint may be off before a Context is made; larger means a group is torn."""


def constraint_groups(system: openmm.System) -> np.ndarray:
    """Label (N,) the constraint group of each particle; a free atom is a group of one."""
    n = system.getNumParticles()
    links = [constraint_pairs(system)[0]]
    for site in range(n):
        if system.isVirtualSite(site):
            virtual = system.getVirtualSite(site)
            parents = [virtual.getParticle(k) for k in range(virtual.getNumParticles())]
            links.append(np.array([(site, parent) for parent in parents]))
    pairs = np.concatenate(links)
    graph = scipy.sparse.coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return scipy.sparse.csgraph.connected_components(graph, directed=False)[1]


def make_constraint_groups_whole(
    positions: np.ndarray, system: openmm.System, box_nm: np.ndarray
) -> np.ndarray:
    """Move every atom to the image nearest to the first atom of its constraint group.

    Parameters
    ----------
    positions : (N, 3) array
        nm, any image.
    box_nm : (3,) array

    Returns
    -------
    (N, 3) array
        Shifted by whole box vectors only.
    """
    _, first, group = np.unique(constraint_groups(system), return_index=True, return_inverse=True)
    apart = positions - positions[first][group]
    return positions - np.round(apart / box_nm) * np.asarray(box_nm)


def place_on_constraints(positions: np.ndarray, system: openmm.System) -> np.ndarray:
    """Move each hydrogen along its bond to the exact constrained distance.

    Atoms with a single constraint move, their partner stays; rings of constraints (rigid water)
    are left as they are. Groups must be whole, and no mass zero yet (masses tell H from X).
    """
    pairs, distances = constraint_pairs(system)
    degree = np.bincount(pairs.ravel(), minlength=len(positions))
    mass = masses(system)
    moved, placed = pairs.copy(), positions.copy()
    swap = mass[pairs[:, 0]] < mass[pairs[:, 1]]
    moved[swap] = moved[swap][:, ::-1]
    alone = degree[moved[:, 1]] == 1
    heavy, light = moved[alone].T
    bond = positions[light] - positions[heavy]
    scale = distances[alone] / np.linalg.norm(bond, axis=1)
    placed[light] = positions[heavy] + bond * scale[:, None]
    return placed


def largest_constraint_error(positions: np.ndarray, system: openmm.System) -> tuple[float, int]:
    """Find the largest |d - d0| in nm over all constraints, and its row; (0, -1) without any."""
    pairs, distances = constraint_pairs(system)
    if not len(pairs):
        return 0.0, -1
    apart = np.linalg.norm(positions[pairs[:, 0]] - positions[pairs[:, 1]], axis=1)
    error = np.abs(apart - distances)
    return float(error.max()), int(error.argmax())


def check_constraints(positions: np.ndarray, system: openmm.System) -> None:
    """Raise ValueError if a constraint is torn, or joins a massive and a massless particle."""
    pairs, distances = constraint_pairs(system)
    error, row = largest_constraint_error(positions, system)
    if error > LARGEST_ERROR_NM:
        i, j = pairs[row]
        apart = np.linalg.norm(positions[i] - positions[j])
        raise ValueError(
            f"atoms {i} and {j} are {apart:.4f} nm apart where the constraint is "
            f"{distances[row]:.4f} nm; make constraint groups whole first"
        )
    massive = masses(system)[pairs] > 0
    mixed = np.flatnonzero(massive[:, 0] != massive[:, 1])
    if len(mixed):
        i, j = pairs[mixed[0]]
        raise ValueError(f"constraint between atoms {i} and {j} joins a fixed and a moving atom")
