"""What the fabrication study prints of its membranes, as far as its text gives numbers.

The study: nanofiltration membranes of partly protonated piperazine and trimesoyl chloride with a
second amidation by malonyl chloride in n-hexane, for organics over divalent cations.
"""

from __future__ import annotations

import pandas as pd

from analysis.continuum.performance import b_over_a

PRESSURE_BAR = 5.0
MEASURED: dict[str, dict[str, float]] = {
    "8P": {
        "o_over_n_top": 1.53,
        "o_c_o_percent": 9.4,
        "residual_amine_percent": 7.5,
        "carboxyl_per_nm2": 9.99,
        "carboxyl_per_nm3": 0.22,
        "thickness_nm": 44.8,
        "pore_radius_nm": 0.250,
    },
    "8P10": {
        "o_over_n_top": 1.39,
        "o_c_o_percent": 10.2,
        "residual_amine_percent": 8.1,
        "carboxyl_per_nm2": 19.86,
        "carboxyl_per_nm3": 0.30,
        "thickness_nm": 67.2,
        "pore_radius_nm": 0.255,
    },
    "8P9": {"thickness_nm": 49.4},
    "8P10-H30": {
        "o_over_n_top": 1.52,
        "o_c_o_percent": 10.1,
        "residual_amine_percent": 7.9,
        "carboxyl_per_nm2": 0.67,
        "carboxyl_per_nm3": 0.03,
        "thickness_nm": 20.0,
        "R_xylose_percent": 69.0,
    },
    "8P10-H10": {"R_MgCl2_percent": 71.7, "permeability_lmh_bar": 14.3},
    "8P10-H120": {"R_MgCl2_percent": 89.7, "permeability_lmh_bar": 11.1},
    "8P10-0.5MC10": {"R_MgCl2_percent": 33.0, "permeability_lmh_bar": 17.4},
    "8P10-0.5MC120": {"R_MgCl2_percent": 53.0, "permeability_lmh_bar": 14.6},
    "8P10-0.2MC30": {"pore_radius_nm": 0.300, "R_MgCl2_percent": 39.2},
    "8P10-0.5MC30": {
        "o_over_n_top": 1.79,
        "o_c_o_percent": 17.8,
        "residual_amine_percent": 5.5,
        "carboxyl_per_nm2": 3.25,
        "carboxyl_per_nm3": 0.18,
        "thickness_nm": 20.0,
        "R_xylose_percent": 71.3,
        "R_MgCl2_percent": 41.1,
        "B_over_A_xylose_bar": 1.96,
        "B_over_A_MgCl2_bar": 6.96,
        "B_MgCl2_over_B_xylose": 3.6,
    },
    "8P10-0.8MC30": {"pore_radius_nm": 0.285, "R_MgCl2_percent": 50.3},
    "8P9-0.5MC30": {"R_xylose_percent": 48.9},
    "NF270": {
        "R_xylose_percent": 57.4,
        "R_MgCl2_percent": 33.7,
        "B_over_A_xylose_bar": 3.69,
        "B_over_A_MgCl2_bar": 9.81,
        "B_MgCl2_over_B_xylose": 2.4,
    },
}
"""By membrane and quantity. O/N and the other shares are of the top 10 nm, by photoelectrons."""
REFERENCE_LINES = {"xylose": (70.0, 2.1), "MgCl2": (40.0, 7.5)}
"""Rejection in percent and B/A in bar of the two lines of the study's selectivity plot."""
DRUGS_MEMBRANE = "8P10-0.5MC30"
DRUGS_PERCENT = {"atenolol": 73.4, "trimethoprim": 66.0}
"""Rejections by 8P10-0.5MC30; both carry a positive charge."""
DRUGS_RANGE_PERCENT = (66.0, 94.4)
"""Of eight pharmaceuticals by 8P10-0.5MC30, of which the text gives numbers for two; six are above
80 %, and of NF270 five are below."""
SOLUTES = ("xylose", "MgCl2")


def definition_check() -> pd.DataFrame:
    """Set B/A by the definition from printed rejections beside the printed B/A.

    Returns
    -------
    DataFrame
        membrane, solute, rejection_percent, printed_bar, b_over_a_bar (osmotic pressure left out),
        difference_percent, osmotic_bar: the difference of osmotic pressures at which the definition
        with it, (dP - dPi) (1 - R) / R, gives the printed number exactly.
    """
    rows = []
    for membrane, known in MEASURED.items():
        for solute in SOLUTES:
            if f"B_over_A_{solute}_bar" in known:
                percent, printed = known[f"R_{solute}_percent"], known[f"B_over_A_{solute}_bar"]
                rows.append((membrane, solute, percent, printed))
    rows += [("line", solute, *numbers) for solute, numbers in REFERENCE_LINES.items()]
    table = pd.DataFrame(rows, columns=["membrane", "solute", "rejection_percent", "printed_bar"])
    share = table.rejection_percent / 100
    table["b_over_a_bar"] = b_over_a(share, PRESSURE_BAR)
    table["difference_percent"] = 100 * (table.b_over_a_bar / table.printed_bar - 1)
    table["osmotic_bar"] = PRESSURE_BAR - table.printed_bar * share / (1 - share)
    return table
