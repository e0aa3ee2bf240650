"""A lattice sum in three dimensions, corrected, is that of a slab that is periodic in two alone."""

import numpy as np
import openmm
import pytest
from openmm import unit
from scipy.special import erf, erfc, erfcx

from mdtools.cells.assemble import assemble
from mdtools.errors import SettingsError
from mdtools.options import NonbondedOptions, SaltOptions
from mdtools.systems.slab_correction import (
    COULOMB_KJ_NM,
    SLAB_GROUP,
    SlabDipole,
    add_slab_correction,
    centre_slab,
)
from mdtools.systems.system import charges

BOX_NM = np.array([2.0, 2.4, 12.0])


@pytest.fixture(scope="module")
def slab():
    """Charges of a polar slab, 3 nm thick, and their places."""
    rng = np.random.default_rng(4)
    charge = np.array([1.0, 1.0, -1.0, -1.0, 2.0, -2.0, 0.5, -0.5])
    place = rng.uniform([0, 0, -1.5], [2.0, 2.4, 1.5], (8, 3))
    place[4, 2], place[5, 2] = 1.4, -1.3
    return charge, place


def context_of(charge, place, corrected=True, whole=(), box_nm=BOX_NM):
    system = openmm.System()
    system.setDefaultPeriodicBoxVectors(*np.diag(box_nm))
    force = openmm.NonbondedForce()
    force.setNonbondedMethod(openmm.NonbondedForce.PME)
    force.setCutoffDistance(0.95)
    force.setEwaldErrorTolerance(1e-6)
    for value in charge:
        system.addParticle(10.0)
        force.addParticle(value, 1.0, 0.0)
    system.addForce(force)
    if corrected:
        add_slab_correction(system, np.array(whole, dtype=int), 0.0)
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(place)
    return context


def energy_and_forces(context):
    state = context.getState(energy=True, forces=True)
    return state.getPotentialEnergy()._value, np.array(state.getForces(asNumpy=True)._value)


def sum_in_two_dimensions(charge, place, alpha=4.0, images=2, waves=12):
    """Energy in kJ/mol of charges that repeat along x and y alone, by Ewald's sum of a slab.

    D. E. Parry, Surf. Sci. 49, 433 (1975); D. M. Heyes, M. Barber & J. H. R. Clarke, J. Chem. Soc.
    Faraday Trans. 2 73, 1485 (1977).
    """
    lx, ly = BOX_NM[:2]
    apart = place[:, None] - place[None]
    pairs = charge[:, None] * charge[None]
    z = apart[..., 2]
    total = 0.0
    for i in range(-images, images + 1):
        for j in range(-images, images + 1):
            r = np.linalg.norm(apart + [i * lx, j * ly, 0], axis=-1)
            if i == j == 0:
                np.fill_diagonal(r, np.inf)
            total += 0.5 * (pairs * erfc(alpha * r) / r).sum()
    for i in range(-waves, waves + 1):
        for j in range(-waves, waves + 1):
            if i == j == 0:
                continue
            h = 2 * np.pi * np.array([i / lx, j / ly])
            k = np.linalg.norm(h)
            # exp(k z) erfc(k / 2a + a z) without overflow
            parts = 0.0
            for way in (z, -z):
                u = k / (2 * alpha) + alpha * way
                safe = np.where(u > 0, erfcx(np.maximum(u, 0)) * np.exp(k * way - u**2), 0)
                parts = parts + np.where(u > 0, safe, np.exp(k * way) * erfc(u))
            wave = np.cos(apart[..., :2] @ h)
            total += 0.5 * np.pi / (lx * ly) * (pairs * wave * parts / k).sum()
    flat = np.exp(-((alpha * z) ** 2)) / alpha + np.sqrt(np.pi) * z * erf(alpha * z)
    total -= np.sqrt(np.pi) / (lx * ly) * (pairs * flat).sum()
    total -= alpha / np.sqrt(np.pi) * (charge**2).sum()
    return COULOMB_KJ_NM * total


def test_corrected_energy_and_forces_are_those_of_a_slab_without_images_along_z(slab):
    charge, place = slab
    expected = sum_in_two_dimensions(charge, place)
    assert sum_in_two_dimensions(charge, place, alpha=3.0, images=3) == pytest.approx(expected)
    energy, forces = energy_and_forces(context_of(charge, place))
    plain, _ = energy_and_forces(context_of(charge, place, corrected=False))
    assert energy == pytest.approx(expected, abs=0.2)
    assert abs(plain - expected) > 50
    step = 1e-4
    for atom in (0, 4, 5):
        moved = [place.copy(), place.copy()]
        for copy, way in zip(moved, (1, -1), strict=True):
            copy[atom, 2] += way * step
        up, down = (sum_in_two_dimensions(charge, copy) for copy in moved)
        assert forces[atom, 2] == pytest.approx(-(up - down) / (2 * step), abs=1.0)


def test_what_is_left_of_the_images_falls_off_over_the_vacuum():
    """Charges near both faces of a slab of 3 nm; at the least vacuum that is allowed 0.2 % of it.

    A wave along the longer side, L, comes over a gap as exp(-2 pi gap / L).
    """
    charge = np.array([1.0, -1.0, -1.0, 1.0])
    place = np.array([[0, 0, -1.5], [0, 1.2, -1.5], [0, 0, 1.5], [0, 1.2, 1.5]])
    expected = sum_in_two_dimensions(charge, place)
    least = NonbondedOptions(slab_correction=True).least_vacuum_nm(BOX_NM)
    assert least == 2.4
    left = [
        energy_and_forces(context_of(charge, place, box_nm=[*BOX_NM[:2], 3 + gap]))[0] - expected
        for gap in (least / 4, least / 2, 0.75 * least, least)
    ]
    assert abs(left[0]) > 20
    assert left[2] / left[1] == pytest.approx(np.exp(-np.pi / 2), rel=0.15)
    assert abs(left[3]) < 0.02 * abs(left[0])


def test_a_vacuum_too_thin_for_the_correction_is_refused(thin_membrane, small_options):
    options, salt = NonbondedOptions(slab_correction=True), SaltOptions(ions={"Na+": 1, "Cl-": 1})
    with pytest.raises(SettingsError, match=r"vacuum_nm is 2, but .* needs 2.1 at least"):
        assemble(thin_membrane, salt, small_options, options, seed=4)


def test_its_size_is_told_as_energy_and_field(slab):
    charge, place = slab
    corrected = energy_and_forces(context_of(charge, place))
    context = context_of(charge, place, corrected=False)
    plain = energy_and_forces(context)
    found = SlabDipole.of(charge, place, BOX_NM)
    assert found.dipole_e_nm == pytest.approx(charge @ place[:, 2])
    assert found.energy_kJ_mol == pytest.approx(corrected[0] - plain[0], rel=1e-3)
    volt_nm = (1.602176634e-19 * unit.coulomb * unit.volt / unit.nanometer) * (
        unit.AVOGADRO_CONSTANT_NA
    )
    field = (corrected[1] - plain[1])[:, 2] / charge
    per_volt = volt_nm.value_in_unit(unit.kilojoule_per_mole / unit.nanometer)
    assert field == pytest.approx(found.field_V_nm * per_volt, rel=1e-3)


def test_a_cell_with_the_correction_is_one_without_and_its_dipoles_energy(
    thin_membrane, nonbonded, small_options
):
    salt = SaltOptions(ions={"Ca2+": 1, "Cl-": 2})
    options = NonbondedOptions(slab_correction=True)
    wide = small_options.model_copy(update={"vacuum_nm": 2.2})
    cell = assemble(thin_membrane, salt, wide, options, seed=4)
    plain = assemble(thin_membrane, salt, wide, nonbonded, seed=4)
    assert cell.positions == pytest.approx(plain.positions)
    platform = openmm.Platform.getPlatform("CPU")
    context = openmm.Context(cell.system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(cell.positions)
    context.computeVirtualSites()
    state = context.getState(positions=True, energy=True, groups={SLAB_GROUP})
    placed = state.getPositions(asNumpy=True)._value
    expected = SlabDipole.of(charges(plain.system), placed, plain.box_nm)
    assert abs(expected.dipole_e_nm) > 0.1
    assert state.getPotentialEnergy()._value == pytest.approx(expected.energy_kJ_mol, rel=1e-4)
    assert any("with a slab correction" in line for line in cell.report["assumptions"])
    assert "slab_correction" not in NonbondedOptions().model_dump()
    assert options.model_dump()["slab_correction"]


def test_the_image_that_a_platform_sees_does_not_matter(slab):
    """GPU platforms shift each molecule by whole boxes, and forces see it there."""
    charge, place = slab
    expected = energy_and_forces(context_of(charge, place, whole=(6, 7)))
    shifted = place.copy()
    shifted[[0, 6, 7], 2] += BOX_NM[2]  # an ion, and a neutral molecule as a whole
    shifted[5, 2] -= 2 * BOX_NM[2]
    found = energy_and_forces(context_of(charge, shifted, whole=(6, 7)))
    assert found[0] == pytest.approx(expected[0], abs=1e-3)
    assert found[1] == pytest.approx(expected[1], abs=1e-3)
    # A cell that has moved by more than half of a box is followed.
    context = context_of(charge, place + [0, 0, 7.0], whole=(6, 7))
    centre_slab(context, 7.0)
    assert energy_and_forces(context)[0] == pytest.approx(expected[0], abs=1e-3)
