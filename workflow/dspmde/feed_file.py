"""Files that describe a feed, with ions that no table of this package has."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from analysis.continuum import Ion, Solution
from analysis.continuum.constants import TEMPERATURE_K, WATER_PERMITTIVITY
from analysis.continuum.model import NotNeutral
from analysis.continuum.names import readings, spelt
from analysis.continuum.species import KNOWN, SOLUTION_DENSITY, from_mg_per_kg, stokes_einstein
from analysis.continuum.units import MILLI, NANO
from mdtools.options import Options
from workflow.campaign.faults import choices, hint
from workflow.dspmde.blocks import check_exactly_one
from workflow.dspmde.limits import (
    Concentration,
    Density,
    Diffusivity,
    MassFraction,
    MolarMass,
    Permittivity,
    SoluteRadius,
    Temperature,
)

WHOLE_MG_KG = 1e6
ROUNDED = 0.02
"""Largest share of all charge by which rounding of a printed table may miss neutrality."""
DESCRIBED = (
    "describe it in a block of the feed file, as "
    "ions: {HSeO3-: {charge: -1, diffusivity_m2_s: 1.1e-9}}"
)


class IonBlock(Options):
    """Keys that describe an ion of one's own; what of D and radius lacks follows from the other."""

    charge: Annotated[int, Field(ge=-8, le=8)] | None = None
    diffusivity_m2_s: Diffusivity | None = None
    stokes_radius_nm: SoluteRadius | None = None
    molar_mass_g_mol: MolarMass | None = None

    @model_validator(mode="after")
    def _some_size(self):
        if self.diffusivity_m2_s is None and self.stokes_radius_nm is None:
            raise ValueError("allowed is diffusivity_m2_s, stokes_radius_nm, or both; given none")
        return self

    def named(self, name: str) -> Ion:
        """Return the ion. Raises ValueError for a charge that is not the name's."""
        charge, meant = self.charge, {charge for _, charge in readings(name)}
        if charge is None:
            charge = min(meant, key=abs) if meant else 0
            if len(meant) > 1:
                raise ValueError(
                    f"charge of {name} is not given, allowed are {choices(sorted(meant, key=abs))}"
                )
        elif meant and charge not in meant:
            raise ValueError(f"charge of {name} is {charge}, allowed is that of its name")
        diffusivity, radius = self.diffusivity_m2_s, self.stokes_radius_nm
        mass = self.molar_mass_g_mol
        return Ion(
            name,
            charge,
            diffusivity or stokes_einstein(NANO * radius),
            NANO * radius if radius else stokes_einstein(diffusivity),
            None if mass is None else MILLI * mass,
            "the feed file" + ("" if diffusivity and radius else ", Stokes and Einstein"),
        )


class FeedFile(Options):
    """Keys of a file that describes a feed."""

    concentrations_mol_m3: dict[str, Concentration] | None = None
    concentrations_mg_kg: dict[str, MassFraction] | None = None
    density_kg_m3: Density = SOLUTION_DENSITY
    neutralise_by: str | None = None
    temperature_K: Temperature = TEMPERATURE_K
    permittivity: Permittivity = WATER_PERMITTIVITY
    ions: dict[str, IonBlock] = {}

    @model_validator(mode="after")
    def _one_kind(self):
        check_exactly_one(self, "concentrations_mol_m3", "concentrations_mg_kg")
        given = self.concentrations_mol_m3 or self.concentrations_mg_kg or {}
        if given and not any(given.values()):
            raise ValueError(
                "allowed is a feed with an ion that is there; all concentrations are 0"
            )
        if self.concentrations_mg_kg and sum(self.concentrations_mg_kg.values()) > WHOLE_MG_KG:
            raise ValueError("concentrations_mg_kg sum to more, allowed is 1e6 mg/kg in all")
        return self

    def in_si_units(self) -> Solution:
        """Return the feed in SI units."""
        own = {name: block.named(name) for name, block in self.ions.items()}
        given = self.concentrations_mol_m3 or self.concentrations_mg_kg or {}
        amounts = by_ion(given, own)
        for name in own:
            if own[name] not in amounts and name != self.neutralise_by:
                raise ValueError(f"ions.{name} has no concentration, allowed is an ion of the feed")
        if self.concentrations_mol_m3 is None:
            for ion in amounts:
                if ion.molar_mass is None:
                    raise ValueError(
                        f"{ion.name} is given in mg/kg, for which its molar mass is needed: add "
                        f"molar_mass_g_mol to ions.{ion.name}, or give concentrations_mol_m3"
                    )
            amounts = from_mg_per_kg(amounts, self.density_kg_m3)
        others = {"temperature": self.temperature_K, "permittivity": self.permittivity}
        if self.neutralise_by is not None:
            return self._neutralised(amounts, find_ion(self.neutralise_by, own), others)
        try:
            return Solution(amounts, **others)
        except NotNeutral as error:
            raise ValueError(_remedy(error, amounts)) from None

    def _neutralised(self, amounts, ion: Ion, others: Mapping[str, float]) -> Solution:
        if not ion.charge:
            raise ValueError(f"neutralise_by is {self.neutralise_by}, allowed is an ion")
        rest = sum(one.charge * c for one, c in amounts.items() if one != ion)
        if rest * ion.charge > 0:
            raise ValueError(
                f"neutralise_by is {self.neutralise_by}, but the other ions have a charge of its "
                f"sign ({rest:+.6g} mol/m3): allowed is an ion of the other sign"
            )
        amounts.pop(ion, None)
        return Solution({**amounts, ion: -rest / ion.charge}, **others)


def find_ion(name: str, own: Mapping[str, Ion]) -> Ion:
    """Return an ion of the file or of the package, in any spelling; ValueError names the remedy."""
    known = KNOWN | own
    found = spelt(name, {known_name: ion.charge for known_name, ion in own.items()}) or spelt(
        name, {known_name: ion.charge for known_name, ion in known.items()}
    )
    if found is None:
        raise ValueError(
            f"ion {name!r} is unknown, allowed: {choices(known)}{hint(name, known)}; or {DESCRIBED}"
        )
    return known[found]


def by_ion(given: Mapping[str, float], own: Mapping[str, Ion]) -> dict[Ion, float]:
    """Return numbers by ion, in whatever spelling they were; ValueError for one given twice."""
    amounts: dict[Ion, float] = {}
    for name, value in given.items():
        ion = find_ion(name, own)
        if ion in amounts:
            raise ValueError(f"ion {ion.name} is given twice, as {name} too; allowed is once")
        amounts[ion] = value
    return amounts


def _remedy(error: NotNeutral, amounts: Mapping[Ion, float]) -> str:
    """Return what a user of the file can do about a feed that is not neutral."""
    excess, share = error.charge, abs(error.share)
    ions = [ion for ion in amounts if ion.charge * excess < 0] or [
        KNOWN["Cl-" if excess > 0 else "Na+"]
    ]
    most = max(ions, key=lambda ion: abs(ion.charge) * amounts.get(ion, 0.0))
    told = (
        f"the solution is not neutral: its charges sum to {excess:+.4g} mol/m3, {100 * share:.3g} "
        f"% of all charge; add neutralise_by: {most.name} to the file, which sets how much "
        f"{most.name} there is"
    )
    if share > ROUNDED:
        told += "; so much is no rounding: an ion may be missing, or in another unit"
    return told
