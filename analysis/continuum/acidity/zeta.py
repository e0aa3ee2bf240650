"""Zeta potentials of a membrane, of which only the sign counts beside a fixed charge."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

DATA = Path(__file__).with_name("data") / "nf270_zeta.csv"


@dataclass(frozen=True)
class Zeta:
    """A measured zeta potential.

    Attributes
    ----------
    pH : float
    millivolt : float
        NaN where a source says no more than the sign.
    sign : -1, 0 or 1
    source : str
    """

    pH: float
    millivolt: float
    sign: int
    source: str


@cache
def nf270_zeta() -> tuple[Zeta, ...]:
    """Zeta potentials of NF270 in the order of their pH.

    >>> [(zeta.pH, zeta.sign) for zeta in nf270_zeta() if zeta.sign >= 0]
    [(2.0, 1), (3.3, 0)]
    """
    with DATA.open(encoding="utf-8", newline="") as file:
        found = [
            Zeta(float(row["pH"]), float(row["zeta_mV"] or np.nan), int(row["sign"]), row["source"])
            for row in csv.DictReader(file)
        ]
    return tuple(sorted(found, key=lambda zeta: zeta.pH))
