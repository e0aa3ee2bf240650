"""What it takes to put an ion into water, beside the measured values that its set was fitted to.

The ion comes in by a soft core without a charge, then it is charged; states between are joined by
MBAR. The energy of a charge among its own images is part of the energies, as where the set was
fitted: the standard states are 1 mol/L of ions in the gas and in the solution.
"""

import numpy as np
import openmm
import pytest
from openmm import unit

from mdtools import forcefield
from mdtools.constants import GAS_CONSTANT, KJ_PER_KCAL
from mdtools.systems.system import nonbonded_force
from tests.mdtools.systems.ion_in_water import (
    FITTED,
    STEPS_PS,
    context_of,
    own_field,
    pairs_with_water,
)

TEMPERATURE_K = 298.15
KT = GAS_CONSTANT * TEMPERATURE_K
SOFT_CORE = "4*there*e*(1/x^2 - 1/x); x = (1 - there)/2 + (r/s)^6; s = (s1 + s2)/2; e = sqrt(e1*e2)"
"""T. C. Beutler et al., Chem. Phys. Lett. 222, 529 (1994), alpha of 1/2, linear in the share."""
THERE = (0.0, 0.1, 0.2, 0.3, 0.45, 0.65, 1.0)
CHARGED = (0.2, 0.4, 0.6, 0.8, 1.0)
SETTLE_PS, SAMPLE_PS, EVERY_PS, APART_PS = 3, 20, 0.25, 1.0
MEASURED_KJ_MOL = {
    ion: kcal_mol * KJ_PER_KCAL
    for ion, kcal_mol in {"Li+": -113.8, "Na+": -88.7, "K+": -71.2, "Cl-": -89.1}.items()
}
"""R. Schmid, A. M. Miah & V. N. Sapunov, Phys. Chem. Chem. Phys. 2, 97 (2000): what the set's
authors fitted to."""


def context_in(ion, water):
    """Context whose parameters there and charge are shares of the ion's own."""
    field, model, named = own_field(FITTED)
    if water == "TIP4P":
        field, named = forcefield.load(FITTED), True
    template = ion if named else None
    return context_of(ion, field, template, model, as_shares, TEMPERATURE_K)[0]


def as_shares(system, topology):
    """Let parameters of the Context say how much of the ion is there and of its charge."""
    force = nonbonded_force(system)
    core = pairs_with_water(SOFT_CORE, system, topology, [0])
    core.addGlobalParameter("there", 0.0)
    core.setUseLongRangeCorrection(True)
    system.addForce(core)
    charge, sigma, epsilon = force.getParticleParameters(0)
    force.setParticleParameters(0, 0 * charge, sigma, 0 * epsilon)
    force.addGlobalParameter("charge", 0.0)
    force.addParticleParameterOffset("charge", 0, charge, 0, 0)


def energy_kT(context, state):
    """Energy of what is there now in a state."""
    for name, value in zip(("there", "charge"), state, strict=True):
        context.setParameter(name, value)
    energy = context.getState(getEnergy=True).getPotentialEnergy()
    return energy.value_in_unit(unit.kilojoule_per_mole) / KT


def free_energy_kJ_mol(ion, water):
    """Free energy of hydration and its standard error."""
    states = [(share, 0.0) for share in THERE] + [(1.0, share) for share in CHARGED]
    context = context_in(ion, water)
    samples = round(SAMPLE_PS / EVERY_PS)
    energies = []
    for state in states:
        energy_kT(context, state)
        # What was not there may lie on a water.
        openmm.LocalEnergyMinimizer.minimize(context, maxIterations=100)
        context.setVelocitiesToTemperature(TEMPERATURE_K, 1)
        context.getIntegrator().step(round(SETTLE_PS * STEPS_PS))
        for _ in range(samples):
            energy_kT(context, state)
            context.getIntegrator().step(round(EVERY_PS * STEPS_PS))
            energies.append([energy_kT(context, other) for other in states])
    return joined(np.array(energies).reshape(len(states), samples, -1))


def joined(energies):
    """Free energy (kJ/mol) and standard error between the first and the last state.

    ``energies`` (states, samples, states) are kT. All samples count for the value; for its error
    those that are a picosecond apart, as those that follow each other are not independent.
    """
    import pymbar

    found = {}
    for each in (1, round(APART_PS / EVERY_PS)):
        kept = energies[:, ::each]
        numbers = [kept.shape[1]] * len(kept)
        solved = pymbar.MBAR(np.concatenate(kept).T, numbers, initialize="BAR")
        found[each] = solved.compute_free_energy_differences()
    return KT * found[1]["Delta_f"][0, -1], KT * found[each]["dDelta_f"][0, -1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ion", "water"),
    [*((ion, "TIP4P") for ion in MEASURED_KJ_MOL), ("Na+", "TIP4P-Ew"), ("Cl-", "TIP4P-Ew")],
)
def test_ions_have_the_free_energy_of_hydration_that_their_set_was_fitted_to(ion, water):
    found, error = free_energy_kJ_mol(ion, water)
    print(f"{ion} in {water}: {found:.1f} +- {error:.1f} kJ/mol")
    assert found == pytest.approx(MEASURED_KJ_MOL[ion], rel=0.03)
