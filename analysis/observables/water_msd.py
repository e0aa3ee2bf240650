"""How water moves inside the membrane, and how much of it leaves."""

import numpy as np
import pandas as pd

from analysis.displacements import DIRECTIONS, Moves, curve_rows, fit_rows, plain, window_ps
from analysis.kernels import msd
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials
from analysis.water import WaterPaths

TABLES = ("water_msd", "water_diffusion")

CONVENTIONS = {"continuous": "MSD, inside all along", "both": "MSD, inside at both ends"}
"""Conventions of `kernels.msd` by the names in the tables. There is no "start": displacements that
end in the reservoirs are not those of water in the membrane."""
NO_WATER = "no water inside the dense region in any frame"
PLACE = "dense region"


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Tables `water_msd`, at lags up to half of the frames, and `water_diffusion`."""
    curves, fits = [], []
    for convention in CONVENTIONS:
        moves = [moves_of(store, trials.dense_region, convention) for store in trials.stores]
        window = window_ps(moves, options.msd_window_ps)
        for direction in DIRECTIONS:
            about = {
                "definition": CONVENTIONS[convention],
                "place": PLACE,
                "from_angstrom": trials.dense_region[0],
                "to_angstrom": trials.dense_region[1],
                "direction": direction,
            }
            curve = plain(direction, trials.dense_region)
            curves.append(curve_rows(moves, curve, options.level).assign(**about))
            fits.append(fit_rows(moves, curve, window, options.level).assign(**about))
    return {
        "water_msd": pd.concat(curves, ignore_index=True),
        "water_diffusion": pd.concat(fits, ignore_index=True),
    }


def moves_of(store: Store, region: tuple[float, float], convention: str) -> Moves:
    """Displacements within a region (angstrom) of one trial."""
    low, high = region[0] / 10, region[1] / 10
    paths = WaterPaths.of_store(store).ever(low, high)
    frames, trial = len(paths.time_ps), str(store.trial)
    if frames < 2:
        return Moves(trial, frames, np.nan, None, "one full frame, a displacement needs two")
    if paths.positions_nm.shape[1] == 0:
        return Moves(trial, frames, paths.interval_ps, None, NO_WATER)
    found = msd(paths.positions_nm, paths.inside(low, high), convention)
    return Moves(trial, frames, paths.interval_ps, found)
