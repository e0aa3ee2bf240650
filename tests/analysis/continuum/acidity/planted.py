"""Conditions of planted data, and the solver alone with a charge worked out by hand."""

from analysis.continuum import Membrane, Solution, solve
from analysis.continuum.acidity import Observation, Sites
from analysis.continuum.species import IONS

PORE = {"pore_radius": 0.5e-9, "effective_thickness": 0.8e-6, "pore_permittivity": 50.0}
FLUX = 2e-5
SITES = Sites([2.0, 7.0, 10.0], [700.0, 690.0, 130.0], [1.0, 330.0, 650.0], [1.0, 330.0, 340.0])
NACL = ((IONS["Na+"], 100.0), (IONS["Cl-"], 100.0))
CACL2 = ((IONS["Ca2+"], 100.0), (IONS["Cl-"], 200.0))


def place(pH, composition=NACL, salt="NaCl"):
    ion = composition[0][0]
    return Observation(pH, salt, ion, composition, FLUX, False, 0.5, 0.03, 298.15, 78.54)


def bare(composition, charge):
    """Permeation of the first ion by the solver alone."""
    membrane = Membrane(*PORE.values(), charge)
    found = solve(membrane, Solution(dict(composition)), FLUX)
    return float(1 - found.rejection[composition[0][0].name])
