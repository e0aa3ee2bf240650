"""From measured rejections to the parameters of a membrane, with how well they are known."""

from analysis.continuum.characterize.classical import FourSteps, four_step
from analysis.continuum.characterize.datasets import dataset, datasets
from analysis.continuum.characterize.faults import MeasurementsError
from analysis.continuum.characterize.fitting import fit
from analysis.continuum.characterize.measurements import Measurements
from analysis.continuum.characterize.objective import WaterPermeability
from analysis.continuum.characterize.parameters import BOUNDS, NAMES, UNITS
from analysis.continuum.characterize.result import Fit

__all__ = [
    "BOUNDS",
    "NAMES",
    "UNITS",
    "Fit",
    "FourSteps",
    "Measurements",
    "MeasurementsError",
    "WaterPermeability",
    "dataset",
    "datasets",
    "fit",
    "four_step",
]
