"""Steady permeation of the study's membranes under pressure beside that measured with NF270."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.layouts import BAR
from analysis.comparison.parameters.fitted_charge import EFFECTIVE_FRACTION
from analysis.comparison.steady import steady_rejections
from analysis.comparison.study import published
from analysis.comparison.study.cells import ANION, CATIONS, NF270, POROSITY, Placement
from analysis.comparison.study.orders import AGREE, DISAGREE, NORMAL, UNDECIDED
from analysis.continuum.model import Solution
from analysis.continuum.species import find

if TYPE_CHECKING:
    import pandas as pd

LAYOUT_OF_PH = {2: "pH2", 7: "pH7", 10: "pH10"}
FRACTIONS = (1.0, EFFECTIVE_FRACTION)
SHOWN = ("profile", "average")
CONCENTRATION, PRESSURES_BAR = 100.0, (10.0, 15.0)
"""mol/m3 of cations in the feed, and pressures, of the study's experiments."""
KEYS = ["pH", "layout", "salt", "ion", "variant", "charge_fraction", "pressure_bar"]
SOURCES = {
    "feed": f"{CONCENTRATION:g} mol/m3 of the salt, the study's experiments, stirred perfectly",
    "pressure": "10 and 15 bar: the study measured at one of them and does not say which",
    "pore": "radius 0.49 nm and permittivity 44, NF270 as Labban et al. (2018) fit it",
    "porosity": f"{POROSITY:g}, assumed",
    "charge": "profile: the groups as they lie; average: the same net charge spread evenly",
}


def permeation_table(placements: Mapping[str, Sequence[Placement]]) -> "pd.DataFrame":
    """Permeation by DSPM-DE for the layouts of pH 2, 7 and 10, with what was measured.

    Returns
    -------
    DataFrame
        `KEYS`; permeation, c_permeate / c_feed, mean over placements, with permeation_low and
        permeation_high, the least and the most; sd over placements; converged; measured, NaN where
        the study prints no number.
    """
    import pandas as pd

    profiles = {
        (layout, k): placement.profile()
        for layout in LAYOUT_OF_PH.values()
        for k, placement in enumerate(placements.get(layout, ()))
    }
    parts = []
    for salt, cation in CATIONS.items():
        feed = Solution({cation: CONCENTRATION, ANION: find(cation).charge * CONCENTRATION})
        named = {f"{layout} {k}": profile for (layout, k), profile in profiles.items()}
        rows = steady_rejections(
            named,
            feed,
            NF270,
            porosity=POROSITY,
            pressures=BAR * np.array(PRESSURES_BAR),
            fractions=FRACTIONS,
        )
        rows = rows[rows["variant"].isin(SHOWN)].assign(salt=salt)
        rows["layout"] = rows["layout"].str.split(" ").str[0]
        rows["pressure_bar"] = rows["pressure_Pa"] / BAR
        parts.append(rows)
    every = pd.concat(parts, ignore_index=True)
    every["pH"] = every["layout"].map({layout: pH for pH, layout in LAYOUT_OF_PH.items()})
    groups = every.groupby(KEYS, sort=False)
    table = groups["permeation"].agg(["mean", "min", "max", "std"]).reset_index()
    names = {"mean": "permeation", "min": "permeation_low", "max": "permeation_high", "std": "sd"}
    table = table.rename(columns=names)
    table["sd"] = table["sd"].fillna(0.0)
    table["converged"] = groups["converged"].all().to_numpy()
    measured = published.experiment()[["pH", "salt", "ion", "permeation_percent"]]
    table = table.merge(measured, how="left", on=["pH", "salt", "ion"])
    table["measured"] = table.pop("permeation_percent") / 100
    return table


def steady_orders(steady: "pd.DataFrame") -> "pd.DataFrame":
    """Judge every order of the study's experiments by the steady permeation.

    Returns
    -------
    DataFrame
        variant, charge_fraction, pressure_bar; layout, salt, ion, than_ of each; value, than_value,
        difference; resolution, 1.96 standard deviations over single placements; verdict; section,
        figure, statement.
    """
    import pandas as pd

    known = steady.set_index(
        ["variant", "charge_fraction", "pressure_bar", "layout", "salt", "ion"]
    )
    rows = []
    for variant, fraction, bar in dict.fromkeys(key[:3] for key in known.index):
        for stated in published.orders().query("method == 'experiment'").itertuples():
            case = (variant, fraction, bar)
            first = (*case, stated.layout, stated.salt, stated.ion)
            second = (*case, stated.than_layout, stated.than_salt, stated.than_ion)
            if first not in known.index or second not in known.index:
                continue
            a, b = known.loc[first], known.loc[second]
            difference = float(a["permeation"] - b["permeation"])
            resolution = NORMAL * float(np.hypot(a["sd"], b["sd"]))
            judged = AGREE if difference > resolution else UNDECIDED
            if difference < -resolution or not np.isfinite(difference):
                judged = DISAGREE
            rows.append(
                (
                    *(*case, stated.layout, stated.salt, stated.ion),
                    *(stated.than_layout, stated.than_salt, stated.than_ion),
                    *(a["permeation"], b["permeation"], difference, resolution, judged),
                    *(stated.section, stated.figure, stated.statement),
                )
            )
    columns = ["variant", "charge_fraction", "pressure_bar", "layout", "salt", "ion"]
    columns += ["than_layout", "than_salt", "than_ion", "value", "than_value", "difference"]
    columns += ["resolution", "verdict", "section", "figure", "statement"]
    return pd.DataFrame(rows, columns=columns)


def charge_against_ph(placements: Mapping[str, Sequence[Placement]]) -> "pd.DataFrame":
    """Measured zeta potential beside the net charge of the study's layouts.

    Returns
    -------
    DataFrame
        pH; zeta_mV, NaN where only its sign is said; sign; net_charge_e, of the layout, NaN where
        none has this pH.
    """
    table = published.zeta()[["pH", "zeta_mV", "sign"]].copy()
    net = {
        float(pH): float(np.mean([placement.net for placement in placements[layout]]))
        for pH, layout in LAYOUT_OF_PH.items()
        if layout in placements
    }
    table["net_charge_e"] = table["pH"].map(net)
    return table
