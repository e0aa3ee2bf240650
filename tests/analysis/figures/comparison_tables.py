"""Tables of atoms beside theory with planted numbers: any layouts, salts, with runs or without."""

from itertools import product

import numpy as np
import pandas as pd

SALTS = {"NaCl": ("Na+", "Cl-"), "CaCl2": ("Ca2+", "Cl-")}
LAYOUTS = ("pH2", "pH7", "pH10", "flip", "bilayer", "feed", "center", "permeate")
INTERVAL = "95 % t-interval, 2 degrees of freedom (3 trials)"
TIMES = np.linspace(0, 100, 21)
FACE_NM = 2.5


def comparison_tables(layouts=LAYOUTS, salts=tuple(SALTS), ran=None) -> dict[str, pd.DataFrame]:
    """Tables by name; `ran` holds the pairs of layout and salt that have runs, all if left out."""
    rng = np.random.default_rng(7)
    cells = list(product(layouts, salts))
    known = cells if ran is None else ran
    means, profiles, pdfs, parameters = [], [], [], []
    for layout, salt in cells:
        has_run = (layout, salt) in known
        parameters.append((layout, salt, "thickness_nm", "", 2 * FACE_NM))
        for ion in SALTS[salt]:
            speed, offset = rng.uniform(0.005, 0.05), rng.normal(0, 0.4)
            for time in TIMES:
                twin = -4.8 + speed * time
                md = twin + offset * time / 100
                half = 0.5 if time else np.nan
                run = (md, md - half, md + half, INTERVAL) if has_run else (*[np.nan] * 3, "none")
                theory = (twin, twin - 0.45, twin + 0.45, 30, None, "runs" if has_run else "cell")
                means.append((layout, salt, ion, time, "mean_z_nm", *run, *theory))
            z = np.arange(-7, 7, 0.05) + 0.025
            for time in (50.0, 100.0):
                density = np.exp(-((z + 4.8 - speed * time) ** 2)) / np.sqrt(np.pi)
                profiles.append(
                    pd.DataFrame(
                        {
                            "layout": layout,
                            "salt": salt,
                            "ion": ion,
                            "time_ns": time,
                            "z_nm": z,
                            "continuum_per_nm": density,
                            "concentration_mol_m3": 600 * density,
                        }
                    )
                )
                if has_run:
                    per_angstrom = rng.uniform(0.8, 1.2) * density / 10
                    pdfs.append(
                        pd.DataFrame(
                            {
                                "layout": layout,
                                "salt": salt,
                                "species": ion,
                                "trial": "all",
                                "time_ns": time,
                                "z_angstrom": 10 * z,
                                "density_per_angstrom": per_angstrom,
                                "low_per_angstrom": 0.5 * per_angstrom,
                                "high_per_angstrom": 1.5 * per_angstrom,
                                "interval": INTERVAL,
                                "bandwidth_angstrom": 2.0,
                                "n": 30,
                            }
                        )
                    )
    heads = ["layout", "salt", "ion", "time_ns", "quantity", "md", "md_low", "md_high"]
    heads += ["md_interval", "continuum", "continuum_low", "continuum_high", "ions", "within"]
    tables = {
        "md_and_continuum": pd.DataFrame(means, columns=[*heads, "basis"]),
        "profiles": pd.concat(profiles, ignore_index=True),
        "parameters": pd.DataFrame(
            parameters, columns=["layout", "salt", "quantity", "ion", "value"]
        ),
        "charge_profiles": charges(layouts, rng),
        "steady": steady(layouts, salts, rng),
        "missing": pd.DataFrame(columns=["layout", "salt", "of", "quantity", "ion", "reason"]),
    }
    return tables | ({"z_pdf": pd.concat(pdfs, ignore_index=True)} if pdfs else {})


def charges(layouts, rng) -> pd.DataFrame:
    """14 groups in place of each bin's charge; the first layout has no negative ones."""
    edges = np.linspace(-FACE_NM, FACE_NM, 21)
    volume = 0.25 * 27.04e-27 * 6.02214076e23
    parts = []
    for number, layout in enumerate(layouts):
        positive = np.bincount(rng.integers(0, 20, 14), minlength=20).astype(float)
        negative = -np.bincount(rng.integers(0, 20, 28 if number else 0), minlength=20) * 1.0
        columns = {"layout": layout, "z_low_nm": edges[:-1], "z_high_nm": edges[1:]}
        for head, charge in (
            ("", positive + negative),
            ("positive_", positive),
            ("negative_", negative),
        ):
            columns[f"{head}charge_e"] = charge
            columns[f"{head}charge_density_mol_m3"] = charge / volume
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def steady(layouts, salts, rng) -> pd.DataFrame:
    """Permeations over three decades, both ions of a salt alike."""
    rows = []
    for salt, layout, variant, fraction, bar in product(
        salts, layouts, ("profile", "average", "mirror"), (1.0, 0.15), (10.0, 15.0)
    ):
        passed = 10 ** rng.uniform(-3.5, -0.3)
        rows += [
            (layout, salt, variant, fraction, 1e-5, ion, 1 - passed, passed, True, bar)
            for ion in SALTS[salt]
        ]
    columns = ["layout", "salt", "variant", "charge_fraction", "flux_m_s", "ion", "rejection"]
    return pd.DataFrame(rows, columns=[*columns, "permeation", "converged", "pressure_bar"])
