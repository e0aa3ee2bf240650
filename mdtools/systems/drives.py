"""What drives ions and water through a membrane: forces on atoms, and how they rise."""

from collections.abc import Mapping

import numpy as np
import openmm
import pandas as pd
from openmm import unit

from mdtools.constants import (
    KJ_NM_PER_KCAL_ANGSTROM,
    KJ_NM_PER_MPA_NM2,
    KJ_PER_EV,
    KJ_PER_KCAL,
    PS_PER_NS,
)
from mdtools.errors import SettingsError
from mdtools.ions import SHAPES
from mdtools.options import DriveOptions, TransportOptions
from mdtools.roles import FEED_ION, IONS, PISTON, charge
from mdtools.systems.forces import DRIVE_GROUP, PISTONS, add_constant_force, piston_force
from mdtools.systems.system import charges, nonbonded_force

SCALE = "drive_scale"
"""Global parameter that all forces of a drive with a ramp are multiplied by."""
V_NM_PER_KCAL_ANGSTROM = KJ_NM_PER_KCAL_ANGSTROM / KJ_PER_EV
"""Field whose force on one elementary charge is 1 kcal/mol/angstrom."""
LARGEST_WALL_CHARGE_E = 1e-6
ROUNDING = 1e-9
"""Share of a pressure that is no pull."""


def add_drive(
    system: openmm.System, roles: pd.DataFrame, drive: DriveOptions
) -> openmm.CustomExternalForce | None:
    """Add the drive to a system, as one force in its own group; returns it, None without one.

    Parameters
    ----------
    roles : DataFrame
        Columns ``atom``, ``role``, ``species``, ``side``.

    Raises
    ------
    SettingsError
        A pressure without pistons, one that pulls the feed's piston away from the membrane, or a
        field between pistons that carry charges.
    """
    if not drive.kinds:
        return None
    scale = SCALE if drive.ramp_ps else ""
    along_z = drive_forces(system, roles, drive)
    return add_constant_force(system, "drive", along_z, DRIVE_GROUP, scale)


def drive_forces(
    system: openmm.System, roles: pd.DataFrame, drive: DriveOptions
) -> dict[int, float]:
    """Return the force along +z in kJ/mol/nm on each driven atom, all kinds of drive together.

    Raises as `add_drive`.
    """
    total: dict[int, float] = {}
    for kind in drive.kinds:
        for atom, force in FORCES[kind](system, roles, drive).items():
            total[atom] = total.get(atom, 0.0) + force
    return total


def scale_at(time_ps: float, ramp_ps: float) -> float:
    """Return the share of a drive that acts at a time: it rises linearly from nothing.

    >>> scale_at(5.0, 20.0), scale_at(25.0, 20.0)
    (0.25, 1.0)
    """
    return min(time_ps / ramp_ps, 1.0)


def force_along_z(charge_e: float, drive: DriveOptions, scale: float) -> float:
    """Return the force along +z in kJ/mol/nm of a drive on a feed ion of a formal charge.

    A body force is by the formal charge, a field acts on the share ``scale`` of it that the ion's
    atoms have (`mdtools.ions.CHARGE_SCALES`).
    """
    force = 0.0
    if "body force" in drive.kinds:
        force += drive.force_kcal_mol_angstrom * KJ_NM_PER_KCAL_ANGSTROM * abs(charge_e)
    if "field" in drive.kinds:
        force += drive.field_V_nm * KJ_PER_EV * scale * charge_e
    return force


def drive_pressure(ions: Mapping[str, int], drive: DriveOptions, area_nm2: float) -> float:
    """Return the sum of a body force on feed ions (by species), over an area, in MPa.

    >>> round(drive_pressure({"Na+": 10, "Cl-": 10}, DriveOptions(), 27.04), 1)
    3.7
    """
    unit_force = drive.force_kcal_mol_angstrom * KJ_NM_PER_KCAL_ANGSTROM
    total = sum(unit_force * abs(charge(species)) * count for species, count in ions.items())
    return total / (area_nm2 * KJ_NM_PER_MPA_NM2)


def equivalent_voltage(force_kcal_mol_angstrom: float, thickness_nm: float) -> float:
    """Return the voltage whose work on one elementary charge is that of a force on the way through.

    >>> round(equivalent_voltage(0.072, 5.0), 3)
    0.156
    """
    return force_kcal_mol_angstrom * V_NM_PER_KCAL_ANGSTROM * thickness_nm


def _body_force(
    system: openmm.System, roles: pd.DataFrame, drive: DriveOptions
) -> dict[int, float]:
    feed = roles[roles["role"] == FEED_ION]
    unit_force = drive.force_kcal_mol_angstrom * KJ_NM_PER_KCAL_ANGSTROM
    return {
        int(atom): unit_force * abs(charge(species))
        for atom, species in zip(feed["atom"], feed["species"], strict=True)
    }


def _field(system: openmm.System, roles: pd.DataFrame, drive: DriveOptions) -> dict[int, float]:
    charge_e = charges(system)
    walls = roles["atom"][roles["role"] == PISTON].to_numpy(dtype=int)
    if np.abs(charge_e[walls]).max(initial=0.0) > LARGEST_WALL_CHARGE_E:
        total = charge_e[walls].sum()
        raise SettingsError(
            f"a field between pistons that carry charges ({total:+.3g} e in all): they are pulled "
            "by it and add to it; allowed are pistons without charges, or another drive"
        )
    if drive.acts_on == "ions":
        centres = roles["atom"][roles["role"].isin(IONS)].to_numpy(dtype=int)
        driven = _molecules_of(system, centres)
    else:
        driven = np.flatnonzero(charge_e)
    return {int(atom): drive.field_V_nm * KJ_PER_EV * charge_e[atom] for atom in driven}


def _molecules_of(system: openmm.System, centres: np.ndarray) -> np.ndarray:
    """Return the atoms of ions, of which the role table names one each: those excluded from it."""
    force = nonbonded_force(system)
    found, known = set(centres.tolist()), set(centres.tolist())
    for row in range(force.getNumExceptions()):
        one, other, *_ = force.getExceptionParameters(row)
        found |= {one, other} if one in known or other in known else set()
    return np.array(sorted(found), dtype=int)


def _pressure(system: openmm.System, roles: pd.DataFrame, drive: DriveOptions) -> dict[int, float]:
    sheets = roles[roles["role"] == PISTON]
    feed = sheets["atom"][sheets["side"] == "feed"].to_numpy(dtype=int)
    if not len(feed):
        raise SettingsError("a pressure difference needs a cell with pistons, this one has none")
    a, b, _ = system.getDefaultPeriodicBoxVectors()
    area_nm2 = (a[0] * b[1]).value_in_unit(unit.nanometer**2)
    before = _pushed(system, int(feed[0])) * len(feed)
    added = piston_force(drive.pressure_difference_MPa, area_nm2)
    if before + added < -ROUNDING * abs(added):
        own = before / (area_nm2 * KJ_NM_PER_MPA_NM2)
        raise SettingsError(
            f"a pressure difference of {drive.pressure_difference_MPa:g} MPa pulls the pistons "
            f"apart: the feed's own is {own:g} MPa, allowed is at least {-own:g}"
        )
    return dict.fromkeys(feed.tolist(), added / len(feed))


def _pushed(system: openmm.System, atom: int) -> float:
    """Return the force along z in kJ/mol/nm of the pistons' own pressure on one of their atoms."""
    for force in system.getForces():
        if force.getName() == PISTONS:
            for row in range(force.getNumParticles()):
                pushed, (along_z,) = force.getParticleParameters(row)
                if pushed == atom:
                    return float(along_z)
    return 0.0


FORCES = {"body force": _body_force, "field": _field, "pressure": _pressure}


def drive_assumptions(
    options: TransportOptions,
    salts: Mapping[str, Mapping[str, int]],
    area_nm2: float,
    piston_MPa: float,
    thickness_nm: float | None = None,
    slab_correction: bool = False,
) -> list[str]:
    """State how ions and water were driven, for readers of results.

    Parameters
    ----------
    salts : mapping of name to ions (species and count) of the feed
    area_nm2 : float
        Of the membrane.
    piston_MPa : float
        On both sheets, beside a pressure difference.
    thickness_nm : float, optional
        From face to face of the membrane.
    slab_correction : bool
        Whether the cells have one.
    """
    drive = options.drive
    stated = [] if drive.kinds else ["nothing drives ions or water"]
    if "body force" in drive.kinds:
        stated += _said_of_body_force(drive, salts, area_nm2, piston_MPa, thickness_nm)
    if "field" in drive.kinds:
        stated.append(_said_of_field(drive, thickness_nm, slab_correction))
    if "pressure" in drive.kinds:
        more = drive.pressure_difference_MPa
        stated.append(
            f"the feed's piston pushes with {piston_MPa + more:g} MPa, the permeate's with "
            f"{piston_MPa:g}: a difference of {more:g} MPa, which the anchors take up"
        )
    if drive.ramp_ps:
        stated.append(
            f"the drive rises linearly from nothing at t = 0 to all of it at "
            f"{drive.ramp_ps / PS_PER_NS:g} ns"
        )
    return [
        *stated,
        f"Langevin dynamics at {options.temperature_K:g} K with a friction of "
        f"{options.friction_per_ps:g}/ps on every atom, which slows ions and water",
    ]


def _said_of_body_force(
    drive: DriveOptions,
    salts: Mapping[str, Mapping[str, int]],
    area_nm2: float,
    piston_MPa: float,
    thickness_nm: float | None,
) -> list[str]:
    worth = ", ".join(
        f"{drive_pressure(ions, drive, area_nm2):.1f} MPa ({name})" for name, ions in salts.items()
    )
    force = drive.force_kcal_mol_angstrom
    told = [
        f"the drive on all feed ions together is worth {worth} over the membrane's area, which "
        f"water and anchors take up, while each piston pushes with {piston_MPa:g} MPa; how far the "
        "pistons drift is recorded in every run (thermo.csv); the published text has the same "
        "force on each ion and the same pressure on both sheets, and does not speak of the sum",
        f"every feed ion feels {force:g} kcal/mol/angstrom times "
        "the size of its charge toward the permeate, cations and anions alike: a body force, not "
        "an electric field; other ions, water and membrane are not driven",
    ]
    several = sorted({ion for ions in salts.values() for ion in ions if len(SHAPES[ion]) > 1})
    if several:
        told.append(f"of {', '.join(several)} the central atom feels the body force of the ion")
    if thickness_nm is not None:
        told.append(
            f"on an ion that goes from face to face, {thickness_nm:.1f} nm, the body force does "
            f"the work of {equivalent_voltage(force, thickness_nm):.2f} V on its formal charge, "
            f"{force * 10 * thickness_nm * KJ_PER_KCAL:.0f} kJ/mol for each elementary charge, of "
            "either sign"
        )
    return told


def _said_of_field(drive: DriveOptions, thickness_nm: float | None, slab_correction: bool) -> str:
    over = ""
    if thickness_nm is not None:
        volts = drive.field_V_nm * thickness_nm
        over = f", {volts:.2f} V over the membrane's {thickness_nm:.1f} nm,"
    if drive.acts_on == "ions":
        return (
            f"a field of {drive.field_V_nm:g} V/nm{over} acts on every atom of all ions, feed and "
            "counter-ions, by its charge, with opposite forces on opposite charges, and on nothing "
            "else: water and membrane feel the ions that it moves, not the field"
        )
    if slab_correction:
        return (
            f"a field of {drive.field_V_nm:g} V/nm acts on every charge, of water and membrane "
            "too, the latter's taken up by its anchors; with the slab correction it is the "
            "external field, that of the vacuum, and no voltage is set: in the cell it is less by "
            "what water and ions that turn and move in it screen"
        )
    return (
        f"a field of {drive.field_V_nm:g} V/nm{over} acts on every charge, of water and membrane "
        "too, the latter's taken up by its anchors; the cell is periodic along z, so its length "
        "times the field is the voltage over all of it, of which the vacuum behind the pistons "
        "takes the most, as water screens what is in it"
    )
