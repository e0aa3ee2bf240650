"""Mean squared displacement of ions inside the membrane, with and without their drift."""

import numpy as np
import pandas as pd

from analysis.kernels import msd
from analysis.observables.shared.apparent_slopes import SLOPE_COLUMNS, slope_rows
from analysis.observables.shared.displacements import (
    ANGSTROM2_PER_NM2,
    CURVE_COLUMNS,
    DIRECTIONS,
    FIT_COLUMNS,
    Curve,
    TrialDisplacements,
    common_interval_ps,
    curve_rows,
    fit_rows,
    lags_within,
    mean_square,
    variance_along,
    window_ps,
)
from analysis.observables.shared.ions import fast_interval_ps
from analysis.observables.shared.stacking import stacked
from analysis.options import AnalysisOptions
from analysis.statistics import over_present
from analysis.store import Store
from analysis.trials import POOLED, Trials
from mdtools.roles import IONS
from mdtools.slab import between

TABLES = ("ion_msd", "ion_diffusion")

CONVENTIONS = {"continuous": "ion MSD, inside all along", "both": "ion MSD, inside at both ends"}
"""Conventions of `kernels.msd` by the names in the tables."""
FORMS = {"displacement": mean_square, "less drift": variance_along}
"""What is squared and averaged, by its name in the column of; less drift is along z only."""
PLACE = "dense region"
"""Not the faces: between these and the dense region a rough surface holds water almost as in bulk,
where an ion moves faster, and few such ions would make most of the mean."""
SHORTEST_SHARE = 0.01
"""Of the run, where the window of the exponent begins by default: below, ions rattle in cages."""
FEWEST_IONS = 3
"""Below it a mean over ions is one of single paths, and said to be."""

SHARED = (
    "Mean squared displacement of the ions of a species in the dense region of the membrane, from "
    "every fast frame, over those there {kept}. stayed_share is the share of the displacements "
    "begun there that this keeps, pairs their number; n is how many ions were ever there, of 'all' "
    "in all trials together. Lateral "
    "displacements (x and y) are hardly bent by the choice, axial ones (z) are: those that stay in "
    "a region of width w tend to w²/6 and look subdiffusive even of a free walk. So no axial or "
    "total exponent is given where the axial MSD exceeds 0.3 of it. Feed ions are pulled along z: "
    "drift_angstrom is the mean displacement along z, and rows 'less drift' have the variance, "
    "<dr²> - <dr>²; of n independent displacements it is 1/n of itself too low. A drift alone "
    "makes an exponent of 2. "
    "alpha is the slope of log MSD over log lag in the window from_ps to to_ps; the diffusivity is "
    "MSD / (2 d lag) at to_ps, in d dimensions, and changes with the lag unless alpha is 1. "
    "slope is that of the same line whether the limits are felt or not, as the published study "
    "gives it; middle_angstrom2 is the MSD at middle_ps, the geometric middle of the window, and "
    "generalized_nm2_ns_alpha = MSD / (2 d lag^slope) there, lag in ns; slope_interval and "
    "slope_trials are those of these three. 'all' "
    "is the mean of the n_trials that have a value, with its t interval if all have; its "
    "stayed_share is that of the displacements of all trials together. min_angstrom2 and "
    "max_angstrom2 are the range of the trials, which the published study shades: no interval, and "
    "it holds the mean of three trials in 75 % of the cases. Displacements shorter than the "
    "interval of fast frames are not seen. No lateral drift of the membrane is taken off: x and y "
    "are those of the box, so that a membrane that is not anchored adds its own way to that of its "
    "ions."
)
DEFINITIONS = {
    CONVENTIONS["continuous"]: SHARED.format(kept="in every fast frame up to the lag"),
    CONVENTIONS["both"]: SHARED.format(kept="then and at the lag, wherever they were between"),
}
WHOSE = (
    *("definition", "role", "species", "place", "from_angstrom", "to_angstrom"),
    *("of", "direction"),
)
COLUMNS = {
    "ion_msd": (
        *(*WHOSE, *CURVE_COLUMNS, "min_angstrom2", "max_angstrom2", "drift_angstrom", "n"),
    ),
    "ion_diffusion": (*WHOSE, *FIT_COLUMNS, *SLOPE_COLUMNS, "pairs", "stayed_share", "n"),
}


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `ion_msd`, at lags up to half of a trial, and `ion_diffusion`."""
    interval, region = fast_interval_ps(trials), trials.dense_region
    curves, fits = [], []
    for role in IONS:
        for species in trials.first.species(role):
            for convention, definition in CONVENTIONS.items():
                displacements, ions = [], []
                for store in trials.stores:
                    within, number = trial_displacements(
                        store, role, species, region, convention, interval
                    )
                    displacements.append(within)
                    ions.append(number)
                window = window_ps(displacements, options.ion_msd_window_ps, SHORTEST_SHARE)
                key_columns = {
                    "definition": definition,
                    "role": role,
                    "species": species,
                    "place": PLACE,
                    "from_angstrom": region[0],
                    "to_angstrom": region[1],
                }
                own_curves, own_fits = [], []
                for form, direction in forms_and_directions():
                    curve = FORMS[form](direction, region)
                    whose = {"of": form, "direction": direction}
                    rows = curve_rows(displacements, curve, options.level)
                    rows = with_drift(with_range(rows), displacements, curve, options.level)
                    own_curves.append(rows.assign(**whose))
                    rows = fit_rows(displacements, curve, window, options.level)
                    rows = rows.join(slope_rows(displacements, curve, window, options.level))
                    own_fits.append(at_end(rows, displacements, window).assign(**whose))
                for together, own in ((curves, own_curves), (fits, own_fits)):
                    rows = with_numbers(pd.concat(own, ignore_index=True), displacements, ions)
                    together.append(rows.assign(**key_columns))
    parts = {"ion_msd": curves, "ion_diffusion": fits}
    return {name: stacked(parts[name], columns) for name, columns in COLUMNS.items()}


def forms_and_directions() -> list[tuple[str, str]]:
    """Return forms and directions of the tables: there is no drive along x and y."""
    return [("displacement", name) for name in DIRECTIONS] + [
        ("less drift", name) for name in DIRECTIONS if name != "lateral"
    ]


def trial_displacements(
    store: Store, role: str, species: str, region, convention: str, interval_ps: float
) -> tuple[TrialDisplacements, int]:
    """Return displacements within a region (angstrom) of one trial, and the number of ions."""
    columns = store.columns(role, species)
    z = store.z_angstrom[:, columns]
    inside = between(z, region)
    ever = inside.any(axis=0)
    header = str(store.trial), len(z), interval_ps
    if not ever.any():
        return TrialDisplacements(
            *header, None, f"no {species} inside the dense region in any frame"
        ), 0
    # Distances to the walker's own mean are squared: single precision would not do.
    paths = store.arrays["positions_nm"][:, columns[ever]].astype(float)
    paths[..., 2] = store.z_path_angstrom[:, columns[ever]] / 10
    return TrialDisplacements(*header, msd(paths, inside[:, ever], convention)), int(ever.sum())


def with_range(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the range over trials to the pooled rows."""
    lags = rows.lag_ps.round(9)
    single = rows.msd_angstrom2[rows.trial != POOLED].groupby(lags).agg(["min", "max"])
    beside = single.reindex(lags).to_numpy()
    pooled = (rows.trial == POOLED).to_numpy() & rows.msd_angstrom2.notna().to_numpy()
    low, high = np.where(pooled[:, None], beside, np.nan).T
    return rows.assign(min_angstrom2=low, max_angstrom2=high)


def with_drift(
    rows: pd.DataFrame, displacements: list[TrialDisplacements], curve: Curve, level: float
) -> pd.DataFrame:
    """Add the mean displacement along z, of 'all' the mean over trials; NaN if lateral."""
    drift = np.full(len(rows), np.nan)
    if curve.direction != "lateral":
        means = {one.trial: one.msd.mean[2] for one in displacements if one.msd is not None}
        for trial in rows.trial.unique():
            own = (rows.trial == trial).to_numpy() & rows.lag_ps.notna().to_numpy()
            if own.any():
                lags = np.rint(rows.lag_ps[own] / common_interval_ps(displacements)).astype(int)
                chosen = means.values() if trial == POOLED else [means[trial]]
                along = [np.sqrt(ANGSTROM2_PER_NM2) * mean[lags] for mean in chosen]
                drift[own] = over_present(along, level).value
    return rows.assign(drift_angstrom=drift)


def with_numbers(
    rows: pd.DataFrame, displacements: list[TrialDisplacements], ions: list[int]
) -> pd.DataFrame:
    """Add the number of ions ever inside, and a note where these are few."""
    numbers = {one.trial: n for one, n in zip(displacements, ions, strict=True)} | {
        POOLED: sum(ions)
    }
    n = rows.trial.map(numbers)
    few = (n < FEWEST_IONS) & (n > 0) & (rows.note == "")
    return rows.assign(n=n, note=rows.note.mask(few, f"fewer than {FEWEST_IONS} ions inside"))


def at_end(rows: pd.DataFrame, displacements: list[TrialDisplacements], window) -> pd.DataFrame:
    """Add the number and share of displacements at the end of the window of a fit."""
    pairs, origins = [], []
    for one in displacements:
        last = lags_within(one, *window)[1]
        msd = one.msd if last >= 1 else None
        pairs.append(0 if msd is None else int(msd.count[last]))
        origins.append(0 if msd is None else int(msd.origins[last]))
    kept, begun = (np.array([*column, sum(column)], dtype=float) for column in (pairs, origins))
    stayed = np.divide(kept, begun, out=np.full(len(kept), np.nan), where=begun > 0)
    return rows.assign(pairs=kept.astype(int), stayed_share=stayed)
