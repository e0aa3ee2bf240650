"""NF270 against pH: permeation of NaCl and CaCl2 from its ionised sites, fitted, drawn, judged."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from analysis.continuum.acidity import (
    CALCIUM_ACETATE,
    AcidityFit,
    Observation,
    Sites,
    Variant,
    fit,
    nf270_zeta,
    observations,
    verdicts,
)
from analysis.continuum.acidity.forward import FIT_CELLS
from analysis.continuum.acidity.result import REFUSED_BELOW
from analysis.continuum.characterize import dataset
from analysis.continuum.characterize import fit as fit_membrane
from analysis.continuum.correlations import flat_channel, spiral_wound
from analysis.continuum.film import Film
from analysis.continuum.model import Model
from analysis.continuum.species import IONS
from mdtools.atomic import write_json, write_text
from workflow.dspmde.nf270_ph_files import DEFINITIONS, FIGURE
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


def summary_row(found: AcidityFit) -> dict[str, object]:
    """Return what is told of a fit in one row."""
    told = verdicts(found, nf270_zeta())
    kinds = {kind: rows["agrees"] for kind, rows in told.groupby("kind")}

    def share(kind: str) -> str:
        return f"{kinds[kind].sum()} of {len(kinds[kind])}" if kind in kinds else ""

    at = found.curves
    first = at.of(at.salts[0])
    charge = dict(zip(at.pH[first], at.bare_charge[first], strict=True))
    return {
        "variant": found.forward.variant.name,
        "free": len(found.forward.variant.space.free),
        "chi2": found.chi2,
        "freedom": found.freedom,
        "probability": found.probability,
        "sd_accepted": accepted_sd(found),
        "residuals_within": share("residual"),
        "orders": share("order"),
        "extremum": share("extremum"),
        "zeta_signs": share("zeta"),
        "isoelectric": share("isoelectric"),
        **{f"charge_pH{pH:g}_mol_m3": charge[pH] for pH in (2.0, 7.0, 10.0)},
        "words": found.forward.variant.words,
        "warnings": "; ".join(found.warnings),
    }


def accepted_sd(found: AcidityFit) -> float:
    """Return the common standard deviation at which the misfit would have probability 0.05.

    The best fit stays the same, as all data have one standard deviation; NaN without freedom.
    """
    if not found.freedom:
        return np.nan
    allowed = stats.chi2.isf(REFUSED_BELOW, found.freedom)
    return float(found.forward.observed[0].sd * np.sqrt(found.chi2 / allowed))


def tables(
    fits: Mapping[str, AcidityFit], others: Mapping[str, Mapping[str, AcidityFit]]
) -> dict[str, pd.DataFrame]:
    """Return every table by name; ``others`` are fits by setting, then variant."""
    rows = []
    for name, found in others.items():
        for one in found.values():
            parameters = {f"fitted_{key}": value for key, value in one.best.items()}
            rows.append(
                {"setting": name, "assumed": OTHERS[name].words} | summary_row(one) | parameters
            )
    return {
        "summary": pd.DataFrame([summary_row(found) for found in fits.values()]),
        "parameters": pd.concat([found.parameter_table() for found in fits.values()]),
        "points": pd.concat([found.point_table() for found in fits.values()]),
        "curves": pd.concat([found.curve_table() for found in fits.values()]),
        "verdicts": pd.concat([verdicts(found, nf270_zeta()) for found in fits.values()]),
        "settings": pd.DataFrame(rows).drop(columns=["words"], errors="ignore"),
        "zeta": pd.DataFrame(vars(zeta) for zeta in nf270_zeta()),
    }


def assumptions(fits: Mapping[str, AcidityFit]) -> dict[str, object]:
    """Return what all numbers rest on, in words."""
    return {
        "data": "Liu et al., Membranes 15, 184 (2025), section 3.1: five permeations; 10 or 15 bar "
        "without saying which, 10 taken; 25 C assumed",
        "sd": f"{ASSUMED_SD} of every permeation, assumed: the text gives none",
        "film": "spiral_wound: channel of 1 mm with spacer at 0.085 m/s, with suction",
        "acid": "not in the feed; see the table settings",
        "thickness": "0.79 um, of Labban et al. (2018); with a film it matters, see settings",
        "level": next(iter(fits.values())).level,
        "sites": {name: found.forward.sites.source for name, found in fits.items()},
        "variants": {name: found.forward.variant.words for name, found in fits.items()},
        "association": f"Ca2+ and single acids, {CALCIUM_ACETATE:.4g} m3/mol, even along the pore "
        "with the charge of the feed's face",
    }


def write_nf270_ph(
    out: Path, *, variants: Mapping[str, Variant] | None = None, settings: bool = True
) -> list[Path]:
    """Fit every variant, write tables, their definitions, assumptions and the figure.

    Parameters
    ----------
    out : folder
    variants : those to fit; all where left out
    settings : whether fits are repeated under other assumptions

    Returns
    -------
    list of Path
        The files: <table>.csv, definitions.json, assumptions.json, nf270_ph.png, .pdf, .csv.
    """
    from analysis.figures.continuum import draw, save_all
    from analysis.figures.continuum.ph_dependence import ph_dependence

    chosen = VARIANTS if variants is None else dict(variants)
    fits = {name: fitted(variant) for name, variant in chosen.items()}
    others: dict[str, dict[str, AcidityFit]] = {}
    for name, setting in OTHERS.items() if settings else ():
        others[name] = {
            one: fitted(chosen[one], setting, with_profiles=False) for one in TRIED if one in chosen
        }
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    made = tables(fits, others) | {"free_charge": free_charge()}
    files = []
    for name, table in made.items():
        files.append(out / f"{name}.csv")
        write_text(files[-1], table.to_csv(index=False, float_format="%.6g"))
    for name, content in (("definitions", DEFINITIONS), ("assumptions", assumptions(fits))):
        files.append(out / f"{name}.json")
        write_json(files[-1], content)
    figure = draw(
        ph_dependence,
        *(made[name] for name in ("points", "curves", "zeta", "summary", "free_charge")),
    )
    return [*files, *save_all(figure, out / FIGURE)]
