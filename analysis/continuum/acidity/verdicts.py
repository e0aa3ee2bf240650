"""Where a fit follows the measurements, and where it cannot: one row a statement."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.continuum.acidity.result import AcidityFit
from analysis.continuum.acidity.zeta import Zeta
from analysis.continuum.arrays import Array

if TYPE_CHECKING:
    import pandas as pd

BEYOND = 2.0
"""Standard deviations from which a residual, or a difference of two measurements, counts."""
ISOELECTRIC_WITHIN = 1.0
"""pH."""
COLUMNS = ("variant", "kind", "statement", "measured", "model", "agrees")


def verdicts(fit: AcidityFit, zeta: Sequence[Zeta] = ()) -> "pd.DataFrame":
    """Table of what was measured and what the best fit has.

    Kinds of statement: ``residual``, within 2 standard deviations; ``order``, of two pH of a salt
    whose permeations differ by more than that; ``extremum``, the pH of the highest permeation among
    those measured, where three or more were; ``zeta``, the sign of the zeta potential and of the
    groups' charge; ``isoelectric``, between which pH it changes sign.

    Parameters
    ----------
    zeta : zeta potentials; their pH need be among those of the curves
    """
    import pandas as pd

    rows = [*_residuals(fit), *_orders(fit), *_extrema(fit), *_signs(fit, zeta)]
    table = pd.DataFrame(rows, columns=list(COLUMNS[1:]))
    table.insert(0, "variant", fit.forward.variant.name)
    return table


Row = tuple[str, str, str, str, bool]


def _residuals(fit: AcidityFit) -> list[Row]:
    return [
        (
            "residual",
            f"{one.ion.name} of {one.salt} at pH {one.pH:g}",
            f"{one.permeation:.3f} +- {one.sd:.3f}",
            f"{predicted:.3f}",
            bool(abs(residual) <= BEYOND),
        )
        for one, predicted, residual in zip(
            fit.forward.observed, fit.predicted, fit.residuals, strict=True
        )
    ]


def _orders(fit: AcidityFit) -> list[Row]:
    rows: list[Row] = []
    pairs = list(zip(fit.forward.observed, fit.predicted, strict=True))
    for i, (first, here) in enumerate(pairs):
        for second, there in pairs[i + 1 :]:
            apart = first.permeation - second.permeation
            if first.salt != second.salt or first.ion != second.ion or first.pH == second.pH:
                continue
            if abs(apart) <= BEYOND * np.hypot(first.sd, second.sd):
                continue
            rows.append(
                (
                    "order",
                    f"{first.salt}: pH {first.pH:g} against pH {second.pH:g}",
                    f"{apart:+.3f}",
                    f"{here - there:+.3f}",
                    bool(np.sign(apart) == np.sign(here - there)),
                )
            )
    return rows


def _extrema(fit: AcidityFit) -> list[Row]:
    rows: list[Row] = []
    observed = fit.forward.observed
    for salt in dict.fromkeys(one.salt for one in observed):
        own = [i for i, one in enumerate(observed) if one.salt == salt]
        if len(own) < 3:
            continue
        pH = [observed[i].pH for i in own]
        highest = pH[int(np.argmax([observed[i].permeation for i in own]))]
        modelled = pH[int(np.argmax(fit.predicted[own]))]
        curve = fit.curves.of(salt)
        top = fit.curves.pH[curve][int(np.nanargmax(fit.curves.permeation[curve]))]
        rows.append(
            (
                "extremum",
                f"{salt}: highest of the measured pH",
                f"pH {highest:g}",
                f"pH {modelled:g}; of the whole curve pH {top:g}",
                highest == modelled,
            )
        )
    return rows


def _signs(fit: AcidityFit, zeta: Sequence[Zeta]) -> list[Row]:
    rows: list[Row] = []
    if not zeta:
        return rows
    curves = fit.curves
    one = curves.of(curves.salts[0])
    pH, charge = curves.pH[one], curves.bare_charge[one]
    for entry in zeta:
        if not entry.sign:
            continue
        at = np.flatnonzero(np.abs(pH - entry.pH) < 1e-6)
        if not at.size:
            continue
        value = float(charge[at[0]])
        size = "" if np.isnan(entry.millivolt) else f" ({entry.millivolt:+g} mV)"
        rows.append(
            (
                "zeta",
                f"sign at pH {entry.pH:g}",
                ("negative" if entry.sign < 0 else "positive") + size,
                f"{value:+.1f} mol/m3",
                bool(np.sign(value) == entry.sign),
            )
        )
    for entry in zeta:
        if entry.sign == 0:
            places = _zeros(pH, charge)
            words = ", ".join(f"pH {place:.2g}" for place in places) or "none"
            agrees = any(abs(place - entry.pH) <= ISOELECTRIC_WITHIN for place in places)
            rows.append(
                ("isoelectric", "zero of the groups' charge", f"pH {entry.pH:g}", words, agrees)
            )
    return rows


def _zeros(pH: Array, charge: Array) -> list[float]:
    found = pH[charge == 0].tolist()
    change = np.flatnonzero(charge[1:] * charge[:-1] < 0)
    found += [
        float(pH[i] + (pH[i + 1] - pH[i]) * charge[i] / (charge[i] - charge[i + 1])) for i in change
    ]
    return sorted(found)
