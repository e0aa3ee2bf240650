"""Ionised sites of NF270 at each pH, from the titration of its layouts, as sites of the theory."""

import numpy as np
import numpy.typing as npt

from analysis.continuum.acidity import Sites
from mdtools.constants import MOLAR_PER_NM3
from membranes.layouts.site_densities import amine_density, carboxylate_densities
from membranes.layouts.titration import STUDY_THICKNESS_NM, STUDY_VOLUME_NM3, study_net_charge_e

MOL_M3_PER_NM3 = 1e3 * MOLAR_PER_NM3
POROSITY = 0.5
"""Pore fluid over volume of the layer. It and the thickness only scale the fractions that count."""


def areal_sites(pH: npt.ArrayLike, thickness_nm: float = STUDY_THICKNESS_NM) -> Sites:
    """Both kinds by their titration curves, spread over the active layer.

    >>> sites = areal_sites([2.0, 7.0])
    >>> sites.net(1.0, 1.0).round()
    array([713., 374.])
    """
    at = np.asarray(pH, dtype=float)
    scale = MOL_M3_PER_NM3 / thickness_nm / POROSITY
    surface, interior = carboxylate_densities(at)
    return Sites(
        at,
        scale * amine_density(at),
        scale * (surface + interior),
        scale * surface,
        source=f"NH2+ and COO- by their titration curves (Ritt et al. 2020) over {thickness_nm:g} "
        f"nm, porosity {POROSITY:g}; acids of the first pKa are those of the surface",
    )


def net_sites(pH: npt.ArrayLike) -> Sites:
    """NH2+ by its curve, COO- by the net charge of the study's membranes between their pH.

    >>> net_sites([3.3, 7.0]).net(1.0, 1.0).round()
    array([   0., -694.])
    """
    at = np.asarray(pH, dtype=float)
    scale = MOL_M3_PER_NM3 / POROSITY
    amines = scale / STUDY_THICKNESS_NM * amine_density(at)
    net = scale / STUDY_VOLUME_NM3 * np.array([study_net_charge_e(value) for value in at])
    acids = np.maximum(amines - net, 0.0)
    return Sites(
        at,
        amines,
        acids,
        acids,
        source=f"NH2+ by its titration curve (Ritt et al. 2020) over {STUDY_THICKNESS_NM:g} nm; "
        "COO- follow from the net charge of the study's membranes: straight lines through +14 e "
        f"at pH 2, 0 at pH 3.3, -14 e at pH 7 and -30 e at pH 10 in {STUDY_VOLUME_NM3:g} nm3; "
        f"porosity {POROSITY:g}",
    )
