"""Heavy hydrogens: three times their mass, taken from the atoms they sit on, while atoms move.

Masses do not enter the energy, so averages over configurations stay as they are; the rates at which
atoms move do not (Feenstra, Hess and Berendsen, J. Comput. Chem. 20, 786 (1999)).
"""

import numpy as np
import openmm
from numpy.typing import ArrayLike

from mdtools.constants import HEAVY_HYDROGEN_DA
from mdtools.options import Preset, PresetOptions
from mdtools.systems.system import constraint_pairs, masses


def of_preset(system: openmm.System, elements: ArrayLike, preset: Preset) -> openmm.System:
    """Return the system that the dynamics of a preset need: itself, or `with_heavy_hydrogens`."""
    return with_heavy_hydrogens(system, elements) if preset == "heavy" else system


def with_heavy_hydrogens(
    system: openmm.System, elements: ArrayLike, hydrogen_mass_Da: float = HEAVY_HYDROGEN_DA
) -> openmm.System:
    """Return a copy of a system with heavy hydrogens, in water, too; its total mass is the same.

    Atoms without mass (anchors with their hydrogens, virtual sites) stay without.

    Parameters
    ----------
    elements : array_like of str, (N,)
        Symbols; empty for a virtual site.

    Raises
    ------
    ValueError
        As `repartitioned`; a hydrogen's partner is told by its constraint or its harmonic bond.
    """
    copy = openmm.XmlSerializer.clone(system)
    heavier = repartitioned(masses(system), elements, _bonds(system), hydrogen_mass_Da)
    for atom, mass in enumerate(heavier.tolist()):
        copy.setParticleMass(atom, mass)
    return copy


def repartitioned(
    mass_Da: np.ndarray, elements: ArrayLike, bonds: np.ndarray, hydrogen_mass_Da: float
) -> np.ndarray:
    """Return masses (N,) in Da in which the heavy atoms give their hydrogens mass.

    Parameters
    ----------
    mass_Da : (N,) array
        A hydrogen without mass keeps and gets none.
    elements : array_like of str, (N,)
    bonds : (B, 2) int array
        Pairs of hydrogens, and of other atoms, are passed over.

    Raises
    ------
    ValueError
        If a hydrogen sits on no atom or on several, on one without mass, or on one that would be
        left with none.

    Examples
    --------
    >>> water = repartitioned(
    ...     np.array([15.999, 1.008, 1.008]), ["O", "H", "H"], np.array([[0, 1], [0, 2]]), 3.024
    ... )
    >>> water.round(3).tolist()
    [11.967, 3.024, 3.024]
    """
    before, symbols = np.asarray(mass_Da, dtype=float), np.asarray(elements, dtype=str)
    hydrogen = symbols == "H"
    pairs = np.unique(np.sort(np.asarray(bonds, dtype=int).reshape(-1, 2), axis=1), axis=0)
    pairs = pairs[hydrogen[pairs].sum(axis=1) == 1]
    pairs = np.where(hydrogen[pairs[:, :1]], pairs[:, ::-1], pairs)
    count = np.bincount(pairs[:, 1], minlength=len(before))
    moving = hydrogen & (before > 0)
    wrong = np.flatnonzero(moving & (count != 1))
    if len(wrong):
        raise ValueError(
            f"hydrogen {wrong[0]} sits on {count[wrong[0]]} atoms, allowed is one to take mass from"
        )
    carriers, light = pairs[moving[pairs[:, 1]]].T
    gained = hydrogen_mass_Da - before[light]
    after = before.copy()
    after[light] = hydrogen_mass_Da
    np.subtract.at(after, carriers, gained)
    poor = carriers[after[carriers] <= 0]
    if len(poor):
        raise ValueError(
            f"atom {poor[0]} ({symbols[poor[0]]}) of {before[poor[0]]:g} Da has too little mass "
            f"for hydrogens of {hydrogen_mass_Da:g} Da"
        )
    return after


def assumption(options: PresetOptions) -> str:
    """Return masses and timestep of a cell or a run in words, for readers of its results."""
    begin = f"timestep {options.timestep_fs:g} fs (preset {options.preset})"
    if not options.heavy:
        return f"{begin}, bonds to hydrogen rigid, atoms of their true masses"
    return (
        f"{begin}, bonds to hydrogen rigid, hydrogens of membrane and water of three times their "
        "mass, taken from the atoms they sit on: averages over configurations stay as they are, "
        "but water and ions move more slowly than with true masses"
    )


def _bonds(system: openmm.System) -> np.ndarray:
    """Return the constrained and the harmonically bonded pairs (B, 2) of a system."""
    pairs = [constraint_pairs(system)[0]]
    for force in system.getForces():
        if isinstance(force, openmm.HarmonicBondForce):
            rows = [force.getBondParameters(k)[:2] for k in range(force.getNumBonds())]
            pairs.append(np.array(rows, dtype=int).reshape(-1, 2))
    return np.concatenate(pairs)
