"""Pitzer's interaction parameters of a set of ions are matrices; some parameters are missing."""

import json
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.species import Ion

DATA = Path(__file__).with_name("pitzer_parameters.json")


class Table(NamedTuple):
    """The file's parameters by the names of the ions that they belong to."""

    salts: dict[frozenset[str], list[float]]
    theta: dict[frozenset[str], float]
    psi: dict[frozenset[str], float]


@dataclass(frozen=True)
class Parameters:
    """Symmetric matrices over n ions at 25 C, kg/mol to the power that each needs.

    Attributes
    ----------
    charges : (n,)
    beta0, beta1, beta2, c : (n, n)
        Of ions of opposite sign; c is C_phi / (2 sqrt|z z'|).
    theta : (n, n)
        Of two ions of one sign.
    psi : (n, n, n)
        Of two ions of one sign and a third of the other.
    missing : tuple of str
        Mixing parameters that no source gives; they are 0 here.
    """

    charges: Array
    beta0: Array
    beta1: Array
    beta2: Array
    c: Array
    theta: Array
    psi: Array
    missing: tuple[str, ...]


@cache
def parameters(ions: tuple[Ion, ...]) -> Parameters:
    """Parameters of a set of ions; neutral solutes have none and are ideal.

    Raises
    ------
    ValueError
        The table has no such salt; names it and those that it has.
    """
    table = _table()
    n = len(ions)
    beta0, beta1, beta2, c, theta = np.zeros((5, n, n))
    psi = np.zeros((n, n, n))
    missing = []
    for i, j in combinations(range(n), 2):
        first, second = ions[i], ions[j]
        product = first.charge * second.charge
        pair = frozenset((first.name, second.name))
        if product < 0:
            values = _salt(table, first, second)
            root = 2 * np.sqrt(-product)
            for matrix, value in zip((beta0, beta1, beta2), values, strict=False):
                matrix[i, j] = matrix[j, i] = value
            c[i, j] = c[j, i] = values[3] / root
        elif product > 0:
            if pair not in table.theta:
                missing.append(f"theta {first.name} {second.name}")
            theta[i, j] = theta[j, i] = table.theta.get(pair, 0.0)
            for k, third in enumerate(ions):
                if third.charge * first.charge >= 0:
                    continue
                triple = pair | {third.name}
                if triple not in table.psi:
                    missing.append(f"psi {first.name} {second.name} {third.name}")
                for a, b, d in ((i, j, k), (j, i, k), (i, k, j), (j, k, i), (k, i, j), (k, j, i)):
                    psi[a, b, d] = table.psi.get(triple, 0.0)
    charges = np.array([float(ion.charge) for ion in ions])
    return Parameters(charges, beta0, beta1, beta2, c, theta, psi, tuple(missing))


def _salt(table: Table, first: Ion, second: Ion) -> list[float]:
    pair = frozenset((first.name, second.name))
    if pair not in table.salts:
        known = ", ".join(sorted(" ".join(sorted(p)) for p in table.salts))
        raise ValueError(
            f"no Pitzer parameters for {first.name} with {second.name}, allowed: {known}"
        )
    return table.salts[pair]


@cache
def _table() -> Table:
    raw = json.loads(DATA.read_text())
    return Table(
        {frozenset(row[:2]): row[2:6] for row in raw["salts"]},
        {frozenset(row[:2]): row[2] for row in raw["theta"]},
        {frozenset(row[:3]): row[3] for row in raw["psi"]},
    )
