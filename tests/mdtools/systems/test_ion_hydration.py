"""Ions in some 200 waters: where their first shell is, and how many waters it has.

Each beside the same ion as its publication has it: in the water that it was fitted in, or by the
mixing rule, bonds and temperature of the publication.
"""

import numpy as np
import openmm
import pytest
from openmm import unit

from analysis.options import SHELLS
from mdtools import forcefield
from mdtools.ions import SHAPES
from mdtools.systems.system import nonbonded_force
from tests.mdtools.systems.ion_in_water import (
    BOX_NM,
    FITTED,
    SCALED,
    STEPS_PS,
    TIP4P,
    context_of,
    own_field,
    pairs_with_water,
    waters_of,
)

BLOCKS = 5


def as_it_is(system, topology):
    """Leave a System as the force field has it."""


def distances(
    ion, field, template, ps, model=TIP4P, changed=as_it_is, temperature_K=300, settle_ps=5
):
    """Distances (frames, waters) in nm from the ion's centre to the oxygens, every 0.1 ps."""
    context, topology = context_of(ion, field, template, model, changed, temperature_K)
    integrator = context.getIntegrator()
    openmm.LocalEnergyMinimizer.minimize(context, maxIterations=100)
    context.setVelocitiesToTemperature(temperature_K, 1)
    integrator.step(round(settle_ps * STEPS_PS))
    oxygens = waters_of(topology)[:, 0]
    found = []
    for _ in range(round(10 * ps)):
        integrator.step(STEPS_PS // 10)
        at = context.getState(getPositions=True).getPositions(asNumpy=True)
        places = at.value_in_unit(unit.nanometer)
        apart = places[oxygens] - places[0]
        found.append(np.linalg.norm(apart - BOX_NM * np.round(apart / BOX_NM), axis=1))
    return np.array(found)


def shell(frames, reach_nm):
    """Mean distance in nm and number of the waters within a reach, and the number's error."""
    near = frames < reach_nm
    blocks = [part.mean() for part in np.array_split(near.sum(axis=1), BLOCKS)]
    return frames[near].mean(), np.mean(blocks), np.std(blocks, ddof=1) / BLOCKS**0.5


def agree(named, here, there):
    """Hold shells to each other: 3 %, for numbers or else two errors of their difference."""
    print(f"{named}: {here} beside {there}")
    assert here[0] == pytest.approx(there[0], rel=0.03)
    error = np.hypot(here[2], there[2])
    assert here[1] == pytest.approx(there[1], abs=max(0.03 * there[1], 2 * error))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ion_set", "ion", "ps"),
    [
        *((FITTED, ion, 20) for ion in ("Li+", "Na+", "Mg2+", "Ca2+")),
        # Waters change places often, and six or seven are as likely.
        (FITTED, "K+", 120),
        (FITTED, "Cl-", 120),
        (SCALED, "Na+", 25),
        (SCALED, "Cl-", 120),
    ],
)
def test_ions_in_tip4p_are_hydrated_as_in_the_water_that_they_were_fitted_in(ion_set, ion, ps):
    """Against OpenMM's files of TIP4P-Ew with the same ions, and of SPC/E."""
    field, model, named = own_field(ion_set)
    ours = distances(ion, forcefield.load(ion_set), ion, ps)
    theirs = distances(ion, field, ion if named else None, ps, model)
    reach = SHELLS[ion] / 10
    agree(f"{ion}, {ion_set}", shell(ours, reach), shell(theirs, reach))


def as_in_opls(system, topology):
    """Give the nitrate OPLS's own mixing with water, geometric in both parameters."""
    force, anion = nonbonded_force(system), range(len(SHAPES["NO3-"]))
    mixed = pairs_with_water(
        "4*e*((s/r)^12 - (s/r)^6); s = sqrt(s1*s2); e = sqrt(e1*e2)", system, topology, anion
    )
    system.addForce(mixed)
    for atom in anion:
        charge, sigma, _ = force.getParticleParameters(atom)
        force.setParticleParameters(atom, charge, sigma, 0.0)


@pytest.mark.slow
def test_nitrate_is_hydrated_as_by_the_mixing_rule_of_its_publication():
    field = forcefield.load(FITTED)
    ours = distances("NO3-", field, "NO3-", 30)
    theirs = distances("NO3-", field, "NO3-", 30, changed=as_in_opls)
    reach = SHELLS["NO3-"] / 10
    agree("NO3-", shell(ours, reach), shell(theirs, reach))


TUTORIAL_K = 360
TUTORIAL_SHELL = (0.38895, 12.313)
"""Of the sulfate's source: mean distance in nm of the waters within 0.45 nm of S, and their number,
integrated over the g(r) that comes with it (production-rdf-so4-OW1.xvg; 800 waters in 2.944^3 nm3),
in a solution of 6 Na2SO4."""
OTHER_SULFATE = 13
"""Waters around another model: Cannon, Pettitt & McCammon, J. Phys. Chem. 98, 6225 (1994)."""
TIP4P_EPSILON = ((0.0, 0.3165, 0.77323), (0.527, 1, 0), (0.527, 1, 0), (-1.054, 1, 0))
"""Charge, sigma (nm) and epsilon (kJ/mol) of O, H, H and the site."""
SITE_WEIGHT = 0.089608


def as_in_the_tutorial(system, topology):
    """Give waters the numbers of TIP4P/epsilon and sulfate its softer bonds, as in its source."""
    force = nonbonded_force(system)
    for oxygen, h1, h2, site in waters_of(topology).tolist():
        weights = (1 - 2 * SITE_WEIGHT, SITE_WEIGHT, SITE_WEIGHT)
        system.setVirtualSite(site, openmm.ThreeParticleAverageSite(oxygen, h1, h2, *weights))
        for atom, values in zip((oxygen, h1, h2, site), TIP4P_EPSILON, strict=True):
            force.setParticleParameters(atom, *values)
    for bonds in system.getForces():
        if isinstance(bonds, openmm.HarmonicBondForce):
            for row in range(bonds.getNumBonds()):
                one, other, length, stiffness = bonds.getBondParameters(row)
                bonds.setBondParameters(row, one, other, length, stiffness / 10)


@pytest.mark.slow
def test_sulfate_is_hydrated_as_in_its_source_where_water_bonds_and_temperature_are_its_own():
    frames = distances(
        "SO4--",
        forcefield.load(FITTED),
        "SO4--",
        35,
        changed=as_in_the_tutorial,
        temperature_K=TUTORIAL_K,
    )
    agree("SO4--", shell(frames, SHELLS["SO4--"] / 10), (*TUTORIAL_SHELL, 0.0))


@pytest.mark.slow
def test_sulfate_in_tip4p_has_its_waters_where_its_source_has_them():
    frames = distances("SO4--", forcefield.load(FITTED), "SO4--", 30)
    distance, number, error = shell(frames, SHELLS["SO4--"] / 10)
    print(f"SO4-- in TIP4P: {distance} nm, {number} +- {error}")
    assert distance == pytest.approx(TUTORIAL_SHELL[0], rel=0.03)
    assert number == pytest.approx(OTHER_SULFATE, rel=0.03)
