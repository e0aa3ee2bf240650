"""Report on a network: conversion, composition, density, charge and structural checks."""

from __future__ import annotations

import numpy as np

from mdtools.forcefield import AMINES
from membranes.networks.clusters import clusters
from membranes.networks.monomers import MONOMERS
from membranes.networks.profile import box_density, dense_density, dense_region, dense_volume
from membranes.networks.rings import pierced_rings
from membranes.networks.structure import Structure


def network_report(network: Structure) -> dict:
    """Report counts, conversion, composition, density, charge and structural checks.

    ``nh_conversion`` is the share of the amine groups that have reacted, of which a primary amine
    is one; ``o_over_n`` counts atoms; ``density_g_cm3`` is over the fixed volume of the reaction
    box, ``dense_density_g_cm3`` over that of the dense region; ``sol_fraction`` is the mass share
    outside the largest cluster; ``sol_residues`` the molecules it consists of.
    """
    arms = {
        state: len(network.arms_in(state))
        for state in ("NH", "NH2+", "COCl", "COOH", "COO-", "amide")
    }
    amides = len(network.links)
    arms_of = {kind: len(MONOMERS[kind].centres) for kind in network.kinds}
    amine_sites = sum(arms_of[kind] for kind in network.kinds if kind in AMINES)
    acyl_sites = sum(arms_of[kind] for kind in network.kinds if kind not in AMINES)
    sizes, sol = _clusters(network)
    lengths = link_lengths_angstrom(network)
    low, high = dense_region(network)
    count = {symbol: int((network.elements == symbol).sum()) for symbol in ("O", "N")}
    return {
        "monomers": {
            kind: network.kinds.count(kind)
            for kind in MONOMERS
            if kind in ("PIP", "TMC", *network.kinds)
        },
        "atoms": len(network.names),
        "box_nm": network.box_nm.tolist(),
        "nh_conversion": amides / amine_sites,
        "acyl_conversion": amides / acyl_sites,
        "amide_bonds": amides,
        "free_amines": arms["NH"],
        "carboxylic_acids": arms["COOH"],
        "acyl_chlorides": arms["COCl"],
        "ammonium_groups": arms["NH2+"],
        "carboxylates": arms["COO-"],
        "o_over_n": count["O"] / count["N"],
        "density_g_cm3": box_density(network),
        "dense_density_g_cm3": dense_density(network),
        "dense_region_nm": [low, high],
        "dense_volume_nm3": dense_volume(network),
        "formal_charge_e": network.formal_charge,
        "template_charge_e": network.template_charge,
        "longest_amide_angstrom": float(lengths.max()) if amides else 0.0,
        "pierced_rings": len(pierced_rings(network)),
        "clusters": len(sizes),
        "largest_cluster_residues": int(sizes[0]),
        "sol_fraction": sol,
        "seed": network.seed,
    }


def link_lengths_angstrom(network: Structure) -> np.ndarray:
    """Return the length of every amide C-N bond, minimum image."""
    return 10 * network.distances(*network.links.T)


def _clusters(network: Structure) -> tuple[np.ndarray, float]:
    """Return residues per cluster, largest first, and the mass share outside the largest."""
    label = clusters(network)
    mass = np.bincount(label[network.residue], weights=network.masses)
    return np.sort(np.bincount(label))[::-1], float(1 - mass.max() / mass.sum())
