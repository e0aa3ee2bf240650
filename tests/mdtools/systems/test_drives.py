"""Each kind of drive pushes each atom exactly as hard as it says."""

import numpy as np
import openmm
import pandas as pd
import pytest
from openmm import unit

from mdtools.errors import SettingsError
from mdtools.options import DriveOptions, TransportOptions
from mdtools.systems.drives import SCALE, add_drive, drive_assumptions, equivalent_voltage
from mdtools.systems.forces import DRIVE_GROUP
from mdtools.systems.system import charges, nonbonded_force

KCAL_ANGSTROM = unit.kilocalorie_per_mole / unit.angstrom
KJ_NM = unit.kilojoule_per_mole / unit.nanometer
E_V_NM = 1.602176634e-19 * 6.02214076e23 * 1e9 * 1e-12
"""One elementary charge in 1 V/nm (J/m), in kJ/mol/nm, by the SI's exact numbers."""
KCAL = 0.072 * KCAL_ANGSTROM.conversion_factor_to(KJ_NM)


def context_of(system, positions):
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(positions)
    return context


@pytest.fixture(scope="module")
def pushed(small_cell):
    """Function that gives the forces (N, 3) in kJ/mol/nm of a drive on the small cell's atoms."""

    def of(drive, scale=None):
        system = openmm.XmlSerializer.clone(small_cell.system)
        add_drive(system, small_cell.roles, drive)
        context = context_of(system, small_cell.positions)
        if scale is not None:
            context.setParameter(SCALE, scale)
        state = context.getState(forces=True, groups={DRIVE_GROUP})
        return state.getForces(asNumpy=True).value_in_unit(KJ_NM)

    return of


def along_z(cell, values: dict[int, float]) -> np.ndarray:
    expected = np.zeros((len(cell.positions), 3))
    expected[list(values), 2] = list(values.values())
    return expected


def feed_ions(cell) -> dict[int, str]:
    rows = cell.roles[cell.roles["role"] == "feed ion"]
    assert sorted(rows["species"]) == ["Ca2+", "Cl-", "Cl-"]
    return dict(zip(rows["atom"], rows["species"], strict=True))


def body_force(cell) -> dict[int, float]:
    return {atom: KCAL * {"Ca2+": 2, "Cl-": 1}[name] for atom, name in feed_ions(cell).items()}


def pressed(cell, pressure_MPa: float) -> dict[int, float]:
    sheets = cell.roles[cell.roles["role"] == "piston"]
    feed = sheets["atom"][sheets["side"] == "feed"]
    area = 2.0 * 2.1 * unit.nanometer**2
    total = pressure_MPa * 1e6 * unit.pascal * area * unit.AVOGADRO_CONSTANT_NA
    return dict.fromkeys(feed, total.value_in_unit(KJ_NM) / len(feed))


def test_a_body_force_pushes_feed_ions_by_the_size_of_their_charge_and_nothing_else(
    small_cell, pushed
):
    found = pushed(DriveOptions(force_kcal_mol_angstrom=0.072))
    assert found == pytest.approx(along_z(small_cell, body_force(small_cell)), rel=1e-12)
    assert (small_cell.roles["role"] == "counter-ion").any()


def test_a_field_on_ions_pulls_opposite_charges_apart_and_leaves_water_and_membrane(
    small_cell, pushed
):
    found = pushed(DriveOptions(kind="field", field_V_nm=0.1))
    charge = {"Ca2+": 2, "Cl-": -1}
    ions = small_cell.roles[small_cell.roles["role"].isin(["feed ion", "counter-ion"])]
    expected = {
        atom: 0.1 * E_V_NM * charge[species]
        for atom, species in zip(ions["atom"], ions["species"], strict=True)
    }
    assert found == pytest.approx(along_z(small_cell, expected), rel=1e-9)


def test_a_field_on_all_charges_pulls_each_and_the_whole_cell_nowhere(small_cell, pushed):
    found = pushed(DriveOptions(kind="field", field_V_nm=-0.1, acts_on="all charges"))
    expected = along_z(small_cell, {})
    expected[:, 2] = -0.1 * E_V_NM * charges(small_cell.system)
    oxygens = small_cell.roles["atom"][small_cell.roles["role"] == "water oxygen"].to_numpy()
    waters = oxygens[:, None] + np.arange(4)
    others = np.delete(np.arange(len(found)), waters)
    assert found[others] == pytest.approx(expected[others], rel=1e-9, abs=1e-9)
    # The force on the massless site is handed to the atoms: opposite forces on O and H, H.
    turned = found[waters[:, :3], 2]
    assert turned.sum(axis=1) == pytest.approx(0, abs=1e-9)
    assert (np.abs(turned) > 0.1).all()


def test_a_field_takes_hold_of_every_atom_of_an_ion_of_several():
    """The role table names the centre alone; the charges are those of the force field."""
    system = openmm.System()
    nonbonded = openmm.NonbondedForce()
    for charge_e in (2.0, -1.0, -1.0, -1.0, -1.0, 1.5):
        system.addParticle(10.0)
        nonbonded.addParticle(charge_e, 0.3, 0.1)
    for oxygen in (1, 2, 3, 4):
        nonbonded.addException(0, oxygen, 0.0, 1.0, 0.0)
    system.addForce(nonbonded)
    roles = pd.DataFrame(
        {"atom": [0], "role": ["feed ion"], "species": ["SO4--"], "side": ["feed"]}
    )
    force = add_drive(system, roles, DriveOptions(kind="field", field_V_nm=0.2))
    found = dict(force.getParticleParameters(row) for row in range(force.getNumParticles()))
    expected = {0: 2.0, **dict.fromkeys((1, 2, 3, 4), -1.0)}
    assert {atom: fz for atom, (fz,) in found.items()} == pytest.approx(
        {atom: 0.2 * E_V_NM * charge_e for atom, charge_e in expected.items()}
    )


def test_a_pressure_difference_is_shared_by_the_atoms_of_the_feeds_piston(small_cell, pushed):
    found = pushed(DriveOptions(kind="pressure", pressure_difference_MPa=50))
    assert found == pytest.approx(along_z(small_cell, pressed(small_cell, 50)), rel=1e-9)


def test_kinds_add_up_and_rise_together(small_cell, pushed):
    drive = DriveOptions(kind=["pressure", "body force"], pressure_difference_MPa=50, ramp_ps=1)
    expected = along_z(small_cell, body_force(small_cell) | pressed(small_cell, 50))
    assert pushed(drive) == pytest.approx(expected, rel=1e-9)
    assert pushed(drive, scale=0.25) == pytest.approx(expected / 4, rel=1e-9)


def test_no_drive_is_no_force(small_cell):
    system = openmm.XmlSerializer.clone(small_cell.system)
    before = system.getNumForces()
    assert add_drive(system, small_cell.roles, DriveOptions(kind="none")) is None
    assert system.getNumForces() == before


def test_pistons_that_would_be_pulled_apart_are_refused(small_cell):
    for allowed in (-0.1, -0.05):
        drive = DriveOptions(kind="pressure", pressure_difference_MPa=allowed)
        add_drive(openmm.XmlSerializer.clone(small_cell.system), small_cell.roles, drive)
    drive = DriveOptions(kind="pressure", pressure_difference_MPa=-0.11)
    with pytest.raises(SettingsError, match=r"pulls the pistons apart.*allowed is at least -0\.1$"):
        add_drive(openmm.XmlSerializer.clone(small_cell.system), small_cell.roles, drive)
    ions = small_cell.roles[small_cell.roles["role"] != "piston"]
    with pytest.raises(SettingsError, match="this one has none"):
        add_drive(openmm.XmlSerializer.clone(small_cell.system), ions, drive)


def test_a_field_on_all_charges_is_said_to_be_what_it_is_with_and_without_a_correction():
    drive = DriveOptions(kind="field", field_V_nm=0.1, acts_on="all charges")
    options = TransportOptions(duration_ns=1, segment_ps=100, drive=drive)
    whole, external = (
        drive_assumptions(options, {}, 25.0, 0.1, 5.0, corrected)[0] for corrected in (False, True)
    )
    assert "its length times the field is the voltage over all of it" in whole
    assert "with the slab correction it is the external field" in external
    assert "voltage over" not in external and "0.50 V" not in external


@pytest.mark.parametrize("acts_on", ["ions", "all charges"])
def test_a_field_between_charged_pistons_is_refused(small_cell, acts_on):
    system = openmm.XmlSerializer.clone(small_cell.system)
    sheets = small_cell.roles["atom"][small_cell.roles["role"] == "piston"]
    _, sigma, epsilon = nonbonded_force(system).getParticleParameters(int(sheets.iloc[0]))
    nonbonded_force(system).setParticleParameters(int(sheets.iloc[0]), 0.25, sigma, epsilon)
    drive = DriveOptions(kind="field", field_V_nm=0.1, acts_on=acts_on)
    with pytest.raises(SettingsError, match=r"pistons that carry charges \(\+0\.25 e"):
        add_drive(system, small_cell.roles, drive)


def test_a_body_force_is_worth_a_voltage():
    assert 0.072 * KCAL_ANGSTROM.conversion_factor_to(KJ_NM) == pytest.approx(3.012480)
    work = 0.072 * unit.kilocalorie_per_mole / unit.angstrom * 5 * unit.nanometer
    volts = work.value_in_unit(unit.kilojoule_per_mole) / (E_V_NM * 1.0)
    assert equivalent_voltage(0.072, 5.0) == pytest.approx(volts)
