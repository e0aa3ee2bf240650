"""Permeation of salts against pH: what share of a membrane's ionised sites counts as charge."""

from analysis.continuum.acidity.binding import CALCIUM_ACETATE, bound_charge
from analysis.continuum.acidity.fitting import fit
from analysis.continuum.acidity.forward import Forward
from analysis.continuum.acidity.observations import Observation, observations
from analysis.continuum.acidity.result import AcidityFit
from analysis.continuum.acidity.sites import Sites
from analysis.continuum.acidity.tables import read_sites, read_zeta
from analysis.continuum.acidity.variants import Variant
from analysis.continuum.acidity.verdicts import verdicts
from analysis.continuum.acidity.zeta import Zeta, nf270_zeta

__all__ = [
    "CALCIUM_ACETATE",
    "AcidityFit",
    "Forward",
    "Observation",
    "Sites",
    "Variant",
    "Zeta",
    "bound_charge",
    "fit",
    "nf270_zeta",
    "observations",
    "read_sites",
    "read_zeta",
    "verdicts",
]
