"""Clusters: residues that amides join."""

from __future__ import annotations

import numpy as np
import scipy

from membranes.networks.structure import Structure


def clusters(network: Structure) -> np.ndarray:
    """Return the number of the cluster, residues joined by amides, of each residue (R,)."""
    count = len(network.kinds)
    ends = network.residue[network.links].reshape(-1, 2)
    graph = scipy.sparse.coo_matrix((np.ones(len(ends)), ends.T), shape=(count, count))
    return scipy.sparse.csgraph.connected_components(graph, directed=False)[1]
