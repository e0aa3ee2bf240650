"""What it takes to put an ion into water, beside the measured values that its set was fitted to.

The ion grows from nothing without a charge, then it is charged; states between are joined by MBAR.
The energy of a charge among its own images is part of the energies, as where the set was fitted:
the standard states are 1 mol/L of ions in the gas and in the solution.
"""

import numpy as np
import openmm
import pytest
from openmm import unit

from mdtools import forcefield
from mdtools.constants import GAS_CONSTANT, KJ_PER_KCAL
from mdtools.systems.system import nonbonded_force
from tests.mdtools.systems.ion_in_water import FITTED, STEPS_PS, context_of, own_field

TEMPERATURE_K = 298.15
KT = GAS_CONSTANT * TEMPERATURE_K
GROWN = {"Na+": (0.0, 0.35, 0.7, 1.0)}
"""Shares of the ion's diameter at which it is, uncharged; before the first it is not there."""
CHARGED = (0.25, 0.5, 0.75, 1.0)
SETTLE_PS, SAMPLE_PS, EVERY_PS = 3, 20, 0.1
MEASURED_KJ_MOL = {"Na+": -88.7 * KJ_PER_KCAL}
"""R. Schmid, A. M. Miah & V. N. Sapunov, Phys. Chem. Chem. Phys. 2, 97 (2000): what the set's
authors fitted to."""
WATERS = ("TIP4P-Ew", "TIP4P")


def context_in(ion, water):
    """Context whose parameters there, diameter and charge are shares of the ion's own."""
    field, model, named = own_field(FITTED)
    if water == "TIP4P":
        field, named = forcefield.load(FITTED), True
    template = ion if named else None
    return context_of(ion, field, template, model, as_shares, TEMPERATURE_K)[0]


def as_shares(system, topology):
    """Let parameters of the Context scale charge, diameter and well depth of the ion."""
    force = nonbonded_force(system)
    charge, sigma, epsilon = force.getParticleParameters(0)
    force.setParticleParameters(0, 0 * charge, 0 * sigma, 0 * epsilon)
    for name, own in (
        ("charge", (charge, 0, 0)),
        ("diameter", (0, sigma, 0)),
        ("there", (0, 0, epsilon)),
    ):
        force.addGlobalParameter(name, 0.0)
        force.addParticleParameterOffset(name, 0, *own)


def energy_kT(context, state):
    """Energy of what is there now in a state."""
    for name, value in zip(("there", "diameter", "charge"), state, strict=True):
        context.setParameter(name, value)
    energy = context.getState(getEnergy=True).getPotentialEnergy()
    return energy.value_in_unit(unit.kilojoule_per_mole) / KT


def free_energy_kJ_mol(ion, water):
    """Free energy of hydration and its standard error."""
    import pymbar

    states = [(0.0, 0.0, 0.0), *((1.0, share, 0.0) for share in GROWN[ion])]
    states += [(1.0, 1.0, share) for share in CHARGED]
    context = context_in(ion, water)
    context.setVelocitiesToTemperature(TEMPERATURE_K, 1)
    samples = round(SAMPLE_PS / EVERY_PS)
    energies = []
    for state in states:
        energy_kT(context, state)
        # What was not there may lie on a water.
        openmm.LocalEnergyMinimizer.minimize(context, maxIterations=100)
        context.getIntegrator().step(round(SETTLE_PS * STEPS_PS))
        for _ in range(samples):
            energy_kT(context, state)
            context.getIntegrator().step(round(EVERY_PS * STEPS_PS))
            energies.append([energy_kT(context, other) for other in states])
    # Samples that follow each other are not independent: every fifth counts.
    kept = np.array(energies).reshape(len(states), samples, -1)[:, ::5]
    joined = pymbar.MBAR(np.concatenate(kept).T, [kept.shape[1]] * len(states))
    found = joined.compute_free_energy_differences()
    return KT * found["Delta_f"][0, -1], KT * found["dDelta_f"][0, -1]


@pytest.mark.slow
@pytest.mark.parametrize("ion", MEASURED_KJ_MOL)
@pytest.mark.parametrize("water", WATERS)
def test_ions_have_the_free_energy_of_hydration_that_their_set_was_fitted_to(ion, water):
    found, error = free_energy_kJ_mol(ion, water)
    print(f"{ion} in {water}: {found:.1f} +- {error:.1f} kJ/mol")
    assert found == pytest.approx(MEASURED_KJ_MOL[ion], rel=0.03)
