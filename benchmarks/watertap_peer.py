"""One warm solve with WaterTAP's NanofiltrationDSPMDE0D, where it and an Ipopt are installed.

Seawater of five ions through a membrane of 0.5 nm and 1.33 um at 4 bar, Davies coefficients, no
concentration polarisation: the case of the recorded 0.33 s.
"""

import time

DIFFUSIVITY = {
    "Ca_2+": 9.2e-10,
    "SO4_2-": 1.06e-9,
    "Mg_2+": 7.06e-10,
    "Na_+": 1.33e-9,
    "Cl_-": 2.03e-9,
}
RADIUS = {
    "Ca_2+": 0.309e-9,
    "Mg_2+": 0.347e-9,
    "SO4_2-": 0.230e-9,
    "Cl_-": 0.121e-9,
    "Na_+": 0.184e-9,
}
CHARGE = {"Ca_2+": 2, "Mg_2+": 2, "SO4_2-": -2, "Na_+": 1, "Cl_-": -1}
MOLAR_MASS = {
    "H2O": 0.018,
    "Ca_2+": 0.040,
    "Mg_2+": 0.024,
    "SO4_2-": 0.096,
    "Na_+": 0.023,
    "Cl_-": 0.035,
}
MASS_FRACTION = {
    "Ca_2+": 382e-6,
    "Mg_2+": 1394e-6,
    "SO4_2-": 2136e-6,
    "Cl_-": 20101.6e-6,
    "Na_+": 11122e-6,
}
SCALE = {"Ca_2+": 1e4, "SO4_2-": 1e3, "Mg_2+": 1e3, "Cl_-": 1e2, "Na_+": 1e2, "H2O": 1.0}
CHARGES = (-27.0, -26.0, -27.5)
"""Charge densities in mol/m3 that are gone through, each from the solution before it."""


def warm_seconds() -> float | None:
    """Shortest of some warm solves, s; None where WaterTAP or an Ipopt is missing."""
    try:
        from pyomo.environ import assert_optimal_termination
        from watertap.core.solvers import get_solver
    except ImportError:
        return None
    solver = get_solver()
    if not solver.available(exception_flag=False):
        return None
    model = flowsheet()
    model.fs.unit.initialize()
    assert_optimal_termination(solver.solve(model))
    seconds = []
    for density in CHARGES:
        model.fs.unit.membrane_charge_density.fix(density)
        started = time.perf_counter()
        assert_optimal_termination(solver.solve(model))
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def flowsheet():
    """The model with every input fixed and scaled, ready to be initialised."""
    from idaes.core import FlowsheetBlock
    from idaes.core.util.scaling import calculate_scaling_factors
    from pyomo.environ import ConcreteModel
    from watertap.property_models.multicomp_aq_sol_prop_pack import (
        ActivityCoefficientModel,
        DensityCalculation,
        MCASParameterBlock,
    )
    from watertap.unit_models.nanofiltration_DSPMDE_0D import (
        ConcentrationPolarizationType,
        MassTransferCoefficient,
        NanofiltrationDSPMDE0D,
    )

    model = ConcreteModel()
    model.fs = FlowsheetBlock(dynamic=False)
    model.fs.properties = MCASParameterBlock(
        solute_list=list(CHARGE),
        diffusivity_data={("Liq", ion): value for ion, value in DIFFUSIVITY.items()},
        mw_data=MOLAR_MASS,
        stokes_radius_data=RADIUS,
        charge=CHARGE,
        activity_coefficient_model=ActivityCoefficientModel.davies,
        density_calculation=DensityCalculation.constant,
    )
    model.fs.unit = NanofiltrationDSPMDE0D(
        property_package=model.fs.properties,
        mass_transfer_coefficient=MassTransferCoefficient.none,
        concentration_polarization_type=ConcentrationPolarizationType.none,
    )
    _fix(model.fs.unit)
    for species, factor in SCALE.items():
        model.fs.properties.set_default_scaling(
            "flow_mol_phase_comp", factor, index=("Liq", species)
        )
    calculate_scaling_factors(model)
    return model


def flows() -> dict[str, float]:
    """Mol/s of water and ions in 1 kg/s of feed, chloride being what makes it neutral."""
    found = {ion: fraction / MOLAR_MASS[ion] for ion, fraction in MASS_FRACTION.items()}
    found["Cl_-"] = sum(CHARGE[ion] * flow for ion, flow in found.items() if ion != "Cl_-")
    salt = sum(MOLAR_MASS[ion] * flow for ion, flow in found.items())
    return found | {"H2O": (1 - salt) / MOLAR_MASS["H2O"]}


def _fix(unit) -> None:
    for species, flow in flows().items():
        unit.inlet.flow_mol_phase_comp[0, "Liq", species].fix(flow)
    unit.inlet.temperature[0].fix(298.15)
    unit.inlet.pressure[0].fix(4e5)
    unit.mixed_permeate[0].pressure.fix(101325)
    unit.radius_pore.fix(0.5e-9)
    unit.membrane_thickness_effective.fix(1.33e-6)
    unit.membrane_charge_density.fix(CHARGES[0])
    unit.dielectric_constant_pore.fix(41.3)
    unit.area.fix(50)
    unit.spacer_porosity.fix(0.85)
    unit.channel_height.fix(5e-4)
    unit.velocity[0, 0].fix(0.25)
