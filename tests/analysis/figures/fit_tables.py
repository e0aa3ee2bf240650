"""Tables of a fit that never was, for figures: two ions, two feeds, three free parameters."""

import numpy as np
import pandas as pd

IONS, FEEDS = ("Na+", "SO4--"), ("low", "high")
FLUXES = np.array([2e-6, 6e-6, 14e-6])
FREE = ("pore_radius", "effective_thickness", "charge_density")
BEST = {"pore_radius": 0.5e-9, "effective_thickness": 1e-6, "charge_density": -40.0}
LOW = {"pore_radius": 0.42e-9, "effective_thickness": 2e-8, "charge_density": -60.0}
HIGH = {"pore_radius": 0.6e-9, "effective_thickness": 3e-6, "charge_density": -20.0}
BOUNDS = {
    "pore_radius": (0.25e-9, 1e-9),
    "effective_thickness": (2e-8, 2e-5),
    "charge_density": (-500.0, 500.0),
}
THRESHOLD = 3.84


def conditions(fluxes=FLUXES) -> pd.DataFrame:
    rows = [(feed, "", ion, flux) for feed in FEEDS for flux in fluxes for ion in IONS]
    table = pd.DataFrame(rows, columns=["feed", "series", "ion", "flux_m_s"])
    return table.assign(pressure_pa=np.nan, membrane="M", temperature_K=298.15)


def curve(table: pd.DataFrame) -> pd.Series:
    own = table.flux_m_s / (table.flux_m_s + 4e-6)
    return own.where(table.ion == "SO4--", own - 0.5) - 0.1 * (table.feed == "high")


def residuals(sd: float | None = 0.02, band: bool = True) -> pd.DataFrame:
    table = conditions()
    table["predicted"] = curve(table)
    table["residual"] = np.linspace(-0.03, 0.03, len(table))
    table["rejection"] = table.predicted - table.residual
    table["sd"] = np.nan if sd is None else sd
    table["standardised"] = table.residual / table.sd
    width = 0.02 if band else np.nan
    return table.assign(low=table.predicted - width, high=table.predicted + width)


def bands(band: bool = True) -> pd.DataFrame:
    table = conditions(np.geomspace(1.4e-6, 16e-6, 9))
    best = curve(table)
    width = 0.03 if band else np.nan
    return table.assign(best=best, low=best - width, median=best, high=best + width)


def parameters() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "parameter": FREE,
            "value": [BEST[name] for name in FREE],
            "low": [LOW[name] for name in FREE],
            "high": [HIGH[name] for name in FREE],
            "open_low": [False, True, False],
            "open_high": False,
            "bound_low": [BOUNDS[name][0] for name in FREE],
            "bound_high": [BOUNDS[name][1] for name in FREE],
        }
    )


def profiles() -> pd.DataFrame:
    parts = []
    for name in FREE:
        best, high = BEST[name], HIGH[name]
        share = np.array([-1.0, -0.5, 0, 0.5, 1.05])
        below = LOW[name] if name != "effective_thickness" else 2 * LOW[name]
        values = np.where(share < 0, best + share * (best - below), best + share * (high - best))
        rise = THRESHOLD * share**2
        parts.append(pd.DataFrame({"parameter": name, "value": values, "rise": rise}))
    return pd.concat(parts, ignore_index=True).assign(threshold=THRESHOLD)


def draws(size: int = 400) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    along, across = generator.standard_normal((2, size))
    return pd.DataFrame(
        {
            "pore_radius": 0.5e-9 + 4e-11 * along,
            "effective_thickness": 1e-6 * np.exp(0.5 * along + 0.05 * across),
            "charge_density": -40 + 8 * along + across,
        }
    )


def ridge() -> pd.DataFrame:
    along = np.linspace(-2, 2, 41)
    return pd.DataFrame(
        {
            "pore_radius": 0.5e-9 + 4e-11 * along,
            "effective_thickness": 1e-6 * np.exp(0.5 * along),
            "charge_density": -40 + 8 * along,
        }
    )
