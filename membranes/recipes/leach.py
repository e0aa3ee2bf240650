"""Leaching: what is not tethered to the network goes with the solvent."""

from __future__ import annotations

import numpy as np

from membranes.networks.clusters import clusters
from membranes.networks.residues import without
from membranes.recipes.errors import LeachError
from membranes.recipes.film import Film


def leach(film: Film, largest_residues: int) -> Film:
    """Remove every cluster of up to so many residues; the largest one is the network and stays.

    Raises LeachError if the largest cluster is not larger than that.
    """
    network = film.network
    label = clusters(network)
    sizes = np.bincount(label)
    if sizes.max() == 1:
        raise LeachError(f"none of {len(label)} residues is bound to another: no network is there")
    if sizes.max() <= largest_residues:
        raise LeachError(
            f"a leach of clusters of up to {largest_residues} residues would remove the whole "
            f"network: the largest of its {len(sizes)} clusters has {sizes.max()} of "
            f"{len(label)} residues; allowed is at most {sizes.max() - 1}"
        )
    loose = sizes <= largest_residues
    gone = np.flatnonzero(loose[label])
    mass = network.masses[loose[label[network.residue]]].sum()
    kinds = [network.kinds[row] for row in gone.tolist()]
    numbers = {
        "clusters_removed": int(loose.sum()),
        "residues_removed": len(kinds),
        "residues_left": len(label) - len(kinds),
        "removed_by_kind": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "mass_share_removed": float(mass / network.masses.sum()),
    }
    return film.after("leach", numbers, **_rest(film, gone))


def _rest(film: Film, gone: np.ndarray) -> dict:
    """Return network and protonated amines without some residues, whose rows close up."""
    left = np.delete(np.arange(len(film.network.kinds)), gone)
    number_of = {row: number for number, row in enumerate(left.tolist())}
    protonated = frozenset(
        (number_of[row], arm) for row, arm in film.protonated if row in number_of
    )
    return {"network": without(film.network, gone.tolist()), "protonated": protonated}
