"""Cells of which a closed form is known, and the form."""

import numpy as np

from analysis.comparison import ChargeProfile, Geometry, Species, TwinProblem
from analysis.comparison.twins.problem import STUDY_FORCE
from analysis.continuum.constants import (
    AVOGADRO,
    BOLTZMANN,
    FARADAY,
    GAS_CONSTANT,
    VACUUM_PERMITTIVITY,
    WATER_PERMITTIVITY,
)
from analysis.continuum.species import SOLUTES, Ion

AREA = 5.2e-9**2
TEMPERATURE = 300.0
CELL = Geometry.symmetric(4.6e-9, 5e-9, AREA)
WAVES = np.arange(1, 4001)
SLOPE = STUDY_FORCE / (BOLTZMANN * TEMPERATURE)
"""1/m, of the study's force on a monovalent ion."""
LIKE_SODIUM = Ion("Cl-", -1, 1.33e-9, 0.184e-9)


def shares_below(result, species=0):
    """Share of a species below each face, (T, K + 1)."""
    amounts = result.amounts[:, species]
    below = np.cumsum(amounts / amounts.sum(axis=1, keepdims=True), axis=1)
    return np.concatenate([np.zeros((len(below), 1)), below], axis=1)


def step_twin():
    """A neutral solute that starts in the feed."""
    return TwinProblem(CELL, [Species("glucose", feed=10)])


def step_shares(faces, time):
    """Share below a place when a step spreads in a closed box: a cosine series, integrated."""
    length, wide = CELL.length, CELL.faces[0] - CELL.ends[0]
    k = WAVES * np.pi / length
    decay = np.exp(-SOLUTES["glucose"].diffusivity * k**2 * time)
    x = np.asarray(faces)[:, None] - CELL.ends[0]
    waves = np.sin(k * wide) * np.sin(k * x) / k**2 * decay
    return x[:, 0] / length + 2 / (wide * length) * waves.sum(axis=1)


def driven_twin(closure="poisson"):
    """Ions of both signs that move alike, so that no charge separates."""
    salt = [Species("Na+", feed=10), Species(LIKE_SODIUM, feed=10)]
    return TwinProblem(CELL, salt, closure=closure, temperature=TEMPERATURE)


def boltzmann_shares(faces):
    """Share below a place of ions that a force has pushed against the closed end."""
    x = np.asarray(faces) - CELL.ends[0]
    return np.expm1(SLOPE * x) / np.expm1(SLOPE * CELL.length)


def drifting_mean_z(time):
    """Mean place of ions that drift in a closed box, by its eigenfunctions.

    exp(b x / 2) [cos k x + b / (2 k) sin k x] decay at D (k^2 + b^2 / 4); of the start, uniform up
    to the membrane, each holds its product with exp(-b x).
    """
    length, wide = CELL.length, CELL.faces[0] - CELL.ends[0]
    x, weight = np.polynomial.legendre.leggauss(400)
    k = WAVES[:60, None] * np.pi / length

    def modes(places):
        return np.exp(SLOPE * places / 2) * (
            np.cos(k * places) + SLOPE / (2 * k) * np.sin(k * places)
        )

    inside = wide * (x + 1) / 2
    start = (modes(inside) * np.exp(-SLOPE * inside)) @ weight / 2
    norm = length / 2 * (1 + (SLOPE / (2 * k[:, 0])) ** 2)
    decay = np.exp(-LIKE_SODIUM.diffusivity * (k[:, 0] ** 2 + SLOPE**2 / 4) * time)
    everywhere = length * (x + 1) / 2
    moment = (modes(everywhere) * everywhere) @ weight * length / 2
    stationary = length / -np.expm1(-SLOPE * length) - 1 / SLOPE
    return CELL.ends[0] + stationary + float((start / norm * decay * moment).sum())


IONS, NET = 60, -0.05
THIN = Geometry.symmetric(8e-9, 2e-9, AREA)


def double_layer_twin():
    """A layer so weakly charged that the equation of Poisson and Boltzmann is linear."""
    middle = 2 * IONS / 8
    salt = [
        Species("Na+", feed=IONS, permeate=IONS, membrane=middle - NET),
        Species("Cl-", feed=IONS, permeate=IONS, membrane=middle),
    ]
    charge = ChargeProfile(THIN.faces, [NET], AREA)
    return TwinProblem(THIN, salt, charge, force=0.0, temperature=TEMPERATURE)


def squared_inverse_debye_length(concentration):
    """kappa^2, 1/m2, of ions with z^2 = 1 (mol/m3, all of them together)."""
    permittivity = VACUUM_PERMITTIVITY * WATER_PERMITTIVITY
    return FARADAY**2 * concentration / (permittivity * GAS_CONSTANT * TEMPERATURE)


def double_layer_potential(faces):
    """Potential over that of the feed's end, RT/F: psi'' = kappa^2 psi - F X / (eps RT / F)."""
    ions = 2 * (2 * IONS + 2 * IONS / 8) - NET
    squared = squared_inverse_debye_length(ions / (AVOGADRO * AREA * THIN.length))
    kappa, half, end = np.sqrt(squared), THIN.faces[1], THIN.ends[1]
    flat = squared_inverse_debye_length(NET / (AVOGADRO * AREA * 2 * half)) / squared
    a = np.array(
        [
            [np.cosh(kappa * half), -np.cosh(kappa * (end - half))],
            [np.sinh(kappa * half), np.sinh(kappa * (end - half))],
        ]
    )
    inner, outer = np.linalg.solve(a, [-flat, 0])
    z = np.abs(faces)
    psi = np.where(z < half, flat + inner * np.cosh(kappa * z), outer * np.cosh(kappa * (end - z)))
    return psi - psi[0]
