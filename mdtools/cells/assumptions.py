"""What a cell takes for granted, in words for the readers of its results."""

import math

from mdtools.constants import KJ_NM_PER_MPA_NM2, WATERS_PER_NM3
from mdtools.ions import CHARGE_SCALES
from mdtools.options import CellOptions, NonbondedOptions
from mdtools.systems import heavy_hydrogens

TIP4P_SIGMA_NM = 0.3153652
TIP4P_EPSILON_KJ_MOL = 0.6485
"""Jorgensen et al., J. Chem. Phys. 79:926 (1983)."""
WITHOUT_CORRECTION = (
    "PME in three dimensions with vacuum along z, without a slab correction (the published text "
    "does not speak of one)"
)
WITH_CORRECTION = (
    "PME in three dimensions with vacuum along z, with a slab correction (Yeh and Berkowitz, "
    "1999): the field that the images of the cell's dipole along z make is taken off"
)
ALWAYS = (
    "counter-ions are shared equally between the reservoirs at first, an odd one is on the feed "
    "side; they are not driven and not counted among the feed ions",
    "the area of the membrane is fixed, as of a film on its support: it swells in thickness only; "
    "while the cell settles, the mean z of the membrane is held softly and nothing else of it",
    "anchored atoms are chosen after that, where they then are: heavy atoms nearest to the "
    "lateral boundaries with all their hydrogens, none of a charged group or within two bonds of "
    "one; the published text does not say which of its 5 % were fixed",
)


def assumptions(options: CellOptions, nonbonded: NonbondedOptions) -> list[str]:
    """List what a cell of these options takes for granted."""
    return [
        f"water is TIP4P (Jorgensen 1983), ions are {nonbonded.ion_set}, Lorentz-Berthelot mixing",
        *_scaled(nonbonded.ion_set),
        f"{options.piston_pressure_MPa:g} MPa on both sheets while the cell comes to equilibrium: "
        "no pressure difference across the membrane",
        _truncation(nonbonded),
        f"while the cell comes to equilibrium: {heavy_hydrogens.assumption(options)}",
        WITH_CORRECTION if nonbonded.slab_correction else WITHOUT_CORRECTION,
        *ALWAYS,
        _feed_ions(options),
        _counter_ions(options),
    ]


def neglected_pressure_MPa(cutoff_nm: float) -> float:
    """Return the attraction that plain truncation leaves out of bulk TIP4P, as a pressure in MPa.

    The tail of the virial of a Lennard-Jones fluid of uniform density beyond the cut-off (Allen and
    Tildesley, Computer Simulation of Liquids, section 2.8), of the oxygens at 33.4 per nm3.

    >>> round(neglected_pressure_MPa(0.9), 1)
    27.1
    """
    ratio = (TIP4P_SIGMA_NM / cutoff_nm) ** 3
    strength = WATERS_PER_NM3**2 * TIP4P_EPSILON_KJ_MOL * TIP4P_SIGMA_NM**3
    virial = 16 * math.pi / 3 * strength * (ratio - 2 / 3 * ratio**3)
    return virial / KJ_NM_PER_MPA_NM2


def _scaled(ion_set: str) -> list[str]:
    if ion_set not in CHARGE_SCALES:
        return []
    scale = CHARGE_SCALES[ion_set]
    return [
        f"charges of ions, and of each charged group of the membrane, are {scale:g} of the formal "
        "ones, for the polarisation of electrons that no atom shows (electronic continuum); the "
        "ions were fitted for SPC/E, not for TIP4P; a body force is that of the formal charges, a "
        f"field acts on the charges that atoms have, {scale:g} of them"
    ]


def _truncation(nonbonded: NonbondedOptions) -> str:
    cutoff = f"{nonbonded.cutoff_nm:g} nm"
    told = "the published cut-off is 0.9 nm, how it ends there the text does not say"
    if nonbonded.switch_nm is not None:
        return (
            f"Lennard-Jones energies switched to zero from {nonbonded.switch_nm:g} nm to {cutoff}, "
            f"without a tail correction; {told}"
        )
    return (
        f"plain truncation of Lennard-Jones forces at {cutoff} without a tail correction: in bulk "
        f"water that leaves out about {neglected_pressure_MPa(nonbonded.cutoff_nm):.0f} MPa of "
        f"attraction, so that reservoir water is less dense than with it; {told}"
    )


def _feed_ions(options: CellOptions) -> str:
    if options.feed_ions == "shared":
        return (
            "feed ions are free during the equilibration and all trials start from this one set of "
            "coordinates with new velocities, so some may lie on the membrane at t = 0, and "
            "intervals over trials leave out how much other ion placements differ"
        )
    return (
        "feed ions are kept in the feed by a soft wall until t = 0, and each trial has its own "
        "places of them and lets them settle; the membrane, its charged groups and counter-ions "
        "and most water start from one set of coordinates, so intervals over trials leave out "
        "how much other networks and layouts differ"
    )


def _counter_ions(options: CellOptions) -> str:
    if options.counter_ions == "held":
        return "counter-ions are kept in their reservoirs by soft walls until t = 0"
    return "counter-ions are free to go to the membrane's charges before t = 0, as published"
