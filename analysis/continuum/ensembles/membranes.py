"""Membranes drawn from the posterior of a fit, under a flat prior in its scaled parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.characterize.objective import Objective
from analysis.continuum.characterize.result import Fit
from analysis.continuum.inference import Chain, LogDensity, stretch_moves

CELLS = 16
"""Most cells of the march while membranes are drawn; rejections are right to 1e-4 then."""
WALKERS = 64
POOL = 512
"""Draws of the normal approximation that the walkers start from, the likelier ones more often."""
TEMPERED = 0.5
"""Power of the density by which they are chosen: a start wider than where the walk ends."""
ROUND = 25
"""Steps between two looks at how far the walk has come."""
MOST_STEPS = 100
BURN_IN = 1 / 3
"""Share of the steps that is left out."""
ENOUGH = 200.0
"""Independent draws, from which on the walk ends."""
FEW = 30.0
"""Independent draws, below which intervals from them are called rough."""


@dataclass(frozen=True)
class Ensemble:
    """Membranes as likely as the data leave them.

    Attributes
    ----------
    parameters : dict of (n,) arrays by label, SI; fixed ones included
    scaled : (n, k)
    log_density : (n,)
        Of the posterior, but for a constant.
    effective_size : float
        Independent draws that they are worth.
    acceptance : float
    warnings : tuple of str
    assumptions : dict, in words
    """

    parameters: Mapping[str, Array]
    scaled: Array
    log_density: Array
    effective_size: float
    acceptance: float
    warnings: tuple[str, ...]
    assumptions: dict[str, object]

    def thinned(self, size: int, seed: int = 0) -> dict[str, Array]:
        """At most ``size`` of the membranes, by label, SI."""
        generator = np.random.default_rng(seed)
        count = len(self.scaled)
        chosen = generator.choice(count, min(size, count), replace=False)
        return {label: values[chosen] for label, values in self.parameters.items()}


def sample(fit: Fit, objective: Objective, *, enough: float = ENOUGH, seed: int = 0) -> Ensemble:
    """Sample the posterior of a fit by stretch moves.

    With known standard deviations the density is exp(-chi2 / 2); with one unknown one, which has
    the prior 1/sd and is integrated over, chi2^(-N/2) of N data (Box and Tiao, Bayesian Inference
    in Statistical Analysis, 1973, sec. 2.7). Where rejections are linear in the scaled parameters
    that is the normal, or Student's, distribution of ``fit.posterior``.

    Parameters
    ----------
    fit : Fit
    objective : Objective
        Of the same data, free parameters and model.
    enough : independent draws, from which on the walk ends; MOST_STEPS steps at most
    seed : of the walk
    """
    generator = np.random.default_rng(seed)
    coarse = replace(objective, cells=CELLS)

    def log_density(places: Array) -> Array:
        residual = coarse(places, np.zeros(len(places), dtype=np.intp))
        total = np.sum(residual**2, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            density = -total / 2 if objective.known else -objective.number / 2 * np.log(total)
        return np.where(np.isfinite(total), density, -np.inf)

    chain = stretch_moves(log_density, _start(fit, log_density, generator), ROUND, generator)
    while True:
        kept = chain.after(int(BURN_IN * len(chain.places)))
        if kept.effective_size >= enough or len(chain.places) >= MOST_STEPS:
            break
        chain = _joined(chain, stretch_moves(log_density, chain.places[-1], ROUND, generator))
    scaled = kept.places.reshape(-1, kept.places.shape[-1])
    size = kept.effective_size
    warnings: tuple[str, ...] = ()
    if size < FEW:
        warnings = (
            f"the posterior was sampled with the worth of {size:.0f} independent draws only: "
            "bands and the corner plot are rough, the profiles are not",
        )
    return Ensemble(
        parameters=objective.space.values(scaled),
        scaled=scaled,
        log_density=kept.log_density.ravel(),
        effective_size=size,
        acceptance=chain.acceptance,
        warnings=warnings,
        assumptions={
            "posterior_sample": f"stretch moves, {WALKERS} walkers, {len(chain.places)} steps, the "
            f"first third left out, worth {size:.0f} independent draws",
            "prior": "flat in scaled parameters (r_p, ln d, 1/eps_p, asinh X) within the bounds"
            + ("" if objective.known else ", 1/sd in the unknown standard deviation"),
            "seed": seed,
        },
    )


def _start(fit: Fit, log_density: LogDensity, generator: np.random.Generator) -> Array:
    """Walkers among draws of the normal approximation, each place once, by their density."""
    values, vectors = np.linalg.eigh(fit.posterior.covariance)
    widths = np.minimum(np.sqrt(np.maximum(values, 0.0)), 0.5)
    draws = generator.standard_normal((POOL, len(values))) * widths
    # Mirrored at the walls, no walker starts on one.
    pool = np.abs((fit.search.x + draws @ vectors.T + 1) % 2 - 1)
    density = log_density(pool)
    # The largest of log density + Gumbel noise are a draw without replacement.
    order = np.argsort(-(TEMPERED * density + generator.gumbel(size=len(pool))))
    chosen = order[np.isfinite(density[order])][:WALKERS]
    places: Array = pool[chosen]
    if len(places) < WALKERS:
        near = np.clip(fit.search.x, 1e-3, 1 - 1e-3)
        jitter = 1e-3 * generator.standard_normal((WALKERS - len(places), len(near)))
        places = np.concatenate([places, np.clip(near + jitter, 0, 1)])
    return places


def _joined(first: Chain, second: Chain) -> Chain:
    steps, more = len(first.places), len(second.places)
    return Chain(
        np.concatenate([first.places, second.places]),
        np.concatenate([first.log_density, second.log_density]),
        (steps * first.acceptance + more * second.acceptance) / (steps + more),
    )
