"""Tables of a fabrication study: films observed and solved, over repeats, and compared."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.statistics import over_trials
from mdtools import records
from mdtools.errors import SettingsError
from membranes.networks.network import Network
from workflow.fabrication import evidence
from workflow.fabrication.charge import charge_profile
from workflow.fabrication.files import PROFILES, REPORT, film_directory
from workflow.fabrication.observe import QUANTITIES
from workflow.fabrication.performance import (
    CHARGES,
    PHARMACEUTICALS,
    Pores,
    pore_factor,
    rejections,
    solute,
    summary_of,
)
from workflow.fabrication.published import (
    DRUGS_MEMBRANE,
    DRUGS_PERCENT,
    MEASURED,
    definition_check,
)
from workflow.fabrication.reasons import reasons
from workflow.fabrication.study import FabricationStudy
from workflow.fabrication.trends import trends

ALWAYS = ("react", "second_amidation", "leach")
"""Steps whose numbers are tabulated."""


def tables(study: FabricationStudy, results: Path) -> dict[str, pd.DataFrame]:
    """Return all tables of a study whose films are there, by name.

    Raises SettingsError naming a film that is missing.
    """
    observed, pores, along, steps, leached, layers = [], {}, [], [], [], []
    for membrane, repeat in study.members:
        directory = film_directory(results, membrane, repeat)
        if not (directory / REPORT).is_file():
            raise SettingsError(f"{directory} has no {REPORT}: make the film first")
        report = records.read(directory / REPORT)
        key = {"membrane": membrane, "repeat": repeat}
        found = report["observed"]
        observed += [key | {"quantity": name, "value": found[name]} for name in QUANTITIES]
        along.append(pd.read_csv(directory / PROFILES).assign(**key))
        steps += _numbers(key, report["steps"])
        charge = charge_profile(Network.load(directory), study.observation)
        pores[membrane, repeat] = Pores(
            found["pore_radius_nm"], found["thickness_nm"], found["void_fraction"], charge
        )
        leached += evidence.leached(key, report["steps"], report["network"])
        layers += evidence.layers(key, pores[membrane, repeat], study.observation)
    factor = pore_factor(_reference(study, pores), study.observation)
    rows, performance = _solved(pores, factor, study)
    films = pd.concat([pd.DataFrame(observed), performance], ignore_index=True)
    found = {
        "films": films,
        "summary": summary(films, study),
        "trends": trends(films, MEASURED, study.observation.level),
        "profiles": pd.concat(along, ignore_index=True),
        "rejections": rows,
        "performance": performance,
        "charge_variants": variants(rows, study),
        "pharmaceuticals": pharmaceuticals(rows, study),
        "definition_check": definition_check(),
        "reactions": pd.DataFrame(steps),
        "leached": pd.DataFrame(leached),
        "charge_layers": pd.DataFrame(layers),
    }
    return found | {"reasons": reasons(found)}


def _numbers(key: dict, steps: list[dict]) -> list[dict]:
    """Return a row for each number of the steps that are tabulated."""
    return [
        key | {"step": number, "name": step["step"], "quantity": name, "value": value}
        for number, step in enumerate(steps, start=1)
        if step["step"] in ALWAYS
        for name, value in step.items()
        if isinstance(value, int | float)
    ]


def _reference(study: FabricationStudy, pores) -> list[Pores]:
    """Return the films that set the factor of all radii; the first membrane's where it has none."""
    name = study.observation.reference_membrane
    if name not in study.membranes:
        name = study.membranes[0]
    return [film for (membrane, _), film in pores.items() if membrane == name]


def _solved(pores, factor: float, study: FabricationStudy):
    """Return rejections of every film and what they sum up to, with membrane and repeat."""
    options = study.observation
    rows = rejections(pores, factor, options)
    rows["membrane"] = [membrane for membrane, _ in rows.film]
    rows["repeat"] = [repeat for _, repeat in rows.film]
    sums = []
    for (membrane, repeat), film in pores.items():
        own = rows[(rows.membrane == membrane) & (rows.repeat == repeat)]
        for name, value in summary_of(own, film, factor, options).items():
            sums.append({"membrane": membrane, "repeat": repeat, "quantity": name, "value": value})
    return rows.drop(columns="film"), pd.DataFrame(sums)


def summary(films: pd.DataFrame, study: FabricationStudy) -> pd.DataFrame:
    """Return means over repeats with Student's t interval, beside what the study prints.

    Returns
    -------
    DataFrame
        membrane, quantity, value, low, high, repeats (with a value), measured.
    """
    rows = []
    for (membrane, quantity), part in films.groupby(["membrane", "quantity"], sort=False):
        measured = MEASURED.get(str(membrane), {}).get(str(quantity), np.nan)
        found = _over_repeats(part.value, study.observation.level)
        rows.append({"membrane": membrane, "quantity": quantity} | found | {"measured": measured})
    return pd.DataFrame(rows)


def pharmaceuticals(rows: pd.DataFrame, study: FabricationStudy) -> pd.DataFrame:
    """Return rejections of pharmaceuticals by size and charge, over repeats, beside measured ones.

    Returns
    -------
    DataFrame
        membrane, solute, charge (e; both are +1 in the study), stokes_radius_nm, rejection_percent,
        low, high, repeats, excluded (films whose pores are no larger), measured_percent (of the
        charge that the study names).
    """
    found = []
    for name, charge in product(PHARMACEUTICALS, CHARGES):
        one = solute(name, charge)
        part = rows[(rows.solute == one.name) & (rows.variant == "profile")]
        for membrane, films in part.groupby("membrane", sort=False):
            band = _over_repeats(100 * films.rejection, study.observation.level)
            named = membrane == DRUGS_MEMBRANE and charge == 1
            found.append(
                {
                    "membrane": membrane,
                    "solute": name,
                    "charge": charge,
                    "stokes_radius_nm": 1e9 * one.stokes_radius,
                }
                | band
                | {
                    "excluded": int(films.excluded.sum()),
                    "measured_percent": DRUGS_PERCENT[name] if named else np.nan,
                }
            )
    return pd.DataFrame(found).rename(columns={"value": "rejection_percent"})


def variants(rows: pd.DataFrame, study: FabricationStudy) -> pd.DataFrame:
    """Return rejections of salts by the own, even, mirrored and no charge, over repeats.

    Returns
    -------
    DataFrame
        membrane, solute, variant, rejection, low, high, repeats.
    """
    wanted = rows[rows.solute.isin(["MgCl2", "NaCl"])]
    found = []
    keys = ["membrane", "solute", "variant"]
    for key, part in wanted.groupby(keys, sort=False):
        band = _over_repeats(part.rejection, study.observation.level)
        found.append(dict(zip(keys, key, strict=True)) | band)
    return pd.DataFrame(found).rename(columns={"value": "rejection"})


def _over_repeats(column: pd.Series, level: float) -> dict[str, float]:
    """Return value, low, high and repeats of a quantity, of the repeats that have it."""
    values = column.dropna().to_numpy(dtype=float)
    numbers = [np.nan] * 3
    if len(values):
        found = over_trials(values, level)
        numbers = [float(found.value), float(found.low), float(found.high)]
    named = dict(zip(("value", "low", "high"), numbers, strict=True))
    return named | {"repeats": len(values)}
