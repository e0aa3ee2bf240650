"""How water moves inside the membrane, and how much of it leaves."""

import numpy as np
import pandas as pd

from analysis.kernels import msd
from analysis.observables.shared.displacements import (
    DIRECTIONS,
    Moves,
    common_interval_ps,
    curve_rows,
    fit_rows,
    plain,
    window_ps,
)
from analysis.observables.shared.water import WaterPaths, strides
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
    """Tables `water_msd`, at lags up to half of the frames, and `water_diffusion`.

    Raises
    ------
    ValueError
        Trials whose water was followed at intervals that no common one serves.
    """
    curves, fits, region = [], [], trials.dense_region
    every = strides([store.arrays["water_time_ps"] for store in trials.stores])
    found = [moves_of(*one, region) for one in zip(trials.stores, every, strict=True)]
    for convention, definition in CONVENTIONS.items():
        moves = [one[convention] for one in found]
        window = window_ps(moves, options.msd_window_ps)
        for direction in DIRECTIONS:
            about = {
                "definition": definition,
                "place": PLACE,
                "from_angstrom": region[0],
                "to_angstrom": region[1],
                "direction": direction,
                "interval_ps": common_interval_ps(moves),
            }
            curve = plain(direction, region)
            curves.append(curve_rows(moves, curve, options.level).assign(**about))
            fits.append(fit_rows(moves, curve, window, options.level).assign(**about))
    return {
        "water_msd": pd.concat(curves, ignore_index=True),
        "water_diffusion": pd.concat(fits, ignore_index=True),
    }


def moves_of(store: Store, every: int, region: tuple[float, float]) -> dict[str, Moves]:
    """Displacements within a region (angstrom) of one trial, each so many frames, by convention."""
    low, high = region[0] / 10, region[1] / 10
    paths = WaterPaths.of_store(store).thinned(every).ever(low, high)
    frames, trial = len(paths.time_ps), str(store.trial)
    if frames < 2:
        few = Moves(trial, frames, np.nan, None, "one full frame, a displacement needs two")
        return dict.fromkeys(CONVENTIONS, few)
    if paths.positions_nm.shape[1] == 0:
        return dict.fromkeys(CONVENTIONS, Moves(trial, frames, paths.interval_ps, None, NO_WATER))
    inside = paths.inside(low, high)
    return {
        name: Moves(trial, frames, paths.interval_ps, msd(paths.positions_nm, inside, name))
        for name in CONVENTIONS
    }
