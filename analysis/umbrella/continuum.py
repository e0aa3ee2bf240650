"""What continuum theory says of an ion's free energy along z in the same membrane."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.layouts import charge_profiles
from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.found import Missing
from analysis.comparison.parameters.parameters import Parameters, continuum_parameters
from analysis.continuum.constants import WATER_PERMITTIVITY
from analysis.continuum.partitioning import born, donnan, steric
from analysis.continuum.species import find
from mdtools.constants import ANGSTROM_PER_NM, MOLAR_PER_NM3, WATERS_PER_NM3

NM = 1e-9
MOL_M3_PER_NM3 = 1000 * MOLAR_PER_NM3
PARTS = ("pore_volume", "steric", "born", "donnan")
COLUMNS = tuple(f"{name}_kT" for name in (*PARTS, "continuum"))


def beside(
    z_angstrom: np.ndarray,
    results: Path,
    settings: Mapping[str, Any],
    layout: str,
    salt: str,
    ion: str,
) -> tuple[pd.DataFrame, str]:
    """Return the parts of an ion's free energy by the theory of pores, and a remark.

    Inside of the faces -ln(porosity), -ln (1 - lambda)^2, Born's energy and the charge times the
    potential (RT/F) at which ions in partition equilibrium with the feed balance the fixed charge
    at that z; outside of them 0. With the parameters that the campaign's own results give
    (`continuum_parameters`). A part that cannot be had is missing, and so is the sum.

    Returns
    -------
    table : DataFrame
        `COLUMNS`, a row for each z.
    remark : str
        Of what is missing, or which parameters were used.
    """
    nothing = pd.DataFrame(np.nan, index=range(len(z_angstrom)), columns=list(COLUMNS))
    level = float(settings["analysis"]["level"])
    known = continuum_parameters(results, layout, salt, level=level, settings=settings)
    campaign = Campaign(results, layout, salt, level, settings)
    try:
        return _table(np.asarray(z_angstrom) / ANGSTROM_PER_NM, campaign, known, settings, ion)
    except (Missing, ValueError) as reason:
        return nothing, f"continuum theory says nothing: {reason}"


def _table(
    z_nm: np.ndarray,
    campaign: Campaign,
    known: Parameters,
    settings: Mapping[str, Any],
    ion: str,
) -> tuple[pd.DataFrame, str]:
    missing: list[pd.DataFrame] = []
    profiles = charge_profiles({campaign.layout: (campaign, known)}, missing)
    if campaign.layout not in profiles:
        raise ValueError(str(missing[0]["reason"].iloc[0]))
    profile = profiles[campaign.layout]["net"]
    counts = {name: n for name, n in settings["salts"][campaign.salt]["ions"].items() if n}
    volume = settings["cell"]["waters_per_reservoir"] / WATERS_PER_NM3
    feed = {name: MOL_M3_PER_NM3 * n / volume for name, n in counts.items()}
    radius, permittivity = known.value("pore_radius_nm"), known.value("pore_permittivity")
    porosity, temperature = known.value("porosity"), campaign.temperature
    shares = {
        name: (
            float(steric(find(name).stokes_radius / (NM * radius))),
            float(born(find(name), permittivity, WATER_PERMITTIVITY, temperature)),
        )
        for name in feed
    }
    if not shares[ion][0]:
        raise ValueError(f"{ion} is as large as the pore of {radius:.2f} nm")
    low, high = known.faces_nm
    inside = (z_nm >= low) & (z_nm <= high)
    edges = np.asarray(profile.edges) / NM
    rows = np.clip(np.searchsorted(edges, z_nm, side="right") - 1, 0, len(edges) - 2)
    charge = np.where(inside, np.asarray(profile.density)[rows], 0.0)
    partition = [porosity * a * b for a, b in shares.values()]
    _, potential = donnan(
        list(feed.values()), [find(name).charge for name in feed], charge, partition
    )
    parts = {
        "pore_volume": -np.log(porosity),
        "steric": -np.log(shares[ion][0]),
        "born": -np.log(shares[ion][1]),
        "donnan": find(ion).charge * potential,
    }
    columns = {name: np.where(inside, value, 0.0) for name, value in parts.items()}
    columns["continuum"] = np.sum(list(columns.values()), axis=0)
    table = pd.DataFrame({f"{name}_kT": values for name, values in columns.items()})
    said = (
        f"pore radius {radius:.3f} nm, porosity {porosity:.2f}, permittivity {permittivity:.0f} in "
        f"pores, faces at {ANGSTROM_PER_NM * low:.1f} and {ANGSTROM_PER_NM * high:.1f} angstrom, "
        f"feed {', '.join(f'{c:.0f} mol/m3 {name}' for name, c in feed.items())}"
    )
    if np.isnan(columns["donnan"]).any():
        large = ", ".join(name for name, (share, _) in shares.items() if not share)
        said += (
            f"; {large} as large as a pore or larger: no Donnan potential where the other ions "
            "cannot balance the charge"
        )
    return table, said
