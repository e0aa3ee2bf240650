"""Numbers of charged groups in a piece of membrane at a pH.

Three modes. ``areal`` spreads the areal site densities of NF270 over the thickness of its active
layer. ``net`` takes the amines from the same curve and lets the carboxylates follow from a net
charge. ``counts`` takes both numbers as given. The study is that of charge effects in NF270-like
PIP-TMC membranes (docs/references.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from membranes.layouts.counts import Counts
from membranes.layouts.errors import TitrationError
from membranes.layouts.site_densities import (
    AMINE_PLATEAU_PER_NM2,
    PH_RANGE,
    amine_density,
    carboxylate_densities,
    net_zero_pH,
)

if TYPE_CHECKING:
    from membranes.networks.network import Network

Mode = Literal["areal", "net", "counts"]
STUDY_THICKNESS_NM = 20.0
"""Thickness of the active layer over which the study spreads areal densities."""
STUDY_VOLUME_NM3 = 67.0
"""Dense region of the study's membrane."""
NET_CHARGE_E = ((2.0, 14.0), (3.3, 0.0), (7.0, -14.0), (10.0, -30.0))
"""pH and net charge in the study's volume: its three membranes, and the isoelectric point that it
measured by zeta potential."""


def study_net_charge_e(pH: float, volume_nm3: float = STUDY_VOLUME_NM3) -> float:
    """Interpolate the net charge of a volume in pH between the study's membranes.

    Linear between the points of ``NET_CHARGE_E``, which include its isoelectric point, constant
    beyond the outer ones, times the volume over the study's.

    >>> study_net_charge_e(7.0), study_net_charge_e(3.3), study_net_charge_e(7.0, 33.5)
    (-14.0, 0.0, -7.0)
    """
    return float(np.interp(pH, *zip(*NET_CHARGE_E, strict=True))) * volume_nm3 / STUDY_VOLUME_NM3


def surface_share(pH: float) -> float:
    """Return the share of the COO- that are of the first pKa.

    >>> round(surface_share(7.0), 2), round(surface_share(10.0), 2)
    (1.0, 0.51)
    """
    surface, interior = carboxylate_densities(pH)
    return float(surface / (surface + interior))


def titrate(
    pH: float,
    area_nm2: float,
    volume_nm3: float,
    mode: Mode = "areal",
    thickness_nm: float = STUDY_THICKNESS_NM,
    *,
    net_charge_e: int | None = None,
    amine: int | None = None,
    carboxylate: int | None = None,
    amine_plateau_per_nm2: float = AMINE_PLATEAU_PER_NM2,
    network: Network | None = None,
) -> Counts:
    """Return the numbers of charged groups of a piece of membrane at a pH.

    Parameters
    ----------
    pH : float
        2 to 12.
    area_nm2, volume_nm3 : float
        Lateral area and dense volume of the piece; their ratio is its thickness.
    mode : {"areal", "net", "counts"}
        areal: sites per nm2 / ``thickness_nm`` * ``volume_nm3``, rounded, for both kinds.
        net: amines as in areal, carboxylates = amines - net charge.
        counts: ``amine`` and ``carboxylate`` as given.
    thickness_nm : float
        Of the active layer that was measured: 20 in the study, 13.2 by AFM of NF270.
    net_charge_e : int, optional
        In mode net; ``study_net_charge_e``, rounded, when left out.
    amine, carboxylate : int, optional
        In mode counts, both. In mode net, ``amine`` instead of the curve's.
    amine_plateau_per_nm2 : float
        NH2+ at low pH: 4.30 measured and used by the study, 4.40 in the published fit.
    network : Network, optional
        To check that it has the sites.

    Raises
    ------
    TitrationError
        For numbers out of range, arguments that the mode does not know, a net charge that the
        amines cannot give, or more groups than ``network`` has sites.

    Examples
    --------
    The study's membrane of 67 nm3, at pH 2 by its areal density and at pH 7 by its net charge:

    >>> titrate(2, 27.04, 67)
    Counts(amine=14, carboxylate=0, surface_carboxylate=0)
    >>> titrate(7, 27.04, 67, mode="net")
    Counts(amine=14, carboxylate=28, surface_carboxylate=28)
    """
    _check_numbers(pH, area_nm2, volume_nm3, mode, thickness_nm, amine_plateau_per_nm2)
    given = {"net_charge_e": net_charge_e, "amine": amine, "carboxylate": carboxylate}
    check_given(mode, [key for key, value in given.items() if value is not None])
    _check_integers(given)
    per_nm3 = {
        "NH2+": float(amine_density(pH, amine_plateau_per_nm2)) / thickness_nm,
        "COO-": float(sum(carboxylate_densities(pH))) / thickness_nm,
    }
    curve = {kind: density * volume_nm3 for kind, density in per_nm3.items()}
    amines = round(curve["NH2+"]) if amine is None else amine
    if mode == "areal":
        acids = round(curve["COO-"])
    elif mode == "counts":
        acids = carboxylate
    else:
        target = study_net_charge_e(pH, volume_nm3) if net_charge_e is None else net_charge_e
        acids = amines - round(target)
        if acids < 0:
            raise TitrationError(
                f"net_charge_e {round(target):+d} at pH {pH:g} in {volume_nm3:.4g} nm3: there are "
                f"{amines} NH2+, allowed is at most {amines}"
            )
    counts = Counts(
        amines,
        acids,
        round(acids * surface_share(pH)),
        facts={
            "mode": mode,
            "pH": float(pH),
            "area_nm2": float(area_nm2),
            "volume_nm3": float(volume_nm3),
            "active_layer_nm": float(thickness_nm),
            "curve_amine": curve["NH2+"],
            "curve_carboxylate": curve["COO-"],
        },
        assumptions=tuple(
            _assumptions(
                mode,
                pH,
                volume_nm3 / area_nm2,
                thickness_nm,
                amine_plateau_per_nm2,
                given_amine=amine is not None,
                given_net=net_charge_e is not None,
            )
        ),
    )
    if network is not None:
        counts.check(network)
    return counts


def check_given(mode: str, given: Iterable[str]) -> None:
    """Raise TitrationError unless exactly the arguments of a mode are given.

    The first word of the message names the argument at fault; the checks of a campaign file take
    the key to complain about from it.
    """
    required = ("amine", "carboxylate") if mode == "counts" else ()
    allowed = {
        "areal": (),
        "net": ("net_charge_e", "amine"),
        "counts": required,
        "shares": ("first_share",),
    }[mode]
    for key in given:
        if key not in allowed:
            modes = {
                "net_charge_e": "net",
                "amine": "net and counts",
                "carboxylate": "counts",
                "first_share": "shares",
            }
            raise TitrationError(
                f"{key} is given, allowed is to leave it out except in mode "
                f"{modes[key]}; the mode is {mode}"
            )
    for key in required:
        if key not in given:
            raise TitrationError(
                f"{key} is missing, allowed is a whole number from 0 in mode counts"
            )


def _check_numbers(pH, area_nm2, volume_nm3, mode, thickness_nm, amine_plateau_per_nm2) -> None:
    if mode not in get_args(Mode):
        raise TitrationError(f"mode {mode!r}: allowed are {', '.join(get_args(Mode))}")
    low, high = PH_RANGE
    if not low <= pH <= high:
        raise TitrationError(f"pH {pH:g}: allowed is {low:g} to {high:g}")
    sizes = {
        "area_nm2": area_nm2,
        "volume_nm3": volume_nm3,
        "thickness_nm": thickness_nm,
        "amine_plateau_per_nm2": amine_plateau_per_nm2,
    }
    for name, value in sizes.items():
        if not (math.isfinite(value) and value > 0):
            raise TitrationError(f"{name} {value:g}: allowed is a finite number above 0")


def _check_integers(given: dict) -> None:
    for name, value in given.items():
        if value is None:
            continue
        if int(value) != value or (value < 0 and name != "net_charge_e"):
            raise TitrationError(
                f"{name} {value}: allowed is a whole number"
                + ("" if name == "net_charge_e" else " from 0")
            )


def _assumptions(mode, pH, slab_nm, thickness_nm, plateau, given_amine, given_net):
    """Yield what the numbers rest on, one sentence each."""
    if mode == "counts":
        yield "numbers of charged groups are given, not derived from the pH"
        return
    spread = (
        f"spread evenly over an active layer of {thickness_nm:g} nm, of which this piece is "
        f"{slab_nm:.3g} nm"
    )
    curve = f"{plateau:.2f} per nm2 at low pH, pKa 9.38 (Ritt et al. 2020, NF270)"
    if given_amine:
        yield "the number of NH2+ is given"
    else:
        yield f"NH2+ follow one titration curve, {curve}, {spread}"
    if mode == "areal":
        yield f"COO- follow a curve of two pKa, 4.68 and 9.42 (Ritt et al. 2020, NF270), {spread}"
        yield (
            "WARNING: both kinds are taken from their curves, which give as many NH2+ as COO- at "
            f"pH {net_zero_pH():.1f} and more NH2+ below, while the zeta potential of NF270 is "
            "negative above pH 3.3; mode net sets the net charge"
        )
    elif given_net:
        yield "COO- follow from the net charge that is given"
    else:
        yield (
            "COO- follow from a net charge: straight lines in pH between the study's membranes "
            "(+14 e at pH 2, -14 e at pH 7, -30 e at pH 10 in 67 nm3) and the isoelectric point "
            "of its zeta potentials, pH 3.3; the same beyond pH 10"
        )
    if slab_nm > thickness_nm:
        yield (
            f"WARNING: this piece is {slab_nm:.3g} nm thick, more than the active layer of "
            f"{thickness_nm:g} nm that its sites are taken from"
        )
