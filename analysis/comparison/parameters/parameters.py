"""From atoms to continuum parameters: what theory needs of a membrane, out of results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.comparison.parameters.campaign import Campaign, salt_of
from analysis.comparison.parameters.fixed_charge import charge_parameters
from analysis.comparison.parameters.found import COLUMNS, Found
from analysis.comparison.parameters.pore_space import pore_parameters
from analysis.comparison.parameters.pores import pore_properties
from analysis.continuum.model import Membrane
from analysis.continuum.species import Ion, find

if TYPE_CHECKING:
    import pandas as pd

NM = 1e-9
NM2_NS = 1e-9
"""m2/s."""


@dataclass(frozen=True)
class Parameters:
    """Continuum parameters of a simulated membrane, and what is missing with the reason."""

    found: Found = field(repr=False)

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each quantity and ion that has a value.

        Columns are quantity (it ends in its unit), ion ("" of the membrane), value, low, high,
        unit, interval (what it is), definition, basis ("runs", "hydrated membrane", "layout and
        network alone", "assumed"), source (a path in the results), note.
        """
        import pandas as pd

        return pd.DataFrame(self.found.rows(), columns=list(COLUMNS))

    @property
    def missing(self) -> "pd.DataFrame":
        """A row for each quantity and ion without a value: quantity, ion, reason."""
        import pandas as pd

        rows = [(*key, reason) for key, reason in self.found.missing.items()]
        return pd.DataFrame(rows, columns=["quantity", "ion", "reason"])

    def value(self, quantity: str, ion: str = "") -> float:
        """One number of the table.

        Raises
        ------
        ValueError
            It is missing, with the reason, or there is no such quantity.
        """
        known = self.found.values.get((quantity, ion))
        if known is not None:
            return known.estimate.value
        of = f" of {ion}" if ion else ""
        reason = self.found.missing.get((quantity, ion), "there is no such quantity")
        raise ValueError(f"{quantity}{of} is missing: {reason}")

    @property
    def faces_nm(self) -> tuple[float, float]:
        """Feed face and permeate face, nm from the membrane's centre of mass.

        Raises ValueError if the thickness is missing, with the reason.
        """
        half, middle = self.value("thickness_nm") / 2, self.value("faces_middle_nm")
        return middle - half, middle + half

    def membrane(self, *, effective: bool = False) -> Membrane:
        """The membrane as DSPM-DE takes it: mean pore radius, charge per volume of pores.

        Parameters
        ----------
        effective : bool
            Less the ions that are associated with groups.

        Raises
        ------
        ValueError
            A number that is needed is missing, with the reason.
        """
        charge = f"{'effective_' if effective else ''}charge_density_mol_m3"
        return Membrane(
            NM * self.value("pore_radius_nm"),
            NM * self.value("effective_thickness_nm") * self.value("tortuosity"),
            self.value("pore_permittivity"),
            self.value(charge) / self.value("porosity"),
        )

    def twin_properties(
        self,
        ions: Sequence[Ion | str],
        *,
        pore_radius_nm: float | None = None,
        keep_out: bool = False,
    ) -> dict[str, dict[str, float]]:
        """Excess potentials and diffusivities of ions in the membrane, arguments of `TwinProblem`.

        Excess is that of the salt of these ions where simulated profiles are at equilibrium and
        diffusivity that of diffusive motion in the runs, which holds the thermostat's friction
        already (``damping=0``); for others, the theory of pores (`pore_properties`) with the
        radius, porosity, tortuosity and permittivity of the table.

        Parameters
        ----------
        pore_radius_nm : float, optional
            In place of that of the table.
        keep_out : bool
            Keep an ion as large as the pore out of the membrane, instead of raising.

        Returns
        -------
        dict with "excess" (kT) and "diffusivity" (m2/s), each by ion name

        Raises
        ------
        ValueError
            A number that is needed is missing, with the reason; an ion as large as the pore.
        """
        chosen = [find(ion) for ion in ions]
        result: dict[str, dict[str, float]] = {"excess": {}, "diffusivity": {}}
        for ion in chosen:
            for other in chosen:
                pair = (ion.name, other.name) if ion.charge > 0 else (other.name, ion.name)
                salt = self.found.values.get(("excess_kT", "/".join(pair)))
                if salt is not None:
                    result["excess"][ion.name] = salt.estimate.value
            moves = self.found.values.get(("membrane_diffusivity_nm2_ns", ion.name))
            if moves is not None:
                result["diffusivity"][ion.name] = NM2_NS * moves.estimate.value
        rest = [ion for ion in chosen if any(ion.name not in part for part in result.values())]
        if rest:
            radius = self.value("pore_radius_nm") if pore_radius_nm is None else pore_radius_nm
            pore = Membrane(NM * radius, 1.0, self.value("pore_permittivity"), 0.0)
            theory = pore_properties(
                rest,
                pore,
                porosity=self.value("porosity"),
                tortuosity=self.value("tortuosity"),
                keep_out=keep_out,
            )
            result = {name: {**theory[name], **part} for name, part in result.items()}
        return result


def continuum_parameters(
    results: Path | str,
    layout: str,
    salt: str | None = None,
    *,
    level: float = 0.95,
    settings: Mapping[str, Any] | None = None,
) -> Parameters:
    """Continuum parameters of a layout's membrane from the results of its campaign.

    Each is taken from the best that there is: runs, else the hydrated membrane, else the layout
    and the network alone; what none of them tells is missing, not guessed.

    Parameters
    ----------
    results : Path
        The results of a campaign, ``results/<campaign>``; only read.
    salt : str, optional
        By default the only one that has tables.
    level : float
        Of intervals over trials. Those of the hydrated membrane are as its report gives them.
    settings : mapping, optional
        The campaign file with every default, in place of ``campaign.json`` of the results.

    Raises
    ------
    ValueError
        A level outside (0, 1), or several salts and none named. No missing or damaged file raises.
    """
    # Stores and trials come with pandas, which importing this room should not load.
    from analysis.comparison.parameters.drift import drift_parameters
    from analysis.comparison.parameters.ion_motion import diffusivity_parameters
    from analysis.comparison.parameters.pairing import pairing_parameters
    from analysis.comparison.parameters.partition import partition_parameters

    if not 0 < level < 1:
        raise ValueError(f"level is {level:g}, allowed is between 0 and 1")
    root, found = Path(results), Found()
    campaign = Campaign(root, layout, salt or salt_of(root, layout), level, settings)
    charge_parameters(campaign, found)
    pore_parameters(campaign, found)
    diffusivity_parameters(campaign, found)
    partition_parameters(campaign, found)
    pairing_parameters(campaign, found)
    drift_parameters(campaign, found)
    return Parameters(found)
