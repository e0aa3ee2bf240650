"""NF270 against pH: its data, what is assumed of them, and pictures of its charge, each fitted."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.continuum.acidity import (
    CALCIUM_ACETATE,
    AcidityFit,
    Observation,
    Sites,
    Variant,
    fit,
    nf270_zeta,
    observations,
)
from analysis.continuum.acidity.forward import FIT_CELLS
from analysis.continuum.characterize import dataset
from analysis.continuum.characterize import fit as fit_membrane
from analysis.continuum.correlations import flat_channel, spiral_wound
from analysis.continuum.film import Film
from analysis.continuum.model import Model
from analysis.continuum.species import IONS
from workflow.dspmde.nf270_sites import areal_sites, net_sites

Ranges = dict[str, tuple[float, float] | float]

DATA = {10: "liu-2025-nf270-ph-10bar", 15: "liu-2025-nf270-ph-15bar"}
"""By pressure in bar: the study measured at one of the two and does not say at which."""
PRESSURE_BAR = 10
ASSUMED_SD = 0.03
"""Of a permeation. The study's text gives none: three samples, by optical emission."""
VELOCITY, HEIGHT, LENGTH = 0.085, 1e-3, 0.08
"""m/s, m and m, of the study's channel, which holds the feed spacer of a spiral-wound module."""
LITERATURE: Ranges = {
    "pore_radius": 0.49e-9,
    "effective_thickness": 0.79e-6,
    "pore_permittivity": 44.0,
}
"""NF270 of Labban et al. (2018), table 4."""
PUBLISHED: Ranges = {
    **LITERATURE,
    "pore_radius": (0.41e-9, 0.51e-9),
    "pore_permittivity": (39.5, 44.0),
}
"""Span of the fits of NF270 by Labban (2018), Micari (2020), Rehman (2023) and Foo (2023)."""
WIDE: Ranges = {**LITERATURE, "pore_radius": (0.37e-9, 0.63e-9), "pore_permittivity": (35.0, 75.0)}
"""Rehman's 0.50 +- 0.13 nm; from strongly bound to nearly bulk water."""
FREE_CHARGE = (-300.0, 300.0)
"""mol/m3."""
ONE: Ranges = {"charge_fraction": (0.0, 1.0)}
TWO: Ranges = {"positive_fraction": (0.0, 1.0), "negative_fraction": (0.0, 1.0)}
SURFACE_LAYER = 0.5
"""Share of the thickness with the acids of the surface, as in the study's layout of pH 7."""
BINDING = {"Ca2+": CALCIUM_ACETATE}
VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant(
            "all sites",
            "every ionised site of both titration curves counts; pore of Labban et al. (2018)",
            {"charge_fraction": 1.0, **LITERATURE},
        ),
        Variant(
            "one fraction",
            "one share of all sites counts; pore of Labban et al. (2018)",
            {**ONE, **LITERATURE},
        ),
        Variant(
            "two fractions, published pore",
            "a share of the amines and one of the acids; pore within published fits of NF270",
            {**TWO, **PUBLISHED},
        ),
        Variant("one fraction, free pore", "one share of all sites, pore free", {**ONE, **WIDE}),
        Variant(
            "two fractions",
            "a share of the amines and one of the acids, pore free",
            {**TWO, **WIDE},
        ),
        Variant(
            "two fractions, calcium",
            "as two fractions, and Ca2+ binds to single acids as to acetate",
            {**TWO, **WIDE},
            BINDING,
        ),
        Variant(
            "two fractions, layers",
            "as two fractions, and acids of the first pKa lie in the half toward the feed",
            {**TWO, **WIDE},
            layer=SURFACE_LAYER,
        ),
        Variant(
            "net charge",
            "one share of the net charge that the study gives its membranes, pore free",
            {**ONE, **WIDE},
        ),
        Variant(
            "net charge, two fractions",
            "the groups behind that net charge, a share of the amines and one of the acids",
            {**TWO, **WIDE},
        ),
        Variant(
            "net charge, calcium",
            "as net charge, and Ca2+ binds to single acids as to acetate",
            {**ONE, **WIDE},
            BINDING,
        ),
    )
}
OF_NET_CHARGE = ("net charge", "net charge, two fractions", "net charge, calcium")
TRIED = ("two fractions", "net charge, calcium")
"""Variants whose fit is repeated under other assumptions."""
CURVE_PH = np.arange(2.0, 10.51, 0.5)
HYDRONIUM_AS = "Na+"
"""Whose radius H+ has in Born's energy: its Stokes radius tells of proton hopping, not of size."""


@dataclass(frozen=True)
class Setting:
    """What is assumed around a variant."""

    words: str
    pressure_bar: int = PRESSURE_BAR
    film: Film | None = Film(spiral_wound(VELOCITY, HEIGHT))
    acid: bool = False
    thickness: tuple[float, float] | None = None


REFERENCE = Setting("10 bar, channel with spacer, acid left out")
OTHERS: dict[str, Setting] = {
    "reference": REFERENCE,
    "15 bar": replace(REFERENCE, words="the other pressure", pressure_bar=15),
    "empty channel": replace(
        REFERENCE,
        words="film of a slit without spacer",
        film=Film(flat_channel(VELOCITY, HEIGHT, LENGTH)),
    ),
    "no film": replace(REFERENCE, words="stirred perfectly", film=None),
    "acid in the feed": replace(REFERENCE, words="HCl of the pH in the feed", acid=True),
    "thickness free": replace(
        REFERENCE, words="effective thickness between 0.3 and 3 um", thickness=(0.3e-6, 3e-6)
    ),
}


def observed(setting: Setting = REFERENCE, sd: float = ASSUMED_SD) -> tuple[Observation, ...]:
    """Return the measured permeations."""
    return observations(dataset(DATA[setting.pressure_bar]), sd, acid=setting.acid)


def curve_pH() -> np.ndarray:
    """Return the pH of curves: a grid, and those of zeta potentials."""
    return np.unique(np.round([*CURVE_PH, *(zeta.pH for zeta in nf270_zeta())], 2))


def sites_of(variant: Variant, pH: np.ndarray) -> Sites:
    """Return the sites that a variant starts from."""
    return net_sites(pH) if variant.name in OF_NET_CHARGE else areal_sites(pH)


def fitted(
    variant: Variant,
    setting: Setting = REFERENCE,
    *,
    sd: float = ASSUMED_SD,
    with_profiles: bool = True,
    cells: int = FIT_CELLS,
) -> AcidityFit:
    """Fit a variant under a setting."""
    pH = curve_pH()
    model = Model()
    if setting.acid:
        model = Model(
            born_radius={
                name: IONS[HYDRONIUM_AS if name == "H+" else name].stokes_radius
                for name in ("Na+", "Ca2+", "Cl-", "H+")
            }
        )
    if setting.thickness is not None:
        variant = replace(
            variant, ranges={**variant.ranges, "effective_thickness": setting.thickness}
        )
    return fit(
        observed(setting, sd),
        sites_of(variant, pH),
        variant,
        model=model,
        film=setting.film,
        with_profiles=with_profiles,
        curve_pH=pH,
        cells=cells,
    )


def free_charge(sd: float = ASSUMED_SD) -> pd.DataFrame:
    """Fit a charge of its own at each measured pH, which both salts share: what the data ask for.

    Returns
    -------
    DataFrame
        pore (of Labban, or free), pH, charge_mol_m3, low, high, open_low, open_high, chi2, freedom.
    """
    data = dataset(DATA[PRESSURE_BAR])
    start = {
        "charge_density of pH 2": 30.0,
        "charge_density of pH 7": -10.0,
        "charge_density of pH 10": -30.0,
    }
    rows = []
    for pore, ranges in (("Labban et al. (2018)", LITERATURE), ("free", WIDE)):
        bounds = {**ranges, "charge_density": FREE_CHARGE}
        free = {name: LITERATURE[name] for name in ranges if isinstance(ranges[name], tuple)}
        found = fit_membrane(
            data,
            bounds,
            film=REFERENCE.film,
            charge_by="series",
            sd=sd,
            start=start | free,
        )
        for label in start:
            profile = found.profile[label]
            rows.append(
                {
                    "pore": pore,
                    "pH": float(label.rpartition(" ")[2]),
                    "charge_mol_m3": found.best[label],
                    "low": profile.interval[0],
                    "high": profile.interval[1],
                    "open_low": profile.open_low,
                    "open_high": profile.open_high,
                    "chi2": found.chi2,
                    "freedom": found.freedom,
                    "largest_residual_sd": np.abs(found.residuals.predicted - data.rejection).max()
                    / sd,
                }
            )
    return pd.DataFrame(rows)
