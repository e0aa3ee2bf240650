"""Files that describe a membrane."""

from pydantic import model_validator

from analysis.continuum import Membrane, Profile
from analysis.continuum.constants import MATRIX_PERMITTIVITY
from analysis.continuum.units import MICRO, NANO
from mdtools.options import Options
from workflow.dspmde.blocks import Finite, check_exactly_one
from workflow.dspmde.limits import ChargeDensity, Permittivity, PoreRadius, Thickness


class ChargeProfile(Options):
    """Fixed charge along the pore, sampled at x from 0 (feed) to 1 (permeate)."""

    x: tuple[Finite, ...]
    charge_density_mol_m3: tuple[ChargeDensity, ...]


class MembraneFile(Options):
    """Keys of a file that describes a membrane."""

    pore_radius_nm: PoreRadius
    effective_thickness_um: Thickness
    pore_permittivity: Permittivity
    charge_density_mol_m3: ChargeDensity | None = None
    charge_profile: ChargeProfile | None = None
    matrix_permittivity: Permittivity = MATRIX_PERMITTIVITY

    @model_validator(mode="after")
    def _one_charge(self):
        check_exactly_one(self, "charge_density_mol_m3", "charge_profile")
        return self

    def in_si_units(self) -> Membrane:
        """Return the membrane in SI units."""
        density, profile = self.charge_density_mol_m3, self.charge_profile
        return Membrane(
            NANO * self.pore_radius_nm,
            MICRO * self.effective_thickness_um,
            self.pore_permittivity,
            density if profile is None else Profile(profile.x, profile.charge_density_mol_m3),
            self.matrix_permittivity,
        )
