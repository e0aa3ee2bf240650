"""A polymer network as arrays, from which cells and exported files are built."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Polymer:
    """A polymer network: residues with template names, atoms, bonds and positions.

    Attributes
    ----------
    atoms : DataFrame, N rows
        ``residue`` (row of ``residues``), ``name``, ``element``; atoms of a residue are contiguous.
    residues : DataFrame, R rows
        ``name`` (PIP, TMC) and ``template`` (name in the force field).
    bonds : (B, 2) int array
        Pairs of atom rows.
    positions : (N, 3) float array
        nm, z = 0 at the membrane's centre of mass, feed side negative.
    box_nm : (2,) float array
        Lateral periodic lengths.
    groups : DataFrame
        Charged groups: ``group`` (stable id), ``kind`` (NH2+ or COO-), ``residue``, ``atom``
        (row of the N or of the carboxylate C).
    """

    atoms: pd.DataFrame
    residues: pd.DataFrame
    bonds: np.ndarray
    positions: np.ndarray
    box_nm: np.ndarray
    groups: pd.DataFrame
