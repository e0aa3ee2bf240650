"""NF270 against pH: permeation of NaCl and CaCl2 from its ionised sites, fitted, drawn, judged."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from analysis.continuum.acidity import (
    CALCIUM_ACETATE,
    AcidityFit,
    Variant,
    nf270_zeta,
    verdicts,
)
from analysis.continuum.acidity.result import REFUSED_BELOW
from mdtools.atomic import write_json, write_text
from workflow.dspmde.nf270_cases import ASSUMED_SD, OTHERS, TRIED, VARIANTS, fitted, free_charge
from workflow.dspmde.nf270_ph_files import DEFINITIONS, FIGURE


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
    allowed = scipy.special.chdtri(found.freedom, REFUSED_BELOW)
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
