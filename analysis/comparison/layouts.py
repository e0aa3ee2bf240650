"""What a comparison says of layouts alone: charge along z, and what it rejects when steady."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.fitted_charge import EFFECTIVE_FRACTION
from analysis.comparison.parameters.found import Missing
from analysis.comparison.parameters.parameters import Parameters
from analysis.comparison.parameters.places import groups_in_frames
from analysis.comparison.twins.charges import ChargeProfile
from analysis.comparison.twins.geometry import Geometry
from analysis.continuum.arrays import Array
from analysis.continuum.model import Membrane, Solution
from analysis.options import ComparisonOptions

if TYPE_CHECKING:
    import pandas as pd

CHARGE_BIN_NM = 0.25
CHARGE_COLUMNS = (
    *("layout", "z_low_nm", "z_high_nm", "charge_e", "charge_density_mol_m3"),
    *("positive_charge_e", "positive_charge_density_mol_m3"),
    *("negative_charge_e", "negative_charge_density_mol_m3"),
)
NM, BAR = 1e-9, 1e5


def charge_profiles(
    layouts: Mapping[str, tuple[Campaign, Parameters]], missing: "list[pd.DataFrame]"
) -> dict[str, dict[str, ChargeProfile]]:
    """Fixed charge of each layout from face to face, as its groups lie in the swollen membrane.

    Its z is from the membrane's centre of mass.

    Of each layout three on the same bins: ``net``, and ``positive`` and ``negative`` groups alone.
    What cannot be had is added to ``missing``.
    """
    found = {}
    for layout, (campaign, known) in layouts.items():
        try:
            z, charges = _groups(campaign)
            low, high = (NM * face for face in known.faces_nm)
            area = NM**2 * campaign.area_nm2
        except (Missing, ValueError) as reason:
            key = {"layout": layout, "salt": ""}
            missing.append(told_missing(key, "charge profile", str(reason)))
            continue
        beyond = (high - low) / 2
        cell = Geometry((low - beyond, high + beyond), (low, high), area)
        signs = {"net": charges != 0, "positive": charges > 0, "negative": charges < 0}
        found[layout] = {
            sign: ChargeProfile.of_groups(z[of], charges[of], cell, width=NM * CHARGE_BIN_NM)
            for sign, of in signs.items()
        }
    return found


def _groups(campaign: Campaign) -> tuple[Array, Array]:
    """Places (nm) and charges of groups, in the frames of runs where no layout tells them."""
    try:
        return campaign.placed_groups()
    except Missing as reason:
        try:
            return groups_in_frames(campaign.trials.stores)
        except Missing:
            raise reason from None


def charge_table(profiles: Mapping[str, Mapping[str, ChargeProfile]]) -> "pd.DataFrame":
    """A row for each bin: its charge, then that of the groups of each sign alone."""
    import pandas as pd

    parts = []
    for layout, signs in profiles.items():
        edges = np.asarray(signs["net"].edges) / NM
        columns: dict[str, Any] = {"layout": layout, "z_low_nm": edges[:-1], "z_high_nm": edges[1:]}
        for sign, profile in signs.items():
            head = "" if sign == "net" else f"{sign}_"
            columns[f"{head}charge_e"] = profile.charges
            columns[f"{head}charge_density_mol_m3"] = profile.density
        parts.append(pd.DataFrame(columns))
    if not parts:
        return pd.DataFrame(columns=list(CHARGE_COLUMNS))
    return pd.concat(parts, ignore_index=True)


def steady_pore(options: ComparisonOptions) -> Membrane:
    """The pore of the steady rejections, without charge."""
    return Membrane(
        NM * options.steady_pore_radius_nm,
        NM * options.steady_thickness_nm,
        options.steady_permittivity,
        0.0,
    )


def rejection_table(
    profiles: Mapping[str, ChargeProfile],
    salts: Mapping[str, Any],
    options: ComparisonOptions,
    missing: "list[pd.DataFrame]",
) -> "pd.DataFrame":
    """Steady rejections (`steady_rejections`) of every layout and salt, pressures in bar."""
    import pandas as pd

    from analysis.comparison.steady import steady_rejections

    parts = []
    for salt, ions in salts.items():
        if not profiles:
            key = {"layout": "", "salt": salt}
            missing.append(told_missing(key, "steady rejection", "no layout has a charge profile"))
            continue
        try:
            counts = {name: float(count) for name, count in ions["ions"].items()}
            cations = sum(count for name, count in counts.items() if "+" in name)
            scale = options.feed_mol_m3 / cations
            rows = steady_rejections(
                profiles,
                Solution({name: scale * count for name, count in counts.items()}),
                steady_pore(options),
                porosity=options.steady_porosity,
                pressures=BAR * np.array(options.pressures_bar),
                fractions=(1.0, EFFECTIVE_FRACTION),
            )
        except (ValueError, KeyError, ZeroDivisionError) as reason:
            key = {"layout": "", "salt": salt}
            missing.append(told_missing(key, "steady rejection", str(reason)))
            continue
        rows.insert(1, "salt", salt)
        rows["pressure_bar"] = rows.pop("pressure_Pa") / BAR
        parts.append(rows)
    if not parts:
        return pd.DataFrame(columns=["layout", "salt"])
    return pd.concat(parts, ignore_index=True)


def steady_assumption(options: ComparisonOptions) -> str:
    """What `rejection_table` assumes, in words."""
    return (
        f"DSPM-DE, {options.feed_mol_m3:g} mol/m3 of cations, pore radius "
        f"{options.steady_pore_radius_nm:g} nm, pore permittivity {options.steady_permittivity:g}, "
        f"porosity {options.steady_porosity:g}, effective thickness "
        f"{options.steady_thickness_nm:g} nm, no film"
    )


def told_missing(key: Mapping[str, str], of: str, reason: str) -> "pd.DataFrame":
    """A row of the table of what is missing; ``key`` has layout and salt."""
    import pandas as pd

    return pd.DataFrame([{**key, "of": of, "quantity": "", "ion": "", "reason": reason}])
