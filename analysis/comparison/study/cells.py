"""The cells of the published campaign as problems of twins, in variants of the theory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.comparison.parameters.fitted_charge import EFFECTIVE_FRACTION
from analysis.comparison.parameters.pores import pore_properties
from analysis.comparison.twins.charges import ChargeProfile
from analysis.comparison.twins.geometry import Geometry
from analysis.comparison.twins.ions import Species, cell_species
from analysis.comparison.twins.problem import STUDY_DAMPING, TwinProblem
from analysis.continuum.arrays import Array
from analysis.continuum.model import Membrane

NM, NS = 1e-9, 1e-9
BOX_NM = (5.2, 5.2)
THICKNESS_NM, RESERVOIR_NM, POROSITY = 5.0, 4.6, 0.5
SMOOTHING_NM = 0.3
SETTLING_NS = 10.0
CATIONS = {"NaCl": "Na+", "CaCl2": "Ca2+"}
ANION, FEED_CATIONS, TRIALS = "Cl-", 10, 3
STUDY_RADIUS_NM, NF270_RADIUS_NM = 0.28, 0.49
PERMITTIVITY = 44.0
NF270 = Membrane(NM * NF270_RADIUS_NM, 0.79e-6, PERMITTIVITY, 0.0)
"""As DSPM-DE fits it (Labban et al., 2018), without its charge."""
GEOMETRY = Geometry.symmetric(NM * RESERVOIR_NM, NM * THICKNESS_NM, NM**2 * BOX_NM[0] * BOX_NM[1])
SOURCES = {
    "box": "5.2 x 5.2 nm, the study's",
    "membrane": "5 nm between its faces, the study's z of its loose surface layers; its dense "
    "core is 3 nm of that",
    "reservoirs": "4.6 nm each, the study's, of which its 3918 waters fill 4.3 at bulk density",
    "groups": "placed on the dry network pip-tmc-2020; z stretched affinely so that its dense "
    "region fills the 5 nm, what lies beyond counts at the face; Gaussians of 0.3 nm",
    "feed ions": "10 formula units in the feed, evenly spread at the start, driven by 0.072 "
    "kcal/mol/angstrom per elementary charge; 3 trials, as the study has",
    "counter-ions": "half in either reservoir, 10 ns to settle while feed ions stay in the feed",
    "effective charge": "a fraction of 0.15 of every group and, for neutrality, of every "
    "counter-ion, which need not be a whole number; feed ions are all there",
    "pores": "0.28 nm, the geometric radius of the study's membranes, or 0.49 nm, that of NF270 "
    "(Labban et al., 2018); permittivity 44, of the same fit; tortuosity 1",
    "porosity": "0.5, assumed",
    "thermostat": "Langevin, 2 per ps, the study's",
}


@dataclass(frozen=True)
class Variant:
    """A variant of the theory; nothing in it was fitted to the study's simulations.

    Attributes
    ----------
    name : str
    pore_radius_nm : float or None
        None lets ions in without regard to size and to Born's energy, as mobile as in water.
    fraction : float
        Share of the nominal charge of every group that counts, 0 for none.
    closure : str
        Of `TwinProblem`.
    """

    name: str
    pore_radius_nm: float | None
    fraction: float = 1.0
    closure: str = "poisson"


VARIANTS = (
    Variant("study pore, nominal charge", STUDY_RADIUS_NM),
    Variant("study pore, effective charge", STUDY_RADIUS_NM, EFFECTIVE_FRACTION),
    Variant("study pore, no charge", STUDY_RADIUS_NM, 0.0),
    Variant("NF270 pore, nominal charge", NF270_RADIUS_NM),
    Variant("NF270 pore, effective charge", NF270_RADIUS_NM, EFFECTIVE_FRACTION),
    Variant("NF270 pore, no charge", NF270_RADIUS_NM, 0.0),
    Variant("no exclusion, nominal charge", None),
)


@dataclass(frozen=True)
class Placement:
    """Charged groups of one layout in the swollen membrane.

    Attributes
    ----------
    z_nm : (groups,) array
        From the membrane's centre, the feed at negative z.
    charges : (groups,) array, e
    """

    z_nm: npt.ArrayLike
    charges: npt.ArrayLike

    def __post_init__(self) -> None:
        z, charges = (np.asarray(value, dtype=float) for value in (self.z_nm, self.charges))
        if z.shape != charges.shape or z.ndim != 1:
            raise ValueError(f"z_nm has shape {z.shape}, charges {charges.shape}: one for each")
        half = THICKNESS_NM / 2
        object.__setattr__(self, "z_nm", np.clip(z, -half, half))
        object.__setattr__(self, "charges", charges)

    @property
    def net(self) -> int:
        """Net charge, e."""
        return round(float(np.sum(self.charges)))

    def of_sign(self, sign: int) -> Array:
        """Places of the groups of one sign, nm."""
        return np.asarray(np.asarray(self.z_nm)[np.sign(self.charges) == sign])

    def peak(self, sign: int) -> float:
        """Where groups of a sign are densest, nm; NaN where there are none."""
        z = self.of_sign(sign)
        if not len(z):
            return float("nan")
        profile = ChargeProfile.of_groups(
            z, np.ones(len(z)), GEOMETRY, width=NM * SMOOTHING_NM, smooth=True
        )
        edges = np.asarray(profile.edges) / NM
        k = int(profile.density.argmax())
        return float(edges[k] + edges[k + 1]) / 2

    def profile(self, fraction: float = 1.0) -> ChargeProfile:
        """Fixed charge from face to face, each group a Gaussian and a fraction of its charge."""
        return ChargeProfile.of_groups(
            self.z_nm,
            fraction * np.asarray(self.charges),
            GEOMETRY,
            width=NM * SMOOTHING_NM,
            smooth=True,
        )


def swollen(z_nm: npt.ArrayLike, dense_nm: tuple[float, float]) -> Array:
    """Places in the swollen membrane of places in a dry one, whose dense region fills it.

    >>> swollen([-1.5, 0.25, 2.0], (-1.5, 2.0)).tolist()
    [-2.5, 0.0, 2.5]
    """
    low, high = dense_nm
    places: Array = np.asarray(z_nm, dtype=float)
    return (places - (low + high) / 2) * THICKNESS_NM / (high - low)


def ions_of(salt: str, net: int, fraction: float = 1.0) -> tuple[Species, ...]:
    """Feed ions, and counter-ions of a fraction of the net charge.

    >>> [round(s.number, 2) for s in ions_of("CaCl2", -14, 0.15)]
    [10.0, 20.0, 1.05]
    """
    if salt not in CATIONS:
        raise ValueError(f"salt is {salt!r}, allowed: {', '.join(CATIONS)}")
    found: Sequence[Species] = cell_species(CATIONS[salt], ANION, FEED_CATIONS, net)
    return tuple(
        s if s.driven else Species(s.ion, fraction * s.feed, fraction * s.permeate, driven=False)
        for s in found
    )


def study_problem(placement: Placement, salt: str, variant: Variant) -> TwinProblem:
    """The twin of a cell of the study.

    Raises
    ------
    ValueError
        A salt that the study has not.
    """
    charged = variant.fraction > 0
    ions = ions_of(salt, placement.net if charged else 0, variant.fraction)
    names = [CATIONS[salt], ANION]
    if variant.pore_radius_nm is None:
        excess, diffusivity = dict.fromkeys(names, -float(np.log(POROSITY))), {}
    else:
        pore = replace(NF270, pore_radius=NM * variant.pore_radius_nm)
        within = pore_properties(names, pore, porosity=POROSITY, keep_out=True)
        excess, diffusivity = within["excess"], within["diffusivity"]
    return TwinProblem(
        replace(GEOMETRY, marks=(0.0, 4 * NM)),
        ions,
        placement.profile(variant.fraction) if charged else None,
        closure=variant.closure,
        permittivity=PERMITTIVITY,
        damping=STUDY_DAMPING,
        settling=NS * SETTLING_NS,
        excess=excess,
        diffusivity=diffusivity,
    )
