"""What a comparison has to be told of trajectories that another program wrote."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from analysis.universes import Study


def outside_settings(
    study: "Study",
    *,
    force_kcal_mol_angstrom: float,
    friction_per_ps: float = 0.0,
    temperature_K: float = 300.0,
) -> dict[str, Any]:
    """Settings of `compare` for the tables that `analyse` has written of a study.

    Parameters
    ----------
    study : Study
    force_kcal_mol_angstrom : float
        Body force on monovalent feed ions toward the permeate, twice that on divalent ones; 0
        without a drive.
    friction_per_ps : float
        Of a Langevin thermostat, 0 of others.
    temperature_K : float

    Raises
    ------
    ValueError
        Numbers that are not finite, a friction below 0, a temperature that is not positive.
    """
    for name, value, least in (
        ("force_kcal_mol_angstrom", force_kcal_mol_angstrom, -np.inf),
        ("friction_per_ps", friction_per_ps, 0.0),
        ("temperature_K", temperature_K, 1e-9),
    ):
        if not (np.isfinite(value) and value >= least):
            allowed = "finite" if least < 0 else "0 or more" if least == 0 else "positive"
            raise ValueError(f"{name} is {value:g}, allowed is {allowed}")
    selections = study.selections
    return {
        "layouts": [study.layout],
        "salts": {study.salt: {"ions": dict.fromkeys(selections.feed_ions, 1)}},
        "transport": {
            "drive": {
                "kind": "body force",
                "force_kcal_mol_angstrom": force_kcal_mol_angstrom,
            },
            "duration_ns": study.target_ns or 1.0,
            "friction_per_ps": friction_per_ps,
            "temperature_K": temperature_K,
        },
        "analysis": study.analysis.model_dump(mode="json"),
    }
