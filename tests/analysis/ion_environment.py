"""Arrays of a store on the environment of its ions, of known content."""

import numpy as np

from analysis.kernels.ion_energies import PRESETS, SCOPES, TERMS
from analysis.reading.observer import PARTNERS

OUTSIDE, INSIDE = (6, 0, 0), (4, 1, 1)
"""Neighbours in the first shell in the reservoirs and in the membrane: water O, membrane O, N."""
SHELL_ANGSTROM, SECOND_ANGSTROM = 2.4, 4.2
"""Distance of the first shell, and of one more water beyond it."""
DEPTH_KCAL = {"Na+": -40.0, "Cl-": 40.0, "Ca2+": -80.0, "K+": -40.0}
"""Energy with the charged groups at the membrane's centre."""


def shells(z_nm: np.ndarray, half: float) -> dict[str, np.ndarray]:
    """First shells of ions at z (F, n) that lose two waters to one O and one N inside."""
    inside = np.abs(z_nm) < half
    counts = np.where(inside[..., None], INSIDE, OUTSIDE) + [1, 0, 0]
    first = 1e4 * SHELL_ANGSTROM / 10
    distances = []
    for water, *others in counts.reshape(-1, len(PARTNERS)):
        distances += [first] * (water - 1) + [1e4 * SECOND_ANGSTROM / 10] + [first] * sum(others)
    return {
        "shell_counts": counts.astype(np.uint16),
        "shell_1e_4_nm": np.rint(distances).astype(np.uint16),
    }


def radial(species: list[str], z_nm: np.ndarray, of_ion: np.ndarray) -> dict[str, np.ndarray]:
    """Pairs as of a first peak at SHELL_ANGSTROM, a valley at 3.2 and a level rest, for water."""
    edges, layers = 0.005 * np.arange(201), 0.2 * np.arange(-70, 71)
    r = 10 * (edges[1:] + edges[:-1]) / 2
    g = 9 * np.exp(-(((r - SHELL_ANGSTROM) / 0.18) ** 2)) + 1 / (1 + np.exp(-(r - 3.7) / 0.12))
    ideal = 4 * np.pi * r**2 * 0.05 * 0.0333
    place = np.clip(np.floor((z_nm + 14.0) / 0.2).astype(int), 0, len(layers) - 2)
    references = np.zeros((len(species), len(layers) - 1), dtype=np.uint32)
    np.add.at(references, (np.broadcast_to(of_ion, place.shape), place), 1)
    pairs = np.zeros((*references.shape, len(PARTNERS), len(r)), dtype=np.uint32)
    pairs[:, :, 0] = np.rint(references[..., None] * g * ideal)
    return {
        "radial_frames": np.array(len(z_nm)),
        "radial_edges_nm": edges,
        "radial_z_edges_nm": layers,
        "radial_pairs": pairs,
        "radial_references": references,
    }


def energies(species_of_ion: list[str], z_nm: np.ndarray, time_ps) -> dict[str, np.ndarray]:
    """Energies that fall off with the distance from the centre; the near preset is cut off."""
    shape = (*z_nm.shape, len(PRESETS), len(SCOPES), len(TERMS))
    found = np.zeros(shape, dtype=np.float32)
    depth = np.array([DEPTH_KCAL[name] for name in species_of_ion])
    far = depth / (1 + (z_nm / 1.5) ** 2)
    near = far * np.clip(1 - (z_nm / 2.7) ** 2, 0, None) ** 2
    found[:, :, PRESETS.index("full_minimage"), :, TERMS.index("electrostatic")] = far[..., None]
    found[:, :, PRESETS.index("namdenergy_default"), :, 0] = near[..., None]
    found[..., TERMS.index("vdw")] = -1.5
    return {
        "energy_time_ps": np.asarray(time_ps, dtype=float),
        "energy_kcal_mol": found,
        "group_charge_e": np.array(-14.0),
    }


def ion_environment(atoms: list[dict], time_ps, z_nm: np.ndarray, half: float, full: int) -> dict:
    """All of these arrays, for full frames spread over the fast frames of ions at z (T, n)."""
    ions = [atom["species"] for atom in atoms if atom["role"] in ("feed ion", "counter-ion")]
    species = list(dict.fromkeys(ions))
    frames = np.linspace(0, len(time_ps) - 1, full + 1).astype(int)[1:]
    z = z_nm[frames][:, : len(ions)]
    of_ion = np.array([species.index(name) for name in ions], dtype=int)
    return {
        "full_time_ps": np.asarray(time_ps)[frames],
        **shells(z, half),
        **radial(species, z, of_ion),
        **energies(ions, z, np.asarray(time_ps)[frames]),
    }
