"""Mean squared displacement of water inside the membrane, and the share that stays."""

import numpy as np
import pandas as pd

from analysis.kernels import msd
from analysis.observables.shared.displacements import (
    DIRECTIONS,
    TrialDisplacements,
    common_interval_ps,
    curve_rows,
    fit_rows,
    mean_square,
    window_ps,
)
from analysis.observables.shared.membrane_water import WaterPaths, strides
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials

TABLES = ("water_msd", "water_diffusion")

CONVENTIONS = {"continuous": "MSD, inside all along", "both": "MSD, inside at both ends"}
"""Conventions of `kernels.msd` by the names in the tables. There is no "start": displacements that
end in the reservoirs are not those of water in the membrane."""
NO_WATER = "no water inside the dense region in any frame"
PLACE = "dense region"


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `water_msd`, at lags up to half of the frames, and `water_diffusion`.

    Raises
    ------
    ValueError
        Trials whose water was followed at intervals that no common one serves.
    """
    curves, fits, region = [], [], trials.dense_region
    every = strides([store.arrays["water_time_ps"] for store in trials.stores])
    by_trial = [trial_displacements(*one, region) for one in zip(trials.stores, every, strict=True)]
    for convention, definition in CONVENTIONS.items():
        displacements = [one[convention] for one in by_trial]
        window = window_ps(displacements, options.msd_window_ps)
        for direction in DIRECTIONS:
            key_columns = {
                "definition": definition,
                "place": PLACE,
                "from_angstrom": region[0],
                "to_angstrom": region[1],
                "direction": direction,
                "interval_ps": common_interval_ps(displacements),
            }
            curve = mean_square(direction, region)
            curves.append(curve_rows(displacements, curve, options.level).assign(**key_columns))
            fits.append(fit_rows(displacements, curve, window, options.level).assign(**key_columns))
    return {
        "water_msd": pd.concat(curves, ignore_index=True),
        "water_diffusion": pd.concat(fits, ignore_index=True),
    }


def trial_displacements(
    store: Store, every: int, region: tuple[float, float]
) -> dict[str, TrialDisplacements]:
    """Return displacements of one trial within a region (angstrom) by convention."""
    low, high = region[0] / 10, region[1] / 10
    paths = WaterPaths.of_store(store).thinned(every).ever(low, high)
    frames, trial = len(paths.time_ps), str(store.trial)
    if frames < 2:
        few = TrialDisplacements(
            trial, frames, np.nan, None, "one full frame, a displacement needs two"
        )
        return dict.fromkeys(CONVENTIONS, few)
    if paths.positions_nm.shape[1] == 0:
        return dict.fromkeys(
            CONVENTIONS, TrialDisplacements(trial, frames, paths.interval_ps, None, NO_WATER)
        )
    inside = paths.inside(low, high)
    return {
        name: TrialDisplacements(
            trial, frames, paths.interval_ps, msd(paths.positions_nm, inside, name)
        )
        for name in CONVENTIONS
    }
