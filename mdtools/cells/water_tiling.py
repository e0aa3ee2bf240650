"""Water: equilibrated molecules tiled over a cell, overlaps removed, counts exact."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from openmm import app

from mdtools.constants import ANGSTROM_PER_NM, WATERS_PER_NM3
from mdtools.periodic import lateral_tree

OH_NM = 0.09572
HOH_RADIAN = np.deg2rad(104.52)
OM_NM = 0.015
"""Rigid geometry of TIP4P; Jorgensen et al., J. Chem. Phys. 79:926 (1983)."""

HEAVY_CONTACT_NM = 0.27
HYDROGEN_CONTACT_NM = 0.18
"""Closest water oxygen to a heavy atom and to a hydrogen: O-O and O...H of a hydrogen bond, where
the pair distributions of liquid water begin. Also closest water hydrogen to any atom, which keeps
hydrogens without a Lennard-Jones term from falling onto an acceptor."""
WATER_CONTACT_NM = 0.22
"""Closest oxygens across the seam where the tiled box is cut to the lateral lengths."""
SEAM_RESERVE = 1.3
"""Height that is tiled, in multiples of the final height, before it is squeezed."""


@dataclass(frozen=True)
class TiledWater:
    """Water molecules (oxygen first, then H, H, M) of a cell, each whole.

    Attributes
    ----------
    feed, permeate, membrane : (n, 4, 3) arrays
        nm; reservoirs ordered from the membrane outwards.
    """

    feed: np.ndarray
    membrane: np.ndarray
    permeate: np.ndarray


def fill(
    positions: np.ndarray,
    hydrogen: np.ndarray,
    faces: tuple[float, float],
    box_nm: np.ndarray,
    waters: tuple[int, int],
) -> TiledWater:
    """Fill the voids of a slab and a reservoir on each side with water.

    Parameters
    ----------
    positions : (N, 3) array
        Slab atoms, nm, any lateral image.
    hydrogen : (N,) bool array
    faces : (float, float)
        z of the feed and permeate face; water between them belongs to the membrane.
    box_nm : (2,) array
        Lateral periodic lengths.
    waters : (int, int)
        Molecules in the feed and permeate reservoir, exactly; those nearest to the membrane, so
        that the outer surface is flat.
    """
    area = float(np.prod(box_nm))
    # A quarter more than bulk density needs, and the part of the slab beyond its faces.
    margin = 0.3 + np.array([faces[0] - positions[:, 2].min(), positions[:, 2].max() - faces[1]])
    depth = 1.25 * np.array(waters) / (WATERS_PER_NM3 * area) + margin
    water = tile(box_nm, faces[0] - depth[0], faces[1] + depth[1])
    water = water[~overlapping(water, positions, hydrogen, box_nm)]
    z = water[:, 0, 2]
    outward = np.argsort(z, kind="stable")
    feed = outward[::-1][z[outward[::-1]] < faces[0]][: waters[0]]
    permeate = outward[z[outward] > faces[1]][: waters[1]]
    for side, placed, count in zip(("feed", "permeate"), (feed, permeate), waters, strict=True):
        if len(placed) < count:
            raise ValueError(
                f"only {len(placed)} of {count} waters fit into the {side} reservoir; "
                "the membrane reaches too far out of its faces"
            )
    inside = outward[(z[outward] >= faces[0]) & (z[outward] <= faces[1])]
    return TiledWater(water[feed], water[inside], water[permeate])


def tile(box_nm: np.ndarray, z_low: float, z_high: float) -> np.ndarray:
    """Fill a laterally periodic slab with water molecules (n, 4, 3) at bulk density.

    The lateral lengths are rarely multiples of the stored box. Of two molecules that clash across
    the seam the later one is dropped, and the slab is squeezed along z for what that has cost (7 %
    at 2 nm, 3 % at 5 nm): pistons of 0.1 MPa would take hundreds of ps to do so.
    """
    molecules, edge = stored_water()
    height = z_high - z_low
    lengths = np.array([*box_nm, SEAM_RESERVE * height])
    copies = np.stack(
        np.meshgrid(*(np.arange(np.ceil(x / edge)) for x in lengths), indexing="ij"), -1
    ).reshape(-1, 3)
    water = (molecules[None] + edge * copies[:, None, None]).reshape(-1, 4, 3)
    water = water[(water[:, 0] < lengths).all(axis=1)]
    seam = lateral_tree(water[:, 0], box_nm).query_pairs(WATER_CONTACT_NM, output_type="ndarray")
    keep = np.ones(len(water), dtype=bool)
    for first, second in seam[np.lexsort(seam.T[::-1])]:
        if keep[first] and keep[second]:
            keep[second] = False
    water = water[keep]
    squeeze = min(1.0, len(water) / (WATERS_PER_NM3 * float(np.prod(lengths))))
    squeezed = water[:, 0, 2] * squeeze
    water[..., 2] += (squeezed - water[:, 0, 2] + z_low)[:, None]
    return water[squeezed < height]


@cache
def stored_water() -> tuple[np.ndarray, float]:
    """Load OpenMM's equilibrated TIP4P-Ew box as TIP4P molecules (n, 4, 3), and its edge, nm."""
    # By columns, in a hundredth of the time of OpenMM's reader, which also makes a topology.
    lines = (Path(app.__file__).parent / "data" / "tip4pew.pdb").read_text().splitlines()
    edge = next(float(line[6:15]) for line in lines if line[:6] == "CRYST1") / ANGSTROM_PER_NM
    places = [
        [float(line[at : at + 8]) for at in (30, 38, 46)]
        for line in lines
        if line[:6] in ("ATOM  ", "HETATM")
    ]
    molecules = np.array(places).reshape(-1, 4, 3) * (1 / ANGSTROM_PER_NM)
    molecules = molecules - edge * np.floor(molecules[:, :1] / edge)
    return rigid_water(molecules), edge


def rigid_water(molecules: np.ndarray) -> np.ndarray:
    """Give molecules (n, 3 or 4, 3) the TIP4P geometry, at their place and orientation; nm."""
    oxygen = molecules[:, 0]
    bisector = _unit(molecules[:, 1] + molecules[:, 2] - 2 * oxygen)
    across = molecules[:, 1] - molecules[:, 2]
    along = np.einsum("ij,ij->i", across, bisector)[:, None]
    across = _unit(across - along * bisector)
    height, half_width = OH_NM * np.cos(HOH_RADIAN / 2), OH_NM * np.sin(HOH_RADIAN / 2)
    return np.stack(
        [
            oxygen,
            oxygen + height * bisector + half_width * across,
            oxygen + height * bisector - half_width * across,
            oxygen + OM_NM * bisector,
        ],
        axis=1,
    )


def overlapping(
    water: np.ndarray, positions: np.ndarray, hydrogen: np.ndarray, box_nm: np.ndarray
) -> np.ndarray:
    """Mark the water molecules (n,) that overlap with atoms (N, 3), laterally periodic."""
    too_near = np.zeros(len(water), dtype=bool)
    contacts = (
        (0, ~hydrogen, HEAVY_CONTACT_NM),
        (0, hydrogen, HYDROGEN_CONTACT_NM),
        (1, np.ones_like(hydrogen), HYDROGEN_CONTACT_NM),
        (2, np.ones_like(hydrogen), HYDROGEN_CONTACT_NM),
    )
    for site, atoms, contact in contacts:
        if atoms.any():
            too_near |= nearest(water[:, site], positions[atoms], box_nm) < contact
    return too_near


def nearest(points: np.ndarray, others: np.ndarray, box_nm: np.ndarray) -> np.ndarray:
    """Return the distance (n,) in nm of each point to the nearest other, laterally periodic."""
    return lateral_tree(others, box_nm).query(points)[0]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
