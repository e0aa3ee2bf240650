"""Ultraspherical operators give the pore's transport in Chebyshev coefficients, as sparse matrices.

Olver and Townsend, SIAM Rev. 55, 462 (2013): with q_i a series of Chebyshev polynomials T_k of the
first kind, and equations as series of those of the second kind, U_k, differentiation, change of
basis and multiplication by a smooth function are sparse. Newton's method linearises

    dq_i/dx = (Kc_i Pe_i - z_i E) q_i - Pe_i c_p,i ,    E as in solver.collocation_residual,

whose coefficients depend on q: a step multiplies by series as long as q's own, so the matrix is
full until N is several times what q needs. For one problem at a time with a uniform charge.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.fft import dct
from scipy.linalg import hankel, toeplitz
from scipy.sparse.linalg import splu

from analysis.continuum.partitioning import donnan
from analysis.continuum.solver.problem import Problem

FINER = 2
"""Points per coefficient at which products are formed."""
NEGLIGIBLE = 1e-16
"""Share of a function's largest coefficient below which the rest is dropped."""
NEWTON_STEPS = 40
CONTINUATION = (0.02, 0.1, 0.3, 1.0)
"""Shares of the flux that are gone through."""
LARGEST_STEP = 2.0
"""In ln c_p and RT/F."""
LARGEST_FALL = 0.9
"""Share of a concentration by which a step may lower it."""
TOLERANCE = 1e-12
"""Of Newton's last step: in coefficients over the ion's largest, in ln c_p, in RT/F."""


@dataclass(frozen=True)
class Series:
    """Solution of one problem.

    Attributes
    ----------
    coefficients : (N + 1, n) array
        Of T_k(2 x - 1), mol/m3.
    permeate : (n,) array, mol/m3
    potentials : (2,) array
        Donnan potentials of feed and permeate face, RT/F.
    converged : bool
    fill : float
        Share of the last Newton matrix that is not zero.
    """

    coefficients: np.ndarray
    permeate: np.ndarray
    potentials: np.ndarray
    converged: bool
    fill: float


def differentiation(degree: int) -> sparse.csr_array:
    """From T_k to U_k of the derivative by s in [-1, 1]; (N, N + 1).

    >>> differentiation(2).toarray()
    array([[0., 1., 0.],
           [0., 0., 2.]])
    """
    return sparse.diags_array(
        np.arange(1.0, degree + 1), offsets=1, shape=(degree, degree + 1)
    ).tocsr()


def conversion(degree: int) -> sparse.csr_array:
    """From T_k to U_k of the same function, the highest left out; (N, N + 1).

    >>> conversion(3).toarray()
    array([[ 1. ,  0. , -0.5,  0. ],
           [ 0. ,  0.5,  0. , -0.5],
           [ 0. ,  0. ,  0.5,  0. ]])
    """
    diagonal = np.full(degree, 0.5)
    diagonal[0] = 1.0
    shape = (degree, degree + 1)
    above = np.full(degree - 1, -0.5)
    return sparse.diags_array([diagonal, above], offsets=[0, 2], shape=shape).tocsr()


def multiplication(coefficients: np.ndarray, degree: int) -> sparse.csr_array:
    """From T_k to T_k of the product with a function of given coefficients; (N + 1, N + 1).

    T_j T_k = (T_(j + k) + T_|j - k|) / 2: half a Toeplitz and half a Hankel matrix.

    >>> multiplication(np.array([0.0, 1.0]), 2).toarray()
    array([[0. , 0.5, 0. ],
           [1. , 0. , 0.5],
           [0. , 0.5, 0. ]])
    """
    kept = np.zeros(2 * degree + 1)
    kept[: len(coefficients)] = coefficients[: len(kept)]
    kept[np.abs(kept) <= NEGLIGIBLE * np.abs(kept).max()] = 0.0
    differences = toeplitz(np.r_[2 * kept[0], kept[1 : degree + 1]])
    sums = hankel(kept[: degree + 1], kept[degree:])
    sums[0] = 0.0
    return sparse.csr_array((differences + sums) / 2)


def values(coefficients: np.ndarray, points: int) -> np.ndarray:
    """At ``points`` extreme points from x = 1 down to 0; along the first axis."""
    padded = np.zeros((points, *coefficients.shape[1:]))
    padded[: len(coefficients)] = coefficients
    padded[1:-1] /= 2
    return dct(padded, type=1, axis=0)


def series(sampled: np.ndarray) -> np.ndarray:
    """Coefficients from values at the extreme points; along the first axis."""
    coefficients = dct(sampled, type=1, axis=0) / (len(sampled) - 1)
    coefficients[[0, -1]] /= 2
    return coefficients


def solve(problem: Problem, degree: int) -> Series:
    """Solution of a single problem with polynomials of a degree.

    Raises
    ------
    ValueError
        If the batch is not one problem, the charge is a profile, or there is a film.
    """
    if len(problem.feed) != 1:
        raise ValueError(f"the batch has {len(problem.feed)} problems, allowed: 1")
    if problem.positions is not None or problem.film_transfer is not None:
        raise ValueError("a charge profile or a film is given, allowed: neither")
    n = problem.feed.shape[1]
    pore, potential = donnan(
        problem.feed, problem.charges, problem.charge_density, problem.partition
    )
    coefficients = np.zeros((degree + 1, n))
    coefficients[0] = pore[0]
    logarithms = np.log(problem.feed[0])
    tail = np.concatenate([logarithms, potential, potential])
    for share in CONTINUATION:
        coefficients, tail, converged, fill = _newton(
            problem.at_flux(share), coefficients, tail, pore[0]
        )
    return Series(coefficients, np.exp(tail[:n]), tail[n:], converged, fill)


def _newton(problem: Problem, coefficients: np.ndarray, tail: np.ndarray, size: np.ndarray):
    """Newton's method from coefficients (N + 1, n) and (ln c_p, potentials)."""
    shape, points = coefficients.shape, FINER * len(coefficients) + 1
    converged = False
    for _ in range(NEWTON_STEPS):
        transport, rows = _transport(problem, coefficients, tail, size)
        conditions, last_rows = _conditions(problem, coefficients, tail, size)
        matrix = sparse.block_array([*rows, *last_rows], format="csc")
        step = -splu(matrix).solve(np.concatenate([transport, conditions]))
        if not np.isfinite(step).all():
            break
        change = step[: coefficients.size].reshape(shape, order="F") * size
        shift = step[coefficients.size :]
        fall = np.max(-values(change, points) / values(coefficients, points))
        length = min(
            1.0, LARGEST_STEP / np.abs(shift).max(), LARGEST_FALL / max(fall, LARGEST_FALL)
        )
        coefficients, tail = coefficients + length * change, tail + length * shift
        if np.abs(step).max() < TOLERANCE:
            converged = True
            break
    return coefficients, tail, converged, matrix.nnz / np.prod(matrix.shape)


def _transport(problem: Problem, coefficients: np.ndarray, tail: np.ndarray, size: np.ndarray):
    """Residual of dq/dx in U_k over ``size`` (n N,), and the matrix by steps, a list of block rows.

    Steps are those of the coefficients over ``size``, ion by ion, and of the tail.
    """
    n, degree = len(size), len(coefficients) - 1
    z, peclet = problem.charges[0], problem.peclet[0]
    drift, source = problem.convection[0] * peclet, peclet * np.exp(tail[:n])
    q = values(coefficients, FINER * (degree + 1) + 1)
    mobile = (z**2 * q).sum(axis=1, keepdims=True)
    field = (z * (drift * q - source)).sum(axis=1, keepdims=True) / mobile
    rate = drift - z * field
    each = np.arange(n)
    by_q = -(z * q)[:, :, None] * ((z * drift - z**2 * field) / mobile)[:, None]
    by_q[:, each, each] += rate
    by_permeate = (z * q)[:, :, None] * ((z * source) / mobile)[:, None]
    by_permeate[:, each, each] -= source
    derivative, change = 2 * differentiation(degree), conversion(degree)
    right = series(rate * q - source)[: degree + 1]
    residual = (derivative @ coefficients - change @ right) / size
    factors, direct = series(by_q) * size / size[:, None], series(by_permeate)[: degree + 1]
    rows = []
    for i in range(n):
        row = [-change @ multiplication(factors[:, i, j], degree) for j in range(n)]
        row[i] = row[i] + derivative
        by_tail = np.zeros((degree, n + 2))
        by_tail[:, :n] = -(change @ direct[:, i]) / size[i]
        rows.append([*row, sparse.csr_array(by_tail)])
    return residual.T.ravel(), rows


def _conditions(problem: Problem, coefficients: np.ndarray, tail: np.ndarray, size: np.ndarray):
    """Residual of both faces (2 n) and of the charge in pore and permeate (2), and block rows."""
    n, signs = len(size), (-1.0) ** np.arange(len(coefficients))
    z, permeate, (at_feed, at_permeate) = problem.charges[0], np.exp(tail[:n]), tail[n:]
    first, last = signs @ coefficients, coefficients.sum(axis=0)
    moved, total = np.abs(z) @ permeate, np.abs(z) @ size
    share = z @ permeate / moved
    residual = np.concatenate(
        [
            np.log(first / (problem.partition * problem.feed)[0]) + z * at_feed,
            np.log(last / (problem.outlet_partition[0] * permeate)) + z * at_permeate,
            [(z @ first + problem.charge_density[0]) / total, share],
        ]
    )
    by_tail = np.zeros((2 * n + 2, n + 2))
    by_tail[:n, n], by_tail[n : 2 * n, n + 1] = z, z
    by_tail[n : 2 * n, :n] = -np.eye(n)
    by_tail[-1, :n] = permeate * (z - share * np.abs(z)) / moved
    row = []
    for i in range(n):
        block = np.zeros((2 * n + 2, len(signs)))
        block[i] = signs * size[i] / first[i]
        block[n + i] = size[i] / last[i]
        block[-2] = signs * z[i] * size[i] / total
        row.append(sparse.csr_array(block))
    return residual, [[*row, sparse.csr_array(by_tail)]]
